"""Tests whether two scores differ by more than chance. Both must come from the same bugs, prompt and protocol; the
test is paired: McNemar's for the bugs that only one of them solved, or, where bugs share programs, one that flips the
signs of whole programs; rewards are tested by that too. The interval of solve rates is Newcombe's, that of rewards a
clustered bootstrap's; docs/statistics.md has both.

  debugarena compare runs/before runs/after
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json
from debugarena.benchmark.scoring.stats import (
    cluster_sign_flip_test,
    mcnemar,
    paired_bootstrap,
    share_difference_interval,
)
from debugarena.benchmark.scoring.tables import not_graded_in_words
from debugarena.benchmark.wording import counted

ALPHA = 0.05
_MUST_AGREE = (
    ("dataset hash", lambda r: r["dataset"]["hash"]),
    ("grading version", lambda r: r.get("grading", 1)),
    ("prompt hash", lambda r: r["protocol"]["prompt_hash"]),
    ("attempts", lambda r: r["protocol"]["attempts"]),
    ("anonymisation", lambda r: r["protocol"]["anonymise"]),
    ("static check", lambda r: r["protocol"]["static_check"]),
    ("bugs", lambda r: [bug["bug_id"] for bug in r["bugs"]]),
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
        print(json.dumps(result, indent=1))
    else:
        print("\n".join(in_words(result)))
    return 0


def read_report(path: Path) -> dict[str, Any]:
    """The report of a score, of its folder or its file. UsageError if it is none, or not of all bugs."""
    file = path / "report.json" if path.is_dir() else path
    report = read_json(
        file,
        lambda report: [get(report) for _, get in _MUST_AGREE],
        "run debugarena score first",
        "not a report of debugarena score",
    )
    if faults := not_graded_in_words(report):
        raise UsageError(f"{file}: {faults}; give the command of this score again, which grades the rest")
    return report


@dataclass(frozen=True)
class SolveTest:
    """`solve_p` is two-sided. `only_a`, `only_b`: bugs that one side alone solved; null unless it is McNemar's test."""

    only_a: int | None
    only_b: int | None
    solve_p: float


def paired_solve_test(bugs_a: Sequence[Mapping[str, Any]], bugs_b: Sequence[Mapping[str, Any]]) -> SolveTest:
    """Whether one of two scores solves more: two lists of `program`, `samples`, `solved` (a share), of the same bugs.

    McNemar's exact test where both sides have one sample a bug and each bug a program of its own, else the sign-flip
    test over programs.
    """
    programs = [bug["program"] for bug in bugs_a]
    single = all(bug["samples"] == 1 for bug in (*bugs_a, *bugs_b))
    if single and len(set(programs)) == len(programs):
        test = mcnemar([bug["solved"] == 1.0 for bug in bugs_a], [bug["solved"] == 1.0 for bug in bugs_b])
        return SolveTest(test.only_a, test.only_b, test.p_value)
    solved_a, solved_b = [bug["solved"] for bug in bugs_a], [bug["solved"] for bug in bugs_b]
    return SolveTest(None, None, cluster_sign_flip_test(solved_a, solved_b, programs))


def compare(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """B against A, as plain data. UsageError if they are not comparable.

    `only_a`, `only_b` and `solve_p` are those of paired_solve_test. Differences are B - A.
    """
    for name, get in _MUST_AGREE:
        if get(a) != get(b):
            old = f" ({get(a)} and {get(b)}); score the older completions again" if name == "grading version" else ""
            raise UsageError(f"these two scores cannot be compared: they differ in {name}{old}")
    bugs_a, bugs_b = a["bugs"], b["bugs"]
    programs = [bug["program"] for bug in bugs_a]
    result: dict[str, Any] = {"a": a.get("model", {}).get("name", "A"), "b": b.get("model", {}).get("name", "B")}
    result["n"], result["n_programs"] = len(bugs_a), len(set(programs))
    for name in ("solved", "reward"):
        values_a, values_b = [bug[name] for bug in bugs_a], [bug[name] for bug in bugs_b]
        difference, interval = paired_bootstrap(values_a, values_b, programs)
        if name == "solved":
            interval = share_difference_interval(values_a, values_b, programs)
        result[f"{name}_a"], result[f"{name}_b"] = sum(values_a) / len(values_a), sum(values_b) / len(values_b)
        result[f"{name}_difference"] = difference
        result[f"{name}_difference_ci95"] = None if interval[0] != interval[0] else list(interval)
        result[f"{name}_flip_p"] = cluster_sign_flip_test(values_a, values_b, programs)
    return result | asdict(paired_solve_test(bugs_a, bugs_b))


def in_words(result: dict[str, Any]) -> list[str]:
    """The comparison as sentences."""
    n = result["n"]
    bugs = counted(n, "bug")
    points = 100 * result["solved_difference"]
    change = "a gain of" if points > 0 else "a loss of"
    lines = [
        f"A is {result['a']}, B is {result['b']}.",
        f"A solves {result['solved_a'] * n:g} of {bugs} at the first attempt, B {result['solved_b'] * n:g}.",
    ]
    p = _p_text(result["solve_p"])
    if result["only_a"] is not None:
        detail = f"{result['only_a']} by A alone, {result['only_b']} by B alone; McNemar p = {p}"
    else:
        interval = _interval_text(result["solved_difference_ci95"], 100)
        programs = counted(result["n_programs"], "program")
        detail = f"{programs}, 95% interval {interval} points; sign-flip test over programs p = {p}"
    clear = result["solve_p"] < ALPHA
    verdict = "more than chance explains" if clear else "not distinguishable from noise"
    if points:
        lines.append(f"{change[0].upper()}{change[1:]} {abs(points):.1f} points on {bugs} is {verdict} ({detail}).")
    else:
        lines.append(f"No difference in solves on {bugs} ({detail}).")
    difference, interval = result["reward_difference"], result["reward_difference_ci95"]
    verdict = "more than chance explains" if result["reward_flip_p"] < ALPHA else "not distinguishable from noise"
    lines.append(
        f"Mean reward: A {result['reward_a']:.2f}, B {result['reward_b']:.2f}; the difference of {difference:+.2f}, "
        f"95% interval {_interval_text(interval, 1)}, is {verdict} (p = {_p_text(result['reward_flip_p'])})."
    )
    return lines


def _interval_text(interval: list[float] | None, scale: float) -> str:
    return "not known" if interval is None else f"[{scale * interval[0]:+.2f}, {scale * interval[1]:+.2f}]"


def _p_text(p: float) -> str:
    return f"{p:.2f}" if p >= 0.095 else f"{p:.2g}"
