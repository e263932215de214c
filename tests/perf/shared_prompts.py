"""What it saves to compute the prompt of a group once: a training pass beside TRL's, which repeats it, and generation beside
transformers' `generate`, on the same tokens.

  python tests/perf/shared_prompts.py --out runs/perf
  python tests/perf/shared_prompts.py --docs docs/performance.md     # also renews the table of a page

One group of eight completions trains; two groups write. Every round measures everything once; ratios are taken within a
round. One thread, the model fetched by `debugarena fetch-model smollm2`, an adapter of rank 16.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import peft
import torch
import transformers
from pages import circumstances, in_pairs, keep, load_average
from rich.progress import track
from trl.trainer.utils import add_fused_lm_head

from debugarena.baseline import shared_prompts
from debugarena.baseline.random_model import make_random_model
from debugarena.benchmark.models.fetch_model import fetched_folder

GROUP = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", choices=("smollm2", "random"), default="smollm2")
    parser.add_argument("--prompt-tokens", type=int, default=480)
    parser.add_argument("--new-tokens", type=int, default=120)
    parser.add_argument("--out", type=Path, default=Path("runs/perf"))
    parser.add_argument("--docs", type=Path, metavar="PAGE")
    args = parser.parse_args()
    torch.set_num_threads(1)
    began = load_average()
    ways = measures(load(args.model), args.prompt_tokens, args.new_tokens)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in track(range(args.rounds), "rounds"):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - started)
    text = page(seconds, args, began)
    keep("shared_prompts", seconds, text, args.out, args.docs, marker="prompts")


def load_base(name: str) -> Any:
    if name == "random":
        return make_random_model()[0]
    auto: Any = transformers.AutoModelForCausalLM
    return auto.from_pretrained(fetched_folder(name), dtype=torch.float32)


def load(name: str) -> Any:
    model = load_base(name)
    add_fused_lm_head(model, outputs=("log_probs", "entropy"))
    settings = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    return peft.get_peft_model(model, settings)


def measures(model: Any, n_prompt: int, n_new: int) -> dict[str, Callable[[], None]]:
    """Name -> work. The first and the third are how it is done elsewhere."""
    torch.manual_seed(0)
    vocabulary = model.config.vocab_size
    prompts = torch.randint(vocabulary // 2, (2, n_prompt)).repeat_interleave(GROUP, 0)
    ids = torch.cat([prompts[:GROUP], torch.randint(vocabulary // 2, (GROUP, n_new))], 1)
    mask = torch.ones_like(ids)

    def backward(log_probs: Any) -> None:
        model.zero_grad()
        log_probs.sum().backward()

    def repeated() -> None:
        labels = ids.clone()
        labels[:, :n_prompt] = -100
        backward(model(input_ids=ids, attention_mask=mask, labels=labels, fused_lm_head=True).log_probs)

    def shared() -> None:
        found = shared_prompts.log_probs(model, ids, mask, n_new)
        assert found is not None
        backward(found[0])

    settings = transformers.GenerationConfig(
        max_new_tokens=n_new,
        min_new_tokens=n_new,
        do_sample=True,
        top_k=0,
        temperature=1.0,
        pad_token_id=0,
        eos_token_id=[],
    )
    plain = model.generate

    def written(generate: Any) -> None:
        with torch.no_grad():
            rows = generate(input_ids=prompts, attention_mask=torch.ones_like(prompts), generation_config=settings)
        assert rows.shape == (2 * GROUP, n_prompt + n_new)

    shared_prompts.share_in_generation(model)
    ours = model.generate
    return {
        "training, prompt repeated (TRL)": repeated,
        "training, prompt shared": shared,
        "generation, prompt repeated (transformers)": lambda: written(plain),
        "generation, prompt shared": lambda: written(ours),
    }


def page(seconds: dict[str, list[float]], args: argparse.Namespace, began: str) -> str:
    return (
        in_pairs(seconds)
        + f"\n\nMeasured with {args.model}, prompts of {args.prompt_tokens} tokens and completions of {args.new_tokens} tokens, in "
        f"{args.rounds} rounds. {circumstances(began)}"
    )


if __name__ == "__main__":
    main()
