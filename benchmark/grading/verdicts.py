"""Execution + expected values -> Verdict. Everything here runs on the trusted side.

A test passes on positive proof only: it ran, every call came back, and each value is what the test asks for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.languages import language
from debugarena.benchmark.languages.base import Language
from debugarena.benchmark.sandbox import Call, CallOutcome, Execution, Job, Limits, TestInput, TestRun
from debugarena.benchmark.values import encode, matches, shorten


@dataclass(frozen=True)
class Failure:
    """A failed visible test in words: `add(1, 2)` should `return 3`, but it `returned -1`.

    `output` is what it printed, shortened; the frozen prompts do not show it.
    """

    name: str
    call: str
    expected: str
    got: str
    output: str = ""


@dataclass(frozen=True)
class VisibleOutcome:
    """The result of a visible test, passed or not: `add(1, 2)` should `return 3`, and it `returned 3`.

    `output` is what it printed, shortened. Sent to agents unchanged.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}  # like the message that it is sent in

    name: str
    passed: bool
    call: str
    expected: str
    got: str
    output: str = ""


@dataclass(frozen=True)
class Verdict:
    """`passed[i]` belongs to `bug.tests[i]`. Failures and `visible_runs` are only those of visible tests.

    A solution that was not run (no code, forbidden code) has passed nothing and has neither failures nor runs.
    """

    passed: tuple[bool, ...]
    failures: tuple[Failure, ...] = ()
    n_hidden_failed: int = 0
    layers: tuple[str, ...] = ()
    visible_runs: tuple[TestRun, ...] = field(default=(), compare=False, repr=False)  # they hold times

    @property
    def n_passed(self) -> int:
        return sum(self.passed)

    @property
    def solved(self) -> bool:
        return bool(self.passed) and all(self.passed)


def make_job(
    bug: Bug,
    code: str,
    imports: tuple[str, ...],
    limits: Limits | None = None,
    salt: str = "",
    restricted: bool = True,
) -> Job:
    """The inputs of every test of a bug, without the results that they should give.

    salt: varies test order and hash seed, for validation; the empty one gives the order that counts. restricted: see
    Job.
    """
    limits = limits or Limits()
    texts = [[text or "" for c in t.calls for text in (c.expected, c.args_after, c.args_at_end)] for t in bug.tests]
    longest = max(sum(map(len, test)) for test in texts)
    limits = replace(limits, reply_bytes=max(limits.reply_bytes, 4 * longest))
    tests = tuple(TestInput(tuple(map(_input_of, test.calls)), test.hidden) for test in bug.tests)
    order, seed = bug.test_order(salt), hash_seed(salt)
    return Job(code, bug.entry_point, tests, order, imports, limits, seed, restricted, bug.language)


def _input_of(case: CallCase) -> Call:
    wanted = case.args_after is not None, case.args_at_end is not None
    return Call(case.args, case.kwargs, case.target, wanted[0], case.instance, wanted[1])


def hash_seed(salt: str) -> int:
    """The seed of Python's hashes for a salt; each one needs a fork server of its own."""
    return int(hashlib.sha256(salt.encode()).hexdigest()[:6], 16) if salt else 0


def judge(bug: Bug, execution: Execution) -> Verdict:
    """Compares the results with the expected ones."""
    pairs = list(zip(bug.tests, execution.tests, strict=True))
    passed = tuple(test_passed(test, run) for test, run in pairs)
    failures = tuple(
        _failure(bug, test, run) for (test, run), ok in zip(pairs, passed, strict=True) if not ok and not test.hidden
    )
    n_hidden_failed = sum(not ok for test, ok in zip(bug.tests, passed, strict=True) if test.hidden)
    visible_runs = tuple(run for test, run in pairs if not test.hidden)
    return Verdict(passed, failures, n_hidden_failed, execution.layers, visible_runs)


def describe_visible(bug: Bug, verdict: Verdict) -> list[VisibleOutcome]:
    """Every visible test in words, even if it passed, in the order of the bug. `got` says if nothing was run."""
    speech = language(bug.language)
    failures = {failure.name: failure for failure in verdict.failures}
    visible = [test for test in bug.tests if not test.hidden]
    runs = verdict.visible_runs or (None,) * len(visible)
    outcomes = []
    for test, run in zip(visible, runs, strict=True):
        if failure := failures.get(test.name):
            outcomes.append(VisibleOutcome(passed=False, **vars(failure)))
            continue
        last = test.calls[-1]
        call, expected = (
            describe_calls(bug, test.calls),
            describe_expected(bug, last) + _at_end(bug, test, [c.args_at_end for c in test.calls]),
        )
        if run is None:
            outcomes.append(VisibleOutcome(test.name, False, call, expected, "was not run"))
            continue
        got = _describe_outcome(speech, run.calls[-1], last.args_after is not None) + _at_end(
            bug, test, [c.args_at_end for c in run.calls]
        )
        outcomes.append(VisibleOutcome(test.name, True, call, expected, got, shorten(run.output)))
    return outcomes


def _at_end(bug: Bug, test: TestCase, texts: Sequence[str | None]) -> str:
    """The arguments that the test looks at after its last call, as it wants them or as they are."""
    render = language(bug.language).render
    return "".join(
        f" and leave the arguments of {describe_call(bug, case)} as {render(text or 'null')}"
        for case, text in zip(test.calls, texts, strict=True)
        if case.args_at_end is not None
    )


def outcome_key(run: TestRun) -> str:
    """The result of a test as text that is equal exactly when two solutions behave alike in the test."""
    calls = [[c.status, c.value, c.args_after, c.type_name, *filter(None, [c.args_at_end])] for c in run.calls]
    return json.dumps([run.status, calls])


def test_passed(test: TestCase, run: TestRun) -> bool:
    """Whether the test ran and every call gave what it should."""
    if run.status != "ran" or len(run.calls) != len(test.calls):
        return False
    return all(call_passed(test, case, outcome) for case, outcome in zip(test.calls, run.calls, strict=True))


def call_passed(test: TestCase, case: CallCase, outcome: CallOutcome) -> bool:
    """Whether one call of the test gave what it should."""
    return _gave(test, case, outcome) and _kept(test, case, outcome)


def _kept(test: TestCase, case: CallCase, outcome: CallOutcome) -> bool:
    return case.args_at_end is None or matches(case.args_at_end, outcome.args_at_end, test.compare)


def _gave(test: TestCase, case: CallCase, outcome: CallOutcome) -> bool:
    if case.args_after is not None and not matches(case.args_after, outcome.args_after, test.compare):
        return False
    if case.raises is not None:
        return outcome.status == "raised" and outcome.type_name == case.raises
    if case.expected is None:
        return outcome.status != "raised"
    return outcome.status == "returned" and matches(case.expected, outcome.value, test.compare)


def describe_call(bug: Bug, case: CallCase) -> str:
    """The call as source: `f([1, 2], key="a")`, `obj.get(1)`."""
    speech = language(bug.language)
    args = [speech.render(encode(value, canonical=False)) for value in case.args]
    kwargs = {name: speech.render(encode(value, canonical=False)) for name, value in case.kwargs.items()}
    return shorten(speech.render_call(case.target or bug.entry_point, args, kwargs))


def describe_calls(bug: Bug, calls: tuple[CallCase, ...]) -> str:
    """The calls of one test as source, each instance of a class under its name, as in `obj = Stack()`."""
    shown = []
    used = {case.target.partition(".")[0] for case in calls if "." in case.target}
    for number, case in enumerate(calls, 1):
        text, name = describe_call(bug, case), case.instance or "obj"
        if name in used and case.target in ("", bug.entry_point):
            text = language(bug.language).render_binding(name, text)
        if case.raises is not None and number < len(calls):
            text += f" (raises {case.raises})"
        shown.append(text)
    return "; ".join(shown)


def describe_expected(bug: Bug, case: CallCase) -> str:
    """What a call should do: `return 3`, `raise ValueError`, `return None and leave its arguments as [[1, 2]]`."""
    render = language(bug.language).render
    if case.raises is not None:
        shown = f"raise {case.raises}"
    else:
        shown = f"return {render(case.expected)}" if case.expected is not None else "raise nothing"
    return shown + (f" and leave its arguments as {render(case.args_after)}" if case.args_after is not None else "")


def _describe_outcome(speech: Language, outcome: CallOutcome, with_args: bool) -> str:
    if outcome.status == "raised":
        message = shorten(" ".join(outcome.message.split()))
        shown = f"raised {outcome.type_name.removeprefix('solution.')}" + (f" ({message})" if message else "")
    elif outcome.status == "unencodable":
        shown = f"returned something that is not plain data ({shorten(outcome.type_name)})"
    else:
        shown = f"returned {speech.render(outcome.value)}"
    return shown + (f" and left its arguments as {speech.render(outcome.args_after)}" if with_args else "")


_RUN_FAILURES = {
    "timeout": "did not finish in time",
    "crashed": "ended the process",
    "malformed": "gave no readable result",
    "not-run": "was not run after earlier tests ended the process",
}


def _failure(bug: Bug, test: TestCase, run: TestRun) -> Failure:
    """The first call of the test that went wrong, with the calls before it."""
    speech, at = language(bug.language), 0
    if run.status == "ran" and len(run.calls) == len(test.calls):
        wrong = [i for i, case in enumerate(test.calls) if not _gave(test, case, run.calls[i])]
        if not wrong:  # all calls gave what they should, but some arguments are not what they should be at the end
            expected, got = (
                _at_end(bug, test, [call.args_at_end for call in side]).removeprefix(" and ")
                for side in (test.calls, run.calls)
            )
            got = got.replace("leave", "left", 1)
            return Failure(test.name, describe_calls(bug, test.calls), expected, got, shorten(run.output))
        at = wrong[0]
        got = _describe_outcome(speech, run.calls[at], test.calls[at].args_after is not None)
    elif run.status == "load-error":
        got = _describe_outcome(speech, run.calls[0], False)
    else:
        got = _RUN_FAILURES[run.status]
        at = next((i for i, c in reversed(list(enumerate(test.calls))) if c.expected or c.raises), 0)
    calls = describe_calls(bug, test.calls[: at + 1])
    return Failure(test.name, calls, describe_expected(bug, test.calls[at]), got, shorten(run.output))
