"""Looks for leaks between splits: a program for training that is the same task as one for testing. Runs each program
and each handcrafted fix on the tests of the others, with arguments permuted and methods matched, and compares results.
Likeness is Cohen's kappa: 1 if all results agree, 0 for what a constant reaches. Exits with 1 if there is a leak.

  debugarena leaks                        # names each pair of one task in two splits
  debugarena leaks --down-to 0.3          # a table of all pairs that are as like as that, also within a split
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.wording import counted
from debugarena.builder.likeness.leaks import Likeness, are_apart, likenesses, tasks_of
from debugarena.builder.own_programs import load_all


def table(found: Sequence[Likeness]) -> str:
    """Markdown, a row for each pair; a leak is in bold."""
    rows = [
        "| likeness | agree | program | on the tests of |",
        "|---:|---:|---|---|",
    ]
    for one in found:
        kappa = f"**{one.kappa:.2f}**" if one.is_leak else f"{one.kappa:.2f}"
        names = " | ".join(f"`{task.name}` ({task.split})" for task in (one.task, one.other))
        rows.append(f"| {kappa} | {one.agreement.agreed} of {one.agreement.n} | {names} |")
    return "\n".join(rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena leaks`."""
    parser.add_argument("--down-to", type=float, metavar="K", help="print a table of all pairs at least as like as K")
    parser.add_argument(
        "--programs", type=Path, metavar="DIR", help="your own Python files, imported as they are, instead of ours"
    )
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena leaks`."""
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        tasks = tasks_of(load_all(args.programs), load_bugs(), sandbox)
        found = likenesses(tasks, sandbox, are_apart if args.down_to is None else lambda one, other: True)
        if args.allow_weak:
            warn_if_weak(sandbox)
    leaks = [one for one in found if one.is_leak]
    if args.down_to is not None:
        print(table([one for one in found if one.kappa >= args.down_to]) + "\n")
    else:
        for one in leaks:
            print(one)
    print(f"{counted(len(leaks), 'leak')} among {counted(len(tasks), 'task')}")
    return 1 if leaks else 0
