"""What a door to a model offers: a Model, which is asked with Requests and a Sampling."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import MAX_NEW_TOKENS, Prompt
from debugarena.benchmark.models.answers import Answer


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. temperature 0 is greedy; a higher one samples, seeded separately for each request.

    max_new_tokens: the budget of one completion. batch_size: rows at once in a transformers model; it changes the
    speed, not the random numbers.
    """

    temperature: float = 0.0
    max_new_tokens: int = MAX_NEW_TOKENS
    top_p: float = 1.0
    seed: int = 0
    batch_size: int = 16

    def __post_init__(self) -> None:
        if self.temperature < 0 or not 0 < self.top_p <= 1 or self.max_new_tokens < 1 or self.batch_size < 1:
            raise UsageError(f"{self}: temperature is at least 0, top_p in (0, 1], the counts at least 1")


@dataclass(frozen=True)
class Request:
    """One completion wanted. `sample` counts from 0, `attempt` from 1."""

    bug: Bug
    prompt: Prompt
    sample: int
    attempt: int

    def rng(self, seed: int) -> random.Random:
        """This request's own random generator: the same whatever else is asked, in whatever order."""
        return random.Random(f"{seed}:{self.bug.bug_id}:{self.sample}:{self.attempt}")


class Model(Protocol):
    """`name` is the spec as given, without a server's address. `info` is plain JSON for a report: no clocks, no paths
    of this machine.

    `complete` yields each request once, as completions come, in any order; after a complete-v1 prompt a completion ends
    at or just before the first closing fence.
    """

    name: str

    def info(self) -> dict[str, Any]: ...

    def complete(self, requests: Sequence[Request], sampling: Sampling) -> Iterator[tuple[Request, Answer]]: ...
