"""An entry's file stays what it is to the byte."""

import json
from pathlib import Path
from typing import Any

import pytest
from golden.remake import HERE
from golden.reports import golden_entries

from debugarena.leaderboard.entry import Entry, _read_entry


def test_a_submission_leaves_the_golden_entry() -> None:
    for name, text in golden_entries().items():
        assert text == (HERE / name).read_text(), f"{name}; if this is meant: python tests/golden/remake.py"


def test_an_entry_comes_back_as_the_same_bytes() -> None:
    text = (HERE / "entry.json").read_text()
    entry = Entry.from_json(json.loads(text))
    assert json.dumps(entry.to_json(), separators=(",", ":")) + "\n" == text
    assert (entry.transfer["elsewhere"], entry.transfer["theirs"] is None) == (None, False)
    assert (entry.verdicts[0].bug_id, entry.verdicts[0].letters) == ("python/add-subtracts", "sr")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("meta", {}),
        ("report", None),
        ("reference_rate", "0.5"),
        ("transfer", []),
        ("verdicts", [["python/clamp", 0, 1, "01", 0.5]]),
        ("verdicts", [["python/clamp", 0, 1, "01", 0.5, 7]]),
    ],
)
def test_an_entry_that_is_damaged_counts_as_none(tmp_path: Path, key: str, value: Any) -> None:
    file = tmp_path / "entry.json"
    text = (HERE / "entry.json").read_text()
    file.write_text(text)
    assert _read_entry(file) is not None
    file.write_text(json.dumps(json.loads(text) | {key: value}))
    assert _read_entry(file) is None
    file.write_text("{")
    assert _read_entry(file) is None
