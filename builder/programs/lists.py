"""Lists: slices, pages, groups, rotation, windows, duplicates, edits in place."""

from collections.abc import Iterator
from itertools import groupby
from random import Random

from debugarena.builder.programs import draw


def page_bar(current: int, last: int, around: int) -> list[int]:
    """Return, ascending, the page numbers that a page bar shows out of 1 to last: the first, the last and those at most
    around away from current, where two or more left-out pages in a row are stood for by a single 0 while one left-out
    page alone is shown after all; raise ValueError unless 1 <= current <= last.

    >>> page_bar(6, 10, 1)
    [1, 0, 5, 6, 7, 0, 10]
    >>> page_bar(4, 9, 1)
    [1, 2, 3, 4, 5, 0, 9]
    """
    if not 1 <= current <= last:
        raise ValueError("no such page")
    bar: list[int] = []
    previous = 0
    for page in range(1, last + 1):
        if page not in (1, last) and abs(page - current) > around:
            continue
        left_out = page - previous - 1
        if left_out:
            bar.append(page - 1 if left_out == 1 else 0)
        bar.append(page)
        previous = page
    return bar


def inputs_page_bar(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 1, 1, 1
    yield 1, 10, 0
    yield 10, 10, 2
    yield 4, 7, 1
    yield 5, 9, 1
    yield 0, 3, 1
    yield 4, 3, 1
    while True:
        last = rng.randint(1, 12)
        yield rng.randint(1 if rng.random() < 0.8 else 0, last + (rng.random() < 0.1)), last, rng.randint(0, 3)


def paginate_groups(groups: list[list[str]], size: int) -> list[list[str]]:
    """Lay the groups of lines out, in order, on pages of at most size lines: a group goes onto the last page if it fits
    there whole below a blank line "" that sets it off from what is above, else it starts a new page and runs on over
    further pages if it is longer than one, and an empty group is passed over; return the pages, each a list of lines.

    >>> paginate_groups([["a"], ["b", "c"], ["d", "e", "f", "g", "h"], ["i"]], 4)
    [['a', '', 'b', 'c'], ['d', 'e', 'f', 'g'], ['h', '', 'i']]
    """
    pages: list[list[str]] = []
    for group in groups:
        if not group:
            continue
        if pages and len(pages[-1]) + 1 + len(group) <= size:
            pages[-1] += ["", *group]
        else:
            pages += [group[start : start + size] for start in range(0, len(group), size)]
    return pages


def inputs_paginate_groups(rng: Random) -> Iterator[tuple[list[list[str]], int]]:
    yield [], 3
    yield [[]], 3
    yield [["a"], [], ["b"]], 3
    yield [["a"], ["b"]], 2
    yield [["a", "b", "c", "d"]], 2
    yield [["a", "b", "c", "d", "e"], ["f"]], 3
    while True:
        letters = iter("abcdefghijklmnopqrstuvwxyz")
        groups = [[next(letters) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 5)))] for _ in range(rng.randint(1, 4))]
        yield groups, rng.randint(2, 5)


def _reverse(values: list[int], low: int, high: int) -> None:
    while low < high:
        values[low], values[high] = values[high], values[low]
        low += 1
        high -= 1


def rotate_segment(values: list[int], low: int, high: int, steps: int) -> list[int]:
    """Rotate the values at the indexes low to high, both included, by steps places to the right (to the left if steps
    is negative) in place and return values, whose other members stay where they are; raise IndexError, changing
    nothing, unless 0 <= low <= high < len(values).

    >>> rotate_segment([1, 2, 3, 4, 5], 1, 4, 1)
    [1, 5, 2, 3, 4]
    """
    if not 0 <= low <= high < len(values):
        raise IndexError("no such segment")
    steps %= high - low + 1
    _reverse(values, low, high)
    _reverse(values, low, low + steps - 1)
    _reverse(values, low + steps, high)
    return values


def inputs_rotate_segment(rng: Random) -> Iterator[tuple[list[int], int, int, int]]:
    yield [7], 0, 0, 3
    yield [], 0, 0, 1
    yield [1, 2, 3], 0, 3, 1
    yield [1, 2, 3], 2, 1, 1
    yield [1, 2, 3], -1, 1, 1
    yield [1, 2, 3, 4], 0, 3, -1
    while True:
        size = rng.randint(2, 7)
        low, high = sorted((rng.randint(0, size - 1), rng.randint(0, size - 1)))
        if rng.random() < 0.1:
            low, high = rng.choice(((high, low), (low, size), (-1, high)))
        yield rng.sample(range(10), size), low, high, rng.randint(-5, 8)


def _message(line: str) -> str:
    return line.partition(" ")[2]


def collapse_repeats(lines: list[str]) -> list[str]:
    """Shorten a log whose lines are a time, a space and a message: of three or more lines in a row with the same
    message keep the first and replace the rest by the line "<time> repeated <n> times", with the time of the last of
    them and the number of lines replaced; keep all other lines as they are.

    >>> collapse_repeats(["1 up", "2 up", "5 up", "6 down"])
    ['1 up', '5 repeated 2 times', '6 down']
    """
    kept = []
    for _, group in groupby(lines, key=_message):
        run = list(group)
        if len(run) > 2:
            time = run[-1].partition(" ")[0]
            run[1:] = [f"{time} repeated {len(run) - 1} times"]
        kept += run
    return kept


def inputs_collapse_repeats(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["1 up"],)
    yield (["1 up", "2 up"],)
    yield (["1 up", "1 up", "1 up"],)
    yield (["1 up", "2 up", "3 up", "4 up down", "5 up down"],)
    while True:
        time, lines, message = 0, [], "up"
        for _ in range(rng.randint(2, 8)):
            time += rng.randint(1, 4)
            if rng.random() < 0.35:
                message = rng.choice(["up", "disk up", "disk full"])
            lines.append(f"{time} {message}")
        yield (lines,)


def rolling_alerts(loads: list[int], width: int, high: int, low: int) -> list[tuple[int, int]]:
    """Return the alerts as (start, end) indexes, in order: over the sums of the last width loads up to each index
    (of all of them while there are fewer), an alert starts where the sum is more than high while none is on, and ends
    at the next index where it is less than low, or has the end -1 if that never comes; low is not more than high.

    >>> rolling_alerts([1, 4, 3, 0, 0, 6], 2, 5, 3)
    [(2, 4), (5, -1)]
    """
    alerts = []
    started: int | None = None
    total = 0
    for index, load in enumerate(loads):
        total += load
        if index >= width:
            total -= loads[index - width]
        if started is None and total > high:
            started = index
        elif started is not None and total < low:
            alerts.append((started, index))
            started = None
    if started is not None:
        alerts.append((started, -1))
    return alerts


def inputs_rolling_alerts(rng: Random) -> Iterator[tuple[list[int], int, int, int]]:
    yield [], 2, 3, 1
    yield [5], 1, 4, 2
    yield [5], 1, 5, 2
    yield [6, 0, 6, 0], 1, 5, 5
    yield [4, 4, 0, 0], 2, 7, 4
    while True:
        width = rng.randint(1, 3)
        low = rng.randint(1, 2 * width)
        loads = [rng.choice((0, 0, 1, 2, 3, 4, 5)) for _ in range(rng.randint(3, 8))]
        yield loads, width, low + rng.randint(0, width + 1), low


def edit_lines(lines: list[str], edits: list[tuple[int, str, str]]) -> int:
    """Make the edits (number, kind, text) to lines in place and return how many lines there are then; numbers count the
    lines as they were, from 1 on, and kind is "above" or "below" (add text there, after what earlier edits added
    there), "change" (put text for the line) or "delete"; of several changes and deletions of a line the last one holds;
    raise IndexError if there is no such line, ValueError for another kind, the first wrong edit deciding and nothing
    being changed.

    >>> edit_lines(["a", "b"], [(1, "delete", ""), (2, "above", "x"), (2, "below", "y")])
    3
    """
    above: list[list[str]] = [[] for _ in lines]
    own = [[line] for line in lines]
    below: list[list[str]] = [[] for _ in lines]
    for number, kind, text in edits:
        if not 1 <= number <= len(lines):
            raise IndexError("no such line")
        if kind == "above":
            above[number - 1].append(text)
        elif kind == "below":
            below[number - 1].append(text)
        elif kind == "change":
            own[number - 1] = [text]
        elif kind == "delete":
            own[number - 1] = []
        else:
            raise ValueError("no such kind of edit")
    lines[:] = [line for place, old in enumerate(own) for line in above[place] + old + below[place]]
    return len(lines)


def inputs_edit_lines(rng: Random) -> Iterator[tuple[list[str], list[tuple[int, str, str]]]]:
    yield [], []
    yield ["a"], [(1, "delete", "")]
    yield ["a", "b"], [(2, "above", "x"), (2, "above", "y"), (1, "below", "z")]
    yield ["a"], [(1, "delete", ""), (0, "change", "x")]
    yield ["a"], [(2, "change", "x")]
    yield ["a"], [(1, "swap", "x")]
    while True:
        lines = list("abcd"[: rng.randint(1, 4)])
        edits = []
        for text in draw.some(rng, "uvwxyz", max_size=3, min_size=1):
            kind = rng.choice(["above", "above", "below", "below", "change", "delete"])
            number = rng.randint(1, len(lines))
            if rng.random() < 0.05:
                kind = "swap"
            elif rng.random() < 0.05:
                number = rng.choice([0, len(lines) + 1])
            edits.append((number, kind, "" if kind == "delete" else text))
        yield lines, edits


def drag_rows(rows: list[str], picked: list[int], target: int) -> int:
    """Move the rows at the picked indexes (in any order, repeats counting once) in place to just before the row that
    was at index target, or to the end if target is len(rows), as one block in their old order, and return the index at
    which the block then begins; raise IndexError, changing nothing, if a picked index or target is negative, a picked
    index is not less than len(rows) or target is more than len(rows).

    >>> drag_rows(["a", "b", "c", "d"], [3, 0], 2)
    1
    """
    if not 0 <= target <= len(rows) or not all(0 <= index < len(rows) for index in picked):
        raise IndexError("no such row")
    block = [rows[index] for index in sorted(set(picked))]
    before = [row for index, row in enumerate(rows) if index < target and index not in picked]
    after = [row for index, row in enumerate(rows) if index >= target and index not in picked]
    rows[:] = before + block + after
    return len(before)


def inputs_drag_rows(rng: Random) -> Iterator[tuple[list[str], list[int], int]]:
    yield [], [], 0
    yield ["a"], [0], 1
    yield ["a", "b", "c"], [1], 1
    yield ["a", "b", "c"], [2, 0, 2], 1
    yield ["a", "b"], [2], 0
    yield ["a", "b"], [-1], 0
    yield ["a", "b"], [0], 3
    yield ["a", "b"], [0], -1
    while True:
        size = rng.randint(2, 6)
        picked = draw.integers(rng, 0, size - 1, max_size=3, min_size=1)
        target = rng.randint(0, size)
        if rng.random() < 0.1:
            if rng.random() < 0.5:
                picked[0] = rng.choice([-1, size])
            else:
                target = rng.choice([-1, size + 1])
        yield list("abcdef"[:size]), picked, target


class RecentFiles:
    """Keep a menu of recent files: visit moves a name to the front, or adds it there, and if more than limit names are
    then not pinned, drops the one of these that was visited longest ago and returns it, else returns None; pin keeps a
    name from being dropped for good and raises KeyError if it is not in the menu; menu returns the pinned names and
    then the others, both latest visit first.

    >>> recent = RecentFiles(1)
    >>> recent.visit("a")
    >>> recent.visit("b")
    'a'
    >>> recent.menu()
    ['b']
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._names: list[str] = []
        self._pinned: set[str] = set()

    def visit(self, name: str) -> str | None:
        if name in self._names:
            self._names.remove(name)
        self._names.insert(0, name)
        loose = [other for other in self._names if other not in self._pinned]
        if len(loose) <= self._limit:
            return None
        self._names.remove(loose[-1])
        return loose[-1]

    def pin(self, name: str) -> None:
        if name not in self._names:
            raise KeyError(name)
        self._pinned.add(name)

    def menu(self) -> list[str]:
        return sorted(self._names, key=lambda name: name not in self._pinned)


def inputs_RecentFiles(rng: Random) -> Iterator[draw.Calls]:
    yield [("RecentFiles", 2), ("menu",)]
    yield [("RecentFiles", 2), ("visit", "a"), ("visit", "b"), ("visit", "a"), ("visit", "c"), ("menu",)]
    yield [("RecentFiles", 1), ("visit", "a"), ("pin", "a"), ("visit", "b"), ("visit", "c"), ("menu",)]
    yield [("RecentFiles", 1), ("pin", "a"), ("menu",)]
    while True:
        calls: draw.Calls = [("RecentFiles", rng.randint(1, 2))]
        visited: list[str] = []
        for _ in range(rng.randint(4, 6)):
            if visited and rng.random() < 0.25:
                calls.append(("pin", rng.choice(visited)))
            else:
                visited.append(rng.choice("abcd"))
                calls.append(("visit", visited[-1]))
        yield [*calls, ("menu",)]


class UndoList:
    """Edit a list that can travel back: insert puts an item before index (at the end if index is the length) and remove
    takes out and returns the item at index, both raising IndexError, with nothing changed, if index is negative or too
    large; travel takes back the last steps edits, or makes the last -steps taken-back ones again if steps is negative,
    as many as there are, and returns how many that were; a new edit drops those taken back; items returns the list.

    >>> undo = UndoList()
    >>> undo.insert(0, 7)
    >>> undo.insert(0, 5)
    >>> undo.travel(1)
    1
    >>> undo.items()
    [7]
    """

    def __init__(self) -> None:
        self._items: list[int] = []
        self._done: list[tuple[bool, int, int]] = []
        self._undone: list[tuple[bool, int, int]] = []

    def insert(self, index: int, item: int) -> None:
        if not 0 <= index <= len(self._items):
            raise IndexError("no such place")
        self._items.insert(index, item)
        self._done.append((True, index, item))
        self._undone.clear()

    def remove(self, index: int) -> int:
        if not 0 <= index < len(self._items):
            raise IndexError("no such item")
        item = self._items.pop(index)
        self._done.append((False, index, item))
        self._undone.clear()
        return item

    def travel(self, steps: int) -> int:
        source, target = (self._done, self._undone) if steps > 0 else (self._undone, self._done)
        count = min(abs(steps), len(source))
        for _ in range(count):
            inserted, index, item = source.pop()
            if inserted:
                self._items.pop(index)
            else:
                self._items.insert(index, item)
            target.append((not inserted, index, item))
        return count

    def items(self) -> list[int]:
        return list(self._items)


def inputs_UndoList(rng: Random) -> Iterator[draw.Calls]:
    yield [("UndoList",), ("travel", 1), ("travel", -1), ("items",)]
    yield [("UndoList",), ("insert", 0, 1), ("travel", 2), ("travel", -2), ("items",)]
    yield [("UndoList",), ("insert", 0, 1), ("travel", 1), ("insert", 0, 2), ("travel", -1), ("items",)]
    yield [("UndoList",), ("insert", 0, 1), ("remove", 0), ("travel", 1), ("travel", -1), ("items",)]
    yield [("UndoList",), ("insert", 1, 1), ("remove", 0), ("insert", -1, 2), ("items",)]
    while True:
        calls: draw.Calls = [("UndoList",)]
        size = 0
        for _ in range(rng.randint(3, 6)):
            kind = rng.choice(["insert", "insert", "remove", "travel", "travel"]) if size else "insert"
            if kind == "insert":
                calls.append(("insert", rng.randint(0, size + (rng.random() < 0.1)), rng.randint(1, 9)))
                size += 1
            elif kind == "remove":
                calls.append(("remove", rng.randint(0, size - 1)))
                size -= 1
            else:
                calls.append(("travel", rng.choice([1, 1, 2, -1, -1, -2])))
        yield [*calls, ("items",)]


def _column_widths(names: list[str], rows: int) -> list[int]:
    return [max(map(len, names[start : start + rows])) for start in range(0, len(names), rows)]


def column_layout(names: list[str], width: int) -> list[str]:
    """Lay out one or more names in columns, filled downwards one after the other, each as wide as its longest name and
    two spaces apart, and return the lines without spaces at their ends; use as few lines as make the widths of the
    columns and the spaces between them at most width in all, or one line for each name if nothing fits.

    >>> column_layout(["ant", "bee", "cow", "d", "emu"], 10)
    ['ant  d', 'bee  emu', 'cow']
    """
    rows = 1
    widths = _column_widths(names, rows)
    while rows < len(names) and sum(widths) + 2 * (len(widths) - 1) > width:
        rows += 1
        widths = _column_widths(names, rows)
    lines = []
    for row in range(rows):
        cells = [name.ljust(widths[column]) for column, name in enumerate(names[row::rows])]
        lines.append("  ".join(cells).rstrip())
    return lines


def inputs_column_layout(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield ["ant"], 2
    yield ["a", "b"], 4
    yield ["a", "b"], 3
    yield ["a", "bbb", "cc", "d"], 7
    yield ["aaaa", "b", "c", "dd", "e"], 8
    while True:
        names = [rng.choice("abcdef") * rng.randint(1, 4) for _ in range(rng.randint(2, 7))]
        yield names, rng.randint(4, 18)


def merge_feeds(feeds: list[tuple[int, list[str]]], limit: int) -> list[str]:
    """Merge feeds (quota, items) in rounds and return the first limit items: in every round each feed in turn adds its
    next items until it has added quota (at least 1) of them in this round or has none left, passing over items that are
    already there without counting them; rounds go on until all feeds are used up; the feeds stay as they are.

    >>> merge_feeds([(1, ["a", "b"]), (2, ["a", "c", "d", "e"])], 4)
    ['a', 'c', 'd', 'b']
    """
    pending = [(quota, items[::-1]) for quota, items in feeds]
    merged: list[str] = []
    while any(items for _, items in pending):
        for quota, items in pending:
            goal = len(merged) + quota
            while items and len(merged) < goal:
                item = items.pop()
                if item not in merged:
                    merged.append(item)
    return merged[:limit]


def inputs_merge_feeds(rng: Random) -> Iterator[tuple[list[tuple[int, list[str]]], int]]:
    yield [], 3
    yield [(1, [])], 3
    yield [(2, ["a", "a", "b", "c"])], 3
    yield [(1, ["a", "b", "c"]), (2, ["d", "e", "f"])], 5
    yield [(1, ["a", "b"]), (1, ["a", "c"])], 0
    while True:
        feeds = []
        for _ in range(rng.randint(1, 3)):
            feeds.append((rng.randint(1, 3), draw.words(rng, 5, 0 if rng.random() < 0.2 else 2, "abcdefg")))
        yield feeds, rng.randint(1, 8)


def _page(text: str, last: int) -> int:
    page = int(text)
    if not 1 <= page <= last:
        raise ValueError("no such page")
    return page


def parse_page_selection(text: str, last: int) -> list[int]:
    """Return the pages, numbered 1 to last, that a print dialog's text selects, in the order it names them, each once
    where it comes first: parts between commas are a number, or two joined by a hyphen for all pages from the one to the
    other, counting down if the second is smaller, where a missing first one is 1 and a missing second one is last;
    raise ValueError for an empty part, a part with two hyphens or a number that is no page; text has digits, commas and
    hyphens only.

    >>> parse_page_selection("5,3-1,4-", 6)
    [5, 3, 2, 1, 4, 6]
    """
    pages: list[int] = []
    for part in text.split(","):
        if "-" in part:
            left, right = part.split("-")
            start, stop = _page(left or "1", last), _page(right or str(last), last)
        else:
            start = stop = _page(part, last)
        step = 1 if start < stop else -1
        for page in range(start, stop + step, step):
            if page not in pages:
                pages.append(page)
    return pages


def inputs_parse_page_selection(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 3
    yield "-", 4
    yield "-2,4-", 5
    yield "1-2-3", 5
    yield "0", 5
    yield "6", 5
    yield "3,,4", 5
    while True:
        last = rng.randint(4, 9)
        parts = []
        for _ in range(rng.randint(1, 4)):
            first, second = str(rng.randint(1, last)), str(rng.randint(1, last))
            parts.append(rng.choice([first, f"{first}-{second}", f"{first}-{second}", f"-{first}", f"{second}-"]))
        if rng.random() < 0.1:
            parts[-1] = rng.choice(["", "1-2-3", "0", f"2-{last + 1}"])
        yield ",".join(parts), last


def _address(contact: dict[str, str]) -> str:
    return contact.get("mail", "").strip().lower()


def merge_contacts(contacts: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return new contacts without doubles, in the order of their first ones: contacts with the same "mail", up to case
    and spaces around it, are merged into the first of them, which takes over every field that it lacks or has as ""
    from the first later one that has it filled; a contact whose mail is missing or blank is never merged; the given
    contacts stay as they are.

    >>> merge_contacts([{"mail": "a@x", "tel": ""}, {"mail": "A@x", "tel": "7"}, {"mail": ""}])
    [{'mail': 'a@x', 'tel': '7'}, {'mail': ''}]
    """
    merged: list[dict[str, str]] = []
    known: dict[str, dict[str, str]] = {}
    for contact in contacts:
        address = _address(contact)
        if address and address in known:
            first = known[address]
            for field, value in contact.items():
                if value and not first.get(field):
                    first[field] = value
        else:
            known[address] = dict(contact)
            merged.append(known[address])
    return merged


def inputs_merge_contacts(rng: Random) -> Iterator[tuple[list[dict[str, str]]]]:
    yield ([],)
    yield ([{}, {}],)
    yield ([{"mail": " "}, {"mail": "", "tel": "1"}],)
    yield ([{"mail": "a"}, {"mail": "A ", "tel": "1"}, {"mail": "a", "tel": "2"}],)
    yield ([{"mail": "a", "tel": ""}, {"mail": "a", "job": ""}],)
    while True:
        contacts = []
        for _ in range(rng.randint(2, 3)):
            contact = {}
            if rng.random() < 0.9:
                contact["mail"] = rng.choice(["a", "a", "A", " a", "b", "B", ""])
            for field in draw.some(rng, ["tel", "job"], max_size=2):
                contact[field] = rng.choice(["", "1", "2", "3"])
            contacts.append(contact)
        yield (contacts,)
