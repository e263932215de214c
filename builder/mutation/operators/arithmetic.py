"""Arithmetic: another operator, operands the wrong way round, a rounding or a sign that is lost."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements
from debugarena.builder.mutation.parentheses import operation
from debugarena.builder.mutation.source import Source, code_of

_ARITHMETIC: dict[type, Sequence[type]] = {
    cst.Add: (cst.Subtract,),
    cst.Subtract: (cst.Add,),
    cst.Multiply: (cst.FloorDivide,),
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
    """Not the joining or repeating of strings and lists: other operators on them only raise."""
    constant = isinstance(node.left, cst.Integer) and isinstance(node.right, cst.Integer)  # 24 * 60 is meant as it is
    return not constant and not any(kind.startswith(("str", "list", "tuple", "deque")) for kind in _sides(node, source))


def arithmetic_operator(node: cst.CSTNode, source: Source) -> Replacements:
    """`-` for `+`, `%` for `//` and so on."""
    if isinstance(node, cst.BinaryOperation) and _is_arithmetic(node, source):
        of_sets = any(kind.startswith(("set", "frozenset")) for kind in _sides(node, source))
        for kind in (_OF_SETS if of_sets else _ARITHMETIC).get(type(node.operator), ()):
            if not _is_absurd(node, kind, source):
                yield operation(node, node.left, kind(), node.right)


def _is_absurd(node: cst.BinaryOperation, kind: type, source: Source) -> bool:
    """Whether nobody takes one operator for the other here.

    Units are converted the wrong way (`x // 60` for `x * 60`), but nobody divides two variables where they multiply
    them. A half, a parity and a remainder of a remainder are meant as they are.
    """
    numbers = [side.value for side in (node.left, node.right) if isinstance(side, cst.Integer)]
    if cst.Multiply in (kind, type(node.operator)):
        return not numbers or numbers == ["2"]
    above = source.parent(node)
    if kind is cst.Modulo and isinstance(above, cst.BinaryOperation) and isinstance(above.operator, cst.Modulo):
        return True
    return isinstance(node.operator, cst.FloorDivide | cst.Modulo) and numbers == ["2"]


def swapped_operands(node: cst.CSTNode, source: Source) -> Replacements:
    """`b - a` for `a - b`; nobody writes `1 - n` for `n - 1`, or `total // (100 * part)`."""
    ordered = cst.Subtract | cst.FloorDivide | cst.Divide
    fixed = cst.Integer | cst.Float | cst.BinaryOperation | cst.UnaryOperation
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, ordered) and _is_arithmetic(node, source):
        if not isinstance(node.left, fixed) and not isinstance(node.right, fixed):
            yield operation(node, node.right, node.operator, node.left)


def lost_rounding(node: cst.CSTNode, source: Source) -> Replacements:
    """`/` for `//`, `//` for `/`, a division rounded down instead of up, no `round`."""
    if isinstance(node, cst.BinaryOperation):
        upwards = isinstance(node.left, cst.UnaryOperation)  # -(-a // b), where / would leave the signs in vain
        if isinstance(node.operator, cst.FloorDivide) and not upwards and not _must_be_whole(node, source):
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
    """Whether a fraction in place of the node would only raise."""
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
