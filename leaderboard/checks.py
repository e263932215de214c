"""Checks what a submission says against what it holds. Each false or missing statement gives one sentence with file and
line. Nothing is run here, but some checks need the results of running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.metadata import version

from debugarena.benchmark.dataset.schema import Bug, dataset_hash
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.grade import Grade, normalised
from debugarena.benchmark.models.fixed import FIXED_ANSWERS
from debugarena.leaderboard.bug_sets import BugSet, newest_first
from debugarena.leaderboard.meta import is_model
from debugarena.leaderboard.rounds import PREFIX, Round
from debugarena.leaderboard.submission import COMPLETIONS_FILE, META_FILE, TRANSFER_FOLDER, Submission, SubmittedLine

FIRST_DAY = date(2026, 11, 1)  # no bug existed before
ZONES = timedelta(days=1)  # the most that dates may differ between here and where a run was made
MAX_TOKEN_BYTES = 256  # no vocabulary that we know of has longer ones
Samples = dict[str, list[list[Grade]]]  # bug_id -> the grades of each sample's attempts


def check_statement(submission: Submission, sets: Mapping[str, BugSet], rounds: Mapping[str, Round]) -> BugSet:
    """The set that a submission is about. UsageError if meta.yaml and completions disagree with it or each other."""
    meta, where = submission.meta, submission.folder / META_FILE
    stated = meta.dataset
    bug_set = sets.get(f"{stated.set}-{stated.version}")
    if bug_set is None:
        there = ", ".join(newest_first([*sets])) or "none"
        raise UsageError(f"{where}: no set {stated.set} of dataset version {stated.version}; there are {there}")
    if stated.hash != bug_set.hash:
        raise UsageError(f"{where}: dataset.hash is not that of {bug_set.key}, which is {bug_set.hash}")
    if stated.set.startswith(PREFIX):
        announced = rounds.get(stated.set.removeprefix(PREFIX))
        if announced is None or announced.hash != stated.hash:
            raise UsageError(f"{where}: no round of this name and hash was announced")
        if announced.opened is None or meta.date < announced.opened - ZONES:
            raise UsageError(f"{where}: date is {meta.date}, when the round {announced.name} was not yet open")
        if is_model(meta.reference) and not announced.has(meta.model):
            raise UsageError(
                f"{where}: {meta.model.name}, with this revision and weights, was not registered for the round "
                f"{announced.name} before it opened; only registered models are ranked in a round"
            )
    if _number(meta.debugarena) > _number(version("debugarena")):
        raise UsageError(f"{where}: debugarena {meta.debugarena} is newer than this one, {version('debugarena')}")
    _check_ids(submission, COMPLETIONS_FILE, submission.lines, bug_set.bugs)
    _check_tokens(submission)
    if not FIRST_DAY <= meta.date <= date.today() + ZONES:
        raise UsageError(f"{where}: date is {meta.date}; it must be that of the run, from {FIRST_DAY} to today")
    return bug_set


def _check_tokens(submission: Submission) -> None:
    """UsageError if a completion is too long for the stated limit, or all of them do not fit the stated total."""
    allowed, tokens = submission.meta.sampling.max_new_tokens, submission.meta.cost.completion_tokens
    least = 0
    for line in submission.lines:
        needed = -(-len(line.completion.completion.encode()) // MAX_TOKEN_BYTES)
        if needed > allowed:
            place = f"{submission.folder / COMPLETIONS_FILE}:{line.number}"
            raise UsageError(f"{place}: at least {needed} tokens long, but {META_FILE} allows {allowed}")
        least += needed
    most = len(submission.lines) * allowed
    if tokens is not None and not least <= tokens <= most:
        where = submission.folder / META_FILE
        raise UsageError(f"{where}: cost.completion_tokens is {tokens}, but these completions have {least} to {most}")


def _number(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")[:3]))


def check_transfer(submission: Submission, name: str, bugs: Sequence[Bug]) -> None:
    stated = next(part.hash for part in submission.meta.transfer if part.set == name)
    found = dataset_hash(list(bugs))
    if stated != found:
        where = submission.folder / META_FILE
        raise UsageError(f"{where}: transfer to {name}: the hash is not that of the bugs here, which is {found}")
    _check_ids(submission, f"{TRANSFER_FOLDER}/{name}.jsonl.gz", submission.transfer[name], bugs)


def _check_ids(submission: Submission, file: str, lines: Sequence[SubmittedLine], bugs: Sequence[Bug]) -> None:
    """Checks that every bug has every sample, that attempts have no gaps, and that there is no other bug."""
    where, known = submission.folder / file, {bug.bug_id for bug in bugs}
    there = set()
    for line in lines:
        c = line.completion
        there.add((c.bug_id, c.sample, c.attempt))
        if c.bug_id not in known:
            raise UsageError(f"{where}:{line.number}: no bug {c.bug_id[:80]!r} in this set; remove the line")
        if c.attempt > 1 and (c.bug_id, c.sample, c.attempt - 1) not in there:
            place = f"{c.bug_id}, sample {c.sample}"
            raise UsageError(f"{where}:{line.number}: {place} has attempt {c.attempt} but no attempt {c.attempt - 1}")
    samples = submission.meta.protocol.samples
    missing = [(b, s) for b in sorted(known) for s in range(samples) if (b, s, 1) not in there]
    if missing:
        raise UsageError(
            f"{where}: {len(missing)} of {len(known) * samples} first attempts are missing, that of {missing[0][0]}, "
            f"sample {missing[0][1]} among them; every bug counts, even with an empty completion"
        )


def check_reference(submission: Submission, line: SubmittedLine, bug: Bug, code: str) -> None:
    """Checks that the oracle answers with the fixes and the no-op with the bugs, as their names say."""
    wanted = FIXED_ANSWERS.get(submission.meta.reference or "")
    if wanted and normalised(bug, code) != normalised(bug, wanted(bug)):
        where = f"{submission.folder / COMPLETIONS_FILE}:{line.number}"
        raise UsageError(f"{where}: not what the {submission.meta.reference} answers to {bug.bug_id}")


def complete_episodes(
    submission: Submission, file: str, lines: Sequence[SubmittedLine], grades: Sequence[Grade]
) -> Samples:
    """The grades of each bug. UsageError if an episode continues after a solve, or ends before its last attempt."""
    found: dict[tuple[str, int], list[tuple[SubmittedLine, Grade]]] = {}
    for line, grade in zip(lines, grades, strict=True):
        found.setdefault((line.completion.bug_id, line.completion.sample), []).append((line, grade))
    attempts = submission.meta.protocol.attempts
    result: Samples = {}
    for (bug_id, sample), steps in found.items():
        solved = next((i for i, (_, grade) in enumerate(steps) if grade.solved), None)
        last = steps[-1][0]
        where, place = f"{submission.folder / file}:{last.number}", f"{bug_id}, sample {sample}"
        if solved is not None and solved + 1 < len(steps):
            raise UsageError(f"{where}: {place} was solved at attempt {solved + 1}; remove the attempts after it")
        if solved is None and len(steps) < attempts:
            n = len(steps)
            raise UsageError(
                f"{where}: {place} is not solved at attempt {n}, and attempt {n + 1} of the {attempts} declared in "
                f"{META_FILE} is missing; add it, empty if there was none"
            )
        result.setdefault(bug_id, []).append([grade for _, grade in steps])
    return result
