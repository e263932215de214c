"""Neutral names for Python: the entry point and its parameters, or for a class the parameters of all its methods.

Attributes, local variables, methods and the names of helper functions stay.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence
from itertools import accumulate

import libcst as cst

from debugarena.benchmark.languages.python.code_facts import refuse_slow
from debugarena.benchmark.languages.renaming import rename_text

_OWN_NAMES = ("self", "cls")
MAX_MATCH_DEPTH = 5  # of brackets in code with a `match`: each level more takes libcst two to four times as long


def neutral_names(codes: Sequence[str], entry_point: str) -> dict[str, str]:
    """Old name -> new name, the entry point first; none of the codes uses the new names.

    The entry point becomes `solution_1`, `Solution1` for a class, its parameters `arg_1`, `arg_2` and so on.
    ValueError for code that cannot be read.
    """
    trees = [_parse(code) for code in codes]
    taken = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    parameters: list[str] = []
    is_class = False
    for tree in trees:
        for node in _entry_nodes(tree, entry_point):
            is_class = is_class or isinstance(node, ast.ClassDef)
            functions = node.body if isinstance(node, ast.ClassDef) else [node]
            for function in functions:
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    parameters += [name for name in _parameters(function.args) if name not in _OWN_NAMES]
    fresh = (f"arg_{i}" for i in range(1, 1000) if f"arg_{i}" not in taken)
    return {entry_point: "Solution1" if is_class else "solution_1"} | {
        name: next(fresh) for name in dict.fromkeys(parameters)
    }


def renamed(code: str, entry_point: str, names: Mapping[str, str]) -> str:
    """Code with those names; layout and comments survive. neutral_names must have read the code."""
    return cst.parse_module(code).visit(_Renamer(entry_point, names)).code


def _parse(code: str) -> ast.Module:
    try:
        refuse_slow(code)
        tree = ast.parse(code)
        if any(isinstance(node, ast.Match) for node in ast.walk(tree)) and _depth(code) > MAX_MATCH_DEPTH:
            raise ValueError(f"brackets nested deeper than {MAX_MATCH_DEPTH} levels, and a match statement")
    except (SyntaxError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise ValueError(str(error) or "nested too deeply") from None
    return tree


def _depth(code: str) -> int:
    """How deep the brackets of code that parses are nested."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return max(
        accumulate((t.string in "([{") - (t.string in ")]}") for t in tokens if t.type == tokenize.OP), default=0
    )


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
        # a keyword of another function: sorted(key=...) stays, whatever our parameters are called
        pairs = zip(original_node.args, updated_node.args, strict=True)
        return updated_node.with_changes(args=[new.with_changes(keyword=old.keyword) for old, new in pairs])

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        return updated_node.with_changes(value=rename_text(original_node.value, self.entry_point, self.names))

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.Expr:
        docstring = original_node.value
        if not isinstance(docstring, cst.SimpleString):
            return updated_node
        text = rename_text(docstring.value, self.entry_point, self.names)
        return updated_node.with_changes(value=docstring.with_changes(value=text))
