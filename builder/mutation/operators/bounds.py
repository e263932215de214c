"""Bounds, indices and constants that are off by one, and parts that a range, slice or loop leaves out."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import (
    ONE,
    Replacements,
    is_negative,
    is_recursive,
    range_arguments,
    shifted,
    shifts,
)
from debugarena.builder.mutation.source import Source, code_of


def _is_bound(node: cst.CSTNode, source: Source) -> bool:
    """Whether it is an index or a bound of a slice or a range."""
    above = source.parent(node)
    if isinstance(above, cst.Arg):
        call = source.parent(above)
        return isinstance(call, cst.Call) and code_of(call.func) in ("range", "enumerate")
    return isinstance(above, cst.Index | cst.Slice)


def _has_own_operator(node: cst.CSTNode, source: Source) -> bool:
    """Whether range_bound, slice_bound, index_shift, wrong_default ... changes this number."""
    above = source.parent(node)
    if isinstance(above, cst.BinaryOperation) and isinstance(above.operator, cst.Add | cst.Subtract):
        return above.right is node and _is_bound(above, source)
    if isinstance(above, cst.Arg):
        call = source.parent(above)
        name = code_of(call.func).rpartition(".")[2] if isinstance(call, cst.Call) else ""
        return _is_bound(node, source) or name in ("get", "pop", "setdefault")
    if isinstance(above, cst.Return):
        return is_recursive(source.function(node))
    return _is_bound(node, source) or isinstance(above, cst.Param | cst.Assign | cst.AnnAssign)


def constant_off_by_one(node: cst.CSTNode, source: Source) -> Replacements:
    """`n + 1` or `n - 1` for a constant n; `x` for `x + 1`."""
    above = source.parent(node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.Subtract):
        if code_of(node.right) == "1" and not _is_bound(node, source):
            yield node.left
    if not isinstance(node, cst.Integer | cst.UnaryOperation) or is_negative(above):
        return
    if isinstance(node, cst.UnaryOperation) and not is_negative(node):
        return
    if _has_own_operator(node, source) or isinstance(above, cst.FormattedStringExpression):
        return
    sums, products = cst.Add | cst.Subtract, cst.Multiply | cst.Divide | cst.FloorDivide | cst.Modulo
    is_factor = isinstance(above, cst.BinaryOperation) and isinstance(above.operator, products)
    is_factor |= isinstance(above, cst.AugAssign) and not isinstance(above.operator, cst.AddAssign | cst.SubtractAssign)
    is_term = isinstance(above, cst.BinaryOperation) and isinstance(above.operator, sums)
    if is_factor and len(code_of(node)) > 2:  # nobody writes 361 degrees or 101 percent
        return
    for value in shifts(node):
        empty = code_of(value) == "0" and (is_factor or is_term or isinstance(above, cst.AugAssign))
        if code_of(value) != "-1" and not empty:
            yield value


def range_bound(node: cst.CSTNode, source: Source) -> Replacements:
    """A range that starts or ends one too early or too late."""
    arguments = range_arguments(node)
    for i, argument in enumerate(arguments[:2]):
        for value in shifts(argument.value):
            yield node.with_changes(args=[*arguments[:i], argument.with_changes(value=value), *arguments[i + 1 :]])
    if len(arguments) == 2 and code_of(arguments[0].value) not in ("0", "1"):  # range(0, n) stands for range(n)
        yield node.with_changes(args=arguments[1:])


def dropped_stride(node: cst.CSTNode, source: Source) -> Replacements:
    """A range or slice without its step."""
    arguments = range_arguments(node)
    if len(arguments) == 3:
        yield node.with_changes(args=[arguments[0], arguments[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
    if isinstance(node, cst.Slice) and node.step is not None:
        yield node.with_changes(step=None, second_colon=cst.MaybeSentinel.DEFAULT)


def enumerate_start(node: cst.CSTNode, source: Source) -> Replacements:
    """Counting from 0 instead of 1, or from 1 instead of 0."""
    if isinstance(node, cst.Call) and code_of(node.func) == "enumerate":
        if len(node.args) == 2:
            yield node.with_changes(args=[node.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
        else:
            yield node.with_changes(args=[node.args[0], cst.Arg(ONE)])


def slice_bound(node: cst.CSTNode, source: Source) -> Replacements:
    """A slice that starts or ends one too early or too late, or has lost a bound."""
    if not isinstance(node, cst.Slice):
        return
    for side in ("lower", "upper"):
        bound = getattr(node, side)
        if bound is not None:
            for value in shifts(bound):
                if code_of(value) != "0":
                    yield node.with_changes(**{side: value})
            if code_of(bound) != "0":
                yield node.with_changes(**{side: None})


def index_shift(node: cst.CSTNode, source: Source) -> Replacements:
    """The neighbour of the element that was meant."""
    if isinstance(node, cst.Index):
        value = node.value
        if isinstance(value, cst.Name) and source.type_of(value) != "int":
            return
        if isinstance(value, cst.Integer | cst.UnaryOperation | cst.Name | cst.BinaryOperation):
            if not isinstance(value, cst.BinaryOperation) or source.type_of(value) == "int":
                for neighbour in shifts(value):
                    yield node.with_changes(value=neighbour)


def skipped_element(node: cst.CSTNode, source: Source) -> Replacements:
    """A loop that leaves out the first or the last element."""
    if isinstance(node, cst.For | cst.CompFor) and isinstance(node.iter, cst.Name):
        if source.type_of(node.iter).startswith(("list", "str", "tuple")):
            for bounds in ({"lower": ONE, "upper": None}, {"lower": None, "upper": shifted(cst.Integer("0"), -1)}):
                part = cst.Subscript(node.iter, [cst.SubscriptElement(cst.Slice(**bounds))])
                yield node.with_changes(iter=part)
