"""Gives a bug's prompt or an answer's grade in one call, with one sandbox for the whole process.

For many bugs or many answers with numbers and intervals, use `score` or `score_model`.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Iterable, Iterator

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import SandboxError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.grading.grade import (
    Grade,
    NotGraded,
    Solution,
    grade_codes,
    grade_completions,
    read_solution,
)
from debugarena.benchmark.grading.prompts import PROMPT_FORMATS, Prompt, PromptFormat, make_prompt, opens_fence
from debugarena.benchmark.sandbox import Execution, Sandbox

_lock = threading.Lock()
_shared: list[Sandbox] = []


def shared_sandbox() -> Sandbox:
    """The sandbox of this process, made on first use and closed at its exit. SandboxError as for Sandbox."""
    with _lock:
        if not _shared:
            _shared.append(Sandbox())
            atexit.register(_shared[0].close)
        return _shared[0]


def grade(bug: Bug, completion: str, prompt: PromptFormat = PROMPT_FORMATS[0], sandbox: Sandbox | None = None) -> Grade:
    """The grade of one completion.

        bug = load_bugs()[0]
        grade(bug, bug.fixed_code).rewards.total   # 3.2

    completion: everything that the model wrote; docs/extraction.md says how its code is found. prompt: the format of
    its prompt. sandbox: default: one for the whole process. `rewards.total` is in [-1.3, 3.2]; `solved` says whether
    every test passed; `feedback` is what the model may be told. UsageError for a bug of a language that cannot be run,
    SandboxError if the code could not be run, so that its reward is unknown.
    """
    (one,) = grade_many([(bug, completion)], prompt, sandbox)
    return _known(one)


async def agrade(
    bug: Bug, completion: str, prompt: PromptFormat = PROMPT_FORMATS[0], sandbox: Sandbox | None = None
) -> Grade:
    """`grade` for an event loop, which it does not block while the code runs.

        grades = await asyncio.gather(*(agrade(bug, answer) for bug, answer in pairs))

    Arguments and values are those of `grade`, and so are UsageError and SandboxError.
    """
    solution = _read(bug, completion, prompt)
    if solution.job is None:
        return solution.grade(None)
    runner = sandbox or shared_sandbox()
    running = await asyncio.to_thread(runner.submit, solution.job)  # the first one starts the sandbox
    execution: Execution = await asyncio.wrap_future(running)
    return solution.grade(execution)


def grade_many(
    items: Iterable[tuple[Bug, str]], prompt: PromptFormat = PROMPT_FORMATS[0], sandbox: Sandbox | None = None
) -> Iterator[Grade | NotGraded]:
    """Grades of many (bug, completion) pairs, in their order, as many at a time as there are CPUs.

        for (bug, answer), one in zip(pairs, grade_many(pairs)):
            print(bug.bug_id, one.rewards.total if isinstance(one, Grade) else one.reason)

    An item that could not be run gives a NotGraded in its place, and the others continue. Reads a few items ahead.
    UsageError, SandboxError if there is no sandbox at all, and the rest: see `grade`.
    """
    yield from grade_completions(sandbox or shared_sandbox(), items, opens_fence(prompt))


def prompt_for(bug: Bug, prompt: PromptFormat = PROMPT_FORMATS[0], sandbox: Sandbox | None = None) -> Prompt:
    """What a model is asked at its first attempt: the task, the buggy code, and the results of its visible tests.

        prompt_for(bug).messages                  # chat-v1: a list of role and content
        prompt_for(bug, "complete-v1").text       # a document that ends in an opened code fence

    This runs the buggy code. A dataset's column `prompt` holds the same messages. UsageError for a bug of a
    language that cannot be run, or another format; SandboxError if the buggy code could not be run.
    """
    (noop,) = grade_codes(sandbox or shared_sandbox(), [(bug, bug.buggy_code)])
    return make_prompt(bug, _known(noop).verdict.failures, prompt)


def _read(bug: Bug, completion: str, prompt: PromptFormat) -> Solution:
    return read_solution(bug, extract_code(completion, bug.language, bug.entry_point, opens_fence(prompt)))


def _known(one: Grade | NotGraded) -> Grade:
    if isinstance(one, NotGraded):
        raise SandboxError(f"{one.bug_id} could not be run: {one.reason}; try again")
    return one
