"""Which bugs fit into the context of a run, in tokens: those whose prompt leaves room for their fix."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import Any

from debugarena.baseline.config import TrainConfig
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import Prompt, make_prompt
from debugarena.benchmark.wording import counted


def check_room(bugs: Sequence[Bug], fixes: Mapping[str, str], tokenizer: Any, config: TrainConfig) -> None:
    """UsageError if no bug fits, even without its failing tests, which only the sandbox can find.

    fixes: bug id -> what a model would write, here and below.
    """
    lengths = []
    for bug in bugs:
        lengths.append(_lengths(tokenizer, shown(make_prompt(bug, (), config.prompt)), fixes[bug.bug_id]))
        if _fits(lengths[-1], config):
            return
    raise _no_room(lengths, config, " without its failing tests")


def that_fit(rows: Any, fixes: Mapping[str, str], tokenizer: Any, config: TrainConfig) -> Any:
    """Leaves out rows whose prompt leaves too little room, or whose fix is longer than a completion may be: they could
    earn nothing. UsageError if none is left."""
    lengths = [_lengths(tokenizer, row["prompt"], fixes[row["bug_id"]]) for row in rows]
    fitting = [i for i, length in enumerate(lengths) if _fits(length, config)]
    if not fitting:
        raise _no_room(lengths, config)
    if n := len(lengths) - len(fitting):
        are = "is" if n == 1 else "are"
        print(f"{n} of {counted(len(lengths), 'bug')} {are} too long for this config and left out", file=sys.stderr)
    return rows.select(fitting)


def shown(prompt: Prompt) -> Any:
    """The prompt as a row holds it: text, or messages."""
    return prompt.text or [dict(message) for message in prompt.messages]


def _lengths(tokenizer: Any, prompt: Any, fix: str) -> tuple[int, int]:
    """Tokens of prompt and fix."""
    if isinstance(prompt, str):
        n_prompt = len(tokenizer(prompt).input_ids)
    else:
        n_prompt = len(tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False))
    return n_prompt, len(tokenizer(fix, add_special_tokens=False).input_ids)


def _fits(lengths: tuple[int, int], config: TrainConfig) -> bool:
    prompt, fix = lengths
    return prompt <= config.context - config.max_new_tokens and fix <= config.max_new_tokens


def _no_room(lengths: Sequence[tuple[int, int]], config: TrainConfig, of_what: str = "") -> UsageError:
    """The error if no bug fits: how long they are, what the limits are, and what the median bug needs."""
    prompts, fixes = (sorted(column) for column in zip(*lengths, strict=True))
    prompt, fix = sorted(lengths, key=sum)[len(lengths) // 2]
    completion = max(fix, config.max_new_tokens)
    needed = {"context": max(prompt + completion, config.context), "max_new_tokens": completion}
    changes = [f"{name} to {n} or more" for name, n in needed.items() if n > getattr(config, name)]
    return UsageError(
        f"no bug fits: the shortest prompt{of_what} has {prompts[0]} tokens and the median one {median_low(prompts)}, "
        f"where context {config.context} leaves {config.context - config.max_new_tokens} besides max_new_tokens; the "
        f"shortest fix has {fixes[0]} and the median one {median_low(fixes)}, where max_new_tokens is "
        f"{config.max_new_tokens}; set {' and '.join(changes)}"
    )
