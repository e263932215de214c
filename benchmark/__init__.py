"""What a model is judged by: bugs, sandbox, rewards, statistics.

from debugarena.benchmark import load_bugs, score

bugs = load_bugs()
report = score([{"bug_id": bug.bug_id, "completion": bug.fixed_code} for bug in bugs], bugs)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from debugarena.benchmark import moved

if TYPE_CHECKING:
    from debugarena.benchmark.dataset.loading import load_bugs
    from debugarena.benchmark.dataset.schema import Bug
    from debugarena.benchmark.sandbox import Sandbox
    from debugarena.benchmark.scoring.report import score

__all__ = ["Bug", "Sandbox", "load_bugs", "score"]

# imported on first use, so that `debugarena --help` and the metric's loader do not pay for them
_HOMES = {"Bug": "dataset.schema", "Sandbox": "sandbox", "load_bugs": "dataset.loading", "score": "scoring.report"}


moved.install()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
