"""Records which bugs a board is about, once for each dataset version. The file does not change after that.

debugarena leaderboard freeze handcrafted --dataset dist/debugarena
"""

from __future__ import annotations

import argparse
from pathlib import Path

from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import CHOICES, SETS_FOLDER, choose, write_set


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena leaderboard freeze`."""
    parser.add_argument("set", metavar="SET", help="; ".join(f"{name}: {c.about}" for name, c in CHOICES.items()))
    parser.add_argument("--dataset", default="dist/debugarena", help="an exported dataset (default: %(default)s)")
    parser.add_argument("--sets", type=Path, default=SETS_FOLDER, metavar="DIR", help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard freeze`."""
    bug_set = choose(args.set, args.dataset)
    args.sets.mkdir(parents=True, exist_ok=True)
    path = write_set(bug_set, args.sets)
    print(f"{path}: {counted(len(bug_set.bugs), 'bug')}, hash {bug_set.hash}")
    return 0
