"""Preparing a program: its inputs, its mutants, a least set of tests, and what is not fit to make bugs from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

import pytest

from debugarena.benchmark import Sandbox
from debugarena.benchmark.sandbox import Job, TestInput
from debugarena.builder.making.pool import Refused, calls_of, is_noticed
from debugarena.builder.making.prepare import MIN_CORE, Prepared, prepare
from debugarena.builder.mutation import sites
from debugarena.builder.mutation.sites import find_sites
from debugarena.builder.program import Program, load_programs


def clamp(value: int, low: int, high: int) -> int:
    """Return value, or the nearer of low and high if it lies outside of them.

    >>> clamp(12, 0, 9)
    9
    """
    if value < low:
        return low
    return high if value > high else value


def inputs_clamp(rng: Random) -> Iterator[tuple[int, int, int]]:
    while True:
        low = rng.randint(-3, 3)
        yield rng.randint(-9, 9), low, low + rng.randint(0, 4)


CLAMP = """def clamp(value: int, low: int, high: int) -> int:
    if value < low:
        return low
    return high if value > high else value
"""


def program(code: str = CLAMP, inputs: Callable[[Random], Iterator[Any]] = inputs_clamp) -> Program:
    return Program("tests/clamp", "clamp", "Return value within low and high.", code, inputs)


@pytest.fixture(scope="module")
def clamped(sandbox: Sandbox) -> Prepared:
    return prepare(program(), sandbox)


def test_the_core_notices_every_mutant_that_any_input_notices(clamped: Prepared, sandbox: Sandbox) -> None:
    for measured in clamped.mutants:
        job = Job(measured.mutant.code, "clamp", tuple(TestInput(calls_of(test)) for test in clamped.core))
        runs = sandbox.run(job).tests
        noticed = any(is_noticed(test, run.calls) for test, run in zip(clamped.core, runs, strict=True))
        assert noticed == (measured.mutant.summary not in clamped.survivors)


def test_survivors_are_the_mutants_that_change_nothing(clamped: Prepared) -> None:
    # at its limits, a value is the limit: taking one for the other is no mistake
    assert set(clamped.survivors) == {
        "comparison_boundary: value < low -> value <= low",
        "comparison_boundary: value > high -> value >= high",
    }
    assert clamped.mutation_score == 1 - 2 / len(clamped.mutants)


def test_tests_are_few_different_and_hold_what_the_program_gives(clamped: Prepared) -> None:
    keys = [test.name for test in clamped.core]
    assert len(keys) == len(set(keys)) == MIN_CORE
    for test in clamped.pool.tests:
        (case,) = test.calls
        assert case.expected == str(clamp(*case.args))


def test_preparing_twice_gives_the_same(clamped: Prepared, sandbox: Sandbox) -> None:
    again = prepare(program(), sandbox)
    assert (again.pool.tests, again.core, again.survivors) == (clamped.pool.tests, clamped.core, clamped.survivors)
    assert [m.behaviour for m in again.mutants] == [m.behaviour for m in clamped.mutants]


def raising(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 1, 2, 3
    raise LookupError("no more")


def alike(rng: Random) -> Iterator[tuple[int, int, int]]:
    while True:
        yield 1, 2, 3


NAMES = tuple("ant bee cat dog elk fox gnu hen ibis jay koi lark".split())
UNSTABLE = """def clamp(value, low, high):
    return list({'ant', 'bee', 'cat', 'dog', 'elk', str(value), str(low)})
"""
RANDOM = "import random\ndef clamp(value, low, high):\n    return random.randint(low, high) + value\n"


@pytest.mark.parametrize(
    ("code", "inputs", "refusal"),
    [
        (CLAMP, raising, "inputs-raise"),
        (CLAMP, alike, "too-few-inputs"),
        ("def clamp(value, low, high):\n    while value:\n        pass\n    return low\n", inputs_clamp, "endless"),
        (UNSTABLE, inputs_clamp, "unstable"),
        (RANDOM, inputs_clamp, "unstable"),
        ("def clamp(value, low, high):\n    return iter([value])\n", inputs_clamp, "too-few-inputs"),
    ],
)
def test_a_program_that_is_not_fit_is_refused_by_name(
    code: str, inputs: Callable[[Random], Iterator[Any]], refusal: str, sandbox: Sandbox
) -> None:
    with pytest.raises(Refused, match="tests/clamp: ") as caught:
        prepare(program(code, inputs), sandbox)
    assert caught.value.code == refusal


def test_an_example_that_does_not_hold_is_a_wrong_contract(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clamp, "__doc__", "Return 8.\n\n    >>> clamp(12, 0, 9)\n    8\n")
    with pytest.raises(Refused, match="its example does not hold") as caught:
        prepare(program(), sandbox)
    assert caught.value.code == "wrong-contract"


def test_an_operator_that_fails_is_named_and_the_rest_goes_on(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from debugarena.builder.mutation.operators import OPERATORS, Operator

    def broken(node: object, source: object) -> Iterator[Any]:
        raise RuntimeError("broken")

    bad = Operator("broken", "wrong-operator", "It breaks.", broken, 1.0)
    monkeypatch.setattr(sites, "OPERATORS", (bad, *OPERATORS))
    prepared = prepare(program(), sandbox)
    assert prepared.failed_operators == ("broken",)
    assert len(prepared.mutants) > 5


def test_sequences_of_calls_run_in_a_namespace_each(sandbox: Sandbox) -> None:
    (wallet,) = [p for p in load_programs(["money"]) if p.entry_point == "Wallet"]
    prepared = prepare(wallet, sandbox)
    assert all(test.is_sequence and test.calls[0].target == "" for test in prepared.pool.tests)
    assert prepared.mutation_score >= 0.95


def test_inputs_that_nobody_can_read_are_left_out(sandbox: Sandbox) -> None:
    def long(rng: Random) -> Iterator[tuple[int, int, int]]:
        for values in islice(inputs_clamp(rng), 400):
            yield values
            yield values[0] * 10**200, 0, 1

    prepared = prepare(program(inputs=long), sandbox)
    assert max(len(test.name) for test in prepared.pool.tests) < 60


def test_where_arguments_may_be_changed_they_are_looked_at_afterwards(sandbox: Sandbox) -> None:
    (progressive_tax,) = [p for p in load_programs(["money"]) if p.entry_point == "progressive_tax"]
    prepared = prepare(progressive_tax, sandbox)
    assert prepared.keeps_arguments
    assert all(case.args_after is not None for test in prepared.pool.tests for case in test.calls)
    assert len(find_sites(prepared.source)) >= len(prepared.mutants)
