"""A training run: data, model, order of bugs, warm start, rewards, trainer, in that order.

One attempt needs only the extra `train`. Several attempts are played with OpenEnv, which is imported only for them.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from debugarena.baseline import language_model, plain_head, processes
from debugarena.baseline.config import TrainConfig
from debugarena.baseline.curriculum import Curriculum, Order, make_order
from debugarena.baseline.data import answer, fitting, make_rows
from debugarena.baseline.lengths import check_room
from debugarena.baseline.rewarding import make_rewarding
from debugarena.baseline.shared_prompts import share_in_generation
from debugarena.baseline.trainer import CURRICULUM_FILE, last_checkpoint, make_keeper, make_settings, make_trainer
from debugarena.baseline.warm_start import warm_start
from debugarena.benchmark.dataset.schema import Bug, dataset_hash
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.rollouts import claim_folder

VERSIONS_FILE, TRAINED_ON_FILE = "versions.json", "trained-on.json"


def train(config: TrainConfig, bugs: Sequence[Bug], seed: int, folder: Path, sandbox: Sandbox) -> int:
    """Does the whole run. Leaves `log.jsonl`, checkpoints and `model/` in the folder; resumes a run that stopped there.

    Returns how many completions the sandbox could not run; they were left out of their groups.
    """
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    unsloth = language_model.use_unsloth(config)  # before trl and transformers are imported
    from transformers import set_seed

    plain_head.use_without_gpu()
    settings = make_settings(config, seed, folder)
    set_seed(seed)
    run = {"config": config.model_dump(), "seed": seed, "dataset_hash": dataset_hash(list(bugs))}
    fixes = {bug.bug_id: answer(bug, config) for bug in bugs}
    _check_lengths(config, bugs, fixes)
    rows = make_rows(config, bugs, sandbox)
    model, tokenizer = language_model.load(config)
    ends, template = model.generation_config.eos_token_id, tokenizer.chat_template
    tokenizer = _for_attempts(tokenizer, config)
    language_model.end_at_fences(model, tokenizer, config)
    rows, bugs = fitting(rows, bugs, fixes, tokenizer, config)
    _claim(folder, run, bugs)
    model = language_model.add_lora(model, config, unsloth)
    order = make_order(config, bugs, seed)
    # Unsloth has its own attention, vLLM its own loop, and gradient checkpointing no cache
    share = not (unsloth or config.vllm or config.gradient_checkpointing)
    if config.warm_start_steps:
        warm_start(model, tokenizer, rows, bugs, config, seed, folder, share)
    rewarding = make_rewarding(config, bugs, sandbox, order.tell)
    if share:
        share_in_generation(model)
    trainer = _trainer_class(config, order, share)(
        model=model,
        args=settings,
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=[make_keeper(folder, seed, order.curriculum)],
        **rewarding.arguments,
    )
    _take_steps(trainer, config, folder, order.curriculum)
    trainer.model.generation_config.eos_token_id = ends  # a chat must not end at its first fence
    tokenizer.chat_template = template  # so that scores use the original prompts
    if processes.is_main():
        language_model.save_whole(trainer.accelerator.unwrap_model(trainer.model), tokenizer, config, folder / "model")
    return rewarding.n_not_graded


def _check_lengths(config: TrainConfig, bugs: Sequence[Bug], fixes: Mapping[str, str]) -> None:
    """Checks, before minutes of work, that the model can say what the recipe needs and that some bug fits."""
    tokenizer = language_model.tokenizer_of(config)
    language_model.check_tokenizer(tokenizer, config)
    check_room(bugs, fixes, _for_attempts(tokenizer, config), config)


def _for_attempts(tokenizer: Any, config: TrainConfig) -> Any:
    """The tokenizer, with templates for turns if there are several attempts."""
    if config.attempts == 1:
        return tokenizer
    from debugarena.baseline.attempts import use_fences

    return use_fences(tokenizer)


def _claim(folder: Path, run: Mapping[str, Any], bugs: Sequence[Bug]) -> None:
    """Claims the folder for this run, or checks that it belongs to it. A run refused before this leaves no folder."""
    with processes.main_first():
        claim_folder(folder, run)
        if processes.is_main() and not (folder / VERSIONS_FILE).exists():
            facts = {
                "n_bugs": len(bugs),
                "n_programs": len({bug.program for bug in bugs}),
                "hash": dataset_hash(list(bugs)),
            }
            write_whole(folder / TRAINED_ON_FILE, json.dumps(facts, indent=1) + "\n")
            write_whole(folder / VERSIONS_FILE, json.dumps(_versions(), indent=1) + "\n")


def _versions() -> dict[str, str]:
    """What a run was made with, for anyone who wants to repeat it."""
    from importlib.metadata import version

    import torch

    packages = ("debugarena", "torch", "transformers", "trl", "peft")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    return {"python": platform.python_version(), **{name: version(name) for name in packages}, "device": device}


def _trainer_class(config: TrainConfig, order: Order, share: bool) -> Any:
    trainer = make_trainer(order.choose, config.prompts_per_step, share)
    if config.attempts == 1:
        return trainer
    from debugarena.baseline.attempts import end_at_last_attempt

    return end_at_last_attempt(trainer)


def _take_steps(trainer: Any, config: TrainConfig, folder: Path, curriculum: Curriculum | None) -> None:
    """Takes the steps that are left after the last checkpoint in the folder."""
    with processes.main_first():
        last = last_checkpoint(folder)
    if last and curriculum:
        curriculum.restore(json.loads((last / CURRICULUM_FILE).read_text()))
    if config.steps:
        trainer.train(resume_from_checkpoint=str(last) if last else None)
