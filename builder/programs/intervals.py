"""Intervals as pairs: merging, gaps, overlap, coverage, subtraction, containment."""

import bisect
import itertools
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def _pair(rng: Random, low: int, high: int, longest: int) -> tuple[int, int]:
    start = rng.randint(low, high)
    return start, start + rng.randint(1, longest)


def _pairs(rng: Random, low: int, high: int, longest: int, max_size: int, min_size: int = 0) -> list[tuple[int, int]]:
    return [_pair(rng, low, high, longest) for _ in range(rng.randint(min_size, max_size))]


def merge_busy_times(busy: list[tuple[int, int]], slack: int) -> list[tuple[int, int]]:
    """Return the (start, end) times in order of their start, with those joined into one that overlap or touch or leave
    a pause of at most slack between them; a joined time ends where the latest of its parts does.

    >>> merge_busy_times([(8, 9), (1, 3), (4, 6)], 1)
    [(1, 6), (8, 9)]
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(busy):
        if merged and start - merged[-1][1] <= slack:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def inputs_merge_busy_times(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int]]:
    yield [], 0
    yield [(1, 2), (2, 3)], 0
    yield [(1, 2), (3, 4)], 0
    yield [(1, 9), (2, 3)], 1
    yield [(1, 2), (4, 5)], 2
    while True:
        yield _pairs(rng, 0, 15, 4, 6, 2), rng.randint(0, 2)


def free_gaps(busy: list[tuple[int, int]], window: tuple[int, int], minimum: int) -> list[tuple[int, int]]:
    """Return in order the stretches of the window that no busy time covers and that are at least minimum (1 or more)
    long; times are half-open (start, end) pairs, busy ones come in any order, may overlap each other and may lie
    partly or wholly outside of the window.

    >>> free_gaps([(7, 9), (2, 4)], (0, 10), 2)
    [(0, 2), (4, 7)]
    """
    free_from, closing = window
    gaps = []
    for start, end in sorted(busy):
        until = min(start, closing)
        if until - free_from >= minimum:
            gaps.append((free_from, until))
        free_from = max(free_from, end)
    if closing - free_from >= minimum:
        gaps.append((free_from, closing))
    return gaps


def inputs_free_gaps(rng: Random) -> Iterator[tuple[list[tuple[int, int]], tuple[int, int], int]]:
    yield [], (0, 5), 5
    yield [], (0, 5), 6
    yield [(0, 9), (1, 2)], (0, 10), 1
    yield [(12, 14)], (3, 10), 2
    yield [(0, 4)], (3, 10), 2
    while True:
        start = rng.randint(0, 5)
        yield _pairs(rng, 0, 15, 5, 4), (start, start + rng.randint(6, 12)), rng.randint(1, 4)


def peak_overlap(sessions: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Return (most, start, end) for the half-open (start, end) sessions: the largest number that run at the same time,
    the first moment at which so many do, and the moment when the first of those running then ends; raise ValueError
    if there are no sessions.

    >>> peak_overlap([(0, 5), (5, 9), (3, 8), (4, 7)])
    (3, 4, 5)
    """
    events = [(start, 1) for start, _ in sessions] + [(end, -1) for _, end in sessions]
    running = most = peak = 0
    for moment, change in sorted(events):
        running += change
        if running > most:
            most, peak = running, moment
    return most, peak, min(end for start, end in sessions if start <= peak < end)


def inputs_peak_overlap(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(0, 3)],)
    yield ([(0, 3), (3, 5)],)
    yield ([(2, 4), (6, 8), (2, 3), (6, 7)],)
    while True:
        yield (_pairs(rng, 0, 8, 4, 6, 2),)


def _cut_out(piece: tuple[int, int], hole: tuple[int, int]) -> list[tuple[int, int]]:
    first, last = piece
    left = []
    if first < hole[0]:
        left.append((first, min(last, hole[0] - 1)))
    if last > hole[1]:
        left.append((max(first, hole[1] + 1), last))
    return left


def subtract_ranges(ranges: list[tuple[int, int]], holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of the ranges of whole numbers, each (first, last) with both included, once all numbers in
    the holes, given in the same way, are taken out; pieces stay in the order of the ranges they come from, those of
    one range ascending, and are not joined.

    >>> subtract_ranges([(1, 9), (20, 22)], [(4, 5), (21, 30)])
    [(1, 3), (6, 9), (20, 20)]
    """
    pieces = ranges
    for hole in holes:
        remaining = []
        for piece in pieces:
            remaining.extend(_cut_out(piece, hole))
        pieces = remaining
    return pieces


def inputs_subtract_ranges(rng: Random) -> Iterator[tuple[list[tuple[int, int]], list[tuple[int, int]]]]:
    yield [], [(1, 2)]
    yield [(3, 3)], [(3, 3)]
    yield [(1, 5)], [(1, 1), (5, 5)]
    yield [(1, 5)], [(6, 9), (0, 0)]
    while True:
        holes = [(first, first + rng.randint(0, 2)) for first in draw.integers(rng, 0, 12, 3)]
        yield _pairs(rng, 0, 9, 5, 3, 1), holes


def common_free_time(mine: list[tuple[int, int]], yours: list[tuple[int, int]], minimum: int) -> list[tuple[int, int]]:
    """Return in order the stretches, at least minimum (1 or more) long, in which both of us are free; each list holds
    half-open (start, end) times in ascending order that neither overlap nor touch.

    >>> common_free_time([(0, 4), (6, 9)], [(2, 7)], 2)
    [(2, 4)]
    """
    common = []
    i = j = 0
    while i < len(mine) and j < len(yours):
        start = max(mine[i][0], yours[j][0])
        end = min(mine[i][1], yours[j][1])
        if end - start >= minimum:
            common.append((start, end))
        if mine[i][1] < yours[j][1]:
            i += 1
        else:
            j += 1
    return common


def inputs_common_free_time(
    rng: Random,
) -> Iterator[tuple[list[tuple[int, int]], list[tuple[int, int]], int]]:
    yield [], [(1, 2)], 1
    yield [(1, 3)], [(3, 4)], 1
    yield [(1, 3)], [(0, 9)], 2
    yield [(0, 9)], [(1, 2), (3, 5), (6, 7)], 1
    while True:
        people: list[list[tuple[int, int]]] = []
        for _ in range(2):
            edges = sorted(draw.some(rng, range(18), 8, 4))
            people.append(list(zip(edges[::2], edges[1::2], strict=False)))
        yield people[0], people[1], rng.randint(1, 3)


def contained_in_others(intervals: list[tuple[int, int]]) -> list[int]:
    """Return in ascending order the positions, from 0 on, of the (start, end) intervals that lie within another one,
    which may share one or both ends; of intervals that are equal only those after the first count as lying within it.

    >>> contained_in_others([(2, 5), (1, 5), (1, 5), (4, 6)])
    [0, 2]
    """
    inner = []
    for place, (start, end) in enumerate(intervals):
        for other, (low, high) in enumerate(intervals):
            if low <= start and end <= high and (other < place or (low, high) != (start, end)):
                inner.append(place)
                break
    return inner


def inputs_contained_in_others(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(1, 3)],)
    yield ([(1, 3), (1, 3), (1, 3)],)
    yield ([(2, 3), (1, 4)],)
    yield ([(1, 4), (1, 3), (2, 4)],)
    while True:
        yield (_pairs(rng, 0, 6, 5, 6, 2),)


class ChunkTracker:
    """Track which bytes of a file of a given size have arrived: add takes a half-open (start, end) chunk, returns how
    many of its bytes are new, and raises ValueError and changes nothing if the chunk is empty or not wholly inside of
    the file; ready returns how many bytes from the beginning have arrived without a gap, and spans returns what has
    arrived as sorted (start, end) pairs, overlapping and touching ones joined.

    >>> tracker = ChunkTracker(10)
    >>> tracker.add(0, 4)
    4
    >>> tracker.add(2, 6)
    2
    >>> tracker.spans()
    [(0, 6)]
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._spans: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> int:
        if not 0 <= start < end <= self._size:
            raise ValueError("no such chunk")
        apart = []
        new = end - start
        joined = (start, end)
        for low, high in self._spans:
            if high < start or low > end:
                apart.append((low, high))
            else:
                new -= min(end, high) - max(start, low)
                joined = (min(joined[0], low), max(joined[1], high))
        self._spans = sorted([*apart, joined])
        return new

    def ready(self) -> int:
        if self._spans and self._spans[0][0] == 0:
            return self._spans[0][1]
        return 0

    def spans(self) -> list[tuple[int, int]]:
        return list(self._spans)


def inputs_ChunkTracker(rng: Random) -> Iterator[draw.Calls]:
    yield [("ChunkTracker", 5), ("ready",), ("spans",)]
    yield [("ChunkTracker", 5), ("add", 0, 5), ("add", 0, 6), ("ready",)]
    yield [("ChunkTracker", 5), ("add", 2, 2), ("add", -1, 2), ("spans",)]
    yield [("ChunkTracker", 9), ("add", 0, 2), ("add", 4, 6), ("add", 2, 4), ("spans",)]
    while True:
        calls: draw.Calls = [("ChunkTracker", rng.randint(9, 14))]
        for _ in range(rng.randint(2, 4)):
            start, end = _pair(rng, rng.choice([-1, 0, 0, 0]), 10, 4)
            calls.append(("add", start, end - rng.choice([0, 0, 0, 1])))
        yield [*calls, ("ready",), ("spans",)]


class BlockAllocator:
    """Hand out stretches of size cells numbered from 0: allocate takes length cells (1 or more) at the beginning of the
    smallest free block that has so many, the lowest such block on a tie, and returns its first cell or raises
    ValueError if no block is large enough; release frees the stretch that was allocated at start and returns its
    length or raises KeyError if there is none, and free_blocks returns (start, length) of all free blocks in order,
    neighbouring free cells being one block.

    >>> cells = BlockAllocator(10)
    >>> cells.allocate(4), cells.allocate(3)
    (0, 4)
    >>> cells.release(0)
    4
    >>> cells.free_blocks()
    [(0, 4), (7, 3)]
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken: dict[int, int] = {}

    def allocate(self, length: int) -> int:
        fitting = [(room, start) for start, room in self.free_blocks() if room >= length]
        if not fitting:
            raise ValueError("no room")
        start = min(fitting)[1]
        self._taken[start] = length
        return start

    def release(self, start: int) -> int:
        return self._taken.pop(start)

    def free_blocks(self) -> list[tuple[int, int]]:
        blocks = []
        at = 0
        for start in sorted(self._taken):
            if start > at:
                blocks.append((at, start - at))
            at = start + self._taken[start]
        if at < self._size:
            blocks.append((at, self._size - at))
        return blocks


def inputs_BlockAllocator(rng: Random) -> Iterator[draw.Calls]:
    yield [("BlockAllocator", 3), ("free_blocks",), ("allocate", 3), ("free_blocks",)]
    yield [("BlockAllocator", 3), ("allocate", 4), ("release", 0), ("free_blocks",)]
    yield [("BlockAllocator", 7), ("allocate", 2), ("allocate", 3), ("release", 0), ("allocate", 2), ("free_blocks",)]
    while True:
        calls: draw.Calls = [("BlockAllocator", rng.randint(8, 12))]
        lengths = draw.integers(rng, 1, 4, max_size=3, min_size=2)
        calls += [("allocate", length) for length in lengths]
        calls += [("release", start) for start in draw.some(rng, [0, lengths[0], rng.randint(1, 6)], 2, 1)]
        calls.append(("allocate", rng.randint(1, 4)))
        yield [*calls, ("free_blocks",)]


def _byte_bounds(spec: str, size: int) -> tuple[int, int]:
    first, _, last = spec.partition("-")
    if first == "":
        return max(0, size - int(last)), size - 1
    if last == "":
        return int(first), size - 1
    return int(first), min(int(last), size - 1)


def requested_byte_ranges(header: str, size: int) -> list[tuple[int, int]]:
    """Return the (first, last) bytes, both included, that an HTTP Range header asks for in a file of size bytes, in the
    order of the header, which is 'bytes=' and ranges with commas in between: 'a-b' for bytes a to b, 'a-' for all from
    a on, '-n' for the last n; what reaches beyond the file is cut off and a range without any byte of the file is left
    out; raise ValueError if the header does not begin with 'bytes=' or no range is left.

    >>> requested_byte_ranges("bytes=2-4,8-,-3", 7)
    [(2, 4), (4, 6)]
    """
    unit, _, specs = header.partition("=")
    if unit != "bytes":
        raise ValueError("not a range of bytes")
    bounds = [_byte_bounds(spec, size) for spec in specs.split(",")]
    ranges = [(first, last) for first, last in bounds if first <= last]
    if not ranges:
        raise ValueError("nothing to send")
    return ranges


def inputs_requested_byte_ranges(rng: Random) -> Iterator[tuple[str, int]]:
    yield "bytes=0-0", 1
    yield "bytes=4-", 4
    yield "bytes=-9", 4
    yield "bytes=-0", 4
    yield "bytes=3-2", 9
    yield "pages=0-1", 9
    while True:
        specs = []
        for _ in range(rng.randint(1, 3)):
            low, high = rng.randint(0, 7), rng.randint(0, 4)
            specs.append(rng.choice([f"{low}-{low + high}", f"{low}-{low + high}", f"{low}-", f"-{low}", f"{low}-4"]))
        yield rng.choice(["bytes"] * 19 + ["lines"]) + "=" + ",".join(specs), rng.randint(5, 10)


def best_paid_jobs(jobs: list[tuple[int, int, int]], changeover: int) -> int:
    """Return the most money that can be made with a choice of the (start, end, pay) jobs of which each next one starts
    at least changeover (0 or more) after the end of the one before; jobs start before they end, and 0 is returned if
    there are none.

    >>> best_paid_jobs([(0, 3, 5), (4, 6, 4), (2, 5, 8)], 1)
    9
    """
    ordered = sorted(jobs, key=lambda job: job[1])
    ends = [end for _, end, _ in ordered]
    best = [0]
    for start, _, pay in ordered:
        compatible = bisect.bisect_right(ends, start - changeover)
        best.append(max(best[-1], best[compatible] + pay))
    return best[-1]


def inputs_best_paid_jobs(rng: Random) -> Iterator[tuple[list[tuple[int, int, int]], int]]:
    yield [], 0
    yield [(1, 3, 4)], 2
    yield [(1, 3, 4), (3, 5, 4)], 0
    yield [(1, 3, 4), (3, 5, 4)], 1
    yield [(4, 6, 3), (1, 9, 5), (0, 3, 3)], 1
    while True:
        yield [(*pair, rng.randint(1, 9)) for pair in _pairs(rng, 0, 9, 4, 6, 2)], rng.randint(0, 2)


def usage_per_bucket(sessions: list[tuple[int, int]], width: int) -> list[tuple[int, int, int]]:
    """Return for each bucket of time in which a half-open (start, end) session runs (bucket, sessions, time), sorted by
    bucket: bucket n goes from n * width up to but not including (n + 1) * width, sessions is how many run in it, and
    time is how long they do so in it, added up; sessions of no length do not count.

    >>> usage_per_bucket([(8, 25), (0, 10)], 10)
    [(0, 2, 12), (1, 1, 10), (2, 1, 5)]
    """
    counts: dict[int, int] = {}
    times: dict[int, int] = {}
    for start, end in sessions:
        at = start
        while at < end:
            bucket = at // width
            until = min(end, (bucket + 1) * width)
            counts[bucket] = counts.get(bucket, 0) + 1
            times[bucket] = times.get(bucket, 0) + until - at
            at = until
    return [(bucket, counts[bucket], times[bucket]) for bucket in sorted(counts)]


def inputs_usage_per_bucket(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int]]:
    yield [], 5
    yield [(5, 10)], 5
    yield [(3, 3)], 5
    yield [(4, 11)], 5
    yield [(-2, 1)], 5
    while True:
        sessions = [(start, start + rng.randint(0, 12)) for start in draw.integers(rng, 0, 20, 4, 1)]
        yield sessions, rng.randint(4, 8)


def _topmost(layers: list[tuple[int, int, str]], at: int) -> str:
    label = ""
    for start, end, name in layers:
        if start <= at < end:
            label = name
    return label


def paint_spans(layers: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return what is to be seen once the half-open (start, end, label) layers are painted one over the other, the last
    one on top: (start, end, label) spans in ascending order, bare stretches left out, neighbours that touch and have
    the same label joined; a label is never empty, and a layer starts before it ends.

    >>> paint_spans([(0, 6, "a"), (2, 4, "b")])
    [(0, 2, 'a'), (2, 4, 'b'), (4, 6, 'a')]
    """
    edges = sorted({edge for start, end, _ in layers for edge in (start, end)})
    spans: list[tuple[int, int, str]] = []
    for left, right in itertools.pairwise(edges):
        label = _topmost(layers, left)
        if spans and spans[-1][1] == left and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], right, label)
        elif label:
            spans.append((left, right, label))
    return spans


def inputs_paint_spans(rng: Random) -> Iterator[tuple[list[tuple[int, int, str]]]]:
    yield ([],)
    yield ([(1, 3, "a"), (3, 5, "a")],)
    yield ([(1, 3, "a"), (4, 5, "a")],)
    yield ([(1, 3, "b"), (0, 5, "a")],)
    while True:
        yield ([(*pair, rng.choice("aabc")) for pair in _pairs(rng, 0, 9, 5, 4, 1)],)


def _one_way_relation(a: tuple[int, int], b: tuple[int, int]) -> str:
    if a[1] < b[0]:
        return "before"
    if a[1] == b[0]:
        return "meets"
    if b[0] <= a[0] and a[1] <= b[1]:
        return "during"
    if a[0] < b[0] and a[1] < b[1]:
        return "overlaps"
    return ""


def interval_relation(a: tuple[int, int], b: tuple[int, int]) -> str:
    """Return how the (start, end) interval a lies to b, both starting before they end: 'equal' if they are the same,
    'before' if a ends before b starts, 'meets' if a ends just where b starts, 'during' if a lies within b (one end may
    be shared), 'overlaps' if a starts first and ends inside of b, and else that word for b's position to a with
    'inverse ' in front of it.

    >>> interval_relation((1, 4), (3, 6))
    'overlaps'
    >>> interval_relation((5, 8), (2, 5))
    'inverse meets'
    """
    if a == b:
        return "equal"
    forward = _one_way_relation(a, b)
    if forward:
        return forward
    return f"inverse {_one_way_relation(b, a)}"


def inputs_interval_relation(rng: Random) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    yield (1, 3), (1, 3)
    yield (1, 3), (1, 4)
    yield (1, 3), (0, 3)
    yield (3, 5), (1, 3)
    yield (5, 9), (6, 8)
    while True:
        yield _pair(rng, 0, 5, 4), _pair(rng, 0, 5, 4)
