"""A report on training for people: sentences, tables in Markdown, and one page that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

from debugarena.baseline.evaluate import EVALUATIONS
from debugarena.baseline.report.training_report import Change, RecipeChange, SetRow, TrainingReport
from debugarena.baseline.run_results import TrainedOn, n_seeds
from debugarena.benchmark.scoring.stats import Interval
from debugarena.benchmark.scoring.tables import format_estimate
from debugarena.benchmark.wording import counted

ALPHA = 0.01
N_BUGS, SEEDS = 300, (1, 2, 3)
PARTIAL = f" The protocol asks for {N_BUGS} bugs and the seeds 1, 2 and 3: this is a part of that."
PICTURES = ("before-after.png", "rewards.png", "training.png")
_RATES = (
    ("solve_rate", "solved"),
    ("reward", "reward"),
    ("reward_above_noop", "above no-op"),
    ("echo_rate", "echo"),
    ("overfit_rate", "overfit"),
    ("forbidden_rate", "forbidden"),
    ("format_failures", "bad format"),
)


def summary(report: TrainingReport) -> str:
    """The primary comparison, and how much of it comes from what the recipe starts from."""
    line, change = report.pooled[0], report.pooled[0].change
    reached = change.solve_p < ALPHA and change.solved.difference > 0
    start = next((other for other in report.pooled[1:] if other.a == report.start), None)
    return (
        f"{'' if reached else f'The target, p < {ALPHA}, is not reached. '}"
        f"Of {counted(change.n, 'held-out bug')}, {report.model} solves {change.solved.a:.1%} at the first "
        f"attempt untrained and {change.solved.b:.1%} after training ({line.b}; {n_seeds(line.seeds)}; "
        f"difference {_points(change.solved.difference)} points, 95% interval {_points_interval(change.solved.ci95)}, "
        f"p = {change.solve_p:.2g} over {counted(change.n_programs, 'program')})."
        f"{'' if (change.n, line.seeds) == (N_BUGS, SEEDS) else PARTIAL}"
        f"{'' if start is None else _against_start(start)}"
    )


def _against_start(line: RecipeChange) -> str:
    """How much comes from the supervised steps before the recipe, and how much from the rest."""
    solved = line.change.solved
    return (
        f" The {line.a} that this starts from solve {solved.a:.1%} by themselves: what comes after them "
        f"makes a difference of {_points(solved.difference)} points, "
        f"{_points_interval(solved.ci95)}, p = {line.change.solve_p:.2g}."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"


def _points_interval(interval: Interval | None) -> str:
    return "unknown" if interval is None else f"[{_points(interval[0])}, {_points(interval[1])}]"


def markdown(report: TrainingReport) -> str:
    """The report for people. Pictures are named by their files."""
    lines = ["# Before and after training", "", report.summary, ""]
    lines += pooled_table(report.pooled)
    lines += change_table("Each run against the untrained model", ((line.run, line.change) for line in report.each))
    lines += [
        "Solve rates count first attempts unless the label says otherwise. With several seeds, the solve rate of a "
        "bug is the share of seeds that solve it. Intervals are over bugs, clustered by program, for the seeds that "
        "were run. They do not cover what other seeds would give. Rates have Wilson's interval and differences have "
        "Newcombe's, for as many trials as the bugs are worth. Differences are between solve rates on the same bugs, "
        "in points. p comes from a two-sided sign-flip test over source programs. The first line of the first table "
        "is the primary comparison. The other p-values of that table are also given after Holm's correction for "
        "their number. So are those of the other sets and of levels and categories, each table by itself. Two "
        "recipes are compared on the seeds that both have.",
        "",
        f"![Before and after]({PICTURES[0]})",
        "",
    ]
    if report.others:
        lines += change_table("The other sets, pooled over seeds", map(_of_other_set, report.others))
    for name, rows in report.sets.items():
        lines += set_table(name, rows)
    if missing := _missing(report):
        lines += [f"Sets of the protocol that are not scored: {'; '.join(missing)}.", ""]
    lines += [
        "Brackets hold 95% intervals, clustered by source program. p is for solves at the first attempt, within five "
        "attempts or by any of eight samples, depending on the set. It is not corrected. The test is McNemar's exact "
        "test if every bug has a program of its own, else the sign-flip test. Bad format is a completion that cannot "
        "be parsed or lacks the function by its name. Everything except the protocol's primary comparison is extra "
        "information and supports no claim.",
        "",
        f"![Rewards]({PICTURES[1]})",
        "",
    ]
    groups = ((f"{line.kind} {line.value}", line.change) for line in report.groups)
    lines += change_table("By level and category of the held-out bugs", groups)
    return "\n".join([*lines, *_runs_table(report), ""])


def _of_other_set(line: RecipeChange) -> tuple[str, Change]:
    return f"{line.set}, {line.judged}: {line.a} → {line.b}, {n_seeds(line.seeds)}", line.change


def _runs_table(report: TrainingReport) -> list[str]:
    lines = [
        "## The runs",
        "",
        "| run | recipe | prompt | seed | supervised steps | GRPO steps | minutes | of these grading |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for one in report.runs:
        share = "-" if one.scoring_share is None else f"{one.scoring_share:.1%}"
        cells = [one.run, one.recipe, one.config["prompt"], one.seed, one.warm_start_steps, one.steps]
        lines.append(f"| {' | '.join(map(str, cells))} | {one.seconds / 60:.0f} | {share} |")
    lines += ["", f"All scores are with the prompt {report.prompt}.", "", f"![Training]({PICTURES[2]})", ""]
    one = report.runs[0]
    versions = ", ".join(f"{name} {value}" for name, value in one.versions.items())
    return [*lines, f"{training_bugs(one.dataset_hash, one.trained_on)} Made with {versions}."]


def training_bugs(dataset_hash: str, used: TrainedOn | None) -> str:
    """What a run was trained on, in words. dataset_hash: of the bugs that it was offered."""
    offered = f"the bugs with the hash `{dataset_hash[:16]}`"
    if used is None:
        return f"Trained on {offered}."
    bugs = f"{used.n_bugs:,} bug{'' if used.n_bugs == 1 else 's'}"
    which = f"{bugs} of {counted(used.n_programs, 'program')} (hash `{used.hash[:16]}`)"
    return f"Trained on {which}: those that are short enough of {offered}."


def _missing(report: TrainingReport) -> list[str]:
    """The protocol's sets that lack a score of some run, with those runs, unless all lack it."""
    everyone = [one.run for one in report.runs]
    found = []
    for name in EVALUATIONS:
        scored = {row.run for row in report.sets.get(name, ())}
        lacking = [run for run in everyone if run not in scored]
        if lacking:
            found.append(name if lacking == everyone else f"{name} of {', '.join(lacking)}")
    return found


def pooled_table(lines: Sequence[RecipeChange]) -> list[str]:
    """A table of recipes, or the untrained model, against recipes, pooled over seeds."""
    return change_table("Pooled over seeds", ((f"{line.a} → {line.b}", line.change) for line in lines))


def change_table(title: str, rows: Iterable[tuple[str, Change]]) -> list[str]:
    """A heading and one line per comparison, which begins with its label, in Markdown."""
    lines = [
        f"## {title}",
        "",
        "| | bugs | before | after | difference | 95% interval | p | Holm |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for label, change in rows:
        corrected = "" if change.solve_p_holm is None else f"{change.solve_p_holm:.2g}"
        before, after = (" ".join(format_estimate("solve_rate", side)) for side in (change.solved_a, change.solved_b))
        lines.append(
            f"| {label} | {change.n} | {before} | {after} | {_points(change.solved.difference)} | "
            f"{_points_interval(change.solved.ci95)} | {change.solve_p:.2g} | {corrected} |"
        )
    return [*lines, ""]


def set_table(name: str, rows: Sequence[SetRow]) -> list[str]:
    """A heading and one line per model, in Markdown; the untrained model comes first."""
    several = [key for key in rows[0].rates if key.startswith(("solved@", "pass@"))]
    more = [(key, key) for key in several if key not in ("solved@1", "pass@1")]
    columns = [*_RATES[:1], *more, *_RATES[1:]]
    lines = [
        f"## {name}, {counted(rows[0].n, 'bug')}",
        "",
        "| | " + " | ".join(label for _, label in columns) + " | p |",
        "|---|" + "---:|" * (len(columns) + 1),
    ]
    for row in rows:
        # format failures are shown as a share, like the others
        kinds = {key: "solve_rate" if key == "format_failures" else key for key, _ in columns}
        cells = [" ".join(format_estimate(kind, row.rates[key])) for key, kind in kinds.items()]
        p = "" if row.solve_p is None else f"{row.solve_p:.2g}"
        lines.append(f"| {row.run} | " + " | ".join(cells) + f" | {p} |")
    return [*lines, ""]


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Before and after training</title><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; font-size: 0.85rem; }}
th, td {{ border-bottom: 1px solid #8884; padding: 0.3rem 0.6rem; white-space: nowrap; }}
img {{ max-width: 100%; background: white; }}
</style></head><body>
{body}
</body></html>
"""


def html(text: str, folder: Path) -> str:
    """The Markdown as one page that needs no other file: pictures, from the folder, are in it."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    for name in PICTURES:
        data = base64.b64encode((folder / name).read_bytes()).decode()
        body = body.replace(f'src="{name}"', f'src="data:image/png;base64,{data}"')
    return _PAGE.format(body=body)
