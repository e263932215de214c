"""Makes new bugs without end: edits of correct programs, each proven in the sandbox, distinct in behaviour, with tests
strong enough to tell a wrong fix from a right one. The same seed and level give the same bugs, byte for byte, whatever
the number of jobs. A run that was interrupted or killed goes on where it stopped when the command is given again.

  debugarena generate --count 1000 --seed 7 --level 2 --out runs/level-2
  debugarena generate --count 50 --seed 1 --level 4 --out runs/hard --jobs 2

Leaves bugs-*.jsonl and summary.json in the folder: yields for each operator, each refusal counted, and the mutants that
no test notices. Levels: 1 one edit that most inputs notice; 2 one edit that few notice; 3 two edits that interact; 4
three edits, or edits in different functions or methods.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.contamination import overlapping
from debugarena.builder.generation import (
    VISIT,
    Maker,
    Result,
    check_level,
    distinct,
    place_of,
    program_order,
    source_hash,
)
from debugarena.builder.levels import LEVELS
from debugarena.builder.program import Program, load_programs
from debugarena.builder.splits import SPLIT_SHARES, split_of

ROWS_PER_FILE = 1000
AHEAD_PER_JOB = 12
JOURNAL = ".journal.jsonl"
LEAST_SCORE = 0.95


@dataclass(frozen=True)
class Settings:
    """What is to be made. `split` and `per_program` narrow the choice, None for no limit."""

    count: int
    seed: int
    level: int
    split: str | None = None
    per_program: int | None = None


# --- workers ----------------------------------------------------------------------------

_maker: Maker | None = None


def _start_worker(programs: Sequence[Program] | None, allow_weak: bool) -> None:
    """In a process of its own, which ends with its parent and leaves Ctrl-C to it."""
    global _maker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _maker = Maker(load_programs() if programs is None else programs, Sandbox(1, allow_weak=allow_weak))


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _attempt(seed: int, level: int, index: int, names: Sequence[str]) -> Result:
    assert _maker is not None
    return _maker.attempt(seed, level, index, names)


class Workers:
    """Processes that make bugs; a program is always with the same one, which prepares it once. A context manager."""

    def __init__(self, jobs: int, programs: Sequence[Program] | None = None, allow_weak: bool = False) -> None:
        context = get_context("spawn")
        self._pools = [
            ProcessPoolExecutor(1, context, initializer=_start_worker, initargs=(programs, allow_weak))
            for _ in range(jobs)
        ]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools:
            pool.shutdown(wait=True)

    def results(self, seed: int, level: int, names: Sequence[str], start: int, gone: set[str]) -> Iterator[Result]:
        """Results from number `start` on, in order; programs in `gone` are passed over, as it fills up meanwhile."""
        place = {name: i for i, name in enumerate(sorted(names))}
        ahead: deque[Future[Result]] = deque()
        index = start
        while True:
            idle = 0
            while len(ahead) < AHEAD_PER_JOB * len(self._pools) and idle < VISIT * len(names):
                name, _ = place_of(index, names)
                if name in gone:
                    idle += 1
                else:
                    idle = 0
                    pool = self._pools[place[name] % len(self._pools)]
                    ahead.append(pool.submit(_attempt, seed, level, index, names))
                index += 1
            if not ahead:
                return
            result = ahead.popleft().result()
            if result.program not in gone:
                yield result


# --- what has been made so far ----------------------------------------------------------


@dataclass
class Tally:
    """All that is known of a run, folded from its records one by one; the journal holds the same records."""

    accepted: int = 0
    candidates: int = 0
    next_index: int = 0
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    made_by: Counter[str] = field(default_factory=Counter)
    kept_by: Counter[str] = field(default_factory=Counter)
    per_program: Counter[str] = field(default_factory=Counter)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    end: int = 0  # bytes of the last file that belong to the run

    def add(self, record: dict[str, Any], limit: int | None) -> None:
        """One record. `limit`: bugs a program."""
        self.next_index = record["index"] + 1
        program, status = record["program"], record["status"]
        if record.get("facts"):
            self.facts[program] = record["facts"]
        if status in ("exhausted", "program-refused"):
            self.gone.add(program)
            return
        self.candidates += 1
        self.made_by.update(record["operators"])
        if status == "refused":
            self.refused[record["refusal"]] += 1
            return
        self.accepted += 1
        self.kept_by.update(record["operators"])
        self.seen.update(record["keys"])
        self.per_program[program] += 1
        self.end = record["end"]
        if limit is not None and self.per_program[program] >= limit:
            self.gone.add(program)


def _file_name(number: int) -> str:
    return f"bugs-{number:05}.jsonl"


class Folder:
    """The folder of a run: its files of bugs, its journal while it runs, its summary at the end."""

    def __init__(self, path: Path, settings: Settings, programs_hash: str) -> None:
        self.path, self._settings = path, settings
        self._head = {
            "seed": settings.seed,
            "level": settings.level,
            "split": settings.split,
            "per_program": settings.per_program,
            "source_hash": programs_hash,
        }
        self.tally = Tally()

    def open(self) -> bool:
        """Reads what an earlier run left. True if nothing is left to do; UsageError if it was another run."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            summary = self.path / "summary.json"
            if summary.exists():
                done = json.loads(summary.read_bytes())
                wanted = {**self._head, "count": self._settings.count}
                if {name: done.get(name) for name in wanted} == wanted:
                    return True
                raise UsageError(f"{self.path} holds another generation; name another --out or remove it")
            journal = self.path / JOURNAL
            if not journal.exists() and any(self.path.glob("bugs-*.jsonl")):
                raise UsageError(f"{self.path} holds bugs that this command did not leave there; name another --out")
            self._resume(journal)
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path} cannot be used: {error}; name another --out") from error
        return False

    def _resume(self, journal: Path) -> None:
        lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        if whole and json.loads(whole[0]) != self._head:
            raise UsageError(f"{self.path} holds another generation; name another --out or remove it")
        for line in whole[1:]:
            self.tally.add(json.loads(line), self._settings.per_program)
        journal.write_bytes(b"".join(whole) or (json.dumps(self._head) + "\n").encode())
        last = (self.tally.accepted - 1) // ROWS_PER_FILE if self.tally.accepted else -1
        for file in self.path.glob("bugs-*.jsonl"):
            if file.name > _file_name(max(0, last)) or last < 0:
                file.unlink()
        if last >= 0:
            os.truncate(self.path / _file_name(last), self.tally.end)
        self._journal = journal.open("ab")

    def add(self, result: Result) -> None:
        """One result: a bug goes to its file before the journal says that it is there."""
        record = {"index": result.index, "program": result.program, "status": result.status}
        record |= {"refusal": result.refusal, "operators": result.operators, "facts": result.facts}
        if result.row is not None:
            file = self.path / _file_name(self.tally.accepted // ROWS_PER_FILE)
            with file.open("ab") as rows:
                rows.write((json.dumps(result.row, ensure_ascii=False) + "\n").encode())
                record |= {"keys": result.keys, "end": rows.tell()}
        self._journal.write((json.dumps(record) + "\n").encode())
        self._journal.flush()
        self.tally.add(record, self._settings.per_program)

    def close(self) -> None:
        """Ends writing; the journal stays."""
        self._journal.close()

    def finish(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Writes the summary, with the settings in it, and removes the journal."""
        self.close()
        summary = {**self._head, **summary}
        new = self.path / ".summary.json"
        new.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        new.replace(self.path / "summary.json")
        (self.path / JOURNAL).unlink()
        return summary


def summarise(tally: Tally, settings: Settings) -> dict[str, Any]:
    """What summary.json holds beside the settings: no clock, nothing of this machine."""
    used = {name: facts for name, facts in sorted(tally.facts.items()) if "refused" not in facts}
    scores = [facts["mutation_score"] for facts in used.values()]
    n_mutants = sum(facts["mutants"] for facts in used.values())
    operators = {
        name: {"candidates": tally.made_by[name], "accepted": tally.kept_by[name]} for name in sorted(tally.made_by)
    }
    return {
        "count": settings.count,
        "accepted": tally.accepted,
        "exhausted": tally.accepted < settings.count,
        "candidates": tally.candidates,
        "refused": dict(sorted(tally.refused.items())),
        "operators": operators,
        "programs": {
            "used": len(used),
            "with_bugs": len(tally.per_program),
            "refused": {n: f for n, f in sorted(tally.facts.items()) if "refused" in f},
        },
        "mutants": {
            "all": n_mutants,
            "noticed": sum(facts["noticed"] for facts in used.values()),
            "distinct": sum(facts["distinct"] for facts in used.values()),
            "endless": sum(facts["endless"] for facts in used.values()),
            "mutation_score": round(mean(scores), 6) if scores else None,
            "programs_below_0.95": {
                n: f["mutation_score"] for n, f in used.items() if f["mutation_score"] < LEAST_SCORE
            },
            "survivors": {n: f["survivors"] for n, f in used.items() if f["survivors"]},
            "failed_operators": sorted({name for facts in used.values() for name in facts["failed_operators"]}),
        },
    }


# --- the run ----------------------------------------------------------------------------


def generate(
    settings: Settings, out: Path, workers: Workers, programs: Sequence[Program], show_progress: bool = True
) -> dict[str, Any]:
    """Fills the folder; returns its summary. UsageError if the folder holds another run."""
    check_level(settings.level)
    chosen = [p for p in programs if settings.split is None or split_of(p.name) == settings.split]
    if not chosen:
        raise UsageError(f"no program is in the split {settings.split!r}; the splits are {', '.join(SPLIT_SHARES)}")
    folder = Folder(out, settings, source_hash(programs))
    if folder.open():
        return dict(json.loads((out / "summary.json").read_bytes()))
    tally = folder.tally
    names = program_order(chosen, settings.seed, settings.level)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=not show_progress)
    try:
        with progress:
            task = progress.add_task(f"level {settings.level}", total=settings.count, completed=tally.accepted)
            results = workers.results(settings.seed, settings.level, names, tally.next_index, tally.gone)
            if tally.accepted < settings.count:
                for result in distinct(results, tally.seen):
                    folder.add(result)
                    progress.update(task, completed=tally.accepted)
                    if tally.accepted >= settings.count:
                        break
    except BaseException:
        folder.close()
        raise
    return folder.finish(summarise(tally, settings))


def describe(summary: dict[str, Any], out: Path) -> str:
    """The end of a run in words."""
    accepted, candidates = summary["accepted"], summary["candidates"]
    lines = [f"{out}: {accepted} bugs of {candidates} candidates, {summary['programs']['with_bugs']} programs"]
    if summary["exhausted"]:
        lines.append(f"Level {summary['level']} has no more candidates here: {accepted} of {summary['count']} bugs")
    refused = sorted(summary["refused"].items(), key=lambda item: -item[1])
    lines.append("refused: " + (", ".join(f"{n} {code}" for code, n in refused) or "none"))
    for name, facts in summary["programs"]["refused"].items():
        lines.append(f"no bugs from {name}: {facts['message']} ({facts['refused']})")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena generate`."""
    parser.add_argument("--count", type=_positive, default=100, metavar="N", help="bugs wanted (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which bugs (default: 0)")
    parser.add_argument("--level", type=int, default=1, choices=LEVELS, help="how hard, 1 to 4 (default: 1)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the bugs and summary.json")
    parser.add_argument("--jobs", type=_positive, metavar="N", help="processes (default: the CPUs there are)")
    parser.add_argument("--split", choices=SPLIT_SHARES, help="only programs of this split (default: all)")
    parser.add_argument("--per-program", type=_positive, metavar="N", help="at most so many bugs of one program")
    parser.add_argument(
        "--against", type=Path, metavar="DIR", help="leave out programs that share too many 8-grams with files here"
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    add_sandbox_arguments(parser, workers=False)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return value


def run(args: argparse.Namespace) -> int:
    """`debugarena generate`."""
    programs = load_programs()
    if args.against:
        shared = overlapping(programs, args.against)
        for name, share in sorted(shared.items()):
            print(f"left out: {name} shares {share:.0%} of its 8-grams with {args.against}", file=sys.stderr)
        programs = [program for program in programs if program.name not in shared]
    settings = Settings(args.count, args.seed, args.level, args.split, args.per_program)
    jobs = args.jobs or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1))
    with Workers(jobs, allow_weak=args.allow_weak) as workers:
        try:
            summary = generate(settings, args.out, workers, programs, show_progress=sys.stderr.isatty())
        except KeyboardInterrupt:
            print(f"\n{args.out} is kept; the same command goes on from there", file=sys.stderr)
            raise
        except BrokenExecutor:
            raise DebugArenaError(f"a process ended early; is memory short? {args.out} is kept, try again") from None
        except OSError as error:
            raise DebugArenaError(f"{args.out} could not be written: {error}") from error
    print(json.dumps(summary, indent=2) if args.json else describe(summary, args.out))
    return 0
