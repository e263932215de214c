"""What a trained run leaves behind, read back: its settings, its steps, and its scores before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import read_json, read_json_as
from debugarena.benchmark.scoring.compare import read_report
from debugarena.benchmark.scoring.typed_report import BugScore, Report
from debugarena.benchmark.typed_json import of
from debugarena.benchmark.wording import counted

T = TypeVar("T")
AFTER = "after"
UNTRAINED = "untrained"  # what a report calls the model before training
USED = ("model", "prompt", "steps", "warm_start_steps", "attempts", "curriculum")  # of a config, by a report
Reports = dict[str, Report]  # name of an evaluation set -> the report of its score


@dataclass(frozen=True)
class TrainedOn:
    """The bugs that a run has seen: of those offered, the ones that are short enough. hash: as dataset hashes are."""

    n_bugs: int
    n_programs: int
    hash: str

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> TrainedOn:
        return cls(of(int, found["n_bugs"]), of(int, found["n_programs"]), of(str, found["hash"]))


@dataclass(frozen=True)
class Run:
    """One training run. `steps` and `warm_start` are lines of the logs, as dicts; `after` is what was scored of it."""

    folder: Path
    config: dict[str, Any]
    seed: int
    dataset_hash: str
    versions: dict[str, Any]
    trained_on: TrainedOn | None
    steps: list[dict[str, Any]]
    warm_start: list[dict[str, Any]]
    after: Reports

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.folder.resolve().name

    @property
    def recipe(self) -> str:
        """In words, so that runs which differ in their seed alone are called the same."""
        config = self.config
        if not config["steps"]:
            return counted(config["warm_start_steps"], "supervised step")
        words = "GRPO"
        if config["attempts"] > 1:
            words += f" over {config['attempts']} attempts"
        if config["curriculum"]:
            words += " with curriculum"
        return f"supervised warm start, then {words}" if config["warm_start_steps"] else words

    @property
    def seconds(self) -> float:
        """Of all its steps; what loading and saving took is not in it."""
        return float(sum(line.get("step_time", 0.0) for line in (*self.warm_start, *self.steps)))

    @property
    def scoring_share(self) -> float | None:
        """Of the seconds of GRPO's steps, those in which completions were graded."""
        graded = [line for line in self.steps if "scoring_s" in line]
        spent = sum(line.get("step_time", 0.0) for line in graded)
        return sum(line["scoring_s"] for line in graded) / spent if spent else None


def read_run(folder: Path) -> Run:
    """UsageError with the file and what to do, if it is not a run of `debugarena train`."""
    settings = read_json(
        folder / "run.json",
        lambda found: [found["seed"], found["dataset_hash"], *(found["config"][key] for key in USED)],
        "name a folder of debugarena train",
        "not of debugarena train; name a folder of such a run",
    )
    return Run(
        folder=folder,
        config=settings["config"],
        seed=settings["seed"],
        dataset_hash=settings["dataset_hash"],
        versions=_facts(folder / "versions.json", dict) or {},
        trained_on=_facts(folder / "trained-on.json", TrainedOn.from_json),
        steps=_lines(folder / "log.jsonl"),
        warm_start=_lines(folder / "warm-start" / "log.jsonl"),
        after=read_reports(folder / AFTER),
    )


def read_reports(folder: Path) -> Reports:
    """The scores in the folders of a folder, as `debugarena evaluate` leaves them; those not yet done are left out."""
    return {path.parent.name: read_report(path) for path in sorted(folder.glob("*/report.json"))}


def _facts(path: Path, make: Callable[[Any], T]) -> T | None:
    """What is made of a file of facts; None if there is none."""
    return read_json_as(path, make, "make it readable", "damaged; remove it") if path.exists() else None


def _lines(path: Path) -> list[dict[str, Any]]:
    """A log's steps; without the summary that a trainer adds at its end."""
    if not path.exists():
        return []
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if "loss" in line]
    except (ValueError, TypeError):
        raise UsageError(f"{path}: damaged; remove its last line, or the file") from None


def n_seeds(seeds: Sequence[int]) -> str:
    """How many, in words."""
    return counted(len(seeds), "seed")


def pooled(reports: Sequence[Report]) -> Report:
    """Several seeds as one score to compare: for each bug the mean over them. They must be of the same bugs."""
    ids = [[bug.bug_id for bug in report.bugs] for report in reports]
    if any(one != ids[0] for one in ids):
        raise UsageError("these scores cannot be pooled: they are of different bugs; score all on the same ones")
    same_bug = zip(*(report.bugs for report in reports), strict=True)
    return replace(reports[0], bugs=tuple(map(_pooled_bug, same_bug)))


def _pooled_bug(scores: Sequence[BugScore]) -> BugScore:
    return replace(
        scores[0],
        samples=sum(score.samples for score in scores),
        solved=sum(score.solved for score in scores) / len(scores),
        reward=sum(score.reward for score in scores) / len(scores),
    )
