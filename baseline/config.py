"""The settings of a training run, read from YAML: one flat file; every key has a range, unknown keys are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from debugarena.benchmark.grading.prompts import PromptFormat
from debugarena.benchmark.typed_yaml import read_typed_yaml


class TrainConfig(BaseModel):
    """One run. Numbers that a GPU changes (batching, precision) are separate from those of the recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    # what is trained, on what
    model: str = Field(description="smollm2, hf:<id or folder>, or random: a tiny one that knows nothing.")
    prompt: PromptFormat = "complete-v1"
    attempts: Literal[1, 5] = Field(default=1, description="1, or 5 with feedback in one rollout.")
    dataset: str = Field(default="dist/debugarena", description="An export, a folder of bug files, or a hub id.")
    levels: list[int] = Field(default=[1, 2, 3, 4], min_length=1)
    n_bugs: int | None = Field(default=None, ge=1, description="Train on a fixed, mixed choice of this many bugs.")
    anonymise: bool = False

    # the recipe
    steps: int = Field(ge=0, description="Optimiser steps of GRPO; 0 stops after the warm start.")
    prompts_per_step: int = Field(ge=1)
    generations: int = Field(ge=2, description="Completions per prompt: the group within which rewards are compared.")
    max_new_tokens: int = Field(ge=1, description="Of one completion; with several attempts, of the conversation.")
    context: int = Field(default=2048, ge=64, description="Tokens of prompt and completion together.")
    temperature: float = Field(default=1.0, gt=0)
    learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(default=0, ge=0)
    schedule: Literal["constant_with_warmup", "linear", "cosine"] = "constant_with_warmup"
    beta: float = Field(default=0.0, ge=0, description="Weight of the KL term against the model that GRPO starts from.")
    loss: Literal["grpo", "dapo", "dr_grpo", "bnpo"] = "dr_grpo"
    lora_rank: int = Field(default=16, ge=0, description="0 trains all weights.")
    lora_alpha: int = Field(default=32, ge=1)
    curriculum: bool = False
    warm_start_steps: int = Field(default=0, ge=0, description="Supervised steps on (bug, fix) pairs before GRPO.")
    warm_start_learning_rate: float = Field(default=1e-4, gt=0)

    # the machine
    unsloth: bool = Field(
        default=False, description="Use Unsloth if CUDA and unsloth are available; else plain transformers."
    )
    load_in_4bit: bool = False
    vllm: bool = False
    gradient_checkpointing: bool = False
    micro_batch: int = Field(default=8, ge=1, description="Completions in one backward pass.")
    save_every: int = Field(default=5, ge=1, description="Steps between checkpoints.")
    log_to: Literal["none", "tensorboard", "trackio"] = "none"

    @model_validator(mode="after")
    def _fits_together(self) -> TrainConfig:
        batch = self.prompts_per_step * self.generations
        if batch % self.micro_batch:
            raise ValueError(
                f"micro_batch is {self.micro_batch}, but a step has {self.prompts_per_step} x {self.generations} = "
                f"{batch} completions; choose a divisor of that"
            )
        if self.load_in_4bit and not self.lora_rank:
            raise ValueError("load_in_4bit needs lora_rank above 0: four-bit weights cannot be trained themselves")
        if self.max_new_tokens >= self.context:
            raise ValueError(f"max_new_tokens is {self.max_new_tokens}, which leaves no room in context {self.context}")
        if self.vllm and self.prompt == "complete-v1":
            raise ValueError("vllm needs prompt: chat-v1: TRL does not let it stop at a fence")
        if self.warm_start_steps and not self.lora_rank:
            raise ValueError("warm_start_steps needs lora_rank above 0: only the adapter of a warm start is kept")
        if not self.steps and not self.warm_start_steps:
            raise ValueError("steps and warm_start_steps are both 0: nothing would be trained")
        if self.attempts > 1 and self.curriculum:
            raise ValueError("curriculum works only with attempts: 1")
        if self.attempts > 1 and self.prompt != "chat-v1":
            raise ValueError(
                f"attempts is {self.attempts}, which needs prompt: chat-v1, because feedback is a turn of a chat"
            )
        return self


def read_config(path: Path, **changes: object) -> TrainConfig:
    """The config of a file, with some keys replaced. UsageError with file and key for what does not fit."""
    return read_typed_yaml(path, TrainConfig, "a config is a mapping of keys to values, such as `steps: 20`", **changes)
