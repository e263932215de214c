"""Things that happen step by step: counters, accounts, herds, cells, lifts, robots, batteries, servers."""

from collections import Counter
from collections.abc import Iterator
from heapq import heapreplace
from random import Random

from debugarena.builder.programs import draw


def counter_waits(customers: list[tuple[int, int]], clerks: int, patience: int) -> list[tuple[int, int] | None]:
    """Serve customers, given as (arrival, minutes to serve) in the order they arrive, at that many clerks numbered from
    1, all free from time 0: each in turn goes to the clerk who is done earliest with those before (the lowest number on
    a tie), or leaves at once if the wait there would be longer than patience; return for each the pair (clerk, minutes
    waited), or None if he left.

    >>> counter_waits([(0, 5), (1, 4), (2, 3), (3, 1)], 2, 2)
    [(1, 0), (2, 0), None, (1, 2)]
    """
    free = [(0, clerk) for clerk in range(1, clerks + 1)]
    served: list[tuple[int, int] | None] = []
    for arrival, minutes in customers:
        done, clerk = free[0]
        start = max(done, arrival)
        if start - arrival > patience:
            served.append(None)
        else:
            heapreplace(free, (start + minutes, clerk))
            served.append((clerk, start - arrival))
    return served


def inputs_counter_waits(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int]]:
    yield [], 1, 2
    yield [(0, 3), (0, 3)], 1, 3
    yield [(0, 3), (0, 3)], 1, 2
    yield [(0, 2), (0, 2), (2, 1)], 2, 0
    yield [(1, 4), (1, 2), (9, 1), (9, 1)], 2, 0
    while True:
        arrivals = sorted(draw.integers(rng, 0, 7, max_size=7, min_size=3))
        yield [(arrival, rng.randint(1, 5)) for arrival in arrivals], rng.randint(1, 3), rng.randint(0, 4)


def _closing(balance: int) -> int:
    if balance < 0:
        return balance - 2
    return balance + balance // 20


def overdraft_days(opening: int, postings: list[tuple[int, int]], days: int, limit: int) -> list[int]:
    """Return the balance of an account at the end of each day from 1 to days: on each day the (day, amount) postings of
    that day are made in the order listed, one with a negative amount being refused if it would take the balance below
    -limit, and then 2 is charged if the balance is negative (even beyond the limit), or else 1 is paid for every full
    20 in the account.

    >>> overdraft_days(30, [(1, -45), (2, -1), (2, 60), (3, -5)], 3, 15)
    [-17, 45, 42]
    """
    balance = opening
    closings = []
    for today in range(1, days + 1):
        for day, amount in postings:
            if day == today and (amount >= 0 or balance + amount >= -limit):
                balance += amount
        balance = _closing(balance)
        closings.append(balance)
    return closings


def inputs_overdraft_days(rng: Random) -> Iterator[tuple[int, list[tuple[int, int]], int, int]]:
    yield 0, [], 0, 5
    yield 0, [], 2, 5
    yield 20, [], 3, 0
    yield 19, [(1, 1)], 1, 0
    yield 5, [(1, -5), (2, -1)], 2, 0
    yield 5, [(1, -10), (1, -1)], 1, 5
    yield 0, [(1, -9), (2, 3), (3, 0)], 3, 9
    while True:
        postings = [(rng.randint(1, 4), rng.randint(-12, 9) * rng.choice([1, 2])) for _ in range(rng.randint(2, 6))]
        yield rng.randint(0, 25), postings, rng.randint(2, 4), rng.choice([0, 5, 10])


_ADULT = 2


def herd_after(ages: list[int], years: int, room: int) -> list[int]:
    """Return how many animals of each age a herd has after some years, where ages[n] is how many are n years old now
    and is left unchanged: each year all grow one year older, those of the last age in the list die, then every full
    pair of animals aged 2 or more (of any ages) has one young of age 0, and then the oldest are sold until at most room
    are left.

    >>> herd_after([2, 3, 1], 1, 5)
    [1, 2, 2]
    """
    for _ in range(years):
        ages = [0, *ages[:-1]]
        ages[0] = sum(ages[_ADULT:]) // 2
        surplus = sum(ages) - room
        for age in reversed(range(len(ages))):
            sold = min(ages[age], max(surplus, 0))
            ages[age] -= sold
            surplus -= sold
    return ages


def inputs_herd_after(rng: Random) -> Iterator[tuple[list[int], int, int]]:
    yield [3, 1, 4], 0, 2
    yield [1], 1, 5
    yield [0, 2, 0], 1, 9
    yield [0, 3, 3, 0], 2, 20
    yield [4, 4, 4, 4], 1, 6
    yield [2, 2], 1, 0
    while True:
        yield draw.integers(rng, 0, 5, max_size=6, min_size=3), rng.randint(1, 4), rng.randint(3, 18)


def _next_row(cells: str, rule: int) -> str:
    bits = [int(cell == "#") for cell in cells]
    after = []
    for i, bit in enumerate(bits):
        place = 4 * bits[i - 1] + 2 * bit + bits[(i + 1) % len(bits)]
        after.append("#" if rule >> place & 1 else ".")
    return "".join(after)


def row_cycle(cells: str, rule: int) -> tuple[str, int, int]:
    """Develop a ring of cells, "#" alive and "." dead, its last cell being the left neighbour of its first, until a row
    appears that was there before, and return (that row, number of steps at which it first was there, number of steps at
    which it is back), the row given being at 0 steps; a cell is alive after a step if the bit of rule worth 2 to the
    power of 4 * left + 2 * own + right is set, where each is 1 for that cell alive before the step and else 0.

    >>> row_cycle("#..", 16)
    ('#..', 0, 3)
    """
    seen: dict[str, int] = {}
    while cells not in seen:
        seen[cells] = len(seen)
        cells = _next_row(cells, rule)
    return cells, seen[cells], len(seen)


def inputs_row_cycle(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 30
    yield "#", 0
    yield "#", 255
    yield ".#", 1
    yield "#...", 90
    yield "##..#", 110
    while True:
        yield draw.text(rng, "#.", max_size=7, min_size=3), rng.randint(1, 254)


_SPREAD = ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 2))


def burn_forest(rows: list[str], minutes: int) -> list[str]:
    """Return the map of a forest after so many minutes, where T is a tree, F a burning tree and a point bare ground: in
    each minute every burning tree sets fire to the trees next to it above, below, left and right and, because of the
    wind, to the one two places to its right whatever lies between, and then is bare ground itself.

    >>> burn_forest(["TFTTT", "TTT.T"], 1)
    ['F.FFT', 'TFT.T']
    """
    cells = {(y, x): cell for y, row in enumerate(rows) for x, cell in enumerate(row)}
    fires = {place for place, cell in cells.items() if cell == "F"}
    trees = {place for place, cell in cells.items() if cell == "T"}
    for _ in range(minutes):
        fires = {(y + dy, x + dx) for y, x in fires for dy, dx in _SPREAD} & trees
        trees -= fires
    after = []
    for y, row in enumerate(rows):
        marks = ["F" if (y, x) in fires else "T" if (y, x) in trees else "." for x in range(len(row))]
        after.append("".join(marks))
    return after


def inputs_burn_forest(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 1
    yield ["TFT"], 0
    yield ["TFTTT"], 1
    yield ["F.T", "T.T"], 2
    yield ["TTT", "TFT", "TTT"], 2
    yield ["TT.T", "TT.T"], 3
    while True:
        width = rng.randint(2, 6)
        yield [draw.text(rng, "TTTTTF.", width, width) for _ in range(rng.randint(1, 4))], rng.randint(1, 3)


class Lift:
    """Move a lift: Lift(floor, top) stands at that floor and heads up, press(floor) asks for a floor or raises
    ValueError unless it is from 0 to top, and run(ticks) returns what happens in each tick as "floor what": if the
    floor it is at is asked for, the lift opens there ("3 open"), which settles it; if none is asked for, it stays
    ("3 idle"); otherwise it turns round first if no floor asked for lies ahead and moves one floor ("4 moving", naming
    the floor reached); idling and opening keep the heading.

    >>> lift = Lift(1, 5)
    >>> lift.press(2)
    >>> lift.press(0)
    >>> lift.run(4)
    ['2 moving', '2 open', '1 moving', '0 moving']
    """

    def __init__(self, floor: int, top: int) -> None:
        self._floor = floor
        self._top = top
        self._step = 1
        self._wanted: set[int] = set()

    def press(self, floor: int) -> None:
        if not 0 <= floor <= self._top:
            raise ValueError("no such floor")
        self._wanted.add(floor)

    def run(self, ticks: int) -> list[str]:
        seen = []
        for _ in range(ticks):
            what = self._tick()
            seen.append(f"{self._floor} {what}")
        return seen

    def _tick(self) -> str:
        if self._floor in self._wanted:
            self._wanted.remove(self._floor)
            return "open"
        if not self._wanted:
            return "idle"
        if all((floor - self._floor) * self._step < 0 for floor in self._wanted):
            self._step = -self._step
        self._floor += self._step
        return "moving"


def inputs_Lift(rng: Random) -> Iterator[draw.Calls]:
    yield [("Lift", 2, 4), ("run", 1), ("press", 5), ("press", -1), ("press", 4), ("press", 0), ("run", 4)]
    yield [("Lift", 2, 4), ("press", 2), ("press", 2), ("run", 3)]
    yield [("Lift", 2, 4), ("press", 1), ("press", 3), ("run", 2), ("press", 4), ("run", 5)]
    yield [("Lift", 3, 4), ("press", 1), ("run", 3), ("press", 0), ("press", 2), ("run", 3)]
    while True:
        top = rng.randint(3, 5)
        calls: draw.Calls = [("Lift", rng.randint(0, top), top)]
        calls += [("press", rng.randint(0, top)) for _ in range(rng.randint(1, 2))]
        calls += [("run", rng.randint(1, 4))]
        calls += [("press", rng.randint(0, top + (rng.random() < 0.3))) for _ in range(rng.randint(1, 2))]
        yield [*calls, ("run", rng.randint(3, 6))]


def march_robots(length: int, robots: list[tuple[int, int]], steps: int) -> list[tuple[int, int]]:
    """Return the sorted (place, heading) of the robots still on a plank with places 0 to length - 1 after so many
    steps, where heading is 1 or -1: in each step all move one place on together, those that leave the plank are gone,
    and then wherever several robots stand on one place each of them turns round, while robots that swap places pass.

    >>> march_robots(5, [(0, 1), (2, -1), (4, 1)], 1)
    [(1, -1), (1, 1)]
    """
    for _ in range(steps):
        moved = [(place + heading, heading) for place, heading in robots]
        left = [(place, heading) for place, heading in moved if 0 <= place < length]
        crowd = Counter(place for place, _ in left)
        robots = [(place, -heading if crowd[place] > 1 else heading) for place, heading in left]
    return sorted(robots)


def inputs_march_robots(rng: Random) -> Iterator[tuple[int, list[tuple[int, int]], int]]:
    yield 3, [], 2
    yield 3, [(2, 1), (0, -1), (1, 1)], 0
    yield 3, [(2, 1), (0, -1)], 1
    yield 3, [(1, 1), (1, -1)], 1
    yield 4, [(1, 1), (2, -1)], 1
    yield 5, [(0, 1), (2, 1), (4, -1)], 2
    while True:
        length = rng.randint(4, 8)
        robots = [(rng.randint(0, length - 1), rng.choice([1, -1])) for _ in range(rng.randint(2, 6))]
        yield length, robots, rng.randint(1, 4)


def battery_hours(hours: list[tuple[int, int]], capacity: int, reserve: int, rate: int) -> tuple[int, int, int]:
    """Run a house battery that starts with a charge of reserve through hours of (power made, power used) and return
    (charge, bought, sold): what an hour makes beyond its use is charged and what it lacks is taken from the battery,
    either way at most rate an hour, never above capacity and never below reserve, the rest being sold or bought.

    >>> battery_hours([(9, 1), (0, 3), (1, 3)], 10, 2, 5)
    (2, 0, 3)
    """
    charge = reserve
    bought = sold = 0
    for made, used in hours:
        surplus = made - used
        flow = min(max(surplus, -rate, reserve - charge), rate, capacity - charge)
        charge += flow
        if surplus > flow:
            sold += surplus - flow
        else:
            bought += flow - surplus
    return charge, bought, sold


def inputs_battery_hours(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int, int]]:
    yield [], 9, 3, 2
    yield [(5, 5)], 9, 3, 2
    yield [(9, 1), (9, 1)], 9, 3, 4
    yield [(1, 9)], 9, 3, 4
    yield [(6, 0), (0, 9)], 20, 3, 4
    yield [(4, 0), (4, 0), (0, 3)], 7, 1, 9
    while True:
        hours = [(rng.randint(0, 9), rng.randint(0, 7)) for _ in range(rng.randint(2, 6))]
        yield hours, rng.randint(6, 12), rng.randint(0, 4), rng.randint(2, 6)


class TokenBucket:
    """Limit a rate by tokens: TokenBucket(capacity, interval) is full at time 0, and at every later multiple of
    interval one token comes in unless it is full; take(now, cost) removes cost tokens and returns True, or returns
    False and removes none if there are fewer, and wait(now, cost) returns how long after now there will be cost tokens
    if none is taken (0 if there are already), or raises ValueError if cost exceeds capacity; now never goes back.

    >>> bucket = TokenBucket(3, 10)
    >>> bucket.take(4, 2)
    True
    >>> bucket.wait(5, 3)
    15
    """

    def __init__(self, capacity: int, interval: int) -> None:
        self._capacity = capacity
        self._interval = interval
        self._tokens = capacity
        self._filled = 0

    def _fill(self, now: int) -> None:
        ticks = now // self._interval
        self._tokens = min(self._capacity, self._tokens + ticks - self._filled)
        self._filled = ticks

    def take(self, now: int, cost: int) -> bool:
        self._fill(now)
        if cost > self._tokens:
            return False
        self._tokens -= cost
        return True

    def wait(self, now: int, cost: int) -> int:
        if cost > self._capacity:
            raise ValueError("more than the bucket holds")
        self._fill(now)
        if cost <= self._tokens:
            return 0
        return (self._filled + cost - self._tokens) * self._interval - now


def inputs_TokenBucket(rng: Random) -> Iterator[draw.Calls]:
    yield [("TokenBucket", 2, 5), ("take", 0, 3), ("take", 0, 2), ("wait", 0, 0), ("wait", 0, 1), ("take", 5, 1)]
    yield [("TokenBucket", 2, 5), ("wait", 1, 3), ("wait", 1, 2), ("take", 4, 1), ("take", 20, 2), ("wait", 20, 1)]
    yield [("TokenBucket", 3, 4), ("take", 3, 3), ("take", 7, 2), ("take", 8, 2), ("wait", 9, 3)]
    while True:
        capacity = rng.randint(2, 4)
        calls: draw.Calls = [("TokenBucket", capacity, rng.randint(2, 5))]
        now = 0
        for _ in range(rng.randint(3, 5)):
            now += rng.randint(0, 5)
            name = rng.choice(["take", "take", "wait"])
            calls.append((name, now, rng.randint(1, capacity + (rng.random() < 0.2))))
        yield [*calls, ("wait", now + rng.randint(0, 3), capacity)]


def assign_requests(requests: list[tuple[int, int]], capacities: list[int]) -> list[int | None]:
    """Give each request, a (time, duration) in the order of time, to one of the servers, of which capacities says how
    many requests each can have running, and return the servers' indices: the server with the most free places takes
    it, the one with the lowest index on a tie, or None if no place is free; a request holds its place from its time on
    and has given it back at time + duration.

    >>> assign_requests([(0, 4), (1, 9), (2, 5), (4, 1)], [2, 1])
    [0, 0, 1, 0]
    """
    running: list[list[int]] = [[] for _ in capacities]
    chosen: list[int | None] = []
    for time, duration in requests:
        running = [[end for end in ends if end > time] for ends in running]
        free = [capacity - len(ends) for capacity, ends in zip(capacities, running, strict=True)]
        if max(free, default=0) == 0:
            chosen.append(None)
        else:
            server = free.index(max(free))
            running[server].append(time + duration)
            chosen.append(server)
    return chosen


def inputs_assign_requests(rng: Random) -> Iterator[tuple[list[tuple[int, int]], list[int]]]:
    yield [], [1]
    yield [(0, 3)], []
    yield [(0, 3), (2, 1), (3, 1)], [1]
    yield [(0, 3), (0, 3), (0, 3)], [1, 1]
    yield [(0, 2), (1, 2), (2, 2), (2, 2)], [1, 2]
    while True:
        times = sorted(draw.integers(rng, 0, 7, max_size=7, min_size=3))
        yield [(time, rng.randint(1, 5)) for time in times], draw.integers(rng, 0, 2, max_size=3, min_size=2)


_HEADINGS = {"U": (0, -1), "D": (0, 1), "L": (-1, 0), "R": (1, 0)}


def snake_game(width: int, height: int, moves: str, food: list[tuple[int, int]]) -> tuple[int, list[tuple[int, int]]]:
    """Play a snake that starts as the one cell (0, 0) of a board with columns 0 to width - 1 and rows 0 to height - 1,
    the food lying there one piece at a time in the order given: U, D, L and R move the head up, down (to the next
    higher row), left and right, the tail follows unless the head reaches the food, and the game ends before a move that
    leaves the board or meets a cell of the snake (the tail that follows has gone already); return how many moves were
    made and the cells (column, row) from head to tail, an empty list if the game ended so.

    >>> snake_game(3, 2, "RDL", [(1, 0), (1, 1)])
    (3, [(0, 1), (1, 1), (1, 0)])
    """
    body = [(0, 0)]
    eaten = 0
    for made, move in enumerate(moves):
        dx, dy = _HEADINGS[move]
        head = x, y = body[0][0] + dx, body[0][1] + dy
        if head in food[eaten : eaten + 1]:
            eaten += 1
        else:
            body.pop()
        if head in body or not (0 <= x < width and 0 <= y < height):
            return made, []
        body.insert(0, head)
    return len(moves), body


def inputs_snake_game(rng: Random) -> Iterator[tuple[int, int, str, list[tuple[int, int]]]]:
    yield 2, 2, "", []
    yield 2, 2, "RR", [(1, 0)]
    yield 2, 2, "RDL", [(1, 0), (1, 1)]
    yield 2, 2, "RDLU", [(1, 0), (1, 1), (0, 1)]
    yield 2, 2, "RDLUR", [(1, 0), (1, 1), (0, 1), (0, 0)]
    yield 3, 2, "RL", [(1, 0)]
    yield 3, 2, "RL", [(1, 0), (0, 0)]
    yield 3, 3, "U", []
    yield 3, 3, "DDD", []
    while True:
        width, height = rng.randint(2, 3), rng.randint(2, 3)
        x = y = 0
        moves, food = "", []
        for _ in range(rng.randint(3, 8)):
            safe = [m for m, (dx, dy) in _HEADINGS.items() if 0 <= x + dx < width and 0 <= y + dy < height]
            if moves and len(safe) > 1 and rng.random() < 0.9:
                safe = [m for m in safe if m + moves[-1] not in ("UD", "DU", "LR", "RL")]
            moves += rng.choice(safe if rng.random() < 0.95 else "UDLR")
            x, y = x + _HEADINGS[moves[-1]][0], y + _HEADINGS[moves[-1]][1]
            if not (0 <= x < width and 0 <= y < height):
                break
            if rng.random() < 0.6:
                food.append((x, y))
        yield width, height, moves, food


_LONGEST_WAIT = 8


def _reachable(time: int, outages: list[tuple[int, int]]) -> bool:
    return not any(start <= time < end for start, end in outages)


def retry_times(outages: list[tuple[int, int]], start: int, wait: int, tries: int) -> tuple[list[int], bool]:
    """Return the times of the attempts to reach a service and whether the last one got through: the first attempt is
    at start, the second one wait later, and each further wait is twice the one before but never more than 8 (nor is the
    first one), until an attempt succeeds or tries attempts are made; an attempt fails at a time in one of the outages,
    which are (first time, time it is over) each, and with no tries none is made and the answer is False.

    >>> retry_times([(0, 4), (5, 12)], 1, 3, 4)
    ([1, 4], True)
    """
    attempts: list[int] = []
    time = start
    while len(attempts) < tries:
        attempts.append(time)
        if _reachable(time, outages):
            return attempts, True
        wait = min(wait, _LONGEST_WAIT)
        time += wait
        wait *= 2
    return attempts, False


def inputs_retry_times(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int, int]]:
    yield [], 5, 1, 3
    yield [(0, 9)], 0, 1, 0
    yield [(0, 9)], 9, 1, 3
    yield [(0, 9)], 8, 1, 3
    yield [(0, 99)], 0, 3, 5
    yield [(0, 99)], 0, 9, 3
    yield [(0, 4), (4, 6)], 2, 2, 9
    while True:
        outages = []
        at = rng.randint(0, 2)
        for _ in range(rng.randint(1, 3)):
            end = at + rng.randint(2, 14)
            outages.append((at, end))
            at = end + rng.randint(1, 4)
        rng.shuffle(outages)
        yield outages, rng.randint(0, 6), rng.randint(1, 5) + 5 * (rng.random() < 0.15), rng.randint(2, 6)


def stock_reorder(stock: int, demand: list[int], level: int, lot: int, lead: int) -> tuple[list[int], int]:
    """Return the stock at the end of each day and the total demand that could not be met: each day what was ordered
    lead (at least 1) days ago arrives first, then as much of that day's demand as possible is met and the rest is lost,
    and then, if the stock and all that is on its way together are at most level, one lot is ordered.

    >>> stock_reorder(5, [3, 4, 2], 3, 6, 2)
    ([2, 0, 4], 2)
    """
    arrivals: list[int] = []
    closings = []
    lost = 0
    for day, wanted in enumerate(demand):
        stock += lot * arrivals.count(day)
        met = min(stock, wanted)
        stock -= met
        lost += wanted - met
        on_the_way = lot * sum(arrival > day for arrival in arrivals)
        if stock + on_the_way <= level:
            arrivals.append(day + lead)
        closings.append(stock)
    return closings, lost


def inputs_stock_reorder(rng: Random) -> Iterator[tuple[int, list[int], int, int, int]]:
    yield 5, [], 3, 6, 2
    yield 5, [5, 0, 1], 0, 6, 1
    yield 5, [2, 0, 0], 3, 6, 1
    yield 5, [1, 0, 0], 3, 6, 1
    yield 0, [1, 1, 1, 1], 9, 4, 2
    yield 4, [5, 5, 5], 4, 4, 1
    while True:
        yield (
            rng.randint(0, 8),
            draw.integers(rng, 0, 5, max_size=7, min_size=3),
            rng.randint(1, 8),
            rng.randint(3, 7),
            rng.randint(1, 3),
        )
