"""Completion -> Grade, in batches: find the code, read it, run it, judge it, reward it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.prompts import Feedback
from debugarena.benchmark.grading.rewards import Rewards, rewards
from debugarena.benchmark.grading.verdicts import Verdict, judge, make_job
from debugarena.benchmark.languages import language
from debugarena.benchmark.languages.base import CodeFacts
from debugarena.benchmark.sandbox import Execution, Job, Limits, Sandbox

# goes up with each change of what decides scores: extraction, static check, modules, comparison, limits. Scores of two
# versions are not compared; docs/scoring.md describes each. Whatever names no version is of version 1
GRADING = 2


@dataclass(frozen=True)
class Grade:
    """One completion, scored. `echo`: its code is the buggy code again, apart from layout and comments."""

    bug_id: str
    code: str
    facts: CodeFacts
    verdict: Verdict
    rewards: Rewards
    echo: bool
    overfit: bool

    @property
    def solved(self) -> bool:
        return self.verdict.solved

    @property
    def compliant(self) -> bool:
        return self.facts.parses and self.facts.defines_entry_point

    @property
    def feedback(self) -> Feedback:
        """What the model may be told; built from visible tests and one count."""
        facts, verdict = self.facts, self.verdict
        code = self.code if facts.parses else ""
        return Feedback(code, self.compliant, facts.offences, verdict.failures, verdict.n_hidden_failed)


@dataclass(frozen=True)
class NotGraded:
    """A completion that the sandbox could not run, through no fault of the solution; its reward is unknown."""

    bug_id: str
    reason: str


@dataclass(frozen=True)
class Solution:
    """Code for one bug, read but not run. `job` is None if there is nothing to run, or nothing that may be run."""

    bug: Bug
    code: str
    facts: CodeFacts
    job: Job | None

    def grade(self, execution: Execution | None) -> Grade:
        """The grade, given the execution of `job`."""
        if execution is None:
            n_hidden = sum(test.hidden for test in self.bug.tests)
            return self.judged(Verdict((False,) * len(self.bug.tests), n_hidden_failed=n_hidden))
        return self.judged(judge(self.bug, execution))

    def judged(self, verdict: Verdict) -> Grade:
        """The grade, given the verdict."""
        bug, facts = self.bug, self.facts
        compliant = facts.parses and facts.defines_entry_point
        visible = [ok for ok, test in zip(verdict.passed, bug.tests, strict=True) if not test.hidden]
        return Grade(
            bug_id=bug.bug_id,
            code=self.code,
            facts=facts,
            verdict=verdict,
            rewards=rewards(verdict.n_passed, len(bug.tests), compliant, bool(facts.offences)),
            echo=facts.parses and facts.normalised == normalised(bug, bug.buggy_code),
            overfit=all(visible) and bool(visible) and not verdict.solved,
        )


def read_solution(
    bug: Bug, code: str, static_check: bool = True, limits: Limits | None = None, restricted: bool = True
) -> Solution:
    """Reads code and makes the job to run, for callers that run jobs themselves; see grade_codes for the rest.

    A fix replaces a function in a file, so it gets the imports of the buggy code that it uses but lacks. UsageError for
    a bug of a language that cannot be run.
    """
    speech = language(bug.language)
    facts = speech.read_code(code, bug.entry_point)
    if not static_check:
        facts = replace(facts, offences=())
    run = facts.parses and facts.defines_entry_point and not facts.offences
    if not run:
        return Solution(bug, code, facts, None)
    head = () if "__future__" in facts.imports else speech.head_imports(bug.buggy_code)  # such an import stays first
    lacking = [one for one in head if one.name in facts.unbound]
    whole = "".join(f"{one.line}\n" for one in lacking) + facts.reached
    imports = tuple(sorted({*facts.imports, *(one.module for one in lacking)}))
    return Solution(bug, code, facts, make_job(bug, whole, imports, limits, restricted=restricted))


def grade_completions(
    sandbox: Sandbox,
    items: Iterable[tuple[Bug, str]],
    opened_fence: bool,
    static_check: bool = True,
    limits: Limits | Mapping[str, Limits] | None = None,
) -> Iterator[Grade | NotGraded]:
    """Grades of (bug, completion) pairs, in their order.

    opened_fence: see Prompt.opened_fence. static_check=False also runs forbidden code and does not penalise it: only
    for tests of the sandbox and research. limits: for all, or by bug id; scores that are to be compared use the
    default.
    """
    codes = ((bug, extract_code(completion, bug.language, bug.entry_point, opened_fence)) for bug, completion in items)
    yield from grade_codes(sandbox, codes, static_check, limits)


def grade_codes(
    sandbox: Sandbox,
    items: Iterable[tuple[Bug, str]],
    static_check: bool = True,
    limits: Limits | Mapping[str, Limits] | None = None,
    restricted: bool = True,
) -> Iterator[Grade | NotGraded]:
    """Grades of (bug, code) pairs, in their order; only code that parses and is allowed is run.

    One that cannot be graded does not affect the others. SandboxError if there is no sandbox here at all.
    static_check, limits: see grade_completions. restricted: see Job.
    """
    pending: deque[Solution] = deque()  # filled by the generator below, a few items ahead

    def jobs() -> Iterator[Job]:
        for bug, code in items:
            own = limits.get(bug.bug_id) if isinstance(limits, Mapping) else limits
            pending.append(read_solution(bug, code, static_check, own, restricted))
            if pending[-1].job:
                yield pending[-1].job

    for execution in sandbox.try_many(jobs()):
        while not pending[0].job:
            yield pending.popleft().grade(None)
        solution = pending.popleft()
        if isinstance(execution, SandboxError):
            yield NotGraded(solution.bug.bug_id, str(execution))
        else:
            yield solution.grade(execution)
    while pending:
        yield pending.popleft().grade(None)


def reference_limits(sandbox: Sandbox, bugs: Sequence[Bug], factor: float = 20.0) -> dict[str, Limits]:
    """Bug id -> deadlines of `factor` times what the reference fix needs here, for training with many endless loops.

    See Limits.scaled for the bounds. A bug whose reference does not pass, or cannot be run, keeps the default.
    """
    jobs = (
        make_job(bug, bug.fixed_code, language(bug.language).read_code(bug.fixed_code, bug.entry_point).imports)
        for bug in bugs
    )
    limits = {}
    for bug, execution in zip(bugs, sandbox.try_many(jobs), strict=True):
        if isinstance(execution, SandboxError):
            limits[bug.bug_id] = Limits()
            continue
        slowest_s = max(run.cpu_s for run in execution.tests)
        limits[bug.bug_id] = Limits().scaled(slowest_s, factor) if judge(bug, execution).solved else Limits()
    return limits


def normalised(bug: Bug, code: str) -> str:
    """CodeFacts.normalised of code for a bug, cached, because training grades the same bug thousands of times."""
    return _normalised(bug.language, code, bug.entry_point)


@lru_cache(maxsize=4096)
def _normalised(language_name: str, code: str, entry_point: str) -> str:
    return language(language_name).read_code(code, entry_point).normalised
