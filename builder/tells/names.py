"""Names and values that nothing reads, and names that nothing binds."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence

from debugarena.builder.tells.read import FUNCTIONS, SCOPES, Read, blocks


def unused_names(code: Read) -> Iterator[str]:
    """Variables, parameters, imports and helpers that nothing reads. `x += 1` does not count as reading x."""
    for scope in code.scopes:
        if not scope.is_class:
            unread = sorted(scope.own - scope.read)
            yield from (f"{scope.name}: {name}" for name in unread if not name.startswith("_"))


def unused_attributes(code: Read) -> Iterator[str]:
    """Attributes of self that are set, and private methods, that nothing reads."""
    attributes = [node for node in code.nodes if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if isinstance(node.ctx, ast.Load)}
    made = {node.attr for node in attributes if isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"}
    methods = {n.name for c in code.nodes if isinstance(c, ast.ClassDef) for n in c.body if isinstance(n, FUNCTIONS)}
    made |= {name for name in methods if name.startswith("_") and not name.startswith("__")}
    yield from sorted(made - used)


def undefined_names(code: Read) -> Iterator[str]:
    """Names that are read but bound nowhere."""
    for scope in code.scopes:
        yield from (name for name in sorted(scope.looked_up - {*dir(builtins)}) if not scope.owner(name))


def unread_values(code: Read) -> Iterator[str]:
    """Assignments to a variable whose value is replaced, or whose function ends, before anything reads it."""
    bodies = {id(node.body) for node in code.nodes if isinstance(node, FUNCTIONS) and not _shares_names(node)}
    for block in blocks(code):
        for i, statement in enumerate(block):
            target = _simple_target(statement)
            if target and _is_lost(target, block[i + 1 :], at_end=id(block) in bodies):
                yield ast.unparse(statement)


def never_filled(code: Read) -> Iterator[str]:
    """Variables that start as an empty list, dictionary or set and stay empty, though something looks into them."""
    above = {child: node for node in code.nodes for child in ast.iter_child_nodes(node)}
    uses = [node for node in code.nodes if isinstance(node, ast.Name)]
    empty = {node.id for node in uses if _is_start(node, above[node])}
    filled = {node.id for node in uses if not _is_start(node, above[node]) and not _only_looks(node, above[node])}
    yield from sorted(empty - filled)


def _is_start(name: ast.Name, above: ast.AST) -> bool:
    """Whether the variable gets a new empty value here."""
    return isinstance(above, ast.Assign | ast.AnnAssign) and _simple_target(above) == name.id and _is_empty(above.value)


def _is_empty(value: ast.expr | None) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Call(ast.Name("list" | "dict" | "set" | "deque"), [], []):
            return True
    return False


def _only_looks(name: ast.Name, above: ast.AST) -> bool:
    """Whether the use of a variable does not change what it holds, nor lets anything else do so."""
    match above:
        case ast.Call(func=ast.Name(function)):
            return function in ("len", "sorted", "sum", "min", "max", "any", "all", "list", "tuple", "set", "bool")
        case ast.Return() | ast.Compare() | ast.BinOp() | ast.BoolOp() | ast.UnaryOp() | ast.IfExp() | ast.Starred():
            return True
        case ast.For(iter=it) | ast.comprehension(iter=it) | ast.If(test=it) | ast.While(test=it):
            return it is name
    return False


def _shares_names(function: ast.AST) -> bool:
    """Whether others may read its variables: functions inside it, or the scope around it."""
    return any(isinstance(n, ast.Global | ast.Nonlocal | SCOPES) for n in ast.walk(function) if n is not function)


def _simple_target(statement: ast.stmt) -> str:
    """The variable that a statement gives a new value, if it is one; "" otherwise."""
    match statement:
        case ast.Assign(targets=[ast.Name(name)]) | ast.AugAssign(target=ast.Name(name)):
            return name
        case ast.AnnAssign(target=ast.Name(name), value=ast.expr()):
            return name
    return ""


def _is_lost(name: str, rest: Sequence[ast.stmt], at_end: bool) -> bool:
    """Whether the statements after an assignment, up to the end of its block, show that nothing reads the value.

    at_end: whether nothing can read it after the block.
    """
    for statement in rest:
        if _mentions(statement, name):
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or _simple_target(statement) != name:
                return False
            return not _mentions(statement.value, name)
        if isinstance(statement, ast.Return | ast.Raise):
            return True
    return at_end


def _mentions(node: ast.AST | None, name: str) -> bool:
    return node is not None and any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
