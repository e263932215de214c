"""Programs that builder/programs/units.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random


def format_size(count: int) -> str:
    """Return a number of bytes for reading, in B, kB, MB or GB, each 1000 of the one before: whole bytes below 1000,
    otherwise the first unit in which the rounded number is below 1000 (GB takes all the rest), rounded half up to one
    decimal, such as '9.9 kB', if that gives less than 10, and else to a whole number, such as '10 kB'.

    >>> format_size(1550)
    '1.6 kB'
    >>> format_size(999500)
    '1.0 MB'
    """
    text = f"{count} B"
    number = count
    scale = 1
    for unit in ("kB", "MB", "GB"):
        if number < 1000:
            break
        scale *= 1000
        tenths = (count * 10 + scale // 2) // scale
        number = (count + scale // 2) // scale
        text = f"{tenths // 10}.{tenths % 10} {unit}" if tenths < 100 else f"{number} {unit}"
    return text


def inputs_format_size(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (999,)
    yield (1000,)
    yield (9949,)
    yield (9950,)
    yield (999_499,)
    yield (999_500,)
    yield (999_500_000,)
    yield (1_234_000_000_000,)
    while True:
        scale = 1000 ** rng.randint(0, 3)
        number = rng.choice([1, 5, 99, 100, 995, 999, 1000, 1004, 1050, 9949, 9950, 9999, rng.randint(1000, 99999)])
        yield (number * scale // rng.choice([1, 1, 10]) + rng.choice([-1, 0, 0]),)
