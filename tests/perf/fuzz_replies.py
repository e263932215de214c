"""Lets the trusted side judge a million mutated replies, and replies made to be slow; says what it made of them and how
long the slowest took.

  python tests/perf/fuzz_replies.py --number 1000000 --seed 0

Exits 1 at a reply that passed with a value that is not the expected one, or that raised; the reply is printed.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "support")]
from mutated_replies import largest, mutants, outcome, true_replies
from rich.progress import track

from debugarena.benchmark import Sandbox, load_bugs


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=1_000_000, help="replies to judge (default: a million)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with Sandbox() as sandbox:
        replies = true_replies(sandbox, load_bugs())
    found: Counter[str] = Counter()
    slowest_s, slowest = 0.0, b""
    # visible tests: what they gave is also put into words
    kinds = {reply.test.compare: reply for reply in replies if len(reply.test.calls) == 1 and not reply.test.hidden}
    slow = [item for reply in kinds.values() for item in largest(reply)]
    stream = itertools.chain(slow, itertools.islice(mutants(replies, args.seed), args.number))
    for reply, data in track(stream, "Judging", args.number + len(slow), update_period=1.0):
        started = time.process_time()  # of this process: the machine may be busy
        try:
            found[outcome(reply, data)] += 1
        except Exception as error:
            print(f"{reply.bug.bug_id}, {reply.test.name}: {error!r}\n{data!r}", file=sys.stderr)
            return 1
        took_s = time.process_time() - started
        if took_s > slowest_s:
            slowest_s, slowest = took_s, data
    print(
        f"{len(slow)} slow and {args.number:,} mutated replies (seed {args.seed}), from {len(replies)} true ones of {len(load_bugs())} bugs:"
    )
    print(", ".join(f"{count:,} {name}" for name, count in sorted(found.items())))
    print(f"slowest: {1000 * slowest_s:.1f} ms of CPU time, for {len(slowest):,} bytes: {slowest[:40]!r}...")
    return 0


if __name__ == "__main__":
    sys.exit(main())
