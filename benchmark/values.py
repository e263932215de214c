"""Turns tagged JSON text (see sandbox/codec.py) into Python values or readable text, and compares it.

`decode` is for our own rows. `matches` and `render` also take what an untrusted process sent: they never build a dict
or a set from it (crafted keys can make that take seconds) and treat malformed text as a difference.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import accumulate, chain, groupby
from operator import and_, itemgetter, or_
from typing import Any, Literal

from debugarena.benchmark.sandbox.codec import Unencodable, encode

Compare = Literal["exact", "float", "unordered"]
COMPARES: tuple[Compare, ...] = ("exact", "float", "unordered")
REL_TOL, ABS_TOL = 1e-9, 1e-9
MAX_RENDERED_CHARS = 300
MAX_READ_CHARS = 16 * 1024  # a dense value of 64 KiB takes 50 ms to read

_FROM_TAG: dict[str, Callable[[Any], Any]] = {
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$dict": dict,
    "$bytes": bytes.fromhex,
    "$bytearray": bytearray.fromhex,
    "$complex": lambda parts: complex(*parts),
    "$float": float,
    "$int": int,
}
# the errors that reading can raise on text that `encode` would not write
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


class TaggedObject(list[tuple[str, Any]]):
    """A JSON object as its pairs, in the order of the text."""

    def __repr__(self) -> str:  # a list's own would make [{}] read like [[]]
        return f"{{{super().__repr__()}}}"


def decode(text: str) -> Any:
    """The Python value of trusted tagged JSON. ValueError on text that `encode` would not write."""

    def untag(pairs: list[tuple[str, Any]]) -> Any:
        if len(pairs) == 1 and pairs[0][0].startswith("$"):
            tag, value = pairs[0]
            if tag not in _FROM_TAG:
                raise ValueError(f"unknown tag {tag}")
            return _FROM_TAG[tag](value)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=untag)
    except TypeError as error:
        raise ValueError(str(error)) from None


def matches(expected: str, got: str, compare: Compare) -> bool:
    """Whether canonical text `got`, untrusted, is what canonical text `expected` asks for.

    exact: the same text, hence the same types; NaN equals NaN. unordered: the items of a list or tuple in any order.
    float: numbers may differ by 1e-9, relative or absolute, and 2 equals 2.0. This includes members of sets and keys
    of dicts: some one-to-one pairing must make each member, or each key with its value, close to its partner.
    """
    if expected == got:
        return True
    if compare == "exact":
        return False
    # the same items make a text of the same length; a close number is at most 54 times as long (1e+308 as an int)
    if len(got) > (len(expected) if compare == "unordered" else 64 * len(expected) + 64):
        return False
    # no number has a comma in it; this avoids reading a text with far more members than it should have
    if got.count(",") != expected.count(","):
        return False
    try:
        left, right = _parse(expected), _parse(got)
        return _close(left, right) if compare == "float" else _shuffled(left, right)
    except _MALFORMED:
        return False


def holds_float(value: Any) -> bool:
    """Whether a plain value is a float or complex number or holds one; the keys of a dict do not count."""
    if isinstance(value, dict):
        return any(map(holds_float, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(holds_float, value))
    return isinstance(value, float | complex)


def render(text: str, source: Callable[[Any], str]) -> str:
    """Tagged JSON text, untrusted, for a person, at most about 300 characters, addresses stripped.

    source: turns what `json` reads, with objects as TaggedObject, into text of a language; it raises ValueError for a
    tag that the language has no value for.
    """
    if len(text) > MAX_READ_CHARS:
        return f"<a value of {len(text):,} characters>"
    try:
        shown = source(_parse(text))
    except _MALFORMED:
        shown = "<unreadable value>"
    return shorten(shown)


def shorten(text: str) -> str:
    """Text for a prompt: no memory addresses, at most about 300 characters."""
    text = _ADDRESS.sub("0x...", text)
    if len(text) > MAX_RENDERED_CHARS:
        text = text[: MAX_RENDERED_CHARS - 60] + f" ... ({len(text)} characters)"
    return text


def _parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=TaggedObject)


def _close(left: Any, right: Any) -> bool:
    (text, leaves), (other_text, other_leaves) = _outline(left), _outline(right)
    return text == other_text and _leaves_close(leaves, other_leaves)


def _outline(node: Any) -> tuple[str, list[Any]]:
    """A value as its text with `#` for each number, and the numbers. Close values have the same text.

    NaN and the infinities stay in the text, since each is close only to itself.
    """
    if isinstance(node, TaggedObject):
        tag, value = node[0] if len(node) == 1 else ("", None)
        if tag == "$int" and isinstance(value, str):
            return "#", [int(value)]
        if tag in ("$set", "$frozenset", "$dict") and type(value) is list:
            texts, leaves = _outline_members(value)
            return f"{{{tag}:[{','.join(texts)}]}}", leaves
        parts = [_outline(value) for _, value in node]
        texts = [f"{key!r}:{text}" for (key, _), (text, _) in zip(node, parts, strict=True)]
        return "{" + ",".join(texts) + "}", list(chain.from_iterable(leaves for _, leaves in parts))
    if isinstance(node, list):
        parts = [_outline(item) for item in node]
        return "[" + ",".join(text for text, _ in parts) + "]", list(chain.from_iterable(part for _, part in parts))
    if isinstance(node, int | float) and not isinstance(node, bool):
        return "#", [node]
    return repr(node), []


def _outline_members(nodes: list[Any]) -> tuple[list[str], list[Any]]:
    """The texts and the numbers of a set's members or a dict's pairs, in the order of the texts.

    Members with the same text and several numbers each also come as one list, for `_pairable` to find their partners.
    """
    texts: list[str] = []
    leaves: list[Any] = []
    for text, group in groupby(sorted(map(_outline, nodes)), itemgetter(0)):
        members = [member for _, member in group]
        texts += [text] * len(members)
        if len(members) == 1 or len(members[0]) <= 1:
            # If plain numbers pair at all, they do so in sorted order: what is close to x is an interval around it,
            # and both its ends grow with x, so two pairs that cross can swap partners.
            leaves += chain.from_iterable(members)
        else:
            # the same holds for each column of numbers, and most values that differ do so here
            columns = [sorted(column) for column in zip(*members, strict=True) if not isinstance(column[0], list)]
            leaves += [*chain.from_iterable(columns), members]
    return texts, leaves


def _leaves_close(left: list[Any], right: list[Any]) -> bool:
    return all(
        _pairable(a, b) if isinstance(a, list) else _number_close(a, b) for a, b in zip(left, right, strict=True)
    )


def _number_close(left: float, right: float) -> bool:
    try:
        return math.isclose(left, right, rel_tol=REL_TOL, abs_tol=ABS_TOL)
    except OverflowError:
        return left == right


def _pairable(left: list[list[Any]], right: list[list[Any]]) -> bool:
    """Whether members of the same text pair one to one so that each is close to its partner."""
    partners = [(1 << len(right)) - 1] * len(left)  # bit j of partners[i]: may i pair with j?
    nested = []
    for a, b in zip(zip(*left, strict=True), zip(*right, strict=True), strict=True):
        if isinstance(a[0], list):
            nested.append((a, b))
        else:
            partners = list(map(and_, partners, _close_numbers(a, b)))
    for a, b in nested if all(partners) else []:
        partners = [
            sum(1 << j for j, other in enumerate(b) if may >> j & 1 and _pairable(member, other))
            for member, may in zip(a, partners, strict=True)
        ]
    return all(partners) and _one_to_one(partners)


def _close_numbers(left: Sequence[float], right: Sequence[float]) -> list[int]:
    """For each number on the left, the close ones on the right as bits.

    If one has none, those after it may get none either, because nothing pairs then anyway.
    """
    order = sorted(range(len(right)), key=right.__getitem__)
    first = list(accumulate((1 << j for j in order), or_, initial=0))  # first[n]: the n smallest on the right
    close = [0] * len(left)
    start = end = 0
    for i in sorted(range(len(left)), key=left.__getitem__):
        x = left[i]
        while start < len(order) and not _number_close(x, right[order[start]]):
            start += 1
        end = max(start, end)  # neither end moves back as x grows
        while end < len(order) and _number_close(x, right[order[end]]):
            end += 1
        close[i] = first[end] ^ first[start]
    return close


def _one_to_one(partners: list[int]) -> bool:
    """Whether each row can have one of its bits to itself (Kuhn's augmenting paths, breadth first)."""
    owner, bit_of = [0] * len(partners), [0] * len(partners)
    free = (1 << len(partners)) - 1
    for start in range(len(partners)):
        unseen = (1 << len(partners)) - 1
        rows, wanted_by = [start], {start: start}
        for row in rows:
            if untaken := partners[row] & free:
                break
            while taken := partners[row] & unseen:
                bit = taken.bit_length() - 1
                unseen ^= 1 << bit
                rows.append(owner[bit])
                wanted_by[owner[bit]] = row
        else:
            return False
        bit = untaken.bit_length() - 1
        free ^= 1 << bit
        while True:  # each row on the path takes the bit it wanted and passes its own on
            owner[bit], bit_of[row], bit = row, bit, bit_of[row]
            if row == start:
                break
            row = wanted_by[row]
    return True


def _shuffled(left: Any, right: Any) -> bool:
    if isinstance(left, TaggedObject) and len(left) == 1 and left[0][0] == "$tuple":
        if not (isinstance(right, TaggedObject) and len(right) == 1 and right[0][0] == "$tuple"):
            return False
        left, right = left[0][1], right[0][1]
    if type(left) is not list or type(right) is not list:
        return False
    return sorted(map(repr, left)) == sorted(map(repr, right))


__all__ = [
    "COMPARES",
    "Compare",
    "TaggedObject",
    "Unencodable",
    "decode",
    "encode",
    "holds_float",
    "matches",
    "render",
    "shorten",
]
