"""Bug and past verdicts -> prompt. Both formats are frozen: changed wording gets a new name.

`chat-v1` is a list of messages; `complete-v1` is one document that ends in an opened code fence, and the model
continues it up to the closing fence. A later attempt repeats the earlier ones with what the visible tests said and one
count of hidden failures.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.verdicts import Failure

PromptFormat = Literal["chat-v1", "complete-v1"]
PROMPT_FORMATS: tuple[PromptFormat, ...] = ("chat-v1", "complete-v1")
MAX_ATTEMPTS = 5
MAX_NEW_TOKENS = 512
FENCE = "```"
_DOCUMENT_END = re.compile(rf"\S\s*\n[ \t]*{FENCE}")


def opens_fence(prompt_format: PromptFormat) -> bool:
    """Whether completions of this format continue a code block that the prompt opened."""
    return prompt_format == "complete-v1"


def document_end(completion: str) -> int | None:
    """Where a completion of an opened code block ends: after the first fence that begins a line, except one before all
    code, because some models open the block again. None if it has not ended."""
    found = _DOCUMENT_END.search(completion)
    return found and found.end()


class Message(TypedDict):
    """One chat message; role is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Feedback:
    """What a model may be told about a failed attempt.

    `code` is what was found in its completion ("" if none). A hidden test appears only in a count.
    """

    code: str
    compliant: bool
    offences: tuple[str, ...]
    failures: tuple[Failure, ...]
    n_hidden_failed: int


@dataclass(frozen=True)
class Prompt:
    """`messages` for chat-v1 (then `text` is ""), `text` for complete-v1 (then `messages` is empty)."""

    format: PromptFormat
    messages: tuple[Message, ...] = ()
    text: str = ""

    @property
    def opened_fence(self) -> bool:
        """Whether the completion continues a code block that the prompt opened."""
        return opens_fence(self.format)


def make_prompt(
    bug: Bug,
    buggy_failures: Sequence[Failure],
    prompt_format: PromptFormat,
    past: Sequence[tuple[str, Feedback]] = (),
    attempts: int = 1,
) -> Prompt:
    """The prompt of attempt len(past) + 1.

    buggy_failures: the visible tests that the buggy code fails. past: (completion, feedback) of the failed attempts,
    oldest first. attempts: how many there are in all, 1 to 5.
    """
    if prompt_format not in PROMPT_FORMATS:
        raise UsageError(f"unknown prompt format {prompt_format!r}; there are {' and '.join(PROMPT_FORMATS)}")
    if not 1 <= attempts <= MAX_ATTEMPTS or len(past) >= attempts:
        raise UsageError(f"attempt {len(past) + 1} of {attempts} does not exist; at most {MAX_ATTEMPTS} are allowed")
    if prompt_format == "chat-v1":
        return Prompt(prompt_format, messages=_chat(bug, buggy_failures, past, attempts))
    return Prompt(prompt_format, text=_document(bug, buggy_failures, past, attempts))


def _chat(
    bug: Bug, buggy_failures: Sequence[Failure], past: Sequence[tuple[str, Feedback]], attempts: int
) -> tuple[Message, ...]:
    system = (
        f"You repair broken {bug.language} code. Answer with the complete corrected code in one "
        f"{FENCE}{bug.language} block and keep the name `{bug.entry_point}`. Do not import os, sys or anything else "
        "that reaches outside the code."
    )
    user = (
        f"What `{bug.entry_point}` should do:\n{bug.task}\n\n"
        f"The buggy code:\n{_block(bug.language, bug.buggy_code)}\n\n"
        f"Failing tests:\n{_list_failures(buggy_failures)}\n\n"
        "Write the corrected code."
    )
    messages = [Message(role="system", content=system), Message(role="user", content=user)]
    for number, (completion, feedback) in enumerate(past, 1):
        messages.append(Message(role="assistant", content=completion))
        messages.append(Message(role="user", content=next_turn(feedback, attempts - number)))
    return tuple(messages)


def next_turn(feedback: Feedback, attempts_left: int) -> str:
    """The user's turn of chat-v1 after a failed attempt, when `attempts_left` (at least 1) remain."""
    return f"{describe_feedback(feedback)}\n\n{_attempts_left(attempts_left)} Write the corrected code."


def _document(bug: Bug, buggy_failures: Sequence[Failure], past: Sequence[tuple[str, Feedback]], attempts: int) -> str:
    parts = [
        f"# Repairing `{bug.entry_point}`\n\n{bug.task}\n",
        f"Buggy code:\n{_block(bug.language, bug.buggy_code)}\n",
        f"Failing tests:\n{_list_failures(buggy_failures)}\n",
    ]
    for number, (_, feedback) in enumerate(past, 1):
        parts.append(f"Attempt {number}, still wrong:\n{_block(bug.language, feedback.code)}\n")
        parts.append(f"{describe_feedback(feedback)} {_attempts_left(attempts - number)}\n")
    return "\n".join(parts) + f"\nCorrected code:\n{FENCE}{bug.language}\n"


def describe_feedback(feedback: Feedback) -> str:
    """What went wrong in one attempt, in words."""
    if feedback.offences:
        return f"The code was not run, because it is not allowed to do this: {'; '.join(feedback.offences)}."
    if not feedback.compliant:
        return "The answer held no code that parses and defines the required name."
    lines = []
    if feedback.failures:
        lines.append(f"Failing tests:\n{_list_failures(feedback.failures)}")
    else:
        lines.append("All visible tests pass.")
    if feedback.n_hidden_failed:
        lines.append(f"Hidden tests failing: {feedback.n_hidden_failed}.")
    return "\n".join(lines)


def _attempts_left(n: int) -> str:
    return f"{n} attempt{'' if n == 1 else 's'} left."


def _block(language: str, code: str) -> str:
    return f"{FENCE}{language}\n{code.rstrip()}\n{FENCE}"


def _list_failures(failures: Sequence[Failure]) -> str:
    return "\n".join(f"- {f.call} should {f.expected}, but it {f.got}" for f in failures) or "- none"


def prompt_hash(prompt_format: PromptFormat) -> str:
    """SHA-256, in hex, of what the format makes of a fixed specimen: a first attempt and two later ones."""
    test = TestCase("t01", False, "exact", (CallCase("", (1, 2), {}, expected="3"),), False)
    bug = Bug(
        bug_id="python/specimen",
        language="python",
        difficulty="easy",
        category="wrong-operator",
        title="specimen",
        task="Return the sum of `a` and `b`.",
        hint="hint",
        entry_point="add",
        buggy_code="def add(a, b):\n    return a - b\n",
        fixed_code="def add(a, b):\n    return a + b\n",
        tests=(test,),
    )
    failure = Failure("t01", "add(1, 2)", "return 3", "returned -1")
    past = [
        ("```python\nimport os\n```", Feedback("import os\n", False, ("line 1: imports os",), (), 0)),
        ("nothing", Feedback("", False, (), (), 0)),
        ("```python\npass\n```", Feedback("pass\n", True, (), (failure,), 3)),
        ("```python\n1\n```", Feedback("1\n", True, (), (), 1)),
    ]
    prompts = [make_prompt(bug, [failure], prompt_format, past[:n], attempts=5) for n in range(len(past) + 1)]
    text = json.dumps([[p.text, list(p.messages)] for p in prompts])
    return hashlib.sha256(text.encode()).hexdigest()
