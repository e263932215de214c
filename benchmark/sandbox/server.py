"""A fork server: `python -s -S -B -P server.py FD`, jailed once, then one forked child for each solution.

It never reads a job. Each child has its own socket to the trusted side, made before the fork; the other end is passed
up over the control socket, together with the end of the child's output and a descriptor of its process. A few children
wait in advance. The first message on the control socket, before any child exists, reports the jail and its probes.
Loaded without the package: standard library, codec.py, jail.py, probe.py, runner.py, seccomp.py only.
"""

from __future__ import annotations

import _socket
import gc
import marshal
import os
import sys

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__))]
import jail  # noqa: E402
import probe  # noqa: E402
import runner  # noqa: E402
import seccomp  # noqa: E402

del sys.path[0]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONTROL_FD = 10
ANY_FD = 1 << 16


def become_child(
    solver: runner.Runner,
    job_fd: int,
    output_fd: int,
    limited: bool,
    second_stage: jail.Filter | None,
    orphans: bool,
) -> None:
    """Does everything that can be done before the job is known, then waits for it, and serves."""
    os.dup2(job_fd, runner.SOCKET_FD)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.closerange(runner.SOCKET_FD + 1, 64)
    if orphans:
        jail.die_with_parent()
    if second_stage:
        second_stage.load()
    gc.enable()
    job = runner.receive(runner.SOCKET_FD)
    if limited:
        jail.limit_job(job["memory_mib"], job["cpu_s"])
    runner.send(runner.SOCKET_FD, "ready")
    solver.serve(runner.SOCKET_FD, job)


def share_page_tables() -> None:
    """Lets children inherit the page tables of program text, which they would otherwise get by faults after a fork.

    Linux copies the tables of a mapping at fork once one of its pages is our own. So this writes one byte of each,
    unchanged. It saves a child some sixty faults. Without /proc nothing happens.
    """
    try:
        with open("/proc/self/maps") as maps:
            starts = [int(line.split("-")[0], 16) for line in maps if " r-xp " in line or " r--p " in line]
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            for start in starts:
                try:
                    memory.seek(start)
                    byte = memory.read(1)
                    memory.seek(start)
                    memory.write(byte)
                except (OSError, OverflowError):
                    pass  # the kernel's own pages
    except OSError:
        pass


class Server:
    """The loop of forks. `orphans`: whether children would outlive this process, for lack of a process-id namespace."""

    def __init__(self, control: Any, limited: bool, second_stage: jail.Filter | None, orphans: bool) -> None:
        self.control, self.limited, self.second_stage, self.orphans = control, limited, second_stage, orphans
        self.solver = runner.Runner()
        host_end, job_end = _socket.socketpair()
        self.solver.warm_up(host_end.fileno(), job_end.fileno())
        host_end.close()
        job_end.close()

    def spawn(self) -> None:
        """Forks one child and hands its descriptors up."""
        ours, theirs = _socket.socketpair()
        job_fd, host_fd = ours.detach(), theirs.detach()
        output_end, output_fd = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                become_child(self.solver, job_fd, output_fd, self.limited, self.second_stage, self.orphans)
            finally:
                os._exit(1)
        pid_fd = os.pidfd_open(pid)
        passed = b"".join(fd.to_bytes(4, sys.byteorder) for fd in (host_fd, output_end, pid_fd))
        self.control.sendmsg([b"child"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
        for fd in (job_fd, host_fd, output_end, output_fd, pid_fd):
            os.close(fd)

    def run(self, n_ahead: int) -> None:
        """Forks a new child for each that ends, `n_ahead` at the same time, until the host is gone."""
        for _ in range(n_ahead):
            self.spawn()
        while True:
            os.wait()
            self.spawn()


def main() -> None:
    os.dup2(int(sys.argv[1]), CONTROL_FD)
    control = _socket.socket(fileno=CONTROL_FD)
    config = marshal.loads(control.recv(1 << 16))
    jail.die_with_parent()
    os.closerange(3, CONTROL_FD)
    os.closerange(CONTROL_FD + 1, ANY_FD)  # including the control socket's first number, however high it was
    runner.preload(tuple(config["preload"]))
    wanted = frozenset(config["steps"])
    sys.argv[:] = [""]
    share_page_tables()
    if config["as_nobody"]:
        jail.become_nobody()
    report = jail.enter(wanted, probe.server_proofs())
    limited = report["rlimits"][0]
    second_stage = None
    if "second-stage" in wanted and report["seccomp"][0]:
        second_stage = jail.Filter(seccomp.second_stage(jail.MACHINE))
    found = probe.child_proofs(limited, second_stage)
    reason = "" if second_stage else "it needs the seccomp filter" if "second-stage" in wanted else jail.LEFT_OUT
    report["second-stage"] = (bool(second_stage), found.get("second-stage", False), reason)
    if limited and not found.get("rlimits"):
        report["rlimits"] = (True, False, "the probe got through")
    control.sendmsg([marshal.dumps(report)])
    os.dup2(0, 2)  # until now it was the host's, for what might go wrong
    server = Server(control, limited, second_stage, orphans=not report["pid-namespace"][0])
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        server.run(config["children"])
    except OSError:
        pass  # the host is gone, or no child can be made; the end of the control socket shows it
    os._exit(0)


if __name__ == "__main__":
    main()
