"""Comparisons and conditions: a limit, a direction, a negation, one of two conditions."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements, is_constant
from debugarena.builder.mutation.parentheses import binding
from debugarena.builder.mutation.source import Source, code_of


def _other_comparisons(node: cst.CSTNode, table: dict[type, Sequence[type]]) -> Replacements:
    if isinstance(node, cst.Comparison):
        for i, part in enumerate(node.comparisons):
            for kind in table.get(type(part.operator), ()):
                changed = part.with_changes(operator=kind())
                yield node.with_changes(comparisons=[*node.comparisons[:i], changed, *node.comparisons[i + 1 :]])


def comparison_boundary(node: cst.CSTNode, source: Source) -> Replacements:
    """`<` for `<=` and so on."""
    pairs = ((cst.LessThan, cst.LessThanEqual), (cst.GreaterThan, cst.GreaterThanEqual))
    yield from _other_comparisons(node, {a: (b,) for pair in pairs for a, b in (pair, pair[::-1])})


def comparison_direction(node: cst.CSTNode, source: Source) -> Replacements:
    """`<` for `>` and so on, but not in `0 <= x < n`."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) > 1:
        return
    pairs = ((cst.LessThan, cst.GreaterThan), (cst.LessThanEqual, cst.GreaterThanEqual))
    yield from _other_comparisons(node, {a: (b,) for pair in pairs for a, b in (pair, pair[::-1])})


def equality_negated(node: cst.CSTNode, source: Source) -> Replacements:
    """`==` for `!=`, `in` for `not in`, `is` for `is not`."""
    pairs = ((cst.Equal, cst.NotEqual), (cst.In, cst.NotIn), (cst.Is, cst.IsNot))
    yield from _other_comparisons(node, {a: (b,) for pair in pairs for a, b in (pair, pair[::-1])})


def equality_widened(node: cst.CSTNode, source: Source) -> Replacements:
    """`<=` or `>=` for `==` between integers, but not for remainders; only `<=` for `== 0`."""
    if not isinstance(node, cst.Comparison):
        return
    left, right = node.left, node.comparisons[0].comparator
    remainder = isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.Modulo)
    if not remainder and "int" in map(source.type_of, (left, right)):
        wider = [cst.LessThanEqual] if code_of(right) == "0" else [cst.LessThanEqual, cst.GreaterThanEqual]
        yield from _other_comparisons(node, {cst.Equal: wider})


def dropped_bound(node: cst.CSTNode, source: Source) -> Replacements:
    """`a <= x` for `a <= x <= b`."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 2:
        first, second = node.comparisons
        yield node.with_changes(comparisons=[first])
        yield node.with_changes(left=first.comparator, comparisons=[second])


def truthiness(node: cst.CSTNode, source: Source) -> Replacements:
    """`not x` for `x is None`, which is also true of 0 and of what is empty."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        operator, right = node.comparisons[0].operator, node.comparisons[0].comparator
        if code_of(right) == "None" and isinstance(operator, cst.Is):
            yield cst.UnaryOperation(cst.Not(), node.left, lpar=node.lpar, rpar=node.rpar)
        if code_of(right) == "None" and isinstance(operator, cst.IsNot):
            yield node.left


def boolean_operator(node: cst.CSTNode, source: Source) -> Replacements:
    """`and` for `or`."""
    if not isinstance(node, cst.BooleanOperation):
        return
    if isinstance(node.operator, cst.And):
        yield node.with_changes(operator=cst.Or())
    elif binding(node.left) == 1 and isinstance(node.left, cst.BooleanOperation):  # `a or b or c`: and binds b to c
        yield node.left.with_changes(
            right=cst.BooleanOperation(node.left.right, cst.And(), node.right), lpar=node.lpar, rpar=node.rpar
        )
    else:
        yield node.with_changes(operator=cst.And())


def dropped_condition(node: cst.CSTNode, source: Source) -> Replacements:
    """Only one side of `and` or `or`; but `text or "1"` does not become "1"."""
    if isinstance(node, cst.BooleanOperation):
        yield from (side for side in (node.left, node.right) if not is_constant(side))


def dropped_not(node: cst.CSTNode, source: Source) -> Replacements:
    """`x` for `not x`."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        yield node.expression
