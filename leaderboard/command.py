"""Compares scores: every submission is run again, never taken on trust, and shown on static pages.

  debugarena leaderboard new runs/my-model --name my-model --contact https://example.org --open --not-trained-on-train
  debugarena leaderboard verify leaderboard/submissions
  debugarena leaderboard site --out site

For one of them: debugarena leaderboard COMMAND --help
"""

from __future__ import annotations

import argparse
import importlib

from debugarena.benchmark.errors import UsageError

COMMANDS = {
    "new": ("debugarena.leaderboard.new", "pack a score into a submission"),
    "verify": ("debugarena.leaderboard.verify", "run submissions again and report what they earned"),
    "site": ("debugarena.leaderboard.site", "write the leaderboard as static pages"),
    "round": ("debugarena.leaderboard.rounds", "announce, open and check bugs that nobody has seen"),
    "schema": ("debugarena.leaderboard.schema", "print the JSON Schema of a submission's meta.yaml"),
    "freeze": ("debugarena.leaderboard.freeze", "record which bugs a board is about"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `debugarena leaderboard`."""
    subparsers = parser.add_subparsers(dest="subcommand", metavar="COMMAND", required=True)
    for name, (module_name, line) in COMMANDS.items():
        module = importlib.import_module(module_name)
        subparser = subparsers.add_parser(
            name, help=line, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run_subcommand=module.run)


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard`."""
    try:
        return int(args.run_subcommand(args))
    except BrokenPipeError:  # an OSError that is not an error: the reader of the output has stopped
        raise
    except OSError as error:
        raise UsageError(f"{error.filename or 'a file'}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError("a file that should be text is not UTF-8; name another one") from None
