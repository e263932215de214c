"""Which edits a candidate makes: each once, the same every time, and drawn by how often people make the mistake."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import count, takewhile

import pytest
from scipy.stats import chisquare

from debugarena.builder.making.levels import LEVELS, MAX_COMBINATIONS, choose_edits
from debugarena.builder.making.pool import Behaviour
from debugarena.builder.making.prepare import Measured, Prepared
from debugarena.builder.mutation.operators import BY_NAME
from debugarena.builder.mutation.sites import first_order
from debugarena.builder.mutation.source import Source
from debugarena.builder.program import load_programs

PROGRAM = next(program for program in load_programs(["simulation"]) if program.entry_point == "Lift")
SEEDS = range(1500)


@cache
def prepared(n_mutants: int = 1000) -> Prepared:
    """The program with its first mutants, of which every fourth hangs. Nothing runs."""
    source = Source(PROGRAM.code)
    usable, hanging = Behaviour(b"result", frozenset({0})), Behaviour(b"", frozenset({0}))
    mutants = first_order(source)[:n_mutants]
    measured = tuple(Measured(m, hanging if i % 4 == 3 else usable) for i, m in enumerate(mutants))
    return Prepared(PROGRAM, source, None, (), measured, 1.0, (), (), False)  # type: ignore[arg-type]


def summaries(edits: list[Measured]) -> tuple[str, ...]:
    return tuple(f"{edit.mutant.summary} in {id(edit)}" for edit in edits)


def operator_of(edit: Measured) -> str:
    return edit.mutant.site.operator.name


def all_candidates(level: int, of: Prepared) -> list[list[Measured]]:
    candidates = (choose_edits(of, 7, level, number) for number in count())
    return [edits for edits in takewhile(lambda edits: edits is not None, candidates) if edits is not None]


@pytest.mark.parametrize("level", LEVELS)
def test_no_two_numbers_give_the_same_edits_and_the_numbers_end(level: int) -> None:
    few = prepared(40)
    found = [summaries(edits) for edits in all_candidates(level, few)]
    assert len(set(found)) == len(found)
    assert choose_edits(few, 7, level, len(found)) is choose_edits(few, 7, level, 10**6) is None
    if level <= 2:
        assert {edit for (edit,) in found} == {summaries([m])[0] for m in few.mutants}
    else:
        assert 200 < len(found) <= MAX_COMBINATIONS


@pytest.mark.parametrize(("level", "n_mutants"), [(1, 0), (2, 0), (3, 0), (3, 1), (4, 2)])
def test_too_few_mutants_give_no_candidate(level: int, n_mutants: int) -> None:
    assert choose_edits(prepared(n_mutants), 7, level, 0) is None


@pytest.mark.parametrize("level", LEVELS)
def test_a_number_gives_the_same_edits_whenever_it_is_asked_for(level: int) -> None:
    in_order = {number: choose_edits(prepared(), 7, level, number) for number in range(20)}
    anew = replace(prepared())  # of which nothing has been drawn yet
    assert in_order == {number: choose_edits(anew, 7, level, number) for number in reversed(range(20))}
    assert in_order != {number: choose_edits(prepared(), 8, level, number) for number in range(20)}


def test_only_usable_mutants_are_combined() -> None:
    few = prepared(40)
    assert all(edit.usable for level in (3, 4) for edits in all_candidates(level, few) for edit in edits)
    assert not all(edit.usable for edits in all_candidates(1, few) for edit in edits)


def test_operators_are_drawn_by_their_weights_and_not_by_their_places() -> None:
    firsts = [choose_edits(prepared(), seed, 1, 0) for seed in SEEDS]
    drawn = Counter(operator_of(edits[0]) for edits in firsts if edits)
    places = Counter(operator_of(m) for m in prepared().mutants)
    weights = {name: BY_NAME[name].weight for name in places}
    rare = {name for name, weight in weights.items() if weight / sum(weights.values()) * len(SEEDS) < 5}

    def pooled(shares: dict[str, float]) -> list[float]:
        """The shares in sum 1, those of rare operators together."""
        together = [sum(shares.get(name, 0) for name in rare)] if rare else []
        common = [shares.get(name, 0) for name in weights if name not in rare]
        return [part / sum(shares.values()) for part in common + together]

    def fits(shares: dict[str, float]) -> float:
        observed = [share * len(SEEDS) for share in pooled(dict(drawn))]
        return float(chisquare(observed, [share * len(SEEDS) for share in pooled(shares)]).pvalue)

    assert len(weights) > 15
    assert fits(weights) > 0.01
    assert fits(dict(places)) < 1e-9


def test_places_of_an_operator_are_equally_likely() -> None:
    operator = Counter(operator_of(m) for m in prepared().mutants).most_common(1)[0][0]
    firsts = [edits[0] for seed in SEEDS if (edits := choose_edits(prepared(), seed, 1, 0))]
    drawn = Counter(id(edit) for edit in firsts if operator_of(edit) == operator)
    places = [id(m) for m in prepared().mutants if operator_of(m) == operator]
    assert len(places) > 2
    assert chisquare([drawn[place] for place in places]).pvalue > 0.01


def test_several_edits_are_drawn_like_one() -> None:
    """The share of each operator in pairs, worked out by hand for draws that are repeated if they give the first."""
    usable = [m for m in prepared().mutants if m.usable]
    places = Counter(operator_of(m) for m in usable)
    total = sum(BY_NAME[name].weight for name in places)
    chance = {name: BY_NAME[name].weight / total for name in places}
    expected = Counter(chance)
    for first in places:
        again = chance[first] / places[first]  # the same operator and the same place
        for second in places:
            new = chance[second] - (again if second == first else 0)
            expected[second] += chance[first] * new / (1 - again)
    pairs = [edits for seed in SEEDS if (edits := choose_edits(prepared(), seed, 3, 0))]
    drawn = Counter(operator_of(edit) for edits in pairs for edit in edits)
    for name, share in expected.items():
        assert drawn[name] / len(pairs) == pytest.approx(share, abs=0.05)
