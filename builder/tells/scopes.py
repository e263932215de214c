"""Which names each scope of a code binds, and which of them something reads.

Python's own symtable gives other answers from 3.12 on, where a function has the names of its comprehensions. A seed
must give the same bugs under every version. Not covered: what only newer versions can parse, such as type parameters.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension. `shared`: its global and nonlocal names.

    looked_up: names that it reads itself. read: names of its own that it or a scope inside it reads.
    """

    name: str
    outer: Scope | None = None
    is_class: bool = False
    bound: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    looked_up: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    @property
    def own(self) -> set[str]:
        """The names of its own."""
        return self.bound - self.shared

    def owner(self, name: str) -> Scope | None:
        """The scope whose variable is read here under this name; None if no scope binds it."""
        scope: Scope | None = self
        while scope and (name not in scope.own or (scope.is_class and scope is not self)):
            scope = scope.outer
        return scope


def scopes_of(tree: ast.Module) -> list[Scope]:
    """All scopes, the module's first."""
    reader = _Reader()
    reader.visit(tree)
    for scope in reader.scopes:
        for name in scope.looked_up:
            if owner := scope.owner(name):
                owner.read.add(name)
    return reader.scopes


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self._here = Scope("module")
        self.scopes = [self._here]

    @contextmanager
    def _inside(self, name: str, is_class: bool = False) -> Iterator[None]:
        outer = self._here
        self._here = Scope(name, outer, is_class)
        self.scopes.append(self._here)
        yield
        self._here = outer

    def _visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        (self._here.looked_up if isinstance(node.ctx, ast.Load) else self._here.bound).add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._here.bound.add(node.name)
        self._visit_all([*node.decorator_list, node.returns])
        self._visit_function(node.name, node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function("lambda", node.args, [node.body])

    def _visit_function(self, name: str, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, [args.vararg, args.kwarg])]
        self._visit_all([*args.defaults, *args.kw_defaults, *(parameter.annotation for parameter in parameters)])
        with self._inside(name):
            self._here.bound.update(parameter.arg for parameter in parameters)
            self._visit_all(body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._here.bound.add(node.name)
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        with self._inside(node.name, is_class=True):
            self._visit_all(node.body)

    def _visit_comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        with self._inside("comprehension"):
            self._visit_all([first.target, *first.ifs, *node.generators[1:]])
            self._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_comprehension

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self._here
        while scope.name == "comprehension" and scope.outer:
            scope = scope.outer
        scope.bound.add(node.target.id)

    def visit_alias(self, node: ast.alias) -> None:
        self._here.bound.add(node.asname or node.name.partition(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._here.bound.update(filter(None, [node.name]))
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        self._here.bound.update(filter(None, [node.name]))
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._here.bound.update(filter(None, [node.rest]))
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        self._here.shared.update(node.names)

    visit_Nonlocal = visit_Global
