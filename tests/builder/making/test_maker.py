"""What a number stands for, and what each level promises of the bugs that it makes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.dataset.schema import bug_from_row
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.builder.making.candidates import KEEP_ARGUMENTS
from debugarena.builder.making.levels import LEVELS
from debugarena.builder.making.maker import VISIT, Maker, Result, distinct, place_of, program_order
from debugarena.builder.making.prepare import Prepared
from debugarena.builder.making.witnesses import find_witnesses
from debugarena.builder.mutation.operators import BY_NAME
from debugarena.builder.mutation.sites import overlap
from debugarena.builder.program import Program, load_programs
from debugarena.builder.tells import new_tells
from debugarena.builder.validate import check_bugs

N = 2 * VISIT  # one visit of each program


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    wanted = {"Wallet", "apply_coupons"}  # soon prepared; one has methods, one a helper and a list among its arguments
    return [p for p in load_programs(["money"]) if p.entry_point in wanted]


@pytest.fixture(scope="module")
def maker(programs: list[Program], sandbox: Sandbox) -> Maker:
    return Maker(programs, sandbox)


@pytest.fixture(scope="module")
def another(programs: list[Program], sandbox: Sandbox) -> Maker:
    """One that has prepared its programs by itself."""
    return Maker(programs, sandbox)


def results(maker: Maker, seed: int, level: int) -> list[Result]:
    names = program_order(maker.programs, seed, level)
    return list(distinct((maker.attempt(seed, level, i, names) for i in range(N)), set()))


@pytest.fixture(scope="module", params=LEVELS)
def made(request: pytest.FixtureRequest, maker: Maker) -> tuple[int, list[Result]]:
    return request.param, results(maker, 7, request.param)


def bugs_of(found: list[Result]) -> list[Bug]:
    return [bug_from_row(result.row) for result in found if result.row is not None]


def prepared_of(maker: Maker, bug: Bug) -> Prepared:
    prepared = maker._prepared[bug.program]
    assert isinstance(prepared, Prepared)
    return prepared


def test_numbers_go_round_the_programs_and_each_candidate_has_one() -> None:
    names = ["a", "b", "c"]
    places = [place_of(index, names) for index in range(6 * VISIT)]
    assert len(set(places)) == len(places)
    assert [name for name, _ in places[::VISIT]] == ["a", "b", "c"] * 2
    assert [number for name, number in places if name == "b"] == list(range(2 * VISIT))


def test_another_maker_gives_the_same_results(made: tuple[int, list[Result]], another: Maker) -> None:
    level, found = made
    again = results(another, 7, level)
    assert [(r.index, r.status, r.refusal, r.row) for r in again] == [
        (r.index, r.status, r.refusal, r.row) for r in found
    ]


def test_another_seed_gives_other_bugs(made: tuple[int, list[Result]], maker: Maker) -> None:
    level, found = made
    ours, others = ({b.buggy_code for b in bugs_of(r)} for r in (found, results(maker, 8, level)))
    assert ours
    assert ours != others


def test_bugs_are_valid_and_as_the_format_wants_them(made: tuple[int, list[Result]], sandbox: Sandbox) -> None:
    level, found = made
    bugs = bugs_of(found)
    assert len(bugs) >= 4
    for bug, checked in zip(bugs, check_bugs(bugs, sandbox), strict=True):
        assert checked.valid, checked.reasons
        assert not checked.warnings
        assert checked.measured is not None
        rate = checked.measured["buggy_pass_rate"]
        assert rate <= 0.8
        assert rate > 0 or level == 1
        n_hidden = sum(test.hidden for test in bug.tests)
        assert 3 <= len(bug.tests) - n_hidden <= 5
        assert n_hidden >= 10
        assert [test.hidden for test in bug.tests] == sorted(test.hidden for test in bug.tests)
        assert (bug.level, bug.seed, bug.origin_kind) == (level, 7, "generated")
        assert bug.hint.startswith(BY_NAME[bug.operators[0]].mistake)
        assert bug.mutation_score is not None
        assert bug.task.endswith(KEEP_ARGUMENTS) == any(c.args_after is not None for t in bug.tests for c in t.calls)


def test_edits_say_what_was_changed_and_tests_witness_them(made: tuple[int, list[Result]], sandbox: Sandbox) -> None:
    level, found = made
    bugs = bugs_of(found)
    for bug, checked in zip(bugs, check_bugs(bugs, sandbox), strict=True):
        assert tuple(edit.operator for edit in bug.edits) == bug.operators
        assert bug.categories == tuple(dict.fromkeys(BY_NAME[edit.operator].category for edit in bug.edits))
        lines = bug.fixed_code.splitlines()
        for edit in bug.edits:
            scope, _, line = edit.place.rpartition(":")
            assert edit.before.splitlines()[0] in lines[int(line) - 1]
            assert scope.rpartition(".")[2] in bug.fixed_code
            assert edit.before != edit.after
        assert len(bug.witnesses) == len(bug.edits)
        assert checked.measured is not None
        visible = {test.name for test in bug.tests if not test.hidden}
        for names in bug.witnesses:
            assert set(names) & visible <= set(checked.measured["failing_tests"])
        if level <= 2:  # of a single edit they are all the tests that fail
            assert len(bug.witnesses[0]) == checked.measured["evidence"]["buggy_failed"]
    assert level < 3 or any(names for bug in bugs for names in bug.witnesses)


def test_a_test_that_another_edit_breaks_too_witnesses_none(maker: Maker, sandbox: Sandbox) -> None:
    made = bugs_of(results(maker, 7, 1))[0]
    prepared = prepared_of(maker, made)
    usable = [m for m in prepared.mutants if m.usable]
    pair = next([a, b] for a, b in pairwise(usable) if not overlap(prepared.source, [a.mutant.site, b.mutant.site]))
    tests = tuple(replace(test, name=f"t{i}", hidden=False) for i, test in enumerate(prepared.pool.tests[:30]))
    bug = replace(made, tests=tests)
    alone = [find_witnesses(bug, prepared, [edit], sandbox)[0] for edit in pair]
    both = find_witnesses(bug, prepared, pair, sandbox)
    for i, other in ((0, 1), (1, 0)):
        assert set(both[i]) <= set(alone[i]) - set(alone[other])


def test_no_code_gives_its_bug_away(made: tuple[int, list[Result]]) -> None:
    assert {new_tells(bug.buggy_code, bug.fixed_code) for bug in bugs_of(made[1])} == {()}


def test_a_candidate_that_its_code_gives_away_is_refused_by_the_name_of_the_tell(maker: Maker) -> None:
    found = [result for level in (1, 2) for result in results(maker, 7, level) if result.status == "refused"]
    by_tell = [result for result in found if result.refusal.startswith("tell-")]
    assert by_tell
    for result in by_tell:
        prepared = maker._prepared[result.program]
        assert isinstance(prepared, Prepared)
        mutants = [m for m in prepared.mutants if (m.mutant.site.operator.name,) == result.operators]
        assert result.refusal in {f"tell-{tell}" for m in mutants for tell in m.tells[:1]}


def test_no_two_bugs_behave_alike(made: tuple[int, list[Result]], maker: Maker) -> None:
    seen = set()
    for bug in bugs_of(made[1]):
        behaviour = prepared_of(maker, bug).pool.run(bug.buggy_code)
        seen.add((bug.program, behaviour.key))
    assert len(seen) == len(bugs_of(made[1]))


def test_each_level_keeps_its_promise(made: tuple[int, list[Result]], maker: Maker) -> None:
    level, found = made
    for bug in bugs_of(found):
        prepared = prepared_of(maker, bug)
        behaviour = prepared.pool.run(bug.buggy_code)
        share = len(behaviour.noticed) / len(prepared.pool.tests)
        if level <= 2:
            assert len(bug.operators) == 1
            assert (share >= 0.5) == (level == 1)
        else:
            assert len(bug.operators) == 2 if level == 3 else len(bug.operators) in (2, 3)
            singles = {m.behaviour.outcomes for m in prepared.mutants}
            assert behaviour.outcomes not in singles


def test_a_bug_is_not_undone_by_formatting(made: tuple[int, list[Result]]) -> None:
    for bug in bugs_of(made[1]):
        buggy, fixed = (read_code(code, bug.entry_point).normalised for code in (bug.buggy_code, bug.fixed_code))
        assert buggy != fixed


def test_every_refusal_has_a_name_and_every_program_is_told_about_once(made: tuple[int, list[Result]]) -> None:
    _, found = made
    assert all(bool(r.refusal) == (r.status == "refused") for r in found)
    told = [r.program for r in found if r.facts]
    assert len(told) == len(set(told))
    assert all(one.index < other.index for one, other in pairwise(found))
