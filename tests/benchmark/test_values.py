"""Values keep their type through text, equal text means equal values, and untrusted text can do no harm."""

import gc
import itertools
import json
import math
import random
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain_harness import REFERENCES, same
from typed_values import ANY_TEXT, VALUES

from debugarena.benchmark.languages.python.rendering import render
from debugarena.benchmark.values import COMPARES, Unencodable, decode, encode, matches


@given(VALUES)
def test_decode_gives_back_what_was_encoded(value: Any) -> None:
    assert same(decode(encode(value)), value)
    assert encode(decode(encode(value))) == encode(value)


@given(VALUES)
def test_encoded_text_is_one_line_of_ascii_json(value: Any) -> None:
    text = encode(value)
    assert text.isascii()
    assert "\n" not in text
    assert "\t" not in text
    json.loads(text, parse_constant=pytest.fail)


@given(VALUES, VALUES)
def test_canonical_text_is_equal_exactly_when_typed_values_are(left: Any, right: Any) -> None:
    assert (encode(left) == encode(right)) == same(left, right)


LOOKALIKES = [
    0, 0.0, False, None, "", "0", b"", bytearray(), [], (), set(), frozenset(), {}, 0j, 1, 1.0, True, "1", b"1", [1], (1,),
    {1}, frozenset({1}), {1: 1}, {"1": 1}, {"$tuple": [1]}, {"$set": [1]}, "None", float("nan"), "nan", [True], [1.0],
    2**53, float(2**53), 2**53 + 1, {"$int": "9007199254740993"}, {True: 1}, {1.0: 1}, 1 + 0j,
]  # fmt: skip


@pytest.mark.parametrize("compare", ["exact", "unordered"])
def test_values_that_look_alike_stay_apart(compare: Any) -> None:
    for left, right in itertools.combinations(LOOKALIKES, 2):
        assert not matches(encode(left), encode(right), compare), (left, right)
        assert not matches(encode([[left]]), encode([[right]]), compare), (left, right)


def test_minus_zero_is_zero_when_compared_and_itself_when_sent() -> None:
    assert encode(-0.0) == encode(0.0)
    assert encode(-0.0, canonical=False) == "-0.0"


@given(st.permutations([("b", 1), ("a", 2), (3, 4), ((5,), 6)]))
def test_dict_order_is_lost_when_compared_and_kept_when_sent(items: list[tuple[Any, int]]) -> None:
    assert encode(dict(items)) == encode(dict(sorted(items, key=repr)))
    assert list(decode(encode(dict(items), canonical=False)).items()) == items


# crowds of numbers that are close to some of their neighbours and not to others
CROWDED = st.builds(
    lambda base, step: base + step * 4e-10 * max(1, abs(base)),
    st.sampled_from([0, 1, 2, -3e5, 1e12]),
    st.integers(-4, 4),
)
CROWDED_SCALARS = (
    CROWDED | st.builds(complex, CROWDED, CROWDED) | st.sampled_from([None, True, 1, "a", math.nan, math.inf])
)
CROWDED_MEMBERS = st.recursive(
    CROWDED_SCALARS | st.tuples(CROWDED, CROWDED),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
CROWDS = (
    st.sets(CROWDED, max_size=6)
    | st.frozensets(st.tuples(CROWDED, CROWDED), max_size=5)
    | st.dictionaries(CROWDED, CROWDED, max_size=5)
    | st.sets(CROWDED_MEMBERS, max_size=4)
    | st.dictionaries(CROWDED_MEMBERS, st.lists(CROWDED_MEMBERS, max_size=2), max_size=4)
)
NUDGES = [0, 0, 0, 3e-10, -3e-10, 9e-10, -9e-10, 1e-9, -1e-9, 1.1e-9, -1.1e-9]


def nudged(value: Any, rng: random.Random) -> Any:
    """The value with some numbers moved by about the tolerance or given another type, and some lists shuffled."""
    if type(value) is int and abs(value) < 1e300 and rng.random() < 0.3:
        return float(value)
    if type(value) is float:
        value = value * (1 + rng.choice(NUDGES)) + rng.choice(NUDGES) * (rng.random() < 0.3)
        return int(value) if value.is_integer() and rng.random() < 0.5 else value
    if type(value) is complex:
        return complex(*(float(nudged(part, rng)) for part in (value.real, value.imag)))
    if isinstance(value, dict):
        return {nudged(key, rng): nudged(value[key], rng) for key in sorted(value, key=encode)}
    if isinstance(value, set | frozenset):  # sorted: a set with None or NaN has another order in each run
        return type(value)(nudged(item, rng) for item in sorted(value, key=encode))
    if isinstance(value, list | tuple):
        items = [nudged(item, rng) for item in value]
        return type(value)(rng.sample(items, len(items)) if rng.random() < 0.2 else items)
    return value


@pytest.mark.parametrize("compare", COMPARES)
@given(VALUES | CROWDS, st.randoms(use_true_random=True))
def test_comparison_agrees_with_trying_every_pairing(compare: Any, value: Any, rng: random.Random) -> None:
    agrees(value, nudged(value, rng), compare)


@pytest.mark.parametrize("compare", COMPARES)
@given(st.lists(VALUES, max_size=4), st.randoms(use_true_random=True))
def test_comparison_agrees_with_trying_every_order(compare: Any, items: list[Any], rng: random.Random) -> None:
    other = rng.sample(items, len(items))
    agrees(items, other, compare)
    agrees(tuple(items), tuple(nudged(other, rng)), compare)


@pytest.mark.parametrize("compare", COMPARES)
@given(VALUES | CROWDS, VALUES | CROWDS)
def test_comparison_of_unlike_values_agrees_too(compare: Any, left: Any, right: Any) -> None:
    agrees(left, right, compare)


def agrees(left: Any, right: Any, compare: Any) -> None:
    """Comparison does what its reference does, both ways, and finds each value equal to itself."""
    a, b = encode(left), encode(right)
    assert matches(a, b, compare) == matches(b, a, compare) == REFERENCES[compare](left, right), (a, b)
    assert matches(a, a, compare)
    assert matches(b, b, compare)


@given(
    st.integers(1, 7).flatmap(lambda n: st.lists(st.sets(st.integers(0, n - 1), min_size=1), min_size=n, max_size=n))
)
@example([{0, 2, 3}, {0, 1, 3, 4}, {0, 3, 4}, {0}, {0}])  # an earlier pair must change partners along a longer path
def test_a_pairing_is_found_whoever_is_close_to_whom(partners: list[set[int]]) -> None:
    n = len(partners)
    # in column i the left member i is close to 0.0 alone, each other one to both numbers of the right
    left = {(0.0, *(-4e-10 if i == k else 9e-10 for k in range(n))) for i in range(n)}
    right = {(j * 1e-12, *(0.0 if j in close else 1.8e-9 for close in partners)) for j in range(n)}
    pairable = any(all(map(set.__contains__, partners, order)) for order in itertools.permutations(range(n)))
    assert matches(encode(left), encode(right), "float") == pairable
    assert matches(encode(right), encode(left), "float") == pairable


def test_values_that_look_alike_are_close_only_if_all_that_differs_is_the_type_of_a_number() -> None:
    for left, right in itertools.combinations(LOOKALIKES, 2):
        agrees(left, right, "float")
        agrees([[left]], [[right]], "float")


class Loud(str):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "'loud'"

    def __getitem__(self, key: Any) -> Any:
        return "item"


class Always(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __add__(self, other: int) -> int:
        return 99

    def __str__(self) -> str:
        return "99"


def test_subclasses_of_builtins_are_copied_down_by_the_base_class() -> None:
    assert encode(Loud("x")) == '"x"'
    assert encode(Always(3)) == "3"
    assert encode({Loud("k"): Always(1)}) == encode({"k": 1})


@pytest.mark.parametrize("value", [object(), iter([]), len, range(3), Ellipsis, {"a": {"b": object}}, [10**5000]])
def test_what_is_not_plain_data_is_refused(value: Any) -> None:
    with pytest.raises(Unencodable):
        encode(value)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Unencodable, match="nested too deeply"):
        encode(endless)


@pytest.mark.parametrize(
    "text", ['{"$zz":1}', '{"$tuple":5}', '{"$set":[[]]}', '{"$dict":[[1]]}', '{"$int":"x"}', '{"$bytes":"zz"}', "["]
)
def test_text_that_encode_would_not_write_does_not_decode(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text)


TAGS = ["$tuple", "$set", "$frozenset", "$dict", "$bytes", "$bytearray", "$complex", "$float", "$int", "$zz", "a"]
FORGED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(TAGS), inner, max_size=2),
    max_leaves=8,
).map(json.dumps)


@given(VALUES, FORGED | st.text(max_size=20), st.sampled_from(COMPARES))
def test_forged_text_is_a_difference_or_a_match_and_never_an_error(value: Any, got: str, compare: Any) -> None:
    assert matches(encode(value), got, compare) in (True, False)
    assert isinstance(render(got), str)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ({"a", "b"}, '{"$set":"ab"}'),
        (set(), '{"$set":{}}'),
        ({1}, '{"$set":5}'),
        ({1}, '{"$set":[1,1]}'),
        ({1}, '{"$set":[1],"$set":[1]}'),
        ({1: 2}, '{"$dict":[1,2]}'),
        ({1: 2}, '{"$dict":[[1]]}'),
        ({1: 2}, '{"$dict":[[1,2],[1,2]]}'),
        ({1: 2}, '{"$dict":{"1":2}}'),
        ({"a": 1}, '{"$dict":[["a",1]]}'),
        ({"a": 1}, '{"a":1,"a":1}'),
        ((1, 2), '{"$tuple":{"a":1,"b":2}}'),
        (1j, '{"$complex":[0.0]}'),
        (1, '{"$int":true}'),
        (1, '{"$int":"x"}'),
        (1.5, '{"$float":1.5}'),
        (float("nan"), "NaN"),
        (float("inf"), "1e400"),
        ([1, 2], "[1,2"),
    ],
)
@pytest.mark.parametrize("compare", COMPARES)
def test_text_that_encode_would_not_write_is_a_difference(value: Any, got: str, compare: Any) -> None:
    assert not matches(encode(value), got, compare)


FLOATS = [random.Random(seed).uniform(-1e6, 1e6) for seed in range(2000)]
CLOSE_TOGETHER = [i * 1e-12 for i in range(600)]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (encode(set(FLOATS)), encode({x * (1 + 5e-10) for x in FLOATS})),
        (encode(set(FLOATS)), f'{{"$set":{encode([1.0] * 2000)}}}'),
        (encode(set(FLOATS)), "[" + "[]," * 780_000 + "[]]"),
        (encode({x: x for x in FLOATS}), encode({x * (1 + 5e-10): x for x in FLOATS})),
        (encode(dict.fromkeys(FLOATS, 0)), encode({x: i for i, x in enumerate(FLOATS)})),
        (encode({(x, 0.0) for x in CLOSE_TOGETHER}), encode({(x + 7e-10, 0.0) for x in CLOSE_TOGETHER})),
        (encode({(x, 0.0) for x in CLOSE_TOGETHER}), encode({(x + 1e-9, 0.0) for x in CLOSE_TOGETHER})),
    ],
    ids=["near", "all the same", "far too many", "near keys", "other values", "a crowd", "a crowd that fails late"],
)
def test_large_sets_and_dicts_are_compared_in_little_time(expected: str, got: str) -> None:
    gc.disable()  # a collection takes a second in a process that has imported torch
    try:
        start = time.thread_time()
        matches(expected, got, "float")
        assert time.thread_time() - start < 0.5  # measured: 0.02 s at most; to try each with each takes seconds
    finally:
        gc.enable()


@given(FORGED, st.sampled_from(COMPARES))
def test_forged_text_never_stops_a_comparison_with_a_like_shape(got: str, compare: Any) -> None:
    for value in (1.5, 7, [1, 2.5], (1.0,), {"a": 1.0}, 1j, {1: 2.0}):
        assert matches(encode(value), got, compare) in (True, False)


@pytest.mark.parametrize("compare", COMPARES)
@pytest.mark.parametrize("got", ["[" * 100_000, '{"$int":"' + "9" * 60_000 + '"}', "9" * 60_000, '{"$complex":[]}', ""])
def test_monstrous_text_never_matches_nor_stops_the_comparison(got: str, compare: Any) -> None:
    for value in ([1], 3, 1j):
        assert not matches(encode(value), got, compare)
    assert len(render(got)) < 400


POINTS = frozenset({(1, 5), (2, 6)})


@pytest.mark.parametrize(
    ("expected", "got", "close"),
    [
        (0.3, 0.1 + 0.2, True),
        (2.0, 2, True),
        (2, 2.0, True),
        (0.0, 1e-10, True),
        (0.0, 1e-8, False),
        (1e12, 1e12 + 100, True),
        (float("nan"), float("nan"), True),
        (float("nan"), 1.0, False),
        (float("inf"), 1e308, False),
        (1, True, False),
        ("1.0", 1.0, False),
        ([0.3, (1, {"a": 0.3})], [0.1 + 0.2, (1, {"a": 0.1 + 0.2})], True),
        ([0.3], (0.3,), False),
        ([0.3], [0.3, 0.3], False),
        ({"a": 0.3}, {"b": 0.3}, False),
        (10**400, 10**400 + 1, False),
        (1.0, 10**400, False),
        ([0.3, 10**400], [0.1 + 0.2, 10**400], True),
        ([1e300] * 9, [10**300] * 9, True),
        (0.3 + 1j, 0.1 + 0.2 + 1j, True),
        (complex("nan"), complex("nan"), True),
        (1 + 0j, 1, False),
        ({10.0, 2.0}, {9.9999999999999, 2.0}, True),
        ({10.0, 2.0}, {9.9999999999999, 3.0}, False),
        ([frozenset({10.0, 2.0})], [frozenset({9.9999999999999, 2.0})], True),
        ({10.0: "a", 2.0: "b"}, {9.9999999999999: "a", 2: "b"}, True),
        ({10.0: "a", 2.0: "b"}, {9.9999999999999: "b", 2: "a"}, False),
        ({10.0, 2.0, None, "a", (0.3, "b")}, {9.9999999999999, 2, None, "a", (0.1 + 0.2, "b")}, True),
        # 1.0 must leave its equal to the other, which has no one else
        ({1.0, 1 - 9e-10}, {1.0, 1 + 9e-10}, True),
        ({(1.0, 0), (1 - 9e-10, 0)}, {(1.0, 0), (1 + 9e-10, 0)}, True),
        ({1.0, 1 + 1e-10}, {1.0, 1 + 2e-9}, False),
        # sorted by their keys, or by their values, these pair wrongly
        ({1.0: 5, 1 + 1e-10: 6}, {1.0: 6, 1 + 1e-10: 5}, True),
        ({(1.0, 5), (1 + 1e-10, 6)}, {(1.0, 6), (1 + 1e-10, 5)}, True),
        # the columns alone would pair
        ({(1, 5), (2, 6)}, {(1, 6), (2, 5)}, False),
        # both are close to the same one
        ({(0.0, 1.2e-9), (1.2e-9, 0.0)}, {(6e-10, 6e-10), (-5e-10, -5e-10)}, False),
        ({(0.0, 1.2e-9, POINTS), (1.2e-9, 0.0, POINTS)}, {(6e-10, 6e-10, POINTS), (-5e-10, -5e-10, POINTS)}, False),
        (
            {POINTS, frozenset({(3, 5), (4, 6)})},
            {frozenset({(1.0, 6), (2, 5)}), frozenset({(3, 5), (4, 6)})},
            False,
        ),
        ({frozenset({(0.3, 5), (2, 6)}), frozenset()}, {frozenset({(0.1 + 0.2, 5), (2.0, 6)}), frozenset()}, True),
        ({float("nan"), 1.0, 0.3}, {float("nan"), 1, 0.1 + 0.2}, True),
        ({float("inf"), 1e308}, {float("inf"), float("-inf")}, False),
        ({1: 0.3}, {True: 0.3}, False),
        ({frozenset({1.0})}, {(1.0,)}, False),
        ([{}], [[]], False),
        ([{}], [set()], False),
    ],
)
def test_float_comparison_forgives_rounding_alone(expected: Any, got: Any, close: bool) -> None:
    assert matches(encode(expected), encode(got), "float") is close
    assert matches(encode(got), encode(expected), "float") is close
    assert matches(encode(expected), encode(got), "exact") is same(expected, got)


@given(st.lists(VALUES, max_size=4).flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_unordered_comparison_forgives_any_permutation(pair: tuple[list[Any], list[Any]]) -> None:
    items, shuffled = pair
    assert matches(encode(items), encode(shuffled), "unordered")
    assert matches(encode(tuple(items)), encode(tuple(shuffled)), "unordered")
    assert not matches(encode(items), encode(tuple(shuffled)), "unordered")
    assert not matches(encode(items), encode([*shuffled, 0]), "unordered")


def test_unordered_comparison_forgives_nothing_deeper_down() -> None:
    assert not matches(encode([[1, 2]]), encode([[2, 1]]), "unordered")
    assert not matches(encode([1, 1, 2]), encode([1, 2, 2]), "unordered")
    assert not matches(encode([1]), encode([True]), "unordered")


@pytest.mark.parametrize(
    ("left", "right"), [([{}], [[]]), (({},), ([],)), ([1, [{}]], [1, [[]]]), ([{"a": {}}], [{"a": []}])]
)
def test_unordered_comparison_tells_an_empty_dict_from_an_empty_list(left: Any, right: Any) -> None:
    assert not matches(encode(left), encode(right), "unordered")
    assert not matches(encode(right), encode(left), "unordered")


@given(VALUES.filter(lambda value: "0x" not in repr(value)))
def test_rendered_text_is_python_source_of_the_value(value: Any) -> None:
    shown = render(encode(value))
    if "characters)" not in shown:
        assert same(eval(shown), value)


def test_rendered_text_is_short_and_holds_no_address() -> None:
    assert len(render(encode("x" * 5000))) <= 320
    assert render(encode("<object at 0x7f3a5c0d1e80>")) == "'<object at 0x...>'"


def test_a_huge_value_is_not_read_to_be_shown() -> None:
    assert render(encode("x" * 20_000)) == "<a value of 20,002 characters>"
    assert render(encode("x" * 10_000)).startswith("'xxx")
