"""Programs that builder/programs/simulation.py had until they turned out to be tasks of another split."""

from collections import deque
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def round_robin_finish(jobs: list[tuple[int, int]], quantum: int) -> list[int]:
    """Return when each of the jobs, given as (arrival, work) in the order of arrival, is finished by one worker who
    takes the job at the head of the line, works on it for at most quantum and, if work is left, sends it to the end of
    the line, behind the jobs that have arrived by then (those arriving at that very moment too); with nobody in line he
    waits for the next arrival, and all work is at least 1.

    >>> round_robin_finish([(0, 5), (2, 1), (3, 2)], 2)
    [8, 3, 7]
    """
    left = [work for _, work in jobs]
    finished = [0] * len(jobs)
    coming = deque(range(len(jobs)))
    line: deque[int] = deque()
    now = 0
    while coming or line:
        if not line:
            now = jobs[coming[0]][0]
            line.append(coming.popleft())
        job = line.popleft()
        spent = min(quantum, left[job])
        now += spent
        left[job] -= spent
        while coming and jobs[coming[0]][0] <= now:
            line.append(coming.popleft())
        if left[job] > 0:
            line.append(job)
        else:
            finished[job] = now
    return finished


def inputs_round_robin_finish(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int]]:
    yield [], 2
    yield [(3, 4)], 2
    yield [(0, 2), (0, 2)], 2
    yield [(0, 4), (2, 3)], 2
    yield [(0, 3), (0, 3)], 9
    yield [(1, 1), (7, 2)], 1
    while True:
        arrivals = sorted(draw.integers(rng, 0, rng.choice([4, 9]), max_size=5, min_size=2))
        yield [(arrival, rng.randint(1, 6)) for arrival in arrivals], rng.randint(1, 3)
