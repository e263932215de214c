"""How fast bugs are made: candidates and accepted bugs a second with one job and two, and the sandbox's part of it beside
a fork for each mutant, on the same mutants and inputs.

  python tests/perf/generate.py --out runs/perf
  python tests/perf/generate.py --docs docs/performance.md     # also renews the table and the picture of a page

"Fork for each mutant" is what people write first: the generating process forks, the child loads the mutant, calls it on
all inputs and tells through a pipe which results differ, and the parent kills it at a deadline. It isolates nothing.
Every round measures everything once, in an order that is rotated; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from pages import in_words, load_average, machine, replace_marked, table
from rich.console import Console

from debugarena.benchmark import Sandbox
from debugarena.benchmark.values import encode
from debugarena.builder.making.pool import Pool
from debugarena.builder.making.prepare import Prepared, prepare
from debugarena.builder.making.run import generate
from debugarena.builder.making.run_folder import Settings
from debugarena.builder.making.workers import Workers
from debugarena.builder.mutation.sites import first_order
from debugarena.builder.mutation.source import Source
from debugarena.builder.program import load_programs

N_PROGRAMS = 12
AIM_CANDIDATES, AIM_ACCEPTED, AIM_RATIO = 40.0, 10.0, 3.0


class Ours:
    """The pool runner, with a sandbox of so many workers."""

    def __init__(self, prepared: Sequence[Prepared], workers: int) -> None:
        self._sandbox = Sandbox(workers)
        self._pools = [Pool(p.program, p.pool.tests, self._sandbox) for p in prepared]
        self._prepared = prepared

    def seconds(self) -> float:
        """How long all mutants of all programs take."""
        started = time.perf_counter()
        for prepared, pool in zip(self._prepared, self._pools, strict=True):
            for _ in pool.run_many([m.mutant.code for m in prepared.mutants]):
                pass
        return time.perf_counter() - started

    def close(self) -> None:
        self._sandbox.close()


def fork_for_each(prepared: Sequence[Prepared], workers: int, deadline_s: float) -> float:
    """Seconds that all mutants take with a fork each."""
    jobs = [(p, m.mutant.code) for p in prepared for m in p.mutants]
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda job: _forked(*job, deadline_s), jobs))
    return time.perf_counter() - started


def _forked(prepared: Prepared, code: str, deadline_s: float) -> bytes:
    """Which of the pool's tests notice the code: one byte each, none if it did not end."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write_end, _noticed(prepared, code))
        finally:
            os._exit(0)
    os.close(write_end)
    ready, _, _ = select.select([read_end], [], [], deadline_s)
    data = os.read(read_end, 1 << 16) if ready else b""
    os.close(read_end)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return data


def _noticed(prepared: Prepared, code: str) -> bytes:
    found = bytearray()
    for test in prepared.pool.tests:
        module = type(sys)("solution")
        sys.modules["solution"] = module
        obj, differs = None, False
        try:
            exec(compile(code, "<mutant>", "exec"), module.__dict__)
        except BaseException:
            return b"\1" * len(prepared.pool.tests)
        for case in test.calls:
            name = case.target.removeprefix("obj.") or prepared.program.entry_point
            try:
                function = getattr(obj, name) if case.target else module.__dict__[name]
                result = function(*case.args)
                if not case.target and isinstance(function, type):
                    obj, result = result, None
                differs |= encode(result) != case.expected
            except BaseException as error:
                differs |= type(error).__name__ != case.raises
        found.append(differs)
    return bytes(found)


def whole(jobs: int, level: int, count: int) -> dict[str, float]:
    """What a run of `generate` gets done in a second, the preparing of its programs included, starting up excluded."""
    programs = load_programs()
    with tempfile.TemporaryDirectory() as folder, Workers(jobs) as workers:
        generate(Settings(1, 99, 1), Path(folder) / "warm-up", workers, programs, show_progress=False)
        started = time.perf_counter()
        summary = generate(Settings(count, 3, level), Path(folder) / "run", workers, programs, show_progress=False)
        seconds = time.perf_counter() - started
    numbers = {
        "candidates": summary["candidates"],
        "accepted": summary["accepted"],
        "mutants": summary["mutants"]["all"],
    }
    return {name: number / seconds for name, number in numbers.items()} | {"seconds": seconds}


def draw(rates: dict[str, list[float]], path: Path) -> None:
    """Bars of mutants a second."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 0.9 + 0.5 * len(rates)), layout="constrained")
    axes = figure.subplots()
    for row, (name, values) in enumerate(reversed(rates.items())):
        value = median(values)
        axes.barh(row, value, height=0.7, color="#223355" if name.startswith("DebugArena") else "#999999")
        axes.text(value, row, f" {value:,.0f}", va="center", fontsize=8)
    axes.set_yticks(range(len(rates)), list(reversed(rates)))
    axes.set_xlim(0, 1.15 * max(median(values) for values in rates.values()))
    axes.set_xlabel("mutants run on 128 inputs each, a second: median over rounds")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=140, metadata={"Software": None})


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--programs", type=int, default=N_PROGRAMS, help="whose mutants are run (default: %(default)s)")
    parser.add_argument(
        "--count", type=int, default=600, help="bugs of the whole runs, 0 for none (default: %(default)s)"
    )
    parser.add_argument("--level", type=int, default=2, help="of the whole runs (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=Path("runs/perf"), help="default: %(default)s")
    parser.add_argument("--docs", type=Path, help="a page whose part between the generate markers is replaced")
    return parser


def main() -> int:
    """1 if an aim is missed."""
    args = make_parser().parse_args()
    console = Console(stderr=True)
    facts = machine() | {"load average at the start": load_average()}
    every = load_programs()
    programs = every[:: max(1, len(every) // args.programs)][: args.programs]
    with Sandbox(2) as sandbox:
        prepared = [prepare(program, sandbox) for program in programs]
    started = time.perf_counter()
    n_mutants = sum(len(first_order(Source(program.code))) for program in programs)
    mutating_s = time.perf_counter() - started
    ours = {n: Ours(prepared, n) for n in (1, 2)}
    cells: dict[str, Callable[[], float]] = {}
    for n in (1, 2):
        words = f"{n} worker{'s' if n > 1 else ''}"
        cells[f"DebugArena, {words}"] = ours[n].seconds
        for deadline_s in (1.0, 0.1):
            name = f"fork for each mutant, deadline {deadline_s:g} s, {words}"
            cells[name] = lambda n=n, d=deadline_s: fork_for_each(prepared, n, d)  # type: ignore[misc]
    rates: dict[str, list[float]] = {name: [] for name in cells}
    for number in range(args.rounds):
        names = list(cells)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            console.print(f"round {number + 1}: {name}")
            rates[name].append(n_mutants / cells[name]())
    for one in ours.values():
        one.close()
    runs = {n: whole(n, args.level, args.count) for n in (1, 2)} if args.count else {}
    facts["load average at the end"] = load_average()
    return report(args, rates, runs, n_mutants, mutating_s, facts)


def report(
    args: argparse.Namespace,
    rates: dict[str, list[float]],
    runs: dict[int, dict[str, float]],
    n_mutants: int,
    mutating_s: float,
    facts: dict[str, str],
) -> int:
    """Writes all files and prints the table; 1 if an aim is missed."""
    base = {n: rates[f"DebugArena, {n} worker{'s' if n > 1 else ''}"] for n in (1, 2)}
    rows, shares = [], {}
    for name, values in rates.items():
        share = [a / b for a, b in zip(base[2 if "2 workers" in name else 1], values, strict=True)]
        shares[name] = median(share)
        rows.append([name, f"{median(values):,.0f}", f"{median(share):.2f} ({min(share):.2f} to {max(share):.2f})"])
    parts = [
        table(["all mutants of some programs, 128 inputs each", "mutants a second", "speed-up by DebugArena"], rows, 1)
    ]
    parts.append(
        f"The script ran {n_mutants} mutants of {args.programs} programs. Making each mutant with libcst takes another "
        f"{1000 * mutating_s / n_mutants:.1f} ms. The numbers are medians of {args.rounds} rounds, with the lowest and highest in "
        "brackets."
    )
    missed = [n for n in (1, 2) if shares[f"fork for each mutant, deadline 1 s, {n} worker{'s' * (n > 1)}"] < AIM_RATIO]
    if runs:
        lines = [
            [
                f"{n} job{'s' * (n > 1)}",
                *(f"{run[what]:,.1f}" for what in ("mutants", "candidates", "accepted", "seconds")),
            ]
            for n, run in runs.items()
        ]
        head = [
            f"`generate --count {args.count} --level {args.level}`",
            "mutants run a second",
            "candidates",
            "accepted",
            "seconds",
        ]
        parts.append(table(head, lines, 1))
        missed += [run for run in (runs[2],) if run["candidates"] < AIM_CANDIDATES or run["accepted"] < AIM_ACCEPTED]
    parts.append(in_words(facts))
    text = "\n\n".join(parts)
    args.out.mkdir(parents=True, exist_ok=True)
    numbers = {"machine": facts, "mutants_a_second": rates, "runs": {str(n): run for n, run in runs.items()}}
    (args.out / "generate.json").write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    (args.out / "generate.md").write_text(text + "\n", encoding="utf-8")
    draw(rates, args.out / "generate.png")
    if args.docs:
        replace_marked(args.docs, "generate", text)
        draw(rates, args.docs.parent / "images" / "generate-performance.png")
    print(text)
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
