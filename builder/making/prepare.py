"""Prepares a program for bugs: its pool of inputs, every first-order mutant with its results there, and a small set of
tests that tells all mutants from the program.

All of this depends only on the program and the operators, not on a run's seed.
"""

from __future__ import annotations

import doctest
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from debugarena.benchmark.dataset.cases import TestCase
from debugarena.benchmark.grading.verdicts import test_passed
from debugarena.benchmark.sandbox import Sandbox, TestInput
from debugarena.builder.making.pool import (
    Behaviour,
    Pool,
    Refused,
    calls_of,
    keeps_arguments,
    make_job,
    take_inputs,
    with_answers,
)
from debugarena.builder.mutation.sites import Mutant, first_order
from debugarena.builder.mutation.source import Source
from debugarena.builder.program import Program
from debugarena.builder.tells import new_tells
from debugarena.builder.validate import PROOF_LIMITS

N_POOL = 128
N_SEARCHED = 2000  # inputs tried on a mutant before it counts as one that nobody can notice
SEARCH_STEP = 500
MIN_CORE = 10


@dataclass(frozen=True)
class Measured:
    """A mutant and what it does on the pool. `found_by`: an input that notices it, if none in the pool does.

    tells: what gives it away in the code.
    """

    mutant: Mutant
    behaviour: Behaviour
    found_by: TestCase | None = None
    tells: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it ends and is noticed."""
        return bool(self.behaviour.noticed) and not self.behaviour.hangs

    @property
    def combinable(self) -> bool:
        """Whether it can be one of several edits."""
        return self.usable and not self.tells


@dataclass(frozen=True, eq=False)
class Prepared:
    """`core`: tests that notice every mutant that can be noticed.

    mutation_score: of the mutants that end on the whole pool, the share that the core notices, 0 to 1; `survivors` are
    the others, in words.
    """

    program: Program
    source: Source
    pool: Pool
    core: tuple[TestCase, ...]
    mutants: tuple[Measured, ...]
    mutation_score: float
    survivors: tuple[str, ...]
    failed_operators: tuple[str, ...]
    keeps_arguments: bool


def prepare(program: Program, sandbox: Sandbox) -> Prepared:
    """Raises Refused if the program is unfit to make bugs: its example is wrong, it does not end, it is random ..."""
    _check_example(program)
    source = Source(program.code)
    failed: list[str] = []
    inputs = take_inputs(program, N_SEARCHED)
    pool = Pool(program, with_answers(program, inputs[:N_POOL], sandbox), sandbox)
    if len(pool.tests) < MIN_CORE + 6:
        raise Refused("too-few-inputs", f"{program.name}: only {len(pool.tests)} different inputs; widen its inputs")
    mutants = first_order(source, failed.append)
    behaviours = pool.run_many([m.code for m in mutants])
    measured = [Measured(m, b, tells=new_tells(m.code, program.code)) for m, b in zip(mutants, behaviours, strict=True)]
    measured = _search_further(program, measured, inputs[N_POOL:], pool, sandbox)
    core = _cover(measured, pool.tests)
    score, survivors = _score(program, measured, core, sandbox)
    keeps = all(keeps_arguments(test) for test in pool.tests)
    return Prepared(program, source, pool, core, tuple(measured), score, survivors, tuple(dict.fromkeys(failed)), keeps)


def _check_example(program: Program) -> None:
    """Checks the example in the docstring of the original function or class with Python's own doctest."""
    namespace = program.inputs.__globals__
    found = doctest.DocTestFinder(recurse=False).find(
        namespace.get(program.entry_point), program.entry_point, module=False, globs=dict(namespace)
    )
    report: list[str] = []
    if any(doctest.DocTestRunner(verbose=False).run(example, out=report.append).failed for example in found):
        raise Refused("wrong-contract", f"{program.name}: its example does not hold; mend the program or the example")


def _search_further(
    program: Program, measured: list[Measured], inputs: Sequence[TestCase], pool: Pool, sandbox: Sandbox
) -> list[Measured]:
    """Tries mutants that the pool does not notice on all other inputs."""
    quiet = [m for m in measured if not m.behaviour.noticed]
    if not quiet or not inputs:
        return measured
    answered = [replace(test, compare=pool.tests[0].compare) for test in with_answers(program, inputs, sandbox)]
    found: dict[int, TestCase] = {}
    for start in range(0, len(answered), SEARCH_STEP):
        further = Pool(program, answered[start : start + SEARCH_STEP], sandbox)
        todo = [m for m in quiet if id(m) not in found]
        for one, behaviour in zip(todo, further.run_many([m.mutant.code for m in todo]), strict=True):
            if behaviour.noticed and not behaviour.hangs:
                noticing = [further.tests[i] for i in behaviour.noticed]
                found[id(one)] = min(noticing, key=lambda t: (len(t.name), t.name))
    return [replace(m, found_by=found.get(id(m))) for m in measured]


def _cover(measured: Sequence[Measured], pool: Sequence[TestCase]) -> tuple[TestCase, ...]:
    """Few tests, chosen greedily, that notice every mutant that can be noticed; at least MIN_CORE. Short ones first."""
    todo = [m.behaviour.noticed for m in measured if m.usable]
    size = {i: len(test.name) for i, test in enumerate(pool)}
    counts = Counter(i for noticed in todo for i in noticed)
    chosen: list[int] = []
    while todo:
        best = max(counts, key=lambda i: (counts[i], -size[i], -i))
        chosen.append(best)
        for noticed in todo:
            if best in noticed:
                counts.subtract(noticed)
        todo = [noticed for noticed in todo if best not in noticed]
    extra = {m.found_by.name: m.found_by for m in measured if m.found_by}
    others = sorted(set(size) - set(chosen), key=lambda i: (size[i], i))
    missing = max(0, MIN_CORE - len(chosen) - len(extra))
    # spread over the pool: the shortest inputs would all be edge cases
    chosen += others[:: max(1, len(others) // missing)][:missing] if missing else []
    return (*(pool[i] for i in chosen), *extra.values())


def _score(
    program: Program, measured: Sequence[Measured], core: Sequence[TestCase], sandbox: Sandbox
) -> tuple[float, tuple[str, ...]]:
    """Runs each test in a namespace of its own. Raises Refused if the program itself then gives another result."""
    ending = [m for m in measured if not m.behaviour.hangs]
    inputs = tuple(TestInput(calls_of(test)) for test in core)
    jobs = (make_job(program, code, inputs, PROOF_LIMITS) for code in (program.code, *(m.mutant.code for m in ending)))
    noticed = [
        not all(test_passed(test, run) for test, run in zip(core, execution.tests, strict=True))
        for execution in sandbox.run_many(jobs)
    ]
    if noticed.pop(0):
        raise Refused("unstable", f"{program.name}: it gives other results when it is called alone")
    survivors = [m.mutant.summary for m, was_noticed in zip(ending, noticed, strict=True) if not was_noticed]
    return 1 - len(survivors) / max(1, len(ending)), tuple(survivors)
