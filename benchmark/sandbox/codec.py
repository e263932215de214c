"""Plain Python data as tagged JSON text. The same text is stored in rows, sent by the sandboxed child and compared.

null, true, false, numbers, strings, lists and objects with string keys stand for themselves; a float always carries a
point or an exponent. What JSON lacks is an object with one `$` key:
`$tuple $set $frozenset` (a list), `$dict` (a list of pairs), `$bytes $bytearray` (hex), `$complex` (two floats),
`$float` ("nan", "inf", "-inf") and `$int` (decimal digits, beyond 2**53).

This file is also loaded by the sandboxed child, which cannot import the package: it must import nothing of ours,
and little else. Not covered: instances of classes, iterators, functions (`Unencodable`).
"""

from __future__ import annotations

# importing json costs the child some 4 ms; this is only its C quoting function
from _json import encode_basestring_ascii as _quote

# importing typing costs a child more than Python's own start; type checkers still read this branch
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 60


class Unencodable(Exception):
    """The value is not plain data; the message is the name of the offending type."""


# a subclass of a builtin is copied down by the base class's own methods: an overridden __eq__ or __repr__ is lost
_COPY_DOWN: tuple[tuple[type, Any], ...] = (
    (int, lambda v: int.__add__(v, 0)),
    (float, lambda v: float.__add__(v, 0.0)),
    (complex, lambda v: complex.__add__(v, 0j)),
    (str, lambda v: str.__getitem__(v, slice(None))),
    (bytes, lambda v: bytes.__getitem__(v, slice(None))),
    (bytearray, lambda v: bytearray.__getitem__(v, slice(None))),
    (list, lambda v: list.__getitem__(v, slice(None))),
    (tuple, lambda v: tuple.__getitem__(v, slice(None))),
    (dict, lambda v: dict(dict.items(v))),
    (set, lambda v: set().union(v)),
    (frozenset, lambda v: frozenset().union(v)),
)


def encode(value: Any, canonical: bool = True) -> str:
    """Tagged JSON text of plain data, ASCII and on one line.

    canonical: equal values give equal text (dict keys sorted, -0.0 written as 0.0); with False a dict keeps its order,
    which a function under test may depend on. Raises Unencodable, also beyond 60 levels of nesting.
    """
    return _encode(value, canonical, 0)


def _encode(value: Any, canonical: bool, depth: int) -> str:
    kind = type(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return _integer(value)
    if kind is float:
        return _float(value, canonical)
    if kind is str:
        return str(_quote(value))
    if depth >= MAX_DEPTH:
        raise Unencodable("data nested too deeply")
    if kind is list:
        return "[" + _items(value, canonical, depth) + "]"
    if kind is tuple:
        return '{"$tuple":[' + _items(value, canonical, depth) + "]}"
    if kind is dict:
        return _dict(value, canonical, depth)
    if kind is set or kind is frozenset:
        members = sorted([_encode(v, canonical, depth + 1) for v in value])
        return '{"$' + kind.__name__ + '":[' + ",".join(members) + "]}"
    if kind is bytes or kind is bytearray:
        return '{"$' + kind.__name__ + '":"' + str(value.hex()) + '"}'
    if kind is complex:
        return '{"$complex":[' + _float(value.real, canonical) + "," + _float(value.imag, canonical) + "]}"
    for base, copy_down in _COPY_DOWN:
        if issubclass(kind, base):
            return _encode(copy_down(value), canonical, depth)
    raise Unencodable(str(kind.__name__)[:80])


def _integer(value: int) -> str:
    if -(2**53) <= value <= 2**53:
        return str(value)
    try:
        return '{"$int":"' + str(value) + '"}'
    except ValueError:
        raise Unencodable("int of more digits than Python prints") from None


def _float(value: float, canonical: bool) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return '{"$float":"' + repr(value) + '"}'
    return repr(value + 0.0 if canonical else value)  # -0.0 + 0.0 is 0.0


def _items(values: Any, canonical: bool, depth: int) -> str:
    return ",".join([_encode(v, canonical, depth + 1) for v in values])


def _dict(value: dict[Any, Any], canonical: bool, depth: int) -> str:
    pairs = [(_encode(k, canonical, depth + 1), _encode(v, canonical, depth + 1)) for k, v in value.items()]
    if canonical:
        pairs.sort()
    if all(key[0] == '"' and key[1] != "$" for key, _ in pairs):
        return "{" + ",".join([k + ":" + v for k, v in pairs]) + "}"
    return '{"$dict":[' + ",".join(["[" + k + "," + v + "]" for k, v in pairs]) + "]}"
