"""The fork-server engine: jailed servers fork a child for each solution; one thread with one epoll loop runs them.

The trusted side ships code and call inputs only. Hidden inputs follow when every visible result is in and sealed. A
reply is untrusted bytes: size, order, form and end are checked here, values are compared elsewhere. Linux on x86-64
and aarch64.

The file is long because the loop, its servers and its children are one state, which one thread changes.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from debugarena.benchmark.sandbox.fork_child import NEVER, Child, close_all, read
from debugarena.benchmark.sandbox.fork_server import ForkServer
from debugarena.benchmark.sandbox.frames import parse_frame
from debugarena.benchmark.sandbox.interface import Execution, Job, LayerReport, TestStatus
from debugarena.benchmark.sandbox.pending_job import PendingJob, Profile

MAX_RESTARTS = 2
MAX_LOST = 5  # children of one job that ended through no fault of the solution; failed starts of servers in a row
FIRST_PAUSE_S = 0.05  # after a failed start, doubled after each further one
SWITCH_S = 0.0005  # in which the loop's thread gets the interpreter, for example from one that reads a long solution
START_LIMIT_S = 60.0
SERVERS_PER_WORKER = 6
JOBS_PER_SERVER = 20_000
MINIMUM = frozenset({"seccomp", "rlimits", "non-root"})
HOST_LAYERS = ("empty-environment", "own-session")
_RESTRICTED = ("audit-hook", "restricted-builtins")
_READY, _CHILD = b"ready", b"child"  # as in runner.py and server.py


@dataclass(eq=False)
class _Worker:
    """A place where one solution at a time runs, with its own servers, the least recently used one first."""

    servers: dict[Profile, ForkServer] = field(default_factory=dict)
    task: PendingJob | None = None
    child: Child | None = None
    start_at: float = 0.0  # no server starts before this time


class ForkEngine:
    """Futures of executions; see Sandbox for the parameters. All state but the inbox belongs to the loop's thread."""

    def __init__(self, workers: int, steps: frozenset[str], as_nobody: bool = False) -> None:
        self.report: LayerReport = {}
        self._steps, self._as_nobody = steps, as_nobody
        self._inbox: deque[PendingJob] = deque()
        self._queue: deque[PendingJob] = deque()
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
        task = PendingJob(job)
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
                server.process.returncode = 0  # it is another process's child
                server.control.close()
                if server.process.stderr:
                    server.process.stderr.close()
                for fds in server.children:
                    close_all(*fds)
            if worker.child:
                worker.child.close()
        for process in self._ended:
            process.returncode = 0
        self._epoll.close()
        close_all(self._wake_fd)

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
        soonest = min((w.child.check_at for w in self._workers if w.child), default=NEVER)
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
        with self._wake_lock:  # once it is closed, its number may belong to another file
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
            close_all(self._wake_fd)
            self._wake_fd = -1
        for task in self._queue:
            task.fail(self._broken or "the sandbox is closed")
        self._refuse_inbox()

    # --- servers --------------------------------------------------------------------

    def _start(self, worker: _Worker, task: PendingJob) -> None:
        """Gives the worker's job to a waiting child, or makes sure that there will be one."""
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
            close_all(*fds)
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
        """Handles a server that has ended by itself. A job that waits for it gets another one, up to a point."""
        if server.report is None:
            self._fail_start(worker, server.last_words())
        if worker.servers.get(server.profile) is server:
            del worker.servers[server.profile]
        self._end_server(server)
        if worker.child and worker.child.has_ended and worker.child.server is server:
            self._lose_child(worker, worker.child)

    def _fail_start(self, worker: _Worker, reason: str) -> None:
        """Tries again after a pause. From MAX_LOST failures in a row on, each one fails only the waiting job."""
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

    def _start_child(self, worker: _Worker, task: PendingJob, server: ForkServer) -> None:
        server.n_jobs += 1
        now = time.monotonic()
        child = Child(task, server, *server.children.popleft(), begun=now, since=now, check_at=now + START_LIMIT_S)
        worker.child = child
        job = task.job
        header = {
            "code": job.code,
            "entry_point": job.entry_point,
            "imports": tuple(job.imports),
            "memory_mib": job.limits.memory_mib,
            # a backstop in case nobody is there to look at the clock
            "cpu_s": int(job.limits.job_s) + 5,
            "restricted": job.restricted,
        }
        self._handle(child.output_fd, lambda events: self._on_output(child))
        self._handle(child.socket_fd, lambda events: self._on_socket(worker, child, events))
        child.add(header)
        self._send_batch(child)

    def _send_batch(self, child: Child) -> None:
        child.begin_batch()
        self._flush(child)

    def _flush(self, child: Child) -> None:
        try:
            while child.unsent:
                child.unsent = child.unsent[os.write(child.socket_fd, child.unsent) :]
        except BlockingIOError:
            self._epoll.modify(child.socket_fd, select.EPOLLIN | select.EPOLLOUT)
            return
        except OSError:
            child.unsent = b""  # it is gone, as the end of the socket will show

    def _on_output(self, child: Child) -> None:
        child.read_output()
        if not child.output_open:
            self._forget(child.output_fd)

    def _on_socket(self, worker: _Worker, child: Child, events: int) -> None:
        if child.unsent and events & select.EPOLLOUT:
            self._flush(child)
            if not child.unsent:
                self._epoll.modify(child.socket_fd, select.EPOLLIN)
        if not events & ~select.EPOLLOUT:
            return
        chunk = read(child.socket_fd)
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

    def _on_frame(self, worker: _Worker, child: Child, frame: bytes) -> None:
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
        if not child.awaited:  # an unrequested frame
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
        child.record(status, calls, cpu_s)
        if child.awaited:
            child.begin_wait()
        elif child.received:
            self._fail_test(worker, child, "malformed")
        else:
            task.batches.popleft()
            child.begin_wait()
            if task.batches:
                self._send_batch(child)

    def _on_end(self, worker: _Worker, child: Child) -> None:
        if not child.is_ready or (child.awaited and child.server.is_closed):
            self._lose_child(worker, child)
        elif child.awaited and not child.server.has_replaced_all():
            if not child.has_ended:
                child.has_ended, child.check_at = True, time.monotonic() + START_LIMIT_S
                self._forget(child.socket_fd)
                child.kill()  # it may have closed its socket but still run
        elif child.awaited:
            self._fail_test(worker, child, "crashed")
        elif child.received:
            self._fail_test(worker, child, "malformed")
        else:
            self._leave_child(worker, child)

    def _fail_test(self, worker: _Worker, child: Child, status: TestStatus) -> None:
        """Fails only the present test; the rest goes to a new child. If there is none, the last batch is no proof."""
        task = child.task
        child.fail(status)
        if task.starts > MAX_RESTARTS or task.used_s >= task.job.limits.job_s:
            task.batches.clear()
        self._leave_child(worker, child)

    def _lose_child(self, worker: _Worker, child: Child) -> None:
        """Handles a child that ended early through no fault of the solution: another child answers the rest."""
        task = child.task
        task.lost += 1
        child.give_back()
        self._end_child(worker, child)
        if task.lost > MAX_LOST:
            worker.task = None
            task.fail("something outside the sandbox killed or starved its processes again and again; is memory short?")

    def _leave_child(self, worker: _Worker, child: Child) -> None:
        self._end_child(worker, child)
        if not child.task.batches:
            worker.task = None
            child.task.settle()

    def _end_child(self, worker: _Worker, child: Child) -> None:
        child.kill()
        for fd in (child.socket_fd, child.output_fd):
            self._handlers.pop(fd, None)  # closing the last copy takes it out of the epoll set
        child.close()
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
            self._on_socket(worker, child, select.EPOLLIN)  # what it has sent counts, however late we look
            if worker.child is child and time.monotonic() >= child.check_at:
                self._check_use(worker, child)

    def _check_use(self, worker: _Worker, child: Child) -> None:
        """Ends the test if it has used up its time, or that of the whole job."""
        if found := child.check_use():
            if found == "lost":
                self._lose_child(worker, child)
            else:
                self._fail_test(worker, child, found)
