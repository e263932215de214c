"""The pictures of a report on training: before and after, rewards, and how the steps went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugarena.baseline.evaluate import PRIMARY
from debugarena.baseline.report.training_report import RecipeChange, TrainingReport
from debugarena.baseline.run_results import UNTRAINED, Reports, Run, n_seeds
from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL, SIGNALS
from debugarena.benchmark.scoring.tables import save_figure
from debugarena.benchmark.scoring.typed_report import Estimate
from debugarena.benchmark.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE_COLOUR, AFTER_COLOURS = "#bb8855", ("#223355", "#44aa77", "#66aacc", "#882255", "#999933")
WINDOW = 5  # steps that a learning curve averages over
MIN_SPAN = 0.1  # of the axis of a learning curve
TITLES = {
    PRIMARY: "held-out\ngenerated bugs",
    "test-anonymised": "the same,\nneutral names",
    "handcrafted": "handcrafted\nbugs",
    "handcrafted-pass8": "handcrafted,\n8 samples",
    "handcrafted-attempts5": "handcrafted,\n5 attempts",
}


def draw(report: TrainingReport, runs: Sequence[Run], before: Reports, names: Sequence[str], folder: Path) -> None:
    """Three PNGs with these names in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in zip(names, (_before_after, _rewards, _training), strict=True):
        make(report, runs, before, folder / name)


def _before_after(report: TrainingReport, runs: Sequence[Run], before: Reports, path: Path) -> None:
    from matplotlib.figure import Figure

    colours = _colours(runs)
    primary = [line for line in report.pooled if line.a == UNTRAINED]
    others = [line for line in report.others if line.a == UNTRAINED]
    sets: dict[str, list[RecipeChange]] = {}
    for line in (*primary, *others):
        sets.setdefault(line.set, []).append(line)
    figure = Figure(figsize=(13, 8), layout="constrained")
    top, bottom = figure.subplots(2, 1)
    ticks: list[tuple[float, str]] = []
    left = 0.0
    for name, lines in sets.items():
        _bar(top, left, lines[0].change.solved_a, BEFORE_COLOUR)
        for i, line in enumerate(lines, 1):
            _bar(top, left + i, line.change.solved_b, colours[line.b])
        title = TITLES.get(name, name.replace("-", "\n", 1))
        ticks.append((left + len(lines) / 2, f"{title}\n(n = {lines[0].change.n})"))
        left += len(lines) + 2
    _percent(top, "solved", "Solve rates with 95% intervals over bugs, for the seeds that were run, pooled", ticks)
    top.bar(0, 0, color=BEFORE_COLOUR, label=UNTRAINED)
    for line in primary:
        top.bar(0, 0, color=colours[line.b], label=f"{line.b} ({n_seeds(line.seeds)})")
    figure.legend(fontsize=9, frameon=False, loc="outside upper center", ncols=3)
    ticks = []
    for i, group in enumerate(group for group in report.groups if group.kind == "level"):
        _bar(bottom, 3 * i, group.change.solved_a, BEFORE_COLOUR)
        _bar(bottom, 3 * i + 1, group.change.solved_b, colours[report.primary_recipe])
        ticks.append((3 * i + 0.5, f"level {group.value}\n(n = {group.change.n})"))
    _percent(bottom, "solved", f"By level: untrained, and {report.primary_recipe}, its seeds pooled", ticks)
    save_figure(figure, path)


def _colours(runs: Sequence[Run]) -> dict[str, str]:
    """recipe -> colour"""
    recipes = dict.fromkeys(run.recipe for run in runs)
    return {recipe: AFTER_COLOURS[i % len(AFTER_COLOURS)] for i, recipe in enumerate(recipes)}


def _bar(axes: Axes, x: float, solved: Estimate, colour: str) -> None:
    value = solved.value
    axes.bar(x, value, width=0.9, color=colour)
    if solved.ci95:
        low, high = solved.ci95
        axes.errorbar(x, value, yerr=[[value - low], [high - value]], color="black", capsize=3, linewidth=1)
    axes.annotate(f"{value:.1%}", (x, value), (4, 3), textcoords="offset points", fontsize=8)


def _percent(axes: Axes, label: str, title: str, ticks: Sequence[tuple[float, str]]) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_xticks([x for x, _ in ticks], [text for _, text in ticks])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(0, min(1.1, max(0.05, 1.15 * axes.get_ylim()[1])))
    axes.set_ylabel(label)
    axes.set_title(title, fontsize=11)


def _rewards(report: TrainingReport, runs: Sequence[Run], before: Reports, path: Path) -> None:
    """Two panels: the rewards of the primary set's bugs before training, and after it, for the first recipe's seeds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    same = [run for run in runs if run.recipe == report.primary_recipe]
    after = [bug.reward for run in same for bug in run.after[PRIMARY].bugs]
    noop = [bug.noop_reward for bug in before[PRIMARY].bugs]
    groups = (("Before", [bug.reward for bug in before[PRIMARY].bugs]), ("After", after))
    n_bins = round((MAX_TOTAL - MIN_TOTAL) / 0.2) + 1
    bins = [MIN_TOTAL - 0.1 + 0.2 * i for i in range(n_bins + 1)]
    for axes, (title, rewards), colour in zip(panels, groups, (BEFORE_COLOUR, AFTER_COLOURS[0]), strict=True):
        for values, style in ((rewards, {"color": colour}), (noop, {"histtype": "step", "color": "#333333"})):
            weights = [1 / len(values)] * len(values)
            label = "no-op" if values is noop else "model"
            axes.hist(
                values, bins=bins, weights=weights, label=f"{label}, mean {sum(values) / len(values):.2f}", **style
            )
        seeds = f" of {counted(len(same), 'seed')}" if title == "After" else ""
        axes.set_title(f"{title}: {counted(len(rewards), 'completion')}{seeds}")
        axes.set_xlabel(f"reward of a bug ({MAX_TOTAL:g} = solved)")
        axes.legend(frameon=False, fontsize=9)
    panels[0].set_ylabel("share of completions")
    save_figure(figure, path)


def _training(report: TrainingReport, runs: Sequence[Run], before: Reports, path: Path) -> None:
    """Learning curves of GRPO: the four signals, their sum, groups without spread, entropy, echo. One line per
    run, one colour per recipe."""
    from matplotlib.figure import Figure

    curves: list[tuple[str, Callable[[Mapping[str, Any]], float | None]]] = [
        *((name.replace("_", " "), _signal(name)) for name in SIGNALS),
        ("reward", lambda line: line.get("reward")),
        ("groups without spread", lambda line: line.get("frac_reward_zero_std")),
        ("entropy", lambda line: line.get("entropy")),
        ("echo rate of samples", lambda line: line.get("echo_rate")),
    ]
    colours, shown = _colours(runs), [run for run in runs if run.steps]
    figure = Figure(figsize=(13, 6), layout="constrained")
    for axes, (title, value) in zip(figure.subplots(2, 4).flat, curves, strict=True):
        for run in shown:
            points = [(line["step"], value(line)) for line in run.steps if "rewards/full_solve_bonus/mean" in line]
            known = [(step, y) for step, y in points if y is not None]
            means = [
                sum(y for _, y in known[max(0, i - WINDOW + 1) : i + 1]) / min(i + 1, WINDOW) for i in range(len(known))
            ]
            if known:
                axes.plot([step for step, _ in known], means, color=colours[run.recipe])
        axes.set_title(title if axes.lines else f"{title}: not logged", fontsize=10)
        if not axes.lines:
            axes.set_axis_off()
            continue
        low, high = axes.get_ylim()
        if high - low < MIN_SPAN:  # or a single sample looks like a cliff
            axes.set_ylim((low + high - MIN_SPAN) / 2, (low + high + MIN_SPAN) / 2)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.supxlabel(
        f"step of GRPO; samples of training bugs, mean of the last {WINDOW} steps, at first of fewer", fontsize=10
    )
    for recipe in dict.fromkeys(run.recipe for run in shown):
        seeds = [run.seed for run in shown if run.recipe == recipe]
        figure.axes[0].plot([], [], color=colours[recipe], label=f"{recipe} ({n_seeds(seeds)})")
    if shown:
        figure.legend(loc="outside upper center", ncols=3, fontsize=9, frameon=False)
    save_figure(figure, path)


def _signal(name: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda line: line.get(f"rewards/{name}/mean")
