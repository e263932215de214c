"""Programs that builder/programs/money.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def split_bill(total: int, shares: list[int]) -> list[int]:
    """Split total cents in proportion to the shares, each part rounded down and what is left given out one cent each
    from the first person on; raise ValueError if the shares do not add up to more than 0.

    >>> split_bill(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole = sum(shares)
    if whole <= 0:
        raise ValueError("no shares")
    parts = [total * share // whole for share in shares]
    for person in range(total - sum(parts)):
        parts[person] += 1
    return parts


def inputs_split_bill(rng: Random) -> Iterator[tuple[int, list[int]]]:
    yield 100, [1, 1, 1]
    yield 0, [2, 1]
    yield 50, []
    yield 7, [0, 0]
    while True:
        yield rng.randint(0, 300), draw.integers(rng, 0, 4, max_size=5)
