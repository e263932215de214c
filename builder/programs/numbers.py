"""Whole numbers: digits, primes, fractions, rounding, shares, units."""

from collections.abc import Iterator
from fractions import Fraction
from math import gcd
from random import Random

from debugarena.builder.programs import draw


def round_to_steps(values: list[int], step: int) -> tuple[list[int], int]:
    """Round each value to the nearest multiple of step (1 or more), halfway values away from zero, and return the
    rounded values and the sum of all rounding errors (rounded value minus value).

    >>> round_to_steps([12, -15, 4], 10)
    ([10, -20, 0], -11)
    """
    rounded = []
    for value in values:
        size = (2 * abs(value) + step) // (2 * step) * step
        rounded.append(size if value > 0 else -size)
    return rounded, sum(rounded) - sum(values)


def inputs_round_to_steps(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 5
    yield [0], 1
    yield [5, -5, 4, 6], 10
    yield [1, -1, 2, -2], 3
    while True:
        yield draw.integers(rng, -15, 15, 5, 1), rng.choice([1, 2, 3, 4, 5, 6, 10])


def _luhn_sum(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 1:
            value = 2 * value - 9 if value > 4 else 2 * value
        total += value
    return total


def repair_card_number(digits: str) -> str:
    """Return the number with its first "?" replaced by the digit that makes it valid: a number is valid if its digits,
    every second one from the right (beginning with the last but one) doubled and reduced by 9 if that is above 9, add
    up to a multiple of 10; raise ValueError if there is not exactly one "?" among the digits.

    >>> repair_card_number("59?")
    '596'
    """
    if digits.count("?") != 1:
        raise ValueError("one digit must be missing")
    for candidate in "0123456789":
        number = digits.replace("?", candidate)
        if _luhn_sum(number) % 10 == 0:
            break
    return number


def inputs_repair_card_number(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("?",)
    yield ("123",)
    yield ("1?2?",)
    yield ("5?",)
    yield ("?5",)
    while True:
        digits = draw.text(rng, "0123456789", 6, 1)
        place = rng.randint(0, len(digits))
        yield (digits[:place] + rng.choice(["?"] * 12 + ["", "??"]) + digits[place:],)


def closest_fraction(numerator: int, denominator: int, limit: int) -> tuple[int, int]:
    """Return, as a (numerator, denominator) pair, the fraction with a denominator from 1 to limit that is closest to
    numerator / denominator (numerator 0 or more, denominator 1 or more); of equally close ones the one with the smaller
    denominator counts, and if they share that the smaller numerator.

    >>> closest_fraction(22, 30, 5)
    (3, 4)
    """
    target = Fraction(numerator, denominator)
    best = (0, 1)
    for below in range(1, limit + 1):
        above = numerator * below // denominator
        for candidate in [(above, below), (above + 1, below)]:
            if abs(Fraction(*candidate) - target) < abs(Fraction(*best) - target):
                best = candidate
    return best


def inputs_closest_fraction(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 0, 1, 1
    yield 1, 2, 1
    yield 3, 2, 1
    yield 2, 4, 2
    yield 5, 8, 3
    yield 5, 12, 2
    while True:
        denominator = rng.randint(1, 24)
        yield rng.randint(0, 2 * denominator), denominator, rng.randint(1, 8)


def decimal_expansion(numerator: int, denominator: int) -> str:
    """Write numerator / denominator (denominator 1 or more) as an exact decimal number: a minus sign if it is negative,
    the whole part, and if the division leaves a remainder a point and the decimals, of which the shortest group that
    repeats for ever, as early as it begins, is put once in parentheses.

    >>> decimal_expansion(-7, 6)
    '-1.1(6)'
    """
    sign = "-" if numerator < 0 else ""
    whole, rest = divmod(abs(numerator), denominator)
    if rest == 0:
        return f"{sign}{whole}"
    decimals = ""
    first_seen: dict[int, int] = {}
    while rest and rest not in first_seen:
        first_seen[rest] = len(decimals)
        digit, rest = divmod(10 * rest, denominator)
        decimals += str(digit)
    if rest:
        start = first_seen[rest]
        decimals = f"{decimals[:start]}({decimals[start:]})"
    return f"{sign}{whole}.{decimals}"


def inputs_decimal_expansion(rng: Random) -> Iterator[tuple[int, int]]:
    yield 0, 3
    yield -4, 2
    yield 1, 3
    yield -1, 8
    yield 1, 12
    yield 22, 7
    while True:
        yield rng.randint(-30, 60), rng.choice([1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15, 22, 30])


def factor_text(number: int) -> str:
    """Write a whole number of 2 or more as the product of its prime factors in rising order, joined by " * ", a factor
    that occurs more than once as prime^count; raise ValueError for a number below 2.

    >>> factor_text(360)
    '2^3 * 3^2 * 5'
    """
    if number < 2:
        raise ValueError("no prime factors")
    factors = []
    prime = 2
    while number > 1:
        count = 0
        while number % prime == 0:
            number //= prime
            count += 1
        if count > 0:
            factors.append(f"{prime}^{count}" if count > 1 else str(prime))
        prime += 1
    return " * ".join(factors)


def inputs_factor_text(rng: Random) -> Iterator[tuple[int]]:
    yield (1,)
    yield (2,)
    yield (9,)
    yield (0,)
    yield (77,)
    while True:
        number = rng.randint(0, 3)
        for _ in range(rng.randint(1, 3)):
            number *= rng.choice([2, 2, 3, 5, 7, 11])
        yield (number + rng.choice([0, 0, 1, 2]),)


def percent_shares(counts: dict[str, int]) -> dict[str, int]:
    """Return whole percentages of the total of the counts (0 or more) that add up to exactly 100, in the order given:
    all are rounded down, then one percent each is added to those with the largest remainders, of equal remainders to
    the one with the larger count and then to the one that comes first; if the total is 0 all percentages are 0.

    >>> percent_shares({"yes": 1, "no": 4, "none": 1})
    {'yes': 17, 'no': 67, 'none': 16}
    """
    total = sum(counts.values())
    if total == 0:
        return dict.fromkeys(counts, 0)
    shares = {name: 100 * count // total for name, count in counts.items()}
    ranked = sorted(counts, key=lambda name: (-(100 * counts[name] % total), -counts[name]))
    for name in ranked[: 100 - sum(shares.values())]:
        shares[name] += 1
    return shares


def inputs_percent_shares(rng: Random) -> Iterator[tuple[dict[str, int]]]:
    yield ({},)
    yield ({"a": 0, "b": 0},)
    yield ({"a": 1, "b": 1, "c": 1},)
    yield ({"a": 1, "b": 7},)
    yield ({"a": 7, "b": 1},)
    while True:
        names = draw.some(rng, ["a", "b", "c", "yes", "no"], 5, 2)
        yield ({name: rng.choice([0, 1, 1, 2, 3, 5, 7]) for name in names},)


_ONES = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TEENS = {13: "thirteen", 15: "fifteen", 18: "eighteen"}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _below_hundred(number: int) -> str:
    if number <= 12:
        return _ONES[number]
    if number < 20:
        return _TEENS.get(number, _ONES[number - 10] + "teen")
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def spell_number(number: int) -> str:
    """Spell a whole number from -9999 to 9999 in English words: thousands and hundreds as in "two thousand three
    hundred", the last two digits with a hyphen as in "forty-two" and with "and" before them if they are not zero and
    something precedes them; "minus" stands before a negative number, and ValueError is raised outside the range.

    >>> spell_number(-2013)
    'minus two thousand and thirteen'
    """
    if abs(number) > 9999:
        raise ValueError("too large")
    thousands, rest = divmod(abs(number), 1000)
    hundreds, rest = divmod(rest, 100)
    words = []
    if thousands:
        words.append(_ONES[thousands] + " thousand")
    if hundreds:
        words.append(_ONES[hundreds] + " hundred")
    if words and rest:
        words.append("and")
    if rest or not words:
        words.append(_below_hundred(rest))
    return " ".join(["minus", *words] if number < 0 else words)


def inputs_spell_number(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (-9999,)
    yield (10000,)
    yield (-10000,)
    yield (1000,)
    yield (-100,)
    yield (12,)
    while True:
        size = rng.choice([0, 0, 100, 200, 900, 1000, 5000, 3100, 9900, 10000])
        rest = rng.choice([0, rng.randint(0, 12), rng.randint(10, 20), rng.randint(13, 19), rng.randint(20, 99)])
        yield ((size + rest) * rng.choice([1, 1, 1, -1]),)


def progressive_tax(income: int, brackets: list[tuple[int, int]]) -> list[int]:
    """Return the tax in each bracket, given as (lower bound, percent) with rising bounds from 0 or more on: the part of
    the income above that bound up to the next bound, or without end in the last bracket, is taxed at that percentage,
    rounded down for each bracket; brackets that the income (0 or more) does not exceed the bound of are left out.

    >>> progressive_tax(2550, [(0, 0), (1000, 10), (2000, 25), (5000, 40)])
    [0, 100, 137]
    """
    taxes = []
    for place, (bound, percent) in enumerate(brackets):
        if income <= bound:
            break
        part = income - bound
        if place + 1 < len(brackets):
            part = min(part, brackets[place + 1][0] - bound)
        taxes.append(part * percent // 100)
    return taxes


def inputs_progressive_tax(rng: Random) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    yield 100, []
    yield 0, [(0, 10)]
    yield 101, [(0, 10), (100, 50), (200, 99)]
    yield 100, [(0, 10), (100, 50)]
    yield 350, [(50, 33), (150, 50)]
    while True:
        bounds = sorted(draw.some(rng, [0, 0, 50, 100, 150, 200, 250], 4, 1))
        brackets = [(bound, rng.choice([0, 10, 25, 33, 50])) for bound in dict.fromkeys(bounds)]
        yield rng.choice([bounds[-1], rng.randint(0, 320), rng.randint(150, 320)]), brackets


def allocate_seats(votes: dict[str, int], seats: int, threshold: int) -> dict[str, int]:
    """Give out the seats one after the other among the parties that have at least threshold percent of all votes: the
    next seat goes to the party with the largest votes / (seats it has + 1), of equal ones to the party with more votes
    and then to the first in alphabetical order; return the seats of each such party (0 too) in the order of votes, and
    an empty dict if there are none.

    >>> allocate_seats({"B": 60, "A": 30, "C": 9}, 4, 10)
    {'B': 3, 'A': 1}
    """
    total = sum(votes.values())
    parties = [party for party in votes if 100 * votes[party] >= threshold * total]
    won = dict.fromkeys(parties, 0)
    ranked = sorted(parties, key=lambda party: (-votes[party], party))
    for _ in range(seats if parties else 0):
        winner = max(ranked, key=lambda party: Fraction(votes[party], won[party] + 1))
        won[winner] += 1
    return won


def inputs_allocate_seats(rng: Random) -> Iterator[tuple[dict[str, int], int, int]]:
    yield {}, 3, 5
    yield {"A": 50, "B": 50}, 0, 50
    yield {"A": 50, "B": 50}, 3, 51
    yield {"B": 50, "A": 50}, 3, 50
    yield {"C": 20, "A": 40, "B": 40}, 3, 20
    while True:
        parties = draw.some(rng, "ABCD", 4, 2)
        yield (
            {party: rng.choice([5, 10, 20, 20, 30, 40, 60]) for party in parties},
            rng.randint(1, 6),
            rng.choice([0, 10, 10, 20, 25]),
        )


_UNITS = ["kB", "MB", "GB"]


def _rounded(number: int, size: int) -> int:
    return (2 * number + size) // (2 * size)


def human_size(n_bytes: int) -> str:
    """Write a number of bytes (0 or more), below 1000 as it is with "B", otherwise in the first of the units kB, MB and
    GB (1000, a million and a billion bytes) in which the size rounded to a whole number is less than 1000, or in GB if
    there is none: rounded to tenths, with one decimal, if that gives less than 10.0, else rounded to a whole number;
    all halves are rounded up.

    >>> human_size(1250), human_size(999_600)
    ('1.3 kB', '1.0 MB')
    """
    if n_bytes < 1000:
        return f"{n_bytes} B"
    place, size = 0, 1000
    while place < 2 and _rounded(n_bytes, size) >= 1000:
        place += 1
        size *= 1000
    tenths = _rounded(10 * n_bytes, size)
    if tenths < 100:
        return f"{tenths // 10}.{tenths % 10} {_UNITS[place]}"
    return f"{_rounded(n_bytes, size)} {_UNITS[place]}"


def inputs_human_size(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (999,)
    yield (1000,)
    yield (9949,)
    yield (9950,)
    yield (999_449,)
    yield (999_450,)
    yield (1_234_000_000_000,)
    while True:
        lead = rng.choice([rng.randint(1, 1100), rng.randint(10, 120) * 10, rng.randint(990, 1010)])
        scale = rng.choice([1, 10, 100, 1000, 10**5, 10**6, 10**8, 10**9])
        tail = rng.choice([0, 0, scale // 2, scale * 45 // 100, scale * 44 // 100])
        yield (lead * scale + tail + rng.choice([-1, 0, 0]),)


def sieve_gaps(low: int, high: int) -> list[tuple[int, int]]:
    """Return the primes from low to high (both inclusive) in rising order, each with its distance to the next larger
    prime within that range, or 0 for the last one.

    >>> sieve_gaps(7, 13)
    [(7, 4), (11, 2), (13, 0)]
    """
    prime = [True] * (high + 1)
    found = []
    for number in range(2, high + 1):
        if not prime[number]:
            continue
        if number >= low:
            found.append(number)
        for multiple in range(2 * number, high + 1, number):
            prime[multiple] = False
    following = [*found[1:], *found[-1:]]
    return [(number, after - number) for number, after in zip(found, following, strict=True)]


def inputs_sieve_gaps(rng: Random) -> Iterator[tuple[int, int]]:
    yield 0, 0
    yield 0, 2
    yield 3, 2
    yield 24, 28
    yield 2, 3
    yield 5, 5
    while True:
        low = rng.randint(0, 60)
        yield low, max(0, low + rng.randint(-1, 25))


_DIGITS = "0123456789abcdef"


def add_in_base(first: str, second: str, base: int) -> str:
    """Add two non-negative numbers written in the base (2 to 16) with the digits 0 to 9 and a to f, and return the sum
    in the same form without leading zeros ("0" for zero), where an empty string counts as zero; raise ValueError for a
    character that is no digit in that base.

    >>> add_in_base("7f", "09", 16)
    '88'
    """
    digits = _DIGITS[:base]
    size = max(len(first), len(second))
    carry = 0
    total = ""
    for left, right in zip(reversed(first.zfill(size)), reversed(second.zfill(size)), strict=True):
        carry, digit = divmod(digits.index(left) + digits.index(right) + carry, base)
        total = digits[digit] + total
    return (str(carry) + total).lstrip("0") or "0"


def inputs_add_in_base(rng: Random) -> Iterator[tuple[str, str, int]]:
    yield "", "", 2
    yield "000", "0", 10
    yield "1", "111", 2
    yield "12", "1", 2
    yield "ff", "", 15
    yield "f0", "0f", 16
    while True:
        base = rng.choice([2, 2, 3, 8, 10, 16])
        digits = _DIGITS[:base] + _DIGITS[base - 1] * (base // 2)
        first, second = draw.text(rng, digits, 6), draw.text(rng, digits, 5, 1)
        if rng.random() < 0.08:
            first += "g" if base == 16 else _DIGITS[base]
        yield first, second, base


class Odometer:
    """Count with one or more wheels of the given sizes (each 1 or more), the last wheel being the fastest and all
    starting at position 0: advance turns the last wheel on by a number of positions, or back if that is negative, each
    time a wheel passes from its last position to 0 or back moves the wheel before it on or back by one, and the number
    of times that the first wheel did so is returned, negative if it was backwards; reading returns the positions of
    the wheels in order.

    >>> clock = Odometer([24, 60])
    >>> clock.advance(125), clock.reading()
    (0, [2, 5])
    >>> clock.advance(-126), clock.reading()
    (-1, [23, 59])
    """

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = list(sizes)
        self._wheels = [0] * len(sizes)

    def advance(self, steps: int) -> int:
        for place in range(len(self._sizes) - 1, -1, -1):
            steps, self._wheels[place] = divmod(self._wheels[place] + steps, self._sizes[place])
        return steps

    def reading(self) -> list[int]:
        return list(self._wheels)


def inputs_Odometer(rng: Random) -> Iterator[draw.Calls]:
    yield [("Odometer", [3]), ("advance", 3), ("reading",)]
    yield [("Odometer", [2, 3]), ("advance", 5), ("reading",), ("advance", 1), ("reading",)]
    yield [("Odometer", [2, 3]), ("advance", -1), ("reading",), ("advance", 13), ("reading",)]
    yield [("Odometer", [1, 10]), ("advance", 10), ("reading",)]
    while True:
        calls: draw.Calls = [("Odometer", draw.integers(rng, 1, 5, 3, 1))]
        for _ in range(rng.randint(1, 2)):
            calls += [("advance", rng.randint(-9, 25)), ("reading",)]
        yield calls


class RecipeAmount:
    """Add up an amount in fractions, starting at 0: add puts numerator / denominator onto it (subtracts if negative),
    raising ValueError if the denominator is less than 1 or the amount would become negative and then changing nothing;
    scale multiplies the amount by a whole number of 1 or more and divides it by another; text returns it in lowest
    terms as a whole number, a fraction below one or both, as in "3", "2/3" or "3 2/3", and zero as "0".

    >>> flour = RecipeAmount()
    >>> flour.add(3, 4)
    >>> flour.add(5, 6)
    >>> flour.text()
    '1 7/12'
    """

    def __init__(self) -> None:
        self._above = 0
        self._below = 1

    def add(self, numerator: int, denominator: int) -> None:
        above = self._above * denominator + numerator * self._below
        if denominator < 1 or above < 0:
            raise ValueError("bad amount")
        self._above = above
        self._below *= denominator

    def scale(self, factor: int, divisor: int) -> None:
        self._above *= factor
        self._below *= divisor

    def text(self) -> str:
        shared = gcd(self._above, self._below)
        whole, rest = divmod(self._above, self._below)
        if rest == 0:
            return str(whole)
        fraction = f"{rest // shared}/{self._below // shared}"
        return f"{whole} {fraction}" if whole else fraction


def inputs_RecipeAmount(rng: Random) -> Iterator[draw.Calls]:
    yield [("RecipeAmount",), ("text",)]
    yield [("RecipeAmount",), ("add", 1, 0), ("add", 2, 1), ("add", 1, -1), ("add", -1, -1), ("text",)]
    yield [("RecipeAmount",), ("add", 1, 2), ("add", -1, 2), ("text",), ("add", -1, 2), ("text",)]
    yield [("RecipeAmount",), ("add", 1, 1), ("add", 1, 2), ("scale", 2, 3), ("text",)]
    while True:
        calls: draw.Calls = [("RecipeAmount",)]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.3:
                calls.append(("scale", rng.randint(1, 4), rng.randint(1, 4)))
            else:
                calls.append(("add", rng.choice([1, 1, 2, 3, 5, 7, -1]), rng.choice([1, 2, 2, 3, 4, 6, 6, 8, 0])))
        yield [*calls, ("text",)]
