"""Statements that never run, always leave a loop, return unevenly or do nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from debugarena.builder.tells.read import FUNCTIONS, LOOPS, SCOPES, Read, blocks, blocks_of, head_of, same


def unreachable(code: Read) -> Iterator[str]:
    """Statements after one that never lets the next one run."""
    for block in blocks(code):
        for one, two in pairwise(block):
            if _leaves(one):
                yield ast.unparse(two)


def loops_once(code: Read) -> Iterator[str]:
    """Loops whose body always leaves the loop in its first round."""
    for node in code.nodes:
        if isinstance(node, LOOPS) and _ends(node.body) and not _jumps(node.body, ast.Continue):
            yield head_of(node)


def uneven_returns(code: Read) -> Iterator[str]:
    """Functions that return a value on one path only, None against their annotation, or nothing but a written None."""
    yield from (node.name for node in code.nodes if isinstance(node, FUNCTIONS) and _is_uneven(node))


def _is_uneven(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    own = [*_own_nodes(function.body)]
    returns = [node.value for node in own if isinstance(node, ast.Return)]
    nothing = [value for value in returns if value is None or _is_none(value)]
    if len(nothing) == len(returns):
        return any(nothing)  # `return None` instead of `return`
    if nothing and function.returns is not None and not _allows_none(function.returns):
        return True
    generates = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own)
    return not generates and not _ends(function.body)


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _allows_none(annotation: ast.expr) -> bool:
    words = {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
    return bool(words & {"Any", "Optional", "object"}) or any(map(_is_none, ast.walk(annotation)))


def idle_statements(code: Read) -> Iterator[str]:
    """Statements without effect: `x == 1`, `x = x`, `pass`, and `continue` or a bare `return` at the very end."""
    for node in code.nodes:
        match node:
            case ast.Expr(value=value) if not isinstance(value, ast.Call | ast.Constant | ast.Await | ast.Yield):
                if not isinstance(value, ast.YieldFrom | ast.NamedExpr):
                    yield ast.unparse(value)
            case ast.Assign(targets=[target], value=value) if _keeps(target, value):
                yield ast.unparse(node)
            case ast.Pass():
                yield "pass"
            case ast.For(body=body) | ast.While(body=body):
                yield from ("continue" for last in _last_statements(body) if isinstance(last, ast.Continue))
            case ast.FunctionDef(body=body):
                yield from ("return" for s in _last_statements(body) if isinstance(s, ast.Return) and s.value is None)


def repeated_conditions(code: Read) -> Iterator[str]:
    """Conditions that an earlier branch of the same chain has tested already."""
    for node in code.nodes:
        if isinstance(node, ast.If):
            first, *others = _chain(node)
            yield from (ast.unparse(test) for test in others if same(first, test))


def _chain(node: ast.If) -> Iterator[ast.expr]:
    yield node.test
    if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        yield from _chain(node.orelse[0])


def equal_branches(code: Read) -> Iterator[str]:
    """Neighbouring branches that do the same."""
    for node in code.nodes:
        match node:
            case ast.IfExp(body=one, orelse=other) if same(one, other):
                yield ast.unparse(node)
            case ast.If(body=then, orelse=[ast.If(body=others)]) if same(then, others):
                yield head_of(node)
            case ast.If(body=then, orelse=others) if same(then, others):
                yield head_of(node)
    for block in blocks(code):
        for branch, rest in pairwise(block):
            if isinstance(branch, ast.If) and not branch.orelse and _ends(branch.body) and same(branch.body, [rest]):
                yield head_of(branch)


def _keeps(target: ast.expr, value: ast.expr) -> bool:
    """Whether one of the targets gets the value that it has."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return any(map(_keeps, target.elts, value.elts))
    return same(target, value)


def _leaves(statement: ast.stmt) -> bool:
    """Whether the statement after this one in the block never runs."""
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=body, orelse=orelse):
            return bool(orelse) and _ends(body) and _ends(orelse)
        case ast.While(test=ast.Constant(value=test), body=body) if test:
            return not _jumps(body, ast.Break)
        case ast.With(body=body):
            return _ends(body)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            return _ends(finalbody) or ((_ends(body) or _ends(orelse)) and all(_ends(h.body) for h in handlers))
        case ast.Match(cases=cases):
            last = cases[-1]
            return ast.unparse(last.pattern) == "_" and not last.guard and all(_ends(case.body) for case in cases)
    return False


def _ends(block: Sequence[ast.stmt]) -> bool:
    """Whether control never reaches the end of the block."""
    return any(_leaves(statement) for statement in block)


def _jumps(block: Iterable[ast.AST], kind: type[ast.stmt]) -> bool:
    """Whether the loop that has this body has a jump of this kind. Those of loops and functions inside do not count."""
    for node in block:
        inside = [node.orelse] if isinstance(node, LOOPS) else blocks_of(node)
        if isinstance(node, kind) or (not isinstance(node, SCOPES) and any(_jumps(b, kind) for b in inside)):
            return True
    return False


def _own_nodes(block: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of a function's body, without those inside functions and classes in it."""
    todo: list[ast.AST] = [*block]
    while todo:
        node = todo.pop()
        yield node
        todo += [] if isinstance(node, SCOPES) else ast.iter_child_nodes(node)


def _last_statements(block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that can be the last to run in a block."""
    last = block[-1]
    if isinstance(last, ast.If):
        yield from _last_statements(last.body)
        yield from _last_statements(last.orelse) if last.orelse else ()
    else:
        yield last
