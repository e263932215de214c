"""Counts the steps of a code as it runs, so that whether it ends does not depend on how fast the machine is.

A step is one round of a loop or one call of a function of the code's own. Comprehensions are not counted: they end with
what they iterate over. What takes long without a step (a power of huge numbers) is left to the CPU time limit. Not
covered: async code, `except*` and `from __future__`, none of which the programs have.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

OUT_OF_STEPS = "OutOfSteps"
# a BaseException, so that the code's own handlers do not take it for one of theirs
_PRELUDE = f"""\
class {OUT_OF_STEPS}(BaseException): pass
def step_taken(left=[{{budget}}]):
    left[0] -= 1
    if left[0] < 0: raise {OUT_OF_STEPS}
"""
_STEP = "step_taken()"
_FUNCTION = ast.FunctionDef
_LOOP = ast.For | ast.While
_COMPOUND = _FUNCTION | _LOOP | ast.ClassDef | ast.If | ast.Match | ast.Try | ast.With


def metered(code: str, budget: int) -> str:
    """The code with a counter in every loop and function: after `budget` steps in all, `OutOfSteps` is raised, and
    again at every later step. The result is not meant to be read. SyntaxError if the code does not parse."""
    return _PRELUDE.format(budget=budget) + _counted(code)


@lru_cache(maxsize=1024)  # a code is requested with one budget, and soon after with another
def _counted(code: str) -> str:
    lines = code.split("\n")
    bodies = [node.body[0] for node in _statements(ast.parse(code).body) if isinstance(node, _FUNCTION | _LOOP)]
    for first in sorted(bodies, key=_place, reverse=True):
        line, column = _place(first)
        text = lines[line].encode()
        before, after = text[:column].decode(), text[column:].decode()
        if isinstance(first, _COMPOUND):  # on a line of its own, after nothing but its indentation
            lines[line] = f"{before}{_STEP}\n{before}{after}"
        else:
            lines[line] = f"{before}{_STEP}; {after}"
    return "\n".join(lines)


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every statement, at a fifth of the cost of ast.walk, which goes through expressions too."""
    for node in body:
        yield node
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from _statements(getattr(node, name, ()))


def _place(statement: ast.stmt) -> tuple[int, int]:
    """Line from 0 and column in bytes; a decorated function begins at its decorator."""
    decorators = getattr(statement, "decorator_list", [])
    begin = decorators[0] if decorators else statement
    return begin.lineno - 1, statement.col_offset
