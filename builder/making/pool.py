"""The inputs of a program with its results, and the results of other codes. Mutants are measured on them.

Codes run in the sandbox with many calls in one test, because such a test costs little more than a single call. Expected
values are those of the program itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.errors import DebugArenaError
from debugarena.benchmark.grading.verdicts import call_passed, hash_seed
from debugarena.benchmark.sandbox import Call, CallOutcome, Execution, Job, Limits, Sandbox, TestInput
from debugarena.benchmark.values import Compare, decode, encode, holds_float
from debugarena.builder.mutation.steps import OUT_OF_STEPS, metered
from debugarena.builder.program import Program
from debugarena.builder.validate import PROOF_LIMITS, SALTS

HASH_BYTES = 6
MAX_SHOWN = 160  # characters of a call or a result that a person can still read
N_FIRST = 16  # inputs that run first: a code that does not end on them need not run on the rest
REFERENCE_LIMITS = replace(PROOF_LIMITS, cpu_s=0.5, reply_bytes=1 << 20)
FIRST_STEPS, REST_STEPS = 100_000, 600_000  # for the first inputs, and for the rest; programs need a twentieth
# generous: the number of steps decides
CODE_LIMITS = replace(PROOF_LIMITS, cpu_s=20.0, job_s=60.0, reply_bytes=1 << 20)


_FLOAT_SIGNS = re.compile(r"[.$]|e[+-]")  # the text of a float has one of them
_ATOMS = (int, str, bool, type(None))  # what comes out of a row as it went in
_NO_END = ("MemoryError", f"solution.{OUT_OF_STEPS}")


class Refused(DebugArenaError):
    """A program, or one of its candidates, makes no bug. Summaries count each `code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Behaviour:
    """What a code gives on a pool: HASH_BYTES per input, nothing if it did not end. `noticed`: inputs it gets wrong."""

    outcomes: bytes
    noticed: frozenset[int]

    @property
    def hangs(self) -> bool:
        return not self.outcomes

    @property
    def key(self) -> str:
        """The same for codes that behave alike on the whole pool."""
        return hashlib.sha256(self.outcomes).hexdigest()[:32]

    def outcome(self, i: int) -> bytes:
        """What input i gives, as a hash."""
        return self.outcomes[HASH_BYTES * i : HASH_BYTES * (i + 1)]


class Pool:
    """`tests` with their answers, and the way to run any code on them."""

    def __init__(self, program: Program, tests: Sequence[TestCase], sandbox: Sandbox) -> None:
        self.tests = tuple(tests)
        self._program, self._sandbox = program, sandbox

    def run(self, code: str) -> Behaviour:
        """The behaviour of one code."""
        return next(self.run_many([code]))

    def run_many(self, codes: Sequence[str]) -> Iterator[Behaviour]:
        """One behaviour per code, in order."""
        beginnings = self._outcomes(codes, self.tests[:N_FIRST], FIRST_STEPS)
        going_on = [code for code, found in zip(codes, beginnings, strict=True) if found is not None]
        endings = iter(self._outcomes(going_on, self.tests[N_FIRST:], REST_STEPS))
        for found in beginnings:
            more = next(endings) if found is not None else None
            yield self._behaviour(found + more if found is not None and more is not None else None)

    def _outcomes(
        self, codes: Sequence[str], tests: Sequence[TestCase], steps: int
    ) -> list[list[list[CallOutcome]] | None]:
        inputs = _together(tests)
        jobs = (make_job(self._program, metered(code, steps), inputs, CODE_LIMITS) for code in codes)
        return [per_test(execution, tests) for execution in self._sandbox.run_many(jobs)]

    def _behaviour(self, found: list[list[CallOutcome]] | None) -> Behaviour:
        if found is None:
            return Behaviour(b"", frozenset(range(len(self.tests))))
        noticed = frozenset(i for i, test in enumerate(self.tests) if is_noticed(test, found[i]))
        hashes = (hashlib.sha256(_text(outcomes, self.tests[0].compare).encode()).digest() for outcomes in found)
        return Behaviour(b"".join(digest[:HASH_BYTES] for digest in hashes), noticed)


# --- inputs -----------------------------------------------------------------------------


def take_inputs(program: Program, n: int) -> list[TestCase]:
    """Up to n different inputs of readable size, as tests without an answer; the name of each is its inputs as text.

    Raises Refused if the generator raises.
    """
    found: dict[str, TestCase] = {}
    try:
        for given in islice(program.inputs(Random(f"debugarena-inputs-1:{program.name}")), 2 * n):
            calls, texts = _as_calls(given)
            if max(map(len, texts)) <= MAX_SHOWN and sum(map(len, texts)) <= 2 * MAX_SHOWN:
                name = "\n".join(texts)
                found.setdefault(name, TestCase(name, False, "exact", calls, is_sequence=isinstance(given, list)))
            if len(found) == n:
                break
    except Exception as error:
        raise Refused("inputs-raise", f"{program.name}: its inputs raise {type(error).__name__}: {error}") from None
    return list(found.values())


def _as_calls(given: Any) -> tuple[tuple[CallCase, ...], list[str]]:
    """The calls in a tuple of arguments, or in a list of calls whose first makes the object; and each call as text.

    Arguments are as if read from a row: no two of them share an object.
    """
    calls, texts = [], []
    for i, (name, *args) in enumerate(given if isinstance(given, list) else [("", *given)]):
        text = encode(args, canonical=False)
        target = f"obj.{name}" if i else ""
        given_args = args if all(type(arg) in _ATOMS for arg in args) else decode(text)
        calls.append(CallCase(target, tuple(given_args), {}))
        texts.append(target + text)
    return tuple(calls), texts


def calls_of(test: TestCase) -> tuple[Call, ...]:
    """The inputs of a test for the sandbox. It also returns the arguments that a call could have changed."""
    return tuple(Call(c.args, c.kwargs, c.target, _has_mutable(c.args)) for c in test.calls)


def _has_mutable(values: Iterable[Any]) -> bool:
    return any(
        isinstance(v, list | dict | set | bytearray) or (isinstance(v, tuple) and _has_mutable(v)) for v in values
    )


# --- answers ----------------------------------------------------------------------------


def with_answers(program: Program, tests: Sequence[TestCase], sandbox: Sandbox) -> list[TestCase]:
    """The tests whose answer is plain and readable, with that answer. Raises Refused if it depends on the hash seed."""
    inputs = _together(tests)
    first, second = sandbox.run_many(
        replace(make_job(program, program.code, inputs, REFERENCE_LIMITS), hash_seed=hash_seed(salt))
        for salt in SALTS[:2]
    )
    answers, others = per_test(first, tests), per_test(second, tests)
    if answers is None or others is None:
        raise Refused("endless", f"{program.name}: it does not end within {REFERENCE_LIMITS.cpu_s:g} s of CPU")
    if [_text(answer, "exact") for answer in answers] != [_text(other, "exact") for other in others]:
        raise Refused("unstable", f"{program.name}: it gives different results for the same inputs")
    compare: Compare = "float" if any(_has_float(answer) for answer in answers) else "exact"
    kept = []
    for test, answer in zip(tests, answers, strict=True):
        if all(_is_plain(outcome) for outcome in answer):
            calls = tuple(_answered(case, outcome) for case, outcome in zip(test.calls, answer, strict=True))
            kept.append(replace(test, calls=calls, compare=compare))
    return kept


def _has_float(answer: Sequence[CallOutcome]) -> bool:
    texts = (text for o in answer for text in (o.value, o.args_after))
    return any(holds_float(decode(text)) for text in texts if _FLOAT_SIGNS.search(text))


def _is_plain(outcome: CallOutcome) -> bool:
    readable = len(outcome.value) <= 2 * MAX_SHOWN
    return outcome.status != "unencodable" and readable and not outcome.type_name.startswith("solution.")


def _answered(case: CallCase, outcome: CallOutcome) -> CallCase:
    after = outcome.args_after or None
    if outcome.status == "raised":
        return replace(case, raises=outcome.type_name, args_after=after)
    return replace(case, expected=outcome.value, args_after=after)


def keeps_arguments(test: TestCase) -> bool:
    """Whether the program leaves the arguments of the test as they are."""
    return all(c.args_after is None or c.args_after == encode(list(c.args)) for c in test.calls)


# --- running ----------------------------------------------------------------------------


def _together(tests: Sequence[TestCase]) -> tuple[TestInput, ...]:
    """All calls in one test, unless a sequence may fail to make its object: it would use an older object instead."""
    if any(test.is_sequence and test.calls[0].expected is None for test in tests):
        return tuple(TestInput(calls_of(test)) for test in tests)
    return (TestInput(tuple(call for test in tests for call in calls_of(test))),) if tests else ()


def make_job(program: Program, code: str, inputs: tuple[TestInput, ...], limits: Limits) -> Job:
    """A job that runs a code in place of the program's."""
    return Job(code, program.entry_point, inputs, imports=program.imports, limits=limits)


def per_test(execution: Execution, tests: Sequence[TestCase]) -> list[list[CallOutcome]] | None:
    """The outcomes of each test's calls; None if the code did not end, or ran out of memory or steps."""
    outcomes: list[CallOutcome] = []
    for run in execution.tests:
        if run.status not in ("ran", "load-error") or any(call.type_name in _NO_END for call in run.calls):
            return None
        if run.status == "load-error":
            return [[run.calls[0]] * len(test.calls) for test in tests]
        outcomes += run.calls
    rest = iter(outcomes)
    return [list(islice(rest, len(test.calls))) for test in tests]


def _text(outcomes: Sequence[CallOutcome], compare: Compare) -> str:
    if compare == "float":
        outcomes = [replace(o, value=_rounded(o.value), args_after=_rounded(o.args_after)) for o in outcomes]
    return "\n".join(f"{o.status}\t{o.value}\t{o.args_after}\t{o.type_name}" for o in outcomes)


def _rounded(text: str) -> str:
    """Rounds floats to nine digits, so that values that compare as equal mostly have equal text."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rounded(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(rounded, value))
        return float(f"{value:.9g}") if isinstance(value, float) else value

    return encode(rounded(decode(text))) if text else ""


def is_noticed(test: TestCase, outcomes: Sequence[CallOutcome]) -> bool:
    """Whether one of the calls gave a wrong result."""
    return not all(call_passed(test, case, outcome) for case, outcome in zip(test.calls, outcomes, strict=True))
