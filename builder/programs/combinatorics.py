"""Combinatorics: arrangements, choices, partitions, subsets under conditions, counting and ranking."""

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def next_arrangement(items: list[int]) -> bool:
    """Rearrange the items in place into the next larger list that can be made of them and return True, or, if they are
    in the largest order already, into the smallest one and return False.

    >>> items = [1, 3, 2]
    >>> next_arrangement(items), items
    (True, [2, 1, 3])
    """
    pivot = len(items) - 2
    while pivot >= 0 and items[pivot] >= items[pivot + 1]:
        pivot -= 1
    if pivot < 0:
        items.reverse()
        return False
    other = len(items) - 1
    while items[other] <= items[pivot]:
        other -= 1
    items[pivot], items[other] = items[other], items[pivot]
    items[pivot + 1 :] = reversed(items[pivot + 1 :])
    return True


def inputs_next_arrangement(rng: Random) -> Iterator[tuple[list[int]]]:
    for items in [[], [1], [2, 2], [1, 2], [2, 1], [1, 2, 2], [2, 3, 3, 1], [3, 2, 1]]:
        yield (list(items),)
    while True:
        items = draw.integers(rng, 0, 4, 6, min_size=3)
        if rng.random() < 0.5:
            cut = rng.randint(0, 2)
            items[cut:] = sorted(items[cut:], reverse=True)
        yield (items,)


def _orders(letters: str) -> int:
    return math.factorial(len(letters)) // math.prod(math.factorial(count) for count in Counter(letters).values())


def arrangement_rank(word: str) -> int:
    """Return the position of the word, the first one being number 1, in the alphabetical list of all different words
    that can be made by rearranging its letters.

    >>> arrangement_rank("baba")
    5
    """
    rank = 1
    for position, letter in enumerate(word):
        rest = word[position:]
        for smaller in set(rest):
            if smaller < letter:
                rank += _orders(rest.replace(smaller, "", 1))
    return rank


def inputs_arrangement_rank(rng: Random) -> Iterator[tuple[str]]:
    for word in ["", "a", "bb", "ba", "abc", "cba", "bbaa"]:
        yield (word,)
    while True:
        yield (draw.text(rng, rng.choice(["aab", "abc", "abbcd"]), 7, min_size=3),)


def choice_number(items: list[str], size: int, number: int) -> list[str]:
    """Return the choice of that many different places of the list with the given number, counted from 0, when all such
    choices are listed by their first place, then by their second, and so on, the items in the order of the list; raise
    IndexError for a negative number or if there are not that many choices.

    >>> choice_number(["a", "b", "c", "d"], 2, 3)
    ['b', 'c']
    """
    if not 0 <= number < math.comb(len(items), size):
        raise IndexError("no such choice")
    chosen: list[str] = []
    place = 0
    while len(chosen) < size:
        place += 1
        starting_here = math.comb(len(items) - place, size - len(chosen) - 1)
        if number < starting_here:
            chosen.append(items[place - 1])
        else:
            number -= starting_here
    return chosen


def inputs_choice_number(rng: Random) -> Iterator[tuple[list[str], int, int]]:
    yield [], 0, 0
    yield ["a"], 2, 0
    yield ["a", "b"], 1, -1
    yield ["a", "b", "c"], 2, 2
    yield ["a", "b", "c"], 2, 3
    yield ["a", "b", "c"], 3, 0
    while True:
        items = draw.some(rng, "abcdefg", 6, min_size=2)
        size = rng.randint(1, len(items) - 1)
        count = math.comb(len(items), size)
        yield items, size, rng.choice([-1, count, *[rng.randrange(count) for _ in range(16)]])


def pay_exactly(amount: int, drawer: list[tuple[int, int]]) -> list[int] | None:
    """Return how many pieces of each coin of the drawer, given as (value, pieces there), to take to pay exactly the
    amount with as few pieces as possible, of several ways that with most pieces of the first coin, then of the second,
    and so on, or None if the amount cannot be paid.

    >>> pay_exactly(6, [(4, 1), (3, 2), (1, 5)])
    [0, 2, 0]
    """
    best: tuple[int, ...] | None = None
    for counts in itertools.product(*[range(pieces + 1) for _, pieces in drawer]):
        paid = sum(value * count for (value, _), count in zip(drawer, counts, strict=True))
        if paid == amount and (best is None or sum(counts) <= sum(best)):
            best = counts
    return None if best is None else list(best)


def inputs_pay_exactly(rng: Random) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    yield 0, []
    yield 1, []
    yield 4, [(2, 2)]
    yield 6, [(2, 2)]
    yield 6, [(3, 1), (5, 1), (1, 3)]
    yield 4, [(1, 2), (2, 1), (3, 1)]
    while True:
        values = draw.some(rng, [1, 1, 2, 2, 3, 4, 5], 4, min_size=3)
        drawer = [(value, rng.randint(1, 3)) for value in values]
        yield rng.choice([rng.randint(3, 12), sum(value * rng.randint(0, pieces) for value, pieces in drawer)]), drawer


def box_plans(total: int, sizes: list[int], most: int) -> list[list[int]]:
    """Return all ways to fill boxes completely with the total number of eggs, each way a list of at most the given
    number of box sizes in the order of sizes, where any size can be used again: ways that begin with an earlier size
    come first, then those with an earlier second one, and so on; for no eggs the one way is an empty list, and the
    sizes are different and above 0.

    >>> box_plans(8, [6, 4, 2], 3)
    [[6, 2], [4, 4], [4, 2, 2]]
    """
    if total == 0:
        return [[]]
    if most == 0:
        return []
    plans: list[list[int]] = []
    for place, size in enumerate(sizes):
        plans += [[size, *plan] for plan in box_plans(total - size, sizes[place:], most - 1)]
    return plans


def inputs_box_plans(rng: Random) -> Iterator[tuple[int, list[int], int]]:
    yield 0, [], 0
    yield 3, [], 2
    yield 4, [4], 1
    yield 4, [2], 1
    yield 5, [1, 2, 3], 3
    while True:
        yield rng.randint(4, 9), draw.some(rng, [1, 2, 3, 4, 5, 6], 4, min_size=3), rng.randint(2, 4)


def fill_cart(prices: dict[str, int], voucher: int) -> tuple[int, list[str]]:
    """Return the amount used and the sorted names of the items, at most one of each, that use up as much as possible of
    a voucher without costing more, of several choices the one with the fewest items, then the one whose sorted list of
    names is smallest; all prices are above 0.

    >>> fill_cart({"mug": 4, "cap": 3, "pen": 1, "bag": 9}, 8)
    (8, ['cap', 'mug', 'pen'])
    """
    used = 0
    items: list[str] = []
    for size in range(1, len(prices) + 1):
        for choice in itertools.combinations(sorted(prices), size):
            cost = sum(prices[name] for name in choice)
            if used < cost <= voucher:
                used, items = cost, list(choice)
    return used, items


def inputs_fill_cart(rng: Random) -> Iterator[tuple[dict[str, int], int]]:
    yield {}, 5
    yield {"a": 5}, 5
    yield {"a": 6}, 5
    yield {"d": 2, "c": 3, "b": 2, "a": 3}, 5
    yield {"a": 2, "b": 2, "c": 4}, 4
    while True:
        names = draw.some(rng, ["pen", "mug", "cap", "bag", "ink", "pad"], 5, min_size=3)
        yield {name: rng.randint(1, 6) for name in names}, rng.randint(3, 14)


def smallest_crews(skills: dict[str, list[str]], needed: dict[str, int]) -> list[list[str]]:
    """Return all crews of the smallest possible size in which each needed skill is held by at least the given number of
    people, each crew a sorted list of names and the crews in sorted order, or an empty list if even everybody together
    is not enough; skills lists the skills of each person without repeats.

    >>> smallest_crews({"eve": ["cook"], "bob": ["cook", "sail"], "ann": ["sail"]}, {"sail": 1, "cook": 1})
    [['bob']]
    """
    for size in range(len(skills) + 1):
        crews: list[list[str]] = []
        for crew in itertools.combinations(sorted(skills), size):
            held = Counter(skill for name in crew for skill in skills[name])
            if all(held[skill] >= people for skill, people in needed.items()):
                crews.append(list(crew))
        if crews:
            return crews
    return []


def inputs_smallest_crews(rng: Random) -> Iterator[tuple[dict[str, list[str]], dict[str, int]]]:
    yield {}, {}
    yield {"a": ["x"]}, {}
    yield {"a": ["x"]}, {"x": 2}
    yield {"b": ["x"], "a": ["x"], "c": []}, {"x": 1}
    while True:
        skills = {name: draw.some(rng, "xyz", 2, min_size=1) for name in draw.some(rng, "abcde", 5, min_size=4)}
        yield skills, {skill: rng.choice([1, 1, 2]) for skill in draw.some(rng, "xyz", 2, min_size=1)}


def _rotas(days: int, shifts: dict[str, int], yesterday: str) -> int:
    if days == 0:
        return 1
    ways = 0
    for worker, left in shifts.items():
        if left > 0 and worker != yesterday:
            ways += _rotas(days - 1, {**shifts, worker: left - 1}, worker)
    return ways


def count_rotas(days: int, shifts: dict[str, int]) -> int:
    """Return in how many ways the days can be given to workers, one worker a day, such that nobody works on two days
    running and nobody works on more days than shifts, which maps the workers to numbers of 0 or more, allows; no days
    can be given in 1 way.

    >>> count_rotas(3, {"ann": 2, "bob": 1, "cy": 1})
    8
    """
    return _rotas(days, shifts, "")


def inputs_count_rotas(rng: Random) -> Iterator[tuple[int, dict[str, int]]]:
    yield 0, {}
    yield 1, {}
    yield 1, {"a": 0, "b": 3}
    yield 2, {"a": 2}
    yield 3, {"a": 2, "b": 1}
    while True:
        names = draw.some(rng, ["ann", "bob", "cy", "dee"], 4, min_size=2)
        yield rng.randint(2, 5), {name: rng.choice([0, 1, 2, 2, 3, 4]) for name in names}


def _covers(rule: dict[str, str], job: dict[str, str]) -> bool:
    for axis, wanted in rule.items():
        if wanted.startswith("!"):
            if job[axis] == wanted[1:]:
                return False
        elif job[axis] != wanted:
            return False
    return True


def build_matrix(axes: dict[str, list[str]], skip: list[dict[str, str]], extra: list[str]) -> list[str]:
    """Return the names of the jobs of a build: all combinations of one value of each axis, joined by "-" in the order
    of the axes, the values of the last axis changing fastest, without those that a rule in skip covers, followed by
    those of the extra names that are not there yet; a rule maps some of the axes to a value and covers a combination
    that has all these values, a value with "!" before it meaning any value but this one.

    >>> build_matrix({"os": ["mac", "win"], "py": ["3", "2"]}, [{"os": "win", "py": "!3"}], ["mac-3", "bsd"])
    ['mac-3', 'mac-2', 'win-3', 'bsd']
    """
    jobs: list[str] = []
    for values in itertools.product(*axes.values()):
        job = dict(zip(axes, values, strict=True))
        if not any(_covers(rule, job) for rule in skip):
            jobs.append("-".join(values))
    for name in extra:
        if name not in jobs:
            jobs.append(name)
    return jobs


def inputs_build_matrix(rng: Random) -> Iterator[tuple[dict[str, list[str]], list[dict[str, str]], list[str]]]:
    yield {"os": []}, [], ["x", "x"]
    yield {"os": ["a", "b"]}, [{}], ["a"]
    yield {"os": ["a", "b"], "py": ["2", "3"]}, [{"os": "!a"}], []
    yield {"py": ["3", "2"], "os": ["b", "a"]}, [{"os": "a", "py": "3"}], ["3-a"]
    while True:
        axes = {"os": draw.some(rng, "abc", 3, min_size=2), "py": draw.some(rng, "23", 2, min_size=1)}
        skip = []
        for _ in range(rng.randint(1, 2)):
            names = draw.some(rng, ["os", "py"], 2, min_size=1)
            skip.append({name: rng.choice(["", "", "!"]) + rng.choice(axes[name]) for name in names})
        yield axes, skip, [rng.choice("abc") + "-" + rng.choice("23") for _ in range(rng.randint(0, 2))]


class NumberLock:
    """Show digits on wheels with the given sizes, a wheel of size n showing 0 to n-1 and all of them 0 at first: turn
    moves one wheel, numbered from 0 on the left, by some steps, round and round, and no other; advance counts on by
    some steps, the rightmost wheel moving by each step and every time it passes 0 the one to its left by one, and so
    on, and returns how often the leftmost one passed 0; position returns the steps of counting from all 0 to what is
    shown, and shown the digits from the left with "-" between; steps may be negative, the wheels and what advance
    returns then go back.

    >>> lock = NumberLock([2, 3])
    >>> lock.advance(4)
    0
    >>> lock.turn(1, -2)
    >>> lock.shown(), lock.position()
    ('1-2', 5)
    """

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes
        self._digits = [0] * len(sizes)

    def turn(self, wheel: int, steps: int) -> None:
        self._digits[wheel] = (self._digits[wheel] + steps) % self._sizes[wheel]

    def advance(self, steps: int) -> int:
        for wheel in reversed(range(len(self._sizes))):
            steps, self._digits[wheel] = divmod(self._digits[wheel] + steps, self._sizes[wheel])
        return steps

    def position(self) -> int:
        number = 0
        for digit, size in zip(self._digits, self._sizes, strict=True):
            number = number * size + digit
        return number

    def shown(self) -> str:
        return "-".join(str(digit) for digit in self._digits)


def inputs_NumberLock(rng: Random) -> Iterator[draw.Calls]:
    yield [("NumberLock", [3]), ("shown",), ("position",)]
    yield [("NumberLock", [2, 2]), ("advance", 4), ("shown",)]
    yield [("NumberLock", [2, 3, 2]), ("advance", -1), ("shown",), ("position",)]
    yield [("NumberLock", [3, 4]), ("turn", 1, 5), ("turn", 0, -1), ("shown",), ("advance", 3), ("position",)]
    while True:
        sizes = draw.integers(rng, 2, 5, 3, min_size=2)
        calls: draw.Calls = [("NumberLock", sizes)]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.6:
                calls.append(("advance", rng.randint(-4, 30)))
            else:
                calls.append(("turn", rng.randrange(len(sizes)), rng.choice([-2, -1, 1, 2, 3, 5])))
        yield [*calls, ("shown",), ("position",)]


class ParcelSums:
    """Keep parcels with weights above 0: add puts one in, remove takes out one of that weight or raises ValueError if
    there is none, ways returns how many different choices of the parcels, of equal ones too it matters which, weigh the
    given total together, and loads returns all totals that can be reached in the given number of ways or more, sorted;
    the choice of no parcel counts and weighs 0.

    >>> parcels = ParcelSums()
    >>> parcels.add(2)
    >>> parcels.add(2)
    >>> parcels.ways(2), parcels.loads(1)
    (2, [0, 2, 4])
    """

    def __init__(self) -> None:
        self._weights: list[int] = []
        self._ways = {0: 1}

    def add(self, weight: int) -> None:
        self._weights.append(weight)
        for total, ways in list(self._ways.items()):
            self._ways[total + weight] = self.ways(total + weight) + ways

    def remove(self, weight: int) -> None:
        self._weights.remove(weight)
        for total in sorted(self._ways):
            self._ways[total] -= self.ways(total - weight)

    def ways(self, total: int) -> int:
        return self._ways.get(total, 0)

    def loads(self, least: int) -> list[int]:
        return sorted(total for total, ways in self._ways.items() if ways >= least)


def inputs_ParcelSums(rng: Random) -> Iterator[draw.Calls]:
    yield [("ParcelSums",), ("ways", 0), ("loads", 1)]
    yield [("ParcelSums",), ("add", 1), ("add", 2), ("add", 3), ("ways", 3), ("loads", 2)]
    yield [("ParcelSums",), ("add", 2), ("add", 2), ("remove", 2), ("remove", 3), ("loads", 1)]
    while True:
        weights = draw.integers(rng, 1, 3, 4, min_size=3)
        calls: draw.Calls = [("ParcelSums",), *[("add", weight) for weight in weights]]
        if rng.random() < 0.6:
            calls.append(("remove", rng.choice([*weights, rng.randint(1, 4)])))
        yield [*calls, ("ways", rng.randint(1, 6)), ("loads", rng.randint(1, 2))]


def round_robin(teams: list[str], rounds: int) -> list[list[str]]:
    """Return the games of each of the given number of rounds: the teams, followed by "free" if their number is odd,
    stand in a row, and in each round the first plays the last, the second the last but one, and so on, in this order,
    as "first-second", the other way round in every second round, games with "free" left out; after each round the last
    in the row moves to the second place.

    >>> round_robin(["a", "b", "c", "d"], 2)
    [['a-d', 'b-c'], ['c-a', 'b-d']]
    """
    row = teams + ["free"] * (len(teams) % 2)
    plan: list[list[str]] = []
    for number in range(rounds):
        games: list[str] = []
        for place in range(len(row) // 2):
            pair = [row[place], row[-1 - place]]
            if "free" not in pair:
                games.append("-".join(pair if number % 2 == 0 else reversed(pair)))
        plan.append(games)
        row.insert(1, row.pop())
    return plan


def inputs_round_robin(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield ["a", "b"], 0
    yield ["a"], 2
    yield ["b", "a"], 3
    yield ["a", "b", "c"], 3
    while True:
        yield draw.some(rng, "abcdefg", 6, min_size=3), rng.randint(1, 5)


def _run_points(cards: list[int]) -> int:
    counts = Counter(cards)
    points = 0
    for start in counts:
        if start - 1 in counts:
            continue
        length, ways = 0, 1
        while start + length in counts:
            ways *= counts[start + length]
            length += 1
        if length >= 3:
            points += length * ways
    return points


def score_hand(cards: list[int]) -> tuple[int, int, int]:
    """Return the points of a hand of cards from 1 to 13 for fifteens, pairs and runs: 2 for every choice of cards,
    whichever of equal ones are in it, that add up to 15, cards above 10 counting as 10; 2 for every two equal cards;
    and for every stretch of neighbouring values, as long as possible and with at least 3 different values, the number
    of its values for each way to choose one card of each value.

    >>> score_hand([4, 5, 6, 6, 12])
    (6, 2, 6)
    """
    fifteens = 0
    for size in range(2, len(cards) + 1):
        for choice in itertools.combinations(cards, size):
            if sum(min(card, 10) for card in choice) == 15:
                fifteens += 2
    pairs = sum(2 for one, other in itertools.combinations(cards, 2) if one == other)
    return fifteens, pairs, _run_points(cards)


def inputs_score_hand(rng: Random) -> Iterator[tuple[list[int]]]:
    for cards in [[], [5, 10], [11, 4], [3, 2, 1], [12, 13], [7, 7, 7], [1, 2, 3, 3, 2], [5, 13, 4, 6, 11]]:
        yield (list(cards),)
    while True:
        start = rng.randint(1, 9)
        yield (
            [rng.choice([start + rng.randint(0, 4), start + rng.randint(0, 3), 5]) for _ in range(rng.randint(4, 6))],
        )


def chance_of_hits(good: int, bad: int, drawn: int, least: int) -> tuple[int, int]:
    """Return as a fraction in lowest terms, (numerator, denominator), the chance that at least the given number of good
    tickets is among those drawn, all at once, from a drum of good and bad ones, with (0, 1) for never and (1, 1) for
    always; raise ValueError if more tickets are drawn than there are.

    >>> chance_of_hits(2, 3, 2, 1)
    (7, 10)
    """
    if drawn > good + bad:
        raise ValueError("too many tickets drawn")
    ways = 0
    for hits in range(least, drawn + 1):
        ways += math.comb(good, hits) * math.comb(bad, drawn - hits)
    total = math.comb(good + bad, drawn)
    shared = math.gcd(ways, total)
    return ways // shared, total // shared


def inputs_chance_of_hits(rng: Random) -> Iterator[tuple[int, int, int, int]]:
    yield 0, 0, 0, 0
    yield 1, 1, 3, 1
    yield 2, 2, 4, 2
    yield 2, 2, 2, 3
    yield 3, 2, 5, 0
    while True:
        yield rng.randint(1, 5), rng.randint(1, 5), rng.randint(1, 5), rng.randint(0, 3)
