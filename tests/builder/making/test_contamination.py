"""The 8-gram check finds a program that stands in somebody's benchmark, in whatever layout and file."""

import json
from pathlib import Path

import pytest

from debugarena.benchmark.errors import UsageError
from debugarena.builder.making.contamination import overlapping, share_of
from debugarena.builder.program import load_programs

PROGRAMS = load_programs(["money"])


def test_a_copied_program_is_found_in_code_and_in_json(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(f"import math\n\n\n{PROGRAMS[3].code}")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"prompt": PROGRAMS[5].code}) + "\n")
    (tmp_path / "picture.png").write_bytes(bytes(range(256)))
    found = overlapping(PROGRAMS, tmp_path)
    assert set(found) == {PROGRAMS[3].name, PROGRAMS[5].name}
    assert min(found.values()) > 0.9


def test_layout_does_not_hide_a_copy_and_other_code_is_none(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(PROGRAMS[2].code.replace("    ", "\t").replace("\n", "\n\n"))
    assert set(overlapping(PROGRAMS, tmp_path)) == {PROGRAMS[2].name}


@pytest.mark.parametrize("make", ["nothing", "empty"])
def test_a_folder_without_files_is_a_misuse(make: str, tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks"
    if make == "empty":
        folder.mkdir()
    with pytest.raises(UsageError, match="benchmarks"):
        overlapping(PROGRAMS, folder)


def test_code_too_short_for_a_gram_shares_nothing() -> None:
    assert share_of("x = 1", {1, 2}) == 0


def test_what_is_packed_is_not_taken_for_text(tmp_path: Path) -> None:
    (tmp_path / "HumanEval.jsonl.gz").write_bytes(b"packed")
    with pytest.raises(UsageError, match=r"HumanEval.jsonl.gz cannot be read as text; unpack it"):
        overlapping(PROGRAMS, tmp_path)
