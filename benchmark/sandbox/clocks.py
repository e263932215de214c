"""How much CPU time a process behind a descriptor has used, and how long it has waited for a CPU. Linux."""

from __future__ import annotations

import time
from pathlib import Path


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
        return time.clock_gettime((~pid << 3) | 2) if pid else 0.0
    except OSError:
        return 0.0


def waited_s(pid: int) -> float:
    """Seconds in which it could have run but had no CPU; 0 where that cannot be told."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
