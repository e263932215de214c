"""The one place that knows which language a bug has."""

import ast
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import as_row
from hypothesis import given
from hypothesis import strategies as st

import debugarena.benchmark
from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.adapters.metric import compute_metric
from debugarena.benchmark.dataset.anonymise import anonymise
from debugarena.benchmark.dataset.schema import LANGUAGES
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.grade import grade_codes, read_solution
from debugarena.benchmark.languages import FENCE_TAGS, READERS, language
from debugarena.benchmark.languages.base import CodeFacts
from debugarena.benchmark.languages.python.edits import edit_size
from debugarena.builder.validate import check_bugs

ROOT = Path(debugarena.benchmark.__file__).parents[1]
SENTENCE = "no sandbox runs java yet; bugs to run are in python"


@pytest.fixture
def strange(flip: Bug) -> Bug:
    return replace(flip, bug_id="java/flip", language="java")


def test_every_language_of_a_bug_has_its_tags() -> None:
    assert set(FENCE_TAGS) == set(LANGUAGES)
    assert set(READERS) <= set(LANGUAGES)
    assert {name: one.name for name, one in READERS.items()} == {name: name for name in READERS}
    assert language("python") is READERS["python"]


def test_who_runs_bugs_refuses_other_languages_with_the_same_sentence(strange: Bug, sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match=rf"^java/flip: {SENTENCE}$"):
        Arena(TaskSet({"test": [strange]}), sandbox)
    with pytest.raises(UsageError, match=rf"^java/flip: {SENTENCE}$"):
        compute_metric([["x"]], [as_row(strange)])
    with pytest.raises(UsageError, match=rf"^java/flip: {SENTENCE}$"):
        anonymise(strange)
    (checked,) = check_bugs([strange], sandbox)
    assert [(reason.code, reason.message) for reason in checked.reasons] == [("no-runtime", SENTENCE)]


@pytest.mark.parametrize("command", ["score --model oracle --dataset", "serve --dataset"])
def test_commands_say_it_in_one_line(
    command: str, strange: Bug, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from debugarena.benchmark.cli import main

    file = tmp_path / "bugs.jsonl"
    file.write_text(json.dumps(as_row(strange)) + "\n")
    assert main([*command.split(), str(file)]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"java/flip: {SENTENCE}")


def test_a_new_language_is_one_row(strange: Bug, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grades asks the language, and nothing else: a stub's answers come through."""

    class Stub(type(READERS["python"])):  # type: ignore[misc]
        name = "java"

        def read_code(self, code: str, entry_point: str) -> CodeFacts:
            return CodeFacts(parses=True, defines_entry_point=True, offences=("line 1: a stub",))

    with pytest.raises(UsageError, match=SENTENCE):
        read_solution(strange, "x")
    monkeypatch.setitem(READERS, "java", Stub())
    assert read_solution(strange, "x").facts.offences == ("line 1: a stub",)
    monkeypatch.setattr(Stub, "read_code", lambda self, code, entry_point: CodeFacts(True, True, reached=code))
    with pytest.raises(UsageError, match=SENTENCE):  # it is read now, and still not run as Python
        list(grade_codes(sandbox, [(strange, strange.fixed_code)]))
    with pytest.raises(UsageError, match=rf"^java/flip: {SENTENCE}$"):
        Arena(TaskSet({"test": [strange]}), sandbox)
    (checked,) = check_bugs([strange], sandbox)
    assert [reason.code for reason in checked.reasons] == ["no-runtime"]
    assert (
        extract_code("```java\nclass flip: pass\n```\n```python\n1\n```", "java", "flip", False) == "class flip: pass\n"
    )


def comparisons(path: Path) -> Iterator[int]:
    """Lines that compare an attribute or a name `language` with something."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                name = side.attr if isinstance(side, ast.Attribute) else side.id if isinstance(side, ast.Name) else ""
                if name == "language":
                    yield node.lineno


def test_nothing_else_asks_which_language_a_bug_has() -> None:
    homes = (ROOT / "benchmark" / "languages", ROOT / "benchmark" / "sandbox", ROOT / "builder" / "programs")
    asking = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ("benchmark", "builder", "baseline", "leaderboard")
        for path in (ROOT / room).rglob("*.py")
        if not any(path.is_relative_to(home) for home in homes)
        for line in comparisons(path)
    ]
    assert asking == []


# edits are counted in tokens, whatever the layout

CODES = st.text("abc()=+:\n #'", max_size=30)


@given(CODES, CODES)
def test_edit_size_is_a_distance_in_so_far_as_reports_need_it(before: str, after: str) -> None:
    assert edit_size(before, after) >= 0
    assert edit_size(before, before) == 0


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [
        ("x = 1\n", "x   =   1  # one\n", 0),
        ("if a:\n    b\n", "if a:\n        b\n\n", 0),
        ("x = 1\n", "x = 2\n", 2),
        ("f(a)\n", "f(a, b)\n", 2),
        ("", "x", 1),
    ],
)
def test_only_tokens_count(before: str, after: str, size: int) -> None:
    assert edit_size(before, after) == size


def test_every_reference_fix_changes_something(bugs: list[Bug]) -> None:
    assert all(edit_size(bug.buggy_code, bug.fixed_code) > 0 for bug in bugs)


def test_the_largest_solution_does_not_hold_up_a_report(bugs: list[Bug]) -> None:
    longest = max((bug.fixed_code for bug in bugs), key=len)
    started = time.process_time()
    edit_size(longest, longest + "x=(1)\n" * 10_000)
    assert time.process_time() - started < 10
