"""A report as a person reads it: a table in the terminal, Markdown, and a picture."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from debugarena.benchmark.files import write_whole
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = ("solve_rate", "echo_rate", "overfit_rate", "forbidden_rate")
_HEADLINE = (
    ("solve_rate", "solved at the first attempt"),
    ("reward", "mean reward (-1.3 to 3.2)"),
    ("noop_reward", "mean reward of handing the bug back"),
    ("reward_above_noop", "mean reward above that"),
    ("tests_passing", "tests passing (0 to 1)"),
    ("full_solve_bonus", "full solve bonus (0 or 2)"),
    ("format_compliance", "format compliance (-0.3 or 0.2)"),
    ("anti_hacking", "anti-hacking (-1 or 0)"),
    ("echo_rate", "handed the bug back unchanged"),
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


def format_interval(name: str, interval: list[float] | None) -> str:
    """`[10.5%, 31.0%]`, or a dash where there is none."""
    return "-" if interval is None else f"[{format_value(name, interval[0])}, {format_value(name, interval[1])}]"


def not_graded_in_words(report: Mapping[str, Any]) -> str:
    """How many bugs the sandbox could not grade, so that no number counts them, and why; "" if it graded all."""
    reasons: Mapping[str, str] = report.get("not_graded", {})
    if not reasons:
        return ""
    first = next(iter(reasons))
    of = counted(len(reasons) + report["n"], "bug")
    return f"not graded: {len(reasons)} of {of}, such as {first} ({reasons[first]})"


def answers_in_words(report: Mapping[str, Any]) -> str:
    """How many answers are no whole ones, and why; "" if all are, or if the report does not say."""
    counts: Mapping[str, int] = report.get("answers", {})
    others = {name: n for name, n in counts.items() if name != "given" and n}
    if not others:
        return ""
    words = {"too_long": "too long a prompt for the model", "cut": "cut by the limit of new tokens"}
    text = ", ".join(f"{n} {words.get(name, name)}" for name, n in others.items())
    advice = "; raise --max-new-tokens, reasoning models need thousands" if "cut" in others else ""
    return f"answers: {counts['given']} of {sum(counts.values())} whole, {text}{advice}"


def headline_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Label, mean and interval of each number of a report, as text."""
    names = [*_HEADLINE]
    attempts = report["protocol"]["attempts"]
    extra = [(f"solved@{n}", f"solved within {n} attempts") for n in range(2, attempts + 1)]
    extra += [(key, key) for key in report if key.startswith("pass@") and not key.endswith("_ci95")]
    if report["n_samples"] == 1:
        extra = [pair for pair in extra if not pair[0].startswith("pass@")]
    names[1:1] = extra
    return [(label, format_value(n, report[n]), format_interval(n, report[f"{n}_ci95"])) for n, label in names]


def _breakdown_rows(report: Mapping[str, Any]) -> list[tuple[str, str, str, str, str, str]]:
    lines = []
    for group in ("difficulty", "category", "level", "language"):
        values = report["breakdowns"][group]
        if len(values) < 2:
            continue
        for value, line in values.items():
            lines.append((f"{group}: {value}", *group_cells(line)))
    return lines


def group_cells(line: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """One group of a breakdown: bugs, solved, its interval, reward, that of handing the bugs back."""
    return (
        str(line["n"]),
        format_value("solve_rate", line["solve_rate"]),
        format_interval("solve_rate", line["solve_rate_ci95"]),
        format_value("reward", line["reward"]),
        format_value("reward", line["noop_reward"]),
    )


def _title(report: Mapping[str, Any]) -> str:
    model = report.get("model", {}).get("name", "completions")
    protocol = report["protocol"]
    parts = [counted(report["n"], "bug"), protocol["prompt"], counted(protocol["attempts"], "attempt")]
    if report["n_samples"] > 1:
        parts.append(f"{report['n_samples']} samples")
    if protocol["anonymise"]:
        parts.append("anonymised")
    return f"{model}: {', '.join(parts)}"


def print_report(report: Mapping[str, Any], by_category: bool = False) -> None:
    """The headline numbers and the breakdown by difficulty, in the terminal."""
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
    if sentence := weakness(report["sandbox"]["layers"]):
        console.print(f"\n[red]{sentence}", soft_wrap=True)


def markdown(report: Mapping[str, Any]) -> str:
    """The whole report as Markdown, without clocks and paths."""
    lines = [f"# {_title(report)}", "", "| | mean | 95% interval |", "|---|---:|---:|"]
    lines += [f"| {label} | {value} | {interval} |" for label, value, interval in headline_rows(report)]
    groups = _breakdown_rows(report)
    if groups:
        lines += ["", "| | bugs | solved | 95% interval | reward | no-op reward |", "|---|---:|---:|---:|---:|---:|"]
        lines += ["| " + " | ".join(line) + " |" for line in groups]
    lines += ["", "| bug | solved | reward | no-op reward |", "|---|---:|---:|---:|"]
    for bug in report["bugs"]:
        lines.append(f"| {bug['bug_id']} | {_solved_text(bug)} | {bug['reward']:.2f} | {bug['noop_reward']:.2f} |")
    lines += ["", *_provenance(report), ""]
    return "\n".join(lines)


def _solved_text(bug: Mapping[str, Any]) -> str:
    if bug["samples"] > 1:
        return f"{bug['solved']:.0%} of {bug['samples']}"
    at = bug["solved_at"][0]
    return "no" if at is None else "yes" if at == 1 else f"at attempt {at}"


def _provenance(report: Mapping[str, Any]) -> list[str]:
    dataset, protocol = report["dataset"], report["protocol"]
    text = [
        f"- dataset version {dataset['version']}, hash `{dataset['hash'][:16]}`",
        f"- grading {report['grading']}",
        f"- prompt {protocol['prompt']}, hash `{protocol['prompt_hash'][:16]}`",
        f"- sandbox layers: {', '.join(report['sandbox']['layers'])}",
    ]
    if sentence := weakness(report["sandbox"]["layers"]):
        text.append(f"- **{sentence}**")
    if faults := not_graded_in_words(report):
        text.append(f"- **{faults}**: no number counts them")
    if sentence := answers_in_words(report):
        text.append(f"- {sentence}")
    if not protocol["static_check"]:
        text.append("- the forbidden list was switched off: not a comparable score")
    for key, value in sorted(report.get("model", {}).items()):
        text.append(f"- model {key}: {value}")
    return text


def picture(report: Mapping[str, Any], path: Path) -> None:
    """A PNG: solve rate with intervals by difficulty, beside the distribution of rewards and of no-op rewards."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    groups = {"all": report} | report["breakdowns"]["difficulty"]
    for x, line in enumerate(groups.values()):
        low, high = line["solve_rate_ci95"] or [line["solve_rate"]] * 2
        left.bar(x, line["solve_rate"], width=0.6, color="#4477aa" if x else "#223355")
        left.errorbar(
            x,
            line["solve_rate"],
            yerr=[[line["solve_rate"] - low], [high - line["solve_rate"]]],
            color="black",
            capsize=5,
        )
        left.text(x, min(1.0, high) + 0.02, f"{line['solve_rate']:.0%}", ha="center")
    left.set_xticks(range(len(groups)), [f"{name}\n(n = {line['n']})" for name, line in groups.items()])
    left.set_ylim(0, 1.12)
    left.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    left.set_ylabel("solved at the first attempt")
    left.set_title("Solve rate with 95% intervals", fontsize=11)
    bins = [-1.4 + 0.2 * i for i in range(25)]
    rewards = [bug["reward"] for bug in report["bugs"]]
    noop = [bug["noop_reward"] for bug in report["bugs"]]
    right.hist(rewards, bins=bins, color="#4477aa", label=f"model, mean {report['reward']:.2f}")
    right.hist(
        noop,
        bins=bins,
        histtype="step",
        color="#cc6633",
        linewidth=1.8,
        label=f"handing the bug back, mean {report['noop_reward']:.2f}",
    )
    right.set_xlabel("reward (3.2 = solved)")
    right.set_ylabel("bugs")
    right.set_title("Rewards", fontsize=11)
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9, frameon=False)
    figure.suptitle(_title(report), fontsize=12)
    save_figure(figure, path)


def save_figure(figure: Figure, path: Path) -> None:
    """As a PNG, the same bytes for the same figure, replaced as a whole."""
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=120, metadata={"Software": None})
    write_whole(path, image.getvalue())


def write_report(report: Mapping[str, Any], folder: Path) -> None:
    """Leaves report.json, report.md and report.png in the folder, each replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("report.json", json.dumps(report, indent=1) + "\n"), ("report.md", markdown(report))):
        write_whole(folder / name, text)
    picture(report, folder / "report.png")
