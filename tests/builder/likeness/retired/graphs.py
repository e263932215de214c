"""Programs that builder/programs/graphs.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def build_order(needs: dict[str, list[str]]) -> list[str]:
    """Return all packages, the keys as well as what they need, in an order in which each comes after everything it
    needs, at every step taking the alphabetically first one that is not yet taken and lacks nothing; raise ValueError
    if a package needs itself, directly or through others.

    >>> build_order({"app": ["web", "db"], "web": ["log"], "cli": []})
    ['cli', 'db', 'log', 'web', 'app']
    """
    waiting = {name: set(required) for name, required in needs.items()}
    for required in needs.values():
        for name in required:
            waiting.setdefault(name, set())
    order: list[str] = []
    while waiting:
        ready = sorted(name for name, missing in waiting.items() if not missing)
        if not ready:
            raise ValueError("circular needs")
        del waiting[ready[0]]
        order.append(ready[0])
        for missing in waiting.values():
            missing.discard(ready[0])
    return order


def inputs_build_order(rng: Random) -> Iterator[tuple[dict[str, list[str]]]]:
    yield ({},)
    yield ({"a": ["a"]},)
    yield ({"a": ["b"], "b": ["a"], "c": []},)
    yield ({"b": ["c"], "a": ["c"]},)
    yield ({"a": ["d", "c"], "b": []},)
    while True:
        names = rng.sample("abcdef", 5)
        needs = {name: draw.some(rng, names[:position], 2) for position, name in enumerate(names) if rng.random() < 0.7}
        if rng.random() < 0.15:
            needs[names[0]] = [names[rng.randint(1, 4)]]
        keys = list(needs)
        rng.shuffle(keys)
        yield ({key: needs[key] for key in keys},)


def cheapest_flight(flights: list[tuple[str, str, int]], origin: str, target: str, most: int) -> int | None:
    """Return the lowest total price of a trip from origin to target that takes at most the given number of flights,
    each (from, to, price) in one direction, or None if there is no such trip; staying where one is costs 0.

    >>> cheapest_flight([("A", "B", 2), ("B", "C", 2), ("A", "C", 7)], "A", "C", 1)
    7
    """
    best = {origin: 0}
    for _ in range(most):
        after = dict(best)
        for source, stop, price in flights:
            if source in best:
                offer = best[source] + price
                after[stop] = min(after.get(stop, offer), offer)
        best = after
    return best.get(target)


def inputs_cheapest_flight(rng: Random) -> Iterator[tuple[list[tuple[str, str, int]], str, str, int]]:
    yield [], "A", "A", 0
    yield [("B", "A", 3)], "A", "B", 2
    yield [("A", "B", 1), ("B", "C", 1), ("C", "D", 1)], "A", "D", 2
    yield [("A", "B", 1), ("B", "C", 1), ("C", "D", 1), ("A", "D", 9)], "A", "D", 3
    while True:
        flights = [("A", rng.choice("BCD"), rng.randint(1, 9))]
        for _ in range(rng.randint(2, 5)):
            source, stop = rng.sample("ABCD", 2)
            flights.append((source, stop, rng.randint(1, 4)))
        yield flights, "A", rng.choice("BCD"), rng.randint(1, 3)


class FriendGroups:
    """Keep groups of friends, everybody alone and leading himself at first: join merges the groups of two people and
    returns True, or False if they are in one group already; the leader of the larger group leads the merged one, of two
    groups of one size the first person's leader; leader and size return the leader and the number of people of the
    group somebody is in.

    >>> groups = FriendGroups()
    >>> groups.join("ann", "bob")
    True
    >>> groups.join("cy", "bob")
    True
    >>> groups.leader("cy"), groups.size("bob")
    ('ann', 3)
    """

    def __init__(self) -> None:
        self._above: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    def leader(self, name: str) -> str:
        while name in self._above:
            name = self._above[name]
        return name

    def size(self, name: str) -> int:
        return self._sizes.get(self.leader(name), 1)

    def join(self, first: str, second: str) -> bool:
        winner, loser = self.leader(first), self.leader(second)
        if winner == loser:
            return False
        if self.size(winner) < self.size(loser):
            winner, loser = loser, winner
        self._sizes[winner] = self.size(winner) + self.size(loser)
        self._above[loser] = winner
        return True


def inputs_FriendGroups(rng: Random) -> Iterator[draw.Calls]:
    yield [("FriendGroups",), ("leader", "a"), ("size", "a")]
    yield [("FriendGroups",), ("join", "a", "a"), ("size", "a")]
    yield [("FriendGroups",), ("join", "b", "a"), ("join", "c", "a"), ("leader", "c"), ("size", "c")]
    yield [("FriendGroups",), ("join", "a", "b"), ("join", "c", "d"), ("join", "d", "b"), ("leader", "a")]
    while True:
        calls: draw.Calls = [("FriendGroups",)]
        for _ in range(rng.randint(2, 4)):
            calls.append(("join", rng.choice("abcd"), rng.choice("abcd")))
        yield [*calls, ("leader", rng.choice("abcd")), ("size", rng.choice("abcd"))]
