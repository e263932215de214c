"""The fork-server engine: jailed servers fork a child for each solution; one thread with one epoll loop tends them all.

The trusted side ships code and call inputs only. Hidden inputs follow when every visible result is in and sealed. A
reply is bytes to be doubted: size, order, form and end are checked here, values are compared elsewhere. Linux on x86-64
and aarch64.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from debugarena.benchmark.sandbox.clocks import cpu_used_s, pid_of, waited_s
from debugarena.benchmark.sandbox.fork_server import ForkServer
from debugarena.benchmark.sandbox.frames import parse_frame
from debugarena.benchmark.sandbox.interface import CallOutcome, Execution, Job, LayerReport, TestRun, TestStatus
from debugarena.benchmark.sandbox.tasks import Profile, Task

MAX_RESTARTS = 2
MAX_LOST = 5  # children of one job that ended through no fault of the solution; failed starts of servers in a row
FIRST_PAUSE_S = 0.05  # after a failed start, doubled after each further one
IDLE_SHARE = 0.1  # of a time limit: who has slept so long may have been stopped from outside, and gets a second try
# a test that takes longer than most runs at a lower priority from then on, so that the short ones beside it do not wait
LONG_S, LONG_NICENESS = 0.05, 5
SWITCH_S = 0.0005  # in which the loop's thread gets the interpreter from one that reads a long solution, say
START_LIMIT_S = 60.0
SERVERS_PER_WORKER = 6
JOBS_PER_SERVER = 20_000
MINIMUM = frozenset({"seccomp", "rlimits", "non-root"})
HOST_LAYERS = ("empty-environment", "own-session")
_READY, _CHILD, _OUTPUT_END = b"ready", b"child", b"\x1e"  # as in runner.py and server.py
_NEVER = float("inf")


@dataclass(eq=False)
class _Child:
    """One solution at work. `awaited` are the tests whose frames are still to come, [] while its end is awaited."""

    task: Task
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
    has_ended: bool = False  # before its time; why, the server's next word will tell
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
        """From now on its deadline runs: for a test, or for its end."""
        now = time.monotonic()
        if self.is_ready:
            self.elapsed_s += now - self.since
        limits = self.task.job.limits
        self.since = now
        left_s = limits.job_s - self.task.used_s - self.elapsed_s
        self.check_at = now + max(0.0, min(limits.cpu_s, limits.wall_s, left_s, _NEVER if self.is_long else LONG_S))

    def use(self) -> tuple[float, float, float | None]:
        """Seconds of CPU time since its birth, seconds elapsed in its tests, and of these how many it had no CPU."""
        return cpu_used_s(self.pid), self.elapsed_s + time.monotonic() - self.since, waited_s(self.pid)


@dataclass(eq=False)
class _Worker:
    """A place where one solution at a time runs, with its own servers, the least recently used one first."""

    servers: dict[Profile, ForkServer] = field(default_factory=dict)
    task: Task | None = None
    child: _Child | None = None
    start_at: float = 0.0  # not to begin a server before


class ForkEngine:
    """Futures of executions; see Sandbox for the parameters. All state but the inbox belongs to the loop's thread."""

    def __init__(self, workers: int, steps: frozenset[str], as_nobody: bool = False) -> None:
        self.report: LayerReport = {}
        self._steps, self._as_nobody = steps, as_nobody
        self._inbox: deque[Task] = deque()
        self._queue: deque[Task] = deque()
        self._workers = [_Worker() for _ in range(workers)]
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._ended: list[subprocess.Popen[bytes]] = []
        self._broken = ""
        self._closing = False
        self._failed_starts = 0
        self._epoll = select.epoll()
        self._wake_lock = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._handle(self._wake_fd, lambda events: self._read_wake())
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        self._thread = threading.Thread(target=self._loop, name="sandbox", daemon=True)
        self._thread.start()

    @property
    def is_broken(self) -> bool:
        """Whether its own code has failed, so that it takes no more jobs."""
        return bool(self._broken)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that hold, as a trivial job finds them."""
        return self.submit(Job("def f(): pass", "f", ())).result().layers

    def submit(self, job: Job) -> Future[Execution]:
        """Queues a job; from any thread."""
        task = Task(job)
        self._inbox.append(task)
        self._wake()
        if self._closing or not self._thread.is_alive():
            self._refuse_inbox()
        return task.future

    def close(self) -> None:
        """Ends every process; jobs that are not done fail with SandboxError."""
        self._closing = True
        self._wake()
        self._thread.join()

    def abandon(self) -> None:
        """In a forked copy of the host, which has no loop: closes the copies of its descriptors, touches no process."""
        self._closing = True
        for worker in self._workers:
            for server in worker.servers.values():
                server.process.returncode = 0  # another process's child
                server.control.close()
                if server.process.stderr:
                    server.process.stderr.close()
                for fds in server.children:
                    _close_all(*fds)
            if worker.child:
                _close_all(worker.child.socket_fd, worker.child.output_fd, worker.child.pid_fd)
        for process in self._ended:
            process.returncode = 0
        self._epoll.close()
        _close_all(self._wake_fd)

    # --- the loop -------------------------------------------------------------------

    def _loop(self) -> None:
        try:
            while not self._closing:
                for fd, events in self._epoll.poll(self._wait_s()):
                    if handler := self._handlers.get(fd):
                        handler(events)
                self._check_deadlines()
                self._give_out()
        except BaseException as error:
            self._broken = f"the sandbox broke: {type(error).__name__}: {error}"
            raise
        finally:
            self._shut_down()

    def _wait_s(self) -> float:
        soonest = min((w.child.check_at for w in self._workers if w.child), default=_NEVER)
        waits = any(w.task and not w.child for w in self._workers) or self._ended
        return max(0.0, min(soonest - time.monotonic(), 0.25 if waits else 5.0))

    def _handle(self, fd: int, handler: Callable[[int], None]) -> None:
        self._handlers[fd] = handler
        self._epoll.register(fd, select.EPOLLIN)

    def _forget(self, fd: int) -> None:
        self._handlers.pop(fd, None)
        with contextlib.suppress(OSError):
            self._epoll.unregister(fd)

    def _wake(self) -> None:
        with self._wake_lock:  # the number may be somebody else's once it is closed
            if self._wake_fd >= 0:
                os.eventfd_write(self._wake_fd, 1)

    def _read_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)
        while self._inbox:
            self._queue.append(self._inbox.popleft())

    def _give_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and self._queue:
                worker.task = self._queue.popleft()
            if worker.task and worker.child is None and time.monotonic() >= worker.start_at:
                self._start(worker, worker.task)
        self._ended = [process for process in self._ended if process.poll() is None]

    def _refuse_inbox(self) -> None:
        while self._inbox:
            with contextlib.suppress(IndexError):
                self._inbox.popleft().fail(self._broken or "the sandbox is closed")

    def _shut_down(self) -> None:
        self._closing = True
        for worker in self._workers:
            if worker.child:
                self._end_child(worker, worker.child)
            if worker.task:
                self._queue.append(worker.task)
            for server in worker.servers.values():
                server.close()
                self._ended.append(server.process)
        for process in self._ended:
            process.wait()
        self._epoll.close()
        with self._wake_lock:
            _close_all(self._wake_fd)
            self._wake_fd = -1
        for task in self._queue:
            task.fail(self._broken or "the sandbox is closed")
        self._refuse_inbox()

    # --- servers --------------------------------------------------------------------

    def _start(self, worker: _Worker, task: Task) -> None:
        """Gives the worker's job to a waiting child; without one, sees to it that there will be one."""
        server = worker.servers.pop(task.profile, None)
        if server and server.n_jobs >= JOBS_PER_SERVER:
            self._end_server(server)
            server = None
        if server is None:
            try:
                server = ForkServer(task.profile, self._steps, self._as_nobody)
            except OSError as error:
                self._fail_start(worker, str(error))
                return
            started = server
            self._handle(server.control.fileno(), lambda events: self._on_control(worker, started))
        worker.servers[task.profile] = server  # the most recently used one comes last
        while len(worker.servers) > SERVERS_PER_WORKER:
            self._end_server(worker.servers.pop(next(iter(worker.servers))))
        if server.children:
            self._start_child(worker, task, server)
        elif server.report is None and time.monotonic() - server.started > START_LIMIT_S:
            self._lose_server(worker, server)

    def _on_control(self, worker: _Worker, server: ForkServer) -> None:
        try:
            message, fds, _, _ = socket.recv_fds(server.control, 1 << 16, 3, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            message, fds = b"", []
        if not message:
            self._lose_server(worker, server)
        elif server.report is None:
            self._on_report(worker, server, marshal.loads(message))
        elif message != _CHILD or len(fds) != 3:  # not from the server's own code
            _close_all(*fds)
            self._lose_server(worker, server)
        else:
            for fd in fds[:2]:
                os.set_blocking(fd, False)
            server.children.append((fds[0], fds[1], fds[2]))
            server.n_announced += 1
            if worker.child and worker.child.has_ended:
                self._on_end(worker, worker.child)

    def _on_report(self, worker: _Worker, server: ForkServer, report: LayerReport) -> None:
        self.report = server.report = report
        self._failed_starts = 0
        server.layers = (*HOST_LAYERS, *(name for name, (_, proven, _) in report.items() if proven))

    def _lose_server(self, worker: _Worker, server: ForkServer) -> None:
        """A server has ended by itself. Whoever waits for it gets another one, up to a point."""
        if server.report is None:
            self._fail_start(worker, server.last_words())
        if worker.servers.get(server.profile) is server:
            del worker.servers[server.profile]
        self._end_server(server)
        if worker.child and worker.child.has_ended and worker.child.server is server:
            self._lose_child(worker, worker.child)

    def _fail_start(self, worker: _Worker, reason: str) -> None:
        """Tries again after a pause. From MAX_LOST failures in a row on, each costs the waiting job, and no other."""
        worker.start_at = time.monotonic() + FIRST_PAUSE_S * 2 ** min(self._failed_starts, MAX_LOST)
        self._failed_starts += 1
        if self._failed_starts >= MAX_LOST and worker.task:
            task, worker.task, worker.start_at = worker.task, None, 0.0
            task.fail(f"a sandbox process did not start: {reason}")

    def _end_server(self, server: ForkServer) -> None:
        self._forget(server.control.fileno())
        server.close()
        self._ended.append(server.process)

    # --- children -------------------------------------------------------------------

    def _start_child(self, worker: _Worker, task: Task, server: ForkServer) -> None:
        server.n_jobs += 1
        now = time.monotonic()
        child = _Child(task, server, *server.children.popleft(), begun=now, since=now, check_at=now + START_LIMIT_S)
        worker.child = child
        job = task.job
        header = {
            "code": job.code,
            "entry_point": job.entry_point,
            "imports": tuple(job.imports),
            "memory_mib": job.limits.memory_mib,
            # a backstop for the day when nobody is there to look at the clock
            "cpu_s": int(job.limits.job_s) + 5,
            "restricted": job.restricted,
        }
        self._handle(child.output_fd, lambda events: self._on_output(child))
        self._handle(child.socket_fd, lambda events: self._on_socket(worker, child, events))
        _add(child, header)
        self._send_batch(child)

    def _send_batch(self, child: _Child) -> None:
        """The inputs of the next batch; after the last one the child ends by itself."""
        task = child.task
        child.outputs = [b""]
        child.batch = task.batches[0] if task.batches else []
        child.awaited.extend(child.batch)
        tests = [task.job.tests[i] for i in child.batch]
        inputs = [[(c.target, c.args, c.kwargs, c.want_args_after) for c in test.calls] for test in tests]
        _add(child, (bool(tests) and not tests[0].hidden, len(task.batches) < 2, inputs))
        self._flush(child)

    def _flush(self, child: _Child) -> None:
        try:
            while child.unsent:
                child.unsent = child.unsent[os.write(child.socket_fd, child.unsent) :]
        except BlockingIOError:
            self._epoll.modify(child.socket_fd, select.EPOLLIN | select.EPOLLOUT)
            return
        except OSError:
            child.unsent = b""  # it is gone: the end of the socket will say so

    def _on_output(self, child: _Child) -> None:
        chunk = _read(child.output_fd)
        if chunk == b"":
            child.output_open = False
            self._forget(child.output_fd)
        elif chunk and child.awaited and not child.task.job.tests[child.awaited[0]].hidden:
            room = child.task.job.limits.output_bytes
            first, *others = chunk.split(_OUTPUT_END, len(child.awaited))
            child.outputs[-1] += first[: max(0, room - len(child.outputs[-1]))]
            child.outputs += [other[:room] for other in others][: len(child.awaited) + 1 - len(child.outputs)]

    def _on_socket(self, worker: _Worker, child: _Child, events: int) -> None:
        if child.unsent and events & select.EPOLLOUT:
            self._flush(child)
            if not child.unsent:
                self._epoll.modify(child.socket_fd, select.EPOLLIN)
        if not events & ~select.EPOLLOUT:
            return
        chunk = _read(child.socket_fd)
        if chunk is None:
            return
        if not chunk:
            self._on_end(worker, child)
            return
        child.received += chunk
        while worker.child is child and len(child.received) >= 4:
            size = int.from_bytes(child.received[:4], "little")
            if size > child.task.job.limits.reply_bytes + 64:
                self._fail_test(worker, child, "malformed")
            elif len(child.received) < size + 4:
                return
            else:
                frame = bytes(child.received[4 : size + 4])
                del child.received[: size + 4]
                self._on_frame(worker, child, frame)

    def _on_frame(self, worker: _Worker, child: _Child, frame: bytes) -> None:
        task = child.task
        if not child.is_ready:
            if frame != _READY:
                self._lose_child(worker, child)
                return
            child.begin_wait()
            child.is_ready = True
            if not task.starts:
                task.layers = (*child.server.layers, *(_RESTRICTED if task.job.restricted else ()))
            task.starts += 1
            return
        if not child.awaited:  # a frame that nobody asked for
            self._fail_test(worker, child, "malformed")
            return
        test = task.job.tests[child.awaited[0]]
        if not test.hidden and child.output_open:
            self._on_output(child)
        try:
            status, calls, cpu_s = parse_frame(frame.decode("ascii"), len(test.calls))
        except (ValueError, RecursionError):
            self._fail_test(worker, child, "malformed")
            return
        self._record(child, status, calls, cpu_s)
        if child.awaited:
            child.begin_wait()
        elif child.received:
            self._fail_test(worker, child, "malformed")
        else:
            task.batches.popleft()
            child.begin_wait()
            if task.batches:
                self._send_batch(child)

    def _record(
        self, child: _Child, status: TestStatus, calls: tuple[CallOutcome, ...] = (), cpu_s: float = 0.0
    ) -> None:
        index = child.awaited.popleft()
        hidden = child.task.job.tests[index].hidden
        output = "" if hidden else child.outputs.pop(0).decode(errors="replace")
        child.outputs = child.outputs or [b""]
        child.task.runs[index] = TestRun(status, calls, cpu_s, output)

    def _on_end(self, worker: _Worker, child: _Child) -> None:
        if not child.is_ready or (child.awaited and child.server.is_closed):
            self._lose_child(worker, child)
        elif child.awaited and not child.server.has_replaced_all():
            if not child.has_ended:
                child.has_ended, child.check_at = True, time.monotonic() + START_LIMIT_S
                self._forget(child.socket_fd)
                _kill(child)  # it may have closed its socket and live on
        elif child.awaited:
            self._fail_test(worker, child, "crashed")
        elif child.received:
            self._fail_test(worker, child, "malformed")
        else:
            self._leave_child(worker, child)

    def _fail_test(self, worker: _Worker, child: _Child, status: TestStatus) -> None:
        """The present test fails alone, the rest goes to a fresh child. Without one, the last batch was no proof."""
        task = child.task
        cpu_s, elapsed_s, waiting_s = child.use()
        if waiting_s is None and cpu_s:  # the system cannot tell; without either it is gone, and time alone is known
            task.used_s += cpu_s
        else:
            task.used_s += max(cpu_s, elapsed_s - (waiting_s or 0.0))
        if child.awaited:
            if status != "timeout":
                cpu_s = 0.0
            if child.output_open and not task.job.tests[child.awaited[0]].hidden:
                self._on_output(child)
            self._record(child, status, (), cpu_s)
            rest = list(child.awaited)
            task.batches[0] = rest
            if not rest:
                task.batches.popleft()
        else:
            for index in child.batch:
                task.runs[index] = TestRun(status)
            if task.batches and task.batches[0] is child.batch:
                task.batches.popleft()
        if task.starts > MAX_RESTARTS or task.used_s >= task.job.limits.job_s:
            task.batches.clear()
        self._leave_child(worker, child)

    def _lose_child(self, worker: _Worker, child: _Child) -> None:
        """It came to no end through no fault of the solution: what it had not answered is asked of another one."""
        task = child.task
        task.lost += 1
        if child.awaited and task.batches:
            task.batches[0] = list(child.awaited)
        elif child.batch and not child.awaited:
            task.batches.appendleft(child.batch)  # it has not come to the end that would prove it
        self._end_child(worker, child)
        if task.lost > MAX_LOST:
            worker.task = None
            task.fail("something outside the sandbox killed or starved its processes again and again; is memory short?")

    def _leave_child(self, worker: _Worker, child: _Child) -> None:
        self._end_child(worker, child)
        if not child.task.batches:
            worker.task = None
            child.task.settle()

    def _end_child(self, worker: _Worker, child: _Child) -> None:
        _kill(child)
        for fd in (child.socket_fd, child.output_fd):
            self._handlers.pop(fd, None)  # closing the last copy takes it out of the epoll set
        _close_all(child.socket_fd, child.output_fd, child.pid_fd)
        worker.child = None

    # --- deadlines ------------------------------------------------------------------

    def _check_deadlines(self) -> None:
        now = time.monotonic()
        for worker in self._workers:
            child = worker.child
            if child is None or now < child.check_at:
                continue
            if child.has_ended or not child.is_ready:
                self._lose_child(worker, child)
                continue
            self._on_socket(worker, child, select.EPOLLIN)  # what it has sent counts, however late we come to look
            if worker.child is child and time.monotonic() >= child.check_at:
                self._check_use(worker, child)

    def _check_use(self, worker: _Worker, child: _Child) -> None:
        """Ends the test if it has used up its time, or that of the whole job; else says when to look again."""
        task, limits = child.task, child.task.job.limits
        if not child.is_long:
            child.is_long = True
            with contextlib.suppress(OSError):
                if child.pid:  # 0 would mean ourselves
                    os.setpriority(os.PRIO_PROCESS, child.pid, LONG_NICENESS)
        now = time.monotonic()
        cpu_s, elapsed_s, waiting_s = child.use()
        in_test_s = now - child.since
        # each of these is at least what was used: CPU time since birth less all the wall time before this test, and
        # the wall time of this test less all the waiting since birth
        test_s = cpu_s - (child.since - child.begun)
        job_s = task.used_s + cpu_s
        if waiting_s is not None:
            test_s = max(test_s, in_test_s - waiting_s)
            job_s = max(job_s, task.used_s + elapsed_s - waiting_s)
        left_s = min(limits.cpu_s - test_s, limits.job_s - job_s)
        if left_s > 0 and in_test_s < limits.wall_s:
            child.check_at = min(child.since + limits.wall_s, now + max(0.005, left_s))
        elif left_s > 0 and waiting_s is not None:
            self._lose_child(worker, child)  # starved
        elif not child.awaited:
            self._fail_test(worker, child, "malformed")  # it was told that there is no more, and lingers
        elif not task.was_idle and waiting_s is not None and in_test_s - waiting_s - cpu_s > IDLE_SHARE * limits.cpu_s:
            task.was_idle = True
            # where the machine was stopped, no more than a test may take is held against the second try
            task.used_s += cpu_s + min(elapsed_s - waiting_s - cpu_s, limits.cpu_s)
            self._lose_child(worker, child)
        else:
            self._fail_test(worker, child, "timeout")


_RESTRICTED = ("audit-hook", "restricted-builtins")


def _read(fd: int) -> bytes | None:
    """Up to 64 KiB; b"" at the end, None if there is nothing yet."""
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _kill(child: _Child) -> None:
    with contextlib.suppress(OSError):
        signal.pidfd_send_signal(child.pid_fd, signal.SIGKILL)


def _add(child: _Child, message: Any) -> None:
    data = marshal.dumps(message)
    child.unsent += len(data).to_bytes(4, "little") + data


def _close_all(*fds: int) -> None:
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
