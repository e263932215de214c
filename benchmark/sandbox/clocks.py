"""How much CPU time a process has used, and how long it has waited for a CPU. Known only on Linux."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_LINUX = sys.platform.startswith("linux")


def pid_of(pid_fd: int) -> int:
    """The process id as this process sees it, 0 if the process is gone or the id is unknown."""
    try:
        text = Path(f"/proc/self/fdinfo/{pid_fd}").read_text()
        return max(0, next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pid:")))
    except (OSError, ValueError, StopIteration):
        return 0


def cpu_used_s(pid: int) -> float:
    """CPU seconds since its start; 0 if that is unknown, so that only a wall limit binds."""
    try:
        # CPUCLOCK_SCHED of a process, as in <linux/time.h>
        return time.clock_gettime((~pid << 3) | 2) if pid and _LINUX else 0.0
    except OSError:
        return 0.0


def waited_s(pid: int) -> float | None:
    """Seconds since its start in which it could have run but had no CPU; None if that is unknown."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None
