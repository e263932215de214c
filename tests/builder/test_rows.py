"""Rows are right by a harness that shares no code with ours."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import plain_harness
import pytest

from debugarena.benchmark import Bug
from debugarena.benchmark.dataset.schema import stated_row
from debugarena.leaderboard.bug_sets import SETS_FOLDER


def test_another_harness_proves_every_frozen_row_and_handcrafted_bug(bugs: list[Bug], tmp_path: Path) -> None:
    ours = tmp_path / "handcrafted.jsonl"
    ours.write_text("".join(json.dumps(stated_row(bug)) + "\n" for bug in bugs))
    frozen = sorted(SETS_FOLDER.glob("*.jsonl.gz"))
    command = [sys.executable, "-I", "-S", plain_harness.__file__, ours, *frozen]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    n = len(bugs) + sum(len([*plain_harness.rows_in(path)]) for path in frozen)
    assert n >= 384
    assert done.stdout.startswith(f"{n} of {n} rows are proven")


@pytest.mark.parametrize(
    ("column", "code", "says"),
    [
        ("fixed_code", "def flip(text): return text[1:]", "the fixed code fails t01, t02, t04, t05, t06"),
        ("fixed_code", "def flip(text): return [*text[::-1]]", "the fixed code fails t01, t02, t03, t04, t05, t06"),
        ("fixed_code", "def flip(text):\n    while True: pass", "the fixed code fails t01, t02, t03, t04, t05, t06"),
        ("fixed_code", "def turn(text): return text[::-1]", "the fixed code fails t01, t02, t03, t04, t05, t06"),
        ("fixed_code", "def flip(text): raise SystemExit", "the fixed code fails t01, t02, t03, t04, t05, t06"),
        ("buggy_code", "def flip(text): return text if 'HIDDEN' in text else text[::-1]", "passes every visible test"),
        (
            "buggy_code",
            "def flip(text): return text[::-1] if 'HIDDEN' in text else text",
            "passes every hidden test",
        ),
    ],
)
def test_it_finds_what_is_wrong(flip: Bug, column: str, code: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_harness, "LIMIT_S", 0.05)
    assert plain_harness.complaint(stated_row(flip)) == ""
    assert says in plain_harness.complaint(stated_row(replace(flip, **{column: code})))
