"""Schedules: booking, meeting rooms, cron, shifts, retries, priorities, dependencies."""

from collections import deque
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def _cron_field_matches(field: str, value: int) -> bool:
    for part in field.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        low = 0 if first == "*" else int(first)
        if dash:
            high = int(last)
        elif slash or first == "*":
            high = value
        else:
            high = low
        if low <= value <= high and (value - low) % int(step or 1) == 0:
            return True
    return False


def cron_matches(expression: str, minute: int, hour: int, weekday: int) -> bool:
    """Return whether all three fields of 'minute hour weekday', separated by blanks, match the given numbers: a field
    is one or more parts with commas in between, of which one must match, namely '*' for any number, 'a' for that
    number, 'a-b' for all from a to b, or '*/n', 'a/n', 'a-b/n' for every n-th number from 0 or a on, up to b if
    there is one; raise ValueError if there are not three fields.

    >>> cron_matches("10-40/15 8,9 *", 25, 9, 3)
    True
    """
    fields = expression.split()
    if len(fields) != 3:
        raise ValueError("not three fields")
    values = (minute, hour, weekday)
    return all(_cron_field_matches(field, value) for field, value in zip(fields, values, strict=True))


def _cron_field(rng: Random, value: int) -> str:
    near, later = max(0, value - rng.randint(0, 3)), value + rng.randint(0, 3)
    return rng.choice(
        [
            "*",
            f"*/{rng.randint(1, 3)}",
            f"{value}",
            f"{later},{value}",
            f"{near}-{later}",
            f"{near}-{later}/{rng.randint(1, 3)}",
            f"{near}/{rng.randint(1, 3)}",
            f"{value + 1}-{value + 3},{near}",
        ]
    )


def inputs_cron_matches(rng: Random) -> Iterator[tuple[str, int, int, int]]:
    yield "* * *", 0, 0, 0
    yield "*/15 * *", 45, 3, 1
    yield "5/10 * 1-5", 4, 3, 1
    yield "1-5 1-5 1-5", 1, 5, 6
    yield "0 12", 0, 12, 1
    yield "", 0, 0, 0
    while True:
        minute, hour, weekday = rng.randint(0, 59), rng.randint(0, 23), rng.randint(0, 6)
        fields = [_cron_field(rng, minute), _cron_field(rng, hour), rng.choice(["*", _cron_field(rng, weekday)])]
        if rng.random() < 0.05:
            fields = fields[1:]
        yield " ".join(fields), minute, hour, weekday


def assign_rooms(meetings: list[tuple[int, int]]) -> list[int]:
    """Return the room number, from 1 on, of each half-open (start, end) meeting in the order given, where meetings are
    dealt with by start, equal starts in the order given, and each gets the lowest room that is free from its start on.

    >>> assign_rooms([(3, 6), (0, 4), (4, 5)])
    [2, 1, 1]
    """
    rooms = [0] * len(meetings)
    free_from: list[int] = []
    for index in sorted(range(len(meetings)), key=lambda place: meetings[place][0]):
        start, end = meetings[index]
        for room, moment in enumerate(free_from):
            if moment <= start:
                free_from[room] = end
                break
        else:
            room = len(free_from)
            free_from.append(end)
        rooms[index] = room + 1
    return rooms


def inputs_assign_rooms(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(1, 2)],)
    yield ([(1, 2), (2, 3)],)
    yield ([(1, 3), (1, 2), (2, 3)],)
    while True:
        starts = draw.integers(rng, 0, 8, max_size=6, min_size=3)
        yield ([(start, start + rng.randint(1, 5)) for start in starts],)


def retry_times(base: int, cap: int, attempts: int, deadline: int, hints: dict[int, int]) -> list[int]:
    """Return the times of the retries of a call that failed at time 0: the first comes after a wait of base, each next
    one after a wait twice as long as the one before, a wait above cap being cut to cap (the doubling goes on from the
    uncut one), but then raised to what hints holds for the number of the retry (the first is 1) where that is more;
    there are at most attempts retries and none is later than deadline.

    >>> retry_times(2, 5, 4, 30, {2: 9})
    [2, 11, 16, 21]
    """
    times: list[int] = []
    now = 0
    wait = base
    while len(times) < attempts:
        now += max(min(wait, cap), hints.get(len(times) + 1, 0))
        if now > deadline:
            break
        times.append(now)
        wait *= 2
    return times


def inputs_retry_times(rng: Random) -> Iterator[tuple[int, int, int, int, dict[int, int]]]:
    yield 1, 8, 0, 99, {}
    yield 1, 8, 6, 99, {}
    yield 3, 2, 2, 4, {}
    yield 5, 9, 3, 4, {}
    yield 2, 9, 3, 14, {1: 1, 3: 8}
    while True:
        hints = {number: rng.randint(1, 15) for number in sorted(draw.some(rng, range(1, 6), 2))}
        yield rng.randint(1, 4), rng.randint(2, 12), rng.randint(1, 6), rng.randint(8, 50), hints


def release_waves(needs: dict[str, list[str]]) -> list[list[str]]:
    """Return the services in waves, each wave sorted: a service, which needs those that its list names, belongs to the
    first wave for which all of them are in earlier waves; raise ValueError if some service can never be started,
    because what it needs goes round in a circle or is not a key of needs.

    >>> release_waves({"web": ["api"], "api": ["db"], "log": [], "db": []})
    [['db', 'log'], ['api'], ['web']]
    """
    started: set[str] = set()
    waves = []
    while len(started) < len(needs):
        wave = [name for name, needed in needs.items() if name not in started and started.issuperset(needed)]
        if not wave:
            raise ValueError("stuck")
        started.update(wave)
        waves.append(sorted(wave))
    return waves


def inputs_release_waves(rng: Random) -> Iterator[tuple[dict[str, list[str]]]]:
    yield ({},)
    yield ({"a": ["a"]},)
    yield ({"a": ["z"]},)
    yield ({"b": [], "a": []},)
    yield ({"a": ["b"], "b": ["c"], "c": []},)
    while True:
        names = draw.some(rng, "abcdef", 6, 2)
        needs = {name: draw.some(rng, names[:place], 2) for place, name in enumerate(names)}
        if rng.random() < 0.1:
            needs[names[0]] = [rng.choice([*names, "z"])]
        yield ({name: needs[name] for name in rng.sample(names, len(names))},)


def critical_path(tasks: list[tuple[str, int, list[str]]]) -> tuple[int, list[str]]:
    """Return when the last task is finished, and the chain of tasks, first to last, that makes it take so long, if each
    (name, duration, needs) task starts at 0 or as soon as all it needs is finished; durations are 1 or more, the chain
    goes back from the task finished last to the one finished last of those it needs and so on, always the first listed
    of several; raise KeyError if a need is not the name of an earlier task and ValueError if there are no tasks.

    >>> critical_path([("dig", 2, []), ("buy", 5, []), ("build", 3, ["dig", "buy"])])
    (8, ['buy', 'build'])
    """
    finish: dict[str, int] = {}
    waited_for: dict[str, str] = {}
    for name, duration, needs in tasks:
        start = 0
        for need in needs:
            if finish[need] > start:
                start = finish[need]
                waited_for[name] = need
        finish[name] = start + duration
    chain = [max(finish, key=lambda name: finish[name])]
    while chain[-1] in waited_for:
        chain.append(waited_for[chain[-1]])
    return finish[chain[0]], chain[::-1]


def inputs_critical_path(rng: Random) -> Iterator[tuple[list[tuple[str, int, list[str]]]]]:
    yield ([],)
    yield ([("a", 3, [])],)
    yield ([("a", 3, ["a"])],)
    yield ([("a", 3, []), ("b", 3, []), ("c", 1, ["b", "a"])],)
    while True:
        names = draw.some(rng, "abcdef", 5, 2)
        tasks = [(name, rng.randint(1, 4), draw.some(rng, names[:place], 3)) for place, name in enumerate(names)]
        if rng.random() < 0.07:
            tasks[0][2].append(rng.choice(names))
        yield (tasks,)


class WaitingList:
    """Keep the places of a course with a given capacity: join puts a name in, or on the waiting list if the course is
    full, returns which, 'in' or 'waiting', and raises ValueError if the name is on either; leave takes a name off
    either, returns the name that moves up from the head of the waiting list into the course for it, or None if nobody
    does, and raises KeyError for a name on neither; names returns (in, waiting), each in the order of arrival there.

    >>> course = WaitingList(1)
    >>> course.join("ann"), course.join("bob")
    ('in', 'waiting')
    >>> course.leave("ann")
    'bob'
    >>> course.names()
    (['bob'], [])
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._members: list[str] = []
        self._waiting: list[str] = []

    def join(self, name: str) -> str:
        if name in self._members or name in self._waiting:
            raise ValueError("already here")
        if len(self._members) < self._capacity:
            self._members.append(name)
            return "in"
        self._waiting.append(name)
        return "waiting"

    def leave(self, name: str) -> str | None:
        if name in self._waiting:
            self._waiting.remove(name)
            return None
        if name not in self._members:
            raise KeyError(name)
        self._members.remove(name)
        if not self._waiting:
            return None
        promoted = self._waiting.pop(0)
        self._members.append(promoted)
        return promoted

    def names(self) -> tuple[list[str], list[str]]:
        return list(self._members), list(self._waiting)


def inputs_WaitingList(rng: Random) -> Iterator[draw.Calls]:
    yield [("WaitingList", 0), ("join", "ann"), ("names",)]
    yield [("WaitingList", 1), ("join", "ann"), ("join", "ann"), ("leave", "bob"), ("names",)]
    yield [("WaitingList", 1), ("join", "ann"), ("join", "bob"), ("leave", "bob"), ("leave", "ann"), ("names",)]
    yield [("WaitingList", 1), ("join", "ann"), ("join", "bob"), ("join", "bob"), ("names",)]
    while True:
        calls: draw.Calls = [("WaitingList", rng.randint(1, 2))]
        people = draw.some(rng, ["ann", "bob", "cy", "dan"], 4, 3)
        calls += [("join", name) for name in people]
        for _ in range(rng.randint(1, 3)):
            calls.append((rng.choice(["leave", "leave", "join"]), rng.choice(people)))
        yield [*calls, ("names",)]


class JobQueue:
    """Queue named jobs: push puts one in with a priority, or only changes the priority of one that is there already,
    which keeps its age, and a job pushed again after it was taken is a new one; pop takes the job of the highest
    priority, the oldest of several, out and returns its name or raises IndexError if there is none, and pending
    returns all names in the order in which pop would take them.

    >>> jobs = JobQueue()
    >>> for name, priority in [("mail", 1), ("save", 5), ("scan", 1), ("mail", 5)]:
    ...     jobs.push(name, priority)
    >>> jobs.pop()
    'mail'
    >>> jobs.pending()
    ['save', 'scan']
    """

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[int, int]] = {}
        self._pushed = 0

    def push(self, name: str, priority: int) -> None:
        self._pushed += 1
        age = self._jobs[name][1] if name in self._jobs else self._pushed
        self._jobs[name] = (-priority, age)

    def pop(self) -> str:
        first = self.pending()[0]
        del self._jobs[first]
        return first

    def pending(self) -> list[str]:
        return sorted(self._jobs, key=lambda name: self._jobs[name])


def inputs_JobQueue(rng: Random) -> Iterator[draw.Calls]:
    yield [("JobQueue",), ("pop",), ("pending",)]
    yield [("JobQueue",), ("push", "a", 1), ("push", "b", 1), ("push", "a", 1), ("pending",)]
    yield [("JobQueue",), ("push", "a", 1), ("push", "b", 1), ("pop",), ("push", "a", 1), ("pending",)]
    yield [("JobQueue",), ("push", "b", 2), ("push", "a", 1), ("push", "a", 2), ("pop",), ("pending",)]
    while True:
        calls: draw.Calls = [("JobQueue",)]
        for place in range(rng.randint(3, 6)):
            if place > 1 and rng.random() < 0.3:
                calls.append(("pop",))
            else:
                calls.append(("push", rng.choice("dcba"), rng.randint(1, 3)))
        yield [*calls, ("pending",)]


def round_robin(jobs: list[tuple[str, int]], quantum: int) -> list[tuple[str, int]]:
    """Return (name, time of completion) of the (name, work) jobs, work being 1 or more, in the order in which they get
    done on one machine from time 0 on: they take turns in the order given, each running for quantum or for what is
    left of its work if that is less, and one that is not done then goes to the end of the queue.

    >>> round_robin([("a", 3), ("b", 2)], 2)
    [('b', 4), ('a', 5)]
    """
    queue = deque(jobs)
    clock = 0
    done = []
    while queue:
        name, left = queue.popleft()
        ran = min(left, quantum)
        clock += ran
        if left > ran:
            queue.append((name, left - ran))
        else:
            done.append((name, clock))
    return done


def inputs_round_robin(rng: Random) -> Iterator[tuple[list[tuple[str, int]], int]]:
    yield [], 1
    yield [("a", 3)], 3
    yield [("a", 4), ("b", 3)], 3
    yield [("a", 1), ("b", 2)], 1
    while True:
        names = draw.some(rng, "abcdef", 5, 2)
        yield [(name, rng.randint(1, 8)) for name in names], rng.randint(1, 4)


def on_call_rota(names: list[str], days: int, away: dict[str, list[int]]) -> list[str | None]:
    """Return who is on call on each of the days from 0 on: of those who are not away on that day (away lists days by
    name) and were not on call the day before, the one with the fewest days on call so far, on a tie the first in
    names; None for a day on which there is nobody.

    >>> on_call_rota(["ann", "bob", "cy"], 4, {"ann": [0], "cy": [2]})
    ['bob', 'ann', 'bob', 'cy']
    """
    duties = dict.fromkeys(names, 0)
    rota: list[str | None] = []
    last = None
    for day in range(days):
        ready = [name for name in names if name != last and day not in away.get(name, [])]
        last = min(ready, key=lambda name: duties[name], default=None)
        if last is not None:
            duties[last] += 1
        rota.append(last)
    return rota


def inputs_on_call_rota(rng: Random) -> Iterator[tuple[list[str], int, dict[str, list[int]]]]:
    yield [], 2, {}
    yield ["ann"], 3, {}
    yield ["ann", "bob"], 0, {}
    yield ["ann", "bob"], 4, {"bob": [1]}
    yield ["ann", "bob", "cy"], 4, {"bob": [0, 1, 2]}
    while True:
        names = draw.some(rng, ["ann", "bob", "cy", "dan"], 4, 2)
        away = {name: sorted(draw.some(rng, range(6), 3, 1)) for name in draw.some(rng, names, 2)}
        yield names, rng.randint(2, 7), away


def _minute_of_day(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def next_departure(departures: list[str], now: str, walk: int) -> tuple[str, int]:
    """Return the daily HH:MM departure that is caught first by someone who leaves at now and walks so many minutes, and
    the minutes of waiting at the stop: 0 if it leaves just on arrival, while one missed leaves again a day later;
    raise ValueError if there are no departures.

    >>> next_departure(["23:40", "06:10", "23:59"], "23:50", 15)
    ('06:10', 365)
    """
    arrival = _minute_of_day(now) + walk
    best = None
    for departure in departures:
        wait = (_minute_of_day(departure) - arrival) % (24 * 60)
        if best is None or wait < best[1]:
            best = (departure, wait)
    if best is None:
        raise ValueError("no departures")
    return best


def inputs_next_departure(rng: Random) -> Iterator[tuple[list[str], str, int]]:
    yield [], "08:00", 5
    yield ["08:05"], "08:00", 5
    yield ["08:04"], "08:00", 5
    yield ["00:10", "23:50"], "23:45", 10
    while True:
        departures = [f"{rng.choice([0, 7, 8, 8, 22, 23]):02d}:{rng.randint(0, 11) * 5:02d}" for _ in range(4)]
        now = f"{rng.choice([7, 8, 23]):02d}:{rng.randint(0, 11) * 5:02d}"
        yield departures[: rng.randint(1, 4)], now, rng.choice([0, 4, 5, 10, 20])


def debounced_saves(edits: list[int], quiet: int, longest: int) -> list[int]:
    """Return when a document is saved that is edited at the given ascending times: a save comes quiet after the latest
    edit, or longest after the first edit not yet saved if that is earlier; an edit at the very moment of a save is not
    part of that save.

    >>> debounced_saves([0, 2, 4, 6, 20], 3, 5)
    [5, 9, 23]
    """
    saves: list[int] = []
    first = 0
    for edit in edits:
        if not saves or edit >= saves[-1]:
            first = edit
            saves.append(edit)
        saves[-1] = min(edit + quiet, first + longest)
    return saves


def inputs_debounced_saves(rng: Random) -> Iterator[tuple[list[int], int, int]]:
    yield [], 2, 5
    yield [7], 2, 1
    yield [0, 2], 2, 5
    yield [0, 1, 2, 3, 4], 2, 4
    while True:
        edits = sorted(draw.integers(rng, 0, 14, max_size=8, min_size=2))
        yield edits, rng.randint(1, 4), rng.randint(2, 8)


def drop_to_meet_deadlines(tasks: list[tuple[str, int, int]]) -> tuple[list[str], list[str]]:
    """Return which of the (name, duration, deadline) tasks, run one after the other from time 0, are kept, in the order
    in which they run, and which are dropped, in the order of dropping: tasks are added by deadline, on a tie in the
    order given, and whenever the one just added would end after its deadline the longest of those kept so far, itself
    included, is dropped, on a tie the one added first.

    >>> drop_to_meet_deadlines([("a", 4, 9), ("b", 3, 3), ("c", 5, 10)])
    (['b', 'a'], ['c'])
    """
    kept: list[tuple[str, int, int]] = []
    dropped = []
    clock = 0
    for task in sorted(tasks, key=lambda task: task[2]):
        kept.append(task)
        clock += task[1]
        if clock > task[2]:
            longest = max(kept, key=lambda task: task[1])
            kept.remove(longest)
            clock -= longest[1]
            dropped.append(longest[0])
    return [name for name, _, _ in kept], dropped


def inputs_drop_to_meet_deadlines(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]]]]:
    yield ([],)
    yield ([("a", 2, 2)],)
    yield ([("a", 3, 2)],)
    yield ([("b", 2, 3), ("a", 2, 3)],)
    yield ([("c", 2, 4), ("b", 2, 4), ("a", 1, 4)],)
    while True:
        yield ([(name, rng.randint(1, 4), rng.randint(2, 10)) for name in draw.some(rng, "abcdef", 5, 3)],)


def _clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def open_slots(hours: tuple[int, int], length: int, step: int, booked: list[tuple[int, int]]) -> list[str]:
    """Return as HH:MM, in order, when an appointment of a given length can begin: at opening time or a multiple of step
    after it, so that it ends no later than closing time and overlaps none of the booked times, which it may touch;
    hours is (opening, closing), booked holds half-open (start, end) pairs, all in minutes after midnight.

    >>> open_slots((540, 600), 20, 10, [(565, 575)])
    ['09:00', '09:40']
    """
    opening, closing = hours
    slots = []
    for start in range(opening, closing - length + 1, step):
        end = start + length
        if all(end <= taken or start >= free for taken, free in booked):
            slots.append(_clock_text(start))
    return slots


def inputs_open_slots(rng: Random) -> Iterator[tuple[tuple[int, int], int, int, list[tuple[int, int]]]]:
    yield (540, 600), 60, 15, []
    yield (540, 600), 61, 15, []
    yield (540, 600), 30, 30, [(570, 600)]
    yield (540, 600), 15, 15, [(540, 550)]
    while True:
        opening = rng.choice([480, 540, 590, 765])
        length = rng.choice([15, 20, 30, 45])
        booked = []
        for _ in range(rng.randint(0, 3)):
            start = opening + 5 * rng.randint(-2, 16)
            booked.append((start, start + 5 * rng.randint(1, 6)))
        yield (opening, opening + 5 * rng.randint(8, 20)), length, rng.choice([10, 15, 20, 30]), booked


_DAY_BEGINS = 6 * 60
_DAY_LENGTH = 16 * 60


def _day_minutes_until(minute: int) -> int:
    midnights, rest = divmod(minute, 24 * 60)
    return midnights * _DAY_LENGTH + min(max(rest - _DAY_BEGINS, 0), _DAY_LENGTH)


def shift_pay(start: int, end: int, day_rate: int, night_rate: int) -> int:
    """Return the pay in cents for a shift between two times in minutes after midnight, which ends on the next day if
    end is not after start: minutes from 6:00 to 22:00 earn day_rate, all others night_rate, both in cents an hour, and
    the sum is rounded down to a cent at the end.

    >>> shift_pay(1290, 420, 1200, 1800)
    16200
    """
    if end <= start:
        end += 24 * 60
    day = _day_minutes_until(end) - _day_minutes_until(start)
    night = end - start - day
    return (day * day_rate + night * night_rate) // 60


def inputs_shift_pay(rng: Random) -> Iterator[tuple[int, int, int, int]]:
    yield 360, 1320, 1200, 1800
    yield 1320, 360, 1200, 1800
    yield 0, 0, 1000, 2000
    yield 1410, 1350, 1000, 1300
    yield 300, 301, 1000, 1300
    while True:
        edges = [0, 300, 345, 360, 361, 420, 700, 900, 1290, 1320, 1335, 1439]
        yield rng.choice(edges), rng.choice(edges), rng.randint(9, 14) * 100, rng.randint(1300, 2000)
