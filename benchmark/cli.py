"""`debugarena ...`: one table from subcommand to the module that serves it, imported only when it is called.

A serving module has `add_arguments(parser)` and `run(args) -> int`. Exit codes: 0 done, 1 something was found
to be invalid, 2 wrong usage or a failure of ours, with one sentence on standard error, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Never

from debugarena.benchmark.errors import DebugArenaError

# command -> the module that serves it and a line of help, grouped by what the user wants to do
GROUPS = {
    "train on the bugs": {
        "show": ("debugarena.benchmark.show", "print one bug for a person to read"),
        "validate": ("debugarena.builder.validate", "prove that bugs are bugs: buggy code fails, fixes pass"),
        "build": ("debugarena.builder.publishing.build", "validate all bugs and export the dataset as Parquet"),
        "generate": ("debugarena.builder.generate", "make new bugs without end, each of them proven"),
        "leaks": ("debugarena.builder.likeness.command", "check that no split has a task of another in other words"),
        "import": ("debugarena.builder.importers.command", "turn QuixBugs, HumanEvalPack or pytest files into bugs"),
        "serve": ("debugarena.benchmark.environment.serve", "offer episodes to agents and trainers, over OpenEnv"),
        "publish": ("debugarena.builder.publishing.publish", "upload an exported dataset to the Hugging Face hub"),
    },
    "score a model": {
        "doctor": ("debugarena.benchmark.doctor", "check the sandbox, the packages and the speed"),
        "fetch-model": ("debugarena.benchmark.models.fetch_model", "download a small model to try things with"),
        "score": ("debugarena.benchmark.scoring.score", "let a model fix the bugs and report how well it did"),
        "compare": ("debugarena.benchmark.scoring.compare", "test whether two scores differ by more than chance"),
        "leaderboard": ("debugarena.leaderboard.command", "submit scores, verify them, make the site"),
    },
    "reproduce the baseline": {
        "train": ("debugarena.baseline.train", "train a model to fix bugs, with GRPO"),
        "evaluate": ("debugarena.baseline.evaluate", "score a model on every set that the protocol names"),
        "report": ("debugarena.baseline.report.command", "compare before and after training, with pictures"),
        "publish-model": ("debugarena.baseline.publish_model", "upload a trained model with a card of its numbers"),
    },
}
COMMANDS = {name: served for group in GROUPS.values() for name, served in group.items()}
# functions that a command borrows from another room, since rooms do not import each other; imported when called
LENT = {"leaderboard": {"generate_bugs": "debugarena.builder"}}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        """One sentence, as for any other misuse, instead of twenty lines of usage before it."""
        for kind, wanted in (("int", "a whole number"), ("float", "a number")):
            message = re.sub(rf"invalid {kind} value: (.*)", rf"\1 is not {wanted}", message)
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')}; see {self.prog} --help\n")


def make_parser(command: str | None) -> argparse.ArgumentParser:
    """The whole parser, with the arguments of one subcommand; imports only the module of that subcommand."""
    parser = _Parser(
        prog="debugarena",
        usage="%(prog)s [-h] [--version] COMMAND ...",
        description="Measures whether a language model can fix bugs, and gives it bugs and rewards to learn from.",
        epilog=_overview(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"debugarena {version('debugarena')}")
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, help=argparse.SUPPRESS, prog=parser.prog
    )
    for name, (module_name, _) in COMMANDS.items():
        if name == command:
            module = importlib.import_module(module_name)
            subparser = subparsers.add_parser(
                name,
                description=module.__doc__,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run, **_lent(name))
        else:
            subparsers.add_parser(name)
    return parser


def _overview() -> str:
    """The commands by group; each group has a tutorial, named by the first word of its heading."""
    lines: list[str] = []
    for heading, commands in GROUPS.items():
        lines += [f"{heading}:", *(f"  {name:<14} {line}" for name, (_, line) in commands.items()), ""]
    lines += ["For one command: debugarena COMMAND --help", "Tutorials:"]
    return "\n".join([*lines, *(f"  docs/tutorial-{heading.split()[0]}.md" for heading in GROUPS)])


def _lent(command: str) -> dict[str, Callable[..., Any]]:
    def lend(name: str, module: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: getattr(importlib.import_module(module), name)(*args, **kwargs)

    return {name: lend(name, module) for name, module in LENT.get(command, {}).items()}


def main(argv: list[str] | None = None) -> int:
    """Runs one subcommand; returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    parser = make_parser(next((word for word in argv if not word.startswith("-")), None))
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except DebugArenaError as error:
        print(f"debugarena {args.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\ndebugarena {args.command}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that Python does not complain again at exit
        return 141
    except OSError as error:  # a full disk, a folder without write permission
        where = f"{error.filename}: " if error.filename else ""
        print(f"debugarena {args.command}: {where}{error.strerror or error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
