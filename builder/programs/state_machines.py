"""Things that are in a state and change it: lights, machines, orders, connections, robots, editors, scores."""

from collections.abc import Iterator
from itertools import groupby
from random import Random

from debugarena.builder.programs import draw

_NEXT_COLOUR = {"green": "yellow", "yellow": "red", "red": "green"}


class TrafficLight:
    """Run a traffic light that is made with the seconds (at least 1 each) that green, yellow and red last in turn, over
    and over, beginning with green: wait lets whole seconds pass and returns the colour then, the next colour being on
    as soon as the seconds of one have passed, and press, the button for pedestrians, cuts what is left of green to at
    most 3 seconds, changes nothing at other colours, and returns the seconds until red begins, 0 while it is red.

    >>> light = TrafficLight(10, 2, 5)
    >>> light.wait(4)
    'green'
    >>> light.press()
    5
    >>> light.wait(3)
    'yellow'
    """

    def __init__(self, green: int, yellow: int, red: int) -> None:
        self._seconds = {"green": green, "yellow": yellow, "red": red}
        self._colour = "green"
        self._left = green

    def wait(self, seconds: int) -> str:
        while seconds >= self._left:
            seconds -= self._left
            self._colour = _NEXT_COLOUR[self._colour]
            self._left = self._seconds[self._colour]
        self._left -= seconds
        return self._colour

    def press(self) -> int:
        if self._colour == "red":
            return 0
        if self._colour == "yellow":
            return self._left
        self._left = min(self._left, 3)
        return self._left + self._seconds["yellow"]


def inputs_TrafficLight(rng: Random) -> Iterator[draw.Calls]:
    yield [("TrafficLight", 5, 2, 4), ("wait", 0), ("press",), ("wait", 3)]
    yield [("TrafficLight", 2, 1, 1), ("press",), ("wait", 2), ("press",), ("wait", 1), ("press",), ("wait", 1)]
    yield [("TrafficLight", 3, 1, 1), ("wait", 13), ("press",)]
    yield [("TrafficLight", 9, 1, 1), ("wait", 5), ("press",), ("press",), ("wait", 2), ("wait", 1)]
    while True:
        calls: draw.Calls = [("TrafficLight", rng.randint(2, 8), rng.randint(1, 3), rng.randint(1, 4))]
        for _ in range(rng.randint(2, 4)):
            calls.append(("wait", rng.choice([1, 2, 3, 4, 5, 12])) if rng.random() < 0.6 else ("press",))
        yield [*calls, ("wait", rng.randint(0, 4)), ("press",)]


_COINS = (100, 50, 20, 10)


class VendingMachine:
    """Sell things: made with a dict from slot to (price, pieces), which stays as it is, insert takes a coin of 100, 50,
    20 or 10, raising ValueError for any other, and returns the credit, choose takes a slot and returns "sold out" if it
    has no pieces left, or else "<n> missing" if the credit is n below its price, or else "sold", having taken the price
    from the credit and a piece from the slot, raising KeyError for an unknown slot, and refund gives back the whole
    credit as coins, largest first and as large as possible.

    >>> machine = VendingMachine({"A": (60, 1)})
    >>> machine.insert(100)
    100
    >>> machine.choose("A")
    'sold'
    >>> machine.refund()
    [20, 20]
    """

    def __init__(self, slots: dict[str, tuple[int, int]]) -> None:
        self._slots = dict(slots)
        self._credit = 0

    def insert(self, coin: int) -> int:
        if coin not in _COINS:
            raise ValueError("unknown coin")
        self._credit += coin
        return self._credit

    def choose(self, slot: str) -> str:
        price, pieces = self._slots[slot]
        if pieces == 0:
            return "sold out"
        if self._credit < price:
            return f"{price - self._credit} missing"
        self._slots[slot] = (price, pieces - 1)
        self._credit -= price
        return "sold"

    def refund(self) -> list[int]:
        coins = []
        for coin in _COINS:
            while self._credit >= coin:
                coins.append(coin)
                self._credit -= coin
        return coins


def inputs_VendingMachine(rng: Random) -> Iterator[draw.Calls]:
    yield [("VendingMachine", {}), ("choose", "A"), ("insert", 5), ("refund",)]
    yield [
        ("VendingMachine", {"A": (20, 1)}),
        ("insert", 50),
        ("choose", "A"),
        ("choose", "A"),
        ("refund",),
        ("refund",),
    ]
    yield [("VendingMachine", {"A": (20, 1)}), ("insert", 10), ("choose", "A"), ("insert", 10), ("choose", "A")]
    yield [("VendingMachine", {"A": (20, 0)}), ("choose", "A"), ("insert", 100), ("insert", 20), ("refund",)]
    while True:
        slots = {slot: (rng.choice([10, 20, 30, 60, 100]), rng.choice([0, 1, 1, 2])) for slot in ("A", "B")}
        calls: draw.Calls = [("VendingMachine", slots)]
        for _ in range(rng.randint(2, 5)):
            coin = rng.choice([100, 50, 20, 10, 20, 50]) if rng.random() < 0.94 else rng.choice([0, 5, 200])
            slot = rng.choice(["A", "A", "A", "B"]) if rng.random() < 0.95 else "C"
            calls.append(("insert", coin) if rng.random() < 0.5 else ("choose", slot))
        yield [*calls, ("refund",)]


_ORDER_STEPS = {
    ("new", "pay"): "paid",
    ("new", "cancel"): "cancelled",
    ("paid", "ship"): "sent",
    ("paid", "cancel"): "refunded",
    ("sent", "deliver"): "done",
    ("sent", "lose"): "paid",
    ("done", "return"): "refunded",
}


def process_order(events: list[str]) -> tuple[str, list[int]]:
    """Return (state at the end, indexes of the refused events in order) of an order that begins as new: pay makes new
    paid, ship makes paid sent, lose makes sent paid again, deliver makes sent done, cancel makes new cancelled and paid
    refunded, and return makes done refunded; hold puts an order in any state on hold, resume ends that, until then all
    other events are refused, as is any event at any other time than told here, and " on hold" is added to the state of
    an order on hold.

    >>> process_order(["pay", "hold", "ship", "resume", "pay"])
    ('paid', [2, 4])
    """
    state = "new"
    held = False
    refused = []
    for index, event in enumerate(events):
        if event == ("resume" if held else "hold"):
            held = not held
        elif not held and (state, event) in _ORDER_STEPS:
            state = _ORDER_STEPS[state, event]
        else:
            refused.append(index)
    return state + (" on hold" if held else ""), refused


def inputs_process_order(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["cancel", "pay"],)
    yield (["pay", "cancel", "ship"],)
    yield (["pay", "ship", "lose", "ship", "deliver", "return"],)
    yield (["resume", "hold", "hold", "resume"],)
    usual = ["pay", "ship", "deliver", "return"]
    while True:
        events: list[str] = []
        for event in usual[: rng.randint(0, 4)]:
            events.append(event)
            if rng.random() < 0.35:
                events.append(rng.choice(["hold", "cancel", "lose", "lose", "pay", "fly"]))
            if events[-1] == "hold" and rng.random() < 0.8:
                events.append("resume")
        yield (events + draw.some(rng, ["hold", "resume", "cancel", "ship", "pay"], 2),)


def answer_packets(packets: list[tuple[str, int]]) -> list[str]:
    """Return a server's answer to each packet (kind, number) in turn, beginning closed: while closed, syn n expects n+1
    next, answers "syn-ack <n+1>" and makes it opening, while opening, ack with the expected number answers "welcome"
    and makes it open, while open, data with the expected number raises that by one, data with any other number changes
    nothing, and both answer "ack" with the number then expected, fin answers "bye" and makes it closed unless it is
    closed, and any other packet answers "reset" and makes it closed.

    >>> answer_packets([("syn", 4), ("ack", 5), ("data", 5), ("data", 9), ("fin", 0)])
    ['syn-ack 5', 'welcome', 'ack 6', 'ack 6', 'bye']
    """
    state = "closed"
    expected = 0
    answers = []
    for kind, number in packets:
        if state == "closed" and kind == "syn":
            state = "opening"
            expected = number + 1
            answers.append(f"syn-ack {expected}")
        elif state == "opening" and kind == "ack" and number == expected:
            state = "open"
            answers.append("welcome")
        elif state == "open" and kind == "data":
            if number == expected:
                expected += 1
            answers.append(f"ack {expected}")
        else:
            answers.append("bye" if kind == "fin" and state != "closed" else "reset")
            state = "closed"
    return answers


def inputs_answer_packets(rng: Random) -> Iterator[tuple[list[tuple[str, int]]]]:
    yield ([],)
    yield ([("fin", 0), ("data", 0), ("ack", 0)],)
    yield ([("syn", 1), ("ack", 1), ("ack", 2)],)
    yield ([("syn", 1), ("syn", 1), ("syn", 1)],)
    yield ([("syn", 1), ("fin", 2), ("syn", 7), ("ack", 8), ("data", 8)],)
    yield ([("syn", 1), ("data", 2)],)
    while True:
        number = rng.randint(0, 5)
        packets = [("syn", number), ("ack", number + 1)]
        for _ in range(rng.randint(0, 3)):
            number += rng.choice([1, 1, 1, 0, 2])
            packets.append(("data", number))
        if rng.random() < 0.5:
            packets.insert(rng.randint(0, len(packets)), (rng.choice(["syn", "ack", "data", "fin"]), number + 1))
        if rng.random() < 0.3:
            packets.pop(rng.randrange(len(packets)))
        yield ([*packets, (rng.choice(["fin", "syn", "data", "ack"]), number + 1)],)


def strip_comments(code: str) -> str:
    r"""Return code without its comments: // begins one that ends before the next line break \n, which stays, /* begins
    one that ends with the next */ after it and is replaced by one blank, and one that does not end goes to the end of
    the code, and nothing begins a comment in a text, which goes from a double quote to the next one that no backslash
    takes away, a backslash in a text going together with the character after it.

    >>> strip_comments('a/*b*/c "//" //d')
    'a c "//" '
    """
    kept = []
    mode = "code"
    at = 0
    while at < len(code):
        pair = code[at : at + 2]
        if mode == "line":
            if code[at] == "\n":
                mode = "code"
                kept.append("\n")
        elif mode == "block":
            if pair == "*/":
                mode = "code"
                at += 1
        elif mode == "code" and pair == "//":
            mode = "line"
        elif mode == "code" and pair == "/*":
            mode = "block"
            kept.append(" ")
            at += 1
        elif mode == "text" and code[at] == "\\":
            kept.append(pair)
            at += 1
        else:
            if code[at] == '"':
                mode = "text" if mode == "code" else "code"
            kept.append(code[at])
        at += 1
    return "".join(kept)


def inputs_strip_comments(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("a/b*/c",)
    yield ("/*/a*/b",)
    yield ("a//b\nc",)
    yield ("a/*//*/b",)
    yield ("//*\na*/",)
    yield ('"a\\"//b"//c',)
    yield ('a\\"//"',)
    yield ('"\\',)
    yield ('//"\n//',)
    pool = ["a", "b ", "/", "//", "/*", "*/", "*", "\n", '"', '"', "\\", '\\"', "/*c*/", '"//"', "//d\n"]
    while True:
        yield ("".join(draw.words(rng, 7, 2, pool)),)


_STEPS = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}


def drive_robot(commands: str, width: int, height: int) -> tuple[int, int, str, int]:
    """Return (x, y, heading, bumps) of a robot that begins at (0, 0), heading N, in a field with x below width and y
    below height, neither below 0, after the commands L (turn left), R (turn right) and F (go one forward, N being y+1
    and E being x+1): where F would leave the field the robot stays and bumps once, and a digit makes the next command
    be done that many times instead of once, the last of several digits in a row counting.

    >>> drive_robot("3FRF", 3, 3)
    (1, 2, 'E', 1)
    """
    x = y = bumps = 0
    heading = 0
    times = 1
    for command in commands:
        if command.isdigit():
            times = int(command)
            continue
        for _ in range(times):
            if command == "F":
                dx, dy = _STEPS["NESW"[heading]]
                if 0 <= x + dx < width and 0 <= y + dy < height:
                    x += dx
                    y += dy
                else:
                    bumps += 1
            else:
                heading = (heading + (1 if command == "R" else -1)) % 4
        times = 1
    return x, y, "NESW"[heading], bumps


def inputs_drive_robot(rng: Random) -> Iterator[tuple[str, int, int]]:
    yield "", 3, 3
    yield "LF", 3, 3
    yield "2RF", 3, 3
    yield "F", 1, 1
    yield "2FR3F", 4, 3
    yield "0FF24R", 2, 2
    while True:
        commands = draw.text(rng, "FFFFFLRRR2350", 11, 3)
        yield commands, rng.randint(1, 4), rng.randint(1, 4)


class TextEditor:
    """Edit a text that begins empty, each method returning the text after it: write appends a text, erase drops the
    last count characters or all if there are fewer, undo takes back the last write or erase not taken back yet, and
    redo does the last one taken back again, both changing nothing if there is none; only the last memory (at least 1)
    writes and erases can be taken back, including those that change nothing, and after a write or an erase nothing is
    left to be done again.

    >>> editor = TextEditor(5)
    >>> editor.write("abc"), editor.erase(2), editor.undo(), editor.redo()
    ('abc', 'a', 'abc', 'a')
    """

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._text = ""
        self._past: list[str] = []
        self._future: list[str] = []

    def _change(self, text: str) -> str:
        self._past.append(self._text)
        del self._past[: -self._memory]
        self._future.clear()
        self._text = text
        return text

    def write(self, text: str) -> str:
        return self._change(self._text + text)

    def erase(self, count: int) -> str:
        return self._change(self._text[: max(0, len(self._text) - count)])

    def undo(self) -> str:
        if self._past:
            self._future.append(self._text)
            self._text = self._past.pop()
        return self._text

    def redo(self) -> str:
        if self._future:
            self._past.append(self._text)
            self._text = self._future.pop()
        return self._text


def inputs_TextEditor(rng: Random) -> Iterator[draw.Calls]:
    yield [("TextEditor", 1), ("undo",), ("redo",), ("write", "a")]
    yield [("TextEditor", 1), ("write", "a"), ("write", "b"), ("undo",), ("undo",), ("redo",)]
    yield [("TextEditor", 3), ("write", "ab"), ("erase", 2), ("erase", 1), ("undo",), ("undo",)]
    yield [("TextEditor", 3), ("write", "a"), ("undo",), ("write", "b"), ("redo",), ("undo",)]
    yield [("TextEditor", 2), ("write", "ab"), ("erase", 3), ("undo",), ("redo",), ("redo",), ("undo",)]
    while True:
        calls: draw.Calls = [("TextEditor", rng.randint(1, 3)), ("write", rng.choice(["ab", "cde"]))]
        for _ in range(rng.randint(3, 6)):
            name = rng.choice(["write", "erase", "undo", "undo", "undo", "redo", "redo"])
            if name == "write":
                calls.append((name, rng.choice(["x", "yz", ""])))
            else:
                calls.append((name, rng.randint(1, 3)) if name == "erase" else (name,))
        yield calls


def turnstile_report(events: list[int | str], fare: int) -> dict[str, int]:
    """Return the numbers of people "passed", of "alarms", the cents of "credit" and the cents "returned" at the end of
    a day at a turnstile: a number is a coin that adds to the credit, "push" lets one pass and takes the fare from the
    credit if that is enough and is an alarm otherwise, the third alarm since the last person passed or the last reset
    locks the turnstile, which from then on returns coins and ignores pushes, and "reset" unlocks it if locked and
    returns the credit at any time.

    >>> turnstile_report([20, 20, "push", "push", "reset"], 30)
    {'passed': 1, 'alarms': 1, 'credit': 0, 'returned': 10}
    """
    report = {"passed": 0, "alarms": 0, "credit": 0, "returned": 0}
    misses = 0
    for event in events:
        if event == "reset":
            report["returned"] += report["credit"]
            report["credit"] = 0
            misses = 0
        elif isinstance(event, int):
            report["returned" if misses == 3 else "credit"] += event
        elif misses < 3 and report["credit"] >= fare:
            report["credit"] -= fare
            report["passed"] += 1
            misses = 0
        elif misses < 3:
            report["alarms"] += 1
            misses += 1
    return report


def inputs_turnstile_report(rng: Random) -> Iterator[tuple[list[int | str], int]]:
    yield [], 10
    yield [10, "push", 9, "push"], 10
    yield ["push", "push", "push", 50, "push"], 20
    yield ["push", "push", 20, "push", "push", "push", "push", 5], 20
    yield [5, "push", "push", "push", 20, "reset", 20, "push"], 20
    yield ["push", "push", "reset", "push", 20, "push"], 20
    while True:
        n = rng.randint(3, 9)
        pool: list[int | str] = [10, 20, 10, "push", "push", "push", "push", "reset"]
        yield [rng.choice(pool) for _ in range(n)], rng.choice([10, 10, 20, 30])


class CircuitBreaker:
    """Protect a service: made with the number of failures in a row (at least 1) that opens it and a rest in seconds,
    allow takes the time and returns "pass" while it is closed, and while open "refuse" until the rest has passed since
    it last opened, then "trial" once, and "refuse" again until the next report, and report takes whether a call went
    well and the time and returns the state after it: success closes it and forgets the failures, and a failure, if it
    makes that number in a row or more since the last success, opens it (anew) at that time.

    >>> breaker = CircuitBreaker(2, 10)
    >>> breaker.report(False, 1), breaker.report(False, 3)
    ('closed', 'open')
    >>> breaker.allow(12), breaker.allow(13), breaker.allow(14)
    ('refuse', 'trial', 'refuse')
    """

    def __init__(self, limit: int, rest: int) -> None:
        self._limit = limit
        self._rest = rest
        self._failures = 0
        self._opened: int | None = None
        self._trying = False

    def allow(self, now: int) -> str:
        if self._opened is None:
            return "pass"
        if self._trying or now - self._opened < self._rest:
            return "refuse"
        self._trying = True
        return "trial"

    def report(self, well: bool, now: int) -> str:
        self._trying = False
        if well:
            self._failures = 0
            self._opened = None
        else:
            self._failures += 1
            if self._failures >= self._limit:
                self._opened = now
        return "closed" if self._opened is None else "open"


def inputs_CircuitBreaker(rng: Random) -> Iterator[draw.Calls]:
    yield [("CircuitBreaker", 2, 3), ("allow", 0), ("report", False, 0), ("report", True, 1), ("report", False, 2)]
    yield [("CircuitBreaker", 1, 3), ("report", False, 0), ("allow", 2), ("allow", 3), ("allow", 4)]
    yield [
        ("CircuitBreaker", 2, 2),
        *[("report", False, time) for time in (0, 1)],
        ("allow", 3),
        ("report", False, 4),
        ("allow", 5),
        ("allow", 6),
    ]
    yield [("CircuitBreaker", 1, 2), ("report", False, 0), ("allow", 2), ("report", True, 3), ("allow", 4)]
    while True:
        rest = rng.randint(1, 4)
        calls: draw.Calls = [("CircuitBreaker", rng.randint(1, 3), rest)]
        now = rng.randint(0, 2)
        for _ in range(rng.randint(3, 6)):
            calls.append(("report", rng.random() < 0.2, now) if rng.random() < 0.6 else ("allow", now))
            now += rng.choice([0, 1, rest, rest])
        yield [*calls, ("allow", now)]


def run_stack_machine(program: list[int | str]) -> list[int]:
    """Run a program on a stack that begins empty and return the stack, top last: a number is pushed, "dup" pushes the
    top again, "swap" exchanges the top two, "sub" replaces them by the lower one minus the top, and "jump" takes off
    the top and then the one below, and goes on at the index in the program that the top said if the one below was not
    0; the run ends where the index is outside of the program, taking from too small a stack raises IndexError, and
    going on after 20 steps raises RuntimeError.

    >>> run_stack_machine([5, 2, "sub", "dup"])
    [3, 3]
    """
    stack: list[int] = []
    at = 0
    steps = 0
    while 0 <= at < len(program):
        if steps == 20:
            raise RuntimeError("too many steps")
        steps += 1
        order = program[at]
        at += 1
        if isinstance(order, int):
            stack.append(order)
            continue
        top = stack.pop()
        if order == "dup":
            stack += [top, top]
            continue
        below = stack.pop()
        if order == "swap":
            stack += [top, below]
        elif order == "sub":
            stack.append(below - top)
        elif below != 0:
            at = top
    return stack


def inputs_run_stack_machine(rng: Random) -> Iterator[tuple[list[int | str]]]:
    yield ([],)
    yield (["dup"],)
    yield ([1, "sub"],)
    yield ([1, 0, "jump"],)
    yield ([0, 0, "jump", 7],)
    yield ([3, -1, "jump", 7],)
    yield ([3, 1, "sub", "dup", 1, "jump"],)
    yield ([4, 1, "sub", "dup", 1, "jump"],)
    yield ([5, 1, "sub", "dup", 1, "jump"],)
    yield ([3, 1, "sub", "dup", 1, "jump", 7, 7, 7, 7],)
    while True:
        if rng.random() < 0.15:
            yield ([rng.randint(2, 4), 1, "sub", "dup", 1, "jump", *draw.integers(rng, 6, 9, 5, 2)],)
            continue
        program: list[int | str] = []
        depth = 0
        for _ in range(rng.randint(3, 7)):
            fit: list[int | str] = [rng.randint(-1, 4), rng.randint(0, 3)]
            fit += ["dup"] if depth or rng.random() < 0.03 else []
            fit += ["swap", "swap", "sub", "sub"] if depth > 1 or rng.random() < 0.03 else []
            order = rng.choice(fit)
            depth += 1 if order == "dup" or isinstance(order, int) else -1 if order == "sub" else 0
            program.append(order)
        if rng.random() < 0.5:
            start = rng.randint(0, 2)
            program += [rng.choice([start, len(program) + 3, len(program) + 4, -1]), "jump", rng.randint(5, 9)]
        yield (program,)


_KEYS = {"2": "abc", "3": "def", "7": "pqrs", "0": " "}


def keypad_text(presses: str) -> str:
    """Return the text typed on a phone's keys: a run of equal presses of 2 (abc), 3 (def), 7 (pqrs) or 0 (a blank)
    gives the letter of the key that the length of the run counts to, beginning again with the first after the last, *
    deletes the last character, if there is one, at each press, # changes between small letters, as at the beginning,
    and capitals for what follows, at each press, and any other character only ends a run.

    >>> keypad_text("2 22#7777")
    'abS'
    """
    text = ""
    capitals = False
    for key, run in groupby(presses):
        count = len(list(run))
        if key == "*":
            text = text[: max(0, len(text) - count)]
        elif key == "#":
            capitals = capitals != (count % 2 == 1)
        elif key in _KEYS:
            letters = _KEYS[key]
            letter = letters[(count - 1) % len(letters)]
            text += letter.upper() if capitals else letter
    return text


def inputs_keypad_text(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("2222",)
    yield ("777777",)
    yield ("22 2*",)
    yield ("23**3",)
    yield ("2***3",)
    yield ("#2##3#3",)
    yield ("9300 03",)
    while True:
        runs = []
        for _ in range(rng.randint(2, 6)):
            key = rng.choice("2233377700*# #")
            runs.append(key * (rng.choice([1, 1, 2, 3]) if key in "0*# " else rng.randint(1, 6)))
        yield ("".join(runs)[:15],)


_POINTS = ("0", "15", "30", "40")


def tennis_score(points: str) -> tuple[int, int, str]:
    """Return (games of A, games of B, score of the game now played) after the winners of all points in order, A or B: a
    game is won with at least four points in it and at least two more than the other, and the next begins at once; the
    score of a game is "deuce" if both have as many points and at least three, "advantage A" or "advantage B" for the
    one ahead if both have at least three, and otherwise the points of A and B, called 0, 15, 30 and 40, with a hyphen
    between.

    >>> tennis_score("AAAAAB")
    (1, 0, '15-15')
    """
    games = [0, 0]
    score = [0, 0]
    for player in points:
        winner = "AB".index(player)
        score[winner] += 1
        if score[winner] >= 4 and score[winner] - score[1 - winner] >= 2:
            games[winner] += 1
            score = [0, 0]
    first, second = score
    if min(score) < 3:
        shown = f"{_POINTS[first]}-{_POINTS[second]}"
    elif first == second:
        shown = "deuce"
    else:
        shown = "advantage " + ("A" if first > second else "B")
    return games[0], games[1], shown


def inputs_tennis_score(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("AAA",)
    yield ("BBBB",)
    yield ("AAABBB",)
    yield ("AAABBBA",)
    yield ("AAABBBB",)
    yield ("AAABBBABBB",)
    yield ("BBBAABAAAA",)
    while True:
        games = [rng.choice(["", "", "AAAA", "BABBB"]), rng.choice(["", "AABBAB", "AABBAB"])]
        yield ("".join(games) + draw.text(rng, rng.choice(["AB", "AAB", "ABBB"]), 7),)


def debounce_button(samples: list[int], stable: int, long: int) -> list[tuple[int, str]]:
    """Return (index, event) in order for a button that is up at first, read as samples 1 (down) and 0 (up): it changes
    once stable (at least 1) samples in a row differ from its state, giving "down" or "up" with the index of the last of
    them, and once long (at least 1) samples have been read since it went down, whatever they were and without it having
    gone up at the last of them, it gives "held" with the index of that sample, once for each time that it is down.

    >>> debounce_button([1, 0, 1, 1, 1, 1, 0, 0], 2, 2)
    [(3, 'down'), (5, 'held'), (7, 'up')]
    """
    state = 0
    differing = 0
    held = 0
    events = []
    for index, sample in enumerate(samples):
        differing = differing + 1 if sample != state else 0
        if differing == stable:
            state = sample
            differing = 0
            held = 0
            events.append((index, "down" if state else "up"))
        elif state:
            held += 1
            if held == long:
                events.append((index, "held"))
    return events


def inputs_debounce_button(rng: Random) -> Iterator[tuple[list[int], int, int]]:
    yield [], 1, 1
    yield [1, 0, 1, 0], 1, 1
    yield [1, 1, 1], 1, 2
    yield [1, 1, 0, 1, 1, 1], 3, 1
    yield [1, 1, 0, 1, 0, 0], 2, 2
    yield [1, 1, 1, 0, 0, 1, 1, 1], 2, 1
    while True:
        samples: list[int] = []
        for _ in range(rng.randint(2, 5)):
            samples += [rng.randint(0, 1)] * rng.randint(1, 4)
        yield samples[:12], rng.randint(1, 3), rng.randint(1, 4)
