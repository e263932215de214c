"""Edits are counted in tokens, whatever the layout."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark import Bug
from debugarena.benchmark.languages.python.edits import edit_size

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
