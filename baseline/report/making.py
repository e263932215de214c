"""Makes the report on training from runs and their scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from debugarena.baseline.evaluate import EVALUATIONS, PRIMARY
from debugarena.baseline.keep import AFTER
from debugarena.baseline.report.text import summary
from debugarena.baseline.report.training_report import (
    FIRST_ATTEMPT,
    Change,
    GroupChange,
    RecipeChange,
    RunChange,
    RunSummary,
    SetRow,
    TrainingReport,
)
from debugarena.baseline.run_results import UNTRAINED, Reports, Run, pooled
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.scoring.compare import compare
from debugarena.benchmark.scoring.stats import Interval, holm, known, mean_interval
from debugarena.benchmark.scoring.typed_report import BugScore, Estimate, Report

Recipes = Mapping[str, Sequence[Run]]  # in the order of the runs; the first is the primary one
AnyChange = TypeVar("AnyChange", RecipeChange, GroupChange)


def make_report(runs: Sequence[Run], before: Reports) -> TrainingReport:
    """The report on these runs. UsageError if the scores do not allow a comparison."""
    if PRIMARY not in before:
        raise UsageError(f"there is no score of the set {PRIMARY} before training; run debugarena evaluate first")
    if unscored := next((run for run in runs if PRIMARY not in run.after), None):
        raise UsageError(
            f"{unscored.folder}/{AFTER} holds no score of the set {PRIMARY}; run debugarena evaluate "
            f"hf:{unscored.folder}/model --out {unscored.folder}/{AFTER}"
        )
    if twice := _doubled([run.name for run in runs]):
        raise UsageError(f"two runs are called {twice}; rename one of their folders")
    _check_same(runs)
    _check_scores(runs, before)
    recipes = _recipes(runs)
    scored_twice = before.keys() & {name for run in runs for name in run.after}
    start = next((one.recipe for one in runs if one.config == runs[0].config | {"steps": 0}), None)
    untrained = before[PRIMARY]
    report = TrainingReport(
        model=runs[0].config["model"],
        prompt=untrained.protocol.prompt,
        primary_recipe=runs[0].recipe,
        start=start,
        runs=tuple(_run_summary(run) for run in runs),
        pooled=_pooled_lines(recipes, before),
        others=_other_lines(recipes, before, start),
        each=tuple(RunChange(run.name, run.recipe, run.seed, _change(untrained, run.after[PRIMARY])) for run in runs),
        sets={name: _set_rows(name, runs, before) for name in sorted(scored_twice, key=_place)},
        groups=_group_lines(recipes, before),
        summary="",
    )
    return replace(report, summary=summary(report))


def _recipes(runs: Sequence[Run]) -> Recipes:
    """Runs by recipe. UsageError if those of one recipe differ in more than their seed, or share a seed."""
    recipes: dict[str, list[Run]] = {}
    for one in runs:
        recipes.setdefault(one.recipe, []).append(one)
    for name, same in recipes.items():
        if any(one.config != same[0].config for one in same):
            raise UsageError(f"runs of the recipe {name!r} differ in more than their seed; report them apart")
        if twice := _doubled([str(one.seed) for one in same]):
            raise UsageError(f"two runs of the recipe {name!r} have the seed {twice}; name each run once")
    return recipes


def _check_same(runs: Sequence[Run]) -> None:
    """UsageError unless all runs began with the same model and had the same bugs and prompt to train on."""
    for what, value in (
        ("the model", [run.config["model"] for run in runs]),
        ("the prompt", [run.config["prompt"] for run in runs if run.config["attempts"] == 1]),
        ("the training bugs", [run.dataset_hash for run in runs]),
    ):
        if len({*value}) > 1:
            raise UsageError(
                f"these runs differ in {what}: {', '.join(map(str, dict.fromkeys(value)))}; report them apart"
            )


def _check_scores(runs: Sequence[Run], before: Reports) -> None:
    """UsageError if a set was scored with other settings before than after, or if two models have the same weights."""
    for name, score in before.items():
        begun, untrained = str(runs[0].config["model"]), str(score.model.name)
        if Path(begun).name != Path(untrained).name:  # a model's folder may have another path now
            raise UsageError(f"the score of {name} before training is that of {untrained}; the runs began with {begun}")
        seen = {_weights(score): "the untrained model"}
        for run in runs:
            after = run.after.get(name, score)
            if (after.sampling, after.n_samples) != (score.sampling, score.n_samples):
                raise UsageError(f"{run.folder}/{AFTER}/{name} was scored with other settings than before training")
            if after is not score and (twin := seen.setdefault(_weights(after), str(run.folder))) != str(run.folder):
                raise UsageError(f"{run.folder}/{AFTER}/{name} is a score of the same weights as that of {twin}")


def _weights(report: Report) -> object:
    """A key for a model's weights; where they are unknown, a key that equals no other."""
    return report.model.weights_sha256 or object()


def _place(name: str) -> tuple[int, str]:
    """The sets of the protocol in its order, then any others."""
    return [*EVALUATIONS, name].index(name), name


def _doubled(names: Sequence[str]) -> str | None:
    return next((name for i, name in enumerate(names) if name in names[:i]), None)


def _run_summary(run: Run) -> RunSummary:
    return RunSummary(
        run=run.name,
        recipe=run.recipe,
        seed=run.seed,
        steps=len(run.steps),
        warm_start_steps=len(run.warm_start),
        seconds=run.seconds,
        scoring_share=run.scoring_share,
        config=run.config,
        dataset_hash=run.dataset_hash,
        versions=run.versions,
        trained_on=run.trained_on,
    )


def _change(a: Report, b: Report) -> Change:
    """What `debugarena compare` says of two scores, in short."""
    result = compare(a, b)
    return Change(
        n=result.n,
        n_programs=result.n_programs,
        solve_p=result.solve_test.solve_p,
        solved=result.solved,
        reward=result.reward,
        solved_a_ci95=_solved_interval(a.bugs),
        solved_b_ci95=_solved_interval(b.bugs),
    )


def _solved_interval(bugs: Sequence[BugScore]) -> Interval | None:
    return known(mean_interval([bug.solved for bug in bugs], [bug.program for bug in bugs], (0.0, 1.0)))


def _pooled_lines(recipes: Recipes, before: Reports) -> tuple[RecipeChange, ...]:
    """The primary comparison, then the secondary ones with p-values corrected for their number."""
    first, *rivals = recipes
    pairs = [(UNTRAINED, name) for name in recipes] + [(name, first) for name in rivals]
    lines = [line for a, b in pairs if (line := _comparison(PRIMARY, a, b, recipes, before))]
    return (*lines[:1], *_corrected(lines[1:]))


def _comparison(name: str, a: str, b: str, recipes: Recipes, before: Reports) -> RecipeChange | None:
    """On one set, a recipe or the untrained model against a recipe, on the seeds that both have; None without any."""
    scored = {
        recipe: {run.seed: _judged(run.after[name]) for run in recipes[recipe] if name in run.after}
        for recipe in (a, b)
        if recipe != UNTRAINED
    }
    seeds = sorted(set.intersection(*map(set, scored.values())))
    if not seeds:
        return None
    score, other = (
        _judged(before[name]) if side == UNTRAINED else pooled([scored[side][seed] for seed in seeds])
        for side in (a, b)
    )
    return RecipeChange(name, _judged_by(before[name]), a, b, tuple(seeds), _change(score, other))


def _corrected(lines: Sequence[AnyChange]) -> tuple[AnyChange, ...]:
    """Each line with its p-value corrected for the number of lines."""
    corrected = holm([line.change.solve_p for line in lines])
    return tuple(
        replace(line, change=replace(line.change, solve_p_holm=p)) for line, p in zip(lines, corrected, strict=True)
    )


def _judged(report: Report) -> Report:
    """The report, in which several attempts or samples count as one: a bug is solved within all or by any of them."""
    if report.protocol.attempts > 1:
        return replace(report, bugs=tuple(replace(bug, solved=_share_in_the_end(bug)) for bug in report.bugs))
    if report.n_samples > 1:
        return replace(report, bugs=tuple(replace(bug, solved=float(bug.solved > 0), samples=1) for bug in report.bugs))
    return report


def _share_in_the_end(bug: BugScore) -> float:
    return sum(at is not None for at in bug.solved_at) / bug.samples


def _judged_by(report: Report) -> str:
    if report.protocol.attempts > 1:
        return f"within {report.protocol.attempts} attempts"
    return f"by any of {report.n_samples} samples" if report.n_samples > 1 else FIRST_ATTEMPT


def _other_lines(recipes: Recipes, before: Reports, start: str | None) -> tuple[RecipeChange, ...]:
    """On each set except the primary one, the untrained model against each recipe that was scored on it, and the recipe
    that the first one starts from against the first one."""
    pairs = [(UNTRAINED, name) for name in recipes] + ([(start, next(iter(recipes)))] if start else [])
    lines = [
        line
        for name in sorted(before.keys() - {PRIMARY}, key=_place)
        for a, b in pairs
        if (line := _comparison(name, a, b, recipes, before))
    ]
    return _corrected(lines)


def _set_rows(name: str, runs: Sequence[Run], before: Reports) -> tuple[SetRow, ...]:
    """The untrained model and each run that was scored on a set, with the paired test between them."""
    rows, untrained = [_set_row(UNTRAINED, before[name])], _judged(before[name])
    for one in runs:
        if name in one.after:
            result = compare(untrained, _judged(one.after[name]))
            row = _set_row(one.name, one.after[name])
            rows.append(replace(row, solve_p=result.solve_test.solve_p, reward_p=result.reward.flip_p))
    return tuple(rows)


def _set_row(run: str, report: Report) -> SetRow:
    rates = {
        "solve_rate": report.solve_rate,
        "reward": report.reward,
        "reward_above_noop": report.reward_above_noop,
        "echo_rate": report.echo_rate,
        "overfit_rate": report.overfit_rate,
        "forbidden_rate": report.forbidden_rate,
        **{f"solved@{n}": estimate for n, estimate in enumerate(report.solved_within, 1)},
        **{f"pass@{k}": estimate for k, estimate in report.pass_at.items()},
        "format_failures": _format_failures(report.format_compliance),
    }
    return SetRow(run, report.n, report.protocol.attempts, rates)


def _format_failures(compliance: Estimate) -> Estimate:
    """Format compliance has one of two values, so its mean shows how often it is the lower one."""
    signal = SIGNALS["format_compliance"]
    span = signal.high - signal.low
    value = (signal.high - compliance.value) / span
    if compliance.ci95 is None:
        return Estimate(value, None)
    low, high = compliance.ci95
    return Estimate(value, ((signal.high - high) / span, (signal.high - low) / span))


def _group_lines(recipes: Recipes, before: Reports) -> tuple[GroupChange, ...]:
    """By level and category of the primary set: the untrained model against the first recipe's seeds together."""
    untrained, after = before[PRIMARY], pooled([run.after[PRIMARY] for run in next(iter(recipes.values()))])
    columns: dict[str, Callable[[BugScore], int | str | None]] = {
        "level": lambda bug: bug.level,
        "category": lambda bug: bug.category,
    }
    lines = []
    for kind, column in columns.items():
        values = {value for bug in after.bugs if (value := column(bug)) is not None}
        for value in sorted(values, key=str):
            a, b = (
                replace(score, bugs=tuple(bug for bug in score.bugs if column(bug) == value))
                for score in (untrained, after)
            )
            lines.append(GroupChange(kind, value, _change(a, b)))
    return _corrected(lines)
