"""What the sessions of an environment share: the tasks, one sandbox, and the grades of the buggy codes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.environment.task_sets import TaskSet
from debugarena.benchmark.grading.grade import Grade, Solution, read_solution
from debugarena.benchmark.languages import check_runnable
from debugarena.benchmark.sandbox import Execution, Limits, Sandbox


class Arena:
    """What all sessions share: the tasks, one sandbox and the grades of the buggy codes. A context manager.

    tasks: default: the packaged bugs; UsageError for a language that cannot be run. sandbox: default: its own, closed
    with the arena. Usable from several threads and event loops. static_check, limits: see grade_completions;
    scores that are to be compared keep the defaults.
    """

    def __init__(
        self,
        tasks: TaskSet | None = None,
        sandbox: Sandbox | None = None,
        static_check: bool = True,
        limits: Limits | Mapping[str, Limits] | None = None,
    ) -> None:
        self.tasks = tasks or TaskSet.load()
        for split in self.tasks.splits.values():
            check_runnable(split)
        self._static_check, self._limits = static_check, limits
        self.sandbox = sandbox or Sandbox()
        self._owns_sandbox = sandbox is None
        self._noop: dict[str, Grade] = {}
        self.n_executions = 0  # executions that came back; health checks use it to see progress

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the sandbox if it is the arena's own."""
        if self._owns_sandbox:
            self.sandbox.close()

    def read(self, bug: Bug, code: str) -> Solution:
        """Code for a bug, ready to be graded."""
        limits = self._limits.get(bug.bug_id) if isinstance(self._limits, Mapping) else self._limits
        return read_solution(bug, code, self._static_check, limits)

    def grade(self, solution: Solution) -> Grade:
        """Runs a solution and waits. SandboxError if it could not be run; the next one can be."""
        if solution.job is None:
            return solution.grade(None)
        execution = self.sandbox.run(solution.job)
        self.n_executions += 1
        return solution.grade(execution)

    async def agrade(self, solution: Solution) -> Grade:
        """The same for an event loop."""
        if solution.job is None:
            return solution.grade(None)
        execution: Execution = await asyncio.wrap_future(self.sandbox.submit(solution.job))
        self.n_executions += 1
        return solution.grade(execution)

    def noop(self, bug: Bug) -> Grade:
        """The grade of the buggy code itself, cached after the first time."""
        if bug.bug_id not in self._noop:
            self._noop[bug.bug_id] = self.grade(self.read(bug, bug.buggy_code))
        return self._noop[bug.bug_id]

    async def anoop(self, bug: Bug) -> Grade:
        """The same for an event loop."""
        if bug.bug_id not in self._noop:
            self._noop[bug.bug_id] = await self.agrade(self.read(bug, bug.buggy_code))
        return self._noop[bug.bug_id]
