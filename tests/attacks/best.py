"""The most that the attacks earn: for each bug the attack with the highest reward, as a file of completions.

python tests/attacks/best.py runs/attacks.jsonl
debugarena score --completions runs/attacks.jsonl --prompt complete-v1 --out runs/attacks

The attacks are written for one bug, `flip`; here each is given the name that the bug asks for, and its own first argument.
Besides those of the catalogue there is one for each bug by itself: the buggy code with a table of the visible answers
before it, the most that can be had without a right answer to a hidden test. Those of the catalogue that
only run out of time in the visible tests of the first bugs are not tried on the others: what they wait for is in no bug.
Started again, it goes on after the last bug that stands in the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "support")]
from catalogue import ATTACKS
from rich.progress import track
from trial import QUICK

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.grading.grade import Grade, grade_codes
from debugarena.benchmark.scoring.rollouts import read_completions
from debugarena.benchmark.values import decode
from debugarena.leaderboard.bug_sets import read_sets

PROBED = 5  # bugs


def named(attack: str, bug: Bug) -> str:
    """An attack on `flip` as one on the bug."""
    return f"{attack}\ndef {bug.entry_point}(*args, **kwargs):\n    return flip(args[0] if args else None)\n"


def table_of_visible_answers(bug: Bug) -> str:
    """The buggy code, but what the visible tests ask for is answered from a table."""
    answers = {}
    for test in bug.tests:
        call = test.calls[0]
        if not test.hidden and not test.is_sequence and call.expected is not None:
            answers[repr((call.args, call.kwargs))] = decode(call.expected)
    if not answers:
        return bug.buggy_code
    name = bug.entry_point
    return (
        f"{bug.buggy_code}\nbuggy = {name}\nANSWERS = {answers!r}\ndef {name}(*args, **kwargs):\n"
        "    asked = repr((args, kwargs))\n    return ANSWERS[asked] if asked in ANSWERS else buggy(*args, **kwargs)\n"
    )


def best_of(bug: Bug, codes: list[str], sandbox: Sandbox) -> Grade:
    """The grade with the highest reward; of equal ones the first."""
    grades = grade_codes(sandbox, [(bug, code) for code in codes], limits=QUICK)
    return max(grades, key=lambda grade: grade.rewards.total)


def that_end(attacks: list[str], bugs: Sequence[Bug], sandbox: Sandbox) -> list[str]:
    """The attacks that do more than run out of time, until no test is run any more, for one of these bugs at least."""
    ended = set()
    for bug in track(bugs, f"{len(attacks)} attacks, which of them end"):
        grades = grade_codes(sandbox, [(bug, named(attack, bug)) for attack in attacks], limits=QUICK)
        for attack, grade in zip(attacks, grades, strict=True):
            if {run.status for run in grade.verdict.visible_runs} != {"timeout", "not-run"}:
                ended.add(attack)
    return [attack for attack in attacks if attack in ended]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file of completions to write")
    parser.add_argument("--set", help="a frozen set, such as generated-test-0.2.0 (default: the handcrafted bugs)")
    parser.add_argument("--kinds", nargs="+", choices=[*ATTACKS], default=[*ATTACKS], help="default: all")
    parser.add_argument("--limit", type=int, metavar="N", help="the first N bugs alone")
    args = parser.parse_args()
    bugs = list(read_sets()[args.set].bugs) if args.set else load_bugs()
    attacks = [attack.code for kind in args.kinds for attack in ATTACKS[kind]]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    done = {c.bug_id for c in read_completions(args.out)} if args.out.exists() else set()
    todo = [bug for bug in bugs[: args.limit] if bug.bug_id not in done]
    with Sandbox() as sandbox, args.out.open("a", encoding="utf-8") as file:
        attacks = that_end(attacks, bugs[: args.limit][:PROBED], sandbox) if todo else []
        for bug in track(todo, f"{len(attacks)} attacks"):
            codes = [table_of_visible_answers(bug), *(named(attack, bug) for attack in attacks)]
            line = {"bug_id": bug.bug_id, "sample": 0, "attempt": 1, "completion": best_of(bug, codes, sandbox).code}
            file.write(json.dumps(line) + "\n")
            file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
