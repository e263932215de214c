"""Attacks graded as any completion would be, with a healthy solution after each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from catalogue import Attack
from conftest import leaks

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.grading.grade import Grade, grade_codes
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS, make_prompt
from debugarena.benchmark.sandbox import Execution, Job, Limits, TestRun

QUICK = Limits(cpu_s=0.1)
ONE_TEST = Limits(cpu_s=0.1, job_s=0.1)  # the same, and the tests after one that uses it up are not run
HONEST = "def flip(text): return text[::-1]"
# which lines of defence stand: (static check, restricted builtins). The jail always does
LINES = {"all lines": (True, True), "no static check": (False, True), "jail alone": (False, False)}


@dataclass(frozen=True)
class Trial:
    """What came of one attack. `tests` is empty for code that was never run."""

    attack: Attack
    grade: Grade
    tests: tuple[TestRun, ...]
    canary: Grade


class Recorder:
    """A sandbox that keeps what its solutions did."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.tests = sandbox, dict[str, tuple[TestRun, ...]]()

    def try_many(self, jobs: Iterable[Job]) -> Iterator[Execution]:
        """The same, with a note of each job's tests under its code."""
        sent: list[str] = []

        def noted() -> Iterator[Job]:
            for job in jobs:
                sent.append(job.code)
                # a canary says whether the sandbox is well, not whether the machine is idle
                yield replace(job, limits=Limits()) if job.code == HONEST else job

        for execution in self.sandbox.run_many(noted()):
            self.tests[sent.pop(0)] = execution.tests
            yield execution


def run_trials(
    sandbox: Sandbox, bug: Bug, attacks: Iterable[Attack], lines: str, limits: Limits = QUICK
) -> Iterator[Trial]:
    """One trial for each attack. `lines` is a key of LINES."""
    recorder = Recorder(sandbox)
    attacks = list(attacks)
    items = [(bug, code) for attack in attacks for code in (attack.code, HONEST)]
    static_check, restricted = LINES[lines]
    grades = grade_codes(cast(Sandbox, recorder), items, static_check, limits, restricted)
    for attack in attacks:
        grade, canary = next(grades), next(grades)
        yield Trial(attack, grade, recorder.tests.get(attack.code, ()), canary)


def faults(trial: Trial, bug: Bug) -> list[str]:
    """What must not have come of it, in words; [] if all is well."""
    verdict, grade = trial.grade.verdict, trial.grade
    statuses = {test.status for test in trial.tests}
    found = {
        "it was solved": grade.solved,
        "it earned more than a table of the visible answers": grade.rewards.total > 0.2 + 3 / 6,
        "it passed a hidden test": any(ok for ok, test in zip(verdict.passed, bug.tests, strict=True) if test.hidden),
        "a hidden input was shown": bool(leaks(_shown_to_a_model(bug, grade))),
        "it got out": "ESCAPED" in repr(trial.tests) + repr([failure.got for failure in verdict.failures]),
        # a busy machine may let any test run out of time
        f"it ended as {sorted(statuses)}": not statuses <= trial.attack.allowed | {"timeout", "not-run"},
        "the next solution suffered": trial.canary.rewards.total != 3.2,
    }
    return [fault for fault, is_so in found.items() if is_so]


def _shown_to_a_model(bug: Bug, grade: Grade) -> list[object]:
    """All that a later attempt could read."""
    past = [("my answer", grade.feedback)]
    prompts = [make_prompt(bug, grade.verdict.failures, name, past, attempts=3) for name in PROMPT_FORMATS]
    return [
        grade.verdict,
        replace(grade.feedback, code=""),
        [(p.messages, p.text.replace(grade.code.strip(), "")) for p in prompts],
    ]
