"""The model of a run and its tokenizer, ready to be trained: plain transformers, or Unsloth where there is a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from debugarena.baseline.config import TrainConfig
from debugarena.baseline.random_model import make_random_model
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import FENCE, opens_fence
from debugarena.benchmark.models.fetch_model import fetched_folder
from debugarena.benchmark.models.transformers_model import (
    device_and_dtype,
    import_libraries,
    load_pretrained,
    load_tokenizer,
)

ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def use_unsloth(config: TrainConfig) -> bool:
    """Whether Unsloth is wanted and available. It has to be imported before trl, transformers and peft."""
    if not config.unsloth:
        return False
    import torch

    if not torch.cuda.is_available():  # without CUDA its import raises, in some versions
        return False
    try:
        import unsloth  # noqa: F401
    except Exception:  # NotImplementedError, ImportError, RuntimeError: each of its versions has its own
        return False
    return True


def load(config: TrainConfig) -> tuple[Any, Any]:
    """(model, tokenizer), without an adapter. UsageError if there is no such model."""
    if config.model == "random":
        model, tokenizer = make_random_model()
    elif use_unsloth(config):
        from unsloth import FastLanguageModel

        model, tokenizer = FastLanguageModel.from_pretrained(
            model_name=_target(config.model),
            max_seq_length=config.context,
            load_in_4bit=config.load_in_4bit,
            fast_inference=config.vllm,
            max_lora_rank=max(config.lora_rank, 8),
            gpu_memory_utilization=0.5,
        )
    else:
        model, tokenizer = _load_plain(config, _target(config.model))
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def tokenizer_of(config: TrainConfig) -> Any:
    """The tokenizer without its model, which takes no time. UsageError if there is no such model."""
    if config.model == "random":
        return make_random_model()[1]
    return load_tokenizer(config.model, _target(config.model))


def check_tokenizer(tokenizer: Any, config: TrainConfig) -> None:
    """UsageError if the model's tokens and template cannot say what the recipe needs."""
    known = tokenizer.get_vocab()
    if config.attempts > 1 and "<|im_end|>" not in known:
        raise UsageError(f"attempts: {config.attempts} needs a model that chats in ChatML; {config.model} does not")
    if config.attempts == 1 and config.prompt == "chat-v1" and not tokenizer.chat_template:
        raise UsageError(f"{config.model} has no chat template; train it with prompt: complete-v1")
    if config.prompt == "complete-v1" and config.warm_start_steps and FENCE not in known:
        raise UsageError(f"{config.model} has no token {FENCE} to end at; leave warm_start_steps out, or use chat-v1")


def load_adapter(config: TrainConfig, folder: Path) -> Any:
    """The config's model with unquantised weights and a saved adapter. UsageError if there is no such model."""
    import peft

    whole = config.model_copy(update={"load_in_4bit": False, "unsloth": False})
    return peft.PeftModel.from_pretrained(load(whole)[0], folder)


def end_at_fences(model: Any, tokenizer: Any, config: TrainConfig) -> None:
    """Ends generation at the end of a text and, in a document, at a fence.

    Scoring continues after a fence that comes before all code or within a line; training cannot.
    """
    if opens_fence(config.prompt):
        fences = sorted(i for token, i in tokenizer.get_vocab().items() if FENCE in token)
        end_of_text = tokenizer.get_vocab().get("<|endoftext|>", tokenizer.eos_token_id)
        model.generation_config.eos_token_id = [*dict.fromkeys([tokenizer.eos_token_id, end_of_text, *fences])]


def _load_plain(config: TrainConfig, target: str) -> tuple[Any, Any]:
    torch, transformers = import_libraries(config.model)
    device, dtype = device_and_dtype(torch)
    # without an adapter all weights are trained, and the steps are too small for half precision
    options: dict[str, Any] = {"dtype": dtype if config.lora_rank else torch.float32}
    if config.load_in_4bit and device == "cuda":
        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_compute_dtype=dtype
        )
    return load_pretrained(config.model, target, **options)


def _target(spec: str) -> str:
    door, _, target = spec.partition(":")
    if spec == "smollm2":
        return str(fetched_folder(spec))
    if door == "hf" and target:
        return target
    raise UsageError(f"unknown model {spec!r}; a model to train is smollm2, hf:<id or folder> or random")


def add_lora(model: Any, config: TrainConfig, unsloth: bool) -> Any:
    """The model with an adapter on all its linear layers; unchanged if lora_rank is 0."""
    if not config.lora_rank:
        return model
    if unsloth:
        from unsloth import FastLanguageModel

        return FastLanguageModel.get_peft_model(
            model,
            r=config.lora_rank,
            lora_alpha=config.lora_alpha,
            target_modules=ALL_LINEAR,
            use_gradient_checkpointing="unsloth" if config.gradient_checkpointing else False,
        )
    import peft

    settings = peft.LoraConfig(
        r=config.lora_rank, lora_alpha=config.lora_alpha, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return peft.get_peft_model(model, settings)


def save_whole(model: Any, tokenizer: Any, config: TrainConfig, folder: Path) -> None:
    """Saves whole weights with the adapter merged in, so that anything can load them."""
    if config.load_in_4bit:  # merging into four-bit weights loses precision: merge into the originals
        adapter = folder.with_name("adapter")
        model.save_pretrained(adapter)
        model = load_adapter(config, adapter)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
