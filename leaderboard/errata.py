"""Bugs that turned out to be wrong after they were published: listed in public, and left out of the ranking.

`errata.yaml` is the list. A bug that is `excluded` no longer counts in any entry of the dataset versions named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.typed_yaml import read_typed_yaml
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.meta import Day, Line, Stated, Version

ERRATA_FILE = Path(__file__).with_name("errata.yaml")


class Erratum(Stated):
    """One bug that turned out to be wrong."""

    bug_id: Line
    versions: list[Version] = Field(min_length=1, description="Dataset versions that have the fault.")
    date: Day
    what: str = Field(min_length=1, max_length=2000)
    excluded: bool = Field(description="Whether the bug no longer counts.")


class Errata(Stated):
    """All of them, oldest first."""

    errata: list[Erratum]


def read_errata(path: Path = ERRATA_FILE) -> list[Erratum]:
    """UsageError with file and key for what does not fit."""
    return read_typed_yaml(path, Errata, "a list of errata begins with `errata:`").errata


def check_errata(errata: Sequence[Erratum], sets: Mapping[str, BugSet], path: Path) -> None:
    """UsageError for an erratum whose bug is in no set, so that it would exclude nothing."""
    for erratum in errata:
        for version in erratum.versions:
            there = {bug.bug_id for bug_set in sets.values() if bug_set.version == version for bug in bug_set.bugs}
            if erratum.bug_id not in there:
                raise UsageError(f"{path}: no set of dataset version {version} has a bug {erratum.bug_id}")


def excluded_ids(bug_set: BugSet, errata: list[Erratum]) -> frozenset[str]:
    """Bugs of the set that do not count."""
    ids = {bug.bug_id for bug in bug_set.bugs}
    return frozenset(e.bug_id for e in errata if e.excluded and e.bug_id in ids and bug_set.version in e.versions)
