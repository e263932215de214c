"""Programs that builder/programs/sorting.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from random import Random

from debugarena.builder.programs import draw


def merge_logs(logs: list[list[tuple[int, str]]]) -> list[tuple[int, str]]:
    """Merge logs, lists of entries (time, text) ascending by time, into one by time: entries of the same time come in
    the order of their logs and within a log in its order, and an entry with the same time and text as one already in
    the result is left out; the logs stay as they are.

    >>> merge_logs([[(1, "up"), (4, "ok")], [(1, "go"), (1, "up"), (3, "ok")]])
    [(1, 'up'), (1, 'go'), (3, 'ok'), (4, 'ok')]
    """
    heap = [(log[0][0], number, 0) for number, log in enumerate(logs) if log]
    heapify(heap)
    merged: list[tuple[int, str]] = []
    while heap:
        _, number, index = heappop(heap)
        log = logs[number]
        if log[index] not in merged:
            merged.append(log[index])
        if index + 1 < len(log):
            heappush(heap, (log[index + 1][0], number, index + 1))
    return merged


def inputs_merge_logs(rng: Random) -> Iterator[tuple[list[list[tuple[int, str]]]]]:
    yield ([],)
    yield ([[], [(1, "up")]],)
    yield ([[(2, "up")], [(1, "up")]],)
    yield ([[(1, "up")], [(1, "ok"), (1, "up")]],)
    yield ([[(5, "a")], [(4, "a")], [(3, "a"), (6, "b")]],)
    while True:
        logs = []
        for _ in range(rng.randint(2, 3)):
            times = sorted(draw.integers(rng, 1, 5, max_size=3, min_size=0 if rng.random() < 0.2 else 1))
            logs.append([(time, rng.choice(["up", "ok", "go"])) for time in times])
        yield (logs,)
