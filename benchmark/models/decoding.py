"""Generates text with a causal language model, a batch at a time, for scores and for training.

It does not use `generate` of transformers, which keeps paying for finished rows until the longest one ends and
computes the same prompt once for each of its samples. `generate` also samples from one generator, so that a row would
depend on its neighbours.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from debugarena.benchmark.models.base import Sampling

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
    """Yields each row as soon as `is_over` says that it has ended; asks it after every new token.

    Rows leave the batch, and its cache, as they finish. Shapes: B rows, T tokens with padding, V vocabulary.
    """
    import torch

    from debugarena.benchmark.models import kv_cache

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
                use_cache=True,
                **{kv_cache.NAME: cache},
            )
        logits, cache = output.logits[:, -1], getattr(output, kv_cache.NAME)


def _read(model: Any, rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, Any]:
    """(logits of the first new token, B, V; mask of the prompts, B, T; cache), each prompt computed once.

    One by one if their caches can be merged afterwards, else as one padded batch.
    """
    import torch

    from debugarena.benchmark.models import kv_cache

    place = {prompt: i for i, prompt in enumerate(dict.fromkeys(tuple(row.prompt_ids) for row in rows))}
    width = max(map(len, place))
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in place], device=model.device)
    prompt_of = [place[tuple(row.prompt_ids)] for row in rows]
    if kv_cache.is_plain(model):
        outputs = [_prefill(model, torch.tensor([prompt], device=model.device)) for prompt in place]
        logits = torch.cat([output.logits[:, -1] for output in outputs])
        cache = kv_cache.merge([getattr(output, kv_cache.NAME) for output in outputs], prompt_of)
    else:
        ids = torch.tensor([[0] * (width - len(p)) + [*p] for p in place], device=model.device)
        output = _prefill(model, ids, attention_mask=mask, position_ids=(mask.cumsum(-1) - 1).clamp(min=0))
        logits, cache = output.logits[:, -1], getattr(output, kv_cache.NAME)
        if len(place) < len(rows):
            cache.batch_select_indices(torch.tensor(prompt_of, device=model.device))
    return logits[prompt_of], mask[prompt_of], cache


def _prefill(model: Any, input_ids: torch.Tensor, **where: torch.Tensor) -> Any:
    import torch

    with torch.inference_mode():
        # all logits of a prefill would be T times V numbers a row, gigabytes
        return model(input_ids=input_ids, use_cache=True, logits_to_keep=1, **where)


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
