"""State: first values, updates, steps that are missing or swapped, objects that are not copied."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import JUMPS, Replacements, names_in, range_arguments, zero_or_one
from debugarena.builder.mutation.parentheses import operation
from debugarena.builder.mutation.source import Source, code_of

_INITIAL = {"0": ("1",), "1": ("0",), "-1": ("0",), "True": ("False",), "False": ("True",), 'float("inf")': ("0",)}


def wrong_initial_value(node: cst.CSTNode, source: Source) -> Replacements:
    """A variable that starts from another value."""
    if isinstance(node, cst.Assign | cst.AnnAssign) and node.value is not None and source.function(node):
        for text in _INITIAL.get(code_of(node.value), ()):
            yield node.with_changes(value=cst.parse_expression(text))
        if isinstance(node.value, cst.Subscript) and code_of(node.value).endswith("[0]"):
            target = node.target if isinstance(node, cst.AnnAssign) else node.targets[0].target
            steps_on = bool(names_in(target) & names_in(node.value))  # node = node[0]
            if isinstance(target, cst.Name) and not steps_on and source.type_of(node.value) in ("int", "float", ""):
                yield node.with_changes(value=cst.Integer("0"))


def wrong_default(node: cst.CSTNode, source: Source) -> Replacements:
    """Another value for what is missing."""
    if isinstance(node, cst.Param) and isinstance(node.default, cst.Integer):
        for value in zero_or_one(node.default):
            yield node.with_changes(default=value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and len(node.args) == 2:
        if node.func.attr.value in ("get", "pop", "setdefault"):
            default = node.args[1].value
            for other in zero_or_one(default):
                yield node.with_changes(args=[node.args[0], node.args[1].with_changes(value=other)])
            # a sum with None raises at once
            if node.func.attr.value == "get" and not isinstance(source.parent(node), cst.BinaryOperation):
                yield node.with_changes(args=[node.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)])


_ACCUMULATORS: dict[type, type] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.AddAssign,
    cst.ModuloAssign: cst.FloorDivideAssign,
    cst.BitOrAssign: cst.BitAndAssign,
    cst.BitAndAssign: cst.BitOrAssign,
    cst.BitXorAssign: cst.BitOrAssign,
    cst.LeftShiftAssign: cst.RightShiftAssign,
    cst.RightShiftAssign: cst.LeftShiftAssign,
}


def accumulator_operator(node: cst.CSTNode, source: Source) -> Replacements:
    """`-=` for `+=` and so on; nobody counts with `-= 1`."""
    if isinstance(node, cst.AugAssign) and type(node.operator) in _ACCUMULATORS:
        kinds = (source.type_of(node.target), source.type_of(node.value))
        counts_up = isinstance(node.operator, cst.AddAssign) and isinstance(node.value, cst.Integer)
        if not counts_up and not any(kind.startswith(("str", "list", "tuple", "deque")) for kind in kinds):
            yield node.with_changes(operator=_ACCUMULATORS[type(node.operator)]())


def lost_update(node: cst.CSTNode, source: Source) -> Replacements:
    """`x = y` for `x += y`."""
    kinds = cst.AddAssign | cst.SubtractAssign | cst.BitOrAssign | cst.BitAndAssign | cst.BitXorAssign
    if isinstance(node, cst.AugAssign) and isinstance(node.operator, kinds):
        yield cst.Assign([cst.AssignTarget(node.target)], node.value, semicolon=node.semicolon)


def dropped_statement(node: cst.CSTNode, source: Source) -> Replacements:
    """One statement fewer, but not the one that first gives a name its value: dropping that would only raise."""
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
            if isinstance(two, cst.SimpleStatementLine) and isinstance(two.body[-1], JUMPS):
                continue
            if _bound_by(one) & names_in(two) - _bound_before(one, source):
                continue
            if _changed(one) & names_in(two) or _changed(two) & names_in(one):
                yield node.with_changes(body=[*node.body[:i], two, one, *node.body[i + 2 :]])


def _bound_by(statement: cst.CSTNode) -> set[str]:
    """The variables, and the attributes of self, that an assignment gives a value."""
    first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else statement
    if isinstance(first, cst.AnnAssign):
        return names_in(first.target)
    if not isinstance(first, cst.Assign):
        return set()
    targets = [part for target in first.targets for part in _parts(target.target)]
    return {name for part in targets if not isinstance(part, cst.Subscript) for name in names_in(part)} - {"_"}


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


def _changed(statement: cst.CSTNode) -> set[str]:
    """What an assignment or a call for its effect changes; {} for any other statement."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return set()
    first = statement.body[0]
    if isinstance(first, cst.Assign):
        return {name for target in first.targets for name in names_in(target.target)}
    if isinstance(first, cst.AugAssign):
        return names_in(first.target)
    if (
        isinstance(first, cst.Expr)
        and isinstance(first.value, cst.Call)
        and isinstance(first.value.func, cst.Attribute)
    ):
        return names_in(first.value.func.value)
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
        arguments = range_arguments(node.for_in.iter)
        if len(arguments) == 1 and code_of(node.elt).startswith("["):
            if not names_in(node.for_in.target) & (names_in(node.elt) - {"_"}):
                count, times = arguments[0].value, cst.Multiply()
                rows = cst.BinaryOperation(cst.List([cst.Element(node.elt)]), times, count)
                yield operation(rows, rows.left, times, count)
