"""The four signals stay in their ranges and only a full, honest solve is worth the most."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL, rewards

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.booleans(), st.booleans())
def test_every_signal_is_in_its_range(counts: tuple[int, int], compliant: bool, forbidden: bool) -> None:
    signals = rewards(*counts, compliant, forbidden)
    assert 0.0 <= signals.tests_passing <= 1.0
    assert signals.full_solve_bonus in (0.0, 2.0)
    assert signals.format_compliance in (-0.3, 0.2)
    assert signals.anti_hacking in (-1.0, 0.0)
    assert MIN_TOTAL <= signals.total <= MAX_TOTAL


@given(COUNTS, st.booleans())
def test_the_bonus_is_for_all_tests_and_allowed_code_alone(counts: tuple[int, int], compliant: bool) -> None:
    assert (rewards(*counts, compliant, False).full_solve_bonus == 2.0) == (counts[0] == counts[1])
    forbidden = rewards(*counts, compliant, True)
    assert (forbidden.tests_passing, forbidden.full_solve_bonus) == (0.0, 0.0)


@given(COUNTS.filter(lambda c: c[0] < c[1]))
def test_one_more_passing_test_is_worth_more(counts: tuple[int, int]) -> None:
    n_passed, n_tests = counts
    assert rewards(n_passed, n_tests, True, False).total < rewards(n_passed + 1, n_tests, True, False).total


@pytest.mark.parametrize(
    ("n_passed", "compliant", "forbidden", "total"),
    [
        (13, True, False, 3.2),
        (0, False, True, -1.3),
        (0, True, True, -0.8),
        (0, True, False, 0.2),
        (0, False, False, -0.3),
    ],
)
def test_totals_are_exact(n_passed: int, compliant: bool, forbidden: bool, total: float) -> None:
    assert rewards(n_passed, 13, compliant, forbidden).total == total


@pytest.mark.parametrize(("n_passed", "n_tests"), [(0, 0), (-1, 3), (4, 3)])
def test_impossible_counts_are_refused(n_passed: int, n_tests: int) -> None:
    with pytest.raises(ValueError):
        rewards(n_passed, n_tests, True, False)
