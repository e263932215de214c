"""Code -> what its syntax tree says: whether it parses, what it defines and imports, what it may not reach for."""

from __future__ import annotations

import ast
import builtins
import copy
import re
import symtable
import warnings
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from unicodedata import combining, normalize

from debugarena.benchmark.languages.base import CodeFacts, HeadImport, Look
from debugarena.benchmark.languages.python.forbidden import offences
from debugarena.benchmark.languages.python.unreached import without_unreached
from debugarena.benchmark.sandbox.importable import bound_name, importable

# these bound the time of the parser, in which a server does nothing else; docs/threat-model.md has the seconds
MAX_CODE_CHARS = 16 * 1024
MAX_MARKS = 30  # combining characters in a row, as in UAX #15: CPython sorts n of them in a name in n * n steps
MAX_NAMES_TIMES_SCOPES = 500_000  # for each scope, CPython copies the names around it; 100 lines have about 100


def read_code(code: str, entry_point: str) -> CodeFacts:
    """Parses untrusted code without running it.

    `offences` are in source order, each as `line 3: imports os`; `imports` are the allowed modules the code names;
    `normalised` is the tree as text, without positions, comments, docstrings and type hints: two codes that differ only
    in these share it.
    """
    try:
        refuse_slow(code)
        tree, nodes, found, imports, missing = _read(code)
        reached = code
        if found or missing:
            reached = without_unreached(code, tree, entry_point)
            if reached != code:
                _, _, found, imports, _ = _read(reached)
        defined = _defined_names(tree)
        read = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        _drop_docstrings(nodes)
        _drop_hints(tree, nodes)
        normalised = ast.dump(tree)
    except SyntaxError as error:
        return CodeFacts(parses=False, error=f"line {error.lineno}: {error.msg}" if error.lineno else error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return CodeFacts(parses=False, error=str(error) or "nested too deeply")
    return CodeFacts(
        parses=True,
        defines_entry_point=entry_point in defined,
        offences=tuple(f"line {line}: {what}" for line, what in found),
        imports=tuple(sorted(imports)),
        normalised=normalised,
        reached=reached,
        unbound=read - defined,
    )


def _read(code: str) -> tuple[ast.Module, list[ast.AST], list[tuple[int, str]], set[str], bool]:
    """The tree, all its nodes, the offences, the imports that are allowed, and whether there are others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in a solution is the solution's affair
        tree = ast.parse(code)
        scopes = symtable.symtable(code, "<solution>", "exec")
    nodes = [*ast.walk(tree)]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    found = [importable(node) for node in imports]
    n_wanted = sum(len(node.names) if isinstance(node, ast.Import) else 1 for node in imports)
    return tree, nodes, offences(nodes, scopes), set().union(*found), sum(map(len, found)) < n_wanted


def refuse_slow(code: str) -> None:
    """ValueError, in one sentence, for code on which Python's parser and symbol table could spend a long time."""
    if len(code) > MAX_CODE_CHARS:
        raise ValueError(f"more than {MAX_CODE_CHARS} characters")
    if not code.isascii() and _most_marks(code) > MAX_MARKS:
        raise ValueError(f"more than {MAX_MARKS} combining characters in a row")
    # both counts are too high, as comments count too, but miss no name and no scope; each class has its own `__x`
    words = re.findall(r"[\w\x80-\U0010ffff]+", code)
    n_names = len(set(words)) + sum(word.startswith("__") and not word.endswith("__") for word in words)
    n_scopes = sum(map(code.count, ("def", "class", "lambda", "for")))
    if n_names * n_scopes > MAX_NAMES_TIMES_SCOPES:
        raise ValueError(f"{n_names} names in {n_scopes} functions, classes and loops are too many to look up")


def _most_marks(text: str) -> int:
    """The longest run of combining characters in a text whose characters are decomposed."""
    # one by one, because decomposing the whole text would sort the run
    parts = (part for character in text for part in normalize("NFKD", character))
    return max(
        (sum(1 for _ in run) for is_mark, run in groupby(parts, lambda p: combining(p) > 0) if is_mark), default=0
    )


def look_at(code: str, name: str) -> Look:
    """Whether untrusted code parses, and whether it then binds `name` at module level. Nothing is run."""
    try:
        refuse_slow(code)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in a solution is the solution's affair
            symbols = symtable.symtable(code, "<code>", "exec").get_symbols()
    except SyntaxError as error:
        return Look(in_string="unterminated triple-quoted" in error.msg)
    except (ValueError, RecursionError, MemoryError):
        return Look()
    return Look(True, any(s.get_name() == name and (s.is_assigned() or s.is_imported()) for s in symbols))


def begins_definition(code: str, name: str) -> bool:
    """Whether a line of code, which may not parse, begins to define `name`."""
    return bool(re.search(rf"^(?:async[ \t]+)?(?:def|class)[ \t]+{re.escape(name)}\b", code, re.MULTILINE))


@lru_cache(maxsize=4096)
def head_imports(code: str) -> tuple[HeadImport, ...]:
    """What the statements of a module import, one by one: only what a solution can import, and no builtin."""
    found = []
    try:
        refuse_slow(code)
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                one = copy.copy(node)
                one.names = [alias]
                name = bound_name(alias)
                if (modules := importable(one) - {"__future__"}) and name != "*" and not hasattr(builtins, name):
                    found.append(HeadImport(name, ast.unparse(one), modules.pop()))
    return tuple(found)


def _defined_names(tree: ast.Module) -> set[str]:
    """The names that statements of the module bind, also under `if`, `try` and the like."""
    names: set[str] = set()
    todo: list[ast.AST] = [*tree.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)  # what is inside is not the module's
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
            names.add((node.rest if isinstance(node, ast.MatchMapping) else node.name) or "")
            todo.extend(ast.iter_child_nodes(node))
        elif isinstance(node, ast.comprehension):
            todo += [node.iter, *node.ifs]  # a walrus in it binds for the module, its target does not
        elif not isinstance(node, ast.Lambda) and not (isinstance(node, ast.AnnAssign) and node.value is None):
            todo.extend(ast.iter_child_nodes(node))
    return names


def _drop_docstrings(nodes: Sequence[ast.AST]) -> None:
    for node in nodes:
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]


def _drop_hints(tree: ast.Module, nodes: Sequence[ast.AST]) -> None:
    """Removes type hints, except those in the bodies of classes, which can be fields; then removes unused imports."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    if any(isinstance(node, ast.AnnAssign) for node in nodes):
        for node in nodes:
            for name in () if isinstance(node, ast.ClassDef) else ("body", "orelse", "finalbody"):
                statements = getattr(node, name, None)
                if isinstance(statements, list):
                    setattr(node, name, [_without_hint(statement) for statement in statements])
    if any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in tree.body):
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        tree.body = [statement for statement in tree.body if _is_used(statement, used)]


def _without_hint(statement: ast.stmt) -> ast.stmt:
    if not isinstance(statement, ast.AnnAssign):
        return statement
    return ast.Assign([statement.target], statement.value) if statement.value else ast.Pass()


def _is_used(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a statement is not an import, or one of these names needs it; removes what none needs."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    statement.names = [alias for alias in statement.names if bound_name(alias) in names]
    return bool(statement.names)
