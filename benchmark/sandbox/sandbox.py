"""The only way to run untrusted code, whichever engine is behind it."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import threading
import warnings
import weakref
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import Any

from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.sandbox.interface import Execution, Job, LayerReport, TestInput

# the steps of jail.py, which can be imported only on Linux
JAIL_STEPS = frozenset(
    "namespaces private-root non-root no-capabilities no-new-privileges landlock rlimits seccomp second-stage".split()
)
AHEAD_PER_WORKER = 4
RUNTIMES = ("python",)  # languages that can be run; the code that reads them is in benchmark/languages
_ALL: weakref.WeakSet[Sandbox] = weakref.WeakSet()


class Sandbox:
    """Runs solutions in parallel, each in a jailed process of its own; leaves no process and no file behind.

        with Sandbox(workers=4) as sandbox:
            score_model("oracle", sandbox=sandbox)

    A context manager, usable from several threads and, with arun_many, from asyncio; a forked copy of the host gets its
    own processes. Its thread must not wait long for the interpreter, so the switch interval of this process becomes
    0.5 ms. workers: solutions run at the same time (default: the CPUs this process may use).
    allow_weak: if the kernel gives less than seccomp, limits and a user other than root, run one plain process per
    solution instead of refusing; jail False does so at once. without: JAIL_STEPS to leave out; as_nobody: a root host's
    servers give up root before the jail, as if a plain user had started them; both for tests and measurements.
    SandboxError if there is no sandbox here, UsageError for an unknown step and for workers below 1.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        allow_weak: bool = False,
        jail: bool = True,
        without: Collection[str] = (),
        as_nobody: bool = False,
    ) -> None:
        if sys.platform == "win32":
            raise SandboxError("the sandbox needs Linux or macOS: run DebugArena in WSL or a container")
        if unknown := sorted(set(without) - JAIL_STEPS):
            raise UsageError(f"there is no step {unknown[0]!r}; the steps are {', '.join(sorted(JAIL_STEPS))}")
        if workers is not None and workers < 1:
            raise UsageError(f"workers is {workers}; it must be at least 1")
        self.workers = workers or usable_cpus()
        self._allow_weak, self._jail = allow_weak, jail
        self._steps, self._as_nobody = JAIL_STEPS.difference(without), as_nobody
        self._engine: Any = None
        self._layers: tuple[str, ...] | None = None
        self.refused: LayerReport = {}  # the report of the jail that was too weak to be used
        self._closed = self._has_worked = False
        self._lock = threading.Lock()
        _ALL.add(self)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Kills what still runs. A second call does no harm."""
        with self._lock:
            self._closed = True
            engine, self._engine = self._engine, None
        if engine:
            engine.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """The isolation layers that hold here, as probes found them."""
        if self._layers is None:
            self._layers = self.run(Job(code="def f(): pass", entry_point="f", tests=(TestInput(calls=()),))).layers
        return self._layers

    @property
    def report(self) -> LayerReport:
        """Every layer of the jail: whether it is active, whether a probe proved it, and why not; {} without a jail."""
        _ = self.layers
        with self._lock:
            if self._engine is None:
                raise SandboxError("the sandbox is closed")
            report: LayerReport = self._engine.report
        return report

    def submit(self, job: Job) -> Future[Execution]:
        """Queues one job. UsageError for one in a language that no engine here runs."""
        if job.language not in RUNTIMES:
            raise not_run(job.language)
        with self._lock:
            if self._closed:
                raise SandboxError("the sandbox is closed")
            if self._engine is not None and self._engine.is_broken:
                self._engine.close()
                self._engine = None
            if self._engine is None:
                self._engine = self._make_engine()
                self._has_worked = True
            future: Future[Execution] = self._engine.submit(job)
        return future

    def run(self, job: Job) -> Execution:
        """One execution. SandboxError if the engine itself fails; whatever the solution does is data.

        Only this job fails then: the next one runs as if nothing had happened.
        """
        return self.submit(job).result()

    def run_many(self, jobs: Iterable[Job]) -> Iterator[Execution]:
        """Executions in the order of `jobs`, as they finish; reads at most a few jobs ahead. SandboxError as in run."""
        for execution in self.try_many(jobs):
            if isinstance(execution, SandboxError):
                raise execution
            yield execution

    def try_many(self, jobs: Iterable[Job]) -> Iterator[Execution | SandboxError]:
        """The same, with the error in place of an execution that failed."""
        todo = iter(jobs)
        ahead = deque(self._submit_or_fail(job) for job in islice(todo, AHEAD_PER_WORKER * self.workers))
        while ahead:
            future = ahead.popleft()
            error = future.exception()
            if error is not None and (self._closed or not isinstance(error, SandboxError)):
                raise error
            ahead.extend(self._submit_or_fail(job) for job in islice(todo, 1))
            yield error or future.result()

    def _submit_or_fail(self, job: Job) -> Future[Execution]:
        try:
            return self.submit(job)
        except SandboxError as error:
            if self._closed or not self._has_worked:
                raise
            failed: Future[Execution] = Future()
            failed.set_exception(error)
            return failed

    async def arun_many(self, jobs: Iterable[Job]) -> AsyncIterator[Execution]:
        """The same for a running event loop, which it does not block."""
        todo = iter(jobs)
        ahead = deque(asyncio.wrap_future(self.submit(job)) for job in islice(todo, AHEAD_PER_WORKER * self.workers))
        while ahead:
            execution = await ahead.popleft()
            ahead.extend(asyncio.wrap_future(self.submit(job)) for job in islice(todo, 1))
            yield execution

    def _make_engine(self) -> Any:
        if not self._jail:
            return self._process_engine()
        if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
            warnings.warn(
                "there is no jail on this system, only a process for each solution: run code you trust, or use Linux",
                RuntimeWarning,
                stacklevel=4,
            )
            return self._process_engine()
        from debugarena.benchmark.sandbox.fork_engine import MINIMUM, ForkEngine

        engine = ForkEngine(self.workers, self._steps, self._as_nobody)
        try:
            missing = MINIMUM.difference(engine.layers)
        except BaseException:
            engine.close()
            raise
        if missing:
            if not self._allow_weak:
                engine.close()
                self.refused = engine.report
                reasons = "; ".join(f"{name}: {engine.report[name][2] or 'not proven'}" for name in sorted(missing))
                raise SandboxError(
                    f"the sandbox would be too weak here ({reasons}); see debugarena doctor for what to change, or "
                    "accept it with allow_weak=True (--allow-weak)"
                )
            if self._steps == JAIL_STEPS:  # else somebody left steps out on purpose
                engine.close()
                self.refused = engine.report
                return self._process_engine()
        return engine

    def _process_engine(self) -> Any:
        from debugarena.benchmark.sandbox.process_engine import ProcessEngine

        return ProcessEngine(self.workers)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        if self._engine:
            self._engine.abandon()
            self._engine = None


def _after_fork() -> None:
    for sandbox in list(_ALL):
        sandbox._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def not_run(language: str) -> UsageError:
    """The sentence for anything in a language that no engine here runs."""
    return UsageError(f"no sandbox runs {language} yet; bugs to run are in {' or '.join(RUNTIMES)}")


def usable_cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
