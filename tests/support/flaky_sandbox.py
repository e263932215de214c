"""A sandbox that fails, hangs or lies when a test wants it to; else it is the one that it was made of."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import cast

from debugarena.benchmark import Sandbox
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox import Execution, Job

PATH = "/srv/arena/host-only"


class FlakySandbox:
    """`failures`: so many of the next jobs fail, with a path of the host in the error. `hangs`: which jobs get no
    answer, and are kept in `hanging`. `runs_instead`: code that is run in the place of every other. `submitted`: all jobs so far."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.failures = 0
        self.hangs: Callable[[Job], bool] = lambda job: False
        self.runs_instead = ""
        self.submitted: list[Job] = []
        self.hanging: list[Future[Execution]] = []

    @property
    def as_sandbox(self) -> Sandbox:
        return cast(Sandbox, self)

    @property
    def layers(self) -> tuple[str, ...]:
        return self._sandbox.layers

    def submit(self, job: Job) -> "Future[Execution]":
        self.submitted.append(job)
        future: Future[Execution] = Future()
        if self.hangs(job):
            self.hanging.append(future)
            return future
        if self.failures:
            self.failures -= 1
            future.set_exception(SandboxError(f"no job can be run: {PATH}/server.py is gone"))
            return future
        return self._sandbox.submit(replace(job, code=self.runs_instead or job.code))

    def run(self, job: Job) -> Execution:
        return self.submit(job).result()
