"""A running solution as the trusted side sees it: what it was sent, what it has answered, what it has used.

The loop of fork_engine.py calls this, and decides what happens next.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from debugarena.benchmark.sandbox.clocks import cpu_used_s, pid_of, waited_s
from debugarena.benchmark.sandbox.fork_server import ForkServer
from debugarena.benchmark.sandbox.interface import CallOutcome, TestRun, TestStatus
from debugarena.benchmark.sandbox.pending_job import PendingJob

IDLE_SHARE = 0.1  # of a time limit: a child that sleeps so long may have been stopped from outside, and is tried again
# a test that takes longer than most gets a lower priority from then on, so that short ones do not wait for it
LONG_S, LONG_NICENESS = 0.05, 5
NEVER = float("inf")
_OUTPUT_END = b"\x1e"  # as in runner.py


@dataclass(eq=False)
class Child:
    """One running solution. `awaited` are the tests whose frames are still to come, [] while its end is awaited."""

    task: PendingJob
    server: ForkServer
    socket_fd: int
    output_fd: int
    pid_fd: int
    begun: float  # when the job was sent
    since: float  # when the present test began, as far as the host can tell
    check_at: float
    elapsed_s: float = 0.0  # in the tests before it
    is_ready: bool = False
    is_long: bool = False
    has_ended: bool = False  # too early; the server's next message tells why
    output_open: bool = True
    batch: list[int] = field(default_factory=list)
    awaited: deque[int] = field(default_factory=deque)
    unsent: bytes = b""
    received: bytearray = field(default_factory=bytearray)
    outputs: list[bytes] = field(default_factory=lambda: [b""])  # of visible tests, the last one still open

    @cached_property
    def pid(self) -> int:
        return pid_of(self.pid_fd)

    def begin_wait(self) -> None:
        """Starts its deadline, for a test or for its end."""
        now = time.monotonic()
        if self.is_ready:
            self.elapsed_s += now - self.since
        limits = self.task.job.limits
        self.since = now
        left_s = limits.job_s - self.task.used_s - self.elapsed_s
        self.check_at = now + max(0.0, min(limits.cpu_s, limits.wall_s, left_s, NEVER if self.is_long else LONG_S))

    def use(self) -> tuple[float, float, float | None]:
        """Seconds of CPU time since its start, seconds elapsed in its tests, and how many of these it had no CPU."""
        return cpu_used_s(self.pid), self.elapsed_s + time.monotonic() - self.since, waited_s(self.pid)

    # --- what it is sent and what it answers ----------------------------------------

    def add(self, message: Any) -> None:
        """Adds to what is still to be sent."""
        data = marshal.dumps(message)
        self.unsent += len(data).to_bytes(4, "little") + data

    def begin_batch(self) -> None:
        """Adds the inputs of the next batch; after the last one the child ends by itself."""
        task = self.task
        self.outputs = [b""]
        self.batch = task.batches[0] if task.batches else []
        self.awaited.extend(self.batch)
        tests = [task.job.tests[i] for i in self.batch]
        inputs = [[call.message() for call in test.calls] for test in tests]
        self.add((bool(tests) and not tests[0].hidden, len(task.batches) < 2, inputs))

    def read_output(self) -> None:
        """Keeps what visible tests have printed, up to the limit of each."""
        chunk = read(self.output_fd)
        if chunk == b"":
            self.output_open = False
        elif chunk and self.awaited and not self.task.job.tests[self.awaited[0]].hidden:
            room = self.task.job.limits.output_bytes
            first, *others = chunk.split(_OUTPUT_END, len(self.awaited))
            self.outputs[-1] += first[: max(0, room - len(self.outputs[-1]))]
            self.outputs += [other[:room] for other in others][: len(self.awaited) + 1 - len(self.outputs)]

    def record(self, status: TestStatus, calls: tuple[CallOutcome, ...] = (), cpu_s: float = 0.0) -> None:
        """Records the result of the present test; the next one becomes present."""
        index = self.awaited.popleft()
        hidden = self.task.job.tests[index].hidden
        output = "" if hidden else self.outputs.pop(0).decode(errors="replace")
        self.outputs = self.outputs or [b""]
        self.task.runs[index] = TestRun(status, calls, cpu_s, output)

    def fail(self, status: TestStatus) -> None:
        """Fails the present test, or else all of the last batch, and charges the task with what was used."""
        task = self.task
        cpu_s, elapsed_s, waiting_s = self.use()
        if waiting_s is None and cpu_s:  # the system cannot tell; without both, it is gone and only time is known
            task.used_s += cpu_s
        else:
            task.used_s += max(cpu_s, elapsed_s - (waiting_s or 0.0))
        if self.awaited:
            if status != "timeout":
                cpu_s = 0.0
            if self.output_open and not task.job.tests[self.awaited[0]].hidden:
                self.read_output()
            self.record(status, (), cpu_s)
            rest = list(self.awaited)
            task.batches[0] = rest
            if not rest:
                task.batches.popleft()
        else:
            for index in self.batch:
                task.runs[index] = TestRun(status)
            if task.batches and task.batches[0] is self.batch:
                task.batches.popleft()

    def give_back(self) -> None:
        """Gives back to the task what another child has to answer."""
        if self.awaited and self.task.batches:
            self.task.batches[0] = list(self.awaited)
        elif self.batch and not self.awaited:
            self.task.batches.appendleft(self.batch)  # it has not come to the end that would prove it

    # --- its time, and its end ------------------------------------------------------

    def check_use(self) -> Literal["lost", "malformed", "timeout"] | None:
        """How the present test ends if it has used up its time, or that of the whole job. "lost": it has, but perhaps
        not through a fault of the solution. None if there is time left; then check_at is when to look again."""
        task, limits = self.task, self.task.job.limits
        if not self.is_long:
            self.is_long = True
            with contextlib.suppress(OSError):
                if self.pid:  # 0 would mean ourselves
                    os.setpriority(os.PRIO_PROCESS, self.pid, LONG_NICENESS)
        now = time.monotonic()
        cpu_s, elapsed_s, waiting_s = self.use()
        in_test_s = now - self.since
        # each of these is at least what was used: CPU time since birth less all the wall time before this test, and
        # the wall time of this test less all the waiting since birth
        test_s = cpu_s - (self.since - self.begun)
        job_s = task.used_s + cpu_s
        if waiting_s is not None:
            test_s = max(test_s, in_test_s - waiting_s)
            job_s = max(job_s, task.used_s + elapsed_s - waiting_s)
        left_s = min(limits.cpu_s - test_s, limits.job_s - job_s)
        if left_s > 0 and in_test_s < limits.wall_s:
            self.check_at = min(self.since + limits.wall_s, now + max(0.005, left_s))
            return None
        if left_s > 0 and waiting_s is not None:
            return "lost"  # starved
        if not self.awaited:
            return "malformed"  # it was told that there is no more, but has not ended
        if not task.was_idle and waiting_s is not None and in_test_s - waiting_s - cpu_s > IDLE_SHARE * limits.cpu_s:
            task.was_idle = True
            # if the machine was stopped, at most what a test may take counts against the second try
            task.used_s += cpu_s + min(elapsed_s - waiting_s - cpu_s, limits.cpu_s)
            return "lost"
        return "timeout"

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self.pid_fd, signal.SIGKILL)

    def close(self) -> None:
        """Closes this side's descriptors."""
        close_all(self.socket_fd, self.output_fd, self.pid_fd)


def read(fd: int) -> bytes | None:
    """Up to 64 KiB; b"" at the end, None if there is nothing yet."""
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def close_all(*fds: int) -> None:
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
