"""What a run is trained on: its bugs, their rows as a model sees them, and the choice of those that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from debugarena.baseline.config import TrainConfig
from debugarena.baseline.lengths import shown, that_fit
from debugarena.benchmark.dataset.anonymise import anonymise
from debugarena.benchmark.dataset.loading import load_bugs, split_names
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.dataset.selection import select_bugs
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.errors import SandboxError, UsageError
from debugarena.benchmark.grading.prompts import FENCE, make_prompt, opens_fence
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.scoring.report import grade_noop
from debugarena.benchmark.wording import counted

TRAIN_SPLIT = "train"
EXPORT = "dist/debugarena"
_MAKE_BUGS = (
    "`debugarena build` makes it, in half an hour or less, and `debugarena generate --split train --out DIR` "
    "makes bugs for --dataset DIR, in minutes"
)


def training_bugs(config: TrainConfig) -> list[Bug]:
    """The bugs that a run may train on: the split `train` of a dataset, or a folder of generated bugs.

    UsageError if there is none of the config's levels, or if one was not generated or its program is not of that split.
    """
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


def answer(bug: Bug, config: TrainConfig) -> str:
    """The reference fix as a model would write it: up to the closing fence, which ends a document."""
    code = f"{bug.fixed_code.rstrip()}\n{FENCE}"
    return code if opens_fence(config.prompt) else f"{FENCE}{bug.language}\n{code}"


def make_rows(config: TrainConfig, bugs: Sequence[Bug], sandbox: Sandbox) -> Any:
    """A Dataset of prompt and bug_id. The model sees the same of a bug as in a score.

    SandboxError if the sandbox could not find a bug's failing tests.
    """
    import datasets

    noop, not_graded = grade_noop(sandbox, bugs)
    if not_graded:  # a run on fewer bugs would be another run
        raise SandboxError(f"the sandbox could not run {not_graded[0].bug_id}: {not_graded[0].reason}; try again")
    rows = []
    for bug in bugs:
        prompt = make_prompt(bug, noop[bug.bug_id].verdict.failures, config.prompt)
        rows.append({"prompt": shown(prompt), "bug_id": bug.bug_id})
    return datasets.Dataset.from_list(rows)


def fitting(
    rows: Any, bugs: Sequence[Bug], fixes: Mapping[str, str], tokenizer: Any, config: TrainConfig
) -> tuple[Any, list[Bug]]:
    """The rows that fit into the config's lengths, and their bugs in the same order. fixes: by bug id, see `answer`.

    UsageError if there are fewer than a step needs.
    """
    rows = that_fit(rows, fixes, tokenizer, config)
    kept = {bug_id: index for index, bug_id in enumerate(rows["bug_id"])}
    bugs = sorted((bug for bug in bugs if bug.bug_id in kept), key=lambda bug: kept[bug.bug_id])
    if len(bugs) < config.prompts_per_step:
        there = f"there {'is' if len(bugs) == 1 else 'are'} {counted(len(bugs), 'bug')} to train on"
        raise UsageError(f"prompts_per_step is {config.prompts_per_step}, but {there}")
    return rows, bugs
