"""Scores a model on everything that the baseline's protocol names (baseline/results/PROTOCOL.md): one `score` after
another, always the same way; what is there already is not done again.

  debugarena evaluate smollm2 --out runs/before
  debugarena evaluate hf:runs/smollm2-seed1/model --out runs/smollm2-seed1/after
  debugarena evaluate hf:runs/smollm2-seed1/model --out runs/smollm2-seed1/after --only test handcrafted
  debugarena evaluate smollm2 --out runs/before --transfer quixbugs=runs/quixbugs.jsonl --only transfer-quixbugs

Bugs of others, as `debugarena import` leaves them, are scored greedily too where they are named: transfer. Each set has
a folder of its own in DIR, with completions, report and picture.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS
from debugarena.benchmark.options import add_sandbox_arguments

DEFAULT_PROMPT = "complete-v1"
TRANSFER = "transfer-"
PRIMARY = "test"  # the set of the primary endpoint


@dataclass(frozen=True)
class Evaluation:
    """Flags of `debugarena score` beside model, prompt and folder. `dataset`: the exported one, not our own bugs."""

    about: str
    flags: tuple[str, ...]
    dataset: bool


_TEST = ("--config", "generated", "--split", "test", "--per-program", "3", "--limit", "300")
EVALUATIONS = {
    PRIMARY: Evaluation("300 generated test bugs, at most 3 a program, greedily: the primary endpoint", _TEST, True),
    "test-anonymised": Evaluation("the same with neutral names: repair without recall", (*_TEST, "--anonymise"), True),
    "handcrafted": Evaluation("the 42 handcrafted bugs, greedily", (), False),
    "handcrafted-pass8": Evaluation(
        "the same, eight samples a bug", ("--samples", "8", "--temperature", "0.8", "--k", "1", "8"), False
    ),
    "handcrafted-attempts5": Evaluation("the same, five attempts with feedback", ("--attempts", "5"), False),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena evaluate`."""
    parser.add_argument("model", metavar="MODEL", help="as in `debugarena score --model`")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the sets get their folders")
    parser.add_argument("--dataset", default="dist/debugarena", help="an exported dataset (default: %(default)s)")
    parser.add_argument("--prompt", choices=PROMPT_FORMATS, default=DEFAULT_PROMPT, help="default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="SET", help=f"of {', '.join(EVALUATIONS)}")
    parser.add_argument(
        "--transfer", nargs="+", default=[], metavar="NAME=FILE", help="imported bugs, scored as transfer-NAME"
    )
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena evaluate`."""
    sets = EVALUATIONS | dict(_transfer(text) for text in args.transfer)
    names = args.only or [*sets]
    if unknown := [name for name in names if name not in sets]:
        raise UsageError(f"unknown set {unknown[0]!r}; there are {', '.join(sets)}")
    common = ["--workers", str(args.workers)] if args.workers else []
    common += ["--allow-weak"] if args.allow_weak else []
    codes = []
    for number, name in enumerate(names, 1):
        print(f"{number}/{len(names)} {name}: {sets[name].about}", file=sys.stderr)
        flags = score_flags(sets[name], args.model, args.prompt, args.dataset)
        codes.append(score([*flags, "--out", str(args.out / name), *common]))
    return max(codes)


def _transfer(text: str) -> tuple[str, Evaluation]:
    name, _, file = text.partition("=")
    if not re.fullmatch(r"[\w.-]+", name) or not file:
        raise UsageError(f"--transfer {text}: write NAME=FILE, such as quixbugs=runs/quixbugs.jsonl")
    flags = ("--dataset", file)
    return f"{TRANSFER}{name}", Evaluation(f"{name}, as imported to {file}, greedily", flags, dataset=False)


def score_flags(evaluation: Evaluation, model: str, prompt: str, dataset: str) -> list[str]:
    """What `debugarena score` is told for a set."""
    where = ["--dataset", dataset] if evaluation.dataset else []
    return ["--model", model, "--prompt", prompt, *where, *evaluation.flags]


def score(flags: Sequence[str]) -> int:
    """`debugarena score` in this process, and its exit code. UsageError as it raises them."""
    from debugarena.benchmark.scoring import score as command

    parser = argparse.ArgumentParser("debugarena score")
    command.add_arguments(parser)
    return command.run(parser.parse_args(flags))
