"""A job on its way through the fork engine: the kind of server it needs, the tests still to run, and its results."""

from __future__ import annotations

import re
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox.importable import ENCODINGS, HARMLESS_NAMES, IMPORTABLE_MODULES, SUBMODULES
from debugarena.benchmark.sandbox.interface import Execution, Job, TestRun

# anything else that a solution imports, even an invented name, is never loaded
PRELOADED = tuple(
    sorted({*IMPORTABLE_MODULES, *SUBMODULES, *HARMLESS_NAMES, *(f"encodings.{name}" for name in ENCODINGS)})
)
# for "\\N{BULLET}" and names beyond ASCII the compiler itself imports unicodedata; an encoding is imported by its name
_MAY_IMPORT = re.compile(r"\\N\{|[^\x00-\x7f]|encod|decode|\b(?:str|bytes|bytearray)\([^()\n]+,")


@dataclass(frozen=True)
class Profile:
    """What distinguishes one fork server from another; `preload` is () or PRELOADED."""

    preload: tuple[str, ...]
    hash_seed: int


def preload_for(job: Job) -> tuple[str, ...]:
    """The modules that are loaded before the job: all that are allowed or none, whatever the solution says."""
    return PRELOADED if job.imports or _MAY_IMPORT.search(job.code) else ()


class PendingJob:
    """A job on its way through one child or several. `batches`: indices of tests still to run, visible then hidden.

    used_s: what its earlier children used of job_s.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.profile = job, Profile(preload_for(job), job.hash_seed)
        self.future: Future[Execution] = Future()
        self.runs = [TestRun("not-run")] * len(job.tests)
        self.starts = self.lost = 0
        self.used_s = 0.0
        self.was_idle = False
        self.layers: tuple[str, ...] = ()
        sequence = job.order or tuple(range(len(job.tests)))
        batches = [[i for i in sequence if job.tests[i].hidden == hidden] for hidden in (False, True)]
        self.batches = deque(batch for batch in batches if batch)

    def settle(self) -> None:
        """Hands over the result, unless nobody waits for it any more."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(Execution(tuple(self.runs), self.layers, max(0, self.starts - 1)))

    def fail(self, message: str) -> None:
        """Fails the job because of the engine, not of the solution."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(SandboxError(message))
