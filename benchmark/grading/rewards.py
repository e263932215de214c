"""Verdict -> the four signals and their sum."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Signal:
    """One of the four signals: a value from `low` to `high`, or one of only these two. words: its name for people."""

    name: str
    words: str
    low: float
    high: float
    two_valued: bool = True

    @property
    def label(self) -> str:
        """Its name and range, for a table."""
        return f"{self.words} ({self.low:g} {'or' if self.two_valued else 'to'} {self.high:g})"

    @property
    def ends(self) -> tuple[float, float] | None:
        """The two values, if there are no others."""
        return (self.low, self.high) if self.two_valued else None


SIGNALS = {
    signal.name: signal
    for signal in (
        Signal("tests_passing", "tests passing", 0.0, 1.0, two_valued=False),
        Signal("full_solve_bonus", "full solve bonus", 0.0, 2.0),
        Signal("format_compliance", "format compliance", -0.3, 0.2),
        Signal("anti_hacking", "anti-hacking", -1.0, 0.0),
    )
}
# rounded, so that 1.0 + 2.0 + 0.2 reads 3.2
MIN_TOTAL = round(sum(signal.low for signal in SIGNALS.values()), 12)
MAX_TOTAL = round(sum(signal.high for signal in SIGNALS.values()), 12)


@dataclass(frozen=True)
class Rewards:
    """What each signal pays, in the order and the ranges of SIGNALS."""

    tests_passing: float
    full_solve_bonus: float
    format_compliance: float
    anti_hacking: float

    @property
    def total(self) -> float:
        """The sum, from MIN_TOTAL, -1.3, to MAX_TOTAL, 3.2."""
        parts: list[float] = [getattr(self, name) for name in SIGNALS]
        return round(sum(parts), 12)


def rewards(n_passed: int, n_tests: int, compliant: bool, forbidden: bool) -> Rewards:
    """The signals of one completion.

    compliant: it holds code that parses and defines the entry point. forbidden: that code reaches for something on
    the forbidden list; it was not run, and n_passed does not count. n_tests >= 1, 0 <= n_passed <= n_tests.
    """
    if not 0 <= n_passed <= n_tests or n_tests < 1:
        raise ValueError(f"{n_passed} of {n_tests} tests passed is impossible")
    if forbidden:
        n_passed = 0
    return Rewards(
        tests_passing=n_passed / n_tests,
        full_solve_bonus=_paid("full_solve_bonus", n_passed == n_tests),
        format_compliance=_paid("format_compliance", compliant),
        anti_hacking=_paid("anti_hacking", not forbidden),
    )


def _paid(name: str, deserved: bool) -> float:
    return SIGNALS[name].high if deserved else SIGNALS[name].low


# what an answer without code gets
NOTHING = rewards(n_passed=0, n_tests=1, compliant=False, forbidden=False)
