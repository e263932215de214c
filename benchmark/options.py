"""The flags of every command with a sandbox, and its warning if the sandbox turned out weak."""

from __future__ import annotations

import argparse
import sys

from debugarena.benchmark.layers import weakness
from debugarena.benchmark.sandbox import Sandbox


def add_sandbox_arguments(parser: argparse._ActionsContainer, workers: bool = True) -> None:
    """--workers and --allow-weak."""
    if workers:
        parser.add_argument("--workers", type=int, help="solutions run at the same time (default: the usable CPUs)")
    parser.add_argument(
        "--allow-weak", action="store_true", help="where no jail can be, run in plain processes; see debugarena doctor"
    )


def warn_if_weak(sandbox: Sandbox) -> None:
    """One line on standard error, for commands whose output has no place for it."""
    if sentence := weakness(sandbox.layers):
        print(sentence, file=sys.stderr)
