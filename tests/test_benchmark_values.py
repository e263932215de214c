"""Values keep their type through text, equal text means equal values, and untrusted text can do no harm."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debugarena.benchmark.values import COMPARES, Unencodable, decode, encode, matches, render

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates too
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 2**53, 2**53 + 1, -(2**53) - 1, 10**40])
    | st.floats()
    | st.sampled_from([0.0, -0.0, 1.0, float("nan")])
    | st.complex_numbers()
    | ANY_TEXT
    | st.sampled_from(["", "$tuple", "$", "1"])
    | st.binary(max_size=4)
)
HASHABLES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3), max_leaves=4
)
VALUES = st.recursive(
    SCALARS | st.binary(max_size=3).map(bytearray),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(HASHABLES, inner, max_size=3)
        | st.sets(HASHABLES, max_size=3)
        | st.frozensets(HASHABLES, max_size=3)
    ),
    max_leaves=6,
)


def same(left: Any, right: Any) -> bool:
    """Equal with equal types all the way down; NaN equals NaN. Written without the codec: the tests' own oracle."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return left == right or (left != left and right != right)
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return _pair_up(list(left.items()), list(right.items()))
    if isinstance(left, set | frozenset):
        return _pair_up(list(left), list(right))
    return bool(left == right)


def _pair_up(left: list[Any], right: list[Any]) -> bool:
    left = [x if isinstance(x, tuple) else (x,) for x in left]
    right = [x if isinstance(x, tuple) else (x,) for x in right]
    for item in left:
        at = next((i for i, other in enumerate(right) if same(item, other)), None)
        if at is None:
            return False
        del right[at]
    return not right


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


def test_minus_zero_is_zero_when_compared_and_itself_when_sent() -> None:
    assert encode(-0.0) == encode(0.0)
    assert encode(-0.0, canonical=False) == "-0.0"


@given(st.permutations([("b", 1), ("a", 2), (3, 4), ((5,), 6)]))
def test_dict_order_is_lost_when_compared_and_kept_when_sent(items: list[tuple[Any, int]]) -> None:
    assert encode(dict(items)) == encode(dict(sorted(items, key=repr)))
    assert list(decode(encode(dict(items), canonical=False)).items()) == items


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
    ],
)
def test_float_comparison_forgives_rounding_alone(expected: Any, got: Any, close: bool) -> None:
    assert matches(encode(expected), encode(got), "float") is close
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
