"""The ways in which competent people get a program wrong: one operator, one function, one mistake.

An operator takes a node of a program's tree and yields what could stand there instead; it changes nothing by itself
(sites.py does) and need not care whether the result runs. OPERATORS gives each its category and the mistake in a
sentence. The file is long because it is a list, in which no operator needs another. Classic ones are those of
mutmut (https://github.com/boxed/mutmut) and cosmic-ray
(https://github.com/sixty-north/cosmic-ray), reimplemented; the others come from reading bug reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from debugarena.builder.mutation.parentheses import binding, in_parentheses, operation
from debugarena.builder.mutation.source import Source, code_of

Replacements = Iterator[Any]  # nodes, or cst.RemoveFromParent()

ONE = cst.Integer("1")


@dataclass(frozen=True)
class Operator:
    """`mistake` explains the bug to a person; `category` is one of schema.CATEGORIES."""

    name: str
    category: str
    mistake: str
    apply: Callable[[cst.CSTNode, Source], Replacements]


# --- comparisons and conditions ---------------------------------------------------------


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
    """`<` for `>` and so on."""
    pairs = ((cst.LessThan, cst.GreaterThan), (cst.LessThanEqual, cst.GreaterThanEqual))
    yield from _other_comparisons(node, {a: (b,) for pair in pairs for a, b in (pair, pair[::-1])})


def equality_negated(node: cst.CSTNode, source: Source) -> Replacements:
    """`==` for `!=`, `in` for `not in`, `is` for `is not`."""
    pairs = ((cst.Equal, cst.NotEqual), (cst.In, cst.NotIn), (cst.Is, cst.IsNot))
    yield from _other_comparisons(node, {a: (b,) for pair in pairs for a, b in (pair, pair[::-1])})


def equality_widened(node: cst.CSTNode, source: Source) -> Replacements:
    """`<=` or `>=` for `==` between integers."""
    if isinstance(node, cst.Comparison) and "int" in map(source.type_of, (node.left, node.comparisons[0].comparator)):
        yield from _other_comparisons(node, {cst.Equal: (cst.LessThanEqual, cst.GreaterThanEqual)})


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
    """One side of `and` or `or` alone."""
    if isinstance(node, cst.BooleanOperation):
        yield node.left
        yield node.right


def dropped_not(node: cst.CSTNode, source: Source) -> Replacements:
    """`x` for `not x`."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        yield node.expression


# --- arithmetic -------------------------------------------------------------------------

_ARITHMETIC: dict[type, Sequence[type]] = {
    cst.Add: (cst.Subtract,),
    cst.Subtract: (cst.Add,),
    cst.Multiply: (cst.Add, cst.FloorDivide),
    cst.FloorDivide: (cst.Multiply, cst.Modulo),
    cst.Modulo: (cst.FloorDivide,),
    cst.Power: (cst.Multiply,),
    cst.BitAnd: (cst.BitOr,),
    cst.BitOr: (cst.BitAnd, cst.BitXor),
    cst.BitXor: (cst.BitOr,),
    cst.LeftShift: (cst.RightShift,),
    cst.RightShift: (cst.LeftShift,),
}
_OF_SETS: dict[type, Sequence[type]] = {
    cst.Subtract: (cst.BitAnd,),
    cst.BitAnd: (cst.BitOr,),
    cst.BitOr: (cst.BitAnd,),
    cst.BitXor: (cst.BitOr,),
}


def _sides(node: cst.BinaryOperation, source: Source) -> list[str]:
    return [source.type_of(node.left), source.type_of(node.right)]


def _is_arithmetic(node: cst.BinaryOperation, source: Source) -> bool:
    """Not the joining or repeating of texts and lists, whose other operators only raise."""
    constant = isinstance(node.left, cst.Integer) and isinstance(node.right, cst.Integer)  # 24 * 60 is meant as it is
    return not constant and not any(kind.startswith(("str", "list", "tuple", "deque")) for kind in _sides(node, source))


def arithmetic_operator(node: cst.CSTNode, source: Source) -> Replacements:
    """`-` for `+`, `%` for `//` and so on."""
    if isinstance(node, cst.BinaryOperation) and _is_arithmetic(node, source):
        of_sets = any(kind.startswith(("set", "frozenset")) for kind in _sides(node, source))
        for kind in (_OF_SETS if of_sets else _ARITHMETIC).get(type(node.operator), ()):
            yield operation(node, node.left, kind(), node.right)


def swapped_operands(node: cst.CSTNode, source: Source) -> Replacements:
    """`b - a` for `a - b`; nobody writes `1 - n` for `n - 1`."""
    ordered = cst.Subtract | cst.FloorDivide | cst.Modulo | cst.Divide
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, ordered) and _is_arithmetic(node, source):
        if not isinstance(node.right, cst.Integer):
            yield operation(node, node.right, node.operator, node.left)


def lost_rounding(node: cst.CSTNode, source: Source) -> Replacements:
    """`/` for `//`, `//` for `/`, a division rounded down instead of up, no `round`."""
    if isinstance(node, cst.BinaryOperation):
        if isinstance(node.operator, cst.FloorDivide) and not _must_be_whole(node, source):
            yield node.with_changes(operator=cst.Divide())
        if isinstance(node.operator, cst.Divide):
            yield node.with_changes(operator=cst.FloorDivide())
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = node.expression
        if isinstance(inner, cst.BinaryOperation) and isinstance(inner.operator, cst.FloorDivide):
            if isinstance(inner.left, cst.UnaryOperation) and isinstance(inner.left.operator, cst.Minus):
                yield inner.with_changes(left=inner.left.expression)
    if isinstance(node, cst.Call) and code_of(node.func) == "round" and node.args:
        yield node.with_changes(func=cst.Name("int"), args=[node.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)])


def _must_be_whole(node: cst.CSTNode, source: Source) -> bool:
    """Whether a fraction in the place of the node only raises."""
    above = source.parent(node)
    while isinstance(above, cst.BinaryOperation | cst.UnaryOperation):
        if "list" in (kinds := {source.type_of(side).partition("[")[0] for side in above.children}) or "str" in kinds:
            return True
        node, above = above, source.parent(above)
    if isinstance(above, cst.Arg):
        call = source.parent(above)
        return isinstance(call, cst.Call) and code_of(call.func) in ("range", "chr", "divmod", "date", "comb")
    return isinstance(above, cst.Index | cst.Slice)


def dropped_sign(node: cst.CSTNode, source: Source) -> Replacements:
    """`x` for `-x`."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        yield node.expression


# --- bounds, indices, constants ---------------------------------------------------------


def _is_negative(node: cst.CSTNode | None) -> bool:
    """Whether it is a number like -1."""
    minus = isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)
    return minus and isinstance(node, cst.UnaryOperation) and isinstance(node.expression, cst.Integer)


def _shifted(node: cst.BaseExpression, by: int) -> cst.BaseExpression | None:
    """The expression one larger or smaller, as a person would write it; None where that needs parentheses."""
    if isinstance(node, cst.Integer):
        if not node.value.isdigit():  # nobody miscounts by one in 0xFF or 1_000_000
            return None
        value = int(node.value) + by
        return cst.Integer(str(value)) if value >= 0 else cst.UnaryOperation(cst.Minus(), cst.Integer(str(-value)))
    if _is_negative(node) and isinstance(node, cst.UnaryOperation) and isinstance(node.expression, cst.Integer):
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


def _shifts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expression one larger, and one smaller."""
    for by in (1, -1):
        value = _shifted(node, by)
        if value is not None:
            yield value


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
        return _is_recursive(source.function(node))
    return _is_bound(node, source) or isinstance(above, cst.Param | cst.Assign | cst.AnnAssign)


def _is_recursive(function: cst.FunctionDef | None) -> bool:
    return function is not None and f"{function.name.value}(" in code_of(function.body)


def constant_off_by_one(node: cst.CSTNode, source: Source) -> Replacements:
    """`n + 1` or `n - 1` for a constant n; `x` for `x + 1`."""
    above = source.parent(node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add | cst.Subtract):
        if code_of(node.right) == "1" and not _is_bound(node, source):
            yield node.left
    if not isinstance(node, cst.Integer | cst.UnaryOperation) or _is_negative(above):
        return
    if isinstance(node, cst.UnaryOperation) and not _is_negative(node):
        return
    if _has_own_operator(node, source) or isinstance(above, cst.FormattedStringExpression):
        return
    sums, products = cst.Add | cst.Subtract, cst.Multiply | cst.Divide | cst.FloorDivide | cst.Modulo
    is_factor = isinstance(above, cst.BinaryOperation) and isinstance(above.operator, products)
    is_factor |= isinstance(above, cst.AugAssign) and not isinstance(above.operator, cst.AddAssign | cst.SubtractAssign)
    is_term = isinstance(above, cst.BinaryOperation) and isinstance(above.operator, sums)
    if is_factor and len(code_of(node)) > 2:  # nobody takes 361 degrees, or 101 for a percent
        return
    for value in _shifts(node):
        empty = code_of(value) == "0" and (is_factor or is_term or isinstance(above, cst.AugAssign))
        if code_of(value) != "-1" and not empty:
            yield value


def _range_arguments(node: cst.CSTNode) -> list[cst.Arg]:
    is_range = isinstance(node, cst.Call) and code_of(node.func) == "range"
    return list(node.args) if is_range and isinstance(node, cst.Call) else []


def range_bound(node: cst.CSTNode, source: Source) -> Replacements:
    """A range that starts or ends one too early or too late."""
    arguments = _range_arguments(node)
    for i, argument in enumerate(arguments[:2]):
        for value in _shifts(argument.value):
            yield node.with_changes(args=[*arguments[:i], argument.with_changes(value=value), *arguments[i + 1 :]])
    if len(arguments) == 2 and code_of(arguments[0].value) not in ("0", "1"):  # range(0, n) stands for range(n)
        yield node.with_changes(args=arguments[1:])


def dropped_stride(node: cst.CSTNode, source: Source) -> Replacements:
    """A range or slice without its step."""
    arguments = _range_arguments(node)
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
            for value in _shifts(bound):
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
                for shifted in _shifts(value):
                    yield node.with_changes(value=shifted)


def skipped_element(node: cst.CSTNode, source: Source) -> Replacements:
    """A loop that leaves out the first or the last element."""
    if isinstance(node, cst.For | cst.CompFor) and isinstance(node.iter, cst.Name):
        if source.type_of(node.iter).startswith(("list", "str", "tuple")):
            for bounds in ({"lower": ONE, "upper": None}, {"lower": None, "upper": _shifted(cst.Integer("0"), -1)}):
                part = cst.Subscript(node.iter, [cst.SubscriptElement(cst.Slice(**bounds))])
                yield node.with_changes(iter=part)


# --- variables and arguments ------------------------------------------------------------


def _is_target(node: cst.CSTNode, source: Source) -> bool:
    above = source.parent(node)
    while isinstance(above, cst.Element | cst.Tuple | cst.List | cst.StarredElement):
        node, above = above, source.parent(above)
    held = isinstance(above, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.CompFor)
    return held and above is not None and getattr(above, "target", None) is node


def wrong_variable(node: cst.CSTNode, source: Source) -> Replacements:
    """Another variable of the same type."""
    if not isinstance(node, cst.Name) or _is_target(node, source):
        return
    above = source.parent(node)
    if isinstance(above, cst.Param | cst.FunctionDef | cst.ClassDef | cst.AsName | cst.NamedExpr | cst.NameItem):
        return
    if isinstance(above, cst.Attribute) and above.attr is node:
        return
    if isinstance(above, cst.Call) and above.func is node:
        return
    if isinstance(above, cst.Arg) and above.keyword is node:
        return
    known = source.variables(node)
    kind = known.get(node.value, "")
    others = [name for name, other in known.items() if kind and other == kind and name != node.value]
    beside = _beside(node, source.parent(above) if isinstance(above, cst.ComparisonTarget) else above)
    for name in others[-3:]:
        if name not in beside:
            yield node.with_changes(value=name)


def _beside(node: cst.CSTNode, above: cst.CSTNode | None) -> set[str]:
    """What the node is compared, combined or assigned with: nobody writes `x == x`."""
    parts: list[cst.CSTNode] = []
    if isinstance(above, cst.BinaryOperation | cst.BooleanOperation):
        parts = [above.left, above.right]
    if isinstance(above, cst.Comparison):
        parts = [above.left, *(part.comparator for part in above.comparisons)]
    if isinstance(above, cst.Slice):
        parts = [part for part in (above.lower, above.upper) if part is not None]
    if isinstance(above, cst.Assign):
        parts = [target.target for target in above.targets]
    if isinstance(above, cst.AnnAssign):
        parts = [above.target]
    return {code_of(part) for part in parts if part is not node}


def wrong_attribute(node: cst.CSTNode, source: Source) -> Replacements:
    """Another attribute of self of the same type."""
    if isinstance(node, cst.Attribute) and code_of(node.value) == "self" and not _is_target(node, source):
        known = source.attributes(node)
        kind = known.get(node.attr.value, "")
        for name, other in known.items():
            if kind and other == kind and name != node.attr.value:
                yield node.with_changes(attr=cst.Name(name))


def _swapped(parts: Sequence[Any], i: int) -> list[Any]:
    """The values of two neighbours change places, their commas stay."""
    one, two = parts[i], parts[i + 1]
    return [*parts[:i], one.with_changes(value=two.value), two.with_changes(value=one.value), *parts[i + 2 :]]


# whose arguments have no order, or one that nobody gets wrong without an error on the spot
_NOT_SWAPPED = frozenset(
    "min max zip print range isinstance enumerate sorted map filter get pop setdefault heappush insort".split()
    + "bisect_left bisect_right heapreplace heappushpop gcd lcm insert".split()
)


def swapped_arguments(node: cst.CSTNode, source: Source) -> Replacements:
    """`f(b, a)` for `f(a, b)`, where both may be of one type."""
    if isinstance(node, cst.Call) and code_of(node.func).rpartition(".")[2] not in _NOT_SWAPPED:
        for i in range(len(node.args) - 1):
            one, two = node.args[i : i + 2]
            plain = not (one.keyword or two.keyword or one.star or two.star)
            if plain and code_of(one.value) != code_of(two.value) and _may_swap(node, i, source):
                yield node.with_changes(args=_swapped(node.args, i))


def _may_swap(call: cst.Call, i: int, source: Source) -> bool:
    """Whether nothing tells that the arguments i and i + 1 are of different types."""
    given = [source.type_of(argument.value).partition("[")[0] for argument in call.args[i : i + 2]]
    if given[0] != given[1] and "" not in given:
        return False
    function = source.functions.get(code_of(call.func).rpartition(".")[2])
    wanted = [p for p in function.params.params if p.name.value != "self"][i : i + 2] if function else []
    kinds = {code_of(p.annotation.annotation) if p.annotation else "" for p in wanted}
    return len(kinds) < 2


_ANY_ORDER = frozenset("isinstance startswith endswith sum min max sorted set any all".split())


def swapped_elements(node: cst.CSTNode, source: Source) -> Replacements:
    """`b, a` for `a, b`."""
    if isinstance(node, cst.Tuple) and len(node.elements) in (2, 3) and not _is_target(node, source):
        above = source.parent(node)
        if isinstance(above, cst.ComparisonTarget) and isinstance(above.operator, cst.In | cst.NotIn):
            return
        call = source.parent(above) if isinstance(above, cst.Arg) else None
        if isinstance(call, cst.Call) and code_of(call.func).rpartition(".")[2] in _ANY_ORDER:
            return
        for i in range(len(node.elements) - 1):
            one, two = (element.value for element in node.elements[i : i + 2])
            kinds = {source.type_of(one).partition("[")[0], source.type_of(two).partition("[")[0]}
            if code_of(one) != code_of(two) and (len(kinds) < 2 or "" in kinds):
                yield node.with_changes(elements=_swapped(node.elements, i))


# --- state ------------------------------------------------------------------------------

_INITIAL = {"0": ("1",), "1": ("0",), "-1": ("0",), "True": ("False",), "False": ("True",), 'float("inf")': ("0",)}


def wrong_initial_value(node: cst.CSTNode, source: Source) -> Replacements:
    """A variable that starts from another value."""
    if isinstance(node, cst.Assign | cst.AnnAssign) and node.value is not None and source.function(node):
        for text in _INITIAL.get(code_of(node.value), ()):
            yield node.with_changes(value=cst.parse_expression(text))
        if isinstance(node.value, cst.Integer) and node.value.value not in _INITIAL:
            for value in _shifts(node.value):
                yield node.with_changes(value=value)
        if isinstance(node.value, cst.Subscript) and code_of(node.value).endswith("[0]"):
            target = node.target if isinstance(node, cst.AnnAssign) else node.targets[0].target
            if isinstance(target, cst.Name) and source.type_of(node.value) in ("int", "float", ""):
                yield node.with_changes(value=cst.Integer("0"))


def wrong_default(node: cst.CSTNode, source: Source) -> Replacements:
    """Another value for what is missing."""
    if isinstance(node, cst.Param) and isinstance(node.default, cst.Integer):
        for value in _shifts(node.default):
            yield node.with_changes(default=value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and len(node.args) == 2:
        if node.func.attr.value in ("get", "pop", "setdefault"):
            default = node.args[1].value
            if isinstance(default, cst.Integer) and (other := _shifted(default, 1)) is not None:
                yield node.with_changes(args=[node.args[0], node.args[1].with_changes(value=other)])
            # a sum with None raises at once
            if node.func.attr.value == "get" and not isinstance(source.parent(node), cst.BinaryOperation):
                yield node.with_changes(args=[node.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)])


_ACCUMULATORS: dict[type, type] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.AddAssign,
    cst.FloorDivideAssign: cst.SubtractAssign,
    cst.ModuloAssign: cst.FloorDivideAssign,
    cst.BitOrAssign: cst.BitAndAssign,
    cst.BitAndAssign: cst.BitOrAssign,
    cst.BitXorAssign: cst.BitOrAssign,
    cst.LeftShiftAssign: cst.RightShiftAssign,
    cst.RightShiftAssign: cst.LeftShiftAssign,
}


def accumulator_operator(node: cst.CSTNode, source: Source) -> Replacements:
    """`-=` for `+=` and so on."""
    if isinstance(node, cst.AugAssign) and type(node.operator) in _ACCUMULATORS:
        kinds = (source.type_of(node.target), source.type_of(node.value))
        if not any(kind.startswith(("str", "list", "tuple", "deque")) for kind in kinds):
            yield node.with_changes(operator=_ACCUMULATORS[type(node.operator)]())


def lost_update(node: cst.CSTNode, source: Source) -> Replacements:
    """`x = y` for `x += y`."""
    kinds = cst.AddAssign | cst.SubtractAssign | cst.BitOrAssign | cst.BitAndAssign | cst.BitXorAssign
    if isinstance(node, cst.AugAssign) and isinstance(node.operator, kinds):
        yield cst.Assign([cst.AssignTarget(node.target)], node.value, semicolon=node.semicolon)


def dropped_statement(node: cst.CSTNode, source: Source) -> Replacements:
    """One statement less; not the one that first gives a name its value, which would only raise."""
    if isinstance(node, cst.SimpleStatementLine) and source.function(node):
        (first, *more) = node.body
        kinds = cst.Assign | cst.AugAssign | cst.Expr
        is_text = isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString | cst.ConcatenatedString)
        if not more and isinstance(first, kinds) and not is_text and len(source.block_of(node)) > 1:
            if not (_bound_by(node) - _bound_before(node, source)):
                yield cst.RemoveFromParent()


def swapped_statements(node: cst.CSTNode, source: Source) -> Replacements:
    """Two neighbouring statements in the wrong order, of which one needs what the other changes."""
    if isinstance(node, cst.IndentedBlock):
        for i in range(len(node.body) - 1):
            one, two = node.body[i : i + 2]
            if isinstance(two, cst.SimpleStatementLine) and isinstance(two.body[-1], _JUMPS):
                continue
            if _bound_by(one) & _names(two) - _bound_before(one, source):
                continue
            if _changed(one) & _names(two) or _changed(two) & _names(one):
                yield node.with_changes(body=[*node.body[:i], two, one, *node.body[i + 2 :]])


_JUMPS = cst.Return | cst.Raise | cst.Continue | cst.Break


def _bound_by(statement: cst.CSTNode) -> set[str]:
    """The variables, and the attributes of self, that an assignment gives a value."""
    first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
    if isinstance(first, cst.AnnAssign):
        return _names(first.target)
    if not isinstance(first, cst.Assign):
        return set()
    targets = [part for target in first.targets for part in _parts(target.target)]
    return {name for part in targets if not isinstance(part, cst.Subscript) for name in _names(part)} - {"_"}


def _parts(target: cst.CSTNode) -> list[cst.CSTNode]:
    if isinstance(target, cst.Tuple | cst.List):
        return [part for element in target.elements for part in _parts(element.value)]
    return [target]


def _bound_before(statement: cst.CSTNode, source: Source) -> set[str]:
    """The variables that have a value before the statement, and outside of __init__ the attributes of self."""
    function = source.function(statement)
    in_init = function is not None and function.name.value == "__init__"
    attributes = () if in_init else source.attributes(statement)
    return {*source.variables(statement), *(f"self.{name}" for name in attributes)}


def _names(node: cst.CSTNode) -> set[str]:
    """The variables, and the attributes of self, that the node mentions."""
    if isinstance(node, cst.Attribute) and code_of(node.value) == "self":
        return {code_of(node)}
    if isinstance(node, cst.Name):
        return {node.value}
    return {name for child in node.children for name in _names(child)}


def _changed(statement: cst.CSTNode) -> set[str]:
    """What an assignment or a call for its effect changes; {} for any other statement."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return set()
    first = statement.body[0]
    if isinstance(first, cst.Assign):
        return {name for target in first.targets for name in _names(target.target)}
    if isinstance(first, cst.AugAssign):
        return _names(first.target)
    if (
        isinstance(first, cst.Expr)
        and isinstance(first.value, cst.Call)
        and isinstance(first.value.func, cst.Attribute)
    ):
        return _names(first.value.func.value)
    return set()


def missing_copy(node: cst.CSTNode, source: Source) -> Replacements:
    """The object itself where a copy was meant."""
    if isinstance(node, cst.Call) and code_of(node.func) in ("list", "dict", "set", "deepcopy", "copy.deepcopy"):
        if len(node.args) == 1 and isinstance(node.args[0].value, cst.Name | cst.Attribute | cst.Subscript):
            kind, made = source.type_of(node.args[0].value), code_of(node.func)
            if kind.startswith(made) or (not kind and made != "set") or made.endswith("copy"):
                yield node.args[0].value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and code_of(node).endswith(".copy()"):
        yield node.func.value
    if isinstance(node, cst.Subscript) and code_of(node).endswith("[:]"):
        yield node.value
    if isinstance(node, cst.ListComp) and isinstance(node.elt, cst.Call | cst.Subscript):
        copied = code_of(node.elt) in (f"list({code_of(node.for_in.target)})", f"{code_of(node.for_in.target)}[:]")
        if copied and not node.for_in.ifs and "str" not in source.type_of(node.for_in.iter):
            yield cst.Call(cst.Name("list"), [cst.Arg(node.for_in.iter)])


def shared_rows(node: cst.CSTNode, source: Source) -> Replacements:
    """The same row many times instead of many rows."""
    if isinstance(node, cst.ListComp) and not node.for_in.ifs:
        arguments = _range_arguments(node.for_in.iter)
        if len(arguments) == 1 and code_of(node.elt).startswith("["):
            if not _names(node.for_in.target) & (_names(node.elt) - {"_"}):
                count, times = arguments[0].value, cst.Multiply()
                rows = cst.BinaryOperation(cst.List([cst.Element(node.elt)]), times, count)
                yield operation(rows, rows.left, times, count)


# --- flow -------------------------------------------------------------------------------


def _ends_flow(block: cst.BaseSuite) -> bool:
    last = block.body[-1]
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], _JUMPS)


def dropped_guard(node: cst.CSTNode, source: Source) -> Replacements:
    """A case that ends early is not told apart any more."""
    if isinstance(node, cst.If) and node.orelse is None and _ends_flow(node.body) and len(source.block_of(node)) > 1:
        yield cst.RemoveFromParent()


def dropped_branch(node: cst.CSTNode, source: Source) -> Replacements:
    """A branch of a condition is missing."""
    if not isinstance(node, cst.If):
        return
    if node.orelse is None and not _ends_flow(node.body) and len(source.block_of(node)) > 1:
        yield cst.RemoveFromParent()
    if isinstance(node.orelse, cst.Else):
        yield node.with_changes(orelse=None)
    if isinstance(node.orelse, cst.If):
        yield node.with_changes(orelse=node.orelse.orelse)


def unconditional(node: cst.CSTNode, source: Source) -> Replacements:
    """What should depend on a condition always happens."""
    if isinstance(node, cst.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, cst.CompFor) and node.ifs:
        yield node.with_changes(ifs=node.ifs[:-1])


def swapped_cases(node: cst.CSTNode, source: Source) -> Replacements:
    """The second case is tried before the first."""
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.If):
        second = node.orelse
        later = second.with_changes(test=node.test, body=node.body)
        yield node.with_changes(test=second.test, body=second.body, orelse=later)


def swapped_branches(node: cst.CSTNode, source: Source) -> Replacements:
    """Each of two branches where the other belongs."""
    if isinstance(node, cst.If) and isinstance(node.orelse, cst.Else):
        yield node.with_changes(body=node.orelse.body, orelse=node.orelse.with_changes(body=node.body))
    if isinstance(node, cst.IfExp):
        body = in_parentheses(node.orelse) if binding(node.orelse) == 0 else node.orelse
        yield node.with_changes(body=body, orelse=node.body)


def early_return(node: cst.CSTNode, source: Source) -> Replacements:
    """The result is returned inside the loop, after its first round."""
    if isinstance(node, cst.For | cst.While) and isinstance(node.body, cst.IndentedBlock):
        block = source.block_of(node)
        after = block[block.index(node) + 1 :] if node in block else []
        if len(after) == 1 and isinstance(after[0], cst.SimpleStatementLine):
            if isinstance(after[0].body[0], cst.Return) and not _ends_flow(node.body):
                body = [*node.body.body, after[0].with_changes(leading_lines=[])]
                yield node.with_changes(body=node.body.with_changes(body=body))


def wrong_jump(node: cst.CSTNode, source: Source) -> Replacements:
    """`continue` for `break`, or neither."""
    if isinstance(node, cst.Break | cst.Continue):
        yield cst.Continue() if isinstance(node, cst.Break) else cst.Break()
        yield cst.Pass()


def loop_once(node: cst.CSTNode, source: Source) -> Replacements:
    """`if` for `while`."""
    if isinstance(node, cst.While) and node.orelse is None:
        yield cst.If(node.test, node.body, leading_lines=node.leading_lines)


def base_case_value(node: cst.CSTNode, source: Source) -> Replacements:
    """The recursion ends with another value."""
    if isinstance(node, cst.Return) and node.value is not None and _is_recursive(source.function(node)):
        if isinstance(node.value, cst.Integer) or _is_negative(node.value):
            for value in _shifts(node.value):
                yield node.with_changes(value=value)
        if code_of(node.value) in ("True", "False"):
            yield node.with_changes(value=cst.Name("False" if code_of(node.value) == "True" else "True"))


_EXCEPTIONS = {
    "ValueError": "IndexError",
    "KeyError": "ValueError",
    "IndexError": "KeyError",
    "TypeError": "ValueError",
}


def wrong_exception(node: cst.CSTNode, source: Source) -> Replacements:
    """Another exception is raised than the contract names, or none at all."""
    if isinstance(node, cst.Raise) and isinstance(node.exc, cst.Call):
        other = _EXCEPTIONS.get(code_of(node.exc.func), "ValueError")
        if other != code_of(node.exc.func):
            yield node.with_changes(exc=node.exc.with_changes(func=cst.Name(other)))
        yield cst.Return(cst.Name("None"))


# --- calls ------------------------------------------------------------------------------

_SIBLINGS: dict[str, list[str]] = {}
for _pair in (
    "min max, any all, floor ceil, startswith endswith, find rfind, index rindex, lstrip rstrip, lower upper, "
    "ljust rjust, partition rpartition, bisect_left bisect_right, isalpha isalnum, removeprefix removesuffix, "
    "union intersection, nlargest nsmallest, keys values"
).split(", "):
    for _one, _two in (_pair.split(), _pair.split()[::-1]):
        _SIBLINGS.setdefault(_one, []).append(_two)
# the other way round, the result would only raise
_SIBLINGS |= {"popleft": ["pop"], "appendleft": ["append"], "isdigit": ["isalnum"], "rsplit": ["split"]}
_SIBLINGS |= {"append": ["extend"], "add": ["discard"]}


def wrong_function(node: cst.CSTNode, source: Source) -> Replacements:
    """The sibling of the function that was meant: `max` for `min`, `rfind` for `find`."""
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            for other in _SIBLINGS.get(node.func.value, ()):
                if other in source.globals:
                    yield node.with_changes(func=cst.Name(other))
            if node.func.value == "heappush":
                heap, item = (argument.value for argument in node.args)
                yield node.with_changes(func=cst.Attribute(heap, cst.Name("append")), args=[cst.Arg(item)])
        if isinstance(node.func, cst.Attribute):
            name, kind = node.func.attr.value, source.type_of(node.func.value)
            if name == "insert" and len(node.args) == 2:
                append = node.func.with_changes(attr=cst.Name("append"))
                yield node.with_changes(func=append, args=node.args[1:])
            if name == "append" and not source.type_of(node.args[0].value).startswith(("list", "str")):
                return  # extending by a number only raises, by a pair adds what nothing expects
            for other in _SIBLINGS.get(name, ()):
                if other != "rindex" or kind == "str":
                    yield node.with_changes(func=node.func.with_changes(attr=cst.Name(other)))


def dropped_keyword(node: cst.CSTNode, source: Source) -> Replacements:
    """A call without its key, order, default or other option."""
    if isinstance(node, cst.Call):
        for i, argument in enumerate(node.args):
            if argument.keyword is not None and argument.keyword.value != "strict":
                rest = [*node.args[:i], *node.args[i + 1 :]]
                if rest:
                    rest[-1] = rest[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                yield node.with_changes(args=rest)


# without len, sum, items and the like, which are missed on the spot
_ESSENTIAL = frozenset("abs sorted set reversed int str round tuple bool".split())
_CLEANING = frozenset("strip lstrip rstrip lower upper casefold title capitalize swapcase".split())


def dropped_call(node: cst.CSTNode, source: Source) -> Replacements:
    """The value itself where a function of it was meant: `x` for `abs(x)`, `s` for `s.strip()`."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in _ESSENTIAL:
        if node.args and not node.args[0].star and (len(node.args) == 1 or node.func.value == "sorted"):
            value = node.args[0].value
            reads_text = node.func.value == "int" and not isinstance(value, cst.BinaryOperation)
            if not reads_text and not isinstance(value, cst.GeneratorExp):
                yield value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
        if node.func.attr.value in _CLEANING:
            yield node.func.value


# their order is part of what a seed means
OPERATORS: tuple[Operator, ...] = tuple(
    Operator(function.__name__, category, mistake, function)
    for function, category, mistake in (
        (comparison_boundary, "off-by-one", "A comparison includes its limit where it should not, or leaves it out."),
        (comparison_direction, "wrong-operator", "A comparison looks the wrong way round."),
        (equality_negated, "wrong-operator", "A test for equality or membership says the opposite."),
        (equality_widened, "wrong-condition", "A test for one value also holds for all values on one side of it."),
        (dropped_bound, "missing-edge-case", "A range check looks at one of its two limits only."),
        (truthiness, "wrong-type", "Zero or an empty value is taken for a missing one."),
        (boolean_operator, "wrong-operator", "Two conditions are joined by the wrong one of and and or."),
        (dropped_condition, "wrong-condition", "One of two conditions is not looked at."),
        (dropped_not, "wrong-condition", "A condition has lost its negation."),
        (arithmetic_operator, "wrong-operator", "A calculation uses another operator than the one it needs."),
        (swapped_operands, "wrong-operator", "The two sides of a calculation have changed places."),
        (lost_rounding, "precision-or-rounding", "A division or rounding keeps or drops what it should not."),
        (dropped_sign, "wrong-operator", "A minus sign is missing."),
        (constant_off_by_one, "off-by-one", "A constant is one too large or too small."),
        (range_bound, "off-by-one", "A range starts or ends in the wrong place."),
        (dropped_stride, "wrong-traversal", "A range or slice has lost its step or its direction."),
        (enumerate_start, "off-by-one", "Counting starts from the wrong number."),
        (slice_bound, "off-by-one", "A slice starts or ends in the wrong place."),
        (index_shift, "off-by-one", "The neighbour of the right element is taken."),
        (skipped_element, "wrong-traversal", "A loop leaves out the first or the last element."),
        (wrong_variable, "wrong-variable", "Another variable of the same type stands where the right one belongs."),
        (wrong_attribute, "wrong-variable", "Another attribute of the same type stands where the right one belongs."),
        (swapped_arguments, "wrong-variable", "Two arguments of a call have changed places."),
        (swapped_elements, "wrong-variable", "Two elements of a tuple have changed places."),
        (wrong_initial_value, "wrong-initial-value", "A variable starts from the wrong value."),
        (wrong_default, "wrong-initial-value", "What stands in for a missing value is the wrong value."),
        (accumulator_operator, "wrong-state-update", "A running value is updated by the wrong operator."),
        (lost_update, "wrong-state-update", "A running value is overwritten instead of updated."),
        (dropped_statement, "missing-step", "A step of the algorithm is missing."),
        (swapped_statements, "wrong-state-update", "Two steps are taken in the wrong order."),
        (missing_copy, "aliasing-or-mutation", "An object is used itself where a copy of it was meant."),
        (shared_rows, "aliasing-or-mutation", "All rows are one and the same object."),
        (dropped_guard, "missing-edge-case", "A special case is not handled any more."),
        (dropped_branch, "missing-edge-case", "One branch of a condition is missing."),
        (unconditional, "wrong-condition", "What should depend on a condition does not."),
        (swapped_cases, "wrong-order-of-cases", "A later case is tried before an earlier one."),
        (swapped_branches, "wrong-condition", "The two branches of a condition have changed places."),
        (early_return, "wrong-traversal", "A loop returns after its first round."),
        (
            wrong_jump,
            "wrong-traversal",
            "A loop ends where it should go on, goes on where it should end, or does neither.",
        ),
        (loop_once, "wrong-traversal", "What should be repeated happens once at most."),
        (base_case_value, "recursion-base-case", "The recursion ends with the wrong value."),
        (wrong_exception, "wrong-exception", "An error is reported as another one, or not at all."),
        (wrong_function, "wrong-operator", "A function is called whose sibling was meant."),
        (dropped_keyword, "missing-step", "A call lacks the option that it needs."),
        (dropped_call, "missing-step", "A value is used as it is where a function of it was meant."),
    )
)
BY_NAME = {operator.name: operator for operator in OPERATORS}
