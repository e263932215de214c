"""A tiny model of Qwen2's architecture with random weights, and a tokenizer of bytes, made in a moment.

It is for trying out training where no weights are available: it knows nothing, and learns nothing in a few steps.
"""

from __future__ import annotations

from typing import Any

from debugarena.benchmark.grading.prompts import FENCE

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTEXT = 4096


def make_random_model(seed: int = 0) -> tuple[Any, Any]:
    """(model, tokenizer): some 20,000 weights, one token a byte, and one for a fence."""
    import torch
    import transformers

    tokenizer = _make_tokenizer()
    config = transformers.Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    auto: Any = transformers.AutoModelForCausalLM
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return auto.from_config(config), tokenizer


def _make_tokenizer() -> Any:
    import tokenizers
    import transformers
    from tokenizers import decoders, models, pre_tokenizers

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate([*special, *alphabet, "``", FENCE])}
    backend = tokenizers.Tokenizer(models.BPE(vocab=vocab, merges=[("`", "`"), ("``", "`")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(special)
    fast: Any = transformers.PreTrainedTokenizerFast
    return fast(
        tokenizer_object=backend,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
    )
