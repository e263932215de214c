"""Searching: binary search and its variants, peaks, nearest values, two pointers, windows, spans, majorities."""

import operator
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


class PriceHistory:
    """Remember what items cost from which day on: record notes a price, replacing one for the same item and day, price
    returns the price in force on a day, which is the one of the latest noted day not after it, or raises LookupError if
    there is none, and between returns the prices of an item noted for the days first to last, both included, by day.

    >>> history = PriceHistory()
    >>> history.record("tea", 5, 30)
    >>> history.record("tea", 2, 20)
    >>> history.price("tea", 4)
    20
    """

    def __init__(self) -> None:
        self._days: dict[str, list[int]] = {}
        self._prices: dict[str, list[int]] = {}

    def record(self, item: str, day: int, price: int) -> None:
        days = self._days.setdefault(item, [])
        prices = self._prices.setdefault(item, [])
        place = bisect_left(days, day)
        if place < len(days) and days[place] == day:
            prices[place] = price
        else:
            days.insert(place, day)
            prices.insert(place, price)

    def price(self, item: str, day: int) -> int:
        place = bisect_right(self._days.get(item, []), day)
        if place == 0:
            raise LookupError("no price yet")
        return self._prices[item][place - 1]

    def between(self, item: str, first: int, last: int) -> list[int]:
        days = self._days.get(item, [])
        return self._prices.get(item, [])[bisect_left(days, first) : bisect_right(days, last)]


def inputs_PriceHistory(rng: Random) -> Iterator[draw.Calls]:
    yield [("PriceHistory",), ("between", "tea", 1, 9), ("price", "tea", 1)]
    yield [("PriceHistory",), ("record", "tea", 3, 30), ("price", "tea", 3), ("price", "tea", 2), ("price", "jam", 3)]
    yield [("PriceHistory",), ("record", "tea", 3, 30), ("record", "tea", 3, 40), ("between", "tea", 3, 3)]
    while True:
        calls: draw.Calls = [("PriceHistory",)]
        for _ in range(rng.randint(2, 4)):
            calls.append(("record", rng.choice(["tea", "tea", "jam"]), rng.randint(1, 6), rng.randint(10, 99)))
        first = rng.randint(1, 5)
        calls.append(("between", rng.choice(["tea", "tea", "jam"]), first, rng.randint(first, 6)))
        yield [*calls, ("price", "tea", rng.randint(2, 7))]


class CompletionList:
    """Complete words that were used before: use counts one more use of a word, complete returns the first limit of the
    words that begin with prefix, most used first and alphabetically on a tie, and forget removes a word and returns its
    number of uses, or raises KeyError if it has none.

    >>> words = CompletionList()
    >>> words.use("ant")
    >>> words.use("any")
    >>> words.use("any")
    >>> words.complete("an", 5)
    ['any', 'ant']
    """

    def __init__(self) -> None:
        self._words: list[str] = []
        self._uses: dict[str, int] = {}

    def use(self, word: str) -> None:
        if word not in self._uses:
            insort(self._words, word)
        self._uses[word] = self._uses.get(word, 0) + 1

    def complete(self, prefix: str, limit: int) -> list[str]:
        found = []
        place = bisect_left(self._words, prefix)
        while place < len(self._words) and self._words[place].startswith(prefix):
            found.append(self._words[place])
            place += 1
        found.sort(key=lambda word: -self._uses[word])
        return found[:limit]

    def forget(self, word: str) -> int:
        uses = self._uses.pop(word)
        del self._words[bisect_left(self._words, word)]
        return uses


def inputs_CompletionList(rng: Random) -> Iterator[draw.Calls]:
    yield [("CompletionList",), ("complete", "", 3), ("forget", "a")]
    yield [("CompletionList",), ("use", "b"), ("use", "a"), ("use", "ab"), ("complete", "a", 3), ("complete", "", 2)]
    yield [("CompletionList",), ("use", "b"), ("use", "b"), ("use", "a"), ("forget", "b"), ("complete", "", 2)]
    vocabulary = ["a", "ab", "abc", "ac", "b", "ba"]
    while True:
        calls: draw.Calls = [("CompletionList",)]
        used = draw.words(rng, 5, 3, vocabulary)
        calls += [("use", word) for word in used]
        if rng.random() < 0.3:
            calls.insert(rng.randint(2, len(calls)), ("forget", rng.choice(used)))
        yield [*calls, ("complete", rng.choice(["", "a", "a", "ab", "b"]), rng.randint(1, 4))]


def _height(heights: list[int], place: int) -> int:
    return heights[place] if 0 <= place < len(heights) else -1


def summit_ridges(heights: list[int]) -> list[tuple[int, int]]:
    """Return, from left to right, the summits as (first, last) index pairs: the longest possible stretches of one or
    more equal heights in a row, heights being 0 or more, that are higher than the neighbours before and after them,
    where beyond either end of heights everything is lower.

    >>> summit_ridges([3, 1, 4, 4, 2, 2, 5])
    [(0, 0), (2, 3), (6, 6)]
    """
    summits = []
    first = 0
    for last, height in enumerate(heights):
        following = _height(heights, last + 1)
        if following == height:
            continue
        if following < height and _height(heights, first - 1) < height:
            summits.append((first, last))
        first = last + 1
    return summits


def inputs_summit_ridges(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([0],)
    yield ([0, 0],)
    yield ([1, 2, 2, 3],)
    yield ([3, 2, 2, 1],)
    yield ([2, 0, 0, 2],)
    while True:
        yield (draw.integers(rng, 0, 3, max_size=9, min_size=3),)


def nearest_stops(stops: list[int], position: int, count: int) -> list[int]:
    """Return the count stops (all, if there are fewer) nearest to position from an ascending list of stops, nearest
    first and at equal distances the smaller one first.

    >>> nearest_stops([1, 4, 6, 9], 5, 3)
    [4, 6, 1]
    """
    right = bisect_left(stops, position)
    left = right - 1
    nearest: list[int] = []
    while len(nearest) < count and (left >= 0 or right < len(stops)):
        if right == len(stops) or (left >= 0 and position - stops[left] <= stops[right] - position):
            nearest.append(stops[left])
            left -= 1
        else:
            nearest.append(stops[right])
            right += 1
    return nearest


def inputs_nearest_stops(rng: Random) -> Iterator[tuple[list[int], int, int]]:
    yield [], 5, 2
    yield [3], 3, 0
    yield [1, 2, 3], 9, 5
    yield [4, 5, 6], 1, 2
    yield [2, 4, 4, 6], 4, 3
    while True:
        yield sorted(draw.integers(rng, 0, 12, max_size=7, min_size=2)), rng.randint(-1, 13), rng.randint(1, 5)


def shortest_window(text: str, wanted: str) -> tuple[int, int] | None:
    """Return the shortest (start, stop), stop excluded, for which text[start:stop] has every character of wanted, which
    is not empty, at least as often as wanted does, in any order and with others in between, the leftmost if several are
    equally short, or None if text itself has not enough of them.

    >>> shortest_window("abcbac", "ccb")
    (2, 6)
    """
    missing = Counter(wanted)
    best: tuple[int, int] | None = None
    start = 0
    for stop, character in enumerate(text, 1):
        missing[character] -= 1
        while all(number <= 0 for number in missing.values()):
            if best is None or stop - start < best[1] - best[0]:
                best = (start, stop)
            missing[text[start]] += 1
            start += 1
    return best


def inputs_shortest_window(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", "a"
    yield "a", "a"
    yield "ba", "aa"
    yield "abab", "ab"
    yield "abbba", "aa"
    while True:
        yield draw.text(rng, "aabbccd", max_size=12, min_size=3), draw.text(rng, "abc", max_size=3, min_size=1)


def longest_steady_run(readings: list[int], tolerance: int) -> tuple[int, int]:
    """Return (start, length) of the longest run of neighbouring readings whose largest and smallest differ by at most
    tolerance (0 or more), the first one if several are equally long, and (0, 0) if there are no readings.

    >>> longest_steady_run([5, 9, 7, 8, 3], 2)
    (1, 3)
    """
    best = (0, 0)
    start = 0
    for stop in range(1, len(readings) + 1):
        while max(readings[start:stop]) - min(readings[start:stop]) > tolerance:
            start += 1
        if stop - start > best[1]:
            best = (start, stop - start)
    return best


def inputs_longest_steady_run(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 1
    yield [4], 0
    yield [4, 5, 5, 4], 0
    yield [1, 2, 8, 9, 8], 1
    yield [1, 2, 5, 6], 1
    while True:
        yield draw.integers(rng, 1, 9, max_size=9, min_size=3), rng.randint(0, 4)


def best_trade(prices: list[int], fee: int) -> tuple[int, int, int] | None:
    """Return (buying day, selling day, profit) of the trade that gains most when one thing is bought on one day and
    sold on a later one for the prices by day, from day 0 on, less a single fee (0 or more): the one with the earliest
    selling day if several gain as much, and of these the earliest buying day, or None if no trade gains anything.

    >>> best_trade([5, 2, 4, 9, 1, 8], 1)
    (1, 3, 6)
    """
    best: tuple[int, int, int] | None = None
    cheapest = 0
    for day, price in enumerate(prices):
        profit = price - prices[cheapest] - fee
        if profit > (best[2] if best else 0):
            best = (cheapest, day, profit)
        if price < prices[cheapest]:
            cheapest = day
    return best


def inputs_best_trade(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 0
    yield [4], 0
    yield [3, 5], 2
    yield [3, 3, 5, 5], 1
    yield [5, 7, 1, 3], 0
    while True:
        yield draw.integers(rng, 1, 9, max_size=7, min_size=2), rng.randint(0, 3)


def heavy_hitters(visits: list[str], parts: int) -> list[str]:
    """Return, sorted, the names that make up more than one part of visits if these are divided into parts (2 or more)
    equal parts, that is the names with more than len(visits) / parts visits.

    >>> heavy_hitters(["a", "b", "a", "c", "b", "a", "b"], 3)
    ['a', 'b']
    """
    counts: dict[str, int] = {}
    for name in visits:
        if name in counts:
            counts[name] += 1
        elif len(counts) < parts - 1:
            counts[name] = 1
        else:
            counts = {other: count - 1 for other, count in counts.items() if count > 1}
    return sorted(name for name in counts if visits.count(name) * parts > len(visits))


def inputs_heavy_hitters(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 2
    yield ["a"], 2
    yield ["a", "b"], 2
    yield ["a", "b", "b"], 3
    yield ["a", "b", "c"], 4
    yield ["b", "c", "a", "a", "a"], 2
    while True:
        visits = list(draw.text(rng, rng.choice(["aab", "aabc", "aabbcd", "abcde"]), max_size=9, min_size=3))
        yield visits, rng.randint(2, 4)


def _days_needed(hours: list[int], per_day: int) -> int:
    days, free = 1, per_day
    for task in hours:
        if task > free:
            days += 1
            free = per_day
        free -= task
    return days


def shortest_workday(hours: list[int], days: int) -> int:
    """Return the smallest whole number of hours a day with which the tasks (one or more, each of 1 or more hours), done
    in order and none of them split over two days, are finished in at most days days (1 or more).

    >>> shortest_workday([3, 2, 2, 4], 2)
    6
    """
    low, high = max(hours), sum(hours)
    while low < high:
        middle = (low + high) // 2
        if _days_needed(hours, middle) <= days:
            high = middle
        else:
            low = middle + 1
    return low


def inputs_shortest_workday(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [4], 1
    yield [4], 3
    yield [1, 1, 1], 3
    yield [5, 1, 1], 1
    yield [1, 1, 5], 2
    while True:
        yield draw.integers(rng, 1, 9, max_size=7, min_size=2), rng.randint(1, 4)


def longest_balanced_span(entries: list[int]) -> tuple[int, int]:
    """Return (start, stop), stop excluded, of the longest stretch of ledger entries that add up to 0, the leftmost if
    several are equally long, or (0, 0) if there is none.

    >>> longest_balanced_span([4, 2, -3, 1, 5])
    (1, 4)
    """
    first_seen = {0: 0}
    best = (0, 0)
    balance = 0
    for stop, entry in enumerate(entries, 1):
        balance += entry
        start = first_seen.setdefault(balance, stop)
        if stop - start > best[1] - best[0]:
            best = (start, stop)
    return best


def inputs_longest_balanced_span(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([0],)
    yield ([3],)
    yield ([1, -1, 2],)
    yield ([2, 1, -1, 1, -1],)
    yield ([1, -1, 5, 2, -2],)
    while True:
        yield (draw.integers(rng, -3, 3, max_size=8, min_size=3),)


def first_free_slot(booked: list[tuple[int, int]], length: int, opens: int, closes: int, pause: int) -> int | None:
    """Return the earliest time from opens on at which a new booking of the given length, 1 or more, can start so that
    it ends at closes or before and there is at least pause between it and each booking (start, end) in booked, which
    come in any order, may overlap and may lie outside the opening time, or None if there is no such time.

    >>> first_free_slot([(12, 14), (9, 10)], 1, 9, 18, 1)
    15
    """
    free = opens
    for start, end in sorted(booked):
        if free + length + pause <= start:
            break
        free = max(free, end + pause)
    return free if free + length <= closes else None


def inputs_first_free_slot(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int, int, int]]:
    yield [], 2, 9, 11, 1
    yield [], 3, 9, 11, 1
    yield [(8, 9)], 1, 9, 12, 1
    yield [(11, 12)], 2, 9, 15, 0
    yield [(11, 12)], 1, 9, 15, 1
    yield [(9, 14), (10, 11)], 1, 9, 17, 0
    while True:
        booked = []
        for _ in range(rng.randint(1, 4)):
            start = rng.randint(7, 16)
            booked.append((start, start + rng.randint(1, 4)))
        yield booked, rng.randint(1, 3), rng.randint(8, 10), rng.randint(15, 19), rng.randint(0, 2)


_TESTS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    return numbers + [0] * (3 - len(numbers))


def pick_version(available: list[str], rule: str) -> str | None:
    """Return the highest available version that meets every term of rule, the first in the list of equal ones, or None:
    terms, separated by spaces, are one of >=, <=, >, < and = with a version right behind it, and versions are one to
    three numbers separated by points, compared number by number from the left with missing ones as 0; raise KeyError
    for a term that begins with none of these signs or with another mix of their characters.

    >>> pick_version(["1.9", "1.10", "2.0", "0.9"], ">=1.2 <2")
    '1.10'
    """
    terms = []
    for term in rule.split():
        version = term.lstrip("<>=")
        sign = term[: len(term) - len(version)]
        terms.append((_TESTS[sign], _numbers(version)))
    fitting = [v for v in available if all(test(_numbers(v), bound) for test, bound in terms)]
    return max(fitting, key=_numbers, default=None)


def inputs_pick_version(rng: Random) -> Iterator[tuple[list[str], str]]:
    yield [], ">1"
    yield ["1.2", "1.10.1", "1.10"], ""
    yield ["1.0", "1", "1.0.0"], "=1"
    yield ["1", "1.0.1"], "<=1.0"
    yield ["1", "1.0.1"], "1"
    yield ["1", "1.0.1"], "=>1"
    versions = ["1", "1.0.0", "1.2", "1.2.1", "1.9", "1.10", "2", "2.0", "2.1"]
    while True:
        terms = [rng.choice([">=", ">", "<=", "<", "<"]) + rng.choice(versions) for _ in range(rng.randint(1, 2))]
        if rng.random() < 0.15:
            terms = [rng.choice(["=", "=", "==", ""]) + rng.choice(versions)]
        yield draw.some(rng, versions, max_size=6, min_size=2), " ".join(terms)


def _line_starts(text: str) -> list[int]:
    return [0] + [place + 1 for place, character in enumerate(text) if character == "\n"]


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column, both counted from 1, of the character of text at offset, or of the place right
    behind the last one if offset is len(text), where a line feed is the last character of its line; raise IndexError if
    offset is negative or more than len(text).

    >>> line_and_column("ab\\ncd", 4)
    (2, 2)
    """
    if not 0 <= offset <= len(text):
        raise IndexError("no such place")
    starts = _line_starts(text)
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= offset:
            low = middle
        else:
            high = middle
    return low + 1, offset - starts[low] + 1


def inputs_line_and_column(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 0
    yield "\n", 0
    yield "\n", 1
    yield "ab\ncd", 2
    yield "ab", 3
    yield "ab", -1
    while True:
        text = draw.text(rng, "abc\n\n", max_size=12, min_size=3)
        offset = rng.randint(0, len(text))
        yield text, rng.choice([-1, len(text) + 1]) if rng.random() < 0.08 else offset
