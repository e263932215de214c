"""Completions -> grades -> one report, with 95% intervals for its headline means and its solve rates.

Not covered: what a report consists of (typed_report.py), where completions come from (rollouts.py) and how a report
looks (tables.py).
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from numbers import Integral
from typing import Any

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import DATASET_VERSION, Bug, dataset_hash
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.grading.grade import GRADING, Grade, NotGraded, grade_codes, grade_completions
from debugarena.benchmark.grading.prompts import MAX_ATTEMPTS, opens_fence, prompt_hash
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.languages import check_runnable, language
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.models.answers import WHYS, Why, count_answers, why_of
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.stats import Interval, known, mean_interval, pass_at_k
from debugarena.benchmark.scoring.typed_report import (
    Breakdowns,
    BugScore,
    DatasetFacts,
    Estimate,
    Group,
    Groups,
    Report,
    SandboxFacts,
)
from debugarena.benchmark.scoring.typed_report import Protocol as Protocol  # offered next to Completion for callers
from debugarena.benchmark.wording import counted

# the names in HumanEval and EvalPlus
_FOREIGN_KEYS = {"task_id": "bug_id", "solution": "completion"}
DEFAULT_K = (1, 5, 10)

Episode = Sequence[Grade]  # the grades of one sample's attempts, first to last
Episodes = Mapping[str, Sequence[Episode]]  # bug_id -> one episode a sample
Measure = Callable[[Episode], float]


@dataclass(frozen=True)
class Completion:
    """One answer of a model: sample counts from 0, attempt from 1. why: see Answer."""

    bug_id: str
    sample: int
    attempt: int
    completion: str
    why: Why | None = None

    def record(self) -> dict[str, Any]:
        """The JSON object of a completions file; a whole answer has no `why`."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def grade_noop(sandbox: Sandbox, bugs: Sequence[Bug]) -> tuple[dict[str, Grade], list[NotGraded]]:
    """bug_id -> the grade of the buggy code, which also holds the failing tests for prompts; and those not graded."""
    grades = list(grade_codes(sandbox, [(bug, bug.buggy_code) for bug in bugs]))
    graded = {grade.bug_id: grade for grade in grades if isinstance(grade, Grade)}
    return graded, [grade for grade in grades if isinstance(grade, NotGraded)]


def score(
    completions: Iterable[Completion | Mapping[str, Any]],
    bugs: Sequence[Bug] | None = None,
    protocol: Protocol | None = None,
    k: int | Sequence[int] | None = None,
    sandbox: Sandbox | None = None,
    allow_weak: bool = False,
) -> Report:
    """Runs completions and reports on them; the same completions give the same report.

        score([{"bug_id": bug.bug_id, "completion": bug.fixed_code} for bug in load_bugs()])

    bugs: what is scored (default: the packaged bugs); each needs at least one completion. k: for pass@k; the default
    reports those of 1, 5 and 10 for which there are enough samples. allow_weak: for the sandbox that is made if none
    is given. A bug with a completion that the sandbox could not run is left out and named under `not_graded`; call
    again to grade it. UsageError if completions and bugs do not fit, SandboxError if no bug could be graded.
    """
    bugs = list(bugs) if bugs is not None else load_bugs()
    check_runnable(bugs)
    by_key = _checked_completions(completions, bugs)
    k = checked_k(k)
    samples = Counter(c.bug_id for c in by_key if c.attempt == 1)
    _refuse_few(k, min((n, bug_id) for bug_id, n in samples.items()))
    if protocol is None:
        protocol = Protocol(attempts=max(c.attempt for c in by_key), samples=max(c.sample for c in by_key) + 1)
    if sandbox is None:
        with Sandbox(allow_weak=allow_weak) as own:
            return score(by_key, bugs, protocol, k, own)
    by_id = {bug.bug_id: bug for bug in bugs}
    items = [(by_id[c.bug_id], c.completion) for c in by_key]
    grades = grade_completions(sandbox, items, opens_fence(protocol.prompt), protocol.static_check)
    episodes: dict[str, dict[int, list[Grade]]] = {}
    noop, not_graded = grade_noop(sandbox, bugs)
    counted = []
    for completion, grade in zip(by_key, grades, strict=True):
        if isinstance(grade, NotGraded):
            not_graded.append(grade)
            continue
        steps = episodes.setdefault(completion.bug_id, {}).setdefault(completion.sample, [])
        if not (steps and steps[-1].solved):  # an episode ends with its first solve
            steps.append(grade)
            counted.append(completion)
    listed = {bug_id: list(samples.values()) for bug_id, samples in episodes.items()}
    return with_answers(make_report(bugs, listed, noop, protocol, sandbox.layers, k, not_graded), counted)


def with_answers(report: Report, completions: Iterable[Completion]) -> Report:
    """The report with a count of whole and other answers among the completions of the bugs that it counts."""
    graded = {bug.bug_id for bug in report.bugs}
    return replace(
        report, answers=count_answers(c.why or why_of(c.completion) for c in completions if c.bug_id in graded)
    )


def checked_k(k: int | Sequence[int] | None) -> list[int] | None:
    """The k of pass@k as a list. UsageError unless they are whole numbers from 1 on."""
    if k is None:
        return None
    wanted: list[Any] = list(k) if isinstance(k, Iterable) else [k]
    for one in wanted:
        if isinstance(one, bool) or not isinstance(one, Integral) or one < 1:
            raise UsageError(f"k is {one!r}; the k of pass@k is a whole number from 1 on, or a list of them")
    return [int(one) for one in wanted]


def _refuse_few(k: Sequence[int] | None, least: tuple[int, str]) -> None:
    """UsageError if a k is above the least number of samples, given with its bug."""
    for wanted in k or ():
        if wanted > least[0]:
            have = counted(least[0], "completion")
            raise UsageError(f"asked for pass@{wanted} but bug {least[1]} has {have}; sample more or lower k")


def _checked_completions(
    completions: Iterable[Completion | Mapping[str, Any]], bugs: Sequence[Bug]
) -> list[Completion]:
    """Sorted by bug, sample and attempt; UsageError for duplicates, gaps, unknown bugs and bugs without an answer."""
    known = {bug.bug_id for bug in bugs}
    by_key: dict[tuple[str, int, int], Completion] = {}
    for number, item in enumerate(completions, 1):
        completion = item if isinstance(item, Completion) else read_completion(item, f"completion {number}")
        key = (completion.bug_id, completion.sample, completion.attempt)
        if completion.bug_id not in known:
            raise UsageError(f"completion {number}: {_unknown(completion.bug_id, known)}")
        if key in by_key:
            raise UsageError(f"{key[0]}, sample {key[1]}, attempt {key[2]} appears twice; keep one completion")
        by_key[key] = completion
    if not by_key:
        raise UsageError("there are no completions to score")
    for bug_id, sample, attempt in by_key:
        if attempt > 1 and (bug_id, sample, attempt - 1) not in by_key:
            raise UsageError(f"{bug_id}, sample {sample} has attempt {attempt} but no attempt {attempt - 1}")
    missing = sorted(known - {key[0] for key in by_key})
    if missing:
        raise UsageError(
            f"{len(missing)} of {counted(len(known), 'bug')} have no completion, {missing[0]} among them; add them, or "
            "score a part: --bugs FILE names its ids, one a line, and --limit N takes N bugs"
        )
    return [by_key[key] for key in sorted(by_key)]


def _unknown(bug_id: str, known: Collection[str]) -> str:
    if any(one.split("/", 1)[-1] == bug_id for one in known):
        return f"write the whole bug id, not {bug_id!r}"
    near = difflib.get_close_matches(bug_id, known, n=3, cutoff=0.8)
    # generated ids differ only in their numbers, so a near one is another bug
    if near and "generated-" not in bug_id:
        return f"unknown bug {bug_id!r}; did you mean {', '.join(near)}?"
    return f"{bug_id!r} is not among the {counted(len(known), 'bug')} to score; name its dataset with --dataset"


def read_completion(record: Mapping[str, Any], where: str) -> Completion:
    """A Completion from one JSON object. UsageError names `where` and what is wrong with it."""
    if lacking := [name for name in ("bug_id", "completion") if name not in record]:
        renames = [f"{other} to {name}" for other, name in _FOREIGN_KEYS.items() if name in lacking and other in record]
        remedy = f"rename {' and '.join(renames)}" if renames else "a line has both"
        verb = "is" if len(lacking) == 1 else "are"
        raise UsageError(f"{where}: {' and '.join(lacking)} {verb} missing; {remedy}")
    bug_id, text = record.get("bug_id"), record.get("completion")
    sample, attempt = record.get("sample", 0), record.get("attempt", 1)
    if not isinstance(bug_id, str) or not isinstance(text, str):
        raise UsageError(f"{where}: bug_id and completion must be text (an empty text is a missing answer)")
    if type(sample) is not int or type(attempt) is not int or sample < 0 or not 1 <= attempt <= MAX_ATTEMPTS:
        raise UsageError(f"{where}: sample counts from 0 and attempt from 1 to {MAX_ATTEMPTS}")
    why = record.get("why")
    if why is not None and why not in WHYS:
        raise UsageError(f"{where}: why is one of {', '.join(WHYS)}, or left out")
    return Completion(bug_id, sample, attempt, text, why)


def make_report(
    bugs: Sequence[Bug],
    episodes: Episodes,
    noop: Mapping[str, Grade],
    protocol: Protocol,
    layers: Sequence[str],
    k: Sequence[int] | None = None,
    not_graded: Sequence[NotGraded] = (),
) -> Report:
    """The report of one run. No number counts the bugs in not_graded. SandboxError if no other bug is left."""
    reasons = {fault.bug_id: fault.reason for fault in not_graded}
    bugs = sorted((bug for bug in bugs if bug.bug_id not in reasons), key=lambda bug: bug.bug_id)
    if not bugs:
        raise SandboxError(f"no bug could be graded: {not_graded[0].reason}")
    least = min((len(episodes[bug.bug_id]), bug.bug_id) for bug in bugs)
    _refuse_few(k, least)

    def mean(measure: Measure, ends: Interval | None = None) -> Estimate:
        return _estimate(bugs, _per_bug(bugs, episodes, measure), ends)

    def signal(name: str) -> Estimate:
        return mean(lambda episode: float(getattr(episode[-1].rewards, name)), SIGNALS[name].ends)

    rewards, noop_rewards = _per_bug(bugs, episodes, _final_reward), [noop[b.bug_id].rewards.total for b in bugs]
    return Report(
        # shares are of first attempts, so that they mean the same under every protocol; signals are of last ones
        solve_rate=mean(_solved_within(1), _SHARE),
        reward=_estimate(bugs, rewards),
        tests_passing=signal("tests_passing"),
        full_solve_bonus=signal("full_solve_bonus"),
        format_compliance=signal("format_compliance"),
        anti_hacking=signal("anti_hacking"),
        echo_rate=mean(lambda episode: float(episode[0].echo), _SHARE),
        forbidden_rate=mean(lambda episode: float(bool(episode[0].facts.offences)), _SHARE),
        overfit_rate=mean(lambda episode: float(episode[0].overfit), _SHARE),
        noop_reward=_estimate(bugs, noop_rewards),
        reward_above_noop=_estimate(bugs, [a - b for a, b in zip(rewards, noop_rewards, strict=True)]),
        edit_size=_edit_size(bugs, episodes),
        solved_within=tuple(mean(_solved_within(n), _SHARE) for n in range(1, protocol.attempts + 1)),
        pass_at={wanted: _pass_at(wanted, bugs, episodes) for wanted in k or [k for k in DEFAULT_K if k <= least[0]]},
        n=len(bugs),
        n_programs=len({bug.program for bug in bugs}),
        n_samples=least[0],
        n_completions=sum(len(e) for bug in bugs for e in episodes[bug.bug_id]),
        not_graded=dict(sorted(reasons.items())),
        breakdowns=Breakdowns(
            difficulty=_groups(bugs, lambda bug: bug.difficulty, episodes, noop),
            category=_groups(bugs, lambda bug: bug.category, episodes, noop),
            language=_groups(bugs, lambda bug: bug.language, episodes, noop),
            level=_groups(bugs, lambda bug: bug.level, episodes, noop),
        ),
        protocol=protocol,
        prompt_hash=prompt_hash(protocol.prompt),
        dataset=DatasetFacts(DATASET_VERSION, dataset_hash(bugs)),
        sandbox=SandboxFacts(tuple(layers), bool(weakness(layers))),
        grading=GRADING,
        debugarena=version("debugarena"),
        bugs=tuple(_bug_score(bug, episodes[bug.bug_id], noop[bug.bug_id]) for bug in bugs),
    )


def _final_reward(episode: Episode) -> float:
    """An episode is worth its last attempt: a later solve earns no more than an early one."""
    return episode[-1].rewards.total


def _solved_within(n: int) -> Measure:
    return lambda episode: float(any(grade.solved for grade in episode[:n]))


# the two values of what is a yes or a no when a bug has one sample
_SHARE = (0.0, 1.0)


def _per_bug(bugs: Sequence[Bug], episodes: Episodes, measure: Measure) -> list[float]:
    return [_mean([measure(episode) for episode in episodes[bug.bug_id]]) for bug in bugs]


def _pass_at(k: int, bugs: Sequence[Bug], episodes: Episodes) -> Estimate:
    counts = [(len(episodes[b.bug_id]), sum(e[0].solved for e in episodes[b.bug_id])) for b in bugs]
    return _estimate(bugs, [pass_at_k(n, correct, k) for n, correct in counts], _SHARE)


def _edit_size(bugs: Sequence[Bug], episodes: Episodes) -> Estimate | None:
    """Tokens changed by a solving first attempt over those changed by the reference; None if nothing is solved."""
    solved, sizes = [], []
    for bug in bugs:
        if codes := [e[0].code for e in episodes[bug.bug_id] if e[0].solved]:
            size = partial(language(bug.language).edit_size, bug.buggy_code)
            reference = max(1, size(bug.fixed_code))
            solved.append(bug)
            sizes.append(_mean([size(code) / reference for code in codes]))
    return _estimate(solved, sizes) if solved else None


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 12)


def _estimate(bugs: Sequence[Bug], values: Sequence[float], ends: Interval | None = None) -> Estimate:
    """The mean over one or more bugs and its interval."""
    interval = known(mean_interval(values, [bug.program or bug.bug_id for bug in bugs], ends))
    return Estimate(_mean(values), interval and (round(interval[0], 6), round(interval[1], 6)))


def _groups(
    bugs: Sequence[Bug], column: Callable[[Bug], str | int | None], episodes: Episodes, noop: Mapping[str, Grade]
) -> Groups:
    """The groups by a column: easy ones first, other values by name; bugs without a value are left out."""
    members: dict[str, list[Bug]] = {}
    for bug in bugs:
        if (value := column(bug)) is not None:
            members.setdefault(str(value), []).append(bug)
    return {
        value: Group(
            n=len(same),
            solve_rate=_estimate(same, _per_bug(same, episodes, _solved_within(1)), _SHARE),
            reward=_estimate(same, _per_bug(same, episodes, _final_reward)),
            noop_reward=_estimate(same, [noop[bug.bug_id].rewards.total for bug in same]),
        )
        for value, same in sorted(members.items(), key=lambda item: (_ORDER.get(item[0], 0), item[0]))
    }


_ORDER = {"easy": 1, "medium": 2, "hard": 3}


def _bug_score(bug: Bug, episodes: Sequence[Episode], noop: Grade) -> BugScore:
    return BugScore(
        bug_id=bug.bug_id,
        program=bug.program or bug.bug_id,
        difficulty=bug.difficulty,
        level=bug.level,
        category=bug.category,
        samples=len(episodes),
        solved=_mean([float(e[0].solved) for e in episodes]),
        solved_at=tuple(next((i for i, g in enumerate(e, 1) if g.solved), None) for e in episodes),
        reward=_mean([_final_reward(e) for e in episodes]),
        noop_reward=noop.rewards.total,
    )
