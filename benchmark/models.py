"""Where completions come from. Not covered: a file of completions (score reads it), training, vLLM (use its server)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from debugarena.benchmark.answers import Answer
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.prompts import FENCE, MAX_NEW_TOKENS, Prompt
from debugarena.benchmark.schema import Bug

if TYPE_CHECKING:
    from debugarena.benchmark.openai_model import Endpoint


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. temperature 0 is greedy; a higher one samples, seeded for each request by itself.

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
        """This request's own randomness: the same whatever else is asked, and in whatever order."""
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


def open_model(spec: str, endpoint: Endpoint | None = None) -> Model:
    """The model behind a `score --model` spec, its weights loaded. UsageError if there is none.

    endpoint: how a server is asked, for openai: alone.
    """
    from debugarena.benchmark import openai_model, transformers_model  # which import this module

    door, _, target = spec.partition(":")
    if endpoint and door != "openai":
        raise UsageError(f"{spec} is no server, so there is nothing to set about one; leave it out")
    if spec in FIXED_ANSWERS:
        return FixedAnswers(spec)
    if spec == "smollm2":
        return transformers_model.open_smollm2()
    if door == "hf" and target:
        return transformers_model.open_hf(spec, target)
    if door == "gguf" and target:
        return transformers_model.open_gguf(spec, target)
    if door == "openai" and target:
        return openai_model.open_openai(target, endpoint)
    forms = "oracle, noop, smollm2, hf:<id or folder>, gguf:<file> or openai:<base url>#<model>"
    shown = f"{door}:..." if "//" in spec else spec  # an address may hold a password
    raise UsageError(f"unknown model {shown!r}; a model is {forms}")
