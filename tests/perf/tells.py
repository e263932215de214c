"""How many bugs can be found without understanding them: those whose buggy code breaks a rule that the fixed code keeps.

  python tests/perf/tells.py leaderboard/sets/generated-test-0.2.0.jsonl.gz runs/fresh
  python tests/perf/tells.py leaderboard/sets/generated-test-0.2.0.jsonl.gz runs/fresh --docs docs/generation.md

Takes frozen sets, bug files and folders of them, and names them by their last part. The checks are those of
builder/tells/, with which `generate` refuses candidates, and mypy and ruff, with which `build` leaves out bugs.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pages import keep, table

from debugarena.benchmark import Bug, load_bugs
from debugarena.builder.tells import new_tells
from debugarena.builder.tells.tools import TOOLS, tool_tells, tool_versions
from debugarena.leaderboard.bug_sets import read_set

KINDS = ("check", *TOOLS)
OUR_CHECKS = "builder/tells/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/perf"))
    parser.add_argument("--docs", type=Path, help="a page whose part between the markers `tells` to replace")
    args = parser.parse_args()
    found = {path.name.removesuffix(".jsonl.gz"): tells_of(bugs_of(path)) for path in args.sets}
    versions = "Versions: " + ", ".join(f"{tool} {version}" for tool, version in tool_versions().items()) + "."
    text = "\n\n".join([by_kind(found), by_rule(found), versions])
    keep("tells", found, text, args.out, args.docs)


def bugs_of(path: Path) -> Sequence[Bug]:
    return read_set(path).bugs if path.suffix == ".gz" else load_bugs(path)


def tells_of(bugs: Sequence[Bug]) -> list[list[str]]:
    """The rules that the buggy code of each bug breaks, as `check unused-name`, `mypy operator`, `ruff F841` ..."""
    pairs = [(bug.buggy_code, bug.fixed_code) for bug in bugs]
    ours = ([f"check {name}" for name in new_tells(*pair)] for pair in pairs)
    return [[*names, *rules] for names, rules in zip(ours, tool_tells(pairs), strict=True)]


def by_kind(found: dict[str, list[list[str]]]) -> str:
    """The share of bugs that each tool finds something in."""
    head = ["bugs", "number", f"`{OUR_CHECKS}`, %", *(f"{tool}, %" for tool in TOOLS), "any, %"]
    return table(head, ([name, str(len(bugs)), *shares(bugs)] for name, bugs in found.items()), 1)


def shares(bugs: Sequence[Sequence[str]]) -> list[str]:
    hits = [sum(any(rule.startswith(f"{kind} ") for rule in rules) for rules in bugs) for kind in KINDS]
    return [f"{100 * n / len(bugs):.1f}" for n in (*hits, sum(map(bool, bugs)))]


def by_rule(found: dict[str, list[list[str]]]) -> str:
    """How many bugs of each set break a rule, the most frequent rules first; rules of a single bug together at the end."""
    counts = {name: Counter(rule for rules in bugs for rule in rules) for name, bugs in found.items()}
    total: Counter[str] = sum(counts.values(), Counter())
    often = [rule for rule, n_bugs in total.most_common() if n_bugs > 1]
    rare = [rule for rule, n_bugs in total.items() if n_bugs == 1]
    rows = [[f"`{rule}`", *(str(n[rule]) for n in counts.values())] for rule in often]
    rows += [[f"{len(rare)} other rules", *(str(sum(n[rule] for rule in rare)) for n in counts.values())]]
    return table(["findings, one for each bug and rule", *found], rows, 1)


if __name__ == "__main__":
    main()
