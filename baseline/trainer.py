"""Sets up TRL's GRPOTrainer: its settings, which rows come next, and what a run leaves behind."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

from debugarena.baseline import processes
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.files import write_whole

if TYPE_CHECKING:
    from debugarena.baseline.config import TrainConfig
    from debugarena.baseline.curriculum import Curriculum

WHOLE = "whole"  # the file that a checkpoint gets last: a checkpoint without it was cut off
CURRICULUM_FILE = "curriculum.json"


def make_settings(config: TrainConfig, seed: int, folder: Path) -> Any:
    """A GRPOConfig. UsageError or ValueError for impossible settings, before any work."""
    import torch
    from trl.trainer.grpo_config import GRPOConfig

    from debugarena.benchmark.models.transformers_model import device_and_dtype

    device, dtype = device_and_dtype(torch)
    batch, at_once = config.prompts_per_step * config.generations, config.micro_batch * processes.count()
    if batch % at_once:
        raise UsageError(
            f"a step has {batch} completions, which {processes.count()} processes cannot share in batches of "
            f"{config.micro_batch}; choose another micro_batch or prompts_per_step"
        )
    return GRPOConfig(
        output_dir=str(folder),
        seed=seed,
        max_steps=config.steps or -1,
        per_device_train_batch_size=config.micro_batch,
        gradient_accumulation_steps=batch // at_once,
        steps_per_generation=batch // at_once,
        num_generations=config.generations,
        max_completion_length=config.max_new_tokens,
        temperature=config.temperature,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.schedule,
        warmup_steps=config.warmup_steps,
        beta=config.beta,
        loss_type=config.loss,
        scale_rewards="none" if config.loss == "dr_grpo" else "group",
        gradient_checkpointing=config.gradient_checkpointing,
        max_tool_calling_iterations=config.attempts,
        use_vllm=config.vllm,
        bf16=dtype is torch.bfloat16,
        fp16=dtype is torch.float16,
        use_cpu=device == "cpu",
        save_steps=config.save_every,
        save_total_limit=2,
        logging_steps=1,
        report_to=config.log_to,
        ignore_data_skip=True,  # the order of a step follows from its number
        disable_tqdm=False,
    )


def make_trainer(choose: Callable[[int], list[int]], n_rows: int, share: bool = False) -> Any:
    """A GRPOTrainer that trains each step, from 0, on the n_rows rows that `choose` gives. TRL itself draws rows in its
    own order and has no curriculum. Several processes share a step's completions as in TRL.

    share: compute a prompt once for the rows of a batch that have it in common (baseline/shared_prompts.py).
    """
    from torch.utils.data import Sampler
    from trl.trainer import grpo_trainer

    from debugarena.baseline import shared_prompts

    class Chosen(Sampler[int]):
        """The rows of all steps still to come, each as often as TRL wants to see it."""

        def __init__(self, trainer: Any) -> None:
            self._trainer, self._args = trainer, trainer.args
            self._repeats = trainer.num_iterations * trainer.args.steps_per_generation

        def __iter__(self) -> Iterator[int]:
            # read only now: a resumed run learns its step after this sampler is made
            for step in range(self._trainer.state.global_step, self._args.max_steps):
                rows = choose(step)
                for _ in range(self._repeats):
                    for row in rows:
                        yield from [row] * self._args.num_generations

        def __len__(self) -> int:
            return int(self._args.max_steps * n_rows * self._args.num_generations * self._repeats)

    class Trainer(grpo_trainer.GRPOTrainer):
        def _get_train_sampler(self, dataset: Any = None) -> Chosen:
            return Chosen(self)

    class SharingTrainer(Trainer):
        def _prepare_inputs(self, generation_batch: Any) -> Any:
            # TRL shuffles the completions of a step before it cuts them into batches; all of them make one gradient,
            # and unshuffled a batch is a group
            with mock.patch.object(grpo_trainer, "shuffle_sequence_dict", lambda batch: batch):
                return super()._prepare_inputs(generation_batch)

        def _get_per_token_logps_and_entropies(
            self, model: Any, input_ids: Any, attention_mask: Any, logits_to_keep: int, *args: Any, **options: Any
        ) -> Any:
            fits = not options.get("compute_aux_loss") and len(input_ids) <= self.args.per_device_train_batch_size
            found = shared_prompts.log_probs(model, input_ids, attention_mask, logits_to_keep) if fits else None
            if found is None:
                return super()._get_per_token_logps_and_entropies(
                    model, input_ids, attention_mask, logits_to_keep, *args, **options
                )
            return *found, None

    return SharingTrainer if share else Trainer


def make_keeper(folder: Path, seed: int, curriculum: Curriculum | None) -> Any:
    """A callback that seeds and logs each step, marks checkpoints as whole, and stops if a gradient is not finite."""
    import torch
    from transformers import TrainerCallback, set_seed

    suffix = f":{processes.rank()}" if processes.rank() else ""

    class Keeper(TrainerCallback):
        _began = time.perf_counter()  # a run that is resumed after its last step logs only its end

        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            # what a step samples depends on its number: loaders draw from the generators when a run resumes
            set_seed(Random(f"{seed}:{state.global_step}{suffix}").getrandbits(32))
            self._began = time.perf_counter()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            if not processes.is_main():
                return
            with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
                shares = {"shares": curriculum.shares(state.global_step - 1)} if curriculum else {}
                seconds = {
                    "step_time": time.perf_counter() - self._began
                }  # GRPO logs its own, supervised steps log none
                file.write(json.dumps({"step": state.global_step, **seconds, **(logs or {}), **shares}) + "\n")

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
            if args.fp16:  # its scaler expects such gradients and skips those steps
                return
            gradients = [p.grad for p in model.parameters() if p.grad is not None]
            if not all(bool(torch.isfinite(gradient).all()) for gradient in gradients):
                raise DebugArenaError(
                    f"the gradient is not finite at step {state.global_step + 1}; the last checkpoint in {folder} is "
                    "whole: lower learning_rate and start again in another folder"
                )

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            processes.wait()  # each process writes its own part of a checkpoint
            if not processes.is_main():
                return
            checkpoint = folder / f"checkpoint-{state.global_step}"
            if curriculum:
                (checkpoint / CURRICULUM_FILE).write_text(json.dumps(curriculum.state()) + "\n")
            (checkpoint / WHOLE).touch()

    return Keeper()


def step_of(checkpoint: Path) -> int:
    """The number of steps after which it was made."""
    return int(checkpoint.name.removeprefix("checkpoint-"))


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint. Removes checkpoints that a kill cut off, and log lines after the whole one."""
    found = {step_of(path): path for path in folder.glob("checkpoint-*")}
    whole = [step for step, path in found.items() if (path / WHOLE).is_file()]
    for step in set(found) - set(whole):
        shutil.rmtree(found[step])
    last = max(whole, default=0)
    log = folder / "log.jsonl"
    if log.exists():
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if _logged_step(line) <= last]
        write_whole(log, "".join(line + "\n" for line in lines))
    return found[last] if whole else None


def _logged_step(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except ValueError:  # cut off
        return float("inf")
