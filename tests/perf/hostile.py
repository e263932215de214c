"""What hostile solutions cost the honest ones beside them: 5,000 jobs, every tenth of them hostile, through a sandbox with
two workers, and the same over a server with 20 clients; against the same honest jobs alone, before and after, in one run.

  python tests/perf/hostile.py --out runs/perf
  python tests/perf/hostile.py --docs docs/performance.md     # also renews the table of a page

Every honest job has to get the verdict that it gets alone. Times are taken inside the engine, from the moment a worker
takes a job to its verdict, so that no queue is in them. Exit code 1 if an honest verdict was wrong or missing, if the 99th
percentile of the honest jobs is more than 1.2 times that of the clean runs, or if a hostile job held its worker for more
than its budget and half a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pages import circumstances, keep, load_average, table
from rich.console import Console
from rich.progress import track
from websockets.asyncio.client import connect

from debugarena.benchmark import Bug, Sandbox, load_bugs
from debugarena.benchmark.grading.grade import Grade, grade_codes
from debugarena.benchmark.sandbox import Limits, fork_engine, tasks

AIM_RATIO, AIM_HELD_S = 1.2, Limits().job_s + 0.5
WORKERS, CLIENTS = 2, 20
MARK = "# hostile: "
OS = "import random\nos = getattr(random, '_' + chr(111) + 's')\nm = os.sys.modules\n"
DEF = "def {name}(*a, **k):\n    "
# {name}: the entry point. {n}: another number each time
HOSTILE = {
    "imports a path of 330 names": "import re" + ".a" * 330 + "\n" + DEF + "return 0",
    "imports 2,000 invented names": "from unicodedata import "
    + ", ".join(f"N{i}" for i in range(2000))
    + "\n"
    + DEF
    + "return 0",
    "imports what no job has imported": "from json import n{n}\nimport re.n{n}\n" + DEF + "return 0",
    "identifier of 15,000 combining marks": "a" + "\u0301\u0323" * 7500 + " = 1\n" + DEF + "return 0",
    "closes its socket and sleeps": OS + DEF + "os.close(3)\n    while True: m['time'].sleep(9)",
    "sleeps in every test": OS + DEF + "m['time'].sleep(9)",
    "waits for a lock": OS + "lock = m['_thread'].allocate_lock()\n" + DEF + "lock.acquire(); lock.acquire()",
    "waits for input that never comes": OS + DEF + "os.read(3, 1)",
    "computes without end": DEF + "while True: pass",
    "prints without end": DEF + "while True: print('x' * 10000)",
    "exits at once": OS + DEF + "os._exit(0)",
    "takes all memory": DEF + "x = [0]\n    while True: x += x",
    "sends junk": OS + DEF + "os.write(3, b'\\xff' * 65536)",
    "returns a megabyte": DEF + "return 'x' * 10**6",
    "recurses": DEF + "return {name}(*a, **k)",
}


USE_ALL = ("waits for input that never comes", "computes without end", "prints without end")


@dataclass(frozen=True)
class Work:
    """One job: hostile if `kind` is not empty, else `passed` is the verdict that it has to get."""

    bug: Bug
    code: str
    kind: str = ""
    passed: tuple[bool, ...] = ()


def make_work(bugs: Sequence[Bug], sandbox: Sandbox, n_jobs: int) -> list[Work]:
    """Fixes and buggy codes in turns, every tenth place a hostile one of the next kind."""
    items = [(bug, code) for bug in bugs for code in (bug.fixed_code, bug.buggy_code)]
    known = []
    for (bug, code), grade in zip(items, grade_codes(sandbox, items), strict=True):
        assert isinstance(grade, Grade)
        if not any(run.status == "timeout" for run in grade.verdict.visible_runs):  # it would be slow by itself
            known.append(Work(bug, code, passed=grade.verdict.passed))
    # those that use up their budget of six seconds come once in three rounds, so that the run takes minutes
    kinds = [kind for rnd in range(3) for kind in HOSTILE if rnd == 0 or kind not in USE_ALL]
    work = []
    for n in range(n_jobs):
        if n % 10 == 5:
            bug, kind = bugs[n % len(bugs)], kinds[n // 10 % len(kinds)]
            code = HOSTILE[kind].replace("{name}", bug.entry_point).replace("{n}", str(n))
            work.append(Work(bug, f"{code}\n{MARK}{kind}", kind))
        else:
            work.append(known[n % len(known)])
    return work


def log_times(path: Path) -> None:
    """From now on each job of this process leaves a line: its kind, and its seconds from a worker to its verdict."""
    log = path.open("a", buffering=1)
    start, settle = fork_engine.ForkEngine._start, tasks.Task.settle

    def started(self: Any, worker: Any, task: Any) -> None:
        task.__dict__.setdefault("began", time.monotonic())
        start(self, worker, task)

    def settled(self: Any) -> None:
        seconds = time.monotonic() - self.began
        log.write(json.dumps([self.job.code.partition(MARK)[2], seconds]) + "\n")
        settle(self)

    fork_engine.ForkEngine._start = started  # type: ignore[method-assign]
    tasks.Task.settle = settled  # type: ignore[method-assign]


class Times:
    """What log_times leaves, in parts."""

    def __init__(self, path: Path) -> None:
        self.path, self._at = path, 0

    def since_last(self) -> dict[str, list[float]]:
        """Kind -> seconds of each of its jobs since the last call; "" is the honest ones."""
        found: dict[str, list[float]] = defaultdict(list)
        lines = self.path.read_text().splitlines()
        for line in lines[self._at :]:
            kind, seconds = json.loads(line)
            found[kind].append(seconds)
        self._at = len(lines)
        return found


@dataclass
class Found:
    """What one way of running the work gave: times of the clean runs and of the mixed one, and wrong honest verdicts."""

    clean: list[float]
    mixed: dict[str, list[float]]
    wrong: int
    seconds: float

    @property
    def ratio(self) -> float:
        return percentile(self.mixed[""], 99) / percentile(self.clean, 99)

    @property
    def held_s(self) -> float:
        return max(max(seconds) for kind, seconds in self.mixed.items() if kind)


def percentile(seconds: Sequence[float], n: int) -> float:
    return quantiles(seconds, n=100, method="inclusive")[n - 1]


def measure(run: Callable[[Sequence[Work]], int], work: Sequence[Work], times: Times) -> Found:
    """Clean, mixed, clean. run: does the work, returns how many honest verdicts were wrong or missing."""
    honest = [one for one in work if not one.kind]
    wrong = run(honest[:200])  # so that everything has started
    times.since_last()
    wrong += run(honest)
    clean = times.since_last()[""]
    began = time.monotonic()
    wrong += run(work)
    seconds, mixed = time.monotonic() - began, times.since_last()
    wrong += run(honest)
    return Found(clean + times.since_last()[""], mixed, wrong, seconds)


# --- through the sandbox -------------------------------------------------------------------


def run_directly(sandbox: Sandbox) -> Callable[[Sequence[Work]], int]:
    def run(work: Sequence[Work]) -> int:
        grades = grade_codes(sandbox, ((one.bug, one.code) for one in work), static_check=False)
        shown = track(zip(work, grades, strict=True), "sandbox", len(work), console=Console(stderr=True))
        return sum(not is_right(one, grade) for one, grade in shown)

    return run


def is_right(one: Work, grade: Any) -> bool:
    if one.kind:
        return isinstance(grade, Grade) and not grade.solved
    return isinstance(grade, Grade) and grade.verdict.passed == one.passed


# --- over a server ---------------------------------------------------------------------------


def serve(path: Path) -> None:
    """This script as a server on a free port, which it prints; until a SIGTERM."""
    from debugarena.benchmark.environment.arena import Arena
    from debugarena.benchmark.environment.serve import make_server

    log_times(path)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)
    with Sandbox(WORKERS) as sandbox, Arena(sandbox=sandbox, static_check=False) as arena:
        make_server(arena, 2 * CLIENTS).run(sockets=[listener])


def run_over(port: int) -> Callable[[Sequence[Work]], int]:
    def run(work: Sequence[Work]) -> int:
        return asyncio.run(crowd(port, work))

    return run


async def crowd(port: int, work: Sequence[Work]) -> int:
    """Twenty clients that share the work; each job is one attempt of an episode of its own."""
    todo = iter(track(work, "server", len(work), console=Console(stderr=True)))
    return sum(await asyncio.gather(*(client(port, todo) for _ in range(CLIENTS))))


async def client(port: int, todo: Iterator[Work]) -> int:
    wrong = 0
    async with connect(f"ws://127.0.0.1:{port}/ws", proxy=None, max_size=None, open_timeout=60) as connection:

        async def ask(kind: str, **data: Any) -> dict[str, Any]:
            await connection.send(json.dumps({"type": kind, "data": data}))
            reply: dict[str, Any] = json.loads(await connection.recv())
            return reply

        for one in todo:
            await ask("reset", bug_id=one.bug.bug_id)
            seen = (await ask("step", fixed_code=one.code))["data"].get("observation")
            wrong += seen is None or not is_seen_right(one, seen)
    return wrong


def is_seen_right(one: Work, seen: dict[str, Any]) -> bool:
    if one.kind:
        return not seen["solved"]
    visible = [ok for ok, test in zip(one.passed, one.bug.tests, strict=True) if not test.hidden]
    n_hidden_failed = sum(not ok for ok, test in zip(one.passed, one.bug.tests, strict=True) if test.hidden)
    return [test["passed"] for test in seen["tests"]] == visible and seen["n_hidden_failed"] == n_hidden_failed


# --- the report --------------------------------------------------------------------------------


def page(found: dict[str, Found], n_jobs: int, began: str) -> str:
    rows = []
    for name, one in found.items():
        for what, seconds in (("clean", one.clean), ("every tenth hostile", one.mixed[""])):
            cuts = [f"{1000 * percentile(seconds, n):.2f}" for n in (50, 99)]
            rows.append([name, what, f"{len(seconds):,}", *cuts, f"{1000 * max(seconds):.1f}"])
    kinds = [kind for kind in HOSTILE if any(kind in one.mixed for one in found.values())]
    held = []
    for kind in kinds:
        cells = [f"{max(one.mixed[kind]):.2f}" if kind in one.mixed else "-" for one in found.values()]
        held.append([kind, *cells])
    not_run = [kind for kind in HOSTILE if kind not in kinds]
    verdicts = []
    for name, one in found.items():
        verdicts.append(
            f"Through {name}: {one.wrong} verdicts were wrong or missing. The 99th percentile is {one.ratio:.2f} times that of the "
            f"clean runs (target: at most {AIM_RATIO:g}). No hostile job held its worker for more than {one.held_s:.2f} s (target: at "
            f"most {AIM_HELD_S:g}). All {n_jobs:,} jobs took {one.seconds:.0f} s."
        )
    parts = [
        table(["through", "run", "honest jobs", "p50, ms", "p99, ms", "longest, ms"], rows, 2),
        *verdicts,
        table(["hostile job", *(f"longest, s, {name}" for name in found)], held, 1),
    ]
    if not_run:
        parts.append(f"Refused before they ran: {', '.join(not_run)}.")
    return "\n\n".join([*parts, circumstances(began)])


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=5000, help="of which every tenth is hostile (default: %(default)s)")
    parser.add_argument("--only", choices=["sandbox", "server"], help="one of the two (default: both)")
    parser.add_argument("--out", type=Path, default=Path("runs/perf"), help="default: %(default)s")
    parser.add_argument("--docs", type=Path, help="a page whose part between the hostile markers is replaced")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    return parser


def main() -> int:
    """1 if an aim is missed."""
    args = make_parser().parse_args()
    if args.serve:
        serve(args.serve)
        return 0
    began, found = load_average(), {}
    with tempfile.TemporaryDirectory() as folder, Sandbox(WORKERS) as sandbox:
        log_times(here := Path(folder) / "sandbox.jsonl")
        work = make_work(load_bugs(), sandbox, args.jobs)
        if args.only != "server":
            found[f"the sandbox, {WORKERS} workers"] = measure(run_directly(sandbox), work, Times(here))
        if args.only != "sandbox":
            there = Path(folder) / "server.jsonl"
            server = subprocess.Popen([sys.executable, __file__, "--serve", there], stdout=subprocess.PIPE, text=True)
            assert server.stdout
            port = int(server.stdout.readline())
            found[f"a server, {CLIENTS} clients"] = measure(run_over(port), work, Times(there))
            os.kill(server.pid, signal.SIGTERM)
            server.wait(30)
    text = page(found, args.jobs, began)
    numbers = {
        name: {
            "wrong": one.wrong,
            "ratio": one.ratio,
            "held_s": one.held_s,
            "held_by_kind_s": {kind: max(seconds) for kind, seconds in one.mixed.items() if kind},
            "clean_p50_s": median(one.clean),
            "clean_p99_s": percentile(one.clean, 99),
            "mixed_p99_s": percentile(one.mixed[""], 99),
            "seconds": one.seconds,
        }
        for name, one in found.items()
    }
    keep("hostile", numbers, text, args.out, args.docs)
    return int(any(one.wrong or one.ratio > AIM_RATIO or one.held_s > AIM_HELD_S for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
