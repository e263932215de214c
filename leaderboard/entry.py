"""Turns a submission into an entry: runs every completion again and records the results.

The same submission gives the same bytes on the same machine, unless a completion's outcome depends on the clock or on
memory addresses. An entry that is still valid is kept, and one that was interrupted is finished.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from debugarena.benchmark.code_hash import code_hash, sandbox_hash
from debugarena.benchmark.dataset.schema import Bug, dataset_hash
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.files import naming, write_whole
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.grade import Grade, NotGraded, grade_codes, normalised, read_solution
from debugarena.benchmark.grading.prompts import opens_fence
from debugarena.benchmark.grading.verdicts import Verdict
from debugarena.benchmark.models.fixed import FIXED_ANSWERS
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.report import Protocol, grade_noop, make_report
from debugarena.benchmark.scoring.stats import known, mean_interval
from debugarena.benchmark.scoring.typed_report import Estimate, ModelFacts, Report
from debugarena.benchmark.typed_json import each, of
from debugarena.benchmark.wording import counted
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.checks import (
    Samples,
    check_reference,
    check_statement,
    check_transfer,
    complete_episodes,
)
from debugarena.leaderboard.errata import Erratum, excluded_ids
from debugarena.leaderboard.meta import Meta
from debugarena.leaderboard.rounds import Round
from debugarena.leaderboard.submission import COMPLETIONS_FILE, TRANSFER_FOLDER, Submission, SubmittedLine

NOT_GRADED = "not graded"
OnProgress = Callable[[str, int, int], None]  # submission, completions run, completions in all
LineOfBug = tuple[SubmittedLine, Bug]


class VerdictLine(NamedTuple):
    """The result of one completion, a list in the file. marks: a 1 for each test that passed, a 0 for each other.

    letters: s solved, e echo, o overfit, f forbidden, n bad format, r the reference fix.
    """

    bug_id: str
    sample: int
    attempt: int
    marks: str
    reward: float
    letters: str

    @classmethod
    def from_json(cls, found: object) -> VerdictLine:
        bug_id, sample, attempt, marks, reward, letters = of(list, found)
        return cls(
            of(str, bug_id), of(int, sample), of(int, attempt), of(str, marks), of(float, reward), of(str, letters)
        )


@dataclass(frozen=True)
class Entry:
    """A submission, run again. key: a hash of all that it depends on; board: the key of the set of its bugs.

    excluded: ids that the errata leave out of the report. reference_rate: the share of first attempts that are the
    reference fix, layout and comments aside. transfer: None for a set whose bugs were missing. verdicts: in the
    order of the submission's lines.
    """

    name: str
    key: str
    board: str
    meta: Meta
    excluded: tuple[str, ...]
    report: Report
    reference_rate: Estimate
    transfer: Mapping[str, Report | None]
    verdicts: tuple[VerdictLine, ...]

    def to_json(self) -> dict[str, Any]:
        """What an entry's file holds, as plain data."""
        return {
            "name": self.name,
            "key": self.key,
            "board": self.board,
            "meta": self.meta.model_dump(mode="json"),
            "excluded": [*self.excluded],
            "report": self.report.to_json(),
            **self.reference_rate.to_json("reference_rate"),
            "transfer": {name: report.to_json() if report else None for name, report in self.transfer.items()},
            "verdicts": [[*line] for line in self.verdicts],
        }

    @classmethod
    def from_json(cls, found: Any) -> Entry:
        """KeyError, TypeError or ValueError if this is no entry."""
        transfer = of(dict, found["transfer"])
        return cls(
            name=of(str, found["name"]),
            key=of(str, found["key"]),
            board=of(str, found["board"]),
            meta=Meta.model_validate(found["meta"]),
            excluded=each(lambda bug_id: of(str, bug_id), found["excluded"]),
            report=Report.from_json(found["report"]),
            reference_rate=Estimate.from_json(found, "reference_rate"),
            transfer={name: None if report is None else Report.from_json(report) for name, report in transfer.items()},
            verdicts=each(VerdictLine.from_json, found["verdicts"]),
        )


@dataclass(frozen=True)
class Context:
    """What submissions are verified against."""

    sets: Mapping[str, BugSet]
    rounds: Mapping[str, Round]
    errata: Sequence[Erratum]
    transfer: Mapping[str, Sequence[Bug]]
    minutes: float = 60.0  # limit for running one submission again in one call
    # submissions share results: four of seven completions repeat somebody's buggy code, and some of them loop.
    # known: by a hash of bug and code; noops, for a set's buggy code: by the hash of the set
    known: dict[str, Judged] = field(default_factory=dict)
    noops: dict[str, dict[str, Grade]] = field(default_factory=dict)


def verify(submission: Submission, context: Context, entries: Path, sandbox: Sandbox, on_progress: OnProgress) -> Entry:
    """The entry of a submission, also written to `entries`.

    UsageError for any false statement, SandboxError if some of it could not be run: call again to run the rest.
    """
    bug_set = check_statement(submission, context.sets, context.rounds)
    excluded = excluded_ids(bug_set, list(context.errata))
    that_count = [bug for bug in bug_set.bugs if bug.bug_id not in excluded]
    if not that_count:
        raise UsageError(f"{submission.folder}: the errata leave no bug of {bug_set.key} that counts")
    known = {name: list(context.transfer[name]) for name in submission.transfer if name in context.transfer}
    for name, bugs in known.items():
        check_transfer(submission, name, bugs)
    key = _key(submission, bug_set, sorted(excluded), known, sandbox)
    path = entries / f"{submission.name}.json"
    if path.exists() and (held := _read_entry(path)) and held.key == key:
        return held
    answers = _with_bugs(submission.lines, bug_set.bugs)
    for name, bugs in known.items():
        answers += _with_bugs(submission.transfer[name], bugs)
    part = path.with_suffix(".part")
    judged = _judge(submission, answers, context, sandbox, part, key, on_progress)
    own, others = judged[: len(submission.lines)], judged[len(submission.lines) :]
    episodes = complete_episodes(submission, COMPLETIONS_FILE, submission.lines, [j.grade for j in own])
    transfer: dict[str, Report | None] = dict.fromkeys(sorted(submission.transfer))
    for name, bugs in known.items():
        lines = submission.transfer[name]
        part_of, others = others[: len(lines)], others[len(lines) :]
        where = f"{TRANSFER_FOLDER}/{name}.jsonl.gz"
        played = complete_episodes(submission, where, lines, [j.grade for j in part_of])
        transfer[name] = _report(submission, bugs, played, context, sandbox)
    entry = Entry(
        name=submission.name,
        key=key,
        board=bug_set.key,
        meta=submission.meta,
        excluded=tuple(sorted(excluded)),
        report=_report(submission, that_count, episodes, context, sandbox, bug_set.version),
        reference_rate=_reference_rate(own, that_count, submission.lines),
        transfer=transfer,
        verdicts=tuple(_verdict_line(j, line) for j, line in zip(own, submission.lines, strict=True)),
    )
    write_whole(path, json.dumps(entry.to_json(), separators=(",", ":")) + "\n")
    part.unlink(missing_ok=True)
    return entry


def _read_entry(path: Path) -> Entry | None:
    try:
        return Entry.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is made anew


def _key(
    submission: Submission,
    bug_set: BugSet,
    excluded: Sequence[str],
    transfer: Mapping[str, Sequence[Bug]],
    sandbox: Sandbox,
) -> str:
    """SHA-256, in hex, of all that an entry depends on."""
    hashes = {name: dataset_hash(list(bugs)) for name, bugs in transfer.items()}
    code = [sandbox_hash(), code_hash(__name__), version("debugarena")]
    around = [*code, list(sandbox.layers), list(sys.version_info[:2])]
    parts = [submission.name, submission.digest, bug_set.key, bug_set.text, excluded, hashes, around]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Judged:
    """A grade without its texts, too large to keep for all, and whether the code is the reference fix."""

    grade: Grade
    is_reference: bool


def _with_bugs(lines: Sequence[SubmittedLine], bugs: Sequence[Bug]) -> list[LineOfBug]:
    by_id = {bug.bug_id: bug for bug in bugs}
    return [(line, by_id[line.completion.bug_id]) for line in lines]


def _judge(
    submission: Submission,
    answers: Sequence[LineOfBug],
    context: Context,
    sandbox: Sandbox,
    part: Path,
    key: str,
    on_progress: OnProgress,
) -> list[Judged]:
    """The judgement of each line. `part` keeps what was run, as one line of 0s and 1s per completion.

    A completion that the sandbox could not run has the line NOT_GRADED, and the next call runs it. UsageError when the
    minutes are over, SandboxError at the end if there are such completions; the next call resumes.
    """
    began = time.monotonic()
    fence = opens_fence(submission.meta.protocol.prompt)
    if submission.meta.reference in FIXED_ANSWERS:
        for answer in answers:
            check_reference(submission, answer[0], *_code_of(answer, fence))
    held = _held(part, key, [bug for _, bug in answers])
    again = _run([a for a, marks in zip(answers, held, strict=False) if marks == NOT_GRADED], context, sandbox, fence)
    judged = [
        next(again) if marks == NOT_GRADED else _from_marks(answer, marks, fence)
        for answer, marks in zip(answers, held, strict=False)
    ]
    write_whole(part, "\n".join([key, *map(_line, judged), ""]))
    rest = answers[len(held) :]
    with part.open("a", encoding="utf-8") as log:
        for one in _run(rest, context, sandbox, fence):
            on_progress(submission.name, len(judged), len(answers))
            with naming(part):
                log.write(_line(one) + "\n")
                log.flush()
            judged.append(one)
            if time.monotonic() - began > 60 * context.minutes:
                raise UsageError(
                    f"{submission.folder}: {len(judged)} of {counted(len(answers), 'completion')} were run in "
                    f"{context.minutes:g} minutes; call again to resume, or raise --minutes"
                )
    on_progress(submission.name, len(answers), len(answers))
    graded = [one for one in judged if isinstance(one, Judged)]
    if n := len(judged) - len(graded):
        what = f"the sandbox could not run {n} of {counted(len(answers), 'completion')}"
        raise SandboxError(f"{submission.folder}: {what}; call again")
    return graded


def _run(
    answers: Sequence[LineOfBug], context: Context, sandbox: Sandbox, opened_fence: bool
) -> Iterator[Judged | NotGraded]:
    """The judgement of each answer, in order. Equal code for one bug is run only once."""
    pairs = [_code_of(answer, opened_fence) for answer in answers]
    keys = [hashlib.sha256(f"{bug.content_hash} {code}".encode()).hexdigest() for bug, code in pairs]
    todo = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in context.known}
    grades = grade_codes(sandbox, list(todo.values()))
    failed: dict[str, NotGraded] = {}
    for key, (bug, _) in zip(keys, pairs, strict=True):
        if todo.pop(key, None):
            grade = next(grades)
            if isinstance(grade, NotGraded):
                failed[key] = grade
            else:
                context.known[key] = _judged(grade, bug)
        yield failed.get(key) or context.known[key]


def _code_of(answer: LineOfBug, opened_fence: bool) -> tuple[Bug, str]:
    line, bug = answer
    return bug, extract_code(line.completion.completion, bug.language, bug.entry_point, opened_fence)


def _from_marks(answer: LineOfBug, marks: str, opened_fence: bool) -> Judged:
    """The judgement of an answer whose tests have been run, from one mark per test."""
    bug, code = _code_of(answer, opened_fence)
    passed = tuple(mark == "1" for mark in marks)
    n_hidden_failed = sum(test.hidden and not ok for test, ok in zip(bug.tests, passed, strict=True))
    return _judged(read_solution(bug, code).judged(Verdict(passed, n_hidden_failed=n_hidden_failed)), bug)


def _judged(grade: Grade, bug: Bug) -> Judged:
    is_reference = grade.facts.parses and grade.facts.normalised == normalised(bug, bug.fixed_code)
    code = grade.code if grade.solved else ""  # the size of an edit is measured only for solves
    facts = replace(grade.facts, normalised="", reached="", unbound=frozenset())
    verdict = Verdict(grade.verdict.passed, n_hidden_failed=grade.verdict.n_hidden_failed)
    return Judged(replace(grade, code=code, facts=facts, verdict=verdict), is_reference)


def _held(part: Path, key: str, bugs: Sequence[Bug]) -> list[str]:
    """The marks that an interrupted run has left, up to the first that do not fit their bug."""
    text = part.read_text(encoding="utf-8", errors="replace") if part.exists() else ""
    first, *marks = text.split("\n")[:-1] or [""]  # a line that a kill cut off has no newline
    held: list[str] = []
    for bug, line in zip(bugs, marks if first == key else [], strict=False):
        if line != NOT_GRADED and (len(line) != len(bug.tests) or set(line) - {"0", "1"}):
            break
        held.append(line)
    return held


def _line(one: Judged | NotGraded) -> str:
    """A 1 for each test that passed and a 0 for each other; `_from_marks` reads it back."""
    return NOT_GRADED if isinstance(one, NotGraded) else _marks(one.grade)


def _marks(grade: Grade) -> str:
    return "".join("1" if ok else "0" for ok in grade.verdict.passed)


def _report(
    submission: Submission,
    bugs: Sequence[Bug],
    episodes: Samples,
    context: Context,
    sandbox: Sandbox,
    of_version: str | None = None,
) -> Report:
    """The report of `debugarena score`. of_version: the bugs' dataset version, null for imported bugs."""
    protocol = submission.meta.protocol
    stated = Protocol(protocol.prompt, protocol.attempts, protocol.samples)
    report = make_report(bugs, episodes, _noop(submission, bugs, context, sandbox), stated, sandbox.layers)
    model = ModelFacts({"name": submission.meta.model.name})
    return replace(report, model=model, dataset=replace(report.dataset, version=of_version))


def _noop(submission: Submission, bugs: Sequence[Bug], context: Context, sandbox: Sandbox) -> dict[str, Grade]:
    """What the buggy code of these bugs earns. SandboxError if some of it could not be run."""
    key = dataset_hash(list(bugs))
    if key not in context.noops:
        noop, not_graded = grade_noop(sandbox, bugs)
        if n := len(not_graded):
            raise SandboxError(f"{submission.folder}: the sandbox could not run {counted(n, 'bug')}; call again")
        context.noops[key] = noop
    return context.noops[key]


def _reference_rate(judged: Sequence[Judged], bugs: Sequence[Bug], lines: Sequence[SubmittedLine]) -> Estimate:
    first: dict[str, list[bool]] = {}
    for line, one in zip(lines, judged, strict=True):
        if line.completion.attempt == 1:
            first.setdefault(line.completion.bug_id, []).append(one.is_reference)
    shares = [sum(first[bug.bug_id]) / len(first[bug.bug_id]) for bug in bugs]
    interval = mean_interval(shares, [bug.program or bug.bug_id for bug in bugs], (0.0, 1.0))
    return Estimate(sum(shares) / len(shares), known(interval))


def _verdict_line(judged: Judged, line: SubmittedLine) -> VerdictLine:
    grade = judged.grade
    letters = {
        "s": grade.solved,
        "e": grade.echo,
        "o": grade.overfit,
        "f": bool(grade.facts.offences),
        "n": not grade.compliant,
        "r": judged.is_reference,
    }
    shown = "".join(letter for letter, on in letters.items() if on)
    c = line.completion
    return VerdictLine(c.bug_id, c.sample, c.attempt, _marks(grade), grade.rewards.total, shown)
