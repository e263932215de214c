"""Prompts are frozen and never show what is hidden; the code that counts is found where models put it."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import leaks
from golden.remake import HERE, golden_prompts

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.grading.grade import grade_codes
from debugarena.benchmark.grading.prompts import (
    MAX_ATTEMPTS,
    PROMPT_FORMATS,
    Feedback,
    Prompt,
    document_end,
    make_prompt,
    prompt_hash,
)
from debugarena.benchmark.grading.verdicts import describe_calls
from debugarena.benchmark.sandbox import Limits


@pytest.mark.parametrize("name", ["prompt-chat-v1.json", "prompt-complete-v1.txt"])
def test_prompts_are_as_published(name: str) -> None:
    assert golden_prompts()[name] == (HERE / name).read_text(), "if this is meant: python tests/golden/remake.py"


NOTHING = Feedback("", False, (), (), 0)


def text_of(prompt: Prompt) -> str:
    return prompt.text or "\n".join(message["content"] for message in prompt.messages)


def test_each_format_has_its_own_hash_and_keeps_it() -> None:
    hashes = [prompt_hash(name) for name in PROMPT_FORMATS]
    assert hashes == [prompt_hash(name) for name in PROMPT_FORMATS]
    assert len(set(hashes)) == len(PROMPT_FORMATS)


SOLUTIONS = [
    "def flip(text): return text",
    "def flip(text): raise ValueError(text)",
    "def flip(text):\n    print(text)\n    return [text, text]",
    "def flip(text): return {text: type(text or 'x', (), {})}",
    "import math\ndef flip(text):\n    math.x = getattr(math, 'x', '') + text\n    return math.x",
    "def flip(text):\n    if text[:1] == 'H': raise SystemExit(text)\n    return text[::-1]",
    "def flip(text): return text[::-1] if text[:1] != 'H' else text",
    "def flip(text):\n    while text[:1] == 'H': pass",
    "flip = None",
    "import os\ndef flip(text): return text",
    "def flop(text): return text",
    "def flip(",
    "",
]


def test_no_prompt_shows_a_hidden_input_a_hidden_value_the_hint_or_the_fix(sandbox: Sandbox, flip: Bug) -> None:
    grades = list(grade_codes(sandbox, [(flip, code) for code in SOLUTIONS], limits=Limits(cpu_s=0.3, wall_s=1.0)))
    noop = grades[0].verdict.failures
    for grade in grades:
        past = [(f"```python\n{grade.code}\n```", grade.feedback)]
        for n in range(1, MAX_ATTEMPTS):
            for prompt_format in PROMPT_FORMATS:
                prompt = text_of(make_prompt(flip, noop, prompt_format, past * n, attempts=MAX_ATTEMPTS))
                assert not leaks(prompt)
                assert flip.hint not in prompt
                assert "VISIBLEqa" in prompt  # what is visible is shown


def test_first_prompts_of_our_bugs_show_the_task_and_no_secret(sandbox: Sandbox, bugs: list[Bug]) -> None:
    some = bugs[::4]
    for bug, grade in zip(some, grade_codes(sandbox, [(bug, bug.buggy_code) for bug in some]), strict=True):
        for prompt_format in PROMPT_FORMATS:
            prompt = text_of(make_prompt(bug, grade.verdict.failures, prompt_format))
            assert bug.task in prompt
            assert bug.buggy_code.rstrip() in prompt
            assert all(failure.call in prompt for failure in grade.verdict.failures)
            assert bug.hint not in prompt
            assert bug.fixed_code.rstrip() not in prompt
            visible = {describe_calls(bug, test.calls) for test in bug.tests if not test.hidden}
            hidden = {describe_calls(bug, test.calls) for test in bug.tests if test.hidden}
            assert not [call for call in hidden - visible if f"- {call} should" in prompt]


@pytest.mark.parametrize(("n_past", "attempts"), [(0, 0), (0, 6), (1, 1), (5, 5)])
def test_attempts_that_do_not_exist_have_no_prompt(flip: Bug, n_past: int, attempts: int) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        make_prompt(flip, (), "chat-v1", [("x", NOTHING)] * n_past, attempts)


def test_an_unknown_format_is_refused_with_those_that_exist(flip: Bug) -> None:
    name: Any = "chat-v0"
    with pytest.raises(UsageError, match="chat-v1 and complete-v1"):
        make_prompt(flip, (), name)


def test_a_chat_alternates_and_a_document_ends_in_an_open_fence(flip: Bug) -> None:
    past = [("answer", NOTHING)] * 3
    chat = make_prompt(flip, (), "chat-v1", past, attempts=5)
    assert [message["role"] for message in chat.messages] == ["system", "user", *["assistant", "user"] * 3]
    document = make_prompt(flip, (), "complete-v1", past, attempts=5)
    assert (chat.opened_fence, document.opened_fence) == (False, True)
    assert document.text.endswith("```python\n")
    assert document.text.count("```") % 2 == 1


@pytest.mark.parametrize(
    ("completion", "end"),
    [
        ("x = 1\n```", 9),
        ("x = 1\n\n  ```\nwords", 12),
        ("```python\nx = 1\n```", 19),
        ("\n```python\nx = 1", None),
        ("x = '```'\n", None),
        ("x = 1```", None),
        ("", None),
    ],
)
def test_a_document_ends_at_a_fence_that_begins_a_line_after_some_code(completion: str, end: int | None) -> None:
    assert document_end(completion) == end


def test_golden_files_are_the_ones_that_the_script_makes() -> None:
    assert {path.name for path in Path(HERE).glob("prompt-*")} == set(golden_prompts())
    assert json.loads(golden_prompts()["prompt-chat-v1.json"])[0]["role"] == "system"
