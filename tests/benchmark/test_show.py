"""`debugarena show` for who wants to try a bug: lines to their end, and nothing that gives the bug away."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import as_row

from debugarena.benchmark import Bug
from debugarena.benchmark.cli import main

LONG = "a" * 150
OPERATORS = ("slice_bound", "dropped_guard")


@pytest.fixture
def made(tmp_path: Path, bugs: list[Bug]) -> str:
    """A file with a generated bug, one line of whose code is long."""
    bug = next(bug for bug in bugs if bug.bug_id == "python/first-char-empty")
    bug = replace(
        bug,
        title="first_char: slice bound, dropped guard",
        origin_kind="generated",
        level=4,
        operators=OPERATORS,
        buggy_code=f'def first_char(s):\n    return s[0]  # "{LONG}"\n',
    )
    (tmp_path / "bugs.jsonl").write_text(json.dumps(as_row(bug)) + "\n")
    return str(tmp_path / "bugs.jsonl")


@pytest.mark.parametrize("width", ["40", "80", "400"])
def test_piped_lines_are_whole(
    made: str, width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["show", "first-char-empty", "--dataset", made, "--solution"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f'      return s[0]  # "{LONG}"' in lines
    assert f'  -    return s[0]  # "{LONG}"' in lines
    assert "fails  first_char('') should return '', but it raised IndexError (string index out of range)" in lines


def test_a_terminal_folds_code_and_loses_none(
    made: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["show", "first-char-empty", "--dataset", made]) == 0
    assert capsys.readouterr().out.count("a") >= len(LONG)


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_what_gives_a_bug_away_is_shown_with_the_solution_alone(
    made: str, flags: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "first-char-empty", "--dataset", made, *flags]) == 0
    plain = capsys.readouterr().out
    assert main(["show", "first-char-empty", "--dataset", made, "--solution", *flags]) == 0
    solved = capsys.readouterr().out
    for telling in ("slice bound", *OPERATORS):
        assert telling not in plain
        assert telling in solved
    if not flags:
        assert plain.splitlines()[0] == "python/first-char-empty  level 4, medium, missing-edge-case"
