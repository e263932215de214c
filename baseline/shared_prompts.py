"""Computes the prompt that the completions of a group share only once, in generation and in training.

TRL repeats it for each. A bug's prompt is three times as long as its fix, so sharing it saves most of a step's work on
a CPU. The computation is the same up to rounding: the keys and values of the prompt are repeated instead of the prompt,
and gradients flow through them. A test compares both.
"""

from __future__ import annotations

import random
from typing import Any

from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.decoding import Row, decode


def share_in_generation(model: Any) -> None:
    """Makes `model.generate`, as TRL calls it, use the loop that scoring uses, which computes a prompt once.

    Each row samples from a generator of its own, seeded by torch's. Of the settings, temperature and max_new_tokens
    count; those that `debugarena train` does not change, such as top_p, are ignored.
    """
    import torch

    def generate(input_ids: Any, attention_mask: Any, generation_config: Any) -> Any:
        sampling = Sampling(temperature=generation_config.temperature, max_new_tokens=generation_config.max_new_tokens)
        ends = {*generation_config.eos_token_id}
        prompts = [ids[mask.bool()].tolist() for ids, mask in zip(input_ids, attention_mask, strict=True)]
        seeds = torch.randint(2**62, (len(prompts),)).tolist()
        rows = [Row(ids, random.Random(seed)) for ids, seed in zip(prompts, seeds, strict=True)]

        def is_over(row: Row) -> bool:
            return row.new_ids[-1] in ends or len(row.new_ids) == sampling.max_new_tokens

        width = max(len(row.new_ids) for row in list(decode(model, rows, sampling, is_over)))
        padded = [row.new_ids + [generation_config.pad_token_id] * (width - len(row.new_ids)) for row in rows]
        return torch.cat([input_ids, torch.tensor(padded, device=input_ids.device)], dim=1)

    model.generate = generate


def after_prompt(model: Any, ids: Any, mask: Any, n_prompt: int) -> dict[str, Any]:
    """The inputs with which `model`, with TRL's fused head, scores all tokens of each row after the first n_prompt.

    The rows, B, T, have the first n_prompt tokens in common; n_prompt >= 2.
    """
    from debugarena.benchmark.models import kv_cache

    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    output = model(
        input_ids=ids[:1, : n_prompt - 1],
        attention_mask=mask[:1, : n_prompt - 1],
        position_ids=positions[:1, : n_prompt - 1],
        use_cache=True,
        logits_to_keep=1,
    )
    cache = getattr(output, kv_cache.NAME)
    cache.batch_repeat_interleave(len(ids))
    labels = ids.masked_fill(mask == 0, -100)[:, n_prompt - 1 :].clone()
    labels[:, 0] = -100
    return {
        "input_ids": ids[:, n_prompt - 1 :],
        "attention_mask": mask,
        "position_ids": positions[:, n_prompt - 1 :],
        kv_cache.NAME: cache,
        "labels": labels,
    }


def log_probs(model: Any, ids: Any, mask: Any, n_new: int) -> tuple[Any, Any | None] | None:
    """(log-probabilities, entropies) of the last n_new tokens of each row, both B, n_new; None if the prompts differ.

    They are 0 where every row is padded. `model` has TRL's fused head. ids and mask: B, T.
    """
    import torch

    n_prompt = ids.shape[1] - n_new
    if not bool((ids[:, :n_prompt] == ids[0, :n_prompt]).all()):
        return None
    # what is padding in every row is not computed
    start = int(mask[0, :n_prompt].long().argmax())
    n_used = max(1, int((mask[:, n_prompt:] * torch.arange(1, n_new + 1, device=mask.device)).max()))
    ids, mask = ids[:, start : n_prompt + n_used], mask[:, start : n_prompt + n_used]
    if n_prompt - start < 2:
        return None
    found = model(**after_prompt(model, ids, mask, n_prompt - start), fused_lm_head=True)

    def padded(values: Any) -> Any:
        return torch.nn.functional.pad(values[:, -n_used:], (0, n_new - n_used))

    # a reference model's head gives no entropies
    return padded(found.log_probs), None if found.entropy is None else padded(found.entropy)
