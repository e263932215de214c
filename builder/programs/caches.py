"""What is kept for later and when it is dropped: caches of several kinds, histories, ring buffers, memo tables."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


class LruCache:
    """Keep at most capacity (at least 1) values: put stores or replaces the value of a key and returns the key that was
    dropped to make room, or None, get returns a key's value or None if it is not there, and keys lists the keys from
    the one used longest ago to the one used last; both put and a get that finds its key are a use, and the key used
    longest ago is dropped.

    >>> cache = LruCache(2)
    >>> cache.put("a", 1)
    >>> cache.put("b", 2)
    >>> cache.get("a")
    1
    >>> cache.put("c", 3)
    'b'
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: dict[str, int] = {}

    def get(self, key: str) -> int | None:
        if key not in self._values:
            return None
        value = self._values.pop(key)
        self._values[key] = value
        return value

    def put(self, key: str, value: int) -> str | None:
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) <= self._capacity:
            return None
        oldest = next(iter(self._values))
        del self._values[oldest]
        return oldest

    def keys(self) -> list[str]:
        return list(self._values)


def inputs_LruCache(rng: Random) -> Iterator[draw.Calls]:
    yield [("LruCache", 1), ("get", "a"), ("put", "a", 1), ("put", "b", 2), ("get", "a"), ("keys",)]
    yield [("LruCache", 2), ("put", "a", 1), ("put", "b", 2), ("put", "a", 3), ("put", "c", 4), ("get", "a"), ("keys",)]
    yield [("LruCache", 2), ("put", "a", 1), ("put", "b", 2), ("get", "a"), ("get", "c"), ("put", "c", 4), ("keys",)]
    while True:
        calls: draw.Calls = [("LruCache", rng.randint(1, 3))]
        for number in range(1, rng.randint(4, 6)):
            key = rng.choice("abcd")
            calls.append(("put", key, number) if rng.random() < 0.65 else ("get", key))
        yield [*calls, ("get", rng.choice("abcd")), ("keys",)]


class LfuCache:
    """Keep at most capacity (at least 1) values: put stores or replaces the value of a key, get returns a key's value
    or raises KeyError, and counts returns {key: number of uses} of the keys held; each put and each get that finds its
    key is a use, and before a new key comes into a full cache the key with the fewest uses is dropped, of those the one
    used longest ago, its count being forgotten with it.

    >>> cache = LfuCache(2)
    >>> cache.put("a", 1)
    >>> cache.put("b", 2)
    >>> cache.get("a")
    1
    >>> cache.put("c", 3)
    >>> cache.counts()
    {'a': 2, 'c': 1}
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: dict[str, int] = {}
        self._ranks: dict[str, tuple[int, int]] = {}
        self._clock = 0

    def _use(self, key: str) -> None:
        self._clock += 1
        uses, _ = self._ranks.get(key, (0, 0))
        self._ranks[key] = (uses + 1, self._clock)

    def get(self, key: str) -> int:
        value = self._values[key]
        self._use(key)
        return value

    def put(self, key: str, value: int) -> None:
        if key not in self._values and len(self._values) == self._capacity:
            rarest = min(self._ranks, key=lambda held: self._ranks[held])
            del self._values[rarest]
            del self._ranks[rarest]
        self._values[key] = value
        self._use(key)

    def counts(self) -> dict[str, int]:
        return {key: uses for key, (uses, _) in self._ranks.items()}


def inputs_LfuCache(rng: Random) -> Iterator[draw.Calls]:
    yield [("LfuCache", 1), ("get", "a"), ("put", "a", 1), ("put", "b", 2), ("counts",)]
    yield [
        ("LfuCache", 2),
        ("put", "a", 1),
        ("put", "b", 2),
        ("put", "b", 3),
        ("put", "c", 4),
        ("get", "b"),
        ("counts",),
    ]
    yield [("LfuCache", 2), ("put", "a", 1), ("put", "b", 2), ("get", "b"), ("get", "a"), ("put", "c", 4), ("counts",)]
    yield [("LfuCache", 1), ("put", "a", 1), ("get", "a"), ("put", "b", 2), ("put", "a", 3), ("counts",)]
    while True:
        calls: draw.Calls = [("LfuCache", rng.randint(1, 3))]
        seen: list[str] = []
        for number in range(1, rng.randint(5, 6)):
            if seen and rng.random() < 0.35:
                calls.append(("get", rng.choice(seen)))
            else:
                seen.append(rng.choice("abcd"))
                calls.append(("put", seen[-1], number))
        yield [*calls, ("counts",)]


class TtlCache:
    """Keep values for a time: put(key, value, ttl, now) stores or replaces a value that is valid until, and no longer
    at, now + ttl, get(key, now) returns it or raises KeyError if there is none or it is not valid any more,
    extend(key, ttl, now) gives a value that is still valid now + ttl as its new end, unless that is earlier than its
    old one, and returns the end, or raises KeyError as get does, and sweep(now) drops what is not valid any more and
    returns those keys sorted.

    >>> cache = TtlCache()
    >>> cache.put("a", 7, 5, 10)
    >>> cache.get("a", 14)
    7
    >>> cache.sweep(15)
    ['a']
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, int]] = {}

    def put(self, key: str, value: int, ttl: int, now: int) -> None:
        self._entries[key] = (value, now + ttl)

    def get(self, key: str, now: int) -> int:
        value, end = self._entries[key]
        if now >= end:
            raise KeyError(key)
        return value

    def extend(self, key: str, ttl: int, now: int) -> int:
        value = self.get(key, now)
        end = max(self._entries[key][1], now + ttl)
        self._entries[key] = (value, end)
        return end

    def sweep(self, now: int) -> list[str]:
        gone = sorted(key for key, (_, end) in self._entries.items() if now >= end)
        for key in gone:
            del self._entries[key]
        return gone


def inputs_TtlCache(rng: Random) -> Iterator[draw.Calls]:
    yield [("TtlCache",), ("get", "a", 0), ("put", "a", 1, 3, 0), ("get", "a", 2), ("get", "a", 3), ("sweep", 3)]
    yield [("TtlCache",), ("put", "a", 1, 3, 0), ("extend", "a", 1, 1), ("extend", "a", 4, 2), ("get", "a", 5)]
    yield [("TtlCache",), ("put", "a", 1, 3, 0), ("sweep", 2), ("sweep", 3), ("sweep", 4), ("get", "a", 1)]
    yield [("TtlCache",), ("put", "b", 1, 3, 0), ("put", "a", 2, 1, 1), ("extend", "a", 9, 2), ("sweep", 3)]
    while True:
        calls: draw.Calls = [("TtlCache",)]
        now = 0
        keys = draw.some(rng, "abc", max_size=2, min_size=1)
        for key in keys:
            calls.append(("put", key, rng.randint(1, 9), rng.randint(2, 6), now))
            now += rng.randint(0, 1)
        for _ in range(rng.randint(1, 2)):
            now += rng.randint(0, 3)
            key = rng.choice(keys)
            calls.append(rng.choice([("get", key, now), ("extend", key, rng.randint(1, 5), now), ("sweep", now)]))
        now += rng.randint(0, 3)
        yield [*calls, ("get", rng.choice(keys), now), ("sweep", now + rng.randint(0, 5))]


class WriteBackCache:
    """Cache a store of numbers, given as a dict that is left unchanged, in a number of slots (at least 1): read returns
    the number of a key, 0 for one the store has not, and write changes it; either brings a key not yet cached into a
    slot, for which, if all are taken, the key that came in first leaves; a number written goes to the store only when
    its key leaves or at flush, which returns the keys it had to store, sorted, and keeps everything cached; stored
    returns a copy of the store.

    >>> cache = WriteBackCache({"a": 1}, 1)
    >>> cache.write("a", 5)
    >>> cache.stored()
    {'a': 1}
    >>> cache.read("b")
    0
    >>> cache.stored()
    {'a': 5}
    """

    def __init__(self, store: dict[str, int], slots: int) -> None:
        self._store = dict(store)
        self._slots = slots
        self._cached: dict[str, int] = {}
        self._dirty: set[str] = set()

    def _save(self, key: str) -> None:
        if key in self._dirty:
            self._store[key] = self._cached[key]
            self._dirty.remove(key)

    def _make_room(self, key: str) -> None:
        if key not in self._cached and len(self._cached) == self._slots:
            first = next(iter(self._cached))
            self._save(first)
            del self._cached[first]

    def read(self, key: str) -> int:
        self._make_room(key)
        return self._cached.setdefault(key, self._store.get(key, 0))

    def write(self, key: str, number: int) -> None:
        self._make_room(key)
        self._cached[key] = number
        self._dirty.add(key)

    def flush(self) -> list[str]:
        waiting = sorted(self._dirty)
        for key in waiting:
            self._save(key)
        return waiting

    def stored(self) -> dict[str, int]:
        return dict(self._store)


def inputs_WriteBackCache(rng: Random) -> Iterator[draw.Calls]:
    yield [("WriteBackCache", {}, 1), ("read", "a"), ("flush",), ("stored",)]
    yield [("WriteBackCache", {"a": 1}, 1), ("write", "a", 2), ("read", "a"), ("read", "b"), ("flush",), ("stored",)]
    yield [
        ("WriteBackCache", {"a": 1}, 2),
        ("read", "a"),
        ("write", "b", 2),
        ("write", "a", 3),
        ("read", "c"),
        ("stored",),
    ]
    yield [
        ("WriteBackCache", {}, 2),
        ("write", "b", 2),
        ("write", "a", 3),
        ("flush",),
        ("flush",),
        ("read", "c"),
        ("stored",),
    ]
    while True:
        store = {key: rng.randint(1, 9) for key in draw.some(rng, "abc", max_size=2, min_size=1)}
        calls: draw.Calls = [("WriteBackCache", store, rng.randint(1, 2))]
        for _ in range(rng.randint(2, 4)):
            key = rng.choice("abc")
            calls.append(
                rng.choice([("read", key), ("write", key, rng.randint(1, 9)), ("write", key, rng.randint(1, 9))])
            )
        if rng.random() < 0.4:
            calls.append(("flush",))
        yield [*calls, ("read", rng.choice("abc")), ("stored",)]


class RingBuffer:
    """Keep the last size (at least 1) numbers pushed: push returns the number that is overwritten, or None while there
    is room, latest(n) returns the last n numbers kept, the newest first, or raises ValueError if fewer are kept, and
    oldest removes and returns the oldest number kept or raises IndexError if there is none.

    >>> ring = RingBuffer(2)
    >>> ring.push(5)
    >>> ring.push(6)
    >>> ring.push(7)
    5
    >>> ring.latest(2)
    [7, 6]
    """

    def __init__(self, size: int) -> None:
        self._slots = [0] * size
        self._next = 0
        self._count = 0

    def push(self, number: int) -> int | None:
        dropped = None
        if self._count == len(self._slots):
            dropped = self._slots[self._next]
        else:
            self._count += 1
        self._slots[self._next] = number
        self._next = (self._next + 1) % len(self._slots)
        return dropped

    def latest(self, n: int) -> list[int]:
        if n > self._count:
            raise ValueError("not that many")
        return [self._slots[(self._next - back) % len(self._slots)] for back in range(1, n + 1)]

    def oldest(self) -> int:
        if self._count == 0:
            raise IndexError("empty")
        number = self._slots[(self._next - self._count) % len(self._slots)]
        self._count -= 1
        return number


def inputs_RingBuffer(rng: Random) -> Iterator[draw.Calls]:
    yield [("RingBuffer", 2), ("latest", 0), ("oldest",), ("latest", 1), ("push", 4), ("latest", 1)]
    yield [("RingBuffer", 1), ("push", 3), ("push", 4), ("latest", 1), ("oldest",), ("push", 5), ("latest", 1)]
    yield [("RingBuffer", 2), ("push", 3), ("push", 4), ("oldest",), ("push", 5), ("push", 6), ("latest", 2)]
    while True:
        size = rng.randint(1, 3)
        calls: draw.Calls = [("RingBuffer", size)]
        for number in range(1, rng.randint(4, 6)):
            calls.append(("oldest",) if number > 1 and rng.random() < 0.3 else ("push", number * 3 % 10))
        held = 0
        for name, *_ in calls[1:]:
            held = min(held + 1, size) if name == "push" else max(held - 1, 0)
        yield [*calls, ("latest", min(held + (rng.random() < 0.12), 3)), ("oldest",)]


class EditHistory:
    """Hold a text that starts empty and its earlier versions, at most limit (at least 1) of them: edit(text) makes the
    text the current one, which does nothing if it is the current one already and otherwise makes what was undone
    unreachable, undo(n) goes back n versions and redo(n) forward again n versions, each stopping early where there are
    no more and returning the text now current; beyond the limit the oldest earlier version is forgotten.

    >>> history = EditHistory(2)
    >>> for text in ["a", "b", "c"]:
    ...     history.edit(text)
    >>> history.undo(5)
    'a'
    >>> history.redo(1)
    'b'
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._versions = [""]
        self._at = 0

    def edit(self, text: str) -> None:
        if text == self._versions[self._at]:
            return
        self._versions = [*self._versions[: self._at + 1], text][-self._limit - 1 :]
        self._at = len(self._versions) - 1

    def undo(self, n: int) -> str:
        self._at = max(self._at - n, 0)
        return self._versions[self._at]

    def redo(self, n: int) -> str:
        self._at = min(self._at + n, len(self._versions) - 1)
        return self._versions[self._at]


def inputs_EditHistory(rng: Random) -> Iterator[draw.Calls]:
    yield [("EditHistory", 1), ("undo", 1), ("redo", 1), ("edit", "a"), ("edit", "b"), ("undo", 1), ("undo", 1)]
    yield [("EditHistory", 2), ("edit", "a"), ("edit", "b"), ("undo", 1), ("edit", "a"), ("redo", 1), ("undo", 2)]
    yield [("EditHistory", 2), ("edit", "a"), ("edit", "b"), ("undo", 2), ("edit", "c"), ("redo", 1), ("undo", 1)]
    while True:
        calls: draw.Calls = [("EditHistory", rng.randint(1, 3)), ("edit", rng.choice("abc"))]
        for _ in range(rng.randint(2, 3)):
            kind = rng.choice(["edit", "edit", "undo", "redo"])
            calls.append((kind, rng.choice("abcd") if kind == "edit" else rng.randint(1, 2)))
        yield [*calls, ("undo", rng.randint(1, 2)), ("redo", rng.randint(1, 3)), ("undo", rng.randint(1, 4))]


class RecentFiles:
    """List recently used files for a menu: visit(name) makes a file the newest, pin(name) pins a file that is in the
    menu and unpin(name) makes a pinned one an ordinary one again, the newest of them, each raising KeyError if there is
    no such file, and menu returns the pinned files in the order they were pinned, then the ordinary ones from newest to
    oldest; at most limit (at least 1) ordinary files are kept, the oldest falling out, and a visit to a pinned file
    or pinning it again changes nothing.

    >>> recent = RecentFiles(2)
    >>> for name in ["a", "b", "c"]:
    ...     recent.visit(name)
    >>> recent.pin("b")
    >>> recent.menu()
    ['b', 'c']
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pinned: list[str] = []
        self._ordinary: list[str] = []

    def visit(self, name: str) -> None:
        if name in self._pinned:
            return
        others = [other for other in self._ordinary if other != name]
        self._ordinary = [name, *others][: self._limit]

    def pin(self, name: str) -> None:
        if name in self._ordinary:
            self._ordinary.remove(name)
            self._pinned.append(name)
        elif name not in self._pinned:
            raise KeyError(name)

    def unpin(self, name: str) -> None:
        if name not in self._pinned:
            raise KeyError(name)
        self._pinned.remove(name)
        self.visit(name)

    def menu(self) -> list[str]:
        return self._pinned + self._ordinary


def inputs_RecentFiles(rng: Random) -> Iterator[draw.Calls]:
    yield [("RecentFiles", 1), ("pin", "a"), ("unpin", "a"), ("visit", "a"), ("unpin", "a"), ("visit", "b"), ("menu",)]
    yield [("RecentFiles", 2), ("visit", "a"), ("visit", "b"), ("visit", "a"), ("pin", "b"), ("pin", "b"), ("menu",)]
    yield [("RecentFiles", 1), ("visit", "a"), ("pin", "a"), ("visit", "b"), ("visit", "a"), ("unpin", "a"), ("menu",)]
    yield [("RecentFiles", 2), ("visit", "a"), ("visit", "b"), ("pin", "b"), ("pin", "a"), ("visit", "c"), ("menu",)]
    while True:
        calls: draw.Calls = [("RecentFiles", rng.randint(1, 3))]
        visited: list[str] = []
        pinned: list[str] = []
        for _ in range(5):
            draws = rng.random()
            if pinned and draws < 0.3:
                calls.append(("unpin", pinned.pop(rng.randrange(len(pinned)))))
            elif visited and draws < 0.5:
                pinned.append(rng.choice(visited[-2:]))
                calls.append(("pin", pinned[-1]))
            else:
                visited.append(rng.choice("abcd"))
                calls.append(("visit", visited[-1]))
        yield [*calls, ("menu",)]


class SecondChanceCache:
    """Hold pages in a ring of slots (at least 1), each page with a mark: access(page) marks a page that is held and
    returns "hit"; otherwise the page comes in without a mark, into the next free slot as long as there is one
    ("loaded"), and then in place of the page at the hand, after the hand, which starts at the first slot, has moved on
    over every marked page, taking off its mark ("replaced x" for the page x), the hand then moving to the slot after
    it; pages returns the (page, marked) pairs in the order of the slots.

    >>> cache = SecondChanceCache(2)
    >>> [cache.access(page) for page in "abac"]
    ['loaded', 'loaded', 'hit', 'replaced b']
    >>> cache.pages()
    [('a', False), ('c', False)]
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._pages: list[str] = []
        self._marked: list[bool] = []
        self._hand = 0

    def access(self, page: str) -> str:
        if page in self._pages:
            self._marked[self._pages.index(page)] = True
            return "hit"
        if len(self._pages) < self._slots:
            self._pages.append(page)
            self._marked.append(False)
            return "loaded"
        while self._marked[self._hand]:
            self._marked[self._hand] = False
            self._hand = (self._hand + 1) % self._slots
        old = self._pages[self._hand]
        self._pages[self._hand] = page
        self._hand = (self._hand + 1) % self._slots
        return f"replaced {old}"

    def pages(self) -> list[tuple[str, bool]]:
        return list(zip(self._pages, self._marked, strict=True))


def inputs_SecondChanceCache(rng: Random) -> Iterator[draw.Calls]:
    yield [("SecondChanceCache", 1), ("access", "a"), ("access", "a"), ("access", "b"), ("pages",)]
    yield [("SecondChanceCache", 2), *[("access", page) for page in "abac"], ("pages",), ("access", "d")]
    yield [("SecondChanceCache", 2), *[("access", page) for page in "ababc"], ("pages",)]
    while True:
        pool = rng.choice(["abc", "abcd"])
        calls: draw.Calls = [("SecondChanceCache", rng.randint(1, 3))]
        calls += [("access", rng.choice(pool)) for _ in range(rng.randint(4, 7))]
        yield [*calls, ("pages",), ("access", rng.choice("ef"))]


def set_hits(addresses: list[int], sets: int, ways: int, block: int) -> str:
    """Return a letter for each access to an address, H if its block is cached and M if not, for a cache that starts
    empty: block number address // block belongs in set number (block number modulo sets), each set holds at most ways
    blocks, and a missing block is brought in, in place of the one of its set that was accessed longest ago if the set
    is full.

    >>> set_hits([0, 3, 8, 1, 16, 9], 2, 2, 4)
    'MHMHMM'
    """
    held: list[list[int]] = [[] for _ in range(sets)]
    outcome = ""
    for address in addresses:
        number = address // block
        blocks = held[number % sets]
        if number in blocks:
            blocks.remove(number)
            outcome += "H"
        else:
            outcome += "M"
        blocks.append(number)
        if len(blocks) > ways:
            blocks.pop(0)
    return outcome


def inputs_set_hits(rng: Random) -> Iterator[tuple[list[int], int, int, int]]:
    yield [], 2, 2, 4
    yield [3, 4, 3], 1, 1, 4
    yield [0, 4, 0, 4], 2, 1, 4
    yield [0, 8, 0, 16, 0, 8], 2, 2, 4
    while True:
        yield draw.integers(rng, 0, 15, max_size=9, min_size=5), rng.randint(1, 3), rng.randint(1, 2), rng.randint(2, 4)


def _directives(header: str) -> dict[str, int]:
    found = {}
    for part in header.lower().split(","):
        name, _, number = part.strip().partition("=")
        found[name] = int(number or 0)
    return found


def cache_verdict(header: str, age: int, shared: bool) -> str:
    """Say what to do with a response of that age under a Cache-Control header, whose directives are separated by commas
    with or without blanks around them and written in any case: "bypass" if it has no-store, or private and the cache is
    shared; otherwise "fresh" if age is less than the lifetime, which is that of s-maxage if the cache is shared and
    there is one, else that of max-age, else 0; otherwise "refresh" if age is less than the lifetime plus
    stale-while-revalidate (0 if it is missing) and must-revalidate is not there; otherwise "expired".

    >>> cache_verdict("max-age=60, Stale-While-Revalidate=30", 80, False)
    'refresh'
    """
    rules = _directives(header)
    if "no-store" in rules or ("private" in rules and shared):
        return "bypass"
    lifetime = rules.get("max-age", 0)
    if shared:
        lifetime = rules.get("s-maxage", lifetime)
    if age < lifetime:
        return "fresh"
    if age < lifetime + rules.get("stale-while-revalidate", 0) and "must-revalidate" not in rules:
        return "refresh"
    return "expired"


def inputs_cache_verdict(rng: Random) -> Iterator[tuple[str, int, bool]]:
    yield "", 0, False
    yield "No-Store,max-age=9", 0, False
    yield "private, max-age=5", 4, True
    yield "private, max-age=5", 4, False
    yield "max-age=5", 5, False
    yield "max-age=9,s-maxage=3", 3, True
    yield "max-age=9,s-maxage=3", 3, False
    yield "s-maxage=3", 2, False
    yield "max-age=2 , stale-while-revalidate=3", 5, False
    yield "max-age=2, stale-while-revalidate=3, must-revalidate", 4, False
    while True:
        parts = [f"max-age={rng.randint(1, 5)}"] if rng.random() < 0.8 else []
        if rng.random() < 0.4:
            parts.append(f"s-maxage={rng.randint(1, 5)}")
        if rng.random() < 0.7:
            parts.append(f"stale-while-revalidate={rng.randint(1, 4)}")
        parts += [word for word in ("must-revalidate", "private", "no-store") if rng.random() < 0.14]
        rng.shuffle(parts)
        parts = [rng.choice([part, part, part.title(), part.upper()]) for part in parts]
        yield rng.choice([",", ", ", " , "]).join(parts), rng.randint(0, 9), rng.random() < 0.5


_KEEP = ("lock", "conf")


def _order(file: tuple[str, int, int]) -> tuple[int, int, str]:
    name, size, used = file
    return used, -size, name


def evict_files(files: list[tuple[str, int, int]], budget: int) -> list[str]:
    """Return the names of the (name, size, last used) files to delete, in the order of deletion, until the sizes of the
    rest add up to at most budget: the one used longest ago first, of those the largest, and then by name; files whose
    name after its last point (the whole name if it has none) is lock or conf are never deleted, though they count, and
    ValueError is raised if deleting all the others is not enough.

    >>> evict_files([("a.tmp", 3, 5), ("b.conf", 4, 1), ("c.tmp", 5, 5), ("d.tmp", 1, 7)], 8)
    ['c.tmp']
    """
    total = sum(size for _, size, _ in files)
    deleted = []
    for name, size, _ in sorted(files, key=_order):
        if total > budget and name.rpartition(".")[2] not in _KEEP:
            deleted.append(name)
            total -= size
    if total > budget:
        raise ValueError("too large")
    return deleted


def inputs_evict_files(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]], int]]:
    yield [], 0
    yield [("a", 3, 1)], 3
    yield [("a", 3, 1)], 2
    yield [("a.lock", 3, 1)], 2
    yield [("b", 2, 1), ("a", 2, 1)], 2
    yield [("a.lock.x", 3, 1), ("conf", 1, 0), ("x.tmp", 3, 1)], 4
    while True:
        names = ["a", "b.tmp", "c.tmp", "d.lock", "e.conf", "f.lock.tmp", "g"]
        files = [(name, rng.randint(1, 4), rng.randint(1, 3)) for name in draw.some(rng, names, max_size=5, min_size=3)]
        fixed = sum(size for name, size, _ in files if name in ("d.lock", "e.conf"))
        total = sum(size for _, size, _ in files)
        yield files, rng.randint(max(fixed - 1, 0), total)


def _next_use(page: str, rest: str) -> int:
    return rest.index(page) if page in rest else len(rest)


def best_evictions(requests: str, slots: int) -> str:
    """Return, in the order of eviction and joined to one string, the pages that a cache with that many slots (at least
    1) evicts when it knows all requests, given one letter each, beforehand: it starts empty, takes in every page that
    is asked for and missing, and if it is full it first evicts the page whose next request is furthest away, those
    never asked for again being furthest, and on a tie among these the first in the alphabet.

    >>> best_evictions("abcab", 2)
    'ba'
    """
    held: set[str] = set()
    evicted = ""
    for at, page in enumerate(requests):
        if page not in held and len(held) == slots:
            victim = max(sorted(held), key=lambda name: _next_use(name, requests[at:]))
            held.remove(victim)
            evicted += victim
        held.add(page)
    return evicted


def inputs_best_evictions(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 2
    yield "aaa", 1
    yield "abcab", 2
    yield "abc", 2
    yield "bac", 2
    yield "abcabdacb", 3
    while True:
        pool = rng.choice(["abc", "abcd", "abcde"])
        yield draw.text(rng, pool, max_size=10, min_size=5), rng.randint(1, 3)


def stale_waves(inputs: dict[str, list[str]], changed: list[str]) -> list[list[str]]:
    """Return the cached results that are out of date once the changed names have changed, in waves: inputs maps each
    cached result to the names it was made from, the first wave is the results made from a changed name, each further
    wave those made from a result in the wave before, a result is in the first wave that reaches it only, a changed name
    is in none, every wave is sorted and none is empty.

    >>> stale_waves({"sum": ["a", "b"], "page": ["sum", "text"], "mean": ["sum", "a"]}, ["a"])
    [['mean', 'sum'], ['page']]
    """
    done = set(changed)
    wave = set(changed)
    waves = []
    while wave:
        wave = {name for name, sources in inputs.items() if name not in done and not wave.isdisjoint(sources)}
        done |= wave
        waves.append(sorted(wave))
    return waves[:-1]


def inputs_stale_waves(rng: Random) -> Iterator[tuple[dict[str, list[str]], list[str]]]:
    yield {}, []
    yield {"r": ["a"]}, []
    yield {"r": ["a"]}, ["b"]
    yield {"r": ["a"], "s": ["r"], "q": ["a"]}, ["a"]
    yield {"r": ["s", "a"], "s": ["r"]}, ["a"]
    yield {"r": ["a"], "s": ["r", "a"]}, ["r", "a"]
    while True:
        results = draw.some(rng, "pqrst", max_size=5, min_size=3)
        made = {name: draw.some(rng, ["a", "b", *results], max_size=2, min_size=1) for name in results}
        yield made, draw.some(rng, ["a", "b", results[0]], max_size=2, min_size=1)


_ASSEMBLY = 1


def unit_cost(
    part: str, recipes: dict[str, list[tuple[str, int]]], prices: dict[str, int], memo: dict[str, int]
) -> int:
    """Return the cost of a part, as found in memo if it is there; otherwise it is the price of the part or, if there is
    a recipe of (component, count) for it, 1 for assembly plus the costs of that many of each component, whichever of
    the two is lower, and is put into memo, as are the costs of all components worked out on the way (every component of
    a recipe, also where the price is lower); raise KeyError for a part that has neither memo, recipe nor price, which
    then has changed memo only by the costs worked out before, components being taken in the order listed.

    >>> memo = {"leg": 2}
    >>> unit_cost("table", {"table": [("top", 1), ("leg", 4)]}, {"top": 5, "leg": 9}, memo)
    14
    >>> memo
    {'leg': 2, 'top': 5, 'table': 14}
    """
    if part not in memo:
        if part in recipes:
            cost = _ASSEMBLY
            for component, count in recipes[part]:
                cost += count * unit_cost(component, recipes, prices, memo)
            memo[part] = min(cost, prices.get(part, cost))
        else:
            memo[part] = prices[part]
    return memo[part]


def inputs_unit_cost(
    rng: Random,
) -> Iterator[tuple[str, dict[str, list[tuple[str, int]]], dict[str, int], dict[str, int]]]:
    yield "a", {}, {"a": 3}, {}
    yield "a", {}, {}, {"a": 3}
    yield "a", {}, {"b": 2}, {}
    yield "a", {"a": []}, {"a": 2}, {}
    yield "a", {"a": [("b", 2)]}, {"a": 6, "b": 3}, {}
    yield "a", {"a": [("b", 2), ("c", 1)], "b": [("c", 2)]}, {"c": 2}, {"b": 1}
    while True:
        recipes = {"a": [(name, rng.randint(1, 3)) for name in draw.some(rng, "bcd", max_size=2, min_size=1)]}
        if rng.random() < 0.6:
            recipes["b"] = [(name, rng.randint(1, 3)) for name in draw.some(rng, "cd", max_size=2, min_size=1)]
        prices = {"b": rng.randint(1, 9), "c": rng.randint(1, 4), "d": rng.randint(1, 4)}
        if rng.random() < 0.3:
            del prices[rng.choice("bcd")]
        if rng.random() < 0.5:
            prices["a"] = rng.randint(4, 20)
        yield (
            rng.choice("aaab"),
            recipes,
            prices,
            {name: rng.randint(1, 5) for name in draw.some(rng, "bcd", max_size=1)},
        )
