"""Programs that builder/programs/intervals.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random


def _pair(rng: Random, low: int, high: int, longest: int) -> tuple[int, int]:
    start = rng.randint(low, high)
    return start, start + rng.randint(1, longest)


def _pairs(rng: Random, low: int, high: int, longest: int, max_size: int, min_size: int = 0) -> list[tuple[int, int]]:
    return [_pair(rng, low, high, longest) for _ in range(rng.randint(min_size, max_size))]


def fewest_covering(shifts: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """Return a choice of as few (start, end) shifts as can be that leaves no moment from start to end uncovered, picked
    one after the other: of the shifts that begin no later than the time covered so far the one that ends last, the
    first given on a tie, until end is reached; return an empty list if end is not after start, and raise ValueError
    if there is a gap that no shift covers.

    >>> fewest_covering([(0, 3), (2, 4), (1, 5), (5, 8)], 1, 7)
    [(1, 5), (5, 8)]
    """
    chosen = []
    while start < end:
        begun = [shift for shift in shifts if shift[0] <= start]
        best = max(begun, key=lambda shift: shift[1], default=(start, start))
        if best[1] <= start:
            raise ValueError("gap")
        chosen.append(best)
        start = best[1]
    return chosen


def inputs_fewest_covering(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int]]:
    yield [], 3, 3
    yield [], 3, 4
    yield [(1, 4)], 1, 4
    yield [(1, 4), (0, 4)], 2, 3
    yield [(1, 4), (4, 6)], 1, 6
    yield [(1, 4), (5, 6)], 1, 6
    while True:
        shifts = [(0, 3), (2, rng.randint(4, 6)), _pair(rng, 4, 5, 4), *_pairs(rng, 0, 7, 6, 3)]
        rng.shuffle(shifts)
        start = rng.randint(0, 3)
        yield shifts, start, start + rng.randint(0, 5)
