"""Variables, attributes and arguments in the place of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements
from debugarena.builder.mutation.source import Source, code_of


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


# whose arguments have no order, or one that raises at once if it is wrong
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
    """Whether nothing shows that the arguments i and i + 1 are of different types."""
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
