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
    """The expression one larger or smaller, as a person would write it; None where that needs parentheses."""
    if isinstance(node, cst.Integer):
        if not node.value.isdigit():  # nobody miscounts by one in 0xFF or 1_000_000
            return None
        value = int(node.value) + by
        return cst.Integer(str(value)) if value >= 0 else cst.UnaryOperation(cst.Minus(), cst.Integer(str(-value)))
    if is_negative(node) and isinstance(node, cst.UnaryOperation) and isinstance(node.expression, cst.Integer):
        value = -int(node.expression.value, 0) + by
        return cst.Integer("0") if value == 0 else node.with_changes(expression=cst.Integer(str(-value)))
    if isinstance(node, cst.BinaryOperation) and isinstance(node.right, cst.Integer) and node.right.value.isdigit():
        if isinstance(node.operator, cst.Add | cst.Subtract):
            value = int(node.right.value) + (by if isinstance(node.operator, cst.Add) else -by)
            if value > 0:
                return node.with_changes(right=cst.Integer(str(value)))
            return node.left if value == 0 else None
    if isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.BinaryOperation):
        if isinstance(node, cst.BinaryOperation) and not isinstance(node.operator, cst.Add | cst.Subtract):
            return None
        return cst.BinaryOperation(node, cst.Add() if by > 0 else cst.Subtract(), ONE)
    return None


def shifts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expression one larger, and one smaller."""
    for by in (1, -1):
        value = shifted(node, by)
        if value is not None:
            yield value


def is_recursive(function: cst.FunctionDef | None) -> bool:
    """Whether its body contains a call of its own name."""
    return function is not None and f"{function.name.value}(" in code_of(function.body)


def range_arguments(node: cst.CSTNode) -> list[cst.Arg]:
    """The arguments of a call of range; [] for any other node."""
    is_range = isinstance(node, cst.Call) and code_of(node.func) == "range"
    return list(node.args) if is_range and isinstance(node, cst.Call) else []
