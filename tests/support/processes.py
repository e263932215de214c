"""Processes below a process, found in /proc, and their end; and processes of a user without rights. Linux."""

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any


def children_of(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    return [one for child in children_of(pid) for one in (child, *descendants(child))]


def kill(pid: int) -> None:
    """No matter whether it is still there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


# a user without rights, as whom root has tests run that a plain user would run

PLAIN_USER: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
START = f"import site, sys; site.addsitedir({sysconfig.get_path('purelib')!r}); import pytest, debugarena.benchmark; "


@cache
def plain_python() -> str | None:
    """A Python that this user may start and that finds, after START, what the tests need; None if root has none."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            if not subprocess.run([python, "-c", START], **PLAIN_USER, capture_output=True, cwd="/").returncode:
                return python
        except OSError:  # not there, or we are not root
            pass
    return None
