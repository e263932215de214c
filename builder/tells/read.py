"""A code as the checks need it, and what they ask of its trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from debugarena.builder.tells.scopes import Scope, scopes_of

LOOPS = ast.For | ast.AsyncFor | ast.While
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
SCOPES = FUNCTIONS | ast.ClassDef | ast.Lambda


@dataclass(frozen=True)
class Read:
    """All nodes of a code's tree, and its scopes with their names, the module's first."""

    nodes: tuple[ast.AST, ...]
    scopes: tuple[Scope, ...]


def read(code: str) -> Read:
    """SyntaxError if the code is not Python."""
    tree = ast.parse(code)
    return Read(tuple(ast.walk(tree)), tuple(scopes_of(tree)))


def blocks(code: Read) -> Iterator[list[ast.stmt]]:
    """Every list of statements of a code."""
    for node in code.nodes:
        if not isinstance(node, ast.ExceptHandler | ast.match_case):
            yield from blocks_of(node)


def blocks_of(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a node; those of the cases of a match and the handlers of a try count as its own."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block:
            yield block
    for child in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield child.body


def same(one: object, other: object) -> bool:
    """Whether two trees, or lists of trees, are the same wherever they stand: `x` to read is the same as `x` to set."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, ast.AST):
        return all(same(getattr(one, name, None), getattr(other, name, None)) for name in one._fields if name != "ctx")
    return one == other


def head_of(node: ast.AST) -> str:
    """The first line of a statement."""
    return ast.unparse(node).partition("\n")[0]
