"""Turns boards and entries into what the templates show: plain values, already in words. Touches no files."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from debugarena.benchmark.grading.rewards import MAX_TOTAL, MIN_TOTAL
from debugarena.benchmark.scoring.tables import format_estimate
from debugarena.benchmark.scoring.typed_report import BugScore, Estimate, Report
from debugarena.leaderboard.bug_sets import BugSet
from debugarena.leaderboard.entry import Entry
from debugarena.leaderboard.meta import is_model
from debugarena.leaderboard.ranking import ALPHA, Board, BoardRow
from debugarena.leaderboard.submission import Submission

REFERENCES = {
    "oracle": "the reference fixes",
    "noop": "every bug returned unchanged",
    "attacks": "for each bug the best of all attacks on the sandbox",
}


@dataclass(frozen=True)
class Cell:
    """A number of the table: as text, with its interval, and for sorting (None: there is none)."""

    text: str
    interval: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Column:
    """A column of a board's table. `numeric` ones are sorted with the largest first."""

    key: str
    label: str
    about: str
    numeric: bool = True


@dataclass(frozen=True)
class BoardLine:
    """An entry in a board's table."""

    entry: Entry
    rank: str
    ties: int
    badges: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True)
class BoardPage:
    """Everything about one board. `heat`: for each bug its id and the marks of all lines, the most solved first."""

    key: str
    set_name: str
    version: str
    about: str
    n_bugs: int
    n_programs: int
    excluded: tuple[str, ...]
    columns: tuple[Column, ...]
    lines: tuple[BoardLine, ...]
    points: tuple[dict[str, object], ...]
    heat: tuple[tuple[str, tuple[Mark, ...]], ...]

    @property
    def file(self) -> str:
        return f"board-{self.key}.html"

    @property
    def heat_file(self) -> str:
        return f"heat-{self.key}.html"

    def bug_file(self, bug_id: str) -> str:
        """The page of one of its bugs."""
        return f"bug-{self.key}-{bug_id.replace('/', '-')}.html"


@dataclass(frozen=True)
class Mark:
    """How an entry fared with a bug: a letter for the style, and a sign that is clear without colour."""

    kind: str  # y first attempt, l a later one, p some samples, e echo, o overfit, f forbidden, n bad format, x wrong
    sign: str
    words: str


_RATES = (
    Column("solve_rate", "solved@1", "share of bugs solved at the first attempt"),
    Column("solved@5", "solved@5", "share of bugs solved within five attempts, with feedback"),
    Column("reward", "reward", f"mean reward, {MIN_TOTAL:g} to {MAX_TOTAL:g}"),
    Column("reward_above_noop", "above no-op", "mean reward minus that of the no-op"),
)
_TRUST = (
    Column("echo_rate", "echo", "share of first attempts that return the buggy code unchanged"),
    Column("overfit_rate", "overfit", "share of first attempts that pass only the visible tests"),
    Column("forbidden_rate", "forbidden", "share of first attempts that use something forbidden"),
    Column("reference_rate", "= reference", "share of first attempts that are the reference fix, except for layout"),
)
_COSTS = (
    Column("tokens", "tokens per solve", "completion tokens for each episode solved, as stated"),
    Column("usd", "$ per solve", "US dollars for each episode solved, as stated"),
    Column("parameters", "parameters", "number of parameters of the model, as stated"),
)


def board_page(board: Board, later: Board, bug_set: BugSet, about: str) -> BoardPage:
    """The page of a board. later: the same entries, ranked by what they solve within five attempts."""
    entries = [row.entry for row in board.rows]
    ks = sorted({k for entry in entries for k in entry.report.pass_at})
    passes = tuple(
        Column(f"pass@{k}", f"pass@{k}", f"chance that at least one of {k} samples solves a bug") for k in ks if k > 1
    )
    transfers = sorted({name for entry in entries for name in entry.transfer})
    outside = tuple(
        Column(f"transfer {n}", n, f"share of bugs solved in the imported set {n} (transfer)") for n in transfers
    )
    later_ranks = {row.entry.name: row.rank for row in later.rows}
    columns = (
        *_RATES[:2],
        Column(
            "better",
            "better than",
            "how many other ranked entries it beats in the paired test, even where they share a rank",
        ),
        Column("rank5", "rank@5", "rank by bugs solved within five attempts"),
        *_RATES[2:],
        *passes,
        *_TRUST,
        *outside,
        *_COSTS,
    )
    ranks = [row.rank for row in board.rows]
    lines = []
    for row in board.rows:
        own = {"rank5": _rank_cell(later_ranks[row.entry.name]), "better": _better_cell(row, board)}
        cells = tuple(own.get(column.key) or _cell(row.entry, column.key) for column in columns)
        rank = "–" if row.rank is None else str(row.rank)
        lines.append(BoardLine(row.entry, rank, ranks.count(row.rank), _badges(row.entry), cells))
    return BoardPage(
        key=board.key,
        set_name=bug_set.name,
        version=bug_set.version,
        about=about,
        n_bugs=entries[0].report.n,
        n_programs=entries[0].report.n_programs,
        excluded=entries[0].excluded,
        columns=columns,
        lines=tuple(lines),
        points=tuple(_point(entry) for entry in entries if is_model(entry.meta.reference)),
        heat=_heat(entries),
    )


def _rank_cell(rank: int | None) -> Cell:
    return Cell("–") if rank is None else Cell(str(rank), value=-rank)


def _better_cell(row: BoardRow, board: Board) -> Cell:
    if row.better_than is None:
        return Cell("–")
    return Cell(f"{row.better_than} of {board.n_ranked - 1}", value=row.better_than)


def _cell(entry: Entry, key: str) -> Cell:
    report, meta = entry.report, entry.meta
    if key.startswith("transfer "):
        other = entry.transfer.get(key.removeprefix("transfer "))
        return _number_cell("solve_rate", other.solve_rate if other else None)
    if key == "reference_rate":
        return _number_cell("solve_rate", entry.reference_rate)
    if key == "parameters":
        return _amount(meta.model.parameters, "")
    if key == "tokens":
        return _amount(_per_solve(meta.cost.completion_tokens, report), "")
    if key == "usd":
        return _amount(_per_solve(meta.cost.usd, report), "$")
    if key.startswith("pass@") and report.n_samples == 1:
        return Cell("–")
    return _number_cell(key, report.estimates().get(key))


def _number_cell(name: str, estimate: Estimate | None) -> Cell:
    return Cell("–") if estimate is None else Cell(*format_estimate(name, estimate), estimate.value)


def _per_solve(spent: float | None, report: Report) -> float | None:
    """Spent for each solved episode; None if nothing was solved or nothing stated."""
    solved = sum(at is not None for bug in report.bugs for at in bug.solved_at)
    return spent / solved if spent is not None and solved else None


def _amount(value: float | None, unit: str) -> Cell:
    if value is None:
        return Cell("–")
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return Cell(f"{unit}{value / (1e3 if letter == 'k' else limit):.3g}{letter}", value=value)
    return Cell(f"{unit}{value:.3g}" if value < 1000 else f"{unit}{value:.0f}", value=value)


def _badges(entry: Entry) -> tuple[str, ...]:
    meta = entry.meta
    if not is_model(meta.reference):
        return ("reference",)
    badges = ["open" if meta.model.open else "closed", meta.protocol.prompt]
    badges += [meta.reference] if meta.reference else []
    if meta.trained_on_debugarena_train:
        badges.append("trained on train")
    if entry.report.sandbox.weak:
        badges.append("weak sandbox")
    return tuple(badges)


def _point(entry: Entry) -> dict[str, object]:
    """What the plot of score against cost needs of an entry."""
    model, cost, solved = entry.meta.model, entry.meta.cost, entry.report.solve_rate
    low, high = solved.ci95 or (None, None)
    return {
        "name": entry.name,
        "model": model.name,
        "open": model.open,
        "solved": solved.value,
        "low": low,
        "high": high,
        "parameters": model.parameters,
        "tokens": _per_solve(cost.completion_tokens, entry.report),
        "usd": _per_solve(cost.usd, entry.report),
    }


def _heat(entries: Sequence[Entry]) -> tuple[tuple[str, tuple[Mark, ...]], ...]:
    by_bug: dict[str, list[Mark]] = {}
    solved: dict[str, float] = {}
    for entry in entries:
        letters = first_letters(entry)
        for bug in entry.report.bugs:
            by_bug.setdefault(bug.bug_id, []).append(mark(bug, letters[bug.bug_id]))
            if is_model(entry.meta.reference):
                solved[bug.bug_id] = solved.get(bug.bug_id, 0.0) + bug.solved
    order = sorted(by_bug, key=lambda bug_id: (-solved.get(bug_id, 0.0), bug_id))
    return tuple((bug_id, tuple(by_bug[bug_id])) for bug_id in order)


def first_letters(entry: Entry) -> dict[str, str]:
    """bug_id -> the letters of its first sample's first attempt."""
    return {line.bug_id: line.letters for line in entry.verdicts if (line.sample, line.attempt) == (0, 1)}


_UNSOLVED = {
    mark.kind: mark
    for mark in (
        Mark("x", "✗", "wrong"),
        Mark("o", "◐", "only visible tests"),
        Mark("e", "=", "the bug unchanged"),
        Mark("f", "!", "forbidden, not run"),
        Mark("n", "∅", "bad format"),
    )
}
LEGEND = (
    Mark("y", "✓", "solved at the first attempt"),
    Mark("l", "3", "solved at this attempt"),
    Mark("p", "3", "this many samples solved"),
    *_UNSOLVED.values(),
)


def mark(bug: BugScore, letters: str) -> Mark:
    """The mark of a bug in a report; letters: those of the first attempt in an entry's verdicts."""
    solved_at = bug.solved_at
    if len(solved_at) > 1:
        n = sum(at == 1 for at in solved_at)
        kind = "y" if n == len(solved_at) else "p" if n else "x"
        return Mark(kind, str(n), f"{n} of {len(solved_at)} samples solved")
    at = solved_at[0]
    if at is not None:
        return Mark("y", "✓", "solved") if at == 1 else Mark("l", str(at), f"solved at attempt {at}")
    return _UNSOLVED[next((letter for letter in "fneo" if letter in letters), "x")]


@dataclass(frozen=True)
class Standing:
    """An entry's place among the ranked ones of its board: the names of those that it beats, and so on."""

    better_than: tuple[str, ...]
    same_as: tuple[str, ...]
    worse_than: tuple[str, ...]


def standing(board: Board, name: str) -> Standing:
    """From the pairs with this entry, corrected for all pairs of the board."""
    above = [(a, p) for (a, b), p in board.p_values.items() if b == name]
    below = [(b, p) for (a, b), p in board.p_values.items() if a == name]
    same = [other for other, p in (*above, *below) if p >= ALPHA]
    better, worse = [b for b, p in below if p < ALPHA], [a for a, p in above if p < ALPHA]
    return Standing(tuple(better), tuple(same), tuple(worse))


def completions_blob(submission: Submission, entry: Entry) -> str:
    """Every completion with its verdict, as Base64 of gzip of JSON; the entry page's script unpacks it.

    Bug id -> list of [sample, attempt, passed, reward, letters, completion].
    """
    by_bug: dict[str, list[list[Any]]] = {}
    for line, verdict in zip(submission.lines, entry.verdicts, strict=True):
        c = line.completion
        shown = [c.sample, c.attempt, verdict.marks, verdict.reward, verdict.letters, c.completion]
        by_bug.setdefault(c.bug_id, []).append(shown)
    packed = gzip.compress(json.dumps(by_bug, separators=(",", ":")).encode(), compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode()
