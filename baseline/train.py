"""Trains a model to repair bugs with GRPO, on the training bugs alone; goes on where a killed run stopped.

  debugarena generate --count 100 --level 1 --split train --out runs/train-bugs
  debugarena train baseline/configs/smoke.yaml --dataset runs/train-bugs --out runs/smoke
  debugarena train baseline/configs/smollm2-135m-cpu.yaml --seed 1 --out runs/smollm2-seed1
  debugarena train baseline/configs/smollm2-135m-cpu.yaml --seed 1 --curriculum --out runs/smollm2-curriculum1
  accelerate launch --num_processes 2 -m debugarena.benchmark.cli train baseline/configs/qwen2.5-coder-7b.yaml

The folder then holds log.jsonl and checkpoints, those of supervised steps in warm-start/, and model/, which
`debugarena score --model hf:DIR/model` scores.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.files import sole_writer, write_whole
from debugarena.benchmark.grading.prompts import FENCE, opens_fence
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.wording import counted

if TYPE_CHECKING:
    from debugarena.baseline.config import TrainConfig
    from debugarena.baseline.curriculum import Curriculum
    from debugarena.benchmark.dataset.schema import Bug
    from debugarena.benchmark.grading.grade import Grade, NotGraded

TRAIN_SPLIT = "train"
WALL_S = 300.0
EXPORT = "dist/debugarena"
_MAKE_BUGS = (
    "`debugarena build` makes it, in half an hour, and `debugarena generate --split train --out DIR` makes bugs for "
    "--dataset DIR, in minutes"
)
VERSIONS_FILE, TRAINED_ON_FILE = "versions.json", "trained-on.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena train`."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file; see baseline/configs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/train-<name of the config>-<seed>")
    parser.add_argument("--seed", type=int, default=0, help="of the order of bugs and of the samples (default: 0)")
    parser.add_argument("--dataset", metavar="FOLDER_OR_HUB_ID", help="instead of the config's")
    parser.add_argument("--steps", type=int, help="instead of the config's")
    parser.add_argument("--curriculum", action="store_true", help="easy bugs first, then those that teach most")
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena train`."""
    for package in ("pydantic", "torch", "transformers", "trl", "peft", "openenv"):
        _need(package)
    from debugarena.baseline import processes
    from debugarena.baseline.config import read_config
    from debugarena.benchmark.sandbox import Sandbox

    if not 0 <= args.seed < 2**32:
        raise UsageError(f"--seed is {args.seed}; it is 0 to {2**32 - 1}")
    changes = {name: getattr(args, name) for name in ("dataset", "steps") if getattr(args, name) is not None}
    config = read_config(args.config, **changes, **({"curriculum": True} if args.curriculum else {}))
    if config.log_to != "none":
        _need(config.log_to, config.log_to)
    if config.vllm:
        _need("vllm", "vllm")
    folder = args.out or Path("runs") / f"train-{args.config.stem}-{args.seed}"
    bugs = training_bugs(config)
    if processes.count() > 1 and config.curriculum:
        raise UsageError("curriculum goes with one process alone: each would have to know what the others measured")
    own = sole_writer(folder) if processes.is_main() else contextlib.nullcontext()
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox, own:
        n_not_graded = train(config, bugs, args.seed, folder, sandbox)
    if processes.is_main():
        print(f"what it logged and model/ are in {folder}/; score it with: debugarena score --model hf:{folder}/model")
    if n_not_graded:
        print(f"not graded: {counted(n_not_graded, 'completion')}, which the sandbox could not run", file=sys.stderr)
    return 1 if n_not_graded else 0


def _versions() -> dict[str, str]:
    """What a run was made with, for who wants to make it again."""
    from importlib.metadata import version

    import torch

    packages = ("debugarena", "torch", "transformers", "trl", "peft")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    return {"python": platform.python_version(), **{name: version(name) for name in packages}, "device": device}


def _need(package: str, source: str = '"debugarena[train,serve]"') -> None:
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise UsageError(f"this training needs {package}; pip install {source}")


def training_bugs(config: TrainConfig) -> list[Bug]:
    """The bugs that a run may train on: the split `train` of a dataset, or a folder of generated bugs.

    UsageError if there is none of the config's levels, or if one was not generated or its program is not of that split.
    """
    from debugarena.benchmark.dataset.anonymise import anonymise
    from debugarena.benchmark.dataset.loading import load_bugs, split_names
    from debugarena.benchmark.dataset.selection import select_bugs
    from debugarena.benchmark.dataset.splits import split_of

    if config.dataset == EXPORT and not Path(EXPORT).exists():  # it looks like an id on the hub
        raise UsageError(f"{EXPORT}: no such folder; {_MAKE_BUGS}")
    splits = split_names(config.dataset)
    named = splits != (None,)
    if named and TRAIN_SPLIT not in splits:
        there = ", ".join(map(str, splits))
        raise UsageError(f"{config.dataset} has no split {TRAIN_SPLIT}, but {there}; {_MAKE_BUGS}")
    bugs = load_bugs(config.dataset, split=TRAIN_SPLIT if named else None)
    for bug in bugs:
        if bug.origin_kind != "generated" or split_of(bug.program) != TRAIN_SPLIT:
            raise UsageError(
                f"{config.dataset}: {bug.bug_id} is for evaluation; train on bugs of the split train, as "
                "`debugarena build` or `debugarena generate --split train` leave them"
            )
    bugs = [bug for bug in bugs if bug.level in config.levels]
    if not bugs:
        raise UsageError(f"{config.dataset} has no bugs of the levels {config.levels}")
    bugs = select_bugs(bugs, config.n_bugs)
    return [anonymise(bug) for bug in bugs] if config.anonymise else bugs


def train(config: TrainConfig, bugs: Sequence[Bug], seed: int, folder: Path, sandbox: Any) -> int:
    """The whole run: data, model, rewards, trainer. Leaves `log.jsonl`, checkpoints and `model/` in the folder.

    Returns how many completions the sandbox could not run; they were left out of their groups.
    """
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    from debugarena.baseline import attempts, language_model, plain_head, processes
    from debugarena.baseline.curriculum import Curriculum, uniform
    from debugarena.baseline.lengths import check_room, that_fit
    from debugarena.baseline.shared_prompts import share_in_generation
    from debugarena.baseline.trainer import CURRICULUM_FILE, last_checkpoint, make_keeper, make_trainer
    from debugarena.baseline.warm_start import answer, warm_start
    from debugarena.benchmark.adapters.trl import SignalRewards
    from debugarena.benchmark.dataset.schema import dataset_hash
    from debugarena.benchmark.environment.episode import Arena, DebugArenaEnvironment
    from debugarena.benchmark.environment.task_sets import TaskSet
    from debugarena.benchmark.grading.grade import reference_limits
    from debugarena.benchmark.scoring.rollouts import claim_folder

    unsloth = language_model.use_unsloth(config)  # before trl and transformers are imported
    import datasets
    from transformers import set_seed
    from trl.trainer.grpo_config import GRPOConfig

    plain_head.use_without_gpu()
    settings = GRPOConfig(output_dir=str(folder), **_settings(config, seed))  # refuses before any work what cannot be
    set_seed(seed)
    run = {"config": config.model_dump(), "seed": seed, "dataset_hash": dataset_hash(list(bugs))}
    # before minutes of work, whether any bug fits
    fixes = {bug.bug_id: answer(bug, config) for bug in bugs}
    tokenizer = language_model.tokenizer_of(config)
    _check_tokenizer(tokenizer, config)
    check_room(bugs, fixes, attempts.use_fences(tokenizer) if config.attempts > 1 else tokenizer, config)
    # data: what a model sees of each bug is what it sees in a score
    rows = datasets.Dataset.from_list(_rows(config, bugs, sandbox))
    # model
    model, tokenizer = language_model.load(config)
    ends, template = model.generation_config.eos_token_id, tokenizer.chat_template
    if config.attempts > 1:
        tokenizer = attempts.use_fences(tokenizer)
    language_model.end_at_fences(model, tokenizer, config)
    rows = that_fit(rows, fixes, tokenizer, config)
    kept = {bug_id: index for index, bug_id in enumerate(rows["bug_id"])}
    bugs = sorted((bug for bug in bugs if bug.bug_id in kept), key=lambda bug: kept[bug.bug_id])
    if len(bugs) < config.prompts_per_step:
        there = f"there {'is' if len(bugs) == 1 else 'are'} {counted(len(bugs), 'bug')} to train on"
        raise UsageError(f"prompts_per_step is {config.prompts_per_step}, but {there}")
    with processes.main_first():  # a run that is refused leaves no folder
        claim_folder(folder, run)
        if processes.is_main() and not (folder / VERSIONS_FILE).exists():
            facts = {"n_bugs": len(bugs), "n_programs": len({bug.program for bug in bugs}), "hash": dataset_hash(bugs)}
            write_whole(folder / TRAINED_ON_FILE, json.dumps(facts, indent=1) + "\n")
            write_whole(folder / VERSIONS_FILE, json.dumps(_versions(), indent=1) + "\n")
    model = language_model.add_lora(model, config, unsloth)
    # order: any bug, or what the curriculum chooses
    curriculum = Curriculum(bugs, seed) if config.curriculum else None
    choose: Callable[[int], list[int]] = functools.partial(uniform, bugs, config.prompts_per_step, seed)
    tell = None
    if curriculum:
        choose = functools.partial(curriculum.choose, config.prompts_per_step)
        levels = {bug.bug_id: bug.level or 0 for bug in bugs}
        tell = functools.partial(_tell, curriculum, levels, config.generations)
    # Unsloth has attention of its own, vLLM a loop, and checkpointed gradients no cache
    share = not (unsloth or config.vllm or config.gradient_checkpointing)
    if config.warm_start_steps:
        warm_start(model, tokenizer, rows, bugs, config, seed, folder, share)
    # rewards: from the sandbox, a batch at a time; endless loops end by the reference's own time, and CPU time alone
    # counts: a machine that is stopped for a while must not change a reward
    limits = {bug_id: replace(limit, wall_s=WALL_S) for bug_id, limit in reference_limits(sandbox, bugs).items()}
    parts: dict[str, Any]
    graders: list[SignalRewards | attempts.RepairSession] = []
    if config.attempts == 1:
        rewards = SignalRewards(bugs, sandbox, opens_fence(config.prompt), limits, tell)
        graders.append(rewards)
        parts = {"reward_funcs": rewards.functions()}
    else:
        arena = Arena(TaskSet({TRAIN_SPLIT: bugs}), sandbox, limits=limits)

        def begin_session() -> attempts.RepairSession:
            graders.append(session := attempts.RepairSession(DebugArenaEnvironment(arena)))
            return session

        parts = {"reward_funcs": attempts.signal_rewards(), "environment_factory": begin_session}
    # trainer
    if share:
        share_in_generation(model)
    trainer_class = make_trainer(choose, config.prompts_per_step, share)
    trainer = (trainer_class if config.attempts == 1 else attempts.end_at_last_attempt(trainer_class))(
        model=model,
        args=settings,
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=[make_keeper(folder, seed, curriculum)],
        **parts,
    )
    with processes.main_first():
        last = last_checkpoint(folder)
    if last and curriculum:
        curriculum.restore(json.loads((last / CURRICULUM_FILE).read_text()))
    if config.steps:
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    trainer.model.generation_config.eos_token_id = ends  # a chat must not end at its first fence
    tokenizer.chat_template = template  # so that a score's prompts are those of before
    if processes.is_main():
        _save(trainer.accelerator.unwrap_model(trainer.model), tokenizer, config, folder / "model")
    return sum(grader.n_not_graded for grader in graders)


def _rows(config: TrainConfig, bugs: Sequence[Bug], sandbox: Any) -> list[dict[str, Any]]:
    from debugarena.baseline.lengths import shown
    from debugarena.benchmark.grading.prompts import make_prompt
    from debugarena.benchmark.scoring.report import grade_noop

    noop, not_graded = grade_noop(sandbox, bugs)
    if not_graded:  # a run on fewer bugs would be another run
        raise SandboxError(f"the sandbox could not run {not_graded[0].bug_id}: {not_graded[0].reason}; try again")
    rows = []
    for bug in bugs:
        prompt = make_prompt(bug, noop[bug.bug_id].verdict.failures, config.prompt)
        rows.append({"prompt": shown(prompt), "bug_id": bug.bug_id})
    return rows


def _check_tokenizer(tokenizer: Any, config: TrainConfig) -> None:
    """UsageError if the model's tokens and template cannot say what the recipe needs."""
    known = tokenizer.get_vocab()
    if config.attempts > 1 and "<|im_end|>" not in known:
        raise UsageError(f"attempts: {config.attempts} needs a model with chats in ChatML; {config.model} has others")
    if config.attempts == 1 and config.prompt == "chat-v1" and not tokenizer.chat_template:
        raise UsageError(f"{config.model} has no chat template; train it with prompt: complete-v1")
    if config.prompt == "complete-v1" and config.warm_start_steps and FENCE not in known:
        raise UsageError(f"{config.model} has no token {FENCE} to end at; leave warm_start_steps out, or use chat-v1")


def _settings(config: TrainConfig, seed: int) -> dict[str, Any]:
    import torch

    from debugarena.baseline import processes
    from debugarena.benchmark.models.transformers_model import device_and_dtype

    device, dtype = device_and_dtype(torch)
    batch, at_once = config.prompts_per_step * config.generations, config.micro_batch * processes.count()
    if batch % at_once:
        raise UsageError(
            f"a step has {batch} completions, which {processes.count()} processes cannot share in batches of "
            f"{config.micro_batch}; choose another micro_batch or prompts_per_step"
        )
    return {
        "seed": seed,
        "max_steps": config.steps or -1,
        "per_device_train_batch_size": config.micro_batch,
        "gradient_accumulation_steps": batch // at_once,
        "steps_per_generation": batch // at_once,
        "num_generations": config.generations,
        "max_completion_length": config.max_new_tokens,
        "temperature": config.temperature,
        "learning_rate": config.learning_rate,
        "lr_scheduler_type": config.schedule,
        "warmup_steps": config.warmup_steps,
        "beta": config.beta,
        "loss_type": config.loss,
        "scale_rewards": "none" if config.loss == "dr_grpo" else "group",
        "gradient_checkpointing": config.gradient_checkpointing,
        "max_tool_calling_iterations": config.attempts,
        "use_vllm": config.vllm,
        "bf16": dtype is torch.bfloat16,
        "fp16": dtype is torch.float16,
        "use_cpu": device == "cpu",
        "save_steps": config.save_every,
        "save_total_limit": 2,
        "logging_steps": 1,
        "report_to": config.log_to,
        "ignore_data_skip": True,  # the order of a step follows from its number
        "disable_tqdm": False,
    }


def _tell(
    curriculum: Curriculum, levels: Mapping[str, int], generations: int, step: int, grades: Sequence[Grade | NotGraded]
) -> None:
    from debugarena.benchmark.grading.grade import Grade

    groups = [
        [grade for grade in grades[i : i + generations] if isinstance(grade, Grade)]
        for i in range(0, len(grades), generations)
    ]
    curriculum.update(
        step, ((levels[group[0].bug_id], [grade.rewards.total for grade in group]) for group in groups if group)
    )


def _save(model: Any, tokenizer: Any, config: TrainConfig, folder: Path) -> None:
    """Whole weights, the adapter merged in, so that anything can load them."""
    from debugarena.baseline import language_model

    if (
        config.load_in_4bit
    ):  # four-bit weights lose what is merged into them: the adapter goes into those it was made of
        adapter = folder.with_name("adapter")
        model.save_pretrained(adapter)
        model = language_model.load_adapter(config, adapter)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
