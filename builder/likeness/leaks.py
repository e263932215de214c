"""Runs every task on the tests of every task of a like signature, and names the pairs that are the same task.

Not covered: one task in two forms, whose results are written in another way, such as "3 open" and "open 3", or whose
arguments are packed in another way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.sandbox import Job, Sandbox, TestInput, TestRun
from debugarena.builder.likeness.agreement import Agreement, agreement, compare
from debugarena.builder.likeness.tasks import HANDCRAFTED, Question, Task, task_of_bug, tasks_of_programs
from debugarena.builder.likeness.ways import Way, put_calls, ways
from debugarena.builder.making.pool import CODE_LIMITS
from debugarena.builder.mutation.steps import metered
from debugarena.builder.program import Program

# functions and classes of this kappa or more are the same task: see tests/builder/likeness/pairs.yaml. It is lower for
# classes, because after a first difference in state the other results of a sequence differ too
SAME_FUNCTION, SAME_CLASS = 0.55, 0.41
MIN_EVIDENCE = 4.0  # results beyond chance; fewer say nothing
N_FIRST = 10  # tests that each way tries
HOPELESS = 0.2  # a kappa on these below which the others are not run
MAX_GOING_ON = 6  # ways of a pair that run the others
STEPS = 50_000  # of all tests of a pair together
LIMITS = replace(CODE_LIMITS, cpu_s=2.0, job_s=120.0)

Wanted = Callable[[Task, Task], bool]


@dataclass(frozen=True)
class Likeness:
    """`task`, run on the tests of `other`, agrees with them on `agreed` of `n` results."""

    task: Task
    other: Task
    way: Way
    agreement: Agreement

    @property
    def kappa(self) -> float:
        return self.agreement.kappa

    def __str__(self) -> str:
        found = self.agreement
        one, other = (f"{task.name} ({task.split})" for task in (self.task, self.other))
        return f"{one} gives {found.agreed} of {found.n} results of {other}, likeness {self.kappa:.2f}"

    @property
    def is_same(self) -> bool:
        """Whether the two are the same task."""
        return self.kappa >= (SAME_CLASS if self.task.is_class else SAME_FUNCTION)

    @property
    def is_leak(self) -> bool:
        """Whether the two are the same task, and in different groups."""
        return self.is_same and are_apart(self.task, self.other)


def leaks(programs: Sequence[Program], bugs: Sequence[Bug], sandbox: Sandbox) -> list[Likeness]:
    """The pairs that are the same task in two groups, the likest first: a model could be trained on what tests it."""
    return [found for found in likenesses(tasks_of(programs, bugs, sandbox), sandbox, are_apart) if found.is_leak]


def are_apart(one: Task, other: Task) -> bool:
    """Whether the tasks are in two groups: train, validation, or test together with the handcrafted bugs."""
    return _group(one) != _group(other)


def _group(task: Task) -> str:
    return "test" if task.split == HANDCRAFTED else task.split


def tasks_of(programs: Sequence[Program], bugs: Sequence[Bug], sandbox: Sandbox) -> list[Task]:
    """All programs and bugs as tasks."""
    return [*tasks_of_programs(programs, sandbox), *map(task_of_bug, bugs)]


def likenesses(tasks: Sequence[Task], sandbox: Sandbox, wanted: Wanted) -> list[Likeness]:
    """For each pair of tasks that is wanted, the better of its two directions, the likest pair first.

    Left out are pairs without a way from one to the other, with a hopeless beginning or without evidence.
    """
    best: dict[frozenset[str], Likeness] = {}
    for found in _all_directions(tasks, sandbox, wanted):
        pair = frozenset((found.task.name, found.other.name))
        if pair not in best or found.kappa > best[pair].kappa:
            best[pair] = found
    return sorted(best.values(), key=lambda found: (-found.kappa, found.task.name, found.other.name))


@dataclass(frozen=True)
class _Trial:
    task: Task
    other: Task
    way: Way
    tests: tuple[tuple[Question, ...], ...]

    def judged(self, run: TestRun) -> Likeness:
        triples = compare(self.other, self.way, self.tests, run)
        return Likeness(self.task, self.other, self.way, agreement(triples))


def _all_directions(tasks: Sequence[Task], sandbox: Sandbox, wanted: Wanted) -> Iterator[Likeness]:
    begun: dict[tuple[str, str], list[Likeness]] = defaultdict(list)
    for found in _run_all([_beginnings(task, tasks, wanted) for task in tasks], sandbox):
        if found.kappa >= HOPELESS:
            begun[found.task.name, found.other.name].append(found)
    going_on: dict[str, list[_Trial]] = defaultdict(list)
    for (name, _), pair in begun.items():
        likest = sorted(pair, key=lambda found: -found.kappa)[:MAX_GOING_ON]
        going_on[name] += [_Trial(one.task, one.other, one.way, one.other.tests) for one in likest]
    for found in _run_all(list(going_on.values()), sandbox):
        if found.agreement.evidence >= MIN_EVIDENCE:
            yield found


def _beginnings(task: Task, others: Sequence[Task], wanted: Wanted) -> list[_Trial]:
    return [
        _Trial(task, other, way, other.tests[:: max(1, len(other.tests) // N_FIRST)][:N_FIRST])
        for other in others
        if other is not task and wanted(task, other)
        for way in ways(task, other)
    ]


def _run_all(groups: Sequence[list[_Trial]], sandbox: Sandbox) -> Iterator[Likeness]:
    """Runs the trials of one task in one job. What a job does not reach, because others end it, runs in a new one."""
    while groups:
        groups = [group for group in groups if group]
        left = []
        for group, execution in zip(groups, sandbox.run_many(map(_job, groups)), strict=True):
            late = []
            for trial, run in zip(group, execution.tests, strict=True):
                if run.status == "not-run":
                    late.append(trial)
                else:
                    yield trial.judged(run)
            left.append(late)
        groups = left


def _job(group: Sequence[_Trial]) -> Job:
    task = group[0].task
    inputs = tuple(
        TestInput(tuple(call for test in trial.tests for call in put_calls(trial.way, test))) for trial in group
    )
    return Job(metered(task.code, STEPS), task.entry_point, inputs, imports=task.imports, limits=LIMITS)
