"""Makes new bugs without end. Each is an edit of a correct program, proven in the sandbox, distinct in behaviour, with
tests strong enough to tell a wrong fix from a right one. The same seed and level give the same bugs, byte for byte,
whatever the number of jobs. Each program makes one bug before any program makes its second. If a run is interrupted or
killed, the same command resumes it.

  debugarena generate --count 1000 --seed 7 --level 2 --out runs/level-2
  debugarena generate --count 50 --seed 1 --level 4 --out runs/hard --jobs 2

Writes bugs-*.jsonl and summary.json: the yield of each operator, a count of each refusal, and the mutants that no test
notices. Levels: 1 one edit that most inputs notice; 2 one edit that few notice; 3 two edits that interact; 4 three
edits, or edits in different functions or methods.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.splits import SPLIT_SHARES
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.wording import counted
from debugarena.builder.making.contamination import overlapping
from debugarena.builder.making.levels import LEVELS
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.own_programs import load_all


def describe(summary: dict[str, Any], out: Path) -> str:
    """The result of a run, in words."""
    accepted, candidates = summary["accepted"], summary["candidates"]
    programs = counted(summary["programs"]["with_bugs"], "program")
    lines = [f"{out}: {counted(accepted, 'bug')} of {counted(candidates, 'candidate')}, {programs}"]
    if summary["exhausted"]:
        lines.append(
            f"Level {summary['level']} has no more candidates here: {accepted} of {counted(summary['count'], 'bug')}"
        )
    refused = sorted(summary["refused"].items(), key=lambda item: -item[1])
    lines.append("refused: " + (", ".join(f"{n} {code}" for code, n in refused) or "none"))
    if n := summary.get("not_graded"):
        lines.append(
            f"not graded: {counted(n, 'candidate')}, which the sandbox could not run; the same command tries again"
        )
    for name, facts in summary["programs"]["refused"].items():
        lines.append(f"no bugs from {name}: {facts['message']} ({facts['refused']})")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena generate`."""
    parser.add_argument("--count", type=_positive, default=100, metavar="N", help="bugs wanted (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="decides which bugs are made (default: 0)")
    parser.add_argument("--level", type=int, default=1, choices=LEVELS, help="how hard, 1 to 4 (default: 1)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the bugs and summary.json")
    parser.add_argument("--jobs", type=_positive, metavar="N", help="number of processes (default: one per usable CPU)")
    parser.add_argument("--split", choices=SPLIT_SHARES, help="only programs of this split (default: all)")
    parser.add_argument(
        "--per-program",
        type=_positive,
        metavar="N",
        help="at most N bugs of one program, several in a row (default: one of each program, then a second of each)",
    )
    parser.add_argument(
        "--programs", type=Path, metavar="DIR", help="your own Python files, imported as they are, instead of ours"
    )
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="leave out programs that share too many 8-grams with files here"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    add_sandbox_arguments(parser, workers=False)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """`debugarena generate`."""
    programs = load_all(args.programs)
    shared = overlapping(programs, args.against) if args.against else {}
    for name, share in sorted(shared.items()):
        print(f"left out: {name} shares {share:.0%} of its 8-grams with {args.against}", file=sys.stderr)
    spread = args.per_program is None
    settings = Settings(args.count, args.seed, args.level, args.split, args.per_program, spread)
    with Workers(args.jobs, allow_weak=args.allow_weak, folder=args.programs) as workers:
        try:
            summary = generate(settings, args.out, workers, programs, sys.stderr.isatty(), shared)
        except KeyboardInterrupt:
            print(f"\n{args.out} is kept; the same command resumes the run", file=sys.stderr)
            raise
    print(json.dumps(summary, indent=2) if args.json else describe(summary, args.out))
    return 1 if summary.get("not_graded") else 0
