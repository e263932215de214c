"""The bugs that an environment offers, by split, and how one of them is chosen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.loading import DEFAULT_SPLIT, load_bugs, split_names
from debugarena.benchmark.dataset.schema import CATEGORIES, DIFFICULTIES, Bug, dataset_hash, find_bug
from debugarena.benchmark.errors import UsageError

TRAINING_SPLIT = "train"
MAX_ID_CHARS = 200


@dataclass(frozen=True)
class Task:
    """A bug and its place: `split` and `index` (from 0) choose it again."""

    split: str
    index: int
    bug: Bug


class TaskSet:
    """Splits of bugs. The default split is `train` if there is one, else the first, so that nobody trains on `test`
    by forgetting to name a split."""

    def __init__(self, splits: Mapping[str, Sequence[Bug]]) -> None:
        if not splits or not all(splits.values()):
            raise UsageError("an environment needs at least one split, and a bug in each")
        self.splits = {name: tuple(bugs) for name, bugs in splits.items()}
        counted = Counter(bug.bug_id for bugs in self.splits.values() for bug in bugs)
        if twice := next((bug_id for bug_id, n in counted.items() if n > 1), None):
            raise UsageError(f"{twice} appears twice, in one split or in two; keep one of them")
        self.dataset_hash = dataset_hash({bug.bug_id: bug for bugs in self.splits.values() for bug in bugs})
        self._places = {
            bug.bug_id: Task(split, index, bug) for split, bugs in self.splits.items() for index, bug in enumerate(bugs)
        }

    @classmethod
    def load(cls, source: str | Path | None = None, config: str | None = None, revision: str | None = None) -> TaskSet:
        """Every split of a dataset; the arguments are those of load_bugs."""
        names = split_names(source, config, revision)
        return cls({name or DEFAULT_SPLIT: load_bugs(source, config, name, revision) for name in names})

    @property
    def default_split(self) -> str:
        return TRAINING_SPLIT if TRAINING_SPLIT in self.splits else next(iter(self.splits))

    def bugs(self, split: str | None = None) -> tuple[Bug, ...]:
        """The bugs of a split, in the order of their indices. UsageError if there is no such split."""
        return self.splits[self._named(split)]

    def _named(self, split: str | None) -> str:
        split = self.default_split if split is None else split
        if not isinstance(split, str) or split not in self.splits:
            raise UsageError(f"unknown split {_short(split)}; there is {', '.join(self.splits)}")
        return split

    def task(self, split: str | None, index: int) -> Task:
        """The task at an index. UsageError if there is none."""
        split = self._named(split)
        bugs = self.splits[split]
        if type(index) is not int or not 0 <= index < len(bugs):
            raise UsageError(f"index is {_short(index)}; the split {split!r} has 0 to {len(bugs) - 1}")
        return Task(split, index, bugs[index])

    def choose(
        self,
        seed: int | None = None,
        *,
        split: str | None = None,
        index: int | None = None,
        bug_id: str | None = None,
        difficulty: str | None = None,
        level: int | None = None,
        category: str | None = None,
        **unknown: Any,
    ) -> Task:
        """One task: by bug id, by split and index, or drawn with the seed from those that fit (None: at random).

        bug_id: an id or its last part, from any split unless one is named. UsageError for what does not exist or does
        not fit together.
        """
        if unknown:
            options = "seed, episode_id, split, index, bug_id, difficulty, level and category"
            raise UsageError(f"reset takes no {_short(next(iter(unknown)))}; it takes {options}")
        if seed is not None and type(seed) is not int:
            raise UsageError(f"seed is {_short(seed)}; it must be a whole number")
        filters = {"difficulty": difficulty, "level": level, "category": category}
        wanted = {name: value for name, value in filters.items() if value is not None}
        if bug_id is not None or index is not None:
            named = "bug_id" if bug_id is not None else "index"
            others = [*wanted, *(["index"] if bug_id is not None and index is not None else [])]
            if others:
                raise UsageError(f"{named} names one bug already; leave out {others[0]}")
        if bug_id is not None:
            return self._by_id(bug_id, split)
        if index is not None:
            return self.task(split, index)
        return self._draw(seed, split, wanted)

    def _by_id(self, bug_id: str, split: str | None) -> Task:
        if not isinstance(bug_id, str) or len(bug_id) > MAX_ID_CHARS:
            raise UsageError(f"bug_id is {_short(bug_id)}; it must be text of at most {MAX_ID_CHARS} characters")
        task = self._places.get(bug_id)
        if task is None or split is not None:
            bugs = [task.bug for task in self._places.values()] if split is None else list(self.bugs(split))
            task = self._places[find_bug(bugs, bug_id).bug_id]
        return task

    def _draw(self, seed: int | None, split: str | None, wanted: Mapping[str, Any]) -> Task:
        for name, allowed in (("difficulty", DIFFICULTIES), ("category", tuple(CATEGORIES))):
            if name in wanted and wanted[name] not in allowed:
                raise UsageError(f"unknown {name} {_short(wanted[name])}; it is one of {', '.join(allowed)}")
        split = self._named(split)
        bugs = self.splits[split]
        fitting = [i for i, bug in enumerate(bugs) if all(getattr(bug, k) == v for k, v in wanted.items())]
        if not fitting:
            told = " and ".join(f"{name} {_short(value)}" for name, value in wanted.items())
            raise UsageError(f"no bug of the split {split!r} has {told}")
        index = random.Random(seed).choice(fitting)
        return Task(split, index, bugs[index])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
