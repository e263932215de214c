"""A program or a handcrafted bug as a task: correct code, and tests with the results that this code gives.

Not covered: functions next to the entry point. A test that calls one finds no counterpart elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from debugarena.benchmark.dataset.cases import CallCase, TestCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.languages import language
from debugarena.benchmark.sandbox import CallOutcome, Sandbox
from debugarena.benchmark.values import decode, encode
from debugarena.builder.making.pool import Refused, calls_of, take_inputs, with_answers
from debugarena.builder.program import Program

Kinds = frozenset[str]  # of all values that stand in one place

HANDCRAFTED = "handcrafted"
N_DRAWN, N_TESTS = 80, 40  # inputs that a program draws, and those that are chosen


@dataclass(frozen=True)
class Question:
    """One call of a test and what it gives. `name`: the method, or "" for the entry point.

    instance: the object that it makes or is a method of. before: the arguments as text, if the call could change them.
    expected: see `expected`.
    """

    name: str
    args: tuple[Any, ...]
    before: tuple[str, ...]
    kind: str
    expected: str | None
    instance: str


@dataclass(frozen=True)
class Task:
    """`name` is that of a program or the id of a bug, `split` one of splits.py or HANDCRAFTED.

    The calls of a test share a namespace. Those of a class begin with the call that makes the object.
    """

    name: str
    split: str
    entry_point: str
    code: str
    imports: tuple[str, ...]
    tests: tuple[tuple[Question, ...], ...]

    @cached_property
    def is_class(self) -> bool:
        return any(question.name for question in self._questions())

    @cached_property
    def arguments(self) -> dict[str, tuple[Kinds, ...]]:
        """The kinds of the arguments of each name that the tests call."""
        given: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for question in self._questions():
            given[question.name].append(question.args)
        return {
            name: tuple(frozenset(map(kind_of, place)) for place in zip(*rows, strict=True))
            for name, rows in given.items()
        }

    @cached_property
    def results(self) -> dict[str, Kinds]:
        """The kinds of what each name returns."""
        found: dict[str, set[str]] = defaultdict(set)
        for question in self._questions():
            found[question.name].add(question.kind)
        return {name: frozenset(kinds) for name, kinds in found.items()}

    @cached_property
    def telling(self) -> frozenset[str]:
        """The names that do not always give the same result."""
        found: dict[str, set[str]] = defaultdict(set)
        for question in self._questions():
            found[question.name] |= {text for text in [question.expected] if text is not None}
        return frozenset(name for name, results in found.items() if len(results) > 1)

    def _questions(self) -> Iterator[Question]:
        return (question for test in self.tests for question in test)


# --- from programs and bugs -----------------------------------------------------------------


def task_of_bug(bug: Bug) -> Task:
    """A bug with its reference fix. Arguments given by name become positional ones, in the order of the test."""
    facts = language(bug.language).read_code(bug.fixed_code, bug.entry_point)
    tests = [replace(test, calls=tuple(map(_positional, test.calls))) for test in bug.tests]
    return _task(bug.bug_id, HANDCRAFTED, bug.entry_point, bug.fixed_code, facts.imports, tests)


def _positional(call: CallCase) -> CallCase:
    return replace(call, args=(*call.args, *call.kwargs.values()), kwargs={})


def tasks_of_programs(programs: Sequence[Program], sandbox: Sandbox) -> Iterator[Task]:
    """The programs with tests chosen from their inputs. A program that the generator would refuse is left out."""
    for program in programs:
        try:
            tests = with_answers(program, take_inputs(program, N_DRAWN), sandbox)
        except Refused:
            continue
        split, imports = split_of(program.name), program.imports
        yield _task(program.name, split, program.entry_point, program.code, imports, _chosen(tests))


def _chosen(tests: Sequence[TestCase]) -> Sequence[TestCase]:
    """The first sequences of calls, or calls with as many different results as can be: no constant is right often."""
    if any(test.is_sequence for test in tests):
        return tests[:N_TESTS]
    of_result: dict[str | None, list[TestCase]] = defaultdict(list)
    for test in tests:
        of_result[expected(test.calls[0])].append(test)
    rounds = max(map(len, of_result.values()), default=0)
    return [group[i] for i in range(rounds) for group in of_result.values() if i < len(group)][:N_TESTS]


def _task(
    name: str, split: str, entry_point: str, code: str, imports: tuple[str, ...], tests: Sequence[TestCase]
) -> Task:
    asked = [tuple(_questions(entry_point, test)) for test in tests]
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for question in (question for test in asked for question in test):
        counts[question.name][len(question.args)] += 1
    usual = {called: counter.most_common(1)[0][0] for called, counter in counts.items()}
    kept = tuple(test for test in asked if all(len(one.args) == usual[one.name] for one in test))
    return Task(name, split, entry_point, code, imports, kept)


def _questions(entry_point: str, test: TestCase) -> Iterator[Question]:
    for case, call in zip(test.calls, calls_of(test), strict=True):
        holder, _, called = ("", "", "") if case.target == entry_point else case.target.rpartition(".")
        before = tuple(plain(encode(arg)) for arg in case.args) if call.want_args_after else ()
        kind = kind_of(decode(case.expected or "null"))
        yield Question(called, case.args, before, kind, expected(case), holder or case.instance or "obj")


# --- values that two tasks may share ----------------------------------------------------------


_KINDS = {bool: "truth", int: "number", float: "number", tuple: "list", frozenset: "set", type(None): "none"}


def kind_of(value: Any) -> str:
    """The type, but lists and tuples are of one kind, and so are all numbers."""
    return _KINDS.get(type(value), type(value).__name__)


def expected(case: CallCase) -> str | None:
    """What the call gives, as `got` says it. None if that tells nothing, because it is an argument passed through."""
    if case.raises is not None:
        return f"raises {case.raises}"
    before = [plain(encode(arg)) for arg in case.args]
    if case.expected in (None, "null") and case.args_after and (after := _each(case.args_after)) != before:
        return _changed(after)
    value = plain(case.expected) if case.expected else None
    return None if value in before else value


def got(outcome: CallOutcome, order: Sequence[int], question: Question) -> str:
    """What a call of another task's code gave, as text to compare with `question.expected`.

    order: which argument of the question stood in each place. Where nothing is returned, changed arguments count.
    """
    if outcome.status == "raised":
        return f"raises {outcome.type_name}"
    if outcome.status != "returned":
        return outcome.status
    if outcome.value == "null" and outcome.args_after and question.before:
        after = list(question.before)
        for place, text in zip(order, _each(outcome.args_after), strict=True):
            after[place] = text
        if after != list(question.before):
            return _changed(after)
    return plain(outcome.value)


def _changed(after: Iterable[str]) -> str:
    return "changes " + " ".join(after)


def _each(args_text: str) -> list[str]:
    return [encode(value) for value in _plain(decode(args_text))]


@lru_cache(maxsize=1 << 16)  # the same results come again and again
def plain(text: str) -> str:
    """Encoded data as text in which a tuple is a list, a set a sorted list, and a float a number of nine digits."""
    return encode(_plain(decode(text)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=encode)
    if isinstance(value, float) and abs(value) < 2**53:
        rounded = float(f"{value:.9g}")
        return int(rounded) if rounded == int(rounded) else rounded
    return value


def _plain_key(key: Any) -> Any:
    return encode(_plain(key)) if isinstance(key, tuple | frozenset) else key
