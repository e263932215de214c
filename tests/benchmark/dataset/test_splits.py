"""Splits are by program, near copies share one, and no test program is like one that is trained on."""

from collections import Counter

from similarity import NEAR_COPY, nearest_pairs, shingles, similarity

from debugarena.benchmark.dataset.splits import NEAR, SPLIT_SHARES, split_of
from debugarena.builder.program import load_programs

PROGRAMS = load_programs()


def test_no_program_of_one_split_is_a_near_copy_of_one_in_another() -> None:
    groups = {split: [p for p in PROGRAMS if split_of(p.name) == split] for split in SPLIT_SHARES}
    for one, other in (("test", "train"), ("test", "validation"), ("validation", "train")):
        nearest = nearest_pairs(groups[one], groups[other])[:3]
        for share, ours, theirs in nearest:
            print(f"{share:.2f} {ours} ({one}) {theirs} ({other})")
        assert nearest[0][0] < NEAR_COPY, "give them one split in benchmark/dataset/splits.py"


def test_named_near_copies_are_there_and_near() -> None:
    by_entry_point = {p.entry_point: p for p in PROGRAMS}
    for one, other in NEAR.items():
        shapes = [shingles(by_entry_point[name].code) for name in (one, other)]
        assert similarity(*shapes) >= NEAR_COPY
        assert split_of(by_entry_point[one].name) == split_of(by_entry_point[other].name)


def test_similarity_sees_shape_alone() -> None:
    odd = "def is_odd(n: int) -> bool:\n    return n % 2 == 1\n"
    even = "def is_even(k):\n    # a remark\n    return k % 2 == 0\n"
    other = "def first(xs):\n    for x in xs:\n        if x:\n            return x\n"
    assert similarity(shingles(odd), shingles(even)) == 1
    assert similarity(shingles(odd), shingles(other)) < 0.1


def test_every_split_has_programs_enough_and_a_program_has_one() -> None:
    counts = Counter(split_of(p.name) for p in PROGRAMS)
    assert set(counts) == set(SPLIT_SHARES)
    assert counts["test"] >= 150
    assert counts["train"] >= 180
    assert counts["validation"] >= 30
    assert split_of("strings/any_name") == split_of("other/any_name")
