"""Turns completions into the four signals: four reward functions for TRL that share one pass through the sandbox.

Not covered: several attempts with feedback; for those, debugarena.baseline.attempts has a TRL environment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from debugarena.benchmark.dataset.schema import STATED_COLUMNS, Bug, bug_from_row
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.grade import Grade, NotGraded, grade_completions
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS, PromptFormat, opens_fence
from debugarena.benchmark.grading.rewards import SIGNALS
from debugarena.benchmark.grading.shared import shared_sandbox
from debugarena.benchmark.languages import check_runnable
from debugarena.benchmark.sandbox import Limits, Sandbox

RewardFunction = Callable[..., list[float | None]]
OnGraded = Callable[[int, Sequence[Grade | NotGraded]], None]


def reward_functions(
    bugs: Sequence[Bug] | None = None,
    prompt: PromptFormat = PROMPT_FORMATS[0],
    sandbox: Sandbox | None = None,
    limits: Mapping[str, Limits] | None = None,
) -> list[RewardFunction]:
    """What TRL's GRPOTrainer takes as `reward_funcs`: one function for each of the four signals.

        rows = load_dataset("dist/debugarena", split="train")
        GRPOTrainer("Qwen/Qwen2.5-Coder-0.5B-Instruct", reward_functions(), train_dataset=rows).train()

    The training set needs the columns of the dataset, as `load_dataset` and `stream_dataset` give them; with `bugs`,
    `prompt` and `bug_id` are enough. A function takes a batch of completions, texts or lists of messages, and the other
    columns, and returns a reward for each: tests_passing in [0, 1], full_solve_bonus 0 or 2, format_compliance -0.3 or
    0.2, anti_hacking -1 or 0. None means that the sandbox could not run it, and TRL leaves it out. Each batch is run
    once, whichever function asks first.

    prompt: the format of the column `prompt`. sandbox: default: one for the whole process. limits: by bug id, see
    reference_limits; they make training with many endless loops faster. UsageError for bugs of a language that cannot
    be run and, when training begins, for rows that lack a column; KeyError for an id that is not among `bugs`.
    """
    check_runnable(bugs or ())
    return SignalRewards(bugs, sandbox or shared_sandbox(), opens_fence(prompt), limits).functions()


class SignalRewards:
    """Grades a batch once, for whichever of the four functions asks first.

    A completion that the sandbox could not run gets None, and TRL leaves it out of its group; `n_not_graded` counts
    them. opened_fence: see Prompt.opened_fence. limits: by bug id, for training with many endless loops. on_graded
    receives the step, from 0, and the grades of its batch, in order. bugs None: each row holds its own bug.
    """

    def __init__(
        self,
        bugs: Sequence[Bug] | None,
        sandbox: Sandbox,
        opened_fence: bool,
        limits: Mapping[str, Limits] | None = None,
        on_graded: OnGraded | None = None,
    ) -> None:
        self._bugs = None if bugs is None else {bug.bug_id: bug for bug in bugs}
        self._sandbox, self._opened_fence, self._limits = sandbox, opened_fence, limits
        self._on_graded = on_graded
        self._batch: Any = None
        self._grades: list[Grade | NotGraded] = []
        self.n_not_graded = 0

    def functions(self) -> list[RewardFunction]:
        """One function for each signal, named after it."""
        return [self._function(name) for name in SIGNALS]

    def _function(self, name: str) -> RewardFunction:
        def reward(completions: Sequence[Any], bug_id: Sequence[str], **columns: Any) -> list[float | None]:
            grades = self._grade(completions, bug_id, columns)
            return [None if isinstance(grade, NotGraded) else getattr(grade.rewards, name) for grade in grades]

        reward.__name__ = name  # what TRL logs it as
        return reward

    def _grade(
        self, completions: Sequence[Any], bug_ids: Sequence[str], columns: Mapping[str, Any]
    ) -> list[Grade | NotGraded]:
        if self._batch is not completions:
            started = time.perf_counter()
            texts = map(_answer, completions)
            bugs = _bugs_of_rows(bug_ids, columns) if self._bugs is None else self._bugs
            items = [(bugs[bug_id], text) for bug_id, text in zip(bug_ids, texts, strict=True)]
            self._grades = list(grade_completions(self._sandbox, items, self._opened_fence, limits=self._limits))
            self._batch = completions
            graded = [grade for grade in self._grades if isinstance(grade, Grade)]
            self.n_not_graded += len(self._grades) - len(graded)
            if log := columns.get("log_metric"):
                log("scoring_s", time.perf_counter() - started)
                for rate in ("echo", "overfit"):
                    log(f"{rate}_rate", sum(getattr(grade, rate) for grade in graded) / max(1, len(graded)))
                if len(graded) < len(self._grades):
                    log("not_graded", len(self._grades) - len(graded))
            if self._on_graded:
                self._on_graded(columns["trainer_state"].global_step, self._grades)
        return self._grades


def _bugs_of_rows(bug_ids: Sequence[str], columns: Mapping[str, Any]) -> dict[str, Bug]:
    """The bugs of a batch, each read once, although all completions of a group have the same bug."""
    bugs: dict[str, Bug] = {}
    for i, bug_id in enumerate(bug_ids):
        if bug_id not in bugs:
            row = {name: columns[name][i] for name in STATED_COLUMNS if name in columns}
            try:
                bugs[bug_id] = bug_from_row(row | {"bug_id": bug_id})
            except (ValueError, KeyError) as error:
                what_now = "keep all columns of the dataset in the training set, or pass bugs to reward_functions"
                raise UsageError(f"{bug_id}: {error}; {what_now}") from None
    check_runnable(bugs.values())
    return bugs


def _answer(completion: str | Sequence[Mapping[str, Any]] | None) -> str:
    """The text that counts: in a conversation, what the assistant said last, or "" if it said nothing.

    A later answer of a tool is not the model's.
    """
    if completion is None or isinstance(completion, str):
        return completion or ""
    said = [message.get("content") for message in completion if message.get("role", "assistant") == "assistant"]
    return (said[-1] or "") if said else ""
