"""A program made ready for bugs: inputs with what they should give, every first-order mutant with what it gives, and a
least set of tests that tells them all from the program.

All of it depends on the program and the operators alone, not on a run's seed, so that it can be kept and used again.
"""

from __future__ import annotations

import doctest
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

from debugarena.benchmark.errors import DebugArenaError
from debugarena.benchmark.sandbox import Call, CallOutcome, Execution, Job, Limits, Sandbox, TestInput
from debugarena.benchmark.schema import CallCase, TestCase
from debugarena.benchmark.values import Compare, encode, matches
from debugarena.builder.mutation import Mutant, first_order
from debugarena.builder.program import Program
from debugarena.builder.source import Source

N_POOL = 128
N_SEARCHED = 2000  # inputs tried on a mutant before it counts as one that nobody can notice
MIN_CORE = 10
BATCH = 64
HASH_BYTES = 6
MAX_SHOWN = 160  # characters of a call or a result that a person still reads
REFERENCE_LIMITS = Limits(cpu_s=0.5, reply_bytes=1 << 20)
# CPU time for a batch: some thirty times what a program takes; a mutant that needs more is one that does not end
MUTANT_LIMITS = replace(REFERENCE_LIMITS, cpu_s=0.05)


class Refused(DebugArenaError):
    """A program, or a candidate of it, that makes no bug. `code` is counted in summaries."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Behaviour:
    """What a code gives on a pool: HASH_BYTES for each input, nothing if it did not end. `noticed`: which are wrong."""

    outcomes: bytes
    noticed: frozenset[int]

    @property
    def hangs(self) -> bool:
        return not self.outcomes

    @property
    def key(self) -> str:
        """Equal for codes that behave alike on the whole pool."""
        return hashlib.sha256(self.outcomes).hexdigest()[:32]

    def outcome(self, i: int) -> bytes:
        """What input i gives, as a hash."""
        return self.outcomes[HASH_BYTES * i : HASH_BYTES * (i + 1)]


@dataclass(frozen=True)
class Measured:
    """A mutant and what it does on the pool. `found_by`: an input that notices it, where none in the pool does."""

    mutant: Mutant
    behaviour: Behaviour
    found_by: TestCase | None = None

    @property
    def usable(self) -> bool:
        """Whether it ends and is noticed."""
        return bool(self.behaviour.noticed) and not self.behaviour.hangs


@dataclass(frozen=True)
class Prepared:
    """`pool`: tests with what they should give; `core`: those of them that notice every mutant that can be noticed."""

    program: Program
    source: Source
    pool: tuple[TestCase, ...]
    expected: Behaviour
    core: tuple[TestCase, ...]
    mutants: tuple[Measured, ...]
    mutation_score: float
    survivors: tuple[str, ...]
    failed_operators: tuple[str, ...]
    keeps_arguments: bool


def prepare(program: Program, sandbox: Sandbox) -> Prepared:
    """Refused if the program is not fit to make bugs from: its example is wrong, it does not end, it is random ..."""
    _check_example(program)
    source = Source(program.code)
    failed: list[str] = []
    inputs = _take_inputs(program, N_SEARCHED)
    pool = _with_expected(program, inputs[:N_POOL], sandbox)
    if len(pool) < MIN_CORE + 6:
        raise Refused("too-few-inputs", f"{program.name}: only {len(pool)} different inputs; widen its inputs")
    compare = pool[0].compare
    runner = PoolRunner(program, pool, sandbox)
    mutants = first_order(source, failed.append)
    measured = [Measured(m, b) for m, b in zip(mutants, runner.run_many([m.code for m in mutants]), strict=True)]
    measured = _search_further(program, measured, inputs[N_POOL:], compare, sandbox)
    core = _cover(measured, pool)
    score, survivors = _score(program, measured, core, sandbox)
    keeps = all(_keeps_arguments(test) for test in pool)
    return Prepared(
        program, source, pool, runner.expected, core, tuple(measured), score, survivors, tuple(failed), keeps
    )


# --- inputs and what they should give ---------------------------------------------------


def _check_example(program: Program) -> None:
    """The example in the docstring of what the inputs stand beside, as Python's own doctest sees it."""
    namespace = program.inputs.__globals__
    found = doctest.DocTestFinder(recurse=False).find(
        namespace.get(program.entry_point), program.entry_point, module=False, globs=dict(namespace)
    )
    report: list[str] = []
    if any(doctest.DocTestRunner(verbose=False).run(example, out=report.append).failed for example in found):
        raise Refused("wrong-contract", f"{program.name}: its example does not hold; mend the program or the example")


def _take_inputs(program: Program, n: int) -> list[TestCase]:
    """Different inputs of readable size, as tests without an answer."""
    found: dict[str, TestCase] = {}
    try:
        for given in islice(program.inputs(Random(f"debugarena-inputs-1:{program.name}")), 2 * n):
            test = _as_test(given)
            texts = _texts(test)
            if max(map(len, texts)) <= MAX_SHOWN and sum(map(len, texts)) <= 2 * MAX_SHOWN:
                found.setdefault("\n".join(texts), test)
            if len(found) == n:
                break
    except Exception as error:
        raise Refused("inputs-raise", f"{program.name}: its inputs raise {type(error).__name__}: {error}") from None
    return list(found.values())


def _as_test(given: Any) -> TestCase:
    """A tuple of arguments, or a list of calls whose first makes the object."""
    if isinstance(given, tuple):
        return TestCase("", False, "exact", (CallCase("", given, {}),), is_sequence=False)
    calls = [CallCase("" if i == 0 else f"obj.{name}", tuple(args), {}) for i, (name, *args) in enumerate(given)]
    return TestCase("", False, "exact", tuple(calls), is_sequence=True)


def key_of(test: TestCase) -> str:
    """The inputs of a test as text; as long as they are."""
    return "\n".join(_texts(test))


def _texts(test: TestCase) -> list[str]:
    return [case.target + encode(list(case.args), canonical=False) for case in test.calls]


def _has_mutable(values: Iterable[Any]) -> bool:
    return any(
        isinstance(v, list | dict | set | bytearray) or (isinstance(v, tuple) and _has_mutable(v)) for v in values
    )


def calls_of(test: TestCase) -> tuple[Call, ...]:
    """The inputs of a test for the sandbox, arguments asked for afterwards where they could have been changed."""
    return tuple(Call(c.args, c.kwargs, c.target, _has_mutable(c.args)) for c in test.calls)


def _with_expected(program: Program, tests: Sequence[TestCase], sandbox: Sandbox) -> tuple[TestCase, ...]:
    """The tests whose answer is plain and readable, with it; asked twice, in two processes with other hash seeds."""
    inputs = _batched(tests)
    first, second = sandbox.run_many(
        replace(_job(program, program.code, inputs, REFERENCE_LIMITS), hash_seed=hash_seed) for hash_seed in (0, 77)
    )
    answers, others = _per_test(first, tests), _per_test(second, tests)
    if answers is None or others is None:
        raise Refused(
            "endless", f"{program.name}: it does not end within {REFERENCE_LIMITS.cpu_s:g} s of CPU, or crashes"
        )
    if [_text(a) for a in answers] != [_text(a) for a in others]:
        raise Refused("unstable", f"{program.name}: it gives different results for the same inputs")
    compare: Compare = "float" if any('"$float"' in _text(a) or _has_float(a) for a in answers) else "exact"
    kept = []
    for test, answer in zip(tests, answers, strict=True):
        if all(_is_plain(outcome) for outcome in answer):
            calls = tuple(_answered(case, outcome) for case, outcome in zip(test.calls, answer, strict=True))
            kept.append(replace(test, calls=calls, compare=compare))
    return tuple(kept)


def _has_float(answer: Sequence[CallOutcome]) -> bool:
    return any(any(c in ".eE" for c in token) for o in answer for token in _numbers(o.value))


def _numbers(text: str) -> Iterator[str]:
    """The numbers in tagged JSON text, outside its strings."""
    for part in text.split('"')[::2]:
        for token in part.replace("[", ",").replace("]", ",").replace("}", ",").replace(":", ",").split(","):
            if token[:1] in "-0123456789" and token:
                yield token


def _is_plain(outcome: CallOutcome) -> bool:
    readable = len(outcome.value) <= 2 * MAX_SHOWN
    return outcome.status != "unencodable" and readable and not outcome.type_name.startswith("solution.")


def _answered(case: CallCase, outcome: CallOutcome) -> CallCase:
    after = outcome.args_after or None
    if outcome.status == "raised":
        return replace(case, raises=outcome.type_name, args_after=after)
    return replace(case, expected=outcome.value, args_after=after)


def _keeps_arguments(test: TestCase) -> bool:
    return all(c.args_after is None or c.args_after == encode(list(c.args)) for c in test.calls)


# --- running codes on inputs ------------------------------------------------------------


def _batched(tests: Sequence[TestCase]) -> tuple[TestInput, ...]:
    """Sequences one by one; single calls together, as a test of many calls costs little more than one of one."""
    if tests and tests[0].is_sequence:
        return tuple(TestInput(calls_of(test)) for test in tests)
    batches = [tests[i : i + BATCH] for i in range(0, len(tests), BATCH)]
    return tuple(TestInput(tuple(call for test in batch for call in calls_of(test))) for batch in batches)


def _job(program: Program, code: str, inputs: tuple[TestInput, ...], limits: Limits) -> Job:
    return Job(code, program.entry_point, inputs, imports=program.imports, limits=limits)


def _per_test(execution: Execution, tests: Sequence[TestCase]) -> list[list[CallOutcome]] | None:
    """The outcomes of each test's calls; None if one of the runs did not come to its end."""
    outcomes: list[CallOutcome] = []
    n_calls = sum(len(test.calls) for test in tests)
    for run in execution.tests:
        if run.status == "load-error":
            return [[run.calls[0]] * len(test.calls) for test in tests]
        if run.status != "ran" or any(call.type_name == "MemoryError" for call in run.calls):
            return None
        outcomes += run.calls
    if len(outcomes) != n_calls:
        return None
    found, at = [], 0
    for test in tests:
        found.append(outcomes[at : at + len(test.calls)])
        at += len(test.calls)
    return found


def _text(outcomes: Sequence[CallOutcome]) -> str:
    return "\n".join(f"{o.status}\t{o.value}\t{o.args_after}\t{o.type_name}" for o in outcomes)


def is_noticed(test: TestCase, outcomes: Sequence[CallOutcome]) -> bool:
    """Whether one of the calls gave something else than it should."""
    return not all(_is_right(test, case, outcome) for case, outcome in zip(test.calls, outcomes, strict=True))


def _is_right(test: TestCase, case: CallCase, outcome: CallOutcome) -> bool:
    if case.args_after is not None and not matches(case.args_after, outcome.args_after, test.compare):
        return False
    if case.raises is not None:
        return outcome.status == "raised" and outcome.type_name == case.raises
    return outcome.status == "returned" and matches(case.expected or "", outcome.value, test.compare)


class PoolRunner:
    """Runs codes on a program's pool."""

    def __init__(self, program: Program, pool: Sequence[TestCase], sandbox: Sandbox) -> None:
        self._program, self._pool, self._sandbox = program, pool, sandbox
        self.expected = self.run(program.code)

    def run(self, code: str) -> Behaviour:
        """One code."""
        return next(self.run_many([code]))

    def run_many(self, codes: Sequence[str]) -> Iterator[Behaviour]:
        """One behaviour a code, in order. The first inputs come alone: what does not end there need not go on."""
        first, rest = self._pool[:BATCH], self._pool[BATCH:]
        beginnings = self._outcomes(codes, first)
        going_on = [code for code, found in zip(codes, beginnings, strict=True) if found is not None]
        endings = iter(self._outcomes(going_on, rest))
        for found in beginnings:
            more = next(endings) if found is not None else None
            yield self._behaviour(found + more if found is not None and more is not None else None)

    def _outcomes(self, codes: Sequence[str], tests: Sequence[TestCase]) -> list[list[list[CallOutcome]] | None]:
        inputs = _batched(tests)
        jobs = (_job(self._program, code, inputs, MUTANT_LIMITS) for code in codes)
        return [_per_test(execution, tests) for execution in self._sandbox.run_many(jobs)]

    def _behaviour(self, found: list[list[CallOutcome]] | None) -> Behaviour:
        if found is None:
            return Behaviour(b"", frozenset(range(len(self._pool))))
        noticed = frozenset(i for i, test in enumerate(self._pool) if is_noticed(test, found[i]))
        return Behaviour(b"".join(hashlib.sha256(_text(one).encode()).digest()[:HASH_BYTES] for one in found), noticed)


# --- tests that tell every mutant -------------------------------------------------------


def _search_further(
    program: Program, measured: list[Measured], inputs: Sequence[TestCase], compare: Compare, sandbox: Sandbox
) -> list[Measured]:
    """Mutants that the pool does not notice are tried on all other inputs."""
    quiet = [m for m in measured if not m.behaviour.noticed]
    if not quiet or not inputs:
        return measured
    answered = [replace(test, compare=compare) for test in _with_expected(program, inputs, sandbox)]
    found: dict[int, TestCase] = {}
    for start in range(0, len(answered), 8 * BATCH):
        part = answered[start : start + 8 * BATCH]
        todo = [m for m in quiet if id(m) not in found]
        inputs_of_part = _batched(part)
        jobs = (_job(program, m.mutant.code, inputs_of_part, REFERENCE_LIMITS) for m in todo)
        for one, execution in zip(todo, sandbox.run_many(jobs), strict=True):
            outcomes = _per_test(execution, part)
            noticing = [t for t, o in zip(part, outcomes, strict=True) if is_noticed(t, o)] if outcomes else []
            if noticing:
                found[id(one)] = min(noticing, key=lambda t: len(key_of(t)))
    return [replace(m, found_by=found.get(id(m))) for m in measured]


def _cover(measured: Sequence[Measured], pool: Sequence[TestCase]) -> tuple[TestCase, ...]:
    """The least tests, greedily, that notice every mutant that can be noticed; at least MIN_CORE. Short ones first."""
    todo = [m.behaviour.noticed for m in measured if m.usable]
    counts = Counter(i for noticed in todo for i in noticed)
    chosen: list[int] = []
    while todo:
        best = max(counts, key=lambda i: (counts[i], -len(key_of(pool[i])), -i))
        chosen.append(best)
        for noticed in todo:
            if best in noticed:
                counts.subtract(noticed)
        todo = [noticed for noticed in todo if best not in noticed]
    extra = {key_of(m.found_by): m.found_by for m in measured if m.found_by}
    others = sorted(set(range(len(pool))) - set(chosen), key=lambda i: (len(key_of(pool[i])), i))
    missing = max(0, MIN_CORE - len(chosen) - len(extra))
    # spread over the pool: the shortest inputs alone would all be edges
    chosen += others[:: max(1, len(others) // missing)][:missing] if missing else []
    return (*(pool[i] for i in chosen), *extra.values())


def _score(
    program: Program, measured: Sequence[Measured], core: Sequence[TestCase], sandbox: Sandbox
) -> tuple[float, tuple[str, ...]]:
    """The share of mutants that the core notices, each test in a namespace of its own, and the others in words."""
    ending = [m for m in measured if not m.behaviour.hangs]
    inputs = tuple(TestInput(calls_of(test)) for test in core)
    codes = [program.code, *(m.mutant.code for m in ending)]
    jobs = (_job(program, code, inputs, Limits()) for code in codes)
    noticed = [
        any(run.status != "ran" or is_noticed(test, run.calls) for test, run in zip(core, execution.tests, strict=True))
        for execution in sandbox.run_many(jobs)
    ]
    if noticed.pop(0):
        raise Refused("unstable", f"{program.name}: it gives other results when it is called alone")
    survivors = [m.mutant.summary for m, was_noticed in zip(ending, noticed, strict=True) if not was_noticed]
    return 1 - len(survivors) / max(1, len(measured)), tuple(survivors)
