"""The folder of a run of `generate`: files of bugs, a journal while it runs, a summary at its end.

A bug is written to its file before the journal records it, and bugs that the journal does not know are removed. So a
run that was killed at any moment resumes as if nothing had happened.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.wording import counted
from debugarena.builder.making.maker import Result

ROWS_PER_FILE = 1000
NOT_GRADED = "not-graded"
JOURNAL = ".journal"  # not a .jsonl, which would be read as bugs
LEAST_SCORE = 0.95


@dataclass(frozen=True)
class Settings:
    """What to make. `split` and `per_program` narrow the choice; None sets no limit.

    spread: each program makes one bug before any makes its second; else each tries sixteen candidates at a time.
    """

    count: int
    seed: int
    level: int
    split: str | None = None
    per_program: int | None = None
    spread: bool = False


@dataclass
class Tally:
    """All that is known of a run, folded from its records one by one; the journal holds the same records."""

    accepted: int = 0
    candidates: int = 0
    not_graded: int = 0
    next_index: int = 0
    seen: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    made_by: Counter[str] = field(default_factory=Counter)
    kept_by: Counter[str] = field(default_factory=Counter)
    per_program: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)  # candidates of a program, including those not graded
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    end: int = 0  # bytes of the last file that belong to the run

    def add(self, record: dict[str, Any], limit: int | None) -> None:
        """Adds one record. `limit`: the most bugs of one program."""
        self.next_index = record["index"] + 1
        program, status = record["program"], record["status"]
        self.tried[program] += 1
        if status == NOT_GRADED:
            self.not_graded += 1
            return
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


class OtherRun(UsageError):
    """The folder holds bugs of other settings, or of an earlier version of the generator."""


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
            **({"spread": True} if settings.spread else {}),
            "source_hash": programs_hash,
        }
        self.tally = Tally()

    def open(self) -> dict[str, Any] | None:
        """Reads what an earlier run left. Returns its summary if nothing is left to do. UsageError for another run."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            summary = self.path / "summary.json"
            if summary.exists():
                done: dict[str, Any] = json.loads(summary.read_bytes())
                wanted = {"spread": False, **self._head, "count": self._settings.count}
                if {name: done.get(name, False) for name in wanted} == wanted:
                    (self.path / JOURNAL).unlink(missing_ok=True)
                    return done
                raise OtherRun(f"{self.path} holds another generation; name another --out or remove it")
            journal = self.path / JOURNAL
            if not journal.exists() and any(self.path.glob("bugs-*.jsonl")):
                raise UsageError(f"{self.path} holds bugs that this command did not leave there; name another --out")
            self._journal = journal.open("a+b")
            try:
                self._resume()
            except BaseException:
                self.close()
                raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{self.path} cannot be used: {error}; name another --out") from error
        return None

    def _files(self) -> list[Path]:
        return sorted(self.path.glob("bugs-[0-9][0-9][0-9][0-9][0-9].jsonl"))

    def _resume(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"{self.path} is being written by another process; name another --out") from None
        self._journal.seek(0)
        whole = [line for line in self._journal.read().splitlines(keepends=True) if line.endswith(b"\n")]
        if whole and json.loads(whole[0]) != self._head:
            raise OtherRun(f"{self.path} holds another generation; name another --out or remove it")
        for number, line in enumerate(whole[1:], 1):
            record = json.loads(line)
            if record["status"] == NOT_GRADED:  # its result decides which later bugs are distinct
                del whole[number:]
                break
            self.tally.add(record, self._settings.per_program)
        if self.tally.accepted > self._settings.count:
            raise UsageError(
                f"{self.path} holds {counted(self.tally.accepted, 'bug')} already; ask for as many at least"
            )
        self._journal.truncate(sum(map(len, whole)))
        if not whole:
            self._journal.write((json.dumps(self._head) + "\n").encode())
            self._journal.flush()
        last = (self.tally.accepted - 1) // ROWS_PER_FILE
        for file in self._files():
            if last < 0 or file.name > _file_name(last):
                file.unlink()
        if last >= 0:
            file = self.path / _file_name(last)
            if file.stat().st_size < self.tally.end:
                raise UsageError(f"{file} is shorter than it was; remove {self.path} and begin again")
            os.truncate(file, self.tally.end)

    def add(self, result: Result) -> None:
        """Adds one result: writes the bug to its file before the journal records it."""
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
        with suppress(OSError):  # a record could not be written, which was reported then
            self._journal.close()

    def finish(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Writes the summary, with the settings in it, and removes the journal, unless a candidate was not graded."""
        summary = {**self._head, **summary}
        if self.tally.not_graded:
            return summary
        write_whole(self.path / "summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
        (self.path / JOURNAL).unlink()
        self.close()
        return summary


def summarise(tally: Tally, settings: Settings) -> dict[str, Any]:
    """What summary.json holds besides the settings. Nothing depends on the clock or on this machine."""
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
        **({"not_graded": tally.not_graded} if tally.not_graded else {}),
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
            "scores": {n: f["mutation_score"] for n, f in used.items()},
            "programs_below_0.95": {
                n: f["mutation_score"] for n, f in used.items() if f["mutation_score"] < LEAST_SCORE
            },
            "survivors": {n: f["survivors"] for n, f in used.items() if f["survivors"]},
            "failed_operators": sorted({name for facts in used.values() for name in facts["failed_operators"]}),
        },
    }
