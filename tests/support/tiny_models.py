"""Tiny transformers models and a tokenizer, real in all but size, made in a moment."""

from pathlib import Path
from typing import Any

CHAT_TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m.role }}\n{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
SPECIAL_TOKENS = ("<|end|>", "<|start|>", "<|odd|>")


def save_tokenizer(
    folder: Path, chat_template: str | None = CHAT_TEMPLATE, more_tokens: tuple[str, ...] = (), eos: str = "<|end|>"
) -> dict[str, int]:
    """A byte-level tokenizer with three special tokens and the two merges "``" and "``,"; returns its vocabulary.

    more_tokens: further special ones, at the end of the vocabulary.
    """
    import tokenizers
    import transformers
    from tokenizers import decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate([*SPECIAL_TOKENS, *alphabet, "``", "``,", *more_tokens])}
    backend = tokenizers.Tokenizer(models.BPE(vocab=vocab, merges=[("`", "`"), ("``", ",")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([*SPECIAL_TOKENS, *more_tokens])
    tokenizer_class: Any = transformers.PreTrainedTokenizerFast
    tokenizer = tokenizer_class(
        tokenizer_object=backend, eos_token=eos, additional_special_tokens=["<|start|>", "<|odd|>", *more_tokens]
    )
    tokenizer.chat_template = chat_template
    tokenizer.save_pretrained(folder)
    return vocab


def save_random_model(
    folder: Path,
    kind: str,
    chat_template: str | None = CHAT_TEMPLATE,
    more_tokens: tuple[str, ...] = (),
    eos: str = "<|end|>",
) -> Path:
    import torch
    import transformers

    vocab = save_tokenizer(folder, chat_template, more_tokens, eos)
    config_class = {"llama": transformers.LlamaConfig, "qwen2": transformers.Qwen2Config}[kind]
    config = config_class(
        vocab_size=len(vocab),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        initializer_range=0.5,  # far from uniform, so that rounding does not decide
        bos_token_id=None,
        eos_token_id=vocab[eos],
        pad_token_id=vocab["<|end|>"],
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        auto: Any = transformers.AutoModelForCausalLM
        auto.from_config(config).save_pretrained(folder)
    return folder


def save_scripted_model(folder: Path, script: list[str]) -> Path:
    """A real Llama whose greedy next token depends on the last one alone: it follows `script`, a cycle of tokens.

    Embeddings are one-hot, the layers add nothing, the head is the table of successors.
    """
    import torch
    import transformers

    vocab = save_tokenizer(folder)
    size = len(vocab) + -len(vocab) % 4  # two heads of even width
    config = transformers.LlamaConfig(
        vocab_size=size,
        hidden_size=size,
        intermediate_size=4,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=None,
        eos_token_id=vocab["<|end|>"],
        pad_token_id=vocab["<|end|>"],
        tie_word_embeddings=False,
    )
    auto: Any = transformers.AutoModelForCausalLM
    model = auto.from_config(config)
    with torch.no_grad():
        for parameter in (model.model.layers[0].self_attn.o_proj.weight, model.model.layers[0].mlp.down_proj.weight):
            parameter.zero_()
        model.model.embed_tokens.weight.copy_(torch.eye(size))
        model.lm_head.weight.zero_()
        for token, successor in zip(script, script[1:] + script[:1], strict=True):
            model.lm_head.weight[vocab[successor], vocab[token]] = 1.0
    model.save_pretrained(folder)
    return folder
