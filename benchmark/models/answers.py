"""What a model answered, and why if it is not a whole answer. Such answers are graded like others, on their text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Why = Literal["missing", "refused", "too-long", "cut"]
WHYS: tuple[Why, ...] = get_args(Why)


@dataclass(frozen=True)
class Answer:
    """A completion as it came.

    why: None for a whole one; "missing" if there is no text, "refused" by the model or a filter, "too-long" if
    the prompt does not fit the model, so that there is no text either, "cut" by the limit of new tokens.
    """

    text: str
    why: Why | None = None


def why_of(text: str) -> Why | None:
    """The reason that the text itself shows: it is empty, or ends before its thoughts do."""
    if "<think>" in text and "</think>" not in text.rpartition("<think>")[2]:
        return "cut"
    return None if text.strip() else "missing"


@dataclass(frozen=True)
class AnswerCounts:
    """The number of whole answers, `given`, and of the others by reason."""

    given: int
    missing: int
    refused: int
    too_long: int
    cut: int


def count_answers(whys: Iterable[Why | None]) -> AnswerCounts:
    """whys: one for each answer, None for a whole one."""
    counts = Counter(whys)
    return AnswerCounts(counts[None], counts["missing"], counts["refused"], counts["too-long"], counts["cut"])
