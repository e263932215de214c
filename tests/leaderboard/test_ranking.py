"""Ranks: what cannot be told apart shares one, what differs everywhere does not, and chance makes no winner."""

import json
import random
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from golden.remake import HERE, golden_entries
from hypothesis import given
from hypothesis import strategies as st
from made_reports import ZERO, made_report
from submissions import META, make_set, submit

from debugarena.benchmark import Bug, Sandbox
from debugarena.benchmark.scoring.report import Completion
from debugarena.leaderboard.entry import Context, Entry, _read_entry, verify
from debugarena.leaderboard.meta import Meta
from debugarena.leaderboard.ranking import ALPHA, make_board, make_boards, tie_groups
from debugarena.leaderboard.submission import read_submission_folder


def _entry(
    name: str, solved_at: list[int | None], reference: str | None = None, attempts: int = 1, samples: int = 1
) -> Entry:
    """An entry as verify leaves it, of samples that are all the same."""
    protocol = META["protocol"] | {"attempts": attempts, "samples": samples}
    stated = META | {
        "protocol": protocol,
        "reference": reference,
        "sampling": {"temperature": 1.0, "max_new_tokens": 9},
    }
    stated["dataset"] = META["dataset"] | {"hash": "0" * 64}
    return Entry(
        name=name,
        key="",
        board="few-0.2.0",
        meta=Meta.model_validate(stated),
        excluded=(),
        report=made_report([[at] * samples for at in solved_at], attempts=attempts, samples=samples),
        reference_rate=ZERO,
        transfer={},
        verdicts=(),
    )


def _first(n: int, solved: int) -> list[int | None]:
    return [1] * solved + [None] * (n - solved)


def _ranks(entries: list[Entry], tries: int = 1) -> dict[str, int | None]:
    return {row.entry.name: row.rank for row in make_board("few-0.2.0", entries, tries).rows}


def test_a_clear_difference_is_a_rank_and_an_unclear_one_is_not() -> None:
    ranks = _ranks([_entry("c", _first(60, 5)), _entry("a", _first(60, 50)), _entry("b", _first(60, 48))])
    assert ranks == {"a": 1, "b": 1, "c": 3}


def test_two_that_differ_share_a_rank_if_one_between_them_cannot_be_told_from_either() -> None:
    entries = [_entry("a", _first(60, 30)), _entry("b", _first(60, 25)), _entry("c", _first(60, 21))]
    board = make_board("few-0.2.0", entries)
    assert board.p_values["a", "c"] < ALPHA < board.p_values["a", "b"]
    assert [row.rank for row in board.rows] == [1, 1, 1]
    assert [row.better_than for row in board.rows] == [1, 0, 0]


def test_many_comparisons_are_corrected_for() -> None:
    pair = [_entry("a", _first(40, 16)), _entry("b", _first(40, 10))]
    assert _ranks(pair) == {"a": 1, "b": 2}
    copies = [_entry(f"n{i}", _first(40, 10)) for i in range(6)]
    assert _ranks(pair + copies) == {"a": 1} | {entry.name: 2 for entry in (pair[1], *copies)}  # one rival, not six
    others = [_entry(f"n{i}", [None] * i + _first(40 - i, 10)) for i in range(1, 7)]
    assert set(_ranks(pair + others).values()) == {1}


def test_entries_of_many_samples_leave_the_others_their_ranks() -> None:
    entries = [_entry(f"g{i:02}", _first(60, 54)) for i in range(10)] + [
        _entry(f"b{i:02}", _first(60, 6)) for i in range(10)
    ]
    ranks = _ranks([*entries, _entry("many", _first(60, 59), samples=120)])
    assert {ranks["many"], ranks["g00"]} == {1}
    assert ranks["b00"] == 12


def test_reference_rows_have_no_rank_and_move_none() -> None:
    entries = [_entry("a", _first(60, 50)), _entry("c", _first(60, 5))]
    more = [_entry("oracle", _first(60, 60), "oracle"), _entry("noop", _first(60, 0), "noop")]
    assert _ranks(entries + more) == {"oracle": None, "a": 1, "c": 2, "noop": None}


def test_the_boards_own_run_of_a_model_is_ranked() -> None:
    entries = [_entry("a", _first(60, 50)), _entry("ours", _first(60, 5), "baseline")]
    assert _ranks(entries) == {"a": 1, "ours": 2}


def test_within_five_attempts_only_those_rank_that_had_them() -> None:
    late = [1] * 5 + [4] * 45 + [None] * 10
    entries = [
        _entry("late", late, attempts=5),
        _entry("once", _first(60, 20)),
        _entry("never", _first(60, 5), attempts=5),
    ]
    assert _ranks(entries) == {"once": 1, "late": 2, "never": 2}
    assert _ranks(entries, 5) == {"late": 1, "once": None, "never": 2}


def test_boards_of_other_bugs_are_other_boards() -> None:
    other = replace(_entry("x", _first(10, 5)), board="few-0.10.0")
    assert [board.key for board in make_boards([_entry("a", _first(9, 1)), other])] == ["few-0.10.0", "few-0.2.0"]


@given(st.integers(2, 7).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.booleans(), min_size=21, max_size=21))))
def test_whatever_the_pairs_say_an_unclear_pair_shares_its_rank(drawn: tuple[int, list[bool]]) -> None:
    n, clear = drawn
    p_values = {pair: 0.001 if clear[i] else 0.5 for i, pair in enumerate(combinations(range(n), 2))}
    ranks = tie_groups(n, p_values)
    for (a, b), p in p_values.items():
        assert ranks[a] == ranks[b] or p < ALPHA
    assert ranks == sorted(ranks)
    assert all(rank == ranks.index(rank) + 1 for rank in ranks)


def test_chance_alone_rarely_makes_two_ranks_of_one_model() -> None:
    """200 pairs of answers by one model, which solves each bug with a probability of the bug's own: at most 5% may differ."""
    rng = random.Random("one model")
    chances = [rng.random() for _ in range(100)]
    drawn = [[1 if rng.random() < chance else None for chance in chances] for _ in range(400)]
    different = sum(
        len(set(_ranks([_entry("a", one), _entry("b", two)]).values())) == 2
        for one, two in zip(drawn[::2], drawn[1::2], strict=True)
    )
    assert different <= 200 * ALPHA


@pytest.mark.parametrize("chance", [0.2, 0.5, 0.8])
def test_two_seeds_of_one_model_end_in_one_tie_group(
    tmp_path: Path, sandbox: Sandbox, bugs: list[Bug], chance: float
) -> None:
    bug_set = make_set(tmp_path / "sets", bugs)
    entries = []
    for seed in (1, 2):
        completions = []
        for bug in bugs:
            solves = random.Random(f"{seed}:{bug.bug_id}").random() < chance
            completions.append(Completion(bug.bug_id, 0, 1, bug.fixed_code if solves else bug.buggy_code))
        sampling = {"sampling": {"temperature": 0.8, "seed": seed}}
        folder = submit(tmp_path / f"seed-{seed}", bug_set, completions, **sampling)
        context = Context({bug_set.key: bug_set}, {}, [], {})
        entries.append(verify(read_submission_folder(folder), context, tmp_path, sandbox, lambda *_: None))
    assert entries[0].verdicts != entries[1].verdicts
    board = make_board(bug_set.key, entries)
    assert [row.rank for row in board.rows] == [1, 1]


# an entry's file stays what it is to the byte


def test_a_submission_leaves_the_golden_entry() -> None:
    for name, text in golden_entries().items():
        assert text == (HERE / name).read_text(), f"{name}; if this is meant: python tests/golden/remake.py"


def test_an_entry_comes_back_as_the_same_bytes() -> None:
    text = (HERE / "entry.json").read_text()
    entry = Entry.from_json(json.loads(text))
    assert json.dumps(entry.to_json(), separators=(",", ":")) + "\n" == text
    assert (entry.transfer["elsewhere"], entry.transfer["theirs"] is None) == (None, False)
    assert (entry.verdicts[0].bug_id, entry.verdicts[0].letters) == ("python/add-subtracts", "sr")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("meta", {}),
        ("report", None),
        ("reference_rate", "0.5"),
        ("transfer", []),
        ("verdicts", [["python/clamp", 0, 1, "01", 0.5]]),
        ("verdicts", [["python/clamp", 0, 1, "01", 0.5, 7]]),
    ],
)
def test_an_entry_that_is_damaged_counts_as_none(tmp_path: Path, key: str, value: Any) -> None:
    file = tmp_path / "entry.json"
    text = (HERE / "entry.json").read_text()
    file.write_text(text)
    assert _read_entry(file) is not None
    file.write_text(json.dumps(json.loads(text) | {key: value}))
    assert _read_entry(file) is None
    file.write_text("{")
    assert _read_entry(file) is None
