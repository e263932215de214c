"""Whether an arena can still tell a right solution from a wrong one. Not covered: the bugs that it offers."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.environment.arena import Arena
from debugarena.benchmark.sandbox import Execution

LIMIT_S = 3.0  # below the four and five seconds that health checks usually wait
REUSE_S = 1.0
_BUG = Bug(
    bug_id="python/health",
    language="python",
    difficulty="easy",
    category="wrong-operator",
    title="Next number",
    task="Return the number after `n`.",
    hint="",
    entry_point="after",
    buggy_code="def after(n):\n    return n - 1\n",
    fixed_code="def after(n):\n    return n + 1\n",
    tests=tuple(
        TestCase(f"after-{n}", hidden, "exact", (CallCase("", (n,), {}, expected=str(n + 1)),), is_sequence=False)
        for n, hidden in ((1, False), (-1, True))
    ),
)

_log = logging.getLogger(__name__)


class Health:
    """Asks the arena's sandbox for two verdicts, and remembers the result for REUSE_S seconds.

    However many clients ask, at most one pair of tiny solutions is in flight, so that asking does not load the sandbox.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._solutions = [arena.read(_BUG, code) for code in (_BUG.fixed_code, _BUG.buggy_code)]
        self._jobs: list[Future[Execution]] = []
        self._complaint = ""
        self._known_until = float("-inf")

    async def complaint(self) -> str:
        """What is wrong, in one sentence for anyone; "" if nothing is. Takes at most LIMIT_S seconds."""
        if time.monotonic() >= self._known_until:
            self._complaint = await self._look()
            self._known_until = time.monotonic() + REUSE_S
        return self._complaint

    async def _look(self) -> str:
        n_before = self._arena.n_executions
        try:
            if all(job.done() for job in self._jobs):  # those of an earlier look may still hang
                self._jobs = [self._arena.sandbox.submit(one.job) for one in self._solutions if one.job]
            waiting = [asyncio.wrap_future(job) for job in self._jobs]
            done, late = await asyncio.wait(waiting, timeout=LIMIT_S)
            if error := next(filter(None, [job.exception() for job in done]), None):
                raise error
        except Exception as error:
            _log.error("the sandbox fails: %s", error)
            return "the sandbox runs no solutions"
        if late:
            for job in late:  # nobody asks how it ended
                job.add_done_callback(lambda job: job.cancelled() or job.exception())
            # a long queue is not a fault as long as it moves
            moves = self._arena.n_executions > n_before
            return "" if moves else f"the sandbox gave no verdict within {LIMIT_S:g} seconds"
        grades = [one.grade(job.result()) for one, job in zip(self._solutions, waiting, strict=True)]
        return "" if [grade.solved for grade in grades] == [True, False] else "the sandbox gives wrong verdicts"
