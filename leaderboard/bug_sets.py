"""The bugs that a board is about: frozen sets, `sets/<name>-<version>.jsonl.gz`, so that old boards can be rebuilt.

A set is written once for a dataset version, by `debugarena leaderboard freeze`, and never changed.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from debugarena.benchmark.dataset.loading import MAX_ROW_BYTES, load_bugs
from debugarena.benchmark.dataset.schema import DATASET_VERSION, Bug, bug_from_row, dataset_hash, stated_row
from debugarena.benchmark.dataset.selection import select_bugs
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import lines_of, pieces_of, unpacked, write_whole
from debugarena.benchmark.values import Unencodable

SETS_FOLDER = Path(__file__).with_name("sets")
_FILE = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)-(?P<version>[0-9]+\.[0-9]+\.[0-9]+)\.jsonl\.gz")


@dataclass(frozen=True)
class BugSet:
    """Bugs of one dataset version, sorted by id."""

    name: str
    version: str
    bugs: tuple[Bug, ...]

    @property
    def key(self) -> str:
        """Name and version, as in its file's name and the board's address."""
        return f"{self.name}-{self.version}"

    @cached_property
    def hash(self) -> str:
        """A hash of what verdicts depend on, made like dataset hashes."""
        return dataset_hash(list(self.bugs))

    @cached_property
    def text(self) -> str:
        """The content of the file: one line of JSON per bug."""
        return "".join(json.dumps(stated_row(bug) | {"dataset_version": self.version}) + "\n" for bug in self.bugs)


@dataclass(frozen=True)
class Choice:
    """What a set takes from an export: a config's test split, at most `per_program` bugs a program, `limit` in all."""

    about: str
    config: str
    per_program: int | None = None
    limit: int | None = None


# generated-test is the set of the baseline's primary endpoint
CHOICES = {
    "generated-test": Choice("300 generated test bugs, at most 3 a program", "generated", 3, 300),
    "handcrafted": Choice("the handcrafted bugs", "handcrafted"),
}


def choose(name: str, dataset: Path | str) -> BugSet:
    """The set of that name from an exported dataset of this version.

    UsageError for an unknown name, or while the version is in development.
    """
    version = released_version()
    if name not in CHOICES:
        raise UsageError(f"unknown set {name!r}; there are {', '.join(CHOICES)}")
    choice = CHOICES[name]
    bugs = select_bugs(load_bugs(dataset, choice.config), choice.limit, choice.per_program)
    return BugSet(name, version, tuple(bugs))


def released_version() -> str:
    """The version of the dataset. UsageError while it is in development: its bugs may still change."""
    if DATASET_VERSION.endswith("-dev"):
        raise UsageError(
            f"dataset version {DATASET_VERSION} is in development; its bugs are frozen when it is released"
        )
    return DATASET_VERSION


def write_set(bug_set: BugSet, folder: Path) -> Path:
    """Writes the set's file: the same bytes for the same bugs. UsageError if another set of that name exists."""
    path = folder / f"{bug_set.key}.jsonl.gz"
    if path.exists() and read_set(path).text != bug_set.text:
        raise UsageError(f"{path} holds other bugs, and a set never changes; raise the dataset version")
    write_whole(path, gzip.compress(bug_set.text.encode(), mtime=0))
    return path


def read_set(path: Path) -> BugSet:
    """The set in a file. UsageError if the file is not a set."""
    named = _FILE.fullmatch(path.name)
    try:
        with path.open("rb") as file:
            bugs = [_read_bug(line) for line in lines_of(unpacked(pieces_of(file)), MAX_ROW_BYTES)]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError, Unencodable) as error:
        raise UsageError(f"{path}: not a set of bugs: {error}") from None
    if named is None:
        raise UsageError(f"{path}: the name of a set is <name>-<version>.jsonl.gz, as in handcrafted-0.2.0.jsonl.gz")
    return BugSet(named["name"], named["version"], tuple(sorted(bugs, key=lambda bug: bug.bug_id)))


def _read_bug(line: bytes) -> Bug:
    if len(line) > MAX_ROW_BYTES:
        raise ValueError(f"a line is longer than {MAX_ROW_BYTES >> 10} KiB")
    return bug_from_row(json.loads(line))


def read_sets(folder: Path = SETS_FOLDER) -> dict[str, BugSet]:
    """Key -> set, for every set of a folder."""
    return {bug_set.key: bug_set for bug_set in map(read_set, sorted(folder.glob("*.jsonl.gz")))}


def newest_first(keys: Sequence[str]) -> list[str]:
    """Keys sorted by name, with the newest version of each name first."""

    def order(key: str) -> tuple[str, list[int]]:
        name, _, version = key.rpartition("-")
        return name, [-int(part) for part in version.split(".")]

    return sorted(keys, key=order)
