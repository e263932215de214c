"""Values that keep their type, and when two are the same: the tests' own oracle, written without the codec."""

import math
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

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
    return _alike(left, right, _same_number)


def near(left: Any, right: Any) -> bool:
    """What `compare: float` promises, tried out: every way to pair the members of a set or the items of a dict."""
    return _alike(left, right, _near_number)


def same_but_for_order(left: Any, right: Any) -> bool:
    """What `compare: unordered` promises, tried out."""
    if type(left) is type(right) and isinstance(left, list | tuple):
        return _some_pairing(list(left), list(right), same)
    return same(left, right)


REFERENCES: dict[Any, Callable[[Any, Any], bool]] = {"exact": same, "float": near, "unordered": same_but_for_order}


def _alike(left: Any, right: Any, number_alike: Callable[[Any, Any], bool]) -> bool:
    def alike(a: Any, b: Any) -> bool:
        return _alike(a, b, number_alike)

    if type(left) in (int, float) and type(right) in (int, float):
        return number_alike(left, right)
    if type(left) is not type(right):
        return False
    if isinstance(left, complex):
        return number_alike(left.real, right.real) and number_alike(left.imag, right.imag)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(alike, left, right))
    if isinstance(left, dict):
        return _some_pairing(list(left.items()), list(right.items()), alike)
    if isinstance(left, set | frozenset):
        return _some_pairing(list(left), list(right), alike)
    return bool(left == right)


def _same_number(left: Any, right: Any) -> bool:
    return type(left) is type(right) and (left == right or (left != left and right != right))


def _near_number(left: Any, right: Any) -> bool:
    try:
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) or (left != left and right != right)
    except OverflowError:
        return bool(left == right)


def _some_pairing(left: list[Any], right: list[Any], alike: Callable[[Any, Any], bool]) -> bool:
    """Whether the first can take a partner such that the rest can too."""
    if not left or len(left) != len(right):
        return len(left) == len(right)
    return any(
        alike(left[0], other) and _some_pairing(left[1:], right[:i] + right[i + 1 :], alike)
        for i, other in enumerate(right)
    )
