"""Best or all ways put together from smaller ones: packing, cutting, aligning, splitting, scheduling."""

from bisect import bisect_right
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def best_load(parcels: list[tuple[int, int, bool]], capacity: int) -> tuple[int, int]:
    """Choose among the (weight, value, fragile) parcels, each taken at most once, at most one of them fragile and the
    weights adding up to at most capacity, so that the value is highest, and return (value, weight) of that choice, of
    the lightest such choice where several have that value.

    >>> best_load([(3, 5, True), (2, 4, True), (2, 3, False)], 5)
    (8, 5)
    """
    sturdy = [0] * (capacity + 1)
    mixed = [0] * (capacity + 1)
    for weight, value, fragile in parcels:
        for load in range(capacity, weight - 1, -1):
            rest = load - weight
            if fragile:
                mixed[load] = max(mixed[load], sturdy[rest] + value)
            else:
                mixed[load] = max(mixed[load], mixed[rest] + value)
                sturdy[load] = max(sturdy[load], sturdy[rest] + value)
    return mixed[-1], mixed.index(mixed[-1])


def inputs_best_load(rng: Random) -> Iterator[tuple[list[tuple[int, int, bool]], int]]:
    yield [], 5
    yield [(2, 3, False)], 0
    yield [(2, 3, False)], 2
    yield [(2, 3, False)], 1
    yield [(1, 4, True), (1, 4, True), (2, 4, False)], 4
    yield [(3, 6, False), (2, 6, True)], 4
    while True:
        parcels = [(rng.randint(1, 5), rng.randint(1, 7), rng.random() < 0.4) for _ in range(rng.randint(1, 6))]
        yield parcels, rng.randint(2, 11)


_VOWELS = "aeiou"


def _replacing(letter: str, other: str) -> int:
    if letter == other:
        return 0
    return 1 if letter in _VOWELS and other in _VOWELS else 3


def typo_distance(typed: str, meant: str) -> int:
    """Return the lowest total cost of turning typed into meant, where adding or dropping a letter costs 2, replacing a
    letter by another costs 3, or 1 if both are among the vowels aeiou, exchanging two neighbouring letters costs 1, and
    no letter is part of more than one such change.

    >>> typo_distance("hte", "that")
    4
    """
    rows = [[2 * j for j in range(len(meant) + 1)]]
    for i, letter in enumerate(typed, 1):
        row = [2 * i]
        for j, other in enumerate(meant, 1):
            cost = min(rows[i - 1][j - 1] + _replacing(letter, other), rows[i - 1][j] + 2, row[j - 1] + 2)
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                cost = min(cost, rows[i - 2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def inputs_typo_distance(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "", "tea"
    yield "tea", ""
    yield "tea", "tea"
    yield "tea", "eta"
    yield "pan", "pin"
    yield "pan", "pat"
    yield "ab", "ba"
    while True:
        typed = draw.text(rng, "aetn", max_size=6, min_size=1)
        meant = list(typed)
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(0, len(meant))
            kind = rng.randint(0, 3)
            if kind == 0:
                meant.insert(at, rng.choice("aetn"))
            elif kind == 1:
                meant[at : at + 1] = []
            elif kind == 2:
                meant[at : at + 1] = rng.choice("aeot")
            else:
                meant[at : at + 2] = reversed(meant[at : at + 2])
        yield typed, "".join(meant)


def stamp_ways(postage: int, stamps: list[int], most: int) -> int:
    """Return in how many ways at most that many stamps add up to exactly postage, where stamps lists the values there
    are (each at least 1), each value may be used any number of times, the order does not matter, and a value listed
    twice is no second kind.

    >>> stamp_ways(6, [1, 2, 3], 4)
    5
    """
    ways = [[0] * (most + 1) for _ in range(postage + 1)]
    ways[0][0] = 1
    for stamp in set(stamps):
        for amount in range(stamp, postage + 1):
            for used in range(1, most + 1):
                ways[amount][used] += ways[amount - stamp][used - 1]
    return sum(ways[postage])


def inputs_stamp_ways(rng: Random) -> Iterator[tuple[int, list[int], int]]:
    yield 0, [], 0
    yield 0, [1, 2], 3
    yield 3, [], 2
    yield 3, [3], 1
    yield 3, [3, 3], 1
    yield 3, [1], 2
    yield 4, [1, 2], 4
    while True:
        yield rng.randint(2, 14), draw.integers(rng, 1, 5, max_size=4, min_size=2), rng.randint(1, 7)


def longest_rise(readings: list[int], limit: int) -> list[int]:
    """Return the longest selection from the readings, kept in their order and not necessarily neighbours, in which
    every value is greater than the one before it by at most limit; of several equally long ones the one whose first
    reading comes earliest, then the one whose second reading comes earliest, and so on; an empty list for no readings.

    >>> longest_rise([1, 5, 2, 4, 3], 2)
    [1, 2, 4]
    """
    chains: list[list[int]] = [[] for _ in readings]
    for i in reversed(range(len(readings))):
        tail: list[int] = []
        for j in range(i + 1, len(readings)):
            if 0 < readings[j] - readings[i] <= limit and len(chains[j]) > len(tail):
                tail = chains[j]
        chains[i] = [readings[i], *tail]
    return max(chains, key=len, default=[])


def inputs_longest_rise(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 3
    yield [4], 1
    yield [4, 4, 4], 2
    yield [5, 3, 1], 9
    yield [1, 3, 6], 2
    yield [2, 4, 1, 3], 2
    while True:
        yield draw.integers(rng, 0, 8, max_size=8, min_size=3), rng.randint(1, 4)


def best_bookings(bookings: list[tuple[int, int, int]], pause: int) -> tuple[int, int]:
    """Return (fees, count) of the bookings to accept for one room: bookings are (start, end, fee) with start < end and
    fee > 0, each accepted one after the first must start at least pause after the end of the one before it, the fees
    add up to as much as possible, and of the choices with that sum one with the fewest bookings counts.

    >>> best_bookings([(1, 3, 4), (3, 5, 4), (2, 6, 7), (4, 8, 4)], 1)
    (8, 2)
    """
    by_end = sorted(bookings, key=lambda booking: booking[1])
    ends = [end for _, end, _ in by_end]
    best = [(0, 0)]
    for start, _, fee in by_end:
        fees, minus_count = best[bisect_right(ends, start - pause)]
        best.append(max(best[-1], (fees + fee, minus_count - 1)))
    fees, minus_count = best[-1]
    return fees, -minus_count


def inputs_best_bookings(rng: Random) -> Iterator[tuple[list[tuple[int, int, int]], int]]:
    yield [], 1
    yield [(0, 2, 5)], 0
    yield [(0, 2, 3), (2, 4, 3)], 0
    yield [(0, 2, 3), (2, 4, 3)], 1
    yield [(0, 2, 3), (3, 4, 3)], 1
    yield [(0, 2, 3), (2, 4, 3), (0, 4, 6)], 0
    yield [(2, 4, 3), (0, 2, 3), (1, 5, 5)], 0
    while True:
        bookings = []
        for _ in range(rng.randint(2, 6)):
            start = rng.randint(0, 7)
            bookings.append((start, start + rng.randint(1, 4), rng.randint(1, 6)))
        yield bookings, rng.randint(0, 2)


_STEPS = ((1, 0, "D"), (0, 1, "R"))


def toll_route(tolls: list[list[int | None]]) -> tuple[int, str] | None:
    """Return (cost, moves) of the cheapest way from the top left to the bottom right of a grid with at least one cell,
    moving one cell down (D) or right (R) at a time and paying the toll of every cell entered and of both ends, where
    None is a closed cell; among equally cheap ways take the moves that come first in the alphabet, and return None if
    there is no way.

    >>> toll_route([[1, 2, 4], [2, 2, 1], [None, 1, 1]])
    (7, 'DRDR')
    """
    routes: dict[tuple[int, int], tuple[int, str]] = {}
    for y, row in enumerate(tolls):
        for x, toll in enumerate(row):
            before = [(*routes[y - dy, x - dx], step) for dy, dx, step in _STEPS if (y - dy, x - dx) in routes]
            options = [(cost, moves + step) for cost, moves, step in before]
            if y == 0 and x == 0:
                options.append((0, ""))
            if options and toll is not None:
                cost, moves = min(options)
                routes[y, x] = (cost + toll, moves)
    return routes.get((len(tolls) - 1, len(tolls[0]) - 1))


def inputs_toll_route(rng: Random) -> Iterator[tuple[list[list[int | None]]]]:
    yield ([[3]],)
    yield ([[None]],)
    yield ([[1, 2, 3]],)
    yield ([[1], [2], [3]],)
    yield ([[1, 1], [1, 1]],)
    yield ([[1, None], [None, 1]],)
    while True:
        width, height = rng.randint(1, 4), rng.randint(1, 4)
        closed = rng.choice([0, 1, 2])
        yield (
            [[None if rng.randint(1, 9) <= closed else rng.randint(0, 3) for _ in range(width)] for _ in range(height)],
        )


def split_hashtag(tag: str, vocabulary: list[str]) -> list[str] | None:
    """Split the tag, in which upper and lower case are the same, into words of the vocabulary (all lower case, not
    empty, each usable again and again) with as few words as possible, and return them in lower case; where several
    splits have that few, take the one with the longest first word, then the longest second word, and so on; return
    None if there is no split, and an empty list for an empty tag.

    >>> split_hashtag("SunDayLight", ["sun", "sunday", "day", "daylight", "light"])
    ['sunday', 'light']
    """
    text = tag.lower()
    best: list[list[str] | None] = [None] * len(text) + [[]]
    for start in reversed(range(len(text))):
        for end in range(len(text), start, -1):
            rest, found = best[end], best[start]
            if rest is None or text[start:end] not in vocabulary:
                continue
            if found is None or len(rest) + 1 < len(found):
                best[start] = [text[start:end], *rest]
    return best[0]


def inputs_split_hashtag(rng: Random) -> Iterator[tuple[str, list[str]]]:
    yield "", ["a"]
    yield "ab", []
    yield "Ab", ["a", "b"]
    yield "ab", ["a"]
    yield "aab", ["a", "aa", "ab", "b"]
    yield "aaaa", ["a", "aa", "aaa"]
    yield "cab", ["a", "ab"]
    pool = ["a", "b", "ab", "ba", "aa", "aba", "bab", "abb", "aab", "bb"]
    while True:
        vocabulary = draw.some(rng, pool, max_size=6, min_size=3)
        tag = "".join(draw.words(rng, max_size=4, min_size=2, vocabulary=vocabulary))
        if rng.random() < 0.2:
            tag += rng.choice(["c", "a", "b"])
        yield "".join(rng.choice([letter, letter.upper()]) for letter in tag), vocabulary


def team_totals(skills: list[int]) -> tuple[int, int]:
    """Divide the players with these skills (none negative) among two teams whose sizes differ by at most one so that
    the totals of the teams are as near to each other as possible, and return (lower total, higher total).

    >>> team_totals([9, 1, 2, 3])
    (5, 10)
    """
    half = len(skills) // 2
    reachable: list[set[int]] = [{0}, *(set[int]() for _ in range(half))]
    for skill in skills:
        for size in range(half, 0, -1):
            reachable[size] |= {total + skill for total in reachable[size - 1]}
    whole = sum(skills)
    gap = min(abs(whole - 2 * total) for total in reachable[half])
    return (whole - gap) // 2, (whole + gap) // 2


def inputs_team_totals(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([4],)
    yield ([3, 3],)
    yield ([2, 5],)
    yield ([8, 1, 1, 1],)
    yield ([5, 1, 1],)
    while True:
        yield (draw.integers(rng, 0, rng.choice([5, 12, 30]), max_size=7, min_size=2),)


def _waste(line: str, width: int) -> int:
    return max(width - len(line), 0) ** 2


def wrap_evenly(words: list[str], width: int) -> list[str]:
    """Break the words into lines of at most width characters, words in a line joined by one space, so that the squares
    of the numbers of characters that each line but the last falls short of width add up to as little as possible; a
    word longer than width gets a line of its own, which costs nothing, and of equally good ways the one with the
    shorter first line is returned, then the one with the shorter second line, and so on.

    >>> wrap_evenly(["a", "bc", "de", "fghi"], 5)
    ['a bc', 'de', 'fghi']
    """
    plans: dict[int, tuple[int, list[str]]] = {len(words): (0, [])}
    for start in reversed(range(len(words))):
        options = []
        for end in range(start + 1, len(words) + 1):
            line = " ".join(words[start:end])
            if len(line) <= width or end == start + 1:
                cost, lines = plans[end]
                if end < len(words):
                    cost += _waste(line, width)
                options.append((cost, [line, *lines]))
        plans[start] = min(options, key=lambda option: option[0])
    return plans[0][1]


def inputs_wrap_evenly(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 5
    yield ["abcdef"], 3
    yield ["ab", "cd"], 5
    yield ["ab", "cd"], 4
    yield ["aaa", "bb", "cc", "ddddd"], 6
    yield ["a", "abcdefg", "b", "c"], 3
    yield ["a", "b", "c", "d"], 3
    while True:
        yield (
            [draw.text(rng, "xyz", max_size=rng.choice([2, 3, 4, 8]), min_size=1) for _ in range(rng.randint(3, 7))],
            rng.randint(4, 8),
        )


def cheapest_passes(days: list[int], passes: dict[int, int]) -> tuple[int, int]:
    """Return (price, count) of the cheapest way to cover every travel day in days, which come in any order and may
    repeat, with passes given as {days it is valid in a row: its price} (at least one kind, each may be bought more than
    once and from any day on); where several ways are equally cheap, count is that of the way with the fewest passes.

    >>> cheapest_passes([9, 1, 2, 4], {1: 3, 3: 5})
    (11, 3)
    """
    travel = sorted(days)
    best = [(0, 0)]
    for day in travel:
        options = []
        for valid, price in passes.items():
            cost, count = best[bisect_right(travel, day - valid)]
            options.append((cost + price, count + 1))
        best.append(min(options))
    return best[-1]


def inputs_cheapest_passes(rng: Random) -> Iterator[tuple[list[int], dict[int, int]]]:
    yield [], {1: 2}
    yield [5], {1: 3, 7: 2}
    yield [1, 1, 1], {1: 2}
    yield [1, 2, 3], {1: 1, 3: 3}
    yield [1, 4], {3: 5, 1: 3}
    yield [3, 1], {3: 5, 1: 3}
    while True:
        kinds = draw.some(rng, [1, 2, 3, 5, 7], max_size=3, min_size=1)
        passes = {valid: valid + rng.randint(1, 4) for valid in kinds}
        yield draw.integers(rng, 1, 16, max_size=7, min_size=2), passes


def _kept(old: list[str], new: list[str]) -> list[list[int]]:
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            if old[i] == new[j]:
                table[i][j] = table[i + 1][j + 1] + 1
            else:
                table[i][j] = max(table[i + 1][j], table[i][j + 1])
    return table


def diff_lines(old: list[str], new: list[str]) -> list[str]:
    """Return how to get from the old to the new lines as marked lines from top to bottom, "=x" for a line x kept, "-x"
    for an old one removed and "+x" for a new one added, keeping as many lines as possible: where the next old and new
    lines are equal they are kept, otherwise the next old line is removed if that still allows to keep as many as
    possible, and else the next new line is added.

    >>> diff_lines(["a", "b", "c"], ["b", "d", "c"])
    ['-a', '=b', '+d', '=c']
    """
    kept = _kept(old, new)
    marked = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            marked.append("=" + old[i])
            i += 1
            j += 1
        elif j == len(new) or (i < len(old) and kept[i + 1][j] >= kept[i][j + 1]):
            marked.append("-" + old[i])
            i += 1
        else:
            marked.append("+" + new[j])
            j += 1
    return marked


def inputs_diff_lines(rng: Random) -> Iterator[tuple[list[str], list[str]]]:
    yield [], []
    yield ["a"], []
    yield [], ["a"]
    yield ["a"], ["a"]
    yield ["a"], ["b"]
    yield ["a", "b"], ["b", "a"]
    yield ["a", "b", "c"], ["c", "a", "b"]
    while True:
        letters = rng.choice([["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]])
        yield draw.words(rng, 6, 1, vocabulary=letters), draw.words(rng, 6, 1, vocabulary=letters)


def best_trades(prices: list[int], fee: int) -> int:
    """Return the highest profit from trading one share at the daily prices, where on each day one may buy, sell or do
    nothing, never holds more than one share, pays the fee at every sale and may not buy on the day right after a sale;
    0 if no trade pays.

    >>> best_trades([1, 5, 2, 4, 9], 1)
    7
    """
    if not prices:
        return 0
    free = sold = 0
    held = -prices[0]
    for price in prices[1:]:
        free, sold, held = max(free, sold), held + price - fee, max(held, free - price)
    return max(free, sold)


def inputs_best_trades(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 1
    yield [5], 0
    yield [1, 4], 1
    yield [1, 2], 1
    yield [1, 5, 1, 5], 0
    yield [1, 5, 9, 1, 5], 0
    yield [9, 5, 1], 0
    while True:
        yield draw.integers(rng, 1, 12, max_size=9, min_size=4), rng.randint(0, 2)


class BoardCutter:
    """Sell boards in pieces: BoardCutter(fee) sets what each cut costs, offer(length, price) sets or replaces what a
    piece of that length brings, withdraw(length) removes that offer or raises KeyError if there is none, and
    best(length) returns the most that a board of that length brings less its cuts, where one cut takes one piece off
    the board, a piece that is all that is left needs no cut, and what has no offer may be left over and brings nothing.

    >>> cutter = BoardCutter(1)
    >>> cutter.offer(2, 5)
    >>> cutter.best(5)
    8
    """

    def __init__(self, fee: int) -> None:
        self._fee = fee
        self._prices: dict[int, int] = {}

    def offer(self, length: int, price: int) -> None:
        self._prices[length] = price

    def withdraw(self, length: int) -> None:
        del self._prices[length]

    def best(self, length: int) -> int:
        best = [0]
        for left in range(1, length + 1):
            options = [0]
            for piece, price in self._prices.items():
                if piece < left:
                    options.append(price - self._fee + best[left - piece])
                elif piece == left:
                    options.append(price)
            best.append(max(options))
        return best[length]


def inputs_BoardCutter(rng: Random) -> Iterator[draw.Calls]:
    yield [("BoardCutter", 1), ("best", 4), ("withdraw", 2)]
    yield [("BoardCutter", 1), ("offer", 2, 3), ("best", 2), ("best", 3), ("best", 4), ("best", 1), ("best", 0)]
    yield [("BoardCutter", 0), ("offer", 2, 3), ("offer", 2, 4), ("best", 4), ("withdraw", 2), ("best", 4)]
    yield [("BoardCutter", 5), ("offer", 1, 4), ("offer", 3, 9), ("best", 3), ("best", 4), ("best", 5)]
    while True:
        calls: draw.Calls = [("BoardCutter", rng.randint(0, 3))]
        lengths = draw.some(rng, [1, 2, 3, 4, 5], max_size=3, min_size=2)
        calls += [("offer", length, length * 2 + rng.randint(0, 3)) for length in lengths]
        calls.append(("best", rng.randint(3, 10)))
        if rng.random() < 0.4:
            calls.append(("withdraw", rng.choice([*lengths, 2])))
        else:
            calls.append(("offer", rng.choice(lengths), rng.randint(1, 12)))
        yield [*calls, ("best", rng.randint(3, 10))]


class ChangeDrawer:
    """Hold single coins: fill puts coins in, pay takes out exactly the amount in as few coins as possible and returns
    them largest first, or raises ValueError and changes nothing if the coins cannot make it, and contents returns all
    coins sorted; of two equally short payments the one with the larger coin in the first place where they differ is
    taken, and to pay 0 takes no coins.

    >>> drawer = ChangeDrawer()
    >>> drawer.fill([5, 2, 2, 2])
    >>> drawer.pay(6)
    [2, 2, 2]
    >>> drawer.contents()
    [5]
    """

    def __init__(self) -> None:
        self._coins: list[int] = []

    def fill(self, coins: list[int]) -> None:
        self._coins += coins

    def pay(self, amount: int) -> list[int]:
        ways: dict[int, list[int]] = {0: []}
        for coin in sorted(self._coins):
            for total, coins in list(ways.items()):
                option = [coin, *coins]
                known = ways.get(total + coin)
                if known is None or (-len(option), option) > (-len(known), known):
                    ways[total + coin] = option
        if amount not in ways:
            raise ValueError("no exact change")
        for coin in ways[amount]:
            self._coins.remove(coin)
        return ways[amount]

    def contents(self) -> list[int]:
        return sorted(self._coins)


def inputs_ChangeDrawer(rng: Random) -> Iterator[draw.Calls]:
    yield [("ChangeDrawer",), ("pay", 0), ("pay", 1), ("contents",)]
    yield [("ChangeDrawer",), ("fill", [1, 3, 3, 4, 2]), ("pay", 6), ("contents",)]
    yield [("ChangeDrawer",), ("fill", [5, 5, 6, 4]), ("pay", 10), ("pay", 10), ("contents",)]
    yield [("ChangeDrawer",), ("fill", [5, 2]), ("pay", 6), ("fill", [4]), ("pay", 6), ("contents",)]
    while True:
        calls: draw.Calls = [("ChangeDrawer",)]
        for _ in range(rng.randint(1, 2)):
            coins = [rng.choice([1, 2, 3, 4, 5, 6]) for _ in range(rng.randint(3, 6))]
            calls += [("fill", coins), ("pay", sum(rng.sample(coins, rng.randint(1, 3))))]
        if rng.random() < 0.4:
            calls.append(("pay", rng.randint(1, 12)))
        yield [*calls, ("contents",)]
