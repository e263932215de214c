"""The ways to put the tests of one task to the code of another: names matched, arguments permuted or left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations, product

from debugarena.benchmark.sandbox import Call
from debugarena.builder.likeness.tasks import Kinds, Question, Task

MAX_WAYS = 48  # of one task to another
MAX_LEFT_OUT = 1  # arguments that the code does not take, and methods that it does not have


@dataclass(frozen=True)
class Put:
    """A called name as the other code has it: its name there, and which argument stands in each place."""

    name: str
    order: tuple[int, ...]


# called name -> what to call in its place; a name that is missing has no counterpart
Way = dict[str, Put]


def ways(task: Task, other: Task) -> Iterator[Way]:
    """The ways to run `task.code` on the tests of `other`, those that keep the names of methods first."""
    if task.is_class == other.is_class:
        yield from islice(_ways(task, other), MAX_WAYS)


def _ways(task: Task, other: Task) -> Iterator[Way]:
    choices = [_choices(name, task, other) for name in other.arguments]
    may_lack = MAX_LEFT_OUT if len(other.arguments) > 1 + MAX_LEFT_OUT else 0
    for puts in product(*choices):
        taken = [put.name for put in puts if put]
        if len(puts) - len(taken) <= may_lack and len(taken) == len(set(taken)):
            yield {name: put for name, put in zip(other.arguments, puts, strict=True) if put}


def _choices(name: str, task: Task, other: Task) -> list[Put | None]:
    if name == "":
        if not other.is_class and not _fit(task.results[""], other.results[""]):
            return []
        return [Put("", order) for order in _orders(other.arguments[""], task.arguments[""])]
    found: list[Put | None] = []
    for method, wanted in task.arguments.items():
        if method and (name not in other.telling or _fit(task.results[method], other.results[name])):
            found += [Put(method, order) for order in _orders(other.arguments[name], wanted)]
    return [*sorted(found, key=lambda put: put is not None and put.name != name), None]


def _fit(one: Kinds, other: Kinds) -> bool:
    return one == other or bool((one & other) - {"none"})


def _orders(given: Sequence[Kinds], wanted: Sequence[Kinds]) -> list[tuple[int, ...]]:
    """The choices of given arguments for the wanted places, of fitting kinds, in the order given first."""
    if not 0 <= len(given) - len(wanted) <= MAX_LEFT_OUT:
        return []
    orders = permutations(range(len(given)), len(wanted))
    return [order for order in orders if all(_fit(given[i], place) for i, place in zip(order, wanted, strict=True))]


def put_calls(way: Way, test: Sequence[Question]) -> Iterator[Call]:
    """The calls of a test, as the way says; those without a counterpart are left out."""
    for question in test:
        if put := way.get(question.name):
            args = tuple(question.args[i] for i in put.order)
            target = f"{question.instance}.{put.name}" if put.name else ""
            yield Call(args, {}, target, bool(question.before), question.instance)
