"""What it saves to read the prompts of a batch one by one and to keep room in their cache, beside transformers' own way: one
padded batch, and a cache that is copied with every token.

  python tests/perf/decoding.py --out runs/perf
  python tests/perf/decoding.py --docs docs/performance.md     # also renews the table of a page

The prompts are as long as those of some fourth attempts at handcrafted bugs. Every round measures everything once; ratios
are taken within a round. One thread, the model fetched by `debugarena fetch-model smollm2`.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from pages import circumstances, in_pairs, keep, load_average
from rich.progress import track
from shared_prompts import load_base

from debugarena.benchmark.models import kv_cache
from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.decoding import Row, decode


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", choices=("smollm2", "random"), default="smollm2")
    parser.add_argument("--prompt-tokens", type=int, nargs="+", default=[1629, 1468, 1294, 1235, 1165, 1049, 936, 904])
    parser.add_argument("--new-tokens", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("runs/perf"))
    parser.add_argument("--docs", type=Path, metavar="PAGE")
    args = parser.parse_args()
    torch.set_num_threads(1)
    began = load_average()
    model = load_base(args.model)
    names = ["prompts read", "prompts read, ours", "tokens written", "tokens written, ours"]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for _ in track(range(args.rounds), "rounds"):
        theirs = measure(model, args.prompt_tokens, args.new_tokens, plain=False)
        ours = measure(model, args.prompt_tokens, args.new_tokens, plain=True)
        for name, value in zip(names, (theirs[0], ours[0], theirs[1], ours[1]), strict=True):
            seconds[name].append(value)
    lengths = ", ".join(map(str, args.prompt_tokens))
    text = f"{in_pairs(seconds)}\n\nMeasured with {args.model}, prompts of {lengths} tokens and completions of "
    text += f"{args.new_tokens} tokens, in {args.rounds} rounds. {circumstances(began)}"
    keep("decoding", seconds, text, args.out, args.docs)


def measure(model: Any, lengths: list[int], n_new: int, plain: bool) -> tuple[float, float]:
    """Seconds until the first token of all rows, and from there to the last."""
    real = kv_cache.is_plain
    assert real(model)
    kv_cache.is_plain = lambda model: plain
    rows = [Row([*range(9, 9 + n)], random.Random(0)) for n in lengths]
    moments = []

    def is_over(row: Row) -> bool:
        moments.append(time.perf_counter())
        return len(row.new_ids) == n_new

    try:
        started = time.perf_counter()
        assert sum(1 for _ in decode(model, rows, Sampling(), is_over)) == len(rows)
    finally:
        kv_cache.is_plain = real
    return moments[0] - started, moments[-1] - moments[0]


if __name__ == "__main__":
    main()
