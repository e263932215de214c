"""A report as a person reads it: a table in the terminal, Markdown, and a picture."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from debugarena.benchmark.files import write_whole
from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL, SIGNALS
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.scoring.stats import Interval
from debugarena.benchmark.scoring.typed_report import BugScore, Estimate, Group, Report
from debugarena.benchmark.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = ("solve_rate", "echo_rate", "overfit_rate", "forbidden_rate")
_HEADLINE = (
    ("solve_rate", "solved at the first attempt"),
    ("reward", f"mean reward ({MIN_TOTAL:g} to {MAX_TOTAL:g})"),
    ("noop_reward", "mean reward of the no-op"),
    ("reward_above_noop", "mean reward above the no-op"),
    *((name, signal.label) for name, signal in SIGNALS.items()),
    ("echo_rate", "unchanged answers"),
    ("overfit_rate", "passed visible tests only"),
    ("forbidden_rate", "reached for forbidden things"),
    ("edit_size", "edit size of fixes (1 = the reference)"),
)


def _is_share(name: str) -> bool:
    return name in _SHARES or name.startswith(("solved@", "pass@"))


def format_value(name: str, value: float | None) -> str:
    """A number as the tables show it: shares in percent, the rest with two decimals."""
    if value is None:
        return "-"
    return f"{value:.1%}" if _is_share(name) else f"{value + 0.0:.2f}".replace("-0.00", "0.00")


def format_interval(name: str, interval: Interval | None) -> str:
    """`[10.5%, 31.0%]`, or a dash where there is none."""
    return "-" if interval is None else f"[{format_value(name, interval[0])}, {format_value(name, interval[1])}]"


def format_estimate(name: str, estimate: Estimate | None) -> tuple[str, str]:
    """Mean and interval, each as the tables show it."""
    if estimate is None:
        return "-", "-"
    return format_value(name, estimate.value), format_interval(name, estimate.ci95)


def not_graded_in_words(report: Report) -> str:
    """How many bugs the sandbox could not grade, so that no number counts them, and why; "" if it graded all."""
    if not report.not_graded:
        return ""
    bug_id, reason = next(iter(report.not_graded.items()))
    of = counted(len(report.not_graded) + report.n, "bug")
    return f"not graded: {len(report.not_graded)} of {of}, such as {bug_id} ({reason})"


def answers_in_words(report: Report) -> str:
    """How many answers are not whole, and why; "" if all are, or if the report does not say."""
    if report.answers is None:
        return ""
    counts = asdict(report.answers)
    others = {name: n for name, n in counts.items() if name != "given" and n}
    if not others:
        return ""
    words = {"too_long": "too long a prompt for the model", "cut": "cut by the limit of new tokens"}
    text = ", ".join(f"{n} {words.get(name, name)}" for name, n in others.items())
    advice = "; raise --max-new-tokens, reasoning models need thousands" if "cut" in others else ""
    return f"answers: {report.answers.given} of {sum(counts.values())} whole, {text}{advice}"


def headline_rows(report: Report) -> list[tuple[str, str, str]]:
    """Label, mean and interval of each number of a report, as text."""
    extra = [(f"solved@{n}", f"solved within {n} attempts") for n in range(2, report.protocol.attempts + 1)]
    if report.n_samples > 1:
        extra += [(f"pass@{k}", f"pass@{k}") for k in report.pass_at]
    found = report.estimates()
    names = (*_HEADLINE[:1], *extra, *_HEADLINE[1:])
    return [(label, *format_estimate(name, found[name])) for name, label in names]


def _breakdown_rows(report: Report) -> list[tuple[str, str, str, str, str, str]]:
    shown = report.breakdowns
    columns = {
        "difficulty": shown.difficulty,
        "category": shown.category,
        "level": shown.level,
        "language": shown.language,
    }
    return [
        (f"{name}: {value}", *group_cells(group))
        for name, groups in columns.items()
        if len(groups) > 1
        for value, group in groups.items()
    ]


def group_cells(group: Group) -> tuple[str, str, str, str, str]:
    """One group of a breakdown: bugs, solved, its interval, reward, no-op reward."""
    return (
        str(group.n),
        *format_estimate("solve_rate", group.solve_rate),
        format_value("reward", group.reward.value),
        format_value("reward", group.noop_reward.value),
    )


def _title(report: Report) -> str:
    protocol = report.protocol
    parts = [counted(report.n, "bug"), protocol.prompt, counted(protocol.attempts, "attempt")]
    if report.n_samples > 1:
        parts.append(f"{report.n_samples} samples")
    if protocol.anonymise:
        parts.append("anonymised")
    return f"{report.model.name or 'completions'}: {', '.join(parts)}"


def print_report(report: Report, folder: Path, by_category: bool = False) -> None:
    """The headline numbers, the breakdown by difficulty and where the files are, in the terminal."""
    console = Console()
    table = Table(title=_title(report), title_justify="left", box=None, pad_edge=False)
    table.add_column("")
    table.add_column("mean", justify="right")
    table.add_column("95% interval", justify="right")
    for row in headline_rows(report):
        table.add_row(*row)
    console.print(table)
    groups = Table(box=None, pad_edge=False)
    groups.add_column("")
    for column in ("bugs", "solved", "95% interval", "reward", "no-op"):
        groups.add_column(column, justify="right")
    for line in _breakdown_rows(report):
        if by_category or not line[0].startswith("category"):
            groups.add_row(*line)
    if groups.row_count:
        console.print()
        console.print(groups)
    if sentence := answers_in_words(report):
        console.print(f"\n{sentence}", soft_wrap=True, highlight=False)
    if sentence := weakness(report.sandbox.layers):
        console.print(f"\n[red]{sentence}", soft_wrap=True)
    print(f"\nreport.md, report.json, report.png and completions.jsonl are in {folder}/")


def exit_code(report: Report) -> int:
    """The exit code of a command that made the report: 1, with a line on standard error, if bugs were not graded."""
    if faults := not_graded_in_words(report):
        print(f"{faults}; the same command grades them and keeps the completions", file=sys.stderr)
        return 1
    return 0


def markdown(report: Report) -> str:
    """The whole report as Markdown, without clocks and paths."""
    lines = [f"# {_title(report)}", "", "| | mean | 95% interval |", "|---|---:|---:|"]
    lines += [f"| {label} | {value} | {interval} |" for label, value, interval in headline_rows(report)]
    groups = _breakdown_rows(report)
    if groups:
        lines += ["", "| | bugs | solved | 95% interval | reward | no-op reward |", "|---|---:|---:|---:|---:|---:|"]
        lines += ["| " + " | ".join(line) + " |" for line in groups]
    lines += ["", "| bug | solved | reward | no-op reward |", "|---|---:|---:|---:|"]
    for bug in report.bugs:
        lines.append(f"| {bug.bug_id} | {_solved_text(bug)} | {bug.reward:.2f} | {bug.noop_reward:.2f} |")
    lines += ["", *_provenance(report), ""]
    return "\n".join(lines)


def _solved_text(bug: BugScore) -> str:
    if bug.samples > 1:
        return f"{bug.solved:.0%} of {bug.samples}"
    at = bug.solved_at[0]
    return "no" if at is None else "yes" if at == 1 else f"at attempt {at}"


def _provenance(report: Report) -> list[str]:
    text = [
        f"- dataset version {report.dataset.version}, hash `{report.dataset.hash[:16]}`",
        f"- grading {report.grading}",
        f"- prompt {report.protocol.prompt}, hash `{report.prompt_hash[:16]}`",
        f"- sandbox layers: {', '.join(report.sandbox.layers)}",
    ]
    if sentence := weakness(report.sandbox.layers):
        text.append(f"- **{sentence}**")
    if faults := not_graded_in_words(report):
        text.append(f"- **{faults}**: no number counts them")
    if sentence := answers_in_words(report):
        text.append(f"- {sentence}")
    if not report.protocol.static_check:
        text.append("- the forbidden list was switched off: not a comparable score")
    for key, value in sorted(report.model.facts.items()):
        text.append(f"- model {key}: {value}")
    return text


def picture(report: Report, path: Path) -> None:
    """A PNG: solve rate with intervals by difficulty, next to the distribution of rewards and of no-op rewards."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    groups: dict[str, Report | Group] = {"all": report, **report.breakdowns.difficulty}
    for x, group in enumerate(groups.values()):
        solved = group.solve_rate.value
        low, high = group.solve_rate.ci95 or (solved, solved)
        left.bar(x, solved, width=0.6, color="#4477aa" if x else "#223355")
        left.errorbar(x, solved, yerr=[[solved - low], [high - solved]], color="black", capsize=5)
        left.text(x, min(1.0, high) + 0.02, f"{solved:.0%}", ha="center")
    left.set_xticks(range(len(groups)), [f"{name}\n(n = {group.n})" for name, group in groups.items()])
    left.set_ylim(0, 1.12)
    left.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    left.set_ylabel("solved at the first attempt")
    left.set_title("Solve rate with 95% intervals", fontsize=11)
    bins = [-1.4 + 0.2 * i for i in range(25)]
    rewards = [bug.reward for bug in report.bugs]
    noop = [bug.noop_reward for bug in report.bugs]
    right.hist(rewards, bins=bins, color="#4477aa", label=f"model, mean {report.reward.value:.2f}")
    right.hist(
        noop,
        bins=bins,
        histtype="step",
        color="#cc6633",
        linewidth=1.8,
        label=f"no-op, mean {report.noop_reward.value:.2f}",
    )
    right.set_xlabel(f"reward ({MAX_TOTAL:g} = solved)")
    right.set_ylabel("bugs")
    right.set_title("Rewards", fontsize=11)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9, frameon=False)
    figure.suptitle(_title(report), fontsize=12)
    save_figure(figure, path)


def save_figure(figure: Figure, path: Path) -> None:
    """Saves a PNG, with the same bytes for the same figure; the file is replaced as a whole."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120, metadata={"Software": None})
    write_whole(path, image.getvalue())


def write_report(report: Report, folder: Path) -> None:
    """Leaves report.json, report.md and report.png in the folder, each replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.json", json.dumps(report.to_json(), indent=1) + "\n"), ("report.md", markdown(report))):
        write_whole(folder / name, text)
    picture(report, folder / "report.png")
