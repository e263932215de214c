"""Turns entries into boards: who is better than whom, as far as the data can tell.

Two entries of a board answered the same bugs, so they are compared in pairs: McNemar's exact test, or, where several
bugs share a source program, the sign-flip test over programs; Holm's correction for all pairs of the board. A rank is a
tie group: a line is drawn only where every entry above it differs from every entry below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from debugarena.benchmark.scoring.compare import Solves, paired_solve_test
from debugarena.benchmark.scoring.stats import holm
from debugarena.leaderboard.bug_sets import newest_first
from debugarena.leaderboard.entry import Entry
from debugarena.leaderboard.meta import is_model

ALPHA = 0.05
TRIES = (1, 5)  # a board ranks solves at the first attempt, and within five


@dataclass(frozen=True)
class BoardRow:
    """One entry's place. `rank` counts from 1 and is shared by a tie group; None: a row that is not a model, or one
    without the attempts that are ranked. `better_than`: how many of the other ranked entries it beats, Holm-corrected.
    """

    entry: Entry
    rank: int | None
    better_than: int | None


@dataclass(frozen=True)
class Board:
    """All entries for one set of bugs, by the share that they solve within `tries` attempts, the best first.

    p_values: (name, name) in the order of rows -> Holm-corrected.
    """

    key: str
    tries: int
    rows: tuple[BoardRow, ...]
    p_values: Mapping[tuple[str, str], float]

    @property
    def n_ranked(self) -> int:
        return sum(row.rank is not None for row in self.rows)


def make_boards(entries: Sequence[Entry], tries: int = 1) -> list[Board]:
    """A board for each set of bugs that has entries."""
    keys = newest_first(sorted({entry.board for entry in entries}))
    return [make_board(key, [entry for entry in entries if entry.board == key], tries) for key in keys]


def make_board(key: str, entries: Sequence[Entry], tries: int = 1) -> Board:
    """The board of entries that are all for the same bugs."""
    ordered = sorted(entries, key=lambda e: (-_share(e, tries), -e.report.reward.value, e.name))
    ranked = [e for e in ordered if is_model(e.meta.reference) and e.meta.protocol.attempts >= tries]
    solves = [_solves(entry, tries) for entry in ranked]
    p_values = _corrected(solves)
    ranks = tie_groups(len(ranked), p_values)
    better = [sum(p_values[a, b] < ALPHA for b in range(a + 1, len(ranked))) for a in range(len(ranked))]
    places = {e.name: (rank, n) for e, rank, n in zip(ranked, ranks, better, strict=True)}
    rows = tuple(BoardRow(entry, *places.get(entry.name, (None, None))) for entry in ordered)
    named = {(ranked[a].name, ranked[b].name): p for (a, b), p in p_values.items()}
    return Board(key, tries, rows, named)


def _corrected(solves: Sequence[list[Solves]]) -> dict[tuple[int, int], float]:
    """Holm-corrected p-values of all pairs a < b. Entries that solve the same bugs count as one, so that a copy,
    which no test could tell apart, does not raise the bar for the others."""
    distinct: list[list[Solves]] = []
    for one in solves:
        if one not in distinct:
            distinct.append(one)
    pairs = list(combinations(range(len(distinct)), 2))
    corrected = holm([paired_solve_test(distinct[a], distinct[b]).solve_p for a, b in pairs])
    found = dict(zip(pairs, corrected, strict=True))
    place = [distinct.index(one) for one in solves]
    return {
        (a, b): 1.0 if place[a] == place[b] else found[min(place[a], place[b]), max(place[a], place[b])]
        for a, b in combinations(range(len(solves)), 2)
    }


def tie_groups(n: int, p_values: Mapping[tuple[int, int], float]) -> list[int]:
    """The rank of each of n entries, the best first: 1 plus the number of entries above its group.

    p_values: corrected, for each pair a < b. So two entries that cannot be told apart always share a rank, and two with
    different ranks always differ; entries that do differ may share one, if others are between them.
    """
    ranks = [1] * n
    for cut in range(1, n):
        clear = all(p_values[a, b] < ALPHA for a in range(cut) for b in range(cut, n))
        ranks[cut] = cut + 1 if clear else ranks[cut - 1]
    return ranks


def _share(entry: Entry, tries: int) -> float:
    return entry.report.solved_within[min(tries, entry.report.protocol.attempts) - 1].value


def _solves(entry: Entry, tries: int) -> list[Solves]:
    """For each bug of a report, the share of samples solved within `tries` attempts."""
    lines = []
    for bug in entry.report.bugs:
        within = [at is not None and at <= tries for at in bug.solved_at]
        lines.append(Solves(bug.program, bug.samples, sum(within) / len(within)))
    return lines
