"""A user without rights, as whom root has tests run that a plain user would run."""

import subprocess
import sys
import sysconfig
from functools import cache
from typing import Any

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
