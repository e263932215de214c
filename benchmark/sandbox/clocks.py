"""How much CPU time a process has used, and how long it has waited for a CPU. Known on Linux alone."""

from __future__ import annotations

import sys
import time
from pathlib import Path

_LINUX = sys.platform.startswith("linux")


def pid_of(pid_fd: int) -> int:
    """The process id as this process sees it, 0 if it is gone or cannot be told."""
    try:
        text = Path(f"/proc/self/fdinfo/{pid_fd}").read_text()
        return max(0, next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pid:")))
    except (OSError, ValueError, StopIteration):
        return 0


def cpu_used_s(pid: int) -> float:
    """CPU seconds since its birth; 0 where that cannot be told, so that a wall limit alone binds."""
    try:
        # CPUCLOCK_SCHED of a process, as in <linux/time.h>
        return time.clock_gettime((~pid << 3) | 2) if pid and _LINUX else 0.0
    except OSError:
        return 0.0


def waited_s(pid: int) -> float | None:
    """Seconds since its birth in which it could have run but had no CPU; None where that cannot be told."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None
