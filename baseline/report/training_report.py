"""A report on training, in types. Only this file names the keys of its report.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from debugarena.baseline.evaluate import PRIMARY
from debugarena.baseline.run_results import TrainedOn
from debugarena.benchmark.scoring.compare import Difference
from debugarena.benchmark.scoring.stats import Interval
from debugarena.benchmark.scoring.typed_report import Estimate, interval_from_json, interval_to_json
from debugarena.benchmark.typed_json import each, maybe, of

FIRST_ATTEMPT = "at the first attempt"


@dataclass(frozen=True)
class Change:
    """B against A on the same bugs. solve_p_holm: corrected for the comparisons of its table, where that is done."""

    n: int
    n_programs: int
    solve_p: float
    solved: Difference
    reward: Difference
    solved_a_ci95: Interval | None
    solved_b_ci95: Interval | None
    solve_p_holm: float | None = None

    @property
    def solved_a(self) -> Estimate:
        return Estimate(self.solved.a, self.solved_a_ci95)

    @property
    def solved_b(self) -> Estimate:
        return Estimate(self.solved.b, self.solved_b_ci95)

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "n_programs": self.n_programs,
            "solve_p": self.solve_p,
            **self.solved.to_json("solved"),
            **self.reward.to_json("reward"),
            "solved_a_ci95": interval_to_json(self.solved_a_ci95),
            "solved_b_ci95": interval_to_json(self.solved_b_ci95),
            **({} if self.solve_p_holm is None else {"solve_p_holm": self.solve_p_holm}),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Change:
        return cls(
            n=of(int, found["n"]),
            n_programs=of(int, found["n_programs"]),
            solve_p=of(float, found["solve_p"]),
            solved=Difference.from_json(found, "solved"),
            reward=Difference.from_json(found, "reward"),
            solved_a_ci95=interval_from_json(found["solved_a_ci95"]),
            solved_b_ci95=interval_from_json(found["solved_b_ci95"]),
            solve_p_holm=maybe(float, found.get("solve_p_holm")),
        )


@dataclass(frozen=True)
class RecipeChange:
    """On one set, recipe b against a (a recipe or the untrained model), on the seeds that both have. judged: which
    solves count, in words."""

    set: str
    judged: str
    a: str
    b: str
    seeds: tuple[int, ...]
    change: Change

    def to_json(self) -> dict[str, Any]:
        return {"a": self.a, "b": self.b, "seeds": [*self.seeds], **self.change.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> RecipeChange:
        return cls(
            set=of(str, found.get("set", PRIMARY)),
            judged=of(str, found.get("solved", FIRST_ATTEMPT)),
            a=of(str, found["a"]),
            b=of(str, found["b"]),
            seeds=each(lambda seed: of(int, seed), found["seeds"]),
            change=Change.from_json(found),
        )


@dataclass(frozen=True)
class RunChange:
    """A run against the untrained model, on the primary set."""

    run: str
    recipe: str
    seed: int
    change: Change

    def to_json(self) -> dict[str, Any]:
        return {**self.change.to_json(), "run": self.run, "recipe": self.recipe, "seed": self.seed}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> RunChange:
        return cls(of(str, found["run"]), of(str, found["recipe"]), of(int, found["seed"]), Change.from_json(found))


@dataclass(frozen=True)
class GroupChange:
    """The first recipe against the untrained model, on the primary set's bugs of one level or category."""

    kind: str
    value: int | str
    change: Change

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, **self.change.to_json()}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> GroupChange:
        return cls(of(str, found["kind"]), found["value"], Change.from_json(found))


@dataclass(frozen=True)
class SetRow:
    """A model on one set: numbers by name, and tests against the untrained model, which itself has none."""

    run: str
    n: int
    attempts: int
    rates: Mapping[str, Estimate]
    solve_p: float | None = None
    reward_p: float | None = None

    def to_json(self) -> dict[str, Any]:
        result: dict[str, Any] = {"run": self.run, "n": self.n, "attempts": self.attempts}
        for name, estimate in self.rates.items():
            result |= estimate.to_json(name)
        tests = {"solve_p": self.solve_p, "reward_p": self.reward_p}
        return result | {name: p for name, p in tests.items() if p is not None}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> SetRow:
        return cls(
            run=of(str, found["run"]),
            n=of(int, found["n"]),
            attempts=of(int, found["attempts"]),
            rates={name: Estimate.from_json(found, name) for name in found if f"{name}_ci95" in found},
            solve_p=maybe(float, found.get("solve_p")),
            reward_p=maybe(float, found.get("reward_p")),
        )


@dataclass(frozen=True)
class RunSummary:
    """What a run was, and how long its steps took; scoring_share: the share of GRPO's steps spent grading."""

    run: str
    recipe: str
    seed: int
    steps: int
    warm_start_steps: int
    seconds: float
    scoring_share: float | None
    config: Mapping[str, Any]
    dataset_hash: str
    versions: Mapping[str, object]
    trained_on: TrainedOn | None

    def to_json(self) -> dict[str, Any]:
        trained_on = {} if self.trained_on is None else asdict(self.trained_on)
        return {**vars(self), "config": dict(self.config), "versions": dict(self.versions), "trained_on": trained_on}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> RunSummary:
        return cls(
            run=of(str, found["run"]),
            recipe=of(str, found["recipe"]),
            seed=of(int, found["seed"]),
            steps=of(int, found["steps"]),
            warm_start_steps=of(int, found["warm_start_steps"]),
            seconds=of(float, found["seconds"]),
            scoring_share=maybe(float, found["scoring_share"]),
            config=of(dict, found["config"]),
            dataset_hash=of(str, found["dataset_hash"]),
            versions=of(dict, found["versions"]),
            trained_on=TrainedOn.from_json(found["trained_on"]) if found["trained_on"] else None,
        )


@dataclass(frozen=True)
class TrainingReport:
    """Before and after training. The first line of `pooled` is the primary comparison; start: the recipe, if it is
    among the runs, that the primary one begins with."""

    model: str
    prompt: str
    primary_recipe: str
    start: str | None
    runs: tuple[RunSummary, ...]
    pooled: tuple[RecipeChange, ...]
    others: tuple[RecipeChange, ...]
    each: tuple[RunChange, ...]
    sets: Mapping[str, tuple[SetRow, ...]]
    groups: tuple[GroupChange, ...]
    summary: str

    def to_json(self) -> dict[str, Any]:
        """What report.json holds, as plain data."""
        return {
            "model": self.model,
            "prompt": self.prompt,
            "primary_recipe": self.primary_recipe,
            "start": self.start,
            "runs": [run.to_json() for run in self.runs],
            "pooled": [line.to_json() for line in self.pooled],
            "others": [{"set": line.set, "solved": line.judged, **line.to_json()} for line in self.others],
            "each": [line.to_json() for line in self.each],
            "sets": {name: [row.to_json() for row in rows] for name, rows in self.sets.items()},
            "groups": [line.to_json() for line in self.groups],
            "summary": self.summary,
        }

    @classmethod
    def from_json(cls, found: Any) -> TrainingReport:
        """KeyError, TypeError or ValueError if this is no such report."""
        return cls(
            model=of(str, found["model"]),
            prompt=of(str, found["prompt"]),
            primary_recipe=of(str, found["primary_recipe"]),
            start=maybe(str, found.get("start")),
            runs=each(RunSummary.from_json, found["runs"]),
            pooled=each(RecipeChange.from_json, found["pooled"]),
            others=each(RecipeChange.from_json, found.get("others", [])),
            each=each(RunChange.from_json, found["each"]),
            sets={name: each(SetRow.from_json, rows) for name, rows in of(dict, found["sets"]).items()},
            groups=each(GroupChange.from_json, found["groups"]),
            summary=of(str, found["summary"]),
        )
