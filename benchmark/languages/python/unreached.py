"""Finds the code of a module that does not run when the module is imported and its entry point is called.

Models like to end an answer with `if __name__ == "__main__": main()`, whose main asks for input. Nobody calls it here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from debugarena.benchmark.sandbox.importable import bound_name

Position = tuple[int, int]  # a line, from 1, and a column in bytes, from 0


def without_unreached(code: str, tree: ast.Module, entry_point: str) -> str:
    """The code with `pass` in place of what never runs. All lines keep their numbers.

    Never run: the bodies of main guards, the bodies of functions that no running code names, and imports that only
    these bodies need. tree: the syntax tree of the code.
    """
    lines = code.encode().splitlines(keepends=True)
    for begin, end in sorted(_unreached(tree, entry_point), reverse=True):
        (first, column), (last, end_column) = begin, end
        rest = lines[last - 1][end_column:]
        lines[first - 1 : last] = [lines[first - 1][:column] + b"pass" + rest, *[b"\n"] * (last - first)]
    return b"".join(lines).decode()


def _unreached(tree: ast.Module, entry_point: str) -> Iterator[tuple[Position, Position]]:
    bodies: list[list[ast.stmt]] = []
    asleep: dict[str, list[list[ast.stmt]]] = {}  # bodies of functions that nothing has named yet
    todo: list[ast.AST] = []
    for node in tree.body:
        if _is_main_guard(node):
            bodies.append(node.body)
            todo += node.orelse
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            asleep.setdefault(node.name, []).append(node.body)
            todo += [node.args, *filter(None, [node.returns])]
        else:
            todo.append(node)
    reached, found = set[str](), _names(todo) | {entry_point}
    while found:
        reached |= found
        woken = [statement for name in found for body in asleep.pop(name, []) for statement in body]
        found = _names(woken) - reached
    bodies += [body for group in asleep.values() for body in group]
    for body in bodies:
        yield _begin(body[0]), _end(body[-1])
    unreached = _names(statement for body in bodies for statement in body)
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = {*map(bound_name, node.names)}
            if not bound & reached and bound & unreached:
                yield _begin(node), _end(node)


def _is_main_guard(node: ast.stmt) -> TypeGuard[ast.If]:
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.Eq)):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    return (
        names == ["__name__"]
        and [s.value for s in sides if isinstance(s, ast.Constant)] == ["__main__"]
        and len(sides) == 2
    )


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for root in nodes for node in ast.walk(root) if isinstance(node, ast.Name)}


def _begin(statement: ast.stmt) -> Position:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)]), statement.col_offset


def _end(statement: ast.stmt) -> Position:
    assert statement.end_lineno is not None
    assert statement.end_col_offset is not None
    return statement.end_lineno, statement.end_col_offset
