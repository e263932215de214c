"""Models that answer without thinking: a score's upper and lower reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.prompts import FENCE
from debugarena.benchmark.models.answers import Answer
from debugarena.benchmark.models.base import Model, Request, Sampling

FIXED_ANSWERS: dict[str, Callable[[Bug], str]] = {
    "oracle": lambda bug: bug.fixed_code,
    "noop": lambda bug: bug.buggy_code,
}


class FixedAnswers:
    """The oracle answers with the reference fix, the no-op with the buggy code: a score's upper and lower reference."""

    def __init__(self, name: str) -> None:
        self.name = name

    def info(self) -> dict[str, Any]:
        return {"kind": self.name, "id": self.name}

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]:
        for request in requests:
            opening = "" if request.prompt.opened_fence else f"{FENCE}{request.bug.language}\n"
            yield request, Answer(f"{opening}{FIXED_ANSWERS[self.name](request.bug).rstrip()}\n{FENCE}")


def open_oracle(target: str) -> Model:
    """Answers with the reference fix."""
    return FixedAnswers("oracle")


def open_noop(target: str) -> Model:
    """Answers with the buggy code, unchanged."""
    return FixedAnswers("noop")
