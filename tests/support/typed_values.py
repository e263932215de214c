"""Values that keep their type. plain_harness.py says when two are the same."""

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
