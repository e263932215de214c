"""Conditions and operands that decide or change nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from debugarena.builder.tells.read import Read, same

Kinds = dict[int, tuple[type[ast.operator], ...]]

# a - a, a % a ...: the result does not depend on a
TRIVIAL = ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.BitAnd | ast.BitOr | ast.BitXor
# x + 0 and so on: the result is x, or does not depend on x
NEUTRAL_RIGHT: Kinds = {
    0: (ast.Add, ast.Sub, ast.LShift, ast.RShift, ast.BitOr, ast.BitXor, ast.BitAnd, ast.Mult, ast.Pow),
    1: (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
}
NEUTRAL_LEFT: Kinds = {0: (ast.Add, ast.BitOr, ast.BitXor, ast.BitAnd, ast.Mult), 1: (ast.Mult, ast.Pow)}
PURE_CALLS = ("min", "max", "range", "gcd", "lcm")  # of two equal values they say nothing new


def constant_conditions(code: Read) -> Iterator[str]:
    """Conditions that are always true or always false, except `while True`."""
    for node in code.nodes:
        match node:
            case ast.While(test=ast.Constant(True)):
                continue
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
                tests = [test]
            case ast.comprehension(ifs=tests) | ast.BoolOp(values=[*tests, _]):  # x or 0: the last can be a default
                pass
            case _:
                continue
        yield from (ast.unparse(test) for test in tests if _is_constant(test))
    for node in code.nodes:
        match node:  # a length is never negative
            case ast.Compare(ast.Call(ast.Name("len" | "abs")), [ast.GtE() | ast.Lt()], [ast.Constant(0)]):
                yield ast.unparse(node)


def _is_constant(node: ast.expr) -> bool:
    return not any(isinstance(n, ast.Name | ast.Call | ast.Attribute) for n in ast.walk(node))


def doubled_operands(code: Read) -> Iterator[str]:
    """`a - a`, `x and x`, `a < a`, `min(a, a)`, `xs[i:i]`, and the same key twice: one of the two is idle."""
    for node in code.nodes:
        if any(same(one, other) for one, other in _should_differ(node)):
            yield ast.unparse(node)


def _should_differ(node: ast.AST) -> Iterable[tuple[ast.AST, ast.AST]]:
    """Pairs of operands of a node that say nothing if they are the same."""
    match node:
        case ast.BinOp(left=one, op=op, right=other) | ast.AugAssign(target=one, op=op, value=other):
            return [(one, other)] if isinstance(op, TRIVIAL) else []
        case ast.Compare(left=left, comparators=others):
            return pairwise([left, *others])
        case ast.BoolOp(values=parts) | ast.Set(elts=parts):
            return combinations(parts, 2)
        case ast.Dict(keys=keys):
            return combinations([key for key in keys if key], 2)
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), args=[one, other]) if name in PURE_CALLS:
            return [(one, other)]
        case ast.Slice(lower=ast.expr() as one, upper=ast.expr() as other):
            return [(one, other)]
    return []


def neutral_operands(code: Read) -> Iterator[str]:
    """`x + 0`, `x * 1`, `x // 1` and the like, which are x or a constant."""
    for node in code.nodes:
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                if _is_neutral(right, op, NEUTRAL_RIGHT) or _is_neutral(left, op, NEUTRAL_LEFT):
                    yield ast.unparse(node)
            case ast.AugAssign(op=op, value=value) if _is_neutral(value, op, NEUTRAL_RIGHT):
                yield ast.unparse(node)


def _is_neutral(node: ast.expr, op: ast.operator, neutral: Kinds) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and isinstance(op, neutral.get(node.value, ()))


def copying_comprehensions(code: Read) -> Iterator[str]:
    """`[x for x in xs]` and the like, which only copy what they go through."""
    for node in code.nodes:
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) and len(node.generators) == 1:
            loop = node.generators[0]
            if not loop.ifs and same(node.elt, loop.target):
                yield ast.unparse(node)
