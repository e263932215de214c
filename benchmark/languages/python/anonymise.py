"""The same bug under neutral names, so that recall of a well-known function can be told from repair.

The entry point and its parameters (for a class: the parameters of all its methods) are renamed in the code, in the
tests and in the task sentence, where parameters stand in backticks. Attributes, local variables, methods and the
names of helper functions stay. Python only.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate

import libcst as cst

from debugarena.benchmark.dataset.schema import Bug, CallCase
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages.python.code_facts import refuse_slow

_OWN_NAMES = ("self", "cls")
MAX_MATCH_DEPTH = 5  # of brackets where there is a `match`: each more takes libcst two to four times as long


def anonymise(bug: Bug) -> Bug:
    """The bug with its entry point named `solution_1` (`Solution1` for a class) and its parameters `arg_1`, `arg_2` ...

    The id and the program stay, so that intervals and comparisons still pair; the content hash changes. UsageError for
    a language other than Python, and for code that cannot be read.
    """
    if bug.language != "python":
        raise UsageError(f"{bug.bug_id}: --anonymise can rename Python only, not {bug.language}")
    trees = [_parse(bug.bug_id, code) for code in (bug.buggy_code, bug.fixed_code)]
    names = _renaming(bug, trees)
    renamed = [
        cst.parse_module(c).visit(_Renamer(bug.entry_point, names)).code for c in (bug.buggy_code, bug.fixed_code)
    ]
    tests = tuple(
        replace(test, calls=tuple(_rename_call(case, bug.entry_point, names) for case in test.calls))
        for test in bug.tests
    )
    task = _rename_text(bug.task, bug.entry_point, names)
    return replace(
        bug,
        entry_point=names[bug.entry_point],
        task=task,
        buggy_code=renamed[0],
        fixed_code=renamed[1],
        tests=tests,
    )


def _parse(bug_id: str, code: str) -> ast.Module:
    try:
        refuse_slow(code)
        tree = ast.parse(code)
        if any(isinstance(node, ast.Match) for node in ast.walk(tree)) and _depth(code) > MAX_MATCH_DEPTH:
            raise ValueError(f"brackets nested deeper than {MAX_MATCH_DEPTH} levels, and a match statement")
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        why = str(error) or "nested too deeply"
        raise UsageError(f"{bug_id}: --anonymise cannot read the code: {why}") from None
    return tree


def _depth(code: str) -> int:
    """How deep the brackets of code that parses are nested."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return max(
        accumulate((t.string in "([{") - (t.string in ")]}") for t in tokens if t.type == tokenize.OP), default=0
    )


def _renaming(bug: Bug, trees: list[ast.Module]) -> dict[str, str]:
    """Old name -> new name, the entry point first; new names are not in use in either code."""
    taken = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    parameters: list[str] = []
    is_class = False
    for tree in trees:
        for node in _entry_nodes(tree, bug.entry_point):
            is_class = is_class or isinstance(node, ast.ClassDef)
            functions = node.body if isinstance(node, ast.ClassDef) else [node]
            for function in functions:
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    parameters += [name for name in _parameters(function.args) if name not in _OWN_NAMES]
    fresh = (f"arg_{i}" for i in range(1, 1000) if f"arg_{i}" not in taken)
    return {bug.entry_point: "Solution1" if is_class else "solution_1"} | {
        name: next(fresh) for name in dict.fromkeys(parameters)
    }


def _entry_nodes(tree: ast.Module, entry_point: str) -> list[ast.stmt]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node for node in tree.body if isinstance(node, kinds) and node.name == entry_point]


def _parameters(arguments: ast.arguments) -> list[str]:
    single = [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *single)]


class _Renamer(cst.CSTTransformer):
    """Renames the entry point everywhere and its parameters inside it; layout and comments survive."""

    def __init__(self, entry_point: str, names: Mapping[str, str]) -> None:
        super().__init__()
        self.entry_point, self.names = entry_point, names
        self._open: list[str] = []  # functions and classes around the current node, outermost first
        self._own: set[str] = {entry_point}  # functions whose parameters are renamed with the entry point's

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._open.append(node.name.value)
        if self._inside:
            self._own.add(node.name.value)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self._open.pop()
        return updated_node

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._open.append(node.name.value)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self._open.pop()
        return updated_node

    @property
    def _inside(self) -> bool:
        return self._open[:1] == [self.entry_point]

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        name = original_node.value
        if name == self.entry_point or (self._inside and name in self.names):
            return updated_node.with_changes(value=self.names[name])
        return updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        function = original_node.func.attr if isinstance(original_node.func, cst.Attribute) else original_node.func
        if isinstance(function, cst.Name) and function.value in self._own:
            return updated_node
        # a keyword of somebody else's function: sorted(key=...) stays, whatever our parameters are called
        pairs = zip(original_node.args, updated_node.args, strict=True)
        return updated_node.with_changes(args=[new.with_changes(keyword=old.keyword) for old, new in pairs])

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        return updated_node.with_changes(value=_rename_text(original_node.value, self.entry_point, self.names))

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.Expr:
        docstring = original_node.value
        if not isinstance(docstring, cst.SimpleString):
            return updated_node
        text = _rename_text(docstring.value, self.entry_point, self.names)
        return updated_node.with_changes(value=docstring.with_changes(value=text))


def _rename_text(text: str, entry_point: str, names: Mapping[str, str]) -> str:
    """Parameters inside backticks, and the entry point anywhere: a bare `a` may be an article."""

    def rename(match: re.Match[str]) -> str:
        return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: names.get(word.group(), word.group()), match.group())

    text = re.sub(r"`[^`]*`", rename, text)
    return re.sub(rf"\b{re.escape(entry_point)}\b", names[entry_point], text) if "_" in entry_point else text


def _rename_call(case: CallCase, entry_point: str, names: Mapping[str, str]) -> CallCase:
    target = names[entry_point] if case.target == entry_point else case.target
    return replace(case, target=target, kwargs={names.get(k, k): v for k, v in case.kwargs.items()})
