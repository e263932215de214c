"""Turns: each program makes one bug before any makes its second, so that even a few bugs come from many programs.

A candidate keeps its number, and so a bug keeps its id, in whatever order the numbers are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from debugarena.builder.making.maker import VISIT, Maker, Result


def by_turns(names: Sequence[str], gone: Collection[str], bugs: Mapping[str, int]) -> list[str]:
    """The programs that are not gone, in the order in which they make the next bugs: those with the fewest first."""
    return sorted((name for name in names if name not in gone), key=lambda name: bugs.get(name, 0))


def take_turn(maker: Maker, seed: int, level: int, name: str, first: int, names: Sequence[str]) -> list[Result]:
    """The results of a program's candidates from its `first` on, up to one that is not refused."""
    results: list[Result] = []
    while not results or results[-1].status == "refused":
        results.append(maker.attempt(seed, level, index_of(name, first + len(results), names), names))
    return results


def index_of(name: str, number: int, names: Sequence[str]) -> int:
    """The number, over all programs, of a program's candidate: the inverse of `place_of`."""
    visits, within = divmod(number, VISIT)
    return (visits * len(names) + names.index(name)) * VISIT + within
