"""The loop in which a model writes gives what the model says of each sequence alone, whatever kind of cache it has."""

from __future__ import annotations

import random
from typing import Any

import pytest

pytest.importorskip("trl", reason='needs the "train" extra')  # transformers itself takes seconds to import

from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.decoding import Row, decode

SIZES = {
    "vocab_size": 90,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,
}
PROMPTS = [[*range(3, 33)], [7, 8], [*range(40, 52)], [7, 8]]


def tiny_model(kind: str) -> Any:
    import torch
    import transformers

    torch.manual_seed(0)
    if kind == "sliding":
        config: Any = transformers.MistralConfig(**SIZES, sliding_window=8)
    elif kind == "latent":  # keys and values of different sizes
        heads = {
            "qk_nope_head_dim": 8,
            "qk_rope_head_dim": 8,
            "v_head_dim": 12,
            "kv_lora_rank": 16,
            "q_lora_rank": None,
        }
        config = transformers.DeepseekV2Config(**SIZES | {"num_key_value_heads": 4}, **heads, first_k_dense_replace=2)
    else:
        config = transformers.Qwen2Config(**SIZES)
    return transformers.AutoModelForCausalLM.from_config(config).eval()


def written_without_a_cache(model: Any, prompt: list[int], n_new: int) -> list[int]:
    import torch

    ids = list(prompt)
    with torch.inference_mode():
        for _ in range(n_new):
            ids.append(int(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return ids[len(prompt) :]


@pytest.mark.parametrize("kind", ["plain", "latent", "sliding"])
def test_rows_of_a_batch_are_written_as_if_alone_and_without_a_cache(kind: str) -> None:
    from debugarena.benchmark.models import kv_cache

    lengths = [20, kv_cache.ROOM * 2 + 5, kv_cache.ROOM + 1, 3]  # new tokens of each
    model = tiny_model(kind)
    assert kv_cache.is_plain(model) == (kind != "sliding")
    rows = [Row(prompt, random.Random(0)) for prompt in PROMPTS]
    wanted = {id(row): n for row, n in zip(rows, lengths, strict=True)}
    order = list(decode(model, rows, Sampling(), lambda row: len(row.new_ids) == wanted[id(row)]))
    assert [len(row.new_ids) for row in order] == sorted(lengths)
    expected = [written_without_a_cache(model, p, n) for p, n in zip(PROMPTS, lengths, strict=True)]
    assert [row.new_ids for row in rows] == expected
    assert len(set(expected[1])) > 5  # else any cache would do


def test_what_is_put_together_is_not_in_memory_twice() -> None:
    import torch

    from debugarena.benchmark.models import kv_cache

    model = tiny_model("plain")
    with torch.inference_mode():
        outputs = [model(input_ids=torch.tensor([prompt]), use_cache=True) for prompt in PROMPTS[:2]]
    caches = [getattr(output, kv_cache.NAME) for output in outputs]
    merged = kv_cache.merge(caches, [0, 1, 1])
    assert merged.get_seq_length() == len(PROMPTS[0])
    assert [(cache.get_seq_length(), layer.keys) for cache in caches for layer in cache.layers] == [(0, None)] * 4
