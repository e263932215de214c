"""The process engine: a new `python` process for each solution, one test at a time; for macOS or if there is no jail.

The trusted side ships code and call inputs only, seals every reply before it sends the next input, and sends hidden
inputs after all visible ones. It is a fallback, not a jail: there is no seccomp filter and no namespace, and `layers`
says so. Not covered: Windows, and code that attacks the kernel.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.sandbox.clocks import cpu_used_s, waited_s
from debugarena.benchmark.sandbox.frames import parse_frame
from debugarena.benchmark.sandbox.interface import Execution, Job, LayerReport, TestInput, TestRun, TestStatus
from debugarena.benchmark.sandbox.pending_job import preload_for

MAX_RESTARTS = 2
START_LIMIT_S = 60.0
HOST_LAYERS = ("process-group", "empty-environment", "private-directory")
_CHILD = str(Path(__file__).with_name("child.py"))


class ProcessEngine:
    """Futures of executions in parallel processes, `workers` at the same time."""

    def __init__(self, workers: int) -> None:
        self.report: LayerReport = {}
        self._directory = _make_folder(None)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
        self._children: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.is_broken = False

    def submit(self, job: Job) -> Future[Execution]:
        """Queues a job; from any thread."""
        return self._pool.submit(self._execute, job)

    def close(self) -> None:
        """Kills what still runs and removes the working directory."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            child.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(self._directory, ignore_errors=True)

    def abandon(self) -> None:
        """Does nothing: in a forked copy of the host the threads are gone, and nothing here is its own to close."""

    def _execute(self, job: Job) -> Execution:
        runs: list[TestRun] = [TestRun("not-run")] * len(job.tests)
        child: _Child | None = None
        starts, used_s, layers = 0, 0.0, ()  # type: int, float, tuple[str, ...]
        sequence = job.order or tuple(range(len(job.tests)))
        try:
            # a stable sort: hidden inputs only after every visible result is sealed
            for index in sorted(sequence, key=lambda i: job.tests[i].hidden):
                if child is None:
                    if starts > MAX_RESTARTS:
                        break
                    child = self._start(job)
                    layers, starts = child.layers, starts + 1
                left_s = job.limits.job_s - used_s
                if left_s <= 0:
                    break
                runs[index] = run = child.run_test(job.tests[index], min(job.limits.cpu_s, left_s))
                used_s += child.used_s
                if run.status in ("timeout", "crashed", "malformed"):
                    self._stop(child)
                    child = None
        finally:
            if child is not None:
                self._stop(child)
        return Execution(tuple(runs), layers, max(0, starts - 1))

    def _start(self, job: Job) -> _Child:
        child = _Child(job, _make_folder(self._directory))
        with self._lock:
            self._children.add(child)
            closed = self._closed
        if closed:
            self._stop(child)
            raise SandboxError("the sandbox is closed")
        try:
            child.hand_over()
        except BaseException:
            self._stop(child)
            raise
        return child

    def _stop(self, child: _Child) -> None:
        child.close()
        with self._lock:
            self._children.discard(child)


def _make_folder(parent: Path | None) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="debugarena-", dir=parent))
    except OSError as error:
        raise SandboxError(f"cannot make a temporary folder: {error}") from None


class _Child:
    """One process with its socket, its captured output and its deadlines."""

    def __init__(self, job: Job, directory: Path) -> None:
        self.job, self.limits, self.directory = job, job.limits, directory
        self.layers: tuple[str, ...] = ()
        self.used_s = 0.0  # of computing and sleeping, in the last test
        self._socket, theirs = socket.socketpair()
        read_end, write_end = os.pipe()
        self._output_fd = read_end
        os.set_blocking(read_end, False)
        fd = theirs.fileno()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-S", "-B", "-P", "-u", _CHILD, str(fd)],
                stdin=subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                pass_fds=[fd],
                cwd=directory,
                env={"PYTHONHASHSEED": str(job.hash_seed)},
                start_new_session=True,
            )
        except OSError as error:
            self._socket.close()
            os.close(read_end)
            raise SandboxError(f"cannot start a sandbox process: {error}") from error
        finally:
            theirs.close()
            os.close(write_end)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(read_end, select.POLLIN)
        self._buffer = bytearray()
        self._output_open = True

    def hand_over(self) -> None:
        """Sends the job and waits until the child has given up its rights."""
        job = self.job
        message = {
            "code": job.code,
            "entry_point": job.entry_point,
            "imports": tuple(job.imports),
            "memory_mib": self.limits.memory_mib,
            "cpu_s": int(job.limits.job_s) + 5,  # a backstop, as in the fork engine
            "preload": preload_for(job),
            "restricted": job.restricted,
        }
        # a process that is gone already has said why
        with contextlib.suppress(OSError):
            self._send(message)
        status, frame = self._receive(START_LIMIT_S, START_LIMIT_S, capture=True)
        if status != "ran":
            text = bytes(self._captured).decode(errors="replace").strip().splitlines()
            raise SandboxError(f"a sandbox process did not start ({status}): {text[-1] if text else 'no message'}")
        self.layers = (*HOST_LAYERS, *frame.split())

    def run_test(self, test: TestInput, limit_s: float) -> TestRun:
        """Sends the calls of one test and seals what comes back before anything else is sent.

        limit_s: of computing and sleeping together; see Limits.
        """
        if self._readable():  # an unrequested frame
            return TestRun("malformed")
        cpu_before, used_s = cpu_used_s(self._process.pid), self._stopwatch()
        try:
            self._send((False, False, [[call.message() for call in test.calls]]))
        except OSError:
            return TestRun("crashed")
        status, frame = self._receive(limit_s, self.limits.wall_s, capture=not test.hidden)
        cpu_s, self.used_s = max(0.0, cpu_used_s(self._process.pid) - cpu_before), used_s()
        output = "" if test.hidden else bytes(self._captured).decode(errors="replace")
        if status != "ran":
            return TestRun(status, (), cpu_s, output)
        try:
            status, calls, _ = parse_frame(frame, len(test.calls))
        except (ValueError, RecursionError):
            return TestRun("malformed", (), cpu_s, output)
        return TestRun(status, calls, cpu_s, output)

    def kill(self) -> None:
        """Kills the whole process group."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()

    def close(self) -> None:
        """Kills, reaps and closes everything this child had."""
        self.kill()
        self._process.wait()
        self._socket.close()
        os.close(self._output_fd)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _send(self, message: Any) -> None:
        data = marshal.dumps(message)
        self._socket.settimeout(self.limits.wall_s)
        self._socket.sendall(len(data).to_bytes(4, "little") + data)

    def _receive(self, limit_s: float, wall_s: float, capture: bool) -> tuple[TestStatus, str]:
        """Receives one frame within its deadlines; what was printed meanwhile is in `_captured`."""
        self._captured = bytearray()
        wall_end, used_s = time.monotonic() + wall_s, self._stopwatch()
        while True:
            left_s = max(0.0, min(wall_end - time.monotonic(), limit_s - used_s()))
            ready = [fd for fd, _ in self._poll.poll(1000 * left_s + 5 * bool(left_s))]
            if not left_s and self._socket.fileno() not in ready:  # what was sent counts, however late we look
                return "timeout", ""
            if self._output_fd in ready:
                self._drain(capture)
            if self._socket.fileno() not in ready:
                continue
            try:
                chunk = self._socket.recv(65536)
            except OSError:
                chunk = b""
            self._buffer += chunk
            if len(self._buffer) >= 4:
                size = int.from_bytes(self._buffer[:4], "little")
                if size > self.limits.reply_bytes or len(self._buffer) > size + 4:
                    return "malformed", ""
                if len(self._buffer) == size + 4:
                    frame = bytes(self._buffer[4:])
                    self._buffer.clear()
                    self._drain(capture)
                    return ("ran", frame.decode()) if frame.isascii() else ("malformed", "")
            if not chunk:
                self._drain(capture)
                return "crashed", ""

    def _stopwatch(self) -> Callable[[], float]:
        """Returns a clock of the seconds that the process computes or sleeps from now on; see Limits."""
        pid, started = self._process.pid, time.monotonic()
        cpu_before, waited_before = cpu_used_s(pid), waited_s(pid)

        def used_s() -> float:
            cpu_s, waited = cpu_used_s(pid) - cpu_before, waited_s(pid)
            if waited is None or waited_before is None:
                return cpu_s
            return max(cpu_s, time.monotonic() - started - (waited - waited_before))

        return used_s

    def _drain(self, capture: bool) -> None:
        # bounded: a child that prints without end must not keep the trusted side from its deadlines
        for _ in range(16 * self._output_open):
            try:
                chunk = os.read(self._output_fd, 65536)
            except BlockingIOError:
                return
            if not chunk:
                self._poll.unregister(self._output_fd)
                self._output_open = False
                return
            if capture:
                self._captured += chunk[: max(0, self.limits.output_bytes - len(self._captured))]

    def _readable(self) -> bool:
        return bool(select.select([self._socket], [], [], 0)[0])
