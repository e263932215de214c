"""The tests of our bugs tell wrong fixes from right ones: mutants of the reference fix, and fixes that people would write."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mutation_table import HEAD, PAGE, read_equivalents, row
from ruamel.yaml import YAML

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.dataset.yaml_file import parse_bug
from debugarena.benchmark.grading.grade import Grade, grade_codes
from debugarena.builder.mutation_score import MutationScore, mutation_scores

WRONG_FIXES = YAML(typ="safe").load(Path(__file__).with_name("wrong_fixes.yaml"))
LEAST_SCORE = 0.95
N_MEASURED = 26  # the shortest

TOTAL = """
id: python/total
title: Sum of the numbers up to n
language: python
difficulty: easy
category: off-by-one
entry_point: total
task: Return the sum of the whole numbers from 1 to n, which is not negative.
hint: Where does it end?
buggy: |
  def total(n):
      return n
fixed: |
  def total(n):
      found = 0
      while n > 0:
          found += n
          n -= 1
      return found
tests:
  - {args: [3], expected: 6}
  - {args: [0], expected: 0, hidden: true}
"""
ADDS_NOTHING = "line 3: comparison_boundary: while n > 0: -> while n >= 0:"


def score(bug: Bug, sandbox: Sandbox, *equivalents: str) -> MutationScore:
    (found,) = mutation_scores([bug], sandbox, {bug.bug_id: equivalents})
    return found


@pytest.fixture(scope="module")
def total() -> Bug:
    return parse_bug(TOTAL, "total.yaml")


def test_a_mutant_that_no_test_notices_survives_unless_it_is_equivalent(total: Bug, sandbox: Sandbox) -> None:
    found = score(total, sandbox)
    assert found.survivors == (ADDS_NOTHING,)
    assert found.score == found.n_noticed / (found.n_noticed + 1) < 1
    known = score(total, sandbox, ADDS_NOTHING)
    assert (known.score, known.survivors, known.equivalents) == (1.0, (), (ADDS_NOTHING,))
    assert known.n_noticed == found.n_noticed


def test_mutants_that_do_not_end_count_neither_way(total: Bug, sandbox: Sandbox) -> None:
    found = score(total, sandbox)
    assert found.n_endless > 0  # without `n -= 1`, for one
    assert found.n_mutants == found.n_endless + found.n_noticed + len(found.survivors)


def test_fewer_tests_notice_fewer_mutants(total: Bug, sandbox: Sandbox) -> None:
    only_zero = score(replace(total, tests=total.tests[1:]), sandbox)
    assert only_zero.score < score(total, sandbox).score


def test_nothing_is_listed_as_equivalent_without_a_reason_or_for_no_bug(bugs: list[Bug]) -> None:
    listed = YAML(typ="safe").load(Path(__file__).with_name("equivalents.yaml"))
    assert set(listed) <= {bug.bug_id for bug in bugs}
    assert [entry for entries in listed.values() for entry in entries if not entry["reason"]] == []


def test_the_tests_of_short_bugs_notice_almost_every_mutant(bugs: list[Bug], sandbox: Sandbox) -> None:
    short = sorted(bugs, key=lambda bug: len(bug.fixed_code))[:N_MEASURED]
    page, equivalents = PAGE.read_text(encoding="utf-8"), read_equivalents()
    for bug, found in zip(short, mutation_scores(short, sandbox, equivalents), strict=True):
        assert found.score >= LEAST_SCORE, f"{bug.bug_id}: add tests that notice {found.survivors}"
        assert {*found.equivalents} == {*equivalents.get(bug.bug_id, [])}, "leave out what tests notice"
        assert row(bug, found) in page, "python tests/builder/mutation_table.py"


def test_the_page_has_the_score_of_every_bug(bugs: list[Bug]) -> None:
    rows = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").partition(HEAD)[2].splitlines()]
    assert [(cells[0], cells[1]) for cells in rows] == [(f"| `{bug.bug_id}`", str(len(bug.tests))) for bug in bugs]
    assert [cells for cells in rows if float(cells[-1].strip(" |")) < LEAST_SCORE] == []


@pytest.fixture(scope="module")
def graded(bugs: list[Bug], sandbox: Sandbox) -> dict[str, list[tuple[str, Grade]]]:
    """Bug id -> the wrong fixes of the bug, each in words and graded."""

    def items() -> Iterator[tuple[Bug, str]]:
        for bug in bugs:
            yield from ((bug, fix["code"]) for fix in WRONG_FIXES[bug.bug_id])

    grades = grade_codes(sandbox, items())
    found: dict[str, list[tuple[str, Grade]]] = {bug.bug_id: [] for bug in bugs}
    for bug in bugs:
        for fix in WRONG_FIXES[bug.bug_id]:
            grade = next(grades)
            assert isinstance(grade, Grade)
            found[bug.bug_id].append((fix["why"], grade))
    return found


def test_every_bug_has_wrong_fixes(bugs: list[Bug]) -> None:
    assert {bug_id for bug_id, fixes in WRONG_FIXES.items() if len(fixes) >= 2} == {bug.bug_id for bug in bugs}


def test_wrong_fixes_that_pass_the_visible_tests_fail_a_hidden_one(graded: dict[str, list[tuple[str, Grade]]]) -> None:
    solved = [f"{bug_id}: {why}" for bug_id, fixes in graded.items() for why, grade in fixes if grade.solved]
    assert solved == [], "add a hidden test that notices it"
    others = [f"{bug_id}: {why}" for bug_id, fixes in graded.items() for why, grade in fixes if not grade.overfit]
    assert others == [], "it fails a visible test"
