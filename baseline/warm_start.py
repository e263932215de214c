"""Supervised steps on (bug, fix) pairs, before GRPO or instead of it: the rival that reinforcement has to beat."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from debugarena.baseline import processes
from debugarena.baseline.config import TrainConfig
from debugarena.baseline.data import answer
from debugarena.baseline.shared_prompts import after_prompt
from debugarena.baseline.trainer import last_checkpoint, make_keeper, step_of
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.prompts import FENCE, opens_fence

FOLDER = "warm-start"
DONE = "adapter.safetensors"


def warm_start(
    model: Any,
    tokenizer: Any,
    rows: Any,
    bugs: Sequence[Bug],
    config: TrainConfig,
    seed: int,
    folder: Path,
    share: bool,
) -> None:
    """Trains the adapter in place on the reference fixes of the rows, `prompts_per_step` a step, in a seeded order.

    rows: prompt and bug_id, as GRPO sees them. The folder keeps checkpoints and the trained adapter, and a resumed run
    takes them from there. share: see make_trainer.
    """
    import peft
    from safetensors.torch import save_file

    done = folder / FOLDER / DONE
    if done.exists():
        _load_adapter(model, done)
        return
    fixes = {bug.bug_id: answer(bug, config) for bug in bugs}
    pairs = rows.map(lambda row: {"completion": _as_completion(row, fixes)}, remove_columns=["bug_id"])
    _supervise(model, tokenizer, pairs, config, seed, folder / FOLDER, share)
    if not processes.is_main():
        return
    part = done.with_suffix(".part")
    save_file({name: weight.contiguous() for name, weight in peft.get_peft_model_state_dict(model).items()}, part)
    part.replace(done)


def _load_adapter(model: Any, file: Path) -> None:
    import peft
    from safetensors.torch import load_file

    peft.set_peft_model_state_dict(model, load_file(file))


def _as_completion(row: dict[str, Any], fixes: dict[str, str]) -> Any:
    fix = fixes[row["bug_id"]]
    return fix if isinstance(row["prompt"], str) else [{"role": "assistant", "content": fix}]


def _supervise(
    model: Any, tokenizer: Any, pairs: Any, config: TrainConfig, seed: int, folder: Path, share: bool
) -> None:
    import torch
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    settings = SFTConfig(
        output_dir=str(folder),
        seed=seed,
        max_steps=config.warm_start_steps,
        per_device_train_batch_size=1,  # eight prompts and fixes at once take 16 GB
        gradient_accumulation_steps=max(1, config.prompts_per_step // processes.count()),
        learning_rate=config.warm_start_learning_rate,
        lr_scheduler_type="constant",
        gradient_checkpointing=config.gradient_checkpointing,
        completion_only_loss=True,
        max_length=None,  # only prompts that fit are left
        eos_token=FENCE if opens_fence(config.prompt) else None,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        logging_steps=1,
        save_steps=config.save_every,
        save_total_limit=2,
        report_to=config.log_to,
    )

    sft_trainer: Any = SFTTrainer  # its types declare less than it accepts

    class Trainer(sft_trainer):  # type: ignore[misc]
        def compute_loss(self, model: Any, inputs: Any, **options: Any) -> Any:
            # without Triton, TRL's head would score the prompt's tokens too, and discard the result
            if share:
                n_prompt = int((inputs["labels"][0] != -100).long().argmax())
                inputs = after_prompt(model, inputs["input_ids"], inputs["attention_mask"], n_prompt)
            return super().compute_loss(model, inputs, **options)

    with processes.main_first():
        last = last_checkpoint(folder)
    if last and step_of(last) >= config.warm_start_steps:  # a trainer would take one more step before it checks
        _load_adapter(model, last / "adapter_model.safetensors")
        return
    own = copy.deepcopy(tokenizer)  # the trainer makes the fence its end token, and the model config's too
    end = model.config.get_text_config().eos_token_id
    keeper = make_keeper(folder, seed, None)
    Trainer(model=model, args=settings, train_dataset=pairs, processing_class=own, callbacks=[keeper]).train(
        resume_from_checkpoint=str(last) if last else None
    )
    model.config.get_text_config().eos_token_id = end
