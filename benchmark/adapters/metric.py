"""What the `evaluate` metric computes: predictions and references -> the keys of a report.

`evaluate.load(metric_path())` loads it from wherever the package is installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import Bug, bug_from_row, column_names, features
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS, PromptFormat
from debugarena.benchmark.scoring.report import Completion, Protocol, score
from debugarena.benchmark.wording import counted

DESCRIPTION = "Runs proposed bug fixes in a sandbox and reports solve rate, rewards and pass@k, each with its interval."
CITATION = "DebugArena, https://huggingface.co/datasets/debugarena"
INPUTS = """
predictions: list of lists of text; predictions[i] are independent completions for references[i], one or more.
references: list of bug ids (see `dataset`) or list of whole dataset rows.
k: an integer or a list of them, for pass@k; every bug needs that many completions. Default: those of 1, 5, 10 that fit.
dataset: folder or hub id where bug ids are looked up; default: the bugs that come with the package.
config, split, revision: of that dataset.
prompt: "chat-v1" (default) or "complete-v1" where completions continue an opened code fence.
workers: solutions run at the same time.
allow_weak: run in plain processes where no jail is possible; the report then says `weak` under `sandbox`.
"""


def metric_path() -> str:
    """The folder to give to `evaluate.load`."""
    return str(Path(__file__).parents[1] / "debugarena_metric")


def metric_features() -> list[dict[str, Any]]:
    """The two accepted shapes of input: references as ids, references as rows."""
    from datasets import List, Value

    predictions = List(Value("string"))
    return [
        {"predictions": predictions, "references": Value("string")},
        {"predictions": predictions, "references": dict(features())},
    ]


def check_inputs(predictions: Sequence[Sequence[str]] | None, references: Sequence[Any] | None) -> None:
    """UsageError unless each reference has a list of one or more texts, and all references are of one kind."""
    if predictions is None or references is None:
        raise UsageError("both predictions and references are needed")
    if len(predictions) != len(references):
        have, wanted = counted(len(predictions), "prediction"), counted(len(references), "reference")
        raise UsageError(f"{have} for {wanted}; give one list per bug")
    if not len(references):
        raise UsageError("there are no predictions; give one list of completions per bug")
    for index, answers in enumerate(predictions):
        if answers is None or isinstance(answers, str) or not len(answers):
            raise UsageError(f"predictions[{index}] must be a list of one or more completions")
        for sample, answer in enumerate(answers):
            if not isinstance(answer, str):
                raise UsageError(
                    f"predictions[{index}][{sample}] is {answer!r}; use an empty text where the model gave no answer"
                )
    rows = [isinstance(reference, Mapping) for reference in references]
    for index, reference in enumerate(references):
        if not rows[index] and not isinstance(reference, str):
            raise UsageError(f"references[{index}] is {reference!r}; a reference is a bug id or a row of the dataset")
    if any(rows) and not all(rows):
        raise UsageError("references mix bug ids and rows of the dataset; give all of one kind")


def check_columns(references: Sequence[Any]) -> None:
    """UsageError unless every row has exactly the columns of the dataset, as `evaluate` requires."""
    columns = set(column_names())
    for index, row in enumerate(references):
        if isinstance(row, Mapping) and {*row} != columns:
            odd = min(columns ^ {*row}, key=str)
            what = f"lacks the column {odd}" if odd in columns else f"has a column {odd} that the dataset does not have"
            raise UsageError(f"references[{index}] {what}; give rows as load_dataset has them, or bug ids")
        _check_row(row, index)


def _check_row(reference: Any, index: int) -> Bug | None:
    try:
        return bug_from_row(reference) if isinstance(reference, Mapping) else None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"references[{index}] is not a row of the dataset: {error}") from None


def compute_metric(
    predictions: Sequence[Sequence[str]],
    references: Sequence[str | Mapping[str, Any]],
    k: int | Sequence[int] | None = None,
    dataset: str | None = None,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
    prompt: PromptFormat = PROMPT_FORMATS[0],
    workers: int | None = None,
    allow_weak: bool = False,
) -> dict[str, Any]:
    """The report of `score` for one list of completions per bug, as the plain data that `evaluate` wants.

    UsageError on empty, uneven or unknown input.
    """
    from debugarena.benchmark.sandbox import Sandbox

    check_inputs(predictions, references)
    bugs = _referenced_bugs(references, dataset, config, split, revision)
    completions = [
        Completion(bug.bug_id, sample, 1, answer)
        for bug, answers in zip(bugs, predictions, strict=True)
        for sample, answer in enumerate(answers)
    ]
    protocol = Protocol(prompt=prompt, samples=max(len(answers) for answers in predictions))
    with Sandbox(workers, allow_weak=allow_weak) as sandbox:
        return score(completions, bugs, protocol, k, sandbox).to_json()


def _referenced_bugs(
    references: Sequence[str | Mapping[str, Any]],
    dataset: str | None,
    config: str | None,
    split: str | None,
    revision: str | None,
) -> list[Bug]:
    by_id: dict[str, Bug] = {}
    if any(isinstance(reference, str) for reference in references):
        by_id = {bug.bug_id: bug for bug in load_bugs(dataset, config, split, revision)}
    bugs = []
    for index, reference in enumerate(references):
        if isinstance(reference, str):
            if reference not in by_id:
                hint = "" if dataset else "; name its dataset"
                raise UsageError(
                    f"references[{index}] is {reference!r}, which is not a bug of {dataset or 'the package'}{hint}"
                )
            bugs.append(by_id[reference])
        elif bug := _check_row(reference, index):
            bugs.append(bug)
    seen = [bug.bug_id for bug in bugs]
    doubled = next((bug_id for bug_id in seen if seen.count(bug_id) > 1), None)
    if doubled:
        raise UsageError(f"{doubled} appears twice in references; put its completions into one list")
    return bugs
