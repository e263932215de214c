"""Prints the JSON Schema of a submission's meta.yaml, as leaderboard/submission.schema.json has it.

debugarena leaderboard schema > leaderboard/submission.schema.json
"""

from __future__ import annotations

import argparse
import json

from debugarena.leaderboard.meta import json_schema


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds nothing: `debugarena leaderboard schema` has no flags."""


def run(args: argparse.Namespace) -> int:
    """`debugarena leaderboard schema`."""
    print(json.dumps(json_schema(), indent=1))
    return 0
