"""Twins: parts of one expression that are alike, such as `x - x`, `max(a, a)` or `b if c else b`.

An edit that makes twins reads as nobody would write it, whichever operator made it. Not covered: twins in different
expressions, and numbers and texts, which may well be alike.
"""

from __future__ import annotations

import ast
from itertools import combinations


def n_twins(tree: ast.AST) -> int:
    """How many pairs of parts of one expression are alike."""
    return sum(_alike(one, other) for node in ast.walk(tree) for one, other in combinations(_parts(node), 2))


def _parts(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Compare(left=left, comparators=others):
            return [left, *others]
        case ast.BoolOp(values=parts) | ast.Call(args=parts) | ast.Tuple(elts=parts):
            return parts
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
    return []


def _alike(one: ast.expr, other: ast.expr) -> bool:
    if type(one) is not type(other) or isinstance(one, ast.Constant):
        return False
    return ast.dump(one) == ast.dump(other)
