"""Submissions made in tests: a folder of completions and a meta.yaml, as `debugarena leaderboard new` would leave it."""

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.prompts import prompt_hash
from debugarena.benchmark.scoring.report import Completion
from debugarena.benchmark.typed_yaml import write_yaml
from debugarena.leaderboard.bug_sets import BugSet, write_set
from debugarena.leaderboard.submission import write_lines

META: dict[str, Any] = {
    "model": {"name": "a model", "revision": "r1", "parameters": 1000, "open": True},
    "protocol": {
        "prompt": "complete-v1",
        "prompt_hash": prompt_hash("complete-v1"),
        "attempts": 1,
        "samples": 1,
    },
    "sampling": {"temperature": 0.0, "max_new_tokens": 512},
    "dataset": {"set": "few", "version": "0.2.0", "hash": ""},
    "debugarena": "0.1.0",
    "contact": "https://example.org/someone",
    "date": "2026-11-26",
    "trained_on_debugarena_train": False,
}


def make_set(folder: Path, bugs: Iterable[Bug], name: str = "few") -> BugSet:
    """A frozen set of these bugs."""
    folder.mkdir(exist_ok=True)
    bug_set = BugSet(name, "0.2.0", tuple(sorted(bugs, key=lambda bug: bug.bug_id)))
    write_set(bug_set, folder)
    return bug_set


def answers(bug_set: BugSet, solved: Iterable[str] = (), sample: int = 0) -> list[Completion]:
    """First attempts: the fix for the bugs in `solved`, the buggy code for the rest."""
    chosen = set(solved)
    return [
        Completion(bug.bug_id, sample, 1, bug.fixed_code if bug.bug_id in chosen else bug.buggy_code)
        for bug in bug_set.bugs
    ]


def submit(folder: Path, bug_set: BugSet, completions: list[Completion], **changes: Mapping[str, Any] | Any) -> Path:
    """A submission; `changes` replace keys of META, within its parts where they are mappings."""
    meta = copy.deepcopy(META)
    meta["dataset"] |= {"set": bug_set.name, "version": bug_set.version, "hash": bug_set.hash}
    for key, value in changes.items():
        meta[key] = meta[key] | value if isinstance(value, Mapping) and key in meta else value
    folder.mkdir(parents=True)
    write_yaml(folder / "meta.yaml", meta)
    write_lines(folder / "completions.jsonl.gz", completions)
    return folder
