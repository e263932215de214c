"""Tagged JSON text (see sandbox/codec.py) back to Python values, to readable text, and to a yes or no.

`decode` is for our own rows. `matches` and `render` also take what an untrusted process sent: they never build a dict
or a set from it (crafted keys can make that take seconds) and treat malformed text as a difference.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, Literal

from debugarena.benchmark.sandbox.codec import Unencodable, encode

Compare = Literal["exact", "float", "unordered"]
COMPARES: tuple[Compare, ...] = ("exact", "float", "unordered")
REL_TOL, ABS_TOL = 1e-9, 1e-9
MAX_RENDERED_CHARS = 300
MAX_READ_CHARS = 16 * 1024  # a crowded value of 64 KiB takes 50 ms to read

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
# what text that `encode` would not write can cause in those who read it
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs, in the order of the text."""


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

    exact: the same text, hence the same types; NaN equals NaN. float: numbers may differ by 1e-9, relative or
    absolute, and 2 equals 2.0. unordered: the items of a list or tuple in any order.
    """
    if expected == got:
        return True
    # the same items make a text of the same length, and a number is at most some 30 characters
    if compare == "exact" or len(got) > (len(expected) if compare == "unordered" else 32 * len(expected) + 64):
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


def render(text: str) -> str:
    """Tagged JSON text, untrusted, as Python source for a person, at most about 300 characters, addresses stripped."""
    if len(text) > MAX_READ_CHARS:
        return f"<a value of {len(text):,} characters>"
    try:
        shown = _source(_parse(text))
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
    return json.loads(text, object_pairs_hook=_Object)


def _number(node: Any) -> float | int | None:
    if isinstance(node, _Object) and len(node) == 1 and node[0][0] in ("$float", "$int"):
        return float(node[0][1]) if node[0][0] == "$float" else int(node[0][1])
    return node if isinstance(node, int | float) and not isinstance(node, bool) else None


def _close(left: Any, right: Any) -> bool:
    a, b = _number(left), _number(right)
    if a is not None and b is not None:
        if a != a or b != b:
            return a != a and b != b
        try:
            return math.isclose(a, b, rel_tol=REL_TOL, abs_tol=ABS_TOL)
        except OverflowError:
            return a == b
    if type(left) is not type(right):
        return False
    if isinstance(left, _Object):
        return len(left) == len(right) and all(
            k == j and _close(v, w) for (k, v), (j, w) in zip(left, right, strict=True)
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(_close(v, w) for v, w in zip(left, right, strict=True))
    return bool(left == right)


def _shuffled(left: Any, right: Any) -> bool:
    if isinstance(left, _Object) and len(left) == 1 and left[0][0] == "$tuple":
        if not (isinstance(right, _Object) and len(right) == 1 and right[0][0] == "$tuple"):
            return False
        left, right = left[0][1], right[0][1]
    if type(left) is not list or type(right) is not list:
        return False
    return sorted(map(repr, left)) == sorted(map(repr, right))


def _source(node: Any) -> str:
    if isinstance(node, _Object):
        if len(node) == 1 and node[0][0].startswith("$"):
            return _tagged_source(*node[0])
        return "{" + ", ".join(f"{key!r}: {_source(value)}" for key, value in node) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_source, node)) + "]"
    return repr(node)


def _tagged_source(tag: str, value: Any) -> str:
    if tag in ("$float", "$int"):
        return {"nan": "float('nan')", "inf": "float('inf')", "-inf": "float('-inf')"}.get(str(value), str(value))
    if tag in ("$bytes", "$bytearray"):
        data = repr(bytes.fromhex(value))
        return data if tag == "$bytes" else f"bytearray({data})"
    if tag == "$complex":
        return f"complex({_source(value[0])}, {_source(value[1])})"
    if tag == "$dict":
        return "{" + ", ".join(f"{_source(key)}: {_source(val)}" for key, val in value) + "}"
    items = ", ".join(map(_source, value))
    if tag == "$tuple":
        return f"({items},)" if len(value) == 1 else f"({items})"
    if tag == "$set":
        return f"{{{items}}}" if value else "set()"
    if tag == "$frozenset":
        return f"frozenset({{{items}}})" if value else "frozenset()"
    raise ValueError(f"unknown tag {tag}")


__all__ = ["COMPARES", "Compare", "Unencodable", "decode", "encode", "holds_float", "matches", "render", "shorten"]
