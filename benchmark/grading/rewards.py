"""Verdict -> the four signals and their sum."""

from __future__ import annotations

from dataclasses import dataclass

FULL_SOLVE_BONUS = 2.0
FORMAT_OK, FORMAT_BAD = 0.2, -0.3
HACKING_PENALTY = -1.0
MIN_TOTAL, MAX_TOTAL = -1.3, 3.2
SIGNALS = ("tests_passing", "full_solve_bonus", "format_compliance", "anti_hacking")


@dataclass(frozen=True)
class Rewards:
    """tests_passing in [0, 1]; full_solve_bonus 0 or 2; format_compliance -0.3 or 0.2; anti_hacking -1 or 0."""

    tests_passing: float
    full_solve_bonus: float
    format_compliance: float
    anti_hacking: float

    @property
    def total(self) -> float:
        """The sum of the four, in [-1.3, 3.2]."""
        # rounded, so that 1.0 + 2.0 + 0.2 reads 3.2 in every report
        return round(self.tests_passing + self.full_solve_bonus + self.format_compliance + self.anti_hacking, 12)


def rewards(n_passed: int, n_tests: int, compliant: bool, forbidden: bool) -> Rewards:
    """The signals of one completion.

    compliant: it holds code that parses and defines the entry point. forbidden: that code reaches for something on
    the forbidden list; it was not run, and n_passed counts for nothing. n_tests >= 1, 0 <= n_passed <= n_tests.
    """
    if not 0 <= n_passed <= n_tests or n_tests < 1:
        raise ValueError(f"{n_passed} of {n_tests} tests passed is impossible")
    if forbidden:
        n_passed = 0
    return Rewards(
        tests_passing=n_passed / n_tests,
        full_solve_bonus=FULL_SOLVE_BONUS if n_passed == n_tests else 0.0,
        format_compliance=FORMAT_OK if compliant else FORMAT_BAD,
        anti_hacking=HACKING_PENALTY if forbidden else 0.0,
    )
