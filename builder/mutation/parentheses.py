"""Where an expression needs parentheses so that its text means what its tree means.

Binding powers are those of the Python reference, "Operator precedence". Not covered: await, yield, starred expressions.
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from debugarena.builder.mutation.source import Source

# how tightly an expression binds; what is not listed never needs parentheses
_BINDING: tuple[tuple[type | tuple[type, ...], int], ...] = (
    ((cst.Lambda, cst.IfExp, cst.NamedExpr), 0),
    (cst.Or, 1),
    (cst.And, 2),
    (cst.Not, 3),
    (cst.Comparison, 4),
    (cst.BitOr, 5),
    (cst.BitXor, 6),
    (cst.BitAnd, 7),
    ((cst.LeftShift, cst.RightShift), 8),
    ((cst.Add, cst.Subtract), 9),
    ((cst.Multiply, cst.Divide, cst.FloorDivide, cst.Modulo, cst.MatrixMultiply), 10),
    ((cst.Plus, cst.Minus, cst.BitInvert), 11),
    (cst.Power, 12),
)


def binding(node: cst.CSTNode) -> int:
    """How tightly the node binds, 0 to 13; most tightly in parentheses."""
    if getattr(node, "lpar", ()):
        return 13
    named = getattr(node, "operator", None) or node
    return next((level for kinds, level in _BINDING if isinstance(named, kinds)), 13)


def in_parentheses(node: Any) -> Any:
    """The expression with a pair of parentheses around it."""
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def operation(
    node: cst.BinaryOperation, left: cst.BaseExpression, operator: cst.BaseBinaryOp, right: cst.BaseExpression
) -> cst.BinaryOperation:
    """The node with these parts, in parentheses where the text would group them differently."""
    changed = node.with_changes(operator=operator)
    level = binding(changed.with_changes(lpar=(), rpar=()))
    left = in_parentheses(left) if binding(left) < level else left
    right = in_parentheses(right) if binding(right) <= level and binding(right) != 11 else right
    return changed.with_changes(left=left, right=right)


def fitted(node: cst.CSTNode, new: Any, source: Source) -> Any:
    """The new node, in parentheses if it would otherwise be split up in place of the old one."""
    if isinstance(new, cst.BaseExpression) and binding(new) < _least_binding(node, source.parent(node)):
        return in_parentheses(new)
    return new


def _least_binding(node: cst.CSTNode, above: cst.CSTNode | None) -> int:
    """How tightly an expression must bind to replace the node without parentheses."""
    if isinstance(above, cst.BinaryOperation | cst.BooleanOperation):
        level = binding(above.with_changes(lpar=(), rpar=()))
        return level if above.left is node and level < 12 else level + 1
    if isinstance(above, cst.UnaryOperation):
        return binding(above.with_changes(lpar=(), rpar=()))
    if isinstance(above, cst.Comparison | cst.ComparisonTarget):
        return 5
    if isinstance(above, cst.IfExp):
        return 0 if above.orelse is node else 1
    if isinstance(above, cst.CompFor | cst.CompIf):
        return 1
    # the value of an attribute or of a subscript, the function of a call
    return 13 if isinstance(above, cst.Attribute | cst.Subscript | cst.Call) else 0
