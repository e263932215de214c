"""How far results agree beyond chance: Cohen's kappa (1960, "A coefficient of agreement for nominal scales").

Kappa is 1 if all results agree, and about 0 for a constant or for code that only knows how often each result occurs. In
a class, chance is counted for each method by itself. Results that are an argument passed through do not count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from debugarena.benchmark.sandbox import TestRun
from debugarena.builder.likeness.tasks import Question, Task, got
from debugarena.builder.likeness.ways import Way

NOTHING = "no result"


@dataclass(frozen=True)
class Agreement:
    """`n` results were compared, and `agreed` of them agree. `by_chance`: the share that agrees by chance, 0 to 1."""

    n: int
    agreed: int
    by_chance: float

    @property
    def kappa(self) -> float:
        """At most 1; 0 if chance explains everything."""
        return (self.agreed - self.n * self.by_chance) / self.evidence if self.evidence else 0.0

    @property
    def evidence(self) -> float:
        """How many results chance would get wrong."""
        return self.n * (1 - self.by_chance)


def agreement(triples: Iterable[tuple[str, str, str]]) -> Agreement:
    """The agreement of (stratum, expected, got)."""
    strata: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for stratum, want, have in triples:
        strata[stratum].append((want, have))
    n = sum(map(len, strata.values()))
    agreed = sum(want == have for pairs in strata.values() for want, have in pairs)
    by_chance = sum(map(_expected_by_chance, strata.values())) / n if n else 1.0
    return Agreement(n, agreed, by_chance)


def _expected_by_chance(pairs: Sequence[tuple[str, str]]) -> float:
    """How many pairs would agree if their sides were shuffled."""
    wants, haves = Counter(want for want, _ in pairs), Counter(have for _, have in pairs)
    return sum(wants[text] * haves[text] for text in wants) / len(pairs)


def compare(other: Task, way: Way, tests: Sequence[Sequence[Question]], run: TestRun) -> Iterator[tuple[str, str, str]]:
    """Each result that the tests of `other` expect and what a run of them gave, with the name that was called.

    The run made all their calls in one namespace. A call without a counterpart gives NOTHING.
    """
    outcomes = iter(run.calls if run.status == "ran" else ())
    for test in tests:
        is_lost = False  # without an object of its own, a sequence would go on with the one before
        for question in test:
            put = way.get(question.name)
            outcome = next(outcomes, None) if put else None
            have = NOTHING if outcome is None or put is None or is_lost else got(outcome, put.order, question)
            if other.is_class and not question.name:
                is_lost = outcome is None or outcome.status != "returned"
            if question.expected is not None and question.name in other.telling:
                yield question.name, question.expected, have
