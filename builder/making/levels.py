"""Levels: how hard a bug is meant to be, and so which edits a candidate makes.

A candidate is numbered within its program; the same seed, level, program and number give the same edits. Level 5, bugs
written by a language model, belongs here but does not exist yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from random import Random

from debugarena.builder.making.pool import Behaviour, Refused
from debugarena.builder.making.prepare import Measured, Prepared
from debugarena.builder.mutation.sites import overlap

LEVELS = {
    1: "one edit that at least half of the inputs notice",
    2: "one edit that fewer than half of the inputs notice",
    3: "two edits, each of which matters alone, that change each other's effect",
    4: "three edits, or two in different functions or methods, each of which matters alone",
}
DIFFICULTY = {1: "easy", 2: "medium", 3: "hard", 4: "hard"}
MOST = 0.5  # of the pool's inputs
MAX_COMBINATIONS = 300  # candidates of one program at levels 3 and 4


def choose_edits(prepared: Prepared, seed: int, level: int, number: int) -> list[Measured] | None:
    """The edits of a program's candidate, the first being number 0; None beyond the last."""
    if level <= 2:
        order = _one_by_one(prepared.mutants, Random(f"{seed}:{level}:{prepared.program.name}"))
        return [order[number]] if number < len(order) else None
    usable = [m for m in prepared.mutants if m.combinable]
    n_edits = 2 if level == 3 else 3
    if number >= min(MAX_COMBINATIONS, comb(len(usable), n_edits)):
        return None
    rng = Random(f"{seed}:{level}:{prepared.program.name}:{number}")
    inside = [m for m in usable if m.mutant.site.scope]  # of a function or method; constants are outside
    if level == 4 and len({m.mutant.site.scope for m in inside}) > 1 and rng.random() < 0.5:
        first = rng.choice(inside)
        others = [m for m in inside if m.mutant.site.scope != first.mutant.site.scope]
        return sorted([first, rng.choice(others)], key=usable.index)
    return [usable[i] for i in sorted(rng.sample(range(len(usable)), n_edits))]


def check_edits(prepared: Prepared, edits: Sequence[Measured], level: int) -> None:
    """Raises Refused if the edits, each by itself, are not what the level asks for."""
    if level <= 2:
        _check_share(edits[0], len(prepared.pool.tests), level)
        return
    sites = [m.mutant.site for m in edits]
    if overlap(prepared.source, sites):
        raise Refused("edits-overlap", "one edit lies inside the other")


def check_together(prepared: Prepared, edits: Sequence[Measured], behaviour: Behaviour, level: int) -> None:
    """Raises Refused if several edits together do not do what their level asks for."""
    if behaviour.hangs:
        raise Refused("does-not-end", "it does not end on some input")
    if not behaviour.noticed:
        raise Refused("unnoticed", "no input of the pool notices it")
    if any(behaviour.outcomes == m.behaviour.outcomes for m in prepared.mutants):
        raise Refused("same-as-one-edit", "a single edit does the same")
    if level == 3 and not _interact(edits, behaviour):
        raise Refused("no-interaction", "each input shows what one of the edits does alone")


def _one_by_one(mutants: Sequence[Measured], rng: Random) -> list[Measured]:
    """Shuffled so that every operator has a turn before any has its second."""
    by_operator: dict[str, list[Measured]] = {}
    for mutant in mutants:
        by_operator.setdefault(mutant.mutant.site.operator.name, []).append(mutant)
    names = list(by_operator)
    rng.shuffle(names)
    for group in by_operator.values():
        rng.shuffle(group)
    rounds = max(map(len, by_operator.values()), default=0)
    return [by_operator[name][i] for i in range(rounds) for name in names if i < len(by_operator[name])]


def _check_share(edit: Measured, n_inputs: int, level: int) -> None:
    if edit.behaviour.hangs:
        raise Refused("does-not-end", "it does not end on some input")
    if not edit.behaviour.noticed:
        raise Refused("unnoticed", "no input of the pool notices it")
    share = len(edit.behaviour.noticed) / n_inputs
    if level == 1 and share < MOST:
        raise Refused("noticed-by-few", f"{share:.0%} of the inputs notice it, less than level 1 asks for")
    if level == 2 and share >= MOST:
        raise Refused("noticed-by-most", f"{share:.0%} of the inputs notice it, more than level 2 allows")


def _interact(edits: Sequence[Measured], behaviour: Behaviour) -> bool:
    """Whether some input gives a result that no single edit gives."""
    n_inputs = len(behaviour.outcomes) // max(1, len(behaviour.outcome(0)))
    return any(all(behaviour.outcome(i) != m.behaviour.outcome(i) for m in edits) for i in range(n_inputs))
