"""Scores a model on every set that the baseline's protocol names (baseline/results/PROTOCOL.md), always in the same
way. Sets that are already scored are not scored again.

  debugarena evaluate smollm2 --out runs/before
  debugarena evaluate hf:runs/smollm2-seed1/model --out runs/smollm2-seed1/after
  debugarena evaluate hf:runs/smollm2-seed1/model --out runs/smollm2-seed1/after --only test handcrafted
  debugarena evaluate smollm2 --out runs/before --transfer quixbugs=runs/quixbugs.jsonl --only transfer-quixbugs

Bugs that `debugarena import` wrote are scored greedily too, as transfer sets, if you name them. Each set gets a folder
of its own in DIR, with completions, report and picture.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.dataset.selection import select_bugs
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS
from debugarena.benchmark.models.base import Sampling
from debugarena.benchmark.models.open import open_model
from debugarena.benchmark.options import add_sandbox_arguments
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.score_model import score_model
from debugarena.benchmark.scoring.tables import exit_code, print_report

DEFAULT_PROMPT = "complete-v1"
TRANSFER = "transfer-"
PRIMARY = "test"  # the set of the primary endpoint


@dataclass(frozen=True)
class Evaluation:
    """One set and its protocol; the whole evaluation has one prompt and model.

    of_dataset: use the exported dataset's bugs, not our own. source: another dataset or file. The rest is as in
    load_bugs, select_bugs and score_model.
    """

    about: str
    of_dataset: bool = False
    source: str | None = None
    config: str | None = None
    split: str | None = None
    per_program: int | None = None
    limit: int | None = None
    anonymise: bool = False
    attempts: int = 1
    samples: int = 1
    temperature: float = 0.0
    k: tuple[int, ...] | None = None

    def bugs(self, dataset: str) -> list[Bug]:
        """The bugs of the set. UsageError if the dataset lacks them."""
        where = dataset if self.of_dataset else self.source
        return select_bugs(load_bugs(where, self.config, self.split), self.limit, self.per_program)

    def protocol(self) -> dict[str, Any]:
        """The keyword arguments of score_model that say how the set is played."""
        names = ("anonymise", "attempts", "samples", "k")
        return {name: getattr(self, name) for name in names} | {"sampling": Sampling(self.temperature)}


_TEST: dict[str, Any] = {
    "of_dataset": True,
    "config": "generated",
    "split": "test",
    "per_program": 3,
    "limit": 300,
}
EVALUATIONS = {
    PRIMARY: Evaluation("300 generated test bugs, at most 3 a program, greedily: the primary endpoint", **_TEST),
    "test-anonymised": Evaluation("the same with neutral names: repair without recall", **_TEST, anonymise=True),
    "handcrafted": Evaluation("the handcrafted bugs, greedily"),
    "handcrafted-pass8": Evaluation("the same, eight samples a bug", samples=8, temperature=0.8, k=(1, 8)),
    "handcrafted-attempts5": Evaluation("the same, five attempts with feedback", attempts=5),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena evaluate`."""
    parser.add_argument("model", metavar="MODEL", help="as in `debugarena score --model`")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the folders of the sets")
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
    model = open_model(args.model)
    codes = []
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        for number, name in enumerate(names, 1):
            one, out = sets[name], args.out / name
            print(f"{number}/{len(names)} {name}: {one.about}", file=sys.stderr)
            bugs = one.bugs(args.dataset)
            report = score_model(model, bugs, prompt=args.prompt, sandbox=sandbox, out=out, **one.protocol())
            print_report(report, out)
            codes.append(exit_code(report))
    return max(codes)


def _transfer(text: str) -> tuple[str, Evaluation]:
    name, _, file = text.partition("=")
    if not re.fullmatch(r"[\w.-]+", name) or not file:
        raise UsageError(f"--transfer {text}: write NAME=FILE, such as quixbugs=runs/quixbugs.jsonl")
    return f"{TRANSFER}{name}", Evaluation(f"{name}, as imported to {file}, greedily", source=file)
