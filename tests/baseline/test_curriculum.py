import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.baseline.curriculum import Curriculum, uniform
from debugarena.benchmark import Bug


@pytest.fixture(scope="module")
def leveled(flip: Bug) -> list[Bug]:
    return [replace(flip, bug_id=f"python/flip-{i}", level=1 + i % 4) for i in range(40)]


def drawn(curriculum: Curriculum, first_step: int = 0) -> Counter[int | None]:
    steps = range(first_step, first_step + 300)
    return Counter(curriculum.bugs[i].level for step in steps for i in curriculum.choose(4, step))


def test_easy_levels_come_first(leveled: list[Bug]) -> None:
    counts = drawn(Curriculum(leveled, seed=1))
    assert counts[1] > counts[2] > counts[3] > counts[4] > 0


def test_it_goes_where_rewards_within_a_group_differ(leveled: list[Bug]) -> None:
    curriculum = Curriculum(leveled, seed=1)
    for step in range(20):  # level 1 is always solved, level 4 never, level 3 sometimes
        curriculum.update(step, [(1, [3.2] * 8), (2, [3.2] * 7 + [0.9]), (3, [3.2, 0.7] * 4), (4, [0.6] * 8)])
    counts = drawn(curriculum, first_step=50)
    assert counts[3] > 10 * max(counts[1], counts[4])
    assert min(counts.values()) > 20  # no level is forgotten


@given(st.lists(st.tuples(st.integers(1, 4), st.lists(st.floats(-1.3, 3.2), min_size=2, max_size=8)), max_size=30))
def test_shares_are_a_distribution_with_a_floor(leveled: list[Bug], groups: list[tuple[int, list[float]]]) -> None:
    curriculum = Curriculum(leveled, seed=1)
    curriculum.update(0, groups)
    shares = curriculum.shares(2)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= curriculum.floor
    assert set(shares) == {1, 2, 3, 4}


def test_the_same_state_chooses_the_same(leveled: list[Bug]) -> None:
    one, other = Curriculum(leveled, seed=3), Curriculum(leveled, seed=3)
    for step in range(5):
        one.update(step, [(2, [0.0, 3.2]), (3, [1.0, 1.0])])
    other.restore(json.loads(json.dumps(one.state())))
    steps = range(5, 55)
    assert [one.choose(4, step) for step in steps] == [other.choose(4, step) for step in steps]
    assert [one.choose(4, step) for step in steps] != [Curriculum(leveled, seed=4).choose(4, step) for step in steps]


def test_what_a_step_measured_counts_from_the_next_but_one(leveled: list[Bug]) -> None:
    curriculum = Curriculum(leveled, seed=3)
    before = curriculum.shares(1)
    curriculum.update(0, [(4, [0.0, 3.2])])
    assert curriculum.shares(1) == before
    assert curriculum.shares(2)[4] > before[4]


def test_a_step_has_different_bugs(leveled: list[Bug]) -> None:
    for step in range(100):
        assert len(set(uniform(leveled, 8, 1, step))) == 8
        assert len(set(Curriculum(leveled, seed=1).choose(8, step))) == 8
    assert sorted(uniform(leveled, 40, 1, 0)) == list(range(40))
