"""Sorting: merging, insertion, counting, partial and stable sorts, several keys, ranks, best few, partitions."""

from bisect import bisect_left
from collections.abc import Iterator
from heapq import heappop, heappush
from operator import itemgetter
from random import Random

from debugarena.builder.programs import draw

_SUITS = "SHDC"
_RANKS = "AKQJT98765432"


def _in_hand(card: str) -> tuple[int, int]:
    return _SUITS.index(card[1]), _RANKS.index(card[0])


def tidy_hand(cards: list[str]) -> int:
    """Sort cards like "TH" (rank A K Q J T 9 to 2, then suit) in place by suit, spades S, then hearts H, diamonds D and
    clubs C, and within a suit from the ace down, by taking each card in turn from the left and moving it left past all
    cards that belong behind it; return by how many places cards were moved left in all; all cards are different.

    >>> tidy_hand(["2S", "KH", "TS", "AS"])
    5
    """
    moves = 0
    for place in range(1, len(cards)):
        card = cards[place]
        hole = place
        while hole > 0 and _in_hand(cards[hole - 1]) > _in_hand(card):
            cards[hole] = cards[hole - 1]
            hole -= 1
        cards[hole] = card
        moves += place - hole
    return moves


def inputs_tidy_hand(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["2C"],)
    yield (["2C", "3C"],)
    yield (["AS", "KS", "AH", "AD", "AC"],)
    yield (["AC", "AD", "AH", "KS", "AS"],)
    deck = [rank + suit for suit in "SHDC" for rank in "AKQJT98765432"]
    while True:
        suits = rng.choice(["S", "HD", "DC", "SHDC"])
        yield (draw.some(rng, [card for card in deck if card[1] in suits], max_size=7, min_size=3),)


def sort_by_stars(reviews: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the reviews (name, stars) ordered by stars, most first, those with as many stars in the order given; raise
    ValueError if any has less than 0 or more than 5 stars.

    >>> sort_by_stars([("a", 2), ("b", 5), ("c", 2)])
    [('b', 5), ('a', 2), ('c', 2)]
    """
    counts = [0] * 6
    for _, stars in reviews:
        if not 0 <= stars <= 5:
            raise ValueError("not so many stars")
        counts[stars] += 1
    places = [sum(counts[stars + 1 :]) for stars in range(6)]
    ordered = [("", 0)] * len(reviews)
    for review in reviews:
        ordered[places[review[1]]] = review
        places[review[1]] += 1
    return ordered


def inputs_sort_by_stars(rng: Random) -> Iterator[tuple[list[tuple[str, int]]]]:
    yield ([],)
    yield ([("a", 0), ("b", 5)],)
    yield ([("a", 5), ("b", 0), ("c", 5)],)
    yield ([("a", 6)],)
    yield ([("a", -1)],)
    while True:
        bounds = rng.choice([(0, 5), (0, 5), (3, 5), (0, 2)])
        reviews = [(name, rng.randint(*bounds)) for name in draw.some(rng, "abcdefgh", max_size=6, min_size=2)]
        if rng.random() < 0.08:
            reviews[-1] = (reviews[-1][0], rng.choice((-1, 6)))
        yield (reviews,)


class Leaderboard:
    """Keep the size best players by their best scores, highest first, a score placed after equal ones that were there
    before it: submit enters a score, which counts only if the player is not on the board or has less there, drops
    whoever no longer fits and returns the player's rank from 1 on, or 0 if not on the board, rank returns the same for
    any name, and table returns the board as pairs (name, score).

    >>> board = Leaderboard(2)
    >>> board.submit("ann", 5)
    1
    >>> board.submit("bob", 5)
    2
    >>> board.submit("cid", 7)
    1
    >>> board.table()
    [('cid', 7), ('ann', 5)]
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._board: list[tuple[str, int]] = []

    def submit(self, name: str, score: int) -> int:
        best = dict(self._board).get(name)
        if best is None or best < score:
            others = [entry for entry in self._board if entry[0] != name]
            place = sum(other >= score for _, other in others)
            others.insert(place, (name, score))
            self._board = others[: self._size]
        return self.rank(name)

    def rank(self, name: str) -> int:
        for place, (other, _) in enumerate(self._board, 1):
            if other == name:
                return place
        return 0

    def table(self) -> list[tuple[str, int]]:
        return list(self._board)


def inputs_Leaderboard(rng: Random) -> Iterator[draw.Calls]:
    yield [("Leaderboard", 2), ("rank", "ann"), ("table",)]
    yield [("Leaderboard", 2), ("submit", "ann", 5), ("submit", "bob", 5), ("submit", "cid", 5), ("table",)]
    yield [
        ("Leaderboard", 3),
        ("submit", "ann", 5),
        ("submit", "bob", 4),
        ("submit", "bob", 5),
        ("submit", "ann", 5),
        ("table",),
    ]
    yield [
        ("Leaderboard", 1),
        ("submit", "ann", 5),
        ("submit", "bob", 6),
        ("submit", "ann", 5),
        ("rank", "bob"),
        ("table",),
    ]
    while True:
        calls: draw.Calls = [("Leaderboard", rng.randint(1, 3))]
        for _ in range(rng.randint(3, 4)):
            calls.append(("submit", rng.choice(["ann", "bob", "cid"]), rng.randint(1, 5)))
        yield [*calls, ("rank", rng.choice(["ann", "bob", "cid"])), ("table",)]


def _by_column(rows: list[tuple[int | None, ...]], column: int) -> list[tuple[int | None, ...]]:
    place = abs(column) - 1
    filled = [row for row in rows if row[place] is not None]
    blank = [row for row in rows if row[place] is None]
    return sorted(filled, key=itemgetter(place), reverse=column < 0) + blank


def order_rows(rows: list[tuple[int | None, ...]], columns: list[int]) -> list[tuple[int | None, ...]]:
    """Return the rows in a new order by the given columns, the first in columns counting most: columns are numbered
    from 1 on, a negative number meaning that column with its values descending instead of ascending, None comes after
    all values either way, and rows that do not differ in these columns stay in the order given.

    >>> order_rows([(1, 5), (2, None), (1, 8), (2, 3)], [-1, 2])
    [(2, 3), (2, None), (1, 5), (1, 8)]
    """
    ordered = list(rows)
    for column in reversed(columns):
        ordered = _by_column(ordered, column)
    return ordered


def inputs_order_rows(rng: Random) -> Iterator[tuple[list[tuple[int | None, ...]], list[int]]]:
    yield [], [1]
    yield [(2, 1), (1, 2)], []
    yield [(None, 1), (1, 2), (None, 3)], [-1]
    yield [(1, 1), (2, 1), (1, 2)], [-2, 1]
    yield [(1, 3), (1, 2), (1, 3)], [1]
    while True:
        rows: list[tuple[int | None, ...]] = []
        for label in range(1, rng.randint(3, 5) + 1):
            rows.append((rng.choice((1, 1, 2, 2, None)), rng.choice((3, 4, 5, None)), label))
        columns = draw.some(rng, (1, 2), max_size=2, min_size=1)
        if rng.random() < 0.2:
            columns.append(3)
        yield rows, [column * rng.choice((1, -1)) for column in columns]


def rank_scores(scores: list[int], style: str) -> list[int]:
    """Return the rank of each of the scores, one or more, the highest being best: 1 more than the number of higher
    scores in "standard" style, 1 more than the number of different higher ones in "dense" style, the number of scores
    that are not lower in "modified" style, and in "ordinal" style ranks without ties, equal scores ranked in the order
    given; raise ValueError for any other style.

    >>> rank_scores([7, 9, 7, 5], "standard")
    [2, 1, 2, 4]
    >>> rank_scores([7, 9, 7, 5], "ordinal")
    [2, 1, 3, 4]
    """
    ranks = []
    for place, score in enumerate(scores):
        higher = [other for other in scores if other > score]
        if style == "standard":
            rank = len(higher) + 1
        elif style == "dense":
            rank = len(set(higher)) + 1
        elif style == "modified":
            rank = len(higher) + scores.count(score)
        elif style == "ordinal":
            rank = len(higher) + scores[: place + 1].count(score)
        else:
            raise ValueError("no such style")
        ranks.append(rank)
    return ranks


def inputs_rank_scores(rng: Random) -> Iterator[tuple[list[int], str]]:
    yield [4], "standard"
    yield [4, 4, 4], "ordinal"
    yield [4, 4, 2], "modified"
    yield [5, 5, 4, 3], "dense"
    yield [5], "olympic"
    while True:
        style = rng.choice(["standard", "dense", "modified", "ordinal"]) if rng.random() < 0.95 else "fair"
        yield draw.integers(rng, 1, 4, max_size=7, min_size=3), style


def top_sellers(sales: list[tuple[str, str, int]], count: int) -> list[tuple[str, list[str]]]:
    """Return for each shop in sales (shop, item, pieces), sorted by shop, the pair of it and its count best-selling
    items, those with most pieces in all first and by name on a tie; pieces are negative for goods taken back, and an
    item of which a shop has sold less than 1 piece in all is left out there.

    >>> top_sellers([("B", "tea", 2), ("A", "tea", 1), ("B", "jam", 3), ("B", "tea", 2), ("A", "tea", -1)], 1)
    [('A', []), ('B', ['tea'])]
    """
    totals: dict[str, dict[str, int]] = {}
    for shop, item, pieces in sales:
        sold = totals.setdefault(shop, {})
        sold[item] = sold.get(item, 0) + pieces
    report = []
    for shop in sorted(totals):
        ranking = sorted((-pieces, item) for item, pieces in totals[shop].items() if pieces > 0)
        report.append((shop, [item for _, item in ranking[:count]]))
    return report


def inputs_top_sellers(rng: Random) -> Iterator[tuple[list[tuple[str, str, int]], int]]:
    yield [], 2
    yield [("A", "tea", 0)], 2
    yield [("A", "tea", 1), ("A", "jam", 1)], 1
    yield [("B", "tea", 1), ("A", "jam", 2), ("B", "tea", -2)], 1
    while True:
        sales = []
        for _ in range(rng.randint(3, 6)):
            sales.append((rng.choice("AAB"), rng.choice(["tea", "jam", "egg"]), rng.choice((1, 1, 2, 2, 3, -1, -2))))
        yield sales, rng.randint(1, 2)


def deal_patience(cards: list[int], most: int) -> tuple[list[list[int]], list[int]]:
    """Deal the cards in order onto piles, each onto the leftmost pile whose top card is not lower than it, or as a new
    pile to the right of all if there is none and there are less than most piles, or else aside; return the piles from
    left to right, each from bottom to top, and the cards put aside in order.

    >>> deal_patience([6, 3, 5, 7, 4], 2)
    ([[6, 3], [5, 4]], [7])
    """
    piles: list[list[int]] = []
    tops: list[int] = []
    aside = []
    for card in cards:
        place = bisect_left(tops, card)
        if place < len(piles):
            piles[place].append(card)
            tops[place] = card
        elif place < most:
            piles.append([card])
            tops.append(card)
        else:
            aside.append(card)
    return piles, aside


def inputs_deal_patience(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 2
    yield [3], 0
    yield [3, 3, 3], 2
    yield [1, 2, 3], 3
    yield [1, 2, 3], 2
    while True:
        yield draw.integers(rng, 1, 9, max_size=8, min_size=3), rng.randint(1, 4)


def sort_board(states: list[str]) -> tuple[int, int]:
    """Sort the states of tasks, each "todo", "doing" or "done", in place in this order of the three, and return the
    index at which the ones that are not "todo" begin and that at which the ones "done" begin, either being the length
    if there are none.

    >>> sort_board(["done", "todo", "doing", "todo"])
    (2, 3)
    """
    doing = here = 0
    done = len(states)
    while here < done:
        state = states[here]
        if state == "todo":
            states[here], states[doing] = states[doing], state
            doing += 1
            here += 1
        elif state == "done":
            done -= 1
            states[here], states[done] = states[done], state
        else:
            here += 1
    return doing, done


def inputs_sort_board(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["doing"],)
    yield (["done", "done"],)
    yield (["todo", "todo"],)
    yield (["done", "doing", "todo"],)
    while True:
        yield (draw.words(rng, 7, 2, ["todo", "doing", "done"]),)


_ARTICLES = ("the", "an", "a")


def _on_spine(title: str) -> str:
    first, _, rest = title.partition(" ")
    return f"{rest}, {first}" if rest and first.lower() in _ARTICLES else title


def _shelf_key(title: str) -> list[tuple[bool, int, str]]:
    words = _on_spine(title).lower().replace(",", "").split()
    return [(False, int(word), "") if word.isdigit() else (True, 0, word) for word in words]


def shelf_order(titles: list[str]) -> list[str]:
    """Return the titles as printed on the spines in the order of the shelf, where a leading article "the", "an" or "a"
    in any case, if more words follow, is put behind the rest after ", ": compare what is printed word by word, ignoring
    case and commas, a word of digits only as a number and before other words, a title before longer ones that begin
    with all its words, and keep titles that are equal so in the order given; words have single spaces between them.

    >>> shelf_order(["The Zoo", "an ant", "zoo 10", "Zoo 9"])
    ['ant, an', 'Zoo 9', 'zoo 10', 'Zoo, The']
    """
    return [_on_spine(title) for title in sorted(titles, key=_shelf_key)]


def inputs_shelf_order(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["The", "a", "An"],)
    yield (["Zoo", "zoo", "ZOO"],)
    yield (["the ant", "Ant 10", "ant 9", "ant"],)
    yield (["10 ants", "9 ants", "ant", "a 7"],)
    while True:
        titles = []
        for _ in range(rng.randint(2, 4)):
            words = [rng.choice(["The", "an", "A", "", "", ""]), rng.choice(["ant", "Ant", "zoo", "the", "7", "12"])]
            words.append(rng.choice(["", "", "2", "10", "ant"]))
            titles.append(" ".join(word for word in words if word))
        yield (titles,)


def _merge(left: list[str], right: list[str]) -> list[str]:
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if len(left[i]) <= len(right[j]):
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def merge_stages(words: list[str]) -> list[list[list[str]]]:
    """Return the stages of a stable merge sort of words by length, shortest first: at first the words cut, in order,
    into as few runs as possible in which no word is shorter than the one before it, then after each pass, until at most
    one run is left, the runs made by merging the first with the second, the third with the fourth and so on, a last one
    without a partner staying as it is.

    >>> merge_stages(["bb", "ccc", "a", "dd", "e"])
    [[['bb', 'ccc'], ['a', 'dd'], ['e']], [['a', 'bb', 'dd', 'ccc'], ['e']], [['a', 'e', 'bb', 'dd', 'ccc']]]
    """
    runs: list[list[str]] = []
    for word in words:
        if runs and len(runs[-1][-1]) <= len(word):
            runs[-1].append(word)
        else:
            runs.append([word])
    stages = [runs]
    while len(runs) > 1:
        pairs = [runs[place : place + 2] for place in range(0, len(runs), 2)]
        runs = [_merge(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        stages.append(runs)
    return stages


def inputs_merge_stages(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["a"],)
    yield (["a", "b"],)
    yield (["bb", "a"],)
    yield (["ccc", "bb", "a"],)
    while True:
        letters = iter("abcdefghij")
        yield ([next(letters) * rng.randint(1, 3) for _ in range(rng.randint(3, 6))],)


class TicketQueue:
    """Hand out tickets by urgency: add puts a name in with an urgency, or if it is waiting already moves it to the new
    urgency as the newest there, take removes and returns the name with the highest urgency, the one added there first
    on a tie, or raises LookupError if nobody waits, cancel removes a name and returns whether it was waiting, and
    waiting returns the names in the order in which they would be taken.

    >>> queue = TicketQueue()
    >>> queue.add("ann", 1)
    >>> queue.add("bob", 2)
    >>> queue.add("cid", 2)
    >>> queue.take()
    'bob'
    >>> queue.waiting()
    ['cid', 'ann']
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._valid: dict[str, int] = {}
        self._added = 0

    def add(self, name: str, urgency: int) -> None:
        self._added += 1
        self._valid[name] = self._added
        heappush(self._heap, (-urgency, self._added, name))

    def take(self) -> str:
        while self._heap:
            _, number, name = heappop(self._heap)
            if self._valid.get(name) == number:
                del self._valid[name]
                return name
        raise LookupError("nobody waits")

    def cancel(self, name: str) -> bool:
        return self._valid.pop(name, None) is not None

    def waiting(self) -> list[str]:
        return [name for _, number, name in sorted(self._heap) if self._valid.get(name) == number]


def inputs_TicketQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("TicketQueue",), ("cancel", "ann"), ("take",), ("waiting",)]
    yield [("TicketQueue",), ("add", "ann", 2), ("add", "bob", 2), ("add", "ann", 2), ("take",), ("waiting",)]
    yield [("TicketQueue",), ("add", "ann", 2), ("cancel", "ann"), ("cancel", "ann"), ("add", "bob", 1), ("waiting",)]
    while True:
        calls: draw.Calls = [("TicketQueue",)]
        for kind in ["add", *rng.choices(["add", "take", "cancel"], [6, 2, 1], k=rng.randint(3, 5))]:
            name = rng.choice(["ann", "bob", "cid", "dan"])
            calls.append({"add": ("add", name, rng.randint(1, 3)), "take": ("take",), "cancel": ("cancel", name)}[kind])
        yield [*calls, ("waiting",)]


def partial_sort(values: list[int], count: int) -> int:
    """Bring the count smallest values (all, if there are not so many) to the front in place in ascending order: for
    each of the first count places in turn look for the smallest value from there to the end, the leftmost of equal
    ones, and if it is not at that place swap it with the value there; return the number of swaps.

    >>> partial_sort([4, 4, 1, 3], 2)
    2
    """
    swaps = 0
    for place in range(min(count, len(values))):
        smallest = place
        for other in range(place + 1, len(values)):
            if values[other] < values[smallest]:
                smallest = other
        if smallest != place:
            values[place], values[smallest] = values[smallest], values[place]
            swaps += 1
    return swaps


def inputs_partial_sort(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [], 2
    yield [2, 1], 0
    yield [2, 1], 1
    yield [3, 1, 1], 5
    yield [1, 2, 3, 3], 3
    while True:
        yield draw.integers(rng, 1, 6, max_size=7, min_size=2), rng.randint(1, 5)


def rank_with_pins(results: list[tuple[str, int]], pins: dict[str, int]) -> list[str]:
    """Return the names of the results (name, score), all different, highest score first and those with equal scores in
    the order given, except for the pinned ones, which pins maps to the position, from 1 on, that they shall have: these
    are then inserted one after the other, lowest position first and by name for the same one, each at its position or
    at the end if there are too few before it; pins for names that are not in results do not count.

    >>> rank_with_pins([("a", 3), ("b", 7), ("c", 5), ("d", 1)], {"d": 2, "x": 1})
    ['b', 'd', 'c', 'a']
    """
    scores = dict(results)
    ranking = sorted((name for name in scores if name not in pins), key=lambda name: -scores[name])
    for position, name in sorted((position, name) for name, position in pins.items()):
        if name in scores:
            ranking.insert(position - 1, name)
    return ranking


def inputs_rank_with_pins(rng: Random) -> Iterator[tuple[list[tuple[str, int]], dict[str, int]]]:
    yield [], {"a": 1}
    yield [("b", 1), ("a", 1)], {}
    yield [("a", 1), ("b", 2)], {"a": 1}
    yield [("a", 1), ("b", 2)], {"b": 5}
    yield [("a", 1), ("b", 2), ("c", 3)], {"b": 1, "a": 1}
    while True:
        results = [(name, rng.randint(1, 3)) for name in draw.some(rng, "abcdef", max_size=6, min_size=3)]
        pinned = draw.some(rng, "abcdef", max_size=3, min_size=1)
        yield results, {name: rng.randint(1, 5) for name in pinned}
