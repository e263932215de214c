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
    zero_or_one,
)
from debugarena.builder.mutation.source import Source, code_of
from debugarena.builder.mutation.type_names import MAPPINGS


def _is_bound(node: cst.CSTNode, source: Source) -> bool:
    """Whether it is an index or a bound of a slice or a range."""
    above = source.parent(node)
    if isinstance(above, cst.Arg):
        call = source.parent(above)
        return isinstance(call, cst.Call) and code_of(call.func) in ("range", "enumerate")
    return isinstance(above, cst.Index | cst.Slice)


def constant_off_by_one(node: cst.CSTNode, source: Source) -> Replacements:
    """`x` for `x + 1`, and a limit, a count or a result that is one too large or too small.

    People miscount where they count. They do not mistake a factor, a width, a base or another number that has a meaning
    of its own: nobody writes a month of 32 days.
    """
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.Subtract):
        if code_of(node.right) == "1" and not _is_bound(node, source):
            yield node.left
    if isinstance(node, cst.Integer | cst.UnaryOperation) and (isinstance(node, cst.Integer) or is_negative(node)):
        above = source.parent(node)
        if isinstance(above, cst.ComparisonTarget):
            yield from _other_limits(node, above, source)
        elif _is_small_result(node, above, source):
            yield from zero_or_one(node)
        elif isinstance(above, cst.BinaryOperation) and code_of(node) == "2" and above.right is node:
            if isinstance(above.operator, cst.Add | cst.Subtract) and not _is_bound(above, source):
                yield ONE


def _other_limits(node: cst.BaseExpression, target: cst.ComparisonTarget, source: Source) -> Replacements:
    """Another limit: both neighbours of a length or a small number, else the one that leaves out or adds the limit."""
    comparison = source.parent(target)
    if not isinstance(comparison, cst.Comparison) or len(comparison.comparisons) > 1 or _is_remainder(comparison.left):
        return
    is_length = code_of(comparison.left).startswith("len(")
    values = [value for value in shifts(node) if code_of(value) != "-1"]
    if isinstance(target.operator, cst.Equal | cst.NotEqual):
        yield from values if is_length else zero_or_one(node)
    elif is_length or code_of(node) in ("0", "1", "2"):
        yield from values
    elif isinstance(target.operator, cst.LessThan | cst.GreaterThanEqual):
        yield shifted(node, 1)
    elif isinstance(target.operator, cst.GreaterThan | cst.LessThanEqual):
        yield shifted(node, -1)


def _is_remainder(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo)


def _is_small_result(node: cst.CSTNode, above: cst.CSTNode | None, source: Source) -> bool:
    """Whether it is returned, chosen by a condition, a limit of min or max, or given to a function of the program."""
    if isinstance(above, cst.Return):
        return not is_recursive(source.function(node))  # else base_case_value changes it
    if isinstance(above, cst.IfExp):
        return above.test is not node
    call = source.parent(above) if isinstance(above, cst.Arg) else None
    if isinstance(call, cst.Call) and above in call.args and len(call.args) > 1:
        return code_of(call.func) in ("min", "max", *source.functions)
    return False


def range_bound(node: cst.CSTNode, source: Source) -> Replacements:
    """A range that starts or ends one too early or too late."""
    arguments = range_arguments(node)
    for i, argument in enumerate(arguments[:2]):
        is_stop = i == 1 or len(arguments) == 1
        for value in _other_stops(argument.value, len(arguments)) if is_stop else shifts(argument.value):
            if code_of(value) == "-1":
                continue  # nobody starts from -1
            yield node.with_changes(args=[*arguments[:i], argument.with_changes(value=value), *arguments[i + 1 :]])
    if len(arguments) == 2 and code_of(arguments[0].value) not in ("0", "1"):  # range(0, n) stands for range(n)
        yield node.with_changes(args=arguments[1:])


def _other_stops(stop: cst.BaseExpression, n_arguments: int) -> Replacements:
    """`range(1, 12)` for `range(1, 13)`; but `range(4)` is meant as it is."""
    if isinstance(stop, cst.Integer):
        yield from [shifted(stop, -1)] if n_arguments == 2 else []
    else:
        yield from shifts(stop)


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
                if code_of(value) not in ("0", "-1"):
                    yield node.with_changes(**{side: value})
            is_only = node.lower is None or node.upper is None
            if code_of(bound) != "0" and not (is_only and node.step is None):  # nobody means a copy by a part
                yield node.with_changes(**{side: None})


def index_shift(node: cst.CSTNode, source: Source) -> Replacements:
    """The neighbour of the element that was meant."""
    if isinstance(node, cst.Index):
        value, part = node.value, source.parent(source.parent(node) or node)
        if isinstance(part, cst.Subscript) and _is_mapping(part.value, source):
            return  # a key has no neighbours
        if isinstance(value, cst.Name) and source.type_of(value) != "int":
            return
        if isinstance(value, cst.Integer | cst.UnaryOperation | cst.Name | cst.BinaryOperation):
            if not isinstance(value, cst.BinaryOperation) or source.type_of(value) == "int":
                for neighbour in shifts(value):
                    yield node.with_changes(value=neighbour)


def _is_mapping(node: cst.BaseExpression, source: Source) -> bool:
    if isinstance(node, cst.Attribute) and code_of(node.value) == "self":
        return source.attributes(node).get(node.attr.value, "").startswith((*MAPPINGS, "dict"))
    return source.type_of(node).startswith((*MAPPINGS, "dict"))


def skipped_element(node: cst.CSTNode, source: Source) -> Replacements:
    """A loop that leaves out the first or the last element."""
    if isinstance(node, cst.For | cst.CompFor) and isinstance(node.iter, cst.Name):
        if source.type_of(node.iter).startswith(("list", "str", "tuple")):
            for bounds in ({"lower": ONE, "upper": None}, {"lower": None, "upper": shifted(cst.Integer("0"), -1)}):
                part = cst.Subscript(node.iter, [cst.SubscriptElement(cst.Slice(**bounds))])
                yield node.with_changes(iter=part)
