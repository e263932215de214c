"""Tests whether two scores differ by more than chance. Both must be of the same bugs, prompt and protocol. The test is
paired: McNemar's test on the bugs that only one of them solved, or, where bugs share programs, a test that flips the
signs of whole programs. Rewards are tested by flipping signs too. Differences of solve rates get Newcombe's interval,
differences of rewards a clustered bootstrap's. docs/statistics.md describes both.

  debugarena compare runs/before runs/after
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json_as
from debugarena.benchmark.scoring.stats import (
    Interval,
    cluster_sign_flip_test,
    known,
    mcnemar,
    paired_bootstrap,
    share_difference_interval,
)
from debugarena.benchmark.scoring.tables import not_graded_in_words
from debugarena.benchmark.scoring.typed_report import Report, interval_from_json, interval_to_json
from debugarena.benchmark.typed_json import of
from debugarena.benchmark.wording import counted

ALPHA = 0.05
_MUST_AGREE: tuple[tuple[str, Callable[[Report], object]], ...] = (
    ("dataset hash", lambda report: report.dataset.hash),
    ("grading version", lambda report: report.grading),
    ("prompt hash", lambda report: report.prompt_hash),
    ("attempts", lambda report: report.protocol.attempts),
    ("anonymisation", lambda report: report.protocol.anonymise),
    ("static check", lambda report: report.protocol.static_check),
    ("bugs", lambda report: [bug.bug_id for bug in report.bugs]),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena compare`."""
    parser.add_argument("a", type=Path, metavar="A", help="folder or report.json of the first score")
    parser.add_argument("b", type=Path, metavar="B", help="folder or report.json of the second score")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def run(args: argparse.Namespace) -> int:
    """`debugarena compare`."""
    result = compare(read_report(args.a), read_report(args.b))
    if args.json:
        print(json.dumps(result.to_json(), indent=1))
    else:
        print("\n".join(in_words(result)))
    return 0


def read_report(path: Path) -> Report:
    """The report of a score, from its folder or file. UsageError if it is no report, or some bugs are not graded."""
    file = path / "report.json" if path.is_dir() else path
    report = read_json_as(file, Report.from_json, "run debugarena score first", "not a report of debugarena score")
    if faults := not_graded_in_words(report):
        raise UsageError(f"{file}: {faults}; repeat the command of this score to grade the rest")
    return report


@dataclass(frozen=True)
class Solves:
    """One bug, and the share of its samples that one side solves."""

    program: str
    samples: int
    solved: float


@dataclass(frozen=True)
class SolveTest:
    """`solve_p` is two-sided. `only_a`, `only_b`: bugs that only one side solved; null unless it is McNemar's test."""

    only_a: int | None
    only_b: int | None
    solve_p: float


@dataclass(frozen=True)
class Difference:
    """A mean over the same bugs for A and for B, and B - A. flip_p: two-sided, of the sign-flip test over programs."""

    a: float
    b: float
    difference: float
    ci95: Interval | None
    flip_p: float

    def to_json(self, name: str) -> dict[str, Any]:
        """The JSON keys of the difference in a number with this name."""
        return {
            f"{name}_a": self.a,
            f"{name}_b": self.b,
            f"{name}_difference": self.difference,
            f"{name}_difference_ci95": interval_to_json(self.ci95),
            f"{name}_flip_p": self.flip_p,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any], name: str) -> Difference:
        return cls(
            a=of(float, found[f"{name}_a"]),
            b=of(float, found[f"{name}_b"]),
            difference=of(float, found[f"{name}_difference"]),
            ci95=interval_from_json(found[f"{name}_difference_ci95"]),
            flip_p=of(float, found[f"{name}_flip_p"]),
        )


@dataclass(frozen=True)
class Comparison:
    """B against A; both are names of models. `solve_test` is that of paired_solve_test."""

    a: str
    b: str
    n: int
    n_programs: int
    solved: Difference
    reward: Difference
    solve_test: SolveTest

    def to_json(self) -> dict[str, Any]:
        """What `debugarena compare --json` prints."""
        return {
            **{name: getattr(self, name) for name in ("a", "b", "n", "n_programs")},
            **self.solved.to_json("solved"),
            **self.reward.to_json("reward"),
            **asdict(self.solve_test),
        }


def paired_solve_test(bugs_a: Sequence[Solves], bugs_b: Sequence[Solves]) -> SolveTest:
    """Tests whether one of two scores solves more. Both lists are of the same bugs.

    McNemar's exact test if both sides have one sample per bug and each bug has its own program, else the sign-flip
    test over programs.
    """
    programs = [bug.program for bug in bugs_a]
    single = all(bug.samples == 1 for bug in (*bugs_a, *bugs_b))
    if single and len(set(programs)) == len(programs):
        test = mcnemar([bug.solved == 1.0 for bug in bugs_a], [bug.solved == 1.0 for bug in bugs_b])
        return SolveTest(test.only_a, test.only_b, test.p_value)
    solved_a, solved_b = [bug.solved for bug in bugs_a], [bug.solved for bug in bugs_b]
    return SolveTest(None, None, cluster_sign_flip_test(solved_a, solved_b, programs))


def compare(a: Report, b: Report) -> Comparison:
    """B against A. UsageError if they are not comparable."""
    for name, get in _MUST_AGREE:
        if get(a) != get(b):
            old = f" ({get(a)} and {get(b)}); score the older completions again" if name == "grading version" else ""
            raise UsageError(f"these two scores cannot be compared: they differ in {name}{old}")
    programs = [bug.program for bug in a.bugs]
    solved = [bug.solved for bug in a.bugs], [bug.solved for bug in b.bugs]
    solves = [[Solves(bug.program, bug.samples, bug.solved) for bug in report.bugs] for report in (a, b)]
    reward = [bug.reward for bug in a.bugs], [bug.reward for bug in b.bugs]
    return Comparison(
        a=a.model.name or "A",
        b=b.model.name or "B",
        n=len(programs),
        n_programs=len(set(programs)),
        solved=_difference(*solved, programs, share_difference_interval(*solved, programs)),
        reward=_difference(*reward, programs),
        solve_test=paired_solve_test(*solves),
    )


def _difference(
    values_a: Sequence[float], values_b: Sequence[float], programs: Sequence[str], interval: Interval | None = None
) -> Difference:
    """interval: one to use instead of the bootstrap's; (nan, nan) for a single program."""
    difference, resampled = paired_bootstrap(values_a, values_b, programs)
    return Difference(
        a=sum(values_a) / len(values_a),
        b=sum(values_b) / len(values_b),
        difference=difference,
        ci95=known(interval or resampled),
        flip_p=cluster_sign_flip_test(values_a, values_b, programs),
    )


def in_words(result: Comparison) -> list[str]:
    """The comparison as sentences."""
    bugs, solved, reward, test = counted(result.n, "bug"), result.solved, result.reward, result.solve_test
    points = 100 * solved.difference
    change = "A gain of" if points > 0 else "A loss of"
    lines = [
        f"A is {result.a}, B is {result.b}.",
        f"A solves {solved.a * result.n:g} of {bugs} at the first attempt, B {solved.b * result.n:g}.",
    ]
    p = _p_text(test.solve_p)
    if test.only_a is not None:
        detail = f"{test.only_a} only by A, {test.only_b} only by B; McNemar p = {p}"
    else:
        programs = counted(result.n_programs, "program")
        interval = _interval_text(solved.ci95, 100)
        detail = f"{programs}, 95% interval {interval} points; sign-flip test over programs p = {p}"
    if points:
        verdict = _verdict(test.solve_p)
        lines.append(f"{change} {abs(points):.1f} points on {bugs} is {verdict} ({detail}).")
    else:
        lines.append(f"No difference in solves on {bugs} ({detail}).")
    lines.append(
        f"Mean reward: A {reward.a:.2f}, B {reward.b:.2f}; the difference of {reward.difference:+.2f}, 95% interval "
        f"{_interval_text(reward.ci95, 1)}, is {_verdict(reward.flip_p)} (p = {_p_text(reward.flip_p)})."
    )
    return lines


def _verdict(p: float) -> str:
    return "more than chance explains" if p < ALPHA else "not distinguishable from noise"


def _interval_text(interval: Interval | None, scale: float) -> str:
    return "not known" if interval is None else f"[{scale * interval[0]:+.2f}, {scale * interval[1]:+.2f}]"


def _p_text(p: float) -> str:
    return f"{p:.2f}" if p >= 0.095 else f"{p:.2g}"
