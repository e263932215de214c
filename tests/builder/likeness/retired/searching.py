"""Programs that builder/programs/searching.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def find_in_ring(values: list[int], target: int) -> int:
    """Return the index of target in values, which are different numbers that would be ascending if some of them, maybe
    none, were moved from the front to the end, or -1 if target is not there.

    >>> find_in_ring([6, 8, 9, 1, 4], 4)
    4
    """
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == target:
            return middle
        if values[low] <= values[middle]:
            if values[low] <= target < values[middle]:
                high = middle - 1
            else:
                low = middle + 1
        elif values[middle] < target <= values[high]:
            low = middle + 1
        else:
            high = middle - 1
    return -1


def inputs_find_in_ring(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 1
    yield [1], 1
    yield [1], 2
    yield [2, 1], 1
    yield [2, 1], 2
    yield [1, 2], 2
    while True:
        values = sorted(draw.some(rng, range(1, 20), max_size=9, min_size=2))
        turn = rng.randint(0, len(values) - 1)
        values = values[turn:] + values[:turn]
        yield values, rng.choice(values) if rng.random() < 0.75 else rng.randint(0, 20)
