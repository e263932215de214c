"""The spaces that a formatter puts around the colons of a slice: an edited one must not look edited.

The rule is that of black and ruff: a space on each side of a bound that is not a name or a number, `a[i : i + 8]`. Not
covered: lines that become too long or too short, and parentheses that an edit leaves.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

_NOTHING, _SPACE = cst.SimpleWhitespace(""), cst.SimpleWhitespace(" ")


def spaced(new: Any) -> Any:
    """The new node, with even spaces if it is a slice."""
    if not isinstance(new, cst.Slice):
        return new
    around = _NOTHING if all(map(_is_simple, (new.lower, new.upper, new.step))) else _SPACE

    def beside(bound: cst.BaseExpression | None) -> cst.SimpleWhitespace:
        return around if bound is not None else _NOTHING

    changed = new.with_changes(first_colon=cst.Colon(beside(new.lower), beside(new.upper)))
    if new.step is not None:
        changed = changed.with_changes(second_colon=cst.Colon(beside(new.upper), beside(new.step)))
    return changed


def _is_simple(bound: cst.BaseExpression | None) -> bool:
    if isinstance(bound, cst.UnaryOperation):
        return _is_simple(bound.expression)
    return bound is None or isinstance(bound, cst.Name | cst.Integer)
