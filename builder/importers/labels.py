"""What an import states on its own, without an author to ask: the difficulty, category and title of a bug.

The difficulty depends only on the number of statements in the fixed code: up to 5 easy, up to 12 medium, more hard. For
sources that name no category, it is guessed from the first place where the two syntax trees differ.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from debugarena.benchmark.dataset.schema import Bug

MAX_STATEMENTS = {"easy": 5, "medium": 12}
_Node = ast.AST | list[ast.AST] | object


@dataclass(frozen=True)
class _Parting:
    """Where two trees differ: what is there on either side, under which fields of which nodes."""

    buggy: _Node
    fixed: _Node
    path: tuple[tuple[ast.AST, str], ...]

    def inside(self, *kinds: type[ast.AST]) -> bool:
        return any(isinstance(node, kinds) for node, _ in self.path)

    @property
    def in_condition(self) -> bool:
        return any(field in ("test", "ifs") for node, field in self.path if not isinstance(node, ast.Assert))


def difficulty_of(fixed_code: str) -> str:
    """easy, medium or hard, by the number of statements of code that parses."""
    n_statements = sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(fixed_code)))
    return next((label for label, most in MAX_STATEMENTS.items() if n_statements <= most), "hard")


def unproven_bug(
    *,
    bug_id: str,
    name: str,
    entry_point: str,
    category: str,
    task: str,
    hint: str,
    buggy_code: str,
    fixed_code: str,
    license_name: str,
    source: str,
) -> Bug:
    """An imported bug with what all sources have in common, still without tests. The fixed code must parse."""
    return Bug(
        bug_id=bug_id,
        language="python",
        difficulty=difficulty_of(fixed_code),
        category=category,
        title=title_of(name),
        task=task,
        hint=hint,
        entry_point=entry_point,
        buggy_code=buggy_code,
        fixed_code=fixed_code,
        tests=(),
        origin_kind="imported",
        program=bug_id,
        license=license_name,
        source=source,
    )


def title_of(name: str) -> str:
    """`find_in_sorted` and `CamelCase` as a few words for people."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("_", " ")).split()
    return " ".join(words).capitalize()


def slug_of(name: str) -> str:
    """The name in the form that an id allows: lower case, digits, single hyphens; "" if nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def guess_category(buggy_code: str, fixed_code: str) -> str:
    """One of schema.CATEGORIES for two codes that parse."""
    parting = _part(ast.parse(buggy_code), ast.parse(fixed_code), ())
    if parting is None:
        return "missing-step"
    buggy, fixed = parting.buggy, parting.fixed
    operators = (ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
    if isinstance(buggy, operators) and isinstance(fixed, operators):
        return "wrong-operator"
    if _one_apart(buggy, fixed):
        return "off-by-one"
    if isinstance(buggy, ast.Name) and isinstance(fixed, ast.Name):
        return "wrong-variable"
    if isinstance(buggy, list) and isinstance(fixed, list):
        return _category_of_lists(buggy, fixed, parting)
    if parting.inside(ast.Raise, ast.ExceptHandler):
        return "wrong-exception"
    if parting.in_condition:
        return "wrong-condition"
    if isinstance(buggy, ast.Constant) and isinstance(fixed, ast.Constant):
        return "wrong-type" if type(buggy.value) is not type(fixed.value) else "wrong-initial-value"
    if isinstance(buggy, str) and isinstance(fixed, str):  # the attribute or the name of a call
        return "wrong-variable"
    shorter = len(buggy_code) < len(fixed_code)
    return "missing-step" if shorter else "wrong-state-update"


def _category_of_lists(buggy: list[ast.AST], fixed: list[ast.AST], parting: _Parting) -> str:
    """Where one side has more statements, operands or arguments than the other."""
    if len(buggy) >= len(fixed):
        return "wrong-condition" if parting.in_condition else "wrong-state-update"
    kept = {ast.dump(node) for node in buggy}
    extra = [node for node in fixed if ast.dump(node) not in kept]
    if extra and isinstance(extra[0], ast.If):
        return "missing-edge-case"
    return "wrong-condition" if parting.in_condition else "missing-step"


def _part(buggy: _Node, fixed: _Node, path: tuple[tuple[ast.AST, str], ...]) -> _Parting | None:
    """The first place, in source order, at which two trees differ; None for equal ones."""
    if isinstance(buggy, list) and isinstance(fixed, list) and len(buggy) == len(fixed):
        pairs = zip(buggy, fixed, strict=True)
        return next((found for b, f in pairs if (found := _part(b, f, path))), None)
    if isinstance(buggy, ast.Constant) and isinstance(fixed, ast.Constant):
        same = type(buggy.value) is type(fixed.value) and buggy.value == fixed.value
        return None if same else _Parting(buggy, fixed, path)
    if isinstance(buggy, ast.Name) and isinstance(fixed, ast.Name):
        return None if buggy.id == fixed.id else _Parting(buggy, fixed, path)
    if isinstance(buggy, ast.AST) and type(buggy) is type(fixed):
        if _one_apart(buggy, fixed):
            return _Parting(buggy, fixed, path)
        fields = ((getattr(buggy, name), getattr(fixed, name), name) for name in buggy._fields)
        return next((found for b, f, name in fields if (found := _part(b, f, (*path, (buggy, name))))), None)
    return None if buggy == fixed else _Parting(buggy, fixed, path)


def _one_apart(buggy: _Node, fixed: _Node) -> bool:
    """`3` and `4`, `n` and `n + 1`, `n - 1` and `n`."""
    if isinstance(buggy, ast.Constant) and isinstance(fixed, ast.Constant):
        values = (buggy.value, fixed.value)
        return all(type(v) is int for v in values) and abs(values[0] - values[1]) == 1  # type: ignore[operator]
    return _is_plus_one(buggy, fixed) or _is_plus_one(fixed, buggy)


def _is_plus_one(longer: _Node, shorter: _Node) -> bool:
    return (
        isinstance(longer, ast.BinOp)
        and isinstance(longer.op, ast.Add | ast.Sub)
        and isinstance(longer.right, ast.Constant)
        and longer.right.value == 1
        and isinstance(shorter, ast.AST)
        and ast.dump(longer.left) == ast.dump(shorter)
    )
