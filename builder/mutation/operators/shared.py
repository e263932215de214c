"""What operators of several families share: questions about a node, and replacements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from debugarena.builder.mutation.source import code_of

Replacements = Iterator[Any]  # nodes, or cst.RemoveFromParent()

ONE = cst.Integer("1")
JUMPS = cst.Return | cst.Raise | cst.Continue | cst.Break


def is_negative(node: cst.CSTNode | None) -> bool:
    """Whether it is a number like -1."""
    minus = isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)
    return minus and isinstance(node, cst.UnaryOperation) and isinstance(node.expression, cst.Integer)


def shifted(node: cst.BaseExpression, by: int) -> cst.BaseExpression | None:
    """The expression one larger or smaller, as a person would write it by mistake.

    None where nobody would: `n + 2` for `n + 1`, 0xFE for 0xFF, `n // 2 + 1` for `n // 2`.
    """
    if isinstance(node, cst.Integer):
        if not node.value.isdigit():
            return None
        value = int(node.value) + by
        return cst.Integer(str(value)) if value >= 0 else cst.UnaryOperation(cst.Minus(), cst.Integer(str(-value)))
    if is_negative(node) and isinstance(node, cst.UnaryOperation) and isinstance(node.expression, cst.Integer):
        value = -int(node.expression.value, 0) + by
        return cst.Integer("0") if value == 0 else node.with_changes(expression=cst.Integer(str(-value)))
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.Subtract):
        return _shifted_sum(node, by)
    if isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        return cst.BinaryOperation(node, cst.Add() if by > 0 else cst.Subtract(), ONE)
    return None


def _shifted_sum(node: cst.BinaryOperation, by: int) -> cst.BaseExpression | None:
    """A one that is forgotten or added; `n - 1` for `n - 2`."""
    if not isinstance(node.right, cst.Integer):
        return cst.BinaryOperation(node, cst.Add() if by > 0 else cst.Subtract(), ONE)
    if (by < 0) != isinstance(node.operator, cst.Add):  # it would become larger, as `n + 2` for `n + 1`
        return None
    return {"1": node.left, "2": node.with_changes(right=ONE)}.get(node.right.value)


def shifts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expression one larger, and one smaller, where people write that by mistake."""
    for by in (1, -1):
        value = shifted(node, by)
        if value is not None:
            yield value


def zero_or_one(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """1 for 0, 0 for 1 or -1: other numbers are not mistaken for their neighbours."""
    other = {"0": "1", "1": "0", "-1": "0"}.get(code_of(node))
    if other is not None:
        yield cst.Integer(other)


def is_recursive(function: cst.FunctionDef | None) -> bool:
    """Whether its body contains a call of its own name."""
    return function is not None and f"{function.name.value}(" in code_of(function.body)


def range_arguments(node: cst.CSTNode) -> list[cst.Arg]:
    """The arguments of a call of range; [] for any other node."""
    is_range = isinstance(node, cst.Call) and code_of(node.func) == "range"
    return list(node.args) if is_range and isinstance(node, cst.Call) else []


def names_in(node: cst.CSTNode) -> set[str]:
    """The variables, and the attributes of self, that the node mentions."""
    if isinstance(node, cst.Attribute) and code_of(node.value) == "self":
        return {code_of(node)}
    if isinstance(node, cst.Name):
        return {node.value}
    return {name for child in node.children for name in names_in(child)}


def is_constant(node: cst.BaseExpression) -> bool:
    """Whether it is a number, a text, None, True, False or an empty container."""
    if isinstance(node, cst.List | cst.Tuple | cst.Set | cst.Dict):
        return not node.elements
    return (
        is_negative(node)
        or isinstance(node, cst.BaseNumber | cst.SimpleString)
        or code_of(node) in ("None", "True", "False")
    )
