"""The trusted side's end of a fork server (server.py): its process, its control socket, its waiting children."""

from __future__ import annotations

import contextlib
import marshal
import os
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from debugarena.benchmark.sandbox.interface import LayerReport
from debugarena.benchmark.sandbox.pending_job import Profile

CHILDREN_AHEAD = 2
_PROGRAM = str(Path(__file__).with_name("server.py"))


class ForkServer:
    """The host's end of one fork server."""

    def __init__(self, profile: Profile, steps: frozenset[str], as_nobody: bool) -> None:
        self.profile = profile
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.children: deque[tuple[int, int, int]] = deque()  # job socket, output, process descriptor
        self.report: LayerReport | None = None
        self.layers: tuple[str, ...] = ()
        self.n_jobs = self.n_announced = 0
        self.is_closed = False
        self.started = time.monotonic()
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-S", "-B", "-P", "-u", _PROGRAM, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                cwd="/",
                env={"PYTHONHASHSEED": str(profile.hash_seed)},
                start_new_session=True,
            )
        except OSError:
            self.control.close()
            raise
        finally:
            theirs.close()
        self.control.setblocking(False)
        config = {
            "preload": profile.preload,
            "steps": sorted(steps),
            "as_nobody": as_nobody,
            "children": CHILDREN_AHEAD,
        }
        with contextlib.suppress(OSError):  # if it is gone already, it has said why
            self.control.send(marshal.dumps(config))

    def last_words(self) -> str:
        """The last lines of its standard error, as one."""
        assert self.process.stderr
        os.set_blocking(self.process.stderr.fileno(), False)
        lines = (self.process.stderr.read() or b"").decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-6:]) if lines else "no message"

    def has_replaced_all(self) -> bool:
        """Whether it has announced a new child for each one that got work: it outlived them and has seen them end."""
        return self.n_announced >= self.n_jobs + CHILDREN_AHEAD

    def close(self) -> None:
        """Ends it and every child it has; the process is left to be reaped."""
        self.is_closed = True
        for fds in self.children:
            for fd in fds:
                os.close(fd)
        self.children.clear()
        self.control.close()
        if self.process.stderr:
            self.process.stderr.close()
        self.process.kill()
