"""Submission -> entry: every completion is run again, and what came of it is written down.

The same submission gives the same bytes. An entry that still holds is kept, and one that was interrupted is finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from debugarena import benchmark
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.grading import Grade, grade_codes, normalised, read_submission
from debugarena.benchmark.prompts import extract_code, opens_fence
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.schema import Bug, dataset_hash
from debugarena.benchmark.scoring import Protocol, grade_noop, make_report
from debugarena.benchmark.stats import mean_interval
from debugarena.benchmark.verdicts import Verdict
from debugarena.leaderboard import checks
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.checks import (
    Samples,
    check_reference,
    check_statement,
    check_transfer,
    complete_episodes,
)
from debugarena.leaderboard.errata import Erratum, excluded_ids
from debugarena.leaderboard.rounds import Round
from debugarena.leaderboard.submission import COMPLETIONS_FILE, TRANSFER_FOLDER, Line, Submission

CHUNK = 256  # completions between two writes of the progress file
OnProgress = Callable[[str, int, int], None]  # submission, completions run, completions in all
Entry = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What submissions are verified against."""

    sets: Mapping[str, BugSet]
    rounds: Mapping[str, Round]
    errata: Sequence[Erratum]
    transfer: Mapping[str, Sequence[Bug]]


def verify(submission: Submission, context: Context, entries: Path, sandbox: Sandbox, on_progress: OnProgress) -> Entry:
    """The entry of a submission, also left in `entries`. UsageError for whatever it says that is not so."""
    bug_set = check_statement(submission, context.sets, context.rounds)
    excluded = excluded_ids(bug_set, list(context.errata))
    known = {s: list(bugs) for s, bugs in context.transfer.items() if s in submission.transfer}
    for name, bugs in known.items():
        check_transfer(submission, name, bugs)
    key = _key(submission, bug_set, sorted(excluded), known)
    path = entries / f"{submission.name}.json"
    if path.exists() and (held := _read_entry(path)) and held.get("key") == key:
        return held
    lines = list(submission.lines)
    by_id = {bug.bug_id: bug for bug in (*bug_set.bugs, *(bug for bugs in known.values() for bug in bugs))}
    for name in known:
        lines += submission.transfer[name]
    part = path.with_suffix(".part")
    grades = _grade(submission, lines, by_id, sandbox, part, key, on_progress)
    check_reference(submission, lines, grades, by_id)
    episodes = complete_episodes(submission, COMPLETIONS_FILE, list(submission.lines), grades)
    report, reference = _report(submission, [b for b in bug_set.bugs if b.bug_id not in excluded], episodes, sandbox)
    transfer: dict[str, Any] = dict.fromkeys(sorted(submission.transfer))
    start = len(submission.lines)
    for name, bugs in known.items():
        own = submission.transfer[name]
        where = f"{TRANSFER_FOLDER}/{name}.jsonl.gz"
        others = complete_episodes(submission, where, list(own), grades[start : start + len(own)])
        transfer[name] = _report(submission, bugs, others, sandbox)[0]
        start += len(own)
    entry = {
        "name": submission.name,
        "key": key,
        "board": bug_set.key,
        "meta": submission.meta.model_dump(mode="json"),
        "excluded": sorted(excluded),
        "report": report,
        **reference,
        "transfer": transfer,
        "verdicts": [_verdict_line(g, line, by_id) for g, line in zip(grades, submission.lines, strict=False)],
    }
    write_whole(path, json.dumps(entry, separators=(",", ":")) + "\n")
    part.unlink(missing_ok=True)
    return entry


def _read_entry(path: Path) -> Entry | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else None
    except (OSError, ValueError):
        return None  # it is made anew


def _key(
    submission: Submission, bug_set: BugSet, excluded: Sequence[str], transfer: Mapping[str, Sequence[Bug]]
) -> str:
    """SHA-256, in hex, of all that an entry depends on but the machine."""
    transfer_hashes = {name: dataset_hash(list(bugs)) for name, bugs in transfer.items()}
    parts = [submission.name, submission.digest, bug_set.hash, excluded, transfer_hashes, _source_hash()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@lru_cache
def _source_hash() -> str:
    """Of the code that a verdict and a report depend on."""
    files = [*Path(benchmark.__file__).parent.rglob("*.py"), Path(__file__), Path(checks.__file__)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in sorted(files))).hexdigest()


def _grade(
    submission: Submission,
    lines: Sequence[Line],
    by_id: Mapping[str, Bug],
    sandbox: Sandbox,
    part: Path,
    key: str,
    on_progress: OnProgress,
) -> list[Grade]:
    """The grade of each line. What was run is kept in `part`, a line of 0 and 1 for each completion."""
    fence = opens_fence(submission.meta.protocol.prompt)
    items = [(by_id[line.completion.bug_id], line.completion.completion) for line in lines]
    codes = [(bug, extract_code(text, bug.language, fence)) for bug, text in items]
    held = part.read_text(encoding="utf-8").split("\n") if part.exists() else []
    passed = held[1:-1] if held[:1] == [key] else []  # the last one may be torn
    grades = [
        read_submission(bug, code).judged(_verdict(bug, marks))
        for (bug, code), marks in zip(codes, passed, strict=False)
    ]
    with part.open("w", encoding="utf-8") as log:
        log.write("\n".join([key, *passed, ""]))
        for start in range(len(grades), len(codes), CHUNK):
            on_progress(submission.name, start, len(codes))
            fresh = list(grade_codes(sandbox, codes[start : start + CHUNK]))
            log.write("".join("".join(map(str, map(int, g.verdict.passed))) + "\n" for g in fresh))
            log.flush()
            grades += fresh
    on_progress(submission.name, len(codes), len(codes))
    return grades


def _verdict(bug: Bug, marks: str) -> Verdict:
    passed = tuple(mark == "1" for mark in marks)
    return Verdict(passed, n_hidden_failed=sum(t.hidden and not ok for t, ok in zip(bug.tests, passed, strict=True)))


def _report(
    submission: Submission, bugs: Sequence[Bug], episodes: Samples, sandbox: Sandbox
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of `debugarena score`, and the share of first attempts that are the reference fix, layout aside."""
    protocol = submission.meta.protocol
    stated = Protocol(protocol.prompt, protocol.attempts, protocol.samples)
    report = make_report(bugs, episodes, grade_noop(sandbox, bugs), stated, sandbox.layers)
    report["model"] = {"name": submission.meta.model.name}
    shares = []
    for bug in bugs:
        fixed = normalised(bug.fixed_code, bug.entry_point)
        first = [steps[0].facts for steps in episodes[bug.bug_id]]
        shares.append(sum(facts.parses and facts.normalised == fixed for facts in first) / len(first))
    interval = mean_interval(shares, [bug.program or bug.bug_id for bug in bugs], (0.0, 1.0))
    return report, {
        "reference_rate": sum(shares) / len(shares),
        "reference_rate_ci95": None if interval[0] != interval[0] else list(interval),
    }


def _verdict_line(grade: Grade, line: Line, by_id: Mapping[str, Bug]) -> list[Any]:
    """bug_id, sample, attempt, tests passed as 0 and 1, reward, and letters: s solved, e echo, o overfit, f forbidden,
    n no code, r the reference fix."""
    bug = by_id[grade.bug_id]
    letters = {
        "s": grade.solved,
        "e": grade.echo,
        "o": grade.overfit,
        "f": bool(grade.facts.offences),
        "n": not grade.compliant,
        "r": grade.facts.parses and grade.facts.normalised == normalised(bug.fixed_code, bug.entry_point),
    }
    c = line.completion
    marks = "".join(map(str, map(int, grade.verdict.passed)))
    return [c.bug_id, c.sample, c.attempt, marks, grade.rewards.total, "".join(x for x, on in letters.items() if on)]
