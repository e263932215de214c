"""How alike two programs are, by the shape of their syntax trees: names and constants do not count, nor does layout.

The Jaccard similarity of shingles, five kinds of node in a row in the order of the source (Broder 1997, "On the
resemblance and containment of documents"). Not covered: the same algorithm written in another way.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from debugarena.builder.program import Program

SHINGLE = 5
# pairs above this are near copies and must share a split
NEAR_COPY = 0.5


def shingles(code: str) -> frozenset[tuple[str, ...]]:
    """The shingles of a code, its annotations left out."""
    kinds = _kinds(ast.parse(code))
    return frozenset(tuple(kinds[i : i + SHINGLE]) for i in range(max(1, len(kinds) - SHINGLE + 1)))


def _kinds(node: ast.AST) -> list[str]:
    found = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "ctx"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found += _kinds(child)
    return found


def similarity(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """0 for nothing in common, 1 for the same shape."""
    return len(one & other) / len(one | other)


def nearest_pairs(ours: Sequence[Program], theirs: Sequence[Program]) -> list[tuple[float, str, str]]:
    """For each of our programs the most similar one of theirs, the most similar pair first."""
    others = [(program.name, shingles(program.code)) for program in theirs]
    pairs = []
    for program in ours:
        mine = shingles(program.code)
        best, name = max((similarity(mine, shape), name) for name, shape in others if name != program.name)
        pairs.append((best, program.name, name))
    return sorted(pairs, reverse=True)
