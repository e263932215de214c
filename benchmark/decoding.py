"""The loop in which a causal language model writes, a batch at a time; for scores and for training alike.

Why not `generate` of transformers: it keeps paying for finished rows until the longest one ends; it computes the same
prompt once for each of its samples; and it samples from one generator, so that a row would depend on its neighbours.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from debugarena.benchmark.models import Sampling

if TYPE_CHECKING:
    import torch


@dataclass
class Row:
    """One completion in the making."""

    prompt_ids: list[int]
    rng: random.Random
    new_ids: list[int] = field(default_factory=list, kw_only=True)


R = TypeVar("R", bound=Row)


def decode(model: Any, rows: Sequence[R], sampling: Sampling, is_over: Callable[[R], bool]) -> Iterator[R]:
    """The rows, each as soon as `is_over` says so of it; it is asked after every new token.

    Rows leave the batch, and its cache, as they finish. Shapes: B rows, T tokens with padding, V vocabulary.
    """
    import torch

    left = list(rows)
    logits, mask, cache = _read(model, left)
    while left:
        chosen = choose(logits, [row.rng for row in left], sampling)  # B
        going = []
        for i, token_id in enumerate(chosen.tolist()):
            left[i].new_ids.append(token_id)
            if is_over(left[i]):
                yield left[i]
            else:
                going.append(i)
        if not going:
            return
        if len(going) < len(left):
            left = [left[i] for i in going]
            kept = torch.tensor(going, dtype=torch.long, device=mask.device)
            cache.batch_select_indices(kept)
            mask, chosen = mask[kept], chosen[kept]
        mask = torch.cat([mask, mask.new_ones(len(left), 1)], dim=-1)
        with torch.inference_mode():
            output = model(
                input_ids=chosen[:, None],
                attention_mask=mask,
                position_ids=mask.sum(-1, keepdim=True) - 1,
                past_key_values=cache,
                use_cache=True,
            )
        logits, cache = output.logits[:, -1], output.past_key_values


def _read(model: Any, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, Any]:
    """(logits of the first new token, B, V; mask of the prompts, B, T; cache), each prompt computed once."""
    import torch

    prompts = [*dict.fromkeys(tuple(row.prompt_ids) for row in rows)]
    width = max(map(len, prompts))
    padding = [width - len(prompt) for prompt in prompts]
    ids = torch.tensor([[0] * n + [*prompt] for n, prompt in zip(padding, prompts, strict=True)], device=model.device)
    mask = torch.tensor([[0] * n + [1] * (width - n) for n in padding], device=model.device)
    with torch.inference_mode():
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
            use_cache=True,
            logits_to_keep=1,  # without it a prefill holds T times V logits a row, gigabytes
        )
    cache = output.past_key_values
    if len(prompts) == len(rows):
        return output.logits[:, -1], mask, cache
    place = {prompt: i for i, prompt in enumerate(prompts)}
    rows_of = torch.tensor([place[tuple(row.prompt_ids)] for row in rows], device=model.device)
    cache.batch_select_indices(rows_of)
    return output.logits[rows_of, -1], mask[rows_of], cache


def choose(logits: torch.Tensor, rngs: Sequence[random.Random], sampling: Sampling) -> torch.Tensor:
    """B, V logits -> B token ids. One number from its own generator decides each row, by the inverse of the CDF."""
    import torch

    if sampling.temperature == 0:
        return logits.argmax(-1)
    probs = torch.softmax(logits.double() / sampling.temperature, dim=-1)
    order = None
    if sampling.top_p < 1:
        probs, order = probs.sort(dim=-1, descending=True, stable=True)
    totals = probs.cumsum(-1)  # B, V
    last = totals.shape[-1] - 1
    nucleus = torch.searchsorted(totals, torch.full_like(totals[:, :1], sampling.top_p)).clamp(max=last)  # B, 1
    draws = totals.new_tensor([[rng.random()] for rng in rngs]) * totals.gather(-1, nucleus)
    chosen = torch.searchsorted(totals, draws, right=True).clamp(max=last)
    return (chosen if order is None else order.gather(-1, chosen))[:, 0]
