"""Turns a candidate (edits to a program, and tests that show what is wrong) into a Bug, still to be proven.

Every bug of a program has the program's core of hidden tests, which tell a wrong fix from a right one whatever the bug
is. It also has visible tests of its own: some fail and, if possible, some pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from debugarena.benchmark.dataset.cases import TestCase
from debugarena.benchmark.dataset.schema import Bug
from debugarena.builder.making.levels import DIFFICULTY, check_edits, check_together, choose_edits
from debugarena.builder.making.pool import Behaviour, Refused
from debugarena.builder.making.prepare import MIN_CORE, Measured, Prepared
from debugarena.builder.mutation.sites import apply_sites, edit_of
from debugarena.builder.tells import new_tells
from debugarena.builder.validate import MAX_GENERATED_PASS_RATE

GENERATED_SOURCE = "debugarena generate"
N_VISIBLE = 4
MAX_VISIBLE_CHARS = 110
KEEP_ARGUMENTS = "The arguments must not be changed."


@dataclass(frozen=True)
class Drawn:
    """The result of a candidate: a bug and its behaviour on the pool, or the code of a refusal."""

    edits: tuple[Measured, ...]
    bug: Bug | None = None
    behaviour: str = ""
    refusal: str = ""

    @property
    def operators(self) -> tuple[str, ...]:
        """The name of each edit's operator."""
        return tuple(edit.mutant.site.operator.name for edit in self.edits)


def make_bug(prepared: Prepared, seed: int, level: int, index: int, number: int) -> Drawn | None:
    """The program's candidate with this number: a bug, or the reason why there is none; None beyond the last."""
    edits = choose_edits(prepared, seed, level, number)
    if edits is None:
        return None
    try:
        check_edits(prepared, edits, level)
        code = edits[0].mutant.code if len(edits) == 1 else _edited(prepared, edits)
        if tells := edits[0].tells if len(edits) == 1 else new_tells(code, prepared.program.code):
            raise Refused(f"tell-{tells[0]}", "the code gives it away")
        behaviour = edits[0].behaviour if len(edits) == 1 else _together(prepared, edits, code, level)
        rng = Random(f"{seed}:{level}:{index}:tests")
        tests = _choose_tests(prepared, behaviour, level, rng)
    except Refused as refusal:
        return Drawn(tuple(edits), refusal=refusal.code)
    bug = _bug(prepared, edits, code, tests, seed, level, index)
    return Drawn(tuple(edits), bug, behaviour.key)


def _edited(prepared: Prepared, edits: Sequence[Measured]) -> str:
    code = apply_sites(prepared.source, [m.mutant.site for m in edits])
    if code is None:
        raise Refused("not-python", "the edits together are not Python")
    return code


def _together(prepared: Prepared, edits: Sequence[Measured], code: str, level: int) -> Behaviour:
    """The behaviour of a code with several edits. Raises Refused if one of the edits could be left out."""
    behaviour = prepared.pool.run(code)
    check_together(prepared, edits, behaviour, level)
    without_one = [[e for e in edits if e is not one] for one in edits] if len(edits) > 2 else []
    if any(prepared.pool.run(_edited(prepared, rest)) == behaviour for rest in without_one):
        raise Refused("edit-without-effect", "two of the edits do the same as all three")
    return behaviour


def _bug(
    prepared: Prepared,
    edits: Sequence[Measured],
    code: str,
    tests: tuple[TestCase, ...],
    seed: int,
    level: int,
    index: int,
) -> Bug:
    program = prepared.program
    operators = [m.mutant.site.operator for m in edits]
    checks_arguments = any(case.args_after is not None for test in tests for case in test.calls)
    keeps = checks_arguments and prepared.keeps_arguments
    return Bug(
        bug_id=f"python/generated-s{seed}-l{level}-{index:06}",
        language="python",
        difficulty=DIFFICULTY[level],
        category=operators[0].category,
        title=f"{program.entry_point}: {', '.join(o.name.replace('_', ' ') for o in operators)}",
        task=f"{program.contract} {KEEP_ARGUMENTS}" if keeps else program.contract,
        hint=" ".join(dict.fromkeys(o.mistake for o in operators)),
        entry_point=program.entry_point,
        buggy_code=code,
        fixed_code=program.code,
        tests=tests,
        origin_kind="generated",
        program=program.name,
        operators=tuple(o.name for o in operators),
        seed=seed,
        level=level,
        source=GENERATED_SOURCE,
        mutation_score=round(prepared.mutation_score, 6),
        categories=tuple(dict.fromkeys(o.category for o in operators)),
        edits=tuple(edit_of(prepared.source, m.mutant.site) for m in edits),
    )


def _choose_tests(prepared: Prepared, behaviour: Behaviour, level: int, rng: Random) -> tuple[TestCase, ...]:
    """Visible tests, then hidden ones. Raises Refused if the code would pass too many, or none where some must pass."""
    pool = prepared.pool.tests
    fails = {pool[i].name: i in behaviour.noticed for i in range(len(pool))}
    core = {test.name: test for test in prepared.core}
    spare = [test for test in _shuffled(pool, rng) if test.name not in core]
    short = [test for test in spare if len(test.name) <= MAX_VISIBLE_CHARS] or spare
    failing = [test for test in short if fails[test.name]]
    passing = [test for test in short if not fails[test.name]]
    n_failing = min(len(failing), max(N_VISIBLE // 2, N_VISIBLE - len(passing)))
    visible = failing[:n_failing] + passing[: N_VISIBLE - n_failing]
    if not n_failing:  # every input that notices it is in the core: show one of them
        first = next((test for key, test in core.items() if fails.get(key)), None)
        if first is None:
            raise Refused("passes-too-much", "too few inputs notice it")
        visible = [first, *visible[: N_VISIBLE - 1]]
    shown = {test.name for test in visible}
    hidden = [test for key, test in core.items() if key not in shown]
    rest = [test for test in spare if test.name not in shown]
    hidden += rest[: max(0, MIN_CORE - len(hidden))]
    hidden += _missing(visible + hidden, rest, fails, level)
    visible.sort(key=lambda test: len(test.name))
    numbered = [replace(test, hidden=False) for test in visible] + [replace(test, hidden=True) for test in hidden]
    return tuple(replace(test, name=f"t{i:02}") for i, test in enumerate(numbered, 1))


def _missing(
    chosen: Sequence[TestCase], rest: Sequence[TestCase], fails: dict[str, bool], level: int
) -> list[TestCase]:
    """The fewest extra hidden tests with which enough tests fail and, from level 2 on, at least one passes."""
    taken = {test.name for test in chosen}
    more = [test for test in rest if test.name not in taken]
    n_failing = sum(fails.get(test.name, False) for test in chosen)
    added: list[TestCase] = []
    if level >= 2 and n_failing == len(chosen):
        added = [test for test in more if not fails[test.name]][:1]
        if not added:
            raise Refused("passes-nothing", "every input notices it")
    n_tests = len(chosen) + len(added)
    for test in more:
        if n_failing >= (1 - MAX_GENERATED_PASS_RATE) * n_tests:
            break
        if fails[test.name]:
            added.append(test)
            n_failing, n_tests = n_failing + 1, n_tests + 1
    if n_failing < (1 - MAX_GENERATED_PASS_RATE) * n_tests:
        raise Refused("passes-too-much", "too few inputs notice it")
    return added


def _shuffled(tests: Iterable[TestCase], rng: Random) -> list[TestCase]:
    tests = list(tests)
    rng.shuffle(tests)
    return tests
