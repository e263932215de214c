"""Trains a model to fix bugs with GRPO, on the training bugs only. The same command resumes a run that was killed.

  debugarena generate --count 100 --level 1 --split train --out runs/train-bugs
  debugarena train baseline/configs/smoke.yaml --dataset runs/train-bugs --out runs/smoke
  debugarena train baseline/configs/smollm2-135m-cpu.yaml --seed 1 --out runs/smollm2-seed1
  debugarena train baseline/configs/smollm2-135m-cpu.yaml --seed 1 --curriculum --out runs/smollm2-curriculum1
  accelerate launch --num_processes 2 -m debugarena.benchmark.cli train baseline/configs/qwen2.5-coder-7b.yaml

The folder then holds log.jsonl, checkpoints (those of supervised steps in warm-start/) and model/, which
`debugarena score --model hf:DIR/model` scores. Needs `pip install "debugarena[train]"`. A config with several attempts
plays them with OpenEnv and needs `"debugarena[train,serve]"`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import sole_writer
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena train`."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file; see baseline/configs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/train-<name of the config>-<seed>")
    parser.add_argument("--seed", type=int, default=0, help="decides the order of bugs and the samples (default: 0)")
    parser.add_argument("--dataset", metavar="FOLDER_OR_HUB_ID", help="instead of the config's dataset")
    parser.add_argument("--steps", type=int, help="instead of the config's number of steps")
    parser.add_argument("--curriculum", action="store_true", help="easy bugs first, then those that teach most")
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena train`."""
    for package in ("pydantic", "torch", "transformers", "trl", "peft"):
        _need(package, '"debugarena[train]"')
    from debugarena.baseline import processes
    from debugarena.baseline.config import read_config
    from debugarena.baseline.data import training_bugs
    from debugarena.baseline.grpo import train
    from debugarena.benchmark.sandbox import Sandbox

    if not 0 <= args.seed < 2**32:
        raise UsageError(f"--seed is {args.seed}; it is 0 to {2**32 - 1}")
    changes = {name: getattr(args, name) for name in ("dataset", "steps") if getattr(args, name) is not None}
    config = read_config(args.config, **changes, **({"curriculum": True} if args.curriculum else {}))
    if config.attempts > 1:
        _need("openenv", '"debugarena[train,serve]"')
    if config.log_to != "none":
        _need(config.log_to, config.log_to)
    if config.vllm:
        _need("vllm", "vllm")
    folder = args.out or Path("runs") / f"train-{args.config.stem}-{args.seed}"
    bugs = training_bugs(config)
    if processes.count() > 1 and config.curriculum:
        raise UsageError("curriculum needs a single process: each would have to know what the others measured")
    own = sole_writer(folder) if processes.is_main() else contextlib.nullcontext()
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox, own:
        n_not_graded = train(config, bugs, args.seed, folder, sandbox)
    if processes.is_main():
        print(f"the log and model/ are in {folder}/; score it with: debugarena score --model hf:{folder}/model")
    if n_not_graded:
        print(f"not graded: {counted(n_not_graded, 'completion')}, which the sandbox could not run", file=sys.stderr)
    return 1 if n_not_graded else 0


def _need(package: str, source: str) -> None:
    import importlib.util

    if importlib.util.find_spec(package) is None:
        raise UsageError(f"this training needs {package}; pip install {source}")
