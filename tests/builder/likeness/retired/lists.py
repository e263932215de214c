"""Programs that builder/programs/lists.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def duty_roster(names: list[str], days: int, away: dict[str, list[int]]) -> list[str]:
    """Return who is on duty on each of the days 0 to days - 1: the different names form a queue in the order given, and
    each day the first in the queue who is not away that day (away lists the days of a name) does duty and goes to its
    end, the others keeping their order, while a day on which everybody is away gets ""; names stays as it is.

    >>> duty_roster(["ann", "bob", "cid"], 4, {"ann": [0]})
    ['bob', 'ann', 'cid', 'bob']
    """
    queue = list(names)
    roster = []
    for day in range(days):
        for place, name in enumerate(queue):
            if day not in away.get(name, []):
                roster.append(name)
                queue.append(queue.pop(place))
                break
        else:
            roster.append("")
    return roster


def inputs_duty_roster(rng: Random) -> Iterator[tuple[list[str], int, dict[str, list[int]]]]:
    yield [], 2, {}
    yield ["ann"], 0, {}
    yield ["ann", "bob"], 3, {}
    yield ["ann", "bob"], 3, {"ann": [1], "bob": [1]}
    while True:
        names = draw.some(rng, ["ann", "bob", "cid", "dan"], max_size=4, min_size=1)
        absent = draw.some(rng, names, max_size=3)
        away = {name: sorted(draw.some(rng, range(5), max_size=3, min_size=1)) for name in absent}
        yield names, rng.randint(1, 6), away
