"""How models are judged: bugs, sandbox, rewards and statistics. These names are the whole public interface:

    from debugarena.benchmark import grade, load_bugs, prompt_for, score_model

    bug = load_bugs()[0]                                     # a Bug
    messages = prompt_for(bug).messages                      # what a model is asked
    grade(bug, bug.fixed_code).rewards.total                 # 3.2: the reward of an answer
    score_model("hf:Qwen/Qwen2.5-Coder-0.5B-Instruct")       # a report on all bugs, with intervals

load_bugs, Bug: bugs. prompt_for, grade, agrade, grade_many: one answer or many. score, score_model, open_model: a
report. reward_functions: training with TRL. Sandbox: your own sandbox. DebugArenaEnv: the episodes of a server.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from debugarena.benchmark import moved

if TYPE_CHECKING:
    from debugarena.benchmark.adapters.trl import reward_functions
    from debugarena.benchmark.dataset.loading import load_bugs
    from debugarena.benchmark.dataset.schema import Bug
    from debugarena.benchmark.environment.client import DebugArenaEnv
    from debugarena.benchmark.grading.shared import agrade, grade, grade_many, prompt_for
    from debugarena.benchmark.models.open import open_model
    from debugarena.benchmark.sandbox import Sandbox
    from debugarena.benchmark.scoring.report import score
    from debugarena.benchmark.scoring.score_model import score_model

__all__ = [
    "Bug",
    "DebugArenaEnv",
    "Sandbox",
    "agrade",
    "grade",
    "grade_many",
    "load_bugs",
    "open_model",
    "prompt_for",
    "reward_functions",
    "score",
    "score_model",
]

# imported on first use, so that `debugarena --help` and the metric's loader do not pay for them
_HOMES = {
    "Bug": "dataset.schema",
    "DebugArenaEnv": "environment.client",
    "Sandbox": "sandbox",
    "agrade": "grading.shared",
    "grade": "grading.shared",
    "grade_many": "grading.shared",
    "load_bugs": "dataset.loading",
    "open_model": "models.open",
    "prompt_for": "grading.shared",
    "reward_functions": "adapters.trl",
    "score": "scoring.report",
    "score_model": "scoring.score_model",
}

moved.install()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
