"""Variables, attributes and arguments in the place of others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements, is_negative, names_in
from debugarena.builder.mutation.source import Source, code_of


def wrong_variable(node: cst.CSTNode, source: Source) -> Replacements:
    """Another variable of the same type that people take for the right one.

    Not one that the same statement mentions: nobody writes `x == x` or `f"{x} {x}"`. Nor where the right one would then
    be of no use: nobody computes what they do not need.
    """
    if not isinstance(node, cst.Name) or not _is_read(node, source):
        return
    known = source.variables(node)
    kind = known.get(node.value, "")
    others = [name for name, other in known.items() if kind and other == kind and name != node.value]
    is_parameter = isinstance(source.origin(node.value, node), cst.Param)
    if not others or (not is_parameter and source.n_reads(node.value, node) < 2):
        return
    mentioned = names_in(source.statement_of(node))
    likely = [name for name in others if name not in mentioned and _alike(node, name, source)]
    for name in likely[-2:]:
        yield node.with_changes(value=name)


def _is_read(node: cst.Name, source: Source) -> bool:
    """Whether it is a variable whose value is used here, not a target, a parameter, or the name of something else."""
    above = source.parent(node)
    if isinstance(above, cst.Param | cst.FunctionDef | cst.ClassDef | cst.AsName | cst.NamedExpr | cst.NameItem):
        return False
    is_name_of_other = (
        (isinstance(above, cst.Attribute) and above.attr is node)
        or (isinstance(above, cst.Call) and above.func is node)
        or (isinstance(above, cst.Arg) and above.keyword is node)
    )
    return not is_name_of_other and not source.is_target(node)


def _alike(node: cst.Name, other: str, source: Source) -> bool:
    """Whether people confuse the two: their names share a word, they come from alike places, or one from the other."""
    if {*node.value.split("_")} & {*other.split("_")}:
        return True
    one, two = source.origin(node.value, node), source.origin(other, node)
    if isinstance(one, _LOOP) and isinstance(two, _LOOP):
        return not {node.value, other} & (_counters(one) if one is two else set())
    if isinstance(one, cst.Param) and isinstance(two, cst.Param):
        is_number = source.variables(node)[other] in ("int", "float")  # of which there are many kinds
        return _are_neighbours(one, two, source) and (not is_number or max(len(node.value), len(other)) <= 2)
    if isinstance(one, _ASSIGNMENT) and isinstance(two, _ASSIGNMENT):
        lines = source.parent(one), source.parent(two)
        return one is two or _value_of(one) == _value_of(two) or _are_neighbours(*lines, source)
    return _is_made_from(one, other) or _is_made_from(two, node.value)


def _counters(loop: cst.For | cst.CompFor) -> set[str]:
    """The variable that counts the rounds of a loop over enumerate."""
    target, counted = loop.target, code_of(loop.iter).startswith("enumerate(")
    return {code_of(target.elements[0].value)} if counted and isinstance(target, cst.Tuple) else set()


_LOOP = cst.For | cst.CompFor
_ASSIGNMENT = cst.Assign | cst.AnnAssign


def _are_neighbours(one: cst.CSTNode | None, two: cst.CSTNode | None, source: Source) -> bool:
    above = source.parent(one) if one is not None else None
    beside = list(above.children) if above is not None else []
    return any({id(one), id(two)} == {*map(id, pair)} for pair in pairwise(beside))


def _value_of(assignment: cst.Assign | cst.AnnAssign) -> str:
    return code_of(assignment.value) if assignment.value is not None else ""


def _is_made_from(origin: cst.CSTNode | None, name: str) -> bool:
    """Whether it assigns one variable a value that is worked out from the other: `word = text.strip()`."""
    if not isinstance(origin, _ASSIGNMENT) or origin.value is None:
        return False
    target = origin.target if isinstance(origin, cst.AnnAssign) else origin.targets[0].target
    return isinstance(target, cst.Name) and name in _operands(origin.value)


def _operands(value: cst.BaseExpression) -> set[str]:
    """The variable that it is, shifts by a number, or calls a function or a method of."""
    if isinstance(value, cst.Name):
        return {value.value}
    if isinstance(value, cst.BinaryOperation):
        return _operands(value.left) if isinstance(value.right, cst.BaseNumber) else set()
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        return _operands(value.func.value)
    if isinstance(value, cst.Call) and len(value.args) == 1:
        return _operands(value.args[0].value)
    return set()


def wrong_attribute(node: cst.CSTNode, source: Source) -> Replacements:
    """Another attribute of self of the same type that the same statement does not mention."""
    if isinstance(node, cst.Attribute) and code_of(node.value) == "self" and not source.is_target(node):
        known = source.attributes(node)
        kind = known.get(node.attr.value, "")
        mentioned = names_in(source.statement_of(node))
        for name, other in known.items():
            if kind and other == kind and name != node.attr.value and f"self.{name}" not in mentioned:
                yield node.with_changes(attr=cst.Name(name))


_LITERALS = cst.BaseNumber | cst.BaseString | cst.Lambda


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
    """`f(b, a)` for `f(a, b)`, where both may be of one type; nobody takes a number or a text for an option."""
    if isinstance(node, cst.Call) and code_of(node.func).rpartition(".")[2] not in _NOT_SWAPPED:
        for i in range(len(node.args) - 1):
            one, two = node.args[i : i + 2]
            plain = not (one.keyword or two.keyword or one.star or two.star)
            if plain and code_of(one.value) != code_of(two.value) and _may_swap(node, i, source):
                yield node.with_changes(args=_swapped(node.args, i))


def _may_swap(call: cst.Call, i: int, source: Source) -> bool:
    """Whether both are expressions, and nothing shows that the arguments i and i + 1 are of different types."""
    if any(isinstance(argument.value, _LITERALS) for argument in call.args[i : i + 2]):
        return False
    given = [source.type_of(argument.value).partition("[")[0] for argument in call.args[i : i + 2]]
    if given[0] != given[1] and "" not in given:
        return False
    function = source.functions.get(code_of(call.func).rpartition(".")[2])
    wanted = [p for p in function.params.params if p.name.value != "self"][i : i + 2] if function else []
    kinds = {code_of(p.annotation.annotation) if p.annotation else "" for p in wanted}
    return len(kinds) < 2


_ANY_ORDER = frozenset("isinstance startswith endswith sum min max sorted set any all".split())


def swapped_elements(node: cst.CSTNode, source: Source) -> Replacements:
    """`b, a` for `a, b`, unless one is a number or a text."""
    if isinstance(node, cst.Tuple) and len(node.elements) in (2, 3) and not source.is_target(node):
        above = source.parent(node)
        if isinstance(above, cst.ComparisonTarget) and isinstance(above.operator, cst.In | cst.NotIn):
            return
        call = source.parent(above) if isinstance(above, cst.Arg) else None
        if isinstance(call, cst.Call) and code_of(call.func).rpartition(".")[2] in _ANY_ORDER:
            return
        for i in range(len(node.elements) - 1):
            one, two = (element.value for element in node.elements[i : i + 2])
            kinds = {source.type_of(one).partition("[")[0], source.type_of(two).partition("[")[0]}
            if isinstance(one, _LITERALS) or isinstance(two, _LITERALS) or is_negative(one) or is_negative(two):
                continue
            if code_of(one) != code_of(two) and (len(kinds) < 2 or "" in kinds):
                yield node.with_changes(elements=_swapped(node.elements, i))
