"""Which bugs the next step trains on: any, or easy ones first and then those that teach most.

The curriculum is a bandit over levels. An arm's value is the recent average spread of the rewards within its groups. A
group in which all completions earn the same has no gradient, whether all are right or all wrong, and with four signals
a mean does not show that. Levels are drawn in proportion to exp(value / temperature), with a floor so that none is
forgotten. Before anything is measured, easier levels have higher values.

After Chen et al. 2025, "Self-Evolving Curriculum for LLM Reasoning", arXiv:2505.14970, where an arm's value is the mean
absolute advantage. DAPO (Yu et al. 2025, arXiv:2503.14476) filters by spread within groups.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from statistics import pstdev
from typing import Any

from debugarena.baseline.config import TrainConfig
from debugarena.benchmark.adapters.trl import OnGraded
from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.grading.grade import Grade, NotGraded


def uniform(bugs: Sequence[Bug], n: int, seed: int, step: int) -> list[int]:
    """Indices of n different bugs; the same for the same seed and step. There must be at least n bugs."""
    return Random(f"{seed}:{step}").sample(range(len(bugs)), n)


LAG = 2


@dataclass
class Curriculum:
    """State of the bandit; `state()` and `restore()` carry it through a checkpoint.

    Steps count from 0. What step s measured takes effect from step s + LAG on: the rows of the step in between are
    fetched before step s is over, and a run resumed from a checkpoint must choose as if it had not stopped.

    temperature: in units of reward. floor: the smallest share of a level. memory: how much of the old value a new
    measurement keeps, 0 to 1.
    """

    bugs: Sequence[Bug]
    seed: int
    temperature: float = 0.2
    floor: float = 0.05
    memory: float = 0.7
    _values: dict[int, dict[int, float]] = field(default_factory=dict)  # after which step -> level -> value

    def __post_init__(self) -> None:
        self._by_level: dict[int, list[int]] = {}
        for index, bug in enumerate(self.bugs):
            self._by_level.setdefault(bug.level or 0, []).append(index)
        if not self._values:
            self._values[-1] = {level: 1.0 - 0.2 * rank for rank, level in enumerate(sorted(self._by_level))}

    def shares(self, step: int) -> dict[int, float]:
        """The probability of each level in the draws for a step; they add up to 1."""
        values = self._values[max(s for s in self._values if s <= max(-1, step - LAG))]
        top = max(values.values())
        weights = {level: math.exp((value - top) / self.temperature) for level, value in values.items()}
        whole = sum(weights.values())
        rest = 1.0 - self.floor * len(weights)
        return {level: self.floor + rest * weight / whole for level, weight in weights.items()}

    def choose(self, n: int, step: int) -> list[int]:
        """Indices of n bugs: a level by its share, then a bug of it; the same for the same seed, step and state."""
        rng = Random(f"{self.seed}:{step}")
        shares = self.shares(step)
        levels = rng.choices([*shares], weights=[*shares.values()], k=n)
        chosen: list[int] = []
        for level in levels:
            left = [index for index in self._by_level[level] if index not in chosen]
            chosen.append(rng.choice(left or self._by_level[level]))
        return chosen

    def update(self, step: int, groups: Iterable[tuple[int, Sequence[float]]]) -> None:
        """Records what a step measured: for each group its level and its total rewards."""
        values = dict(self._values[max(self._values)])
        for level, totals in groups:
            values[level] = self.memory * values[level] + (1 - self.memory) * pstdev(totals)
        self._values[step] = values
        self._values = {s: self._values[s] for s in sorted(self._values)[-LAG - 1 :]}

    def state(self) -> dict[str, Any]:
        """As plain JSON."""
        return {str(step): {str(level): v for level, v in values.items()} for step, values in self._values.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Resumes from a `state()`."""
        self._values = {
            int(step): {int(level): float(v) for level, v in values.items()} for step, values in state.items()
        }


@dataclass(frozen=True)
class Order:
    """`choose` gives the indices of the bugs of a step, from 0; `tell` records the step's grades, for a curriculum."""

    choose: Callable[[int], list[int]]
    curriculum: Curriculum | None = None
    tell: OnGraded | None = None


def make_order(config: TrainConfig, bugs: Sequence[Bug], seed: int) -> Order:
    """The order of a run: any bugs, or those that the curriculum chooses."""
    if not config.curriculum:
        return Order(partial(uniform, bugs, config.prompts_per_step, seed))
    curriculum = Curriculum(bugs, seed)
    levels = {bug.bug_id: bug.level or 0 for bug in bugs}
    return Order(
        partial(curriculum.choose, config.prompts_per_step),
        curriculum,
        partial(_tell, curriculum, levels, config.generations),
    )


def _tell(
    curriculum: Curriculum, levels: Mapping[str, int], generations: int, step: int, grades: Sequence[Grade | NotGraded]
) -> None:
    groups = [
        [grade for grade in grades[i : i + generations] if isinstance(grade, Grade)]
        for i in range(0, len(grades), generations)
    ]
    curriculum.update(
        step, ((levels[group[0].bug_id], [grade.rewards.total for grade in group]) for group in groups if group)
    )
