"""Small random values for the input generators of the programs. Sizes and bounds are inclusive."""

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")

# several calls in one namespace: (name, *arguments) each; for a class the first one is the class, the rest are methods
Calls = list[tuple[Any, ...]]

WORDS = tuple("ant bee cat dog elk fox gnu hen ibis jay koi lark mole newt owl pig".split())


def integers(rng: Random, low: int, high: int, max_size: int, min_size: int = 0) -> list[int]:
    """A list of integers; a narrow range makes repeats and ties likely."""
    return [rng.randint(low, high) for _ in range(rng.randint(min_size, max_size))]


def text(rng: Random, alphabet: str, max_size: int, min_size: int = 0) -> str:
    """A string over the alphabet; repeat a character in it to make it more likely."""
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(min_size, max_size)))


def words(rng: Random, max_size: int, min_size: int = 0, vocabulary: Sequence[str] = WORDS) -> list[str]:
    """A list of words; a small vocabulary makes repeats likely."""
    return [rng.choice(vocabulary) for _ in range(rng.randint(min_size, max_size))]


def some(rng: Random, pool: Sequence[T], max_size: int, min_size: int = 0) -> list[T]:
    """Different members of the pool, in random order."""
    return rng.sample(pool, rng.randint(min_size, min(max_size, len(pool))))
