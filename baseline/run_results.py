"""Reads what a trained run leaves behind: its settings, its steps, and its scores before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from debugarena.baseline.keep import AFTER, LOGS, read_results
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.scoring.typed_report import BugScore, Report
from debugarena.benchmark.typed_json import of
from debugarena.benchmark.wording import counted

UNTRAINED = "untrained"  # what a report calls the model before training
USED = ("model", "prompt", "steps", "warm_start_steps", "attempts", "curriculum")  # of a config, by a report
Reports = dict[str, Report]  # name of an evaluation set -> the report of its score


@dataclass(frozen=True)
class TrainedOn:
    """The bugs that a run has seen: of those offered, the ones that are short enough. hash: as for datasets."""

    n_bugs: int
    n_programs: int
    hash: str

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> TrainedOn:
        return cls(of(int, found["n_bugs"]), of(int, found["n_programs"]), of(str, found["hash"]))


@dataclass(frozen=True)
class Run:
    """One training run. `steps` and `warm_start` are lines of the logs, as dicts; `after` holds its scores."""

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
        """The name of its folder."""
        return self.folder.resolve().name

    @property
    def recipe(self) -> str:
        """The recipe in words, the same for runs that differ only in their seed."""
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
        """The time of all its steps, without loading and saving."""
        return float(sum(line.get("step_time", 0.0) for line in (*self.warm_start, *self.steps)))

    @property
    def scoring_share(self) -> float | None:
        """The share of the time of GRPO's steps in which completions were graded."""
        graded = [line for line in self.steps if "scoring_s" in line]
        spent = sum(line.get("step_time", 0.0) for line in graded)
        return sum(line["scoring_s"] for line in graded) / spent if spent else None


def read_run(folder: Path) -> Run:
    """A run as it was made, or one that is kept. UsageError says which file is at fault if the folder is neither."""
    found = read_results(folder, folder / AFTER)
    settings = found.files.get("run.json")
    if settings is None:
        raise UsageError(f"{folder / 'run.json'}: no such file; name a folder of debugarena train")
    config = settings.get("config")
    if not isinstance(config, dict) or not {*USED} <= config.keys() or not {"seed", "dataset_hash"} <= settings.keys():
        raise UsageError(f"{folder}: not a run of debugarena train; name the folder of one")
    trained_on = found.files.get("trained-on.json")
    # without the summary that a trainer adds at its end
    steps, warm_start = ([line for line in found.logs.get(name, []) if "loss" in line] for name in LOGS)
    return Run(
        folder=folder,
        config=config,
        seed=settings["seed"],
        dataset_hash=settings["dataset_hash"],
        versions=found.files.get("versions.json", {}),
        trained_on=_trained_on(folder, trained_on) if trained_on else None,
        steps=steps,
        warm_start=warm_start,
        after=found.scores,
    )


def read_reports(folder: Path) -> Reports:
    """The scores in the subfolders of a folder, as `debugarena evaluate` leaves them, without unfinished ones."""
    return read_results(folder, folder).scores


def _trained_on(folder: Path, found: Mapping[str, Any]) -> TrainedOn:
    try:
        return TrainedOn.from_json(found)
    except (KeyError, TypeError):
        raise UsageError(f"{folder}: trained-on.json is damaged; remove it") from None


def n_seeds(seeds: Sequence[int]) -> str:
    """How many, in words."""
    return counted(len(seeds), "seed")


def pooled(reports: Sequence[Report]) -> Report:
    """Several seeds as one score to compare: for each bug the mean over them. They must all be of the same bugs."""
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
