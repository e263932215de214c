"""Bugs that turned out to be wrong after they were published: said in public, and left out of the ranking.

`errata.yaml` is the list. A bug that is `excluded` no longer counts in any entry of the dataset versions named.
"""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from debugarena.benchmark.typed_yaml import read_typed_yaml
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.meta import Line, Stated, Version

ERRATA_FILE = Path(__file__).with_name("errata.yaml")


class Erratum(Stated):
    """One bug with something wrong about it."""

    bug_id: Line
    versions: list[Version] = Field(min_length=1, description="Dataset versions that have the fault.")
    date: Annotated[Date, Field(strict=False)]
    what: str = Field(min_length=1, max_length=2000)
    excluded: bool = Field(description="Whether the bug no longer counts.")


class Errata(Stated):
    """All of them, oldest first."""

    errata: list[Erratum]


def read_errata(path: Path = ERRATA_FILE) -> list[Erratum]:
    """UsageError with file and key for what does not fit."""
    return read_typed_yaml(path, Errata, "a list of errata begins with `errata:`").errata


def excluded_ids(bug_set: BugSet, errata: list[Erratum]) -> frozenset[str]:
    """Bugs of the set that do not count."""
    ids = {bug.bug_id for bug in bug_set.bugs}
    return frozenset(e.bug_id for e in errata if e.excluded and e.bug_id in ids and bug_set.version in e.versions)
