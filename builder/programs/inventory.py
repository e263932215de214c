"""Goods in stock: orders, carts, picking, reordering, batches with expiry, reservations."""

from collections import deque
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def pick_batches(batches: list[tuple[str, int, int]], quantity: int, today: int) -> list[tuple[str, int]]:
    """Choose from batches of (lot, expiry day, count) those that expire today or later, earliest expiry first and by
    lot on the same day, to get the quantity, which is at least 1: the first batch that has enough on its own, or if
    none has, all of each batch in turn until the last one needed, which may be used in part; return (lot, taken) pairs
    in that order and raise ValueError if the batches that can be used do not have enough together.

    >>> pick_batches([("L1", 9, 4), ("L2", 3, 8), ("L3", 7, 2)], 5, 7)
    [('L3', 2), ('L1', 3)]
    """
    usable = sorted((expiry, lot, count) for lot, expiry, count in batches if expiry >= today)
    for _, lot, count in usable:
        if count >= quantity:
            return [(lot, quantity)]
    picks = []
    for _, lot, count in usable:
        taken = min(count, quantity)
        if taken > 0:
            picks.append((lot, taken))
        quantity -= taken
    if quantity > 0:
        raise ValueError("too little in stock")
    return picks


def inputs_pick_batches(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]], int, int]]:
    yield [], 1, 5
    yield [("L1", 5, 3)], 3, 5
    yield [("L1", 4, 3)], 1, 5
    yield [("L2", 6, 2), ("L1", 6, 2), ("L3", 5, 1)], 5, 5
    while True:
        lots = draw.some(rng, ["L1", "L2", "L3", "L4", "L5"], 5, min_size=3)
        yield [(lot, rng.randint(4, 8), rng.randint(1, 5)) for lot in lots], rng.choice([1, 2, 3, 4, 5, 6, 7]), 5


def reorder_list(
    stock: dict[str, tuple[int, int]], rules: dict[str, tuple[int, int, int]]
) -> list[tuple[str, int, int]]:
    """Return (item, packs, pieces) to order for each item of the rules, sorted by name, whose pieces on hand and on
    order are together at or below its reorder point: as few whole packs as bring it up to its target or above; the
    rules give for an item (reorder point, target above that point, pieces a pack), the stock gives (on hand, on
    order), and an item missing there has neither.

    >>> reorder_list({"nut": (3, 2), "cap": (9, 0)}, {"nut": (5, 12, 5), "cap": (8, 20, 4)})
    [('nut', 2, 10)]
    """
    orders = []
    for item, (point, target, pack) in sorted(rules.items()):
        on_hand, on_order = stock.get(item, (0, 0))
        available = on_hand + on_order
        if available <= point:
            packs = -(-(target - available) // pack)
            orders.append((item, packs, packs * pack))
    return orders


def inputs_reorder_list(rng: Random) -> Iterator[tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int, int]]]]:
    yield {}, {}
    yield {"nut": (0, 0)}, {}
    yield {}, {"nut": (0, 6, 3)}
    yield {"nut": (4, 1), "cap": (4, 2)}, {"nut": (5, 9, 4), "cap": (5, 9, 4)}
    while True:
        items = ["nut", "cap", "rod"]
        stock = {item: (rng.randint(0, 4), rng.randint(0, 3)) for item in draw.some(rng, items, 3, min_size=1)}
        rules = {}
        for item in draw.some(rng, items, 3, min_size=1):
            point = rng.randint(0, 6)
            rules[item] = (point, point + rng.randint(1, 8), rng.randint(1, 5))
        yield stock, rules


def _bin_parts(place: str) -> tuple[str, int]:
    return place[0], int(place[1:])


def pick_route(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return (place, pieces) stops for order lines of that form, where a place is a letter for the aisle and a number
    in it, such as "B12": aisles in alphabetical order, the first one walked by rising numbers, the second by falling
    ones and so on in turn, counting only aisles that occur, with lines of the same place summed into one stop.

    >>> pick_route([("C2", 1), ("A10", 2), ("C11", 1), ("A9", 1), ("C2", 4)])
    [('A9', 1), ('A10', 2), ('C11', 1), ('C2', 5)]
    """
    aisles: dict[str, dict[int, int]] = {}
    for place, pieces in lines:
        aisle, number = _bin_parts(place)
        bins = aisles.setdefault(aisle, {})
        bins[number] = bins.get(number, 0) + pieces
    stops = []
    for turn, (aisle, bins) in enumerate(sorted(aisles.items())):
        for number in sorted(bins, reverse=turn % 2 == 1):
            stops.append((f"{aisle}{number}", bins[number]))
    return stops


def inputs_pick_route(rng: Random) -> Iterator[tuple[list[tuple[str, int]]]]:
    yield ([],)
    yield ([("B3", 1), ("B12", 1), ("B3", 1)],)
    yield ([("A1", 1), ("A2", 1), ("B1", 1), ("B2", 1), ("D1", 1), ("D2", 1)],)
    while True:
        size = rng.randint(2, 7)
        yield ([(rng.choice("ABC") + rng.choice(["1", "2", "9", "10", "12"]), rng.randint(1, 5)) for _ in range(size)],)


class Cart:
    """Keep a shopping cart: add puts in pieces of an item at a price, which from then on holds for all pieces of it;
    remove takes out that many pieces of an item, or all if there are fewer, and raises KeyError if it is not in the
    cart; lines returns (item, pieces) of the items with any pieces left, in the order they were put in, where an item
    removed altogether and added again counts as put in anew; total returns the price of all, every third piece of an
    item free.

    >>> cart = Cart()
    >>> cart.add("tea", 5, 4)
    >>> cart.total()
    15
    >>> cart.remove("tea", 1)
    >>> cart.lines()
    [('tea', 3)]
    """

    def __init__(self) -> None:
        self._prices: dict[str, int] = {}
        self._pieces: dict[str, int] = {}

    def add(self, item: str, price: int, pieces: int) -> None:
        self._prices[item] = price
        self._pieces[item] = self._pieces.get(item, 0) + pieces

    def remove(self, item: str, pieces: int) -> None:
        if pieces < self._pieces[item]:
            self._pieces[item] -= pieces
        else:
            del self._pieces[item]

    def lines(self) -> list[tuple[str, int]]:
        return list(self._pieces.items())

    def total(self) -> int:
        return sum(self._prices[item] * (pieces - pieces // 3) for item, pieces in self._pieces.items())


def inputs_Cart(rng: Random) -> Iterator[draw.Calls]:
    yield [("Cart",), ("remove", "tea", 1), ("lines",), ("total",)]
    yield [("Cart",), ("add", "tea", 5, 2), ("add", "tea", 4, 1), ("total",), ("lines",)]
    yield [
        ("Cart",),
        ("add", "tea", 5, 3),
        ("add", "jam", 2, 1),
        ("remove", "tea", 3),
        ("add", "tea", 5, 1),
        ("lines",),
    ]
    while True:
        calls: draw.Calls = [("Cart",), ("add", rng.choice(["tea", "jam"]), rng.randint(1, 5), rng.randint(1, 6))]
        for _ in range(rng.randint(1, 4)):
            item = rng.choice(["tea", "tea", "jam", "egg"])
            if rng.random() < 0.6:
                calls.append(("add", item, rng.randint(1, 5), rng.randint(1, 6)))
            else:
                calls.append(("remove", item, rng.randint(1, 4)))
        yield [*calls, ("lines",), ("total",)]


def net_order_lines(lines: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Reduce order lines of (item, price, pieces) to one line for each item and price that still has pieces, in the
    order of the first line of each: a line with pieces above 0 adds them, one with pieces below 0 cancels as many, at
    whatever price, beginning with that of the item's lines which came up last for the first time, then the one before
    and so on; raise ValueError if more of an item is cancelled than was ordered by then.

    >>> net_order_lines([("tea", 5, 2), ("tea", 4, 1), ("jam", 3, 1), ("tea", 5, -2)])
    [('tea', 5, 1), ('jam', 3, 1)]
    """
    ordered: dict[tuple[str, int], int] = {}
    for item, price, pieces in lines:
        if pieces > 0:
            ordered[item, price] = ordered.get((item, price), 0) + pieces
            continue
        cancelled = -pieces
        for key in reversed(list(ordered)):
            if key[0] == item:
                taken = min(cancelled, ordered[key])
                ordered[key] -= taken
                cancelled -= taken
        if cancelled > 0:
            raise ValueError(f"too much of {item} cancelled")
    return [(item, price, pieces) for (item, price), pieces in ordered.items() if pieces > 0]


def inputs_net_order_lines(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]]]]:
    yield ([],)
    yield ([("tea", 5, -1)],)
    yield ([("tea", 5, 1), ("tea", 4, 1), ("tea", 5, -1), ("tea", 4, 2)],)
    yield ([("tea", 5, 2), ("tea", 4, 1), ("tea", 9, -3), ("jam", 1, 1)],)
    while True:
        lines = []
        for _ in range(rng.randint(1, 6)):
            lines.append((rng.choice(["tea", "tea", "jam"]), rng.choice([4, 5]), rng.randint(1, 4)))
        if rng.random() < 0.8:
            item, price, _ = rng.choice(lines)
            lines.insert(rng.randint(max(1, len(lines) - 2), len(lines)), (item, price, -rng.randint(1, 4)))
        yield (lines,)


def ship_orders(
    stock: dict[str, int], orders: list[tuple[str, int, dict[str, int]]]
) -> tuple[list[str], list[tuple[str, str]], dict[str, int]]:
    """Return (shipped, waiting, stock left) for orders of (number, priority, pieces wanted by item), tried from the
    highest priority to the lowest, equal ones in the order given: an order is shipped if all it wants is there, and
    otherwise waits and takes nothing; waiting pairs its number with the alphabetically first item that it lacks, an
    item missing in stock counts as 0 pieces, and the arguments are not changed.

    >>> ship_orders({"nut": 5}, [("o1", 1, {"nut": 3}), ("o2", 2, {"nut": 4})])
    (['o2'], [('o1', 'nut')], {'nut': 1})
    """
    left = dict(stock)
    shipped = []
    waiting = []
    for number, _, wanted in sorted(orders, key=lambda order: -order[1]):
        lacking = [item for item, pieces in wanted.items() if pieces > left.get(item, 0)]
        if lacking:
            waiting.append((number, min(lacking)))
            continue
        for item, pieces in wanted.items():
            left[item] -= pieces
        shipped.append(number)
    return shipped, waiting, left


def inputs_ship_orders(rng: Random) -> Iterator[tuple[dict[str, int], list[tuple[str, int, dict[str, int]]]]]:
    yield {"nut": 1}, []
    yield {}, [("o1", 1, {"nut": 1})]
    yield {"nut": 2, "cap": 1}, [("o1", 1, {"nut": 2}), ("o2", 1, {"nut": 1, "cap": 2}), ("o3", 0, {"cap": 1})]
    while True:
        stock = {item: rng.randint(1, 6) for item in draw.some(rng, ["nut", "cap"], 2, min_size=1)}
        orders = []
        for number in range(rng.randint(1, 3)):
            wanted = {item: rng.randint(1, 4) for item in draw.some(rng, ["nut", "cap"], 2, min_size=1)}
            orders.append((f"o{number + 1}", rng.randint(1, 2), wanted))
        yield stock, orders


def _parse_move(line: str) -> tuple[str, str, int] | None:
    words = line.split()
    if len(words) != 3 or words[0] not in ("in", "out", "set") or not words[2].isdecimal():
        return None
    return words[0], words[1], int(words[2])


def replay_moves(log: list[str]) -> tuple[dict[str, int], list[int]]:
    """Return (levels, rejected): the pieces of each item after replaying lines of the form "in ITEM N", "out ITEM N"
    or "set ITEM N", words apart by any blanks and N all digits, and the numbers, from 1, of the lines that are not of
    that form or take out more than is there, which change nothing; in adds, out takes away, set overwrites, an item
    not seen yet has 0 pieces, and levels names each item that an accepted line names.

    >>> replay_moves(["in nut 5", "out nut 7", "out nut 2", "lost cap 1"])
    ({'nut': 3}, [2, 4])
    """
    levels: dict[str, int] = {}
    rejected = []
    for number, line in enumerate(log, start=1):
        move = _parse_move(line)
        if move is None:
            rejected.append(number)
            continue
        verb, item, pieces = move
        level = levels.get(item, 0)
        if verb == "set":
            level = 0
        if verb == "out":
            pieces = -pieces
        if level + pieces < 0:
            rejected.append(number)
        else:
            levels[item] = level + pieces
    return levels, rejected


def inputs_replay_moves(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["out nut 0", "out cap 1"],)
    yield (["in nut 3", "set nut 1", "out nut 1", "in  nut 2 "],)
    yield (["in nut", "in nut 2 2", "add nut 2", "in nut two", ""],)
    while True:
        log = []
        for _ in range(rng.randint(1, 6)):
            verb = rng.choice(["in", "in", "in", "out", "out", "set", "set", "add"])
            item = rng.choice(["nut", "nut", "cap"])
            log.append(f"{verb} {item} {rng.choice(['x', 0, 1, 2, 3, 4, 4, 5, 5])}")
        yield (log,)


def count_variances(expected: dict[str, int], counted: dict[str, int], tolerance: int) -> list[tuple[str, int]]:
    """Return (item, counted minus expected) for the items whose difference, up or down, is more than tolerance percent
    of the pieces expected, the largest difference without regard to its sign first and by name between equal ones; an
    item that only one of the two names counts as 0 in the other.

    >>> count_variances({"cap": 10, "nut": 20}, {"cap": 11, "nut": 17, "rod": 2}, 10)
    [('nut', -3), ('rod', 2)]
    """
    found = []
    for item in set(expected) | set(counted):
        before = expected.get(item, 0)
        change = counted.get(item, 0) - before
        if abs(change) * 100 > tolerance * before:
            found.append((item, change))
    return sorted(found, key=lambda pair: (-abs(pair[1]), pair[0]))


def inputs_count_variances(rng: Random) -> Iterator[tuple[dict[str, int], dict[str, int], int]]:
    yield {}, {}, 0
    yield {"nut": 10}, {}, 100
    yield {"nut": 10}, {"cap": 1, "nut": 10}, 0
    yield {"nut": 10, "cap": 10, "rod": 10}, {"nut": 12, "cap": 8, "rod": 9}, 10
    while True:
        items = ["nut", "cap", "rod", "pin"]
        expected = {item: rng.choice([5, 10, 20]) for item in draw.some(rng, items, 4, min_size=1)}
        counted = {}
        for item in draw.some(rng, items, 4, min_size=2):
            counted[item] = expected.get(item, rng.randint(0, 2)) + rng.choice([-4, -2, -1, 0, 1, 2])
        yield expected, counted, rng.choice([0, 10, 20])


def _arrival(day: int) -> int:
    if day % 7 >= 5:
        return day + 7 - day % 7
    return day


def first_low_day(level: int, safety: int, demand: list[int], due: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the first day, counted from 0, at whose end the stock is below the safety level, with the stock then, or
    None if it never is; each day what is due that day, as (day, pieces), comes in and then the day's demand goes out,
    even below 0; day 0 is a Monday, and what is due on a Saturday or Sunday comes in on the Monday after.

    >>> first_low_day(9, 3, [2, 3, 3], [(1, 1)])
    (2, 2)
    """
    arrivals: dict[int, int] = {}
    for day, pieces in due:
        arrivals[_arrival(day)] = arrivals.get(_arrival(day), 0) + pieces
    for day, wanted in enumerate(demand):
        level += arrivals.get(day, 0) - wanted
        if level < safety:
            return day, level
    return None


def inputs_first_low_day(rng: Random) -> Iterator[tuple[int, int, list[int], list[tuple[int, int]]]]:
    yield 0, 1, [], []
    yield 3, 2, [1, 1], []
    yield 3, 0, [1, 1, 1, 1], [(3, 1)]
    yield 8, 1, [1, 1, 1, 1, 1, 1, 1, 1, 1], [(5, 1), (6, 1)]
    yield 8, 1, [1, 1, 1, 1, 1, 1, 1, 1, 1], [(4, 1)]
    while True:
        days = rng.randint(3, 9)
        due = [(rng.choice([0, 2, 4, 5, 5, 6, 6, 7]), rng.randint(1, 4)) for _ in range(rng.randint(0, 3))]
        yield rng.randint(2, 10), rng.randint(0, 2), draw.integers(rng, 0, 2, days, min_size=days), due


def fifo_profit(moves: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """Return (profit, left) for moves of (pieces, price), bought if the pieces are above 0 and sold if they are below:
    the profit is the money from sales less what the pieces sold had cost, those bought first being sold first, and
    left has the (pieces, price) bought and not yet sold, oldest first and not merged; raise ValueError if more is sold
    than is there.

    >>> fifo_profit([(3, 10), (2, 12), (-4, 15)])
    (18, [(1, 12)])
    """
    layers: deque[tuple[int, int]] = deque()
    profit = 0
    for pieces, price in moves:
        if pieces > 0:
            layers.append((pieces, price))
            continue
        wanted = -pieces
        while wanted > 0:
            if not layers:
                raise ValueError("sold more than bought")
            held, cost = layers.popleft()
            sold = min(held, wanted)
            profit += sold * (price - cost)
            wanted -= sold
            if held > sold:
                layers.appendleft((held - sold, cost))
    return profit, list(layers)


def inputs_fifo_profit(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(-1, 5)],)
    yield ([(2, 5), (-2, 4)],)
    yield ([(1, 5), (1, 5), (3, 7), (-2, 9), (-3, 6)],)
    while True:
        moves = [(rng.randint(1, 5), rng.randint(1, 9))]
        held = moves[0][0]
        for _ in range(rng.randint(1, 5)):
            pieces = rng.randint(1, 4)
            if rng.random() < 0.5:
                pieces = -min(pieces, held + (rng.random() < 0.1))
            moves.append((pieces or 1, rng.randint(1, 9)))
            held += moves[-1][0]
        yield (moves,)


class HoldBook:
    """Keep a stock of pieces and holds on them by name: hold reserves pieces until a time and returns True, or changes
    nothing and returns False if the name has a hold still in force or fewer pieces are available; available returns
    the stock less the pieces of all holds in force; take ends the hold of the name, takes its pieces from the stock
    and returns how many, or raises KeyError if it has none in force; a hold is in force while now is before its until.

    >>> book = HoldBook(5)
    >>> book.hold("ann", 3, 10, 20)
    True
    >>> book.available(19), book.available(20)
    (2, 5)
    """

    def __init__(self, stock: int) -> None:
        self._stock = stock
        self._holds: dict[str, tuple[int, int]] = {}

    def _held(self, name: str, now: int) -> int:
        hold = self._holds.get(name)
        return hold[0] if hold and now < hold[1] else 0

    def available(self, now: int) -> int:
        return self._stock - sum(self._held(name, now) for name in self._holds)

    def hold(self, name: str, pieces: int, now: int, until: int) -> bool:
        if self._held(name, now) > 0 or pieces > self.available(now):
            return False
        self._holds[name] = (pieces, until)
        return True

    def take(self, name: str, now: int) -> int:
        pieces = self._held(name, now)
        if pieces == 0:
            raise KeyError(name)
        del self._holds[name]
        self._stock -= pieces
        return pieces


def inputs_HoldBook(rng: Random) -> Iterator[draw.Calls]:
    yield [("HoldBook", 0), ("hold", "ann", 1, 0, 9), ("available", 0)]
    yield [("HoldBook", 4), ("hold", "ann", 4, 0, 5), ("hold", "ann", 1, 5, 9), ("available", 6), ("take", "ann", 9)]
    yield [("HoldBook", 4), ("hold", "ann", 2, 0, 5), ("take", "ann", 4), ("take", "ann", 4), ("available", 4)]
    while True:
        calls: draw.Calls = [("HoldBook", rng.randint(3, 8))]
        now = 0
        for _ in range(rng.randint(2, 4)):
            name = rng.choice(["ann", "bob"])
            if len(calls) == 1 or rng.random() < 0.65:
                calls.append(("hold", name, rng.randint(1, 4), now, now + rng.randint(1, 4)))
            else:
                calls.append(("take", name, now))
            now += rng.randint(0, 2)
        yield [*calls, ("available", now), ("available", now + 1)]


_MOST_ITEMS = 3


def pack_boxes(items: list[tuple[str, int]], limit: int) -> list[list[str]]:
    """Pack items of (name, weight) into boxes that take at most 3 items and at most the limit in weight, going through
    them from the heaviest to the lightest, equal ones in the order given, and putting each into the first box where it
    still fits or else into a new last one; return the names in each box as they were put in, and raise ValueError if
    an item alone is above the limit.

    >>> pack_boxes([("cup", 2), ("pot", 6), ("jug", 5), ("pan", 4)], 10)
    [['pot', 'pan'], ['jug', 'cup']]
    """
    boxes: list[list[str]] = []
    loads: list[int] = []
    for name, weight in sorted(items, key=lambda item: item[1], reverse=True):
        if weight > limit:
            raise ValueError(f"{name} is too heavy")
        for at, box in enumerate(boxes):
            if len(box) < _MOST_ITEMS and loads[at] + weight <= limit:
                box.append(name)
                loads[at] += weight
                break
        else:
            boxes.append([name])
            loads.append(weight)
    return boxes


def inputs_pack_boxes(rng: Random) -> Iterator[tuple[list[tuple[str, int]], int]]:
    yield [], 5
    yield [("cup", 5)], 5
    yield [("cup", 2), ("pot", 6)], 5
    yield [("cup", 1), ("pot", 1), ("jug", 1), ("pan", 1)], 5
    while True:
        names = draw.some(rng, ["cup", "pot", "jug", "pan", "lid", "mug"], 6, min_size=2)
        yield [(name, rng.randint(1, 6)) for name in names], rng.choice([6, 7, 8, 10, 5 + (rng.random() < 0.7)])


def _add_parts(
    name: str, count: int, recipes: dict[str, list[tuple[str, int]]], inside: list[str], needs: dict[str, int]
) -> None:
    if name in inside:
        raise ValueError(f"{name} contains itself")
    if name not in recipes:
        needs[name] = needs.get(name, 0) + count
        return
    for part, number in recipes[name]:
        _add_parts(part, count * number, recipes, [*inside, name], needs)


def explode_kit(kit: str, count: int, recipes: dict[str, list[tuple[str, int]]]) -> list[tuple[str, int]]:
    """Return the (part, pieces) needed for count pieces of the kit, the most pieces first and by name between equal
    ones, where recipes lists for a name the parts, each with its number, that one piece of it is made of, those being
    made the same way in turn, and names without a recipe, the kit itself too, are parts to be counted; raise
    ValueError if a name that is needed contains itself, directly or not.

    >>> explode_kit("bike", 2, {"bike": [("wheel", 2), ("bell", 1)], "wheel": [("spoke", 9), ("tyre", 1)]})
    [('spoke', 36), ('tyre', 4), ('bell', 2)]
    """
    needs: dict[str, int] = {}
    _add_parts(kit, count, recipes, [], needs)
    return sorted(needs.items(), key=lambda pair: (-pair[1], pair[0]))


def inputs_explode_kit(rng: Random) -> Iterator[tuple[str, int, dict[str, list[tuple[str, int]]]]]:
    yield "a", 3, {}
    yield "a", 1, {"a": [("a", 1)]}
    yield "a", 2, {"a": []}
    yield "a", 1, {"a": [("b", 1), ("c", 1)], "b": [("d", 2)], "c": [("d", 2), ("b", 1)]}
    yield "a", 1, {"a": [("x", 1)], "b": [("b", 1)]}
    while True:
        recipes = {}
        for name in draw.some(rng, "abc", 3, min_size=2):
            pool = [other for other in "abcxyz" if other > name]
            recipes[name] = [(part, rng.randint(1, 3)) for part in draw.some(rng, pool, 3, min_size=1)]
        if rng.random() < 0.15:
            recipes.setdefault("c", []).append((rng.choice("abc"), 1))
        yield rng.choice("aaab"), rng.randint(1, 3), recipes


_CLASS_LIMITS = ((80, "A"), (95, "B"), (100, "C"))


def abc_classes(values: dict[str, int]) -> list[tuple[str, str]]:
    """Return (item, class) for items and their values, all above 0, the highest value first and by name between equal
    ones: class A if the values of the items up to and with it in that order come to at most 80 percent of all values
    together, otherwise B if to at most 95 percent, and otherwise C.

    >>> abc_classes({"nut": 15, "cap": 80, "rod": 5})
    [('cap', 'A'), ('nut', 'B'), ('rod', 'C')]
    """
    total = sum(values.values())
    running = 0
    classes = []
    for item, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0])):
        running += value
        name = next(name for percent, name in _CLASS_LIMITS if running * 100 <= percent * total)
        classes.append((item, name))
    return classes


def inputs_abc_classes(rng: Random) -> Iterator[tuple[dict[str, int]]]:
    yield ({},)
    yield ({"nut": 3},)
    yield ({"nut": 1, "cap": 1, "rod": 3, "pin": 15},)
    while True:
        names = draw.some(rng, ["nut", "cap", "rod", "pin", "cog", "hub"], 6, min_size=2)
        if rng.random() < 0.6:
            cuts = [0, *sorted(rng.sample(range(1, 20), len(names) - 1)), 20]
            yield ({name: cuts[at + 1] - cuts[at] for at, name in enumerate(names)},)
        else:
            yield ({name: rng.choice([1, 2, 3, 5, 16, 20]) for name in names},)
