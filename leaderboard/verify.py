"""Runs every completion of a submission again and reports what it earned. No claim of a submission is taken on trust.

  debugarena leaderboard verify leaderboard/submissions
  debugarena leaderboard verify leaderboard/submissions/smollm2-handcrafted --transfer quixbugs=runs/quixbugs.jsonl

The result is an entry, one file in --entries. The same submission gives the same bytes. An entry that still holds is
kept, and one that was interrupted is finished. Exits with 1 if a submission is refused, or if the sandbox could not run
all of it. In the second case, the same command runs the rest.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import SETS_FOLDER, read_sets
from debugarena.leaderboard.entry import Context, Entry, verify
from debugarena.leaderboard.errata import ERRATA_FILE, check_errata, read_errata
from debugarena.leaderboard.rounds import ROUNDS_FOLDER, read_rounds
from debugarena.leaderboard.submission import META_FILE, name_of, read_submission_folder

ENTRIES_FOLDER = Path("runs/leaderboard")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena leaderboard verify`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a submission, or a folder of them")
    parser.add_argument(
        "--outside", action="store_true", help="refuse the rows of reference that only the board itself may submit"
    )
    parser.add_argument("--json", action="store_true", help="print name, entry or refusal of each submission as JSON")
    add_verify_arguments(parser)


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that verifies takes."""
    parser.add_argument("--entries", type=Path, default=ENTRIES_FOLDER, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--sets", type=Path, default=SETS_FOLDER, metavar="DIR", help="the frozen sets of bugs")
    parser.add_argument("--rounds", type=Path, default=ROUNDS_FOLDER, metavar="DIR", help="folder of announced rounds")
    parser.add_argument(
        "--errata", type=Path, default=ERRATA_FILE, metavar="FILE", help="list of bugs that do not count"
    )
    parser.add_argument(
        "--transfer", nargs="+", default=[], metavar="NAME=FILE", help="bugs that debugarena import wrote"
    )
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="limit for one submission; the next call resumes (default: 60)"
    )
    parser.add_argument(
        "--jobs", type=int, dest="workers", help="solutions run at the same time (default: usable CPUs)"
    )
    add_sandbox_arguments(parser, workers=False)


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard verify`."""
    verified = verify_all(find_submissions(args.paths, args.outside), args, outside=args.outside)
    if args.json:
        refused = {name: {"refused": why} for name, why in verified.refused.items()}
        not_graded = {name: {"not_graded": why} for name, why in verified.not_graded.items()}
        entries = {name: entry.to_json() for name, entry in verified.entries.items()}
        print(json.dumps(entries | refused | not_graded))
        return 0 if verified.is_complete else 1
    for entry in verified.entries.values():
        rate, reward = entry.report.solve_rate, entry.report.reward
        low, high = rate.ci95 or (0.0, 1.0)
        solved = f"solves {rate.value:.1%} [{low:.1%}, {high:.1%}], reward {reward.value:.2f}"
        again = counted(len(entry.verdicts), "completion")
        print(f"{entry.name}: {entry.board}: {solved}; {again} run again")
    verified.complain()
    return 0 if verified.is_complete else 1


def find_submissions(paths: Sequence[Path], outside: bool = False) -> list[Path]:
    """The folders with a meta.yaml among these and directly below them; of outside submissions, only these.

    UsageError where there are none.
    """
    found: list[Path] = []
    for path in paths:
        if outside or (path / META_FILE).exists() or not path.is_dir():
            found.append(path)
            continue
        below = sorted(folder for folder in path.iterdir() if folder.is_dir())
        if not below:
            raise UsageError(f"{path}: no submissions here; debugarena leaderboard new makes one")
        found += below
    return found


@dataclass(frozen=True)
class Verified:
    """The results by name: entries, and the reasons why there are none.

    not_graded: the sandbox is to blame, and the next call resumes.
    """

    context: Context
    entries: dict[str, Entry] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    not_graded: dict[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not (self.refused or self.not_graded)

    def complain(self) -> None:
        """Prints on standard error why there is no entry, one line per submission without one."""
        for what, whys in (("refused", self.refused), ("not graded", self.not_graded)):
            for why in whys.values():
                print(f"{what}: {why}", file=sys.stderr)


def verify_all(folders: Sequence[Path], args: argparse.Namespace, outside: bool = False) -> Verified:
    """The entries of submissions, with the flags of add_verify_arguments; shows a progress bar on standard error."""
    sets, errata = read_sets(args.sets), read_errata(args.errata)
    check_errata(errata, sets, args.errata)
    context = Context(sets, read_rounds(args.rounds), errata, _transfer_bugs(args.transfer), args.minutes)
    result = Verified(context)
    args.entries.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox,
        Progress(*columns, console=console, disable=not console.is_terminal) as bar,
    ):
        tasks: dict[str, Any] = {}

        def on_progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)

        for folder in folders:
            try:
                submission = read_submission_folder(folder)
                if outside and submission.meta.reference:
                    raise UsageError(f"{folder / META_FILE}: reference rows are the board's own; leave it out")
                result.entries[submission.name] = verify(submission, context, args.entries, sandbox, on_progress)
            except UsageError as error:
                result.refused[name_of(folder)] = _one_line(str(error))
            except SandboxError as error:
                result.not_graded[name_of(folder)] = _one_line(str(error))
        warn_if_weak(sandbox)
    return result


def _one_line(text: str) -> str:
    """A refusal on one line of bounded length, which cannot control a terminal or CI: it may quote strangers."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return shown if len(shown) <= 600 else shown[:597] + "..."


def _transfer_bugs(stated: Sequence[str]) -> dict[str, list[Bug]]:
    pairs = [text.partition("=") for text in stated]
    if bad := next((text for text, (name, _, file) in zip(stated, pairs, strict=True) if not (name and file)), None):
        raise UsageError(f"--transfer {bad}: write NAME=FILE, such as quixbugs=runs/quixbugs.jsonl")
    return {name: load_bugs(file) for name, _, file in pairs}
