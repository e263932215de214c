"""Things that wait in line, and stacks: priorities, delays, retries, tickets, windows, batches, order books."""

from collections import deque
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from random import Random

from debugarena.builder.programs import draw


class TaskQueue:
    """Line up named tasks by priority: push(name, priority) adds a task, or moves one that waits to its new priority as
    if it had just come, cancel(name) removes a waiting task or raises KeyError if it is not waiting, and pop removes
    and returns the task with the highest priority, the one that came first on a tie, or raises IndexError if none is
    waiting.

    >>> tasks = TaskQueue()
    >>> tasks.push("a", 1)
    >>> tasks.push("b", 2)
    >>> tasks.push("a", 2)
    >>> tasks.pop()
    'b'
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._waiting: dict[str, int] = {}
        self._count = 0

    def push(self, name: str, priority: int) -> None:
        self._count += 1
        self._waiting[name] = self._count
        heappush(self._heap, (-priority, self._count, name))

    def cancel(self, name: str) -> None:
        del self._waiting[name]

    def pop(self) -> str:
        while True:
            _, number, name = heappop(self._heap)
            if self._waiting.get(name) == number:
                del self._waiting[name]
                return name


def inputs_TaskQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("TaskQueue",), ("pop",), ("cancel", "a"), ("push", "a", 1), ("pop",), ("pop",)]
    yield [("TaskQueue",), ("push", "b", 1), ("push", "a", 1), ("pop",), ("cancel", "b"), ("pop",)]
    yield [("TaskQueue",), ("push", "a", 3), ("push", "b", 2), ("push", "a", 1), ("pop",), ("pop",), ("pop",)]
    yield [("TaskQueue",), ("push", "a", 3), ("cancel", "a"), ("cancel", "a"), ("pop",)]
    yield [("TaskQueue",), ("push", "a", 3), ("cancel", "a"), ("push", "a", 1), ("push", "b", 2), ("pop",), ("pop",)]
    while True:
        calls: draw.Calls = [("TaskQueue",)]
        names: list[str] = []
        for _ in range(rng.randint(3, 4)):
            if names and rng.random() < 0.2:
                calls.append(("cancel", rng.choice(names)))
            else:
                names.append(rng.choice("abcd"))
                calls.append(("push", names[-1], rng.randint(1, 3)))
        yield [*calls, ("pop",), ("pop",)]


class MaxQueue:
    """Queue numbers first in, first out, with the greatest at hand: push adds one at the end, pop removes and returns
    the first, and maximum returns the greatest one in the queue and leaves it there; pop and maximum raise IndexError
    if the queue is empty.

    >>> queue = MaxQueue()
    >>> queue.push(9)
    >>> queue.push(4)
    >>> queue.pop()
    9
    >>> queue.maximum()
    4
    """

    def __init__(self) -> None:
        self._inbox: list[tuple[int, int]] = []
        self._outbox: list[tuple[int, int]] = []

    def _put(self, stack: list[tuple[int, int]], number: int) -> None:
        greatest = max(number, stack[-1][1]) if stack else number
        stack.append((number, greatest))

    def push(self, number: int) -> None:
        self._put(self._inbox, number)

    def pop(self) -> int:
        if not self._outbox:
            while self._inbox:
                self._put(self._outbox, self._inbox.pop()[0])
        return self._outbox.pop()[0]

    def maximum(self) -> int:
        tops = [stack[-1][1] for stack in (self._inbox, self._outbox) if stack]
        if not tops:
            raise IndexError("empty")
        return max(tops)


def inputs_MaxQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("MaxQueue",), ("maximum",), ("pop",), ("push", 0), ("maximum",), ("pop",), ("maximum",)]
    yield [("MaxQueue",), ("push", 5), ("push", 3), ("pop",), ("push", 4), ("maximum",), ("pop",)]
    yield [("MaxQueue",), ("push", 5), ("push", 7), ("push", 7), ("pop",), ("pop",), ("maximum",)]
    yield [("MaxQueue",), ("push", -2), ("push", -5), ("maximum",), ("pop",), ("maximum",), ("pop",)]
    while True:
        calls: draw.Calls = [("MaxQueue",), ("push", rng.randint(-3, 9)), ("push", rng.randint(-3, 9))]
        for _ in range(rng.randint(2, 4)):
            calls.append(("pop",) if rng.random() < 0.4 else ("push", rng.randint(-3, 9)))
        yield [*calls, ("maximum",), ("pop",), ("maximum",)]


class DelayQueue:
    """Hold items back until they are due: put(item, due) adds one, take(now) removes and returns the item with the
    earliest due time if that is now or earlier (the one put in first on a tie), otherwise None, wait(now) returns how
    long after now the next item is due, 0 if one is due already and None if the queue is empty, and overdue(now)
    returns how many items were due earlier than now.

    >>> queue = DelayQueue()
    >>> queue.put("a", 5)
    >>> queue.wait(3)
    2
    >>> queue.take(5)
    'a'
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._count = 0

    def put(self, item: str, due: int) -> None:
        self._count += 1
        heappush(self._heap, (due, self._count, item))

    def take(self, now: int) -> str | None:
        if self._heap and self._heap[0][0] <= now:
            return heappop(self._heap)[2]
        return None

    def wait(self, now: int) -> int | None:
        if not self._heap:
            return None
        return max(self._heap[0][0] - now, 0)

    def overdue(self, now: int) -> int:
        return sum(due < now for due, _, _ in self._heap)


def inputs_DelayQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("DelayQueue",), ("take", 1), ("wait", 1), ("overdue", 1), ("put", "a", 1), ("overdue", 1), ("take", 1)]
    yield [("DelayQueue",), ("put", "b", 3), ("put", "a", 3), ("take", 2), ("wait", 2), ("take", 3), ("take", 3)]
    yield [("DelayQueue",), ("put", "b", 3), ("put", "a", 1), ("wait", 2), ("overdue", 4), ("take", 4), ("wait", 4)]
    while True:
        calls: draw.Calls = [("DelayQueue",)]
        calls += [("put", rng.choice("abc"), rng.randint(1, 5)) for _ in range(rng.randint(2, 3))]
        now = rng.randint(1, 4)
        calls.append((rng.choice(["take", "wait", "overdue"]), now))
        now += rng.randint(0, 1)
        calls.append(("take", now))
        now += rng.randint(0, 2)
        yield [*calls, ("wait", now), (rng.choice(["take", "overdue"]), now)]


class JobQueue:
    """Hand out jobs that may fail: JobQueue(tries) allows each job that many (at least 1) starts, add puts in a job
    (each name once only), start takes the first waiting job, which is then running, and returns it or raises IndexError
    if none is waiting, finish(job) ends a running job for good, fail(job) puts a running job at the end of the line or,
    if it has had all its starts, gives it up, both raising KeyError if the job is not running, and status returns the
    lists (waiting in order, running sorted, given up in order).

    >>> jobs = JobQueue(2)
    >>> jobs.add("a")
    >>> jobs.start()
    'a'
    >>> jobs.fail("a")
    >>> jobs.status()
    (['a'], [], [])
    """

    def __init__(self, tries: int) -> None:
        self._tries = tries
        self._waiting: deque[str] = deque()
        self._running: set[str] = set()
        self._starts: dict[str, int] = {}
        self._given_up: list[str] = []

    def add(self, job: str) -> None:
        self._waiting.append(job)

    def start(self) -> str:
        job = self._waiting.popleft()
        self._running.add(job)
        self._starts[job] = self._starts.get(job, 0) + 1
        return job

    def finish(self, job: str) -> None:
        self._running.remove(job)

    def fail(self, job: str) -> None:
        self._running.remove(job)
        if self._starts[job] < self._tries:
            self._waiting.append(job)
        else:
            self._given_up.append(job)

    def status(self) -> tuple[list[str], list[str], list[str]]:
        return list(self._waiting), sorted(self._running), self._given_up


def inputs_JobQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("JobQueue", 1), ("start",), ("add", "a"), ("fail", "a"), ("start",), ("fail", "a"), ("status",)]
    yield [("JobQueue", 2), ("add", "a"), ("start",), ("fail", "a"), ("start",), ("fail", "a"), ("status",)]
    yield [
        ("JobQueue", 2),
        ("add", "b"),
        ("add", "a"),
        ("start",),
        ("start",),
        ("status",),
        ("finish", "b"),
        ("status",),
    ]
    yield [("JobQueue", 2), ("add", "a"), ("finish", "a"), ("start",), ("finish", "a"), ("fail", "a"), ("status",)]
    yield [("JobQueue", 3), ("add", "a"), ("add", "b"), ("start",), ("fail", "a"), ("start",), ("status",)]
    while True:
        tries = rng.choice([1, 1, 2, 3])
        calls: draw.Calls = [("JobQueue", tries)]
        names = draw.some(rng, "abc", max_size=2, min_size=1)
        waiting: list[str] = list(names)
        calls += [("add", name) for name in names]
        running: list[str] = []
        for _ in range(rng.randint(3, 5)):
            if running and rng.random() < 0.6:
                job = running.pop(rng.randrange(len(running)))
                calls.append((rng.choice(["fail", "fail", "fail", "finish"]), job))
                if calls[-1][0] == "fail":
                    waiting.append(job)
            elif waiting:
                running.append(waiting.pop(0))
                calls.append(("start",))
            elif rng.random() < 0.3:
                calls.append((rng.choice(["finish", "fail"]), rng.choice(names)))
        yield [*calls, ("status",)]


_RUN = 2


class TicketLine:
    """Give out tickets numbered from 1 and call them up: arrive(kinds) returns the numbers given to new customers, one
    for each letter, p for priority and n for normal, and call(desks) calls up to that many customers and returns their
    numbers in order; each call goes to the priority customer waiting longest, but to the normal customer waiting
    longest if no priority customer is waiting or if the last 2 customers called were both priority ones.

    >>> line = TicketLine()
    >>> line.arrive("npppn")
    [1, 2, 3, 4, 5]
    >>> line.call(4)
    [2, 3, 1, 4]
    """

    def __init__(self) -> None:
        self._last = 0
        self._run = 0
        self._lines: dict[str, deque[int]] = {"p": deque(), "n": deque()}

    def arrive(self, kinds: str) -> list[int]:
        numbers = []
        for kind in kinds:
            self._last += 1
            self._lines[kind].append(self._last)
            numbers.append(self._last)
        return numbers

    def call(self, desks: int) -> list[int]:
        called: list[int] = []
        while len(called) < desks and any(self._lines.values()):
            if self._lines["n"] and (self._run >= _RUN or not self._lines["p"]):
                self._run = 0
                called.append(self._lines["n"].popleft())
            else:
                self._run += 1
                called.append(self._lines["p"].popleft())
        return called


def inputs_TicketLine(rng: Random) -> Iterator[draw.Calls]:
    yield [("TicketLine",), ("call", 1), ("arrive", ""), ("arrive", "n"), ("call", 2)]
    yield [("TicketLine",), ("arrive", "pppp"), ("call", 3), ("arrive", "n"), ("call", 1), ("call", 9)]
    yield [("TicketLine",), ("arrive", "nnpp"), ("call", 1), ("call", 1), ("arrive", "p"), ("call", 1), ("call", 1)]
    while True:
        calls: draw.Calls = [("TicketLine",)]
        for _ in range(rng.randint(2, 3)):
            calls += [("arrive", draw.text(rng, "nppp", max_size=4, min_size=1)), ("call", rng.randint(1, 4))]
        yield calls


class CallLimiter:
    """Let each user make at most limit (at least 1) calls in any window: allow(user, now) returns whether the call may
    be made and counts it if so, which it may if fewer than limit counted calls of that user were made later than window
    before now, and wait(user, now) returns how long after now the user's next call may be made, 0 for at once; a call
    refused is not counted, and now never goes back.

    >>> limiter = CallLimiter(1, 10)
    >>> limiter.allow("ann", 3)
    True
    >>> limiter.allow("ann", 12)
    False
    >>> limiter.wait("ann", 12)
    1
    """

    def __init__(self, limit: int, window: int) -> None:
        self._limit = limit
        self._window = window
        self._times: dict[str, deque[int]] = {}

    def _recent(self, user: str, now: int) -> deque[int]:
        times = self._times.setdefault(user, deque())
        while times and times[0] <= now - self._window:
            times.popleft()
        return times

    def allow(self, user: str, now: int) -> bool:
        times = self._recent(user, now)
        if len(times) == self._limit:
            return False
        times.append(now)
        return True

    def wait(self, user: str, now: int) -> int:
        times = self._recent(user, now)
        if len(times) < self._limit:
            return 0
        return times[0] + self._window - now


def inputs_CallLimiter(rng: Random) -> Iterator[draw.Calls]:
    yield [
        ("CallLimiter", 1, 5),
        ("wait", "a", 0),
        ("allow", "a", 0),
        ("allow", "a", 4),
        ("wait", "a", 4),
        ("allow", "a", 5),
    ]
    yield [
        ("CallLimiter", 2, 3),
        ("allow", "a", 1),
        ("allow", "a", 1),
        ("wait", "a", 2),
        ("allow", "b", 2),
        ("allow", "a", 4),
    ]
    yield [
        ("CallLimiter", 2, 4),
        ("allow", "a", 1),
        ("allow", "a", 3),
        ("wait", "a", 4),
        ("allow", "a", 5),
        ("wait", "a", 6),
    ]
    while True:
        calls: draw.Calls = [("CallLimiter", rng.randint(1, 2), rng.randint(3, 6))]
        now = 0
        for _ in range(5):
            now += rng.randint(0, 3)
            calls.append((rng.choice(["allow", "allow", "allow", "wait"]), rng.choice("aaab"), now))
        yield [*calls, ("wait", "a", now + rng.randint(0, 3))]


class WindowRange:
    """Follow the spread of the latest numbers: WindowRange(size) looks at a window of at most size (1 or more) of them,
    add(number) takes in a number, lets numbers fall out from the oldest on until at most size are left and returns the
    greatest in the window less the least, and resize(size) changes the size from the next add on, numbers that fell out
    earlier staying out.

    >>> window = WindowRange(2)
    >>> [window.add(number) for number in [4, 9, 7]]
    [0, 5, 2]
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._count = 0
        self._highs: deque[tuple[int, int]] = deque()
        self._lows: deque[tuple[int, int]] = deque()

    def _extreme(self, line: deque[tuple[int, int]], value: int) -> int:
        while line and line[-1][1] <= value:
            line.pop()
        line.append((self._count, value))
        while line[0][0] <= self._count - self._size:
            line.popleft()
        return line[0][1]

    def add(self, number: int) -> int:
        self._count += 1
        return self._extreme(self._highs, number) + self._extreme(self._lows, -number)

    def resize(self, size: int) -> None:
        self._size = size


def inputs_WindowRange(rng: Random) -> Iterator[draw.Calls]:
    yield [("WindowRange", 1), ("add", 3), ("add", 5), ("resize", 2), ("add", 6), ("add", 2)]
    yield [("WindowRange", 3), ("add", 3), ("add", 9), ("add", 5), ("add", 5), ("resize", 1), ("add", 7)]
    yield [("WindowRange", 2), ("add", 9), ("add", 1), ("add", 4), ("resize", 4), ("add", 5), ("add", 5)]
    while True:
        calls: draw.Calls = [("WindowRange", rng.randint(1, 4))]
        calls += [("add", rng.randint(0, 9)) for _ in range(rng.randint(4, 6))]
        if rng.random() < 0.5:
            calls.insert(rng.randint(2, 4), ("resize", rng.randint(1, 4)))
        yield calls


class PriceSpans:
    """Follow a price day by day: add(price) returns the span of the new price, the number of days in a row up to and
    including the new one on which the price was not higher than it, peaks returns the prices so far that no later price
    has reached or exceeded, oldest first, and since(price) returns how many days ago, 0 being the latest day, the price
    was last at least that high, or raises LookupError if it never was.

    >>> spans = PriceSpans()
    >>> [spans.add(price) for price in [7, 3, 3, 5]]
    [1, 1, 2, 3]
    >>> spans.peaks()
    [7, 5]
    >>> spans.since(6)
    3
    """

    def __init__(self) -> None:
        self._stack: list[tuple[int, int]] = []

    def add(self, price: int) -> int:
        span = 1
        while self._stack and self._stack[-1][0] <= price:
            span += self._stack.pop()[1]
        self._stack.append((price, span))
        return span

    def peaks(self) -> list[int]:
        return [price for price, _ in self._stack]

    def since(self, price: int) -> int:
        days = 0
        for peak, span in reversed(self._stack):
            if peak >= price:
                return days
            days += span
        raise LookupError("never that high")


def inputs_PriceSpans(rng: Random) -> Iterator[draw.Calls]:
    yield [("PriceSpans",), ("peaks",), ("since", 1), ("add", 4), ("add", 4), ("since", 4), ("since", 5), ("peaks",)]
    yield [("PriceSpans",), ("add", 7), ("add", 5), ("add", 3), ("add", 6), ("since", 7), ("peaks",)]
    while True:
        calls: draw.Calls = [("PriceSpans",)]
        calls += [("add", rng.randint(1, 8)) for _ in range(rng.randint(3, 5))]
        calls.append(("since", rng.randint(2, 8)))
        yield [*calls, ("peaks",)]


def pass_parcel(names: list[str], counts: list[int], lives: int) -> list[str]:
    """Return the different names in the order in which they drop out of a game, the one left over last: they sit in a
    ring in the order given, the first holds the parcel, and in each round it is passed on as many times as the next
    count says (counts start over when used up; a negative one passes backwards), the new holder loses one of his lives
    (at least 1 each at first), and with no life left he drops out and the one after him holds the parcel, else he keeps
    it; there is at least one count, and no round once at most one is left.

    >>> pass_parcel(["ann", "ben", "cem"], [2, 1], 1)
    ['cem', 'ben', 'ann']
    """
    ring = deque(names)
    left = dict.fromkeys(names, lives)
    out = []
    turn = 0
    while len(ring) > 1:
        ring.rotate(-counts[turn % len(counts)])
        turn += 1
        left[ring[0]] -= 1
        if left[ring[0]] == 0:
            out.append(ring.popleft())
    return [*out, *ring]


def inputs_pass_parcel(rng: Random) -> Iterator[tuple[list[str], list[int], int]]:
    yield [], [1], 1
    yield ["a"], [1], 1
    yield ["a", "b"], [0], 1
    yield ["a", "b", "c"], [-1], 1
    yield ["a", "b", "c", "d"], [1, 2], 2
    while True:
        yield draw.some(rng, draw.WORDS, max_size=5, min_size=3), draw.integers(rng, -3, 4, 3, 1), rng.randint(1, 3)


_QUIET = 3


def merge_feeds(feeds: list[list[tuple[int, str]]]) -> list[tuple[int, str]]:
    """Merge feeds of (time, text), each in the order of time, to one list in the order of time, an entry of an earlier
    feed in the list first where times are equal and entries of one feed in their order, leaving out an entry if the
    same text was put into the result with a time less than 3 before it.

    >>> merge_feeds([[(1, "up"), (4, "up")], [(1, "down"), (3, "up")]])
    [(1, 'up'), (1, 'down'), (4, 'up')]
    """
    heads = [(feed[0][0], number, 0) for number, feed in enumerate(feeds) if feed]
    heapify(heads)
    shown: dict[str, int] = {}
    merged = []
    while heads:
        time, number, at = heappop(heads)
        text = feeds[number][at][1]
        if text not in shown or time - shown[text] >= _QUIET:
            merged.append((time, text))
            shown[text] = time
        if at + 1 < len(feeds[number]):
            heappush(heads, (feeds[number][at + 1][0], number, at + 1))
    return merged


def inputs_merge_feeds(rng: Random) -> Iterator[tuple[list[list[tuple[int, str]]]]]:
    yield ([],)
    yield ([[], [(1, "a")]],)
    yield ([[(1, "a"), (4, "a")]],)
    yield ([[(1, "a"), (3, "a"), (5, "a")]],)
    yield ([[(2, "b")], [(2, "a"), (2, "b")]],)
    yield ([[(0, "a"), (5, "b")], [(0, "b"), (0, "c")], [(0, "d")]],)
    while True:
        feeds = []
        for _ in range(rng.randint(1, 3)):
            times = sorted(draw.integers(rng, 0, 6, max_size=3))
            feeds.append([(time, rng.choice("abc")) for time in times])
        yield (feeds,)


def dispatch_batches(orders: list[tuple[int, str]], size: int, longest: int) -> list[tuple[int, str]]:
    """Gather orders of (time, letter), given in the order of time, into batches and return (time of leaving, letters
    joined in order) of each: a batch leaves as soon as it has size (at least 1) orders, or else when longest has passed
    since the time of its first order, an order of that very time still joining it, and an express order (a capital
    letter) lets its batch leave at once; the next order after that begins a new batch.

    >>> dispatch_batches([(0, "a"), (3, "b"), (4, "c"), (5, "D"), (6, "e")], 3, 3)
    [(3, 'ab'), (5, 'cD'), (9, 'e')]
    """
    batches = []
    batch = ""
    deadline = 0
    for time, letter in orders:
        if batch and time > deadline:
            batches.append((deadline, batch))
            batch = ""
        if not batch:
            deadline = time + longest
        batch += letter
        if len(batch) == size or letter.isupper():
            batches.append((time, batch))
            batch = ""
    if batch:
        batches.append((deadline, batch))
    return batches


def inputs_dispatch_batches(rng: Random) -> Iterator[tuple[list[tuple[int, str]], int, int]]:
    yield [], 2, 3
    yield [(1, "a")], 1, 3
    yield [(1, "a")], 2, 3
    yield [(1, "A")], 2, 3
    yield [(1, "a"), (4, "b"), (4, "c")], 4, 3
    yield [(1, "a"), (5, "b")], 4, 3
    yield [(1, "a"), (1, "b"), (1, "c")], 2, 0
    while True:
        times = sorted(draw.integers(rng, 0, 10, max_size=7, min_size=2))
        yield [(time, rng.choice("abcdefgX")) for time in times], rng.randint(2, 4), rng.randint(0, 4)


_SHARE = 2


def drain_fairly(lines: dict[str, list[int]], shares: dict[str, int]) -> list[tuple[str, int]]:
    """Return in which order the packets in the lines, given as {name: sizes in order} and left unchanged, are sent: in
    rounds every line gets a turn, by name, in which its credit, 0 at first, grows by its share (at least 1, and 2 for a
    line not in shares) and it sends packets from its head on as long as their size is at most its credit, which each
    lowers by its size, what credit is left being kept for its next turn; the result lists (name, size) until all lines
    are empty.

    >>> drain_fairly({"b": [1, 2], "a": [3, 2]}, {"a": 3})
    [('a', 3), ('b', 1), ('a', 2), ('b', 2)]
    """
    waiting = {name: deque(lines[name]) for name in sorted(lines)}
    credit = dict.fromkeys(lines, 0)
    sent = []
    while any(waiting.values()):
        for name, sizes in waiting.items():
            credit[name] += shares.get(name, _SHARE)
            while sizes and sizes[0] <= credit[name]:
                credit[name] -= sizes[0]
                sent.append((name, sizes.popleft()))
    return sent


def inputs_drain_fairly(rng: Random) -> Iterator[tuple[dict[str, list[int]], dict[str, int]]]:
    yield {}, {"a": 1}
    yield {"a": []}, {}
    yield {"b": [2], "a": [2]}, {}
    yield {"a": [3, 1]}, {"a": 2}
    yield {"a": [1, 1, 1], "b": [4]}, {"a": 1, "b": 4}
    while True:
        lines = {name: draw.integers(rng, 1, 5, 3, 1) for name in draw.some(rng, "abc", max_size=3, min_size=1)}
        yield lines, {name: rng.randint(1, 4) for name in draw.some(rng, "abc", max_size=2)}


_SIGNS = {"buy": -1, "sell": 1}


def match_orders(orders: list[tuple[str, int, int]]) -> list[tuple[int, int, int, int]]:
    """Match orders of ("buy" or "sell", price, quantity), one after the other, and return the trades made as
    (index of the order that was waiting, index of the new order, price, quantity): a new order trades with waiting ones
    of the other side, the best price for it first and the earliest on a tie, as long as that price is not above the
    price of a new buy or not below that of a new sell, each time at the waiting order's price and for as much as both
    still have, and what it has left then waits.

    >>> match_orders([("sell", 9, 2), ("sell", 8, 1), ("buy", 9, 2)])
    [(1, 2, 8, 1), (0, 2, 9, 1)]
    """
    waiting: dict[int, list[tuple[int, int]]] = {-1: [], 1: []}
    left = [quantity for _, _, quantity in orders]
    trades = []
    for new, (side, price, _) in enumerate(orders):
        sign = _SIGNS[side]
        others = waiting[-sign]
        while left[new] > 0 and others and others[0][0] <= -sign * price:
            key, old = others[0]
            quantity = min(left[old], left[new])
            left[old] -= quantity
            left[new] -= quantity
            trades.append((old, new, abs(key), quantity))
            if left[old] == 0:
                heappop(others)
        if left[new] > 0:
            heappush(waiting[sign], (sign * price, new))
    return trades


def inputs_match_orders(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]]]]:
    yield ([],)
    yield ([("buy", 5, 1), ("sell", 5, 1), ("sell", 5, 1)],)
    yield ([("sell", 5, 1), ("buy", 4, 1), ("buy", 6, 1)],)
    yield ([("buy", 5, 1), ("buy", 6, 2), ("buy", 6, 1), ("sell", 5, 4)],)
    yield ([("sell", 5, 3), ("buy", 5, 1), ("buy", 5, 1), ("buy", 5, 2)],)
    while True:
        orders = [
            (rng.choice(["buy", "sell"]), rng.randint(7, 10), rng.randint(1, 3)) for _ in range(rng.randint(3, 6))
        ]
        yield (orders,)


def printer_order(priorities: list[int]) -> tuple[list[int], int]:
    """Return the order in which a printer's jobs, 0 to the last with these priorities in the line, are printed and how
    often a job was sent back: the printer looks at the first job in line, prints it if no other job in line has a
    higher priority, and otherwise sends it back to the end of the line, its priority raised by 1 if it was sent back
    once before or more often.

    >>> printer_order([1, 3, 2])
    ([1, 2, 0], 1)
    """
    line = deque(enumerate(priorities))
    sent_back = [0] * len(priorities)
    printed = []
    while line:
        job, priority = line.popleft()
        if all(other <= priority for _, other in line):
            printed.append(job)
        else:
            line.append((job, priority + int(sent_back[job] > 0)))
            sent_back[job] += 1
    return printed, sum(sent_back)


def inputs_printer_order(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([4],)
    yield ([2, 2],)
    yield ([1, 2],)
    yield ([1, 9, 1, 8],)
    yield ([1, 2, 3, 4],)
    while True:
        yield (draw.integers(rng, 1, 5, max_size=7, min_size=3),)
