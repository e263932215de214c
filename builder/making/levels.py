"""Levels: how hard a bug is meant to be, and so which edits a candidate makes.

A candidate is numbered within its program; the same seed, level, program and number give the same edits. Level 5, bugs
written by a language model, belongs here but does not exist yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from random import Random

from debugarena.builder.making.pool import Behaviour, Refused
from debugarena.builder.making.prepare import Measured, Prepared
from debugarena.builder.mutation.operators import Operator
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
MAX_DRAWS = 10 * MAX_COMBINATIONS


def choose_edits(prepared: Prepared, seed: int, level: int, number: int) -> list[Measured] | None:
    """The edits of a program's candidate, the first being number 0; None beyond the last. No two are the same.

    The operator of an edit is drawn by how often people make its mistake, then one of its places.
    """
    drawn, more = _candidates(prepared, seed, level)
    drawn += islice(more, max(0, number + 1 - len(drawn)))
    return drawn[number] if number < len(drawn) else None


@lru_cache(maxsize=1024)
def _candidates(prepared: Prepared, seed: int, level: int) -> tuple[list[list[Measured]], Iterator[list[Measured]]]:
    """The program's candidates so far, and those to come."""
    rng = Random(f"{seed}:{level}:{prepared.program.name}")
    return [], _one_by_one(prepared, rng) if level <= 2 else _combinations(prepared, level, rng)


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


def _one_by_one(prepared: Prepared, rng: Random) -> Iterator[list[Measured]]:
    """Every mutant once."""
    left = _by_operator(prepared.mutants)
    while left:
        operator = _draw_operator(left, rng)
        group = left[operator]
        yield [group.pop(rng.randrange(len(group)))]
        if not group:
            del left[operator]


def _combinations(prepared: Prepared, level: int, rng: Random) -> Iterator[list[Measured]]:
    """Different combinations of mutants: MAX_COMBINATIONS, or fewer if MAX_DRAWS draws give no more."""
    usable = [m for m in prepared.mutants if m.combinable]
    if len(usable) < (2 if level == 3 else 3):
        return
    draw, draw_inside = _drawer(usable, rng), _drawer([m for m in usable if m.mutant.site.scope], rng)
    n_scopes = len({m.mutant.site.scope for m in usable if m.mutant.site.scope})  # constants are outside of all
    seen: set[tuple[int, ...]] = set()
    for _ in range(MAX_DRAWS):
        if level == 4 and n_scopes > 1 and rng.random() < 0.5:
            edits = _draw_apart(draw_inside, 2, lambda m: m.mutant.site.scope)
        else:
            edits = _draw_apart(draw, 2 if level == 3 else 3, id)
        edits.sort(key=usable.index)
        if (key := tuple(map(id, edits))) not in seen:
            seen.add(key)
            yield edits
        if len(seen) == MAX_COMBINATIONS:
            return


def _draw_apart(draw: Callable[[], Measured], n: int, part: Callable[[Measured], object]) -> list[Measured]:
    """Draws n mutants that differ in the part. There must be so many."""
    drawn: list[Measured] = []
    while len(drawn) < n:
        one = draw()
        if part(one) not in map(part, drawn):
            drawn.append(one)
    return drawn


def _drawer(mutants: Sequence[Measured], rng: Random) -> Callable[[], Measured]:
    """Draws one of the mutants at a time: its operator by weight, then its place."""
    groups = _by_operator(mutants)
    return lambda: rng.choice(groups[_draw_operator(groups, rng)])


def _draw_operator(groups: Mapping[Operator, Sequence[Measured]], rng: Random) -> Operator:
    return rng.choices(list(groups), [operator.weight for operator in groups])[0]


def _by_operator(mutants: Iterable[Measured]) -> dict[Operator, list[Measured]]:
    """In the order of the operators' table, as mutants are."""
    groups: dict[Operator, list[Measured]] = {}
    for mutant in mutants:
        groups.setdefault(mutant.mutant.site.operator, []).append(mutant)
    return groups


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
