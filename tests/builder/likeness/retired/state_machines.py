"""Programs that builder/programs/state_machines.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


class Elevator:
    """Move an elevator that begins at a floor, going up: request asks for a stop at a floor and returns the floors
    asked for and not served yet, sorted, and run makes a number of steps and returns what each does, which is
    "open <floor>", serving it, if the floor where the elevator is was asked for, else "idle" if no floor is, else a
    move by one floor, "at <new floor>", in the direction it has, which first turns round if no floor asked for lies
    ahead.

    >>> lift = Elevator(2)
    >>> lift.request(1), lift.request(3)
    ([1], [1, 3])
    >>> lift.run(4)
    ['at 3', 'open 3', 'at 2', 'at 1']
    """

    def __init__(self, floor: int) -> None:
        self._floor = floor
        self._direction = 1
        self._wanted: set[int] = set()

    def request(self, floor: int) -> list[int]:
        self._wanted.add(floor)
        return sorted(self._wanted)

    def _step(self) -> str:
        if self._floor in self._wanted:
            self._wanted.remove(self._floor)
            return f"open {self._floor}"
        if not self._wanted:
            return "idle"
        if all((floor - self._floor) * self._direction < 0 for floor in self._wanted):
            self._direction = -self._direction
        self._floor += self._direction
        return f"at {self._floor}"

    def run(self, steps: int) -> list[str]:
        return [self._step() for _ in range(steps)]


def inputs_Elevator(rng: Random) -> Iterator[draw.Calls]:
    yield [("Elevator", 0), ("run", 1), ("request", 0), ("run", 2)]
    yield [("Elevator", 1), ("request", 0), ("run", 1), ("request", 2), ("run", 5)]
    yield [("Elevator", 1), ("request", 3), ("run", 1), ("request", 0), ("request", 2), ("run", 6)]
    yield [("Elevator", 0), ("request", -1), ("request", -1), ("run", 3)]
    while True:
        calls: draw.Calls = [("Elevator", rng.randint(0, 3))]
        for _ in range(rng.randint(2, 4)):
            calls.append(("request", rng.randint(-1, 4)) if rng.random() < 0.7 else ("run", rng.randint(1, 3)))
        yield [*calls, ("run", rng.randint(1, 3)), ("request", rng.randint(-1, 4)), ("run", rng.randint(3, 6))]
