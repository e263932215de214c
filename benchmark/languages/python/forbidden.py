"""What a fix may not reach for, found in the syntax tree, never by substring.

This list says what counts as an attempt to cheat. It is not what keeps the machine safe: the sandbox does, and
none of these names exists there. Workarounds that no list can name (a name built at run time) gain nothing there.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Sequence

from debugarena.benchmark.sandbox.importable import bound_name, importable

FORBIDDEN_MODULES = frozenset(
    "_ctypes _io _posixsubprocess _socket _thread _xxsubinterpreters ast asyncio atexit bdb builtins code codecs "
    "codeop concurrent ctypes dis faulthandler fcntl gc glob imp importlib inspect io linecache marshal mmap "
    "multiprocessing nt os pathlib pdb pickle pkgutil platform posix posixpath profile pty resource runpy select "
    "selectors shelve shutil signal site socket sqlite3 ssl subprocess symtable sys sysconfig tempfile threading "
    "trace traceback tracemalloc types unittest urllib weakref webbrowser zipimport".split()
)
FORBIDDEN_NAMES = frozenset(
    "__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec exit globals help input locals open "
    "quit vars".split()
)
FORBIDDEN_ATTRIBUTES = frozenset(
    "__base__ __bases__ __builtins__ __closure__ __code__ __globals__ __import__ __loader__ __mro__ __reduce__ "
    "__reduce_ex__ __self__ __spec__ __subclasses__ __traceback__ ag_await ag_code ag_frame cr_await cr_code cr_frame "
    "cr_origin f_back f_builtins f_code f_globals f_locals f_trace gi_code gi_frame gi_yieldfrom mro "
    "tb_frame tb_next".split()
)


def offences(nodes: Sequence[ast.AST], scopes: symtable.SymbolTable) -> list[tuple[int, str]]:
    """What the code reaches for, as (line, words), in source order. nodes: all of its tree."""
    return sorted({*_name_offences(scopes), *_tree_offences(nodes)})


def _name_offences(table: symtable.SymbolTable) -> Iterator[tuple[int, str]]:
    """Forbidden builtins that some scope reads and the module does not define itself: a local named `open` is fine."""
    # looks only at what is on the list: a solution can have thousands of names
    top = {s.get_name() for s in _listed(table) if s.is_assigned() or s.is_imported()}
    todo = [table]
    while todo:
        scope = todo.pop()
        todo.extend(scope.get_children())
        for symbol in _listed(scope):
            name = symbol.get_name()
            builtin = symbol.is_global() or (scope is table and not symbol.is_assigned())
            if symbol.is_referenced() and builtin and (name not in top or name[0] == "_"):
                yield scope.get_lineno() or 1, f"uses {name}"


def _listed(scope: symtable.SymbolTable) -> list[symtable.Symbol]:
    return [scope.lookup(name) for name in FORBIDDEN_NAMES.intersection(scope.get_identifiers())]


def _tree_offences(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    imported: set[str] = set()
    own: set[str] = set()  # attributes that the code's classes define, or its methods set
    roots: dict[ast.expr, str | None] = {}  # of attributes: the name that the chain begins with
    for node in nodes:
        if isinstance(node, ast.Import):
            imported.update(map(bound_name, node.names))
        elif isinstance(node, ast.ClassDef):
            own.update(_fields(node))
        elif isinstance(node, ast.Attribute) and node not in roots:
            roots.update(_roots(node))
            if isinstance(node.ctx, ast.Store) and roots[node] == "self":
                own.add(node.attr)
    for node in nodes:
        line = getattr(node, "lineno", 1)
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_forbidden_module(alias.name):
                    yield line, f"imports {alias.name}"
        elif isinstance(node, ast.ImportFrom):
            modules = [] if importable(node) else [node.module or ""]
            for name in (*modules, *(alias.name for alias in node.names)):
                if _is_forbidden_module(name):
                    yield line, f"imports {name}"
        elif isinstance(node, ast.Attribute):
            if _is_forbidden_attribute(node.attr, own):
                yield line, f"reaches for .{node.attr}"
            elif roots[node] in imported and _is_forbidden_module(node.attr):
                yield line, f"reaches for the module {node.attr} through another"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            of, text = node.args[0] if node.args else None, _constant_text(node.args[1]) if node.args[1:] else None
            root = of.id if isinstance(of, ast.Name) else roots.get(of) if of else None
            if text is not None and _is_forbidden_by_getattr(text, root in imported, own):
                yield line, f"reaches for {text} by getattr"
        elif isinstance(node, ast.MatchClass):
            for attribute in node.kwd_attrs:
                if _is_forbidden_attribute(attribute, own):
                    yield line, f"reaches for .{attribute} in a pattern"


def _is_forbidden_attribute(name: str, own: set[str]) -> bool:
    """Whether an attribute is on the list and not the code's own. A name with two underscores is never its own."""
    return name in FORBIDDEN_ATTRIBUTES and (name not in own or name.startswith("__"))


def _is_forbidden_by_getattr(name: str, of_module: bool, own: set[str]) -> bool:
    """Whether `getattr(x, name)` is an offence. As in `x.name`, the code's own `x` may have `profile` or `input`."""
    listed = name in FORBIDDEN_NAMES or _is_forbidden_module(name)
    return _is_forbidden_attribute(name, own) or (listed and (of_module or name.startswith("_")))


def _fields(node: ast.ClassDef) -> Iterator[str]:
    """What a class defines in its body."""
    for field in node.body:
        if isinstance(field, ast.FunctionDef | ast.AsyncFunctionDef):
            yield field.name
        elif isinstance(field, ast.Assign | ast.AnnAssign):
            targets = field.targets if isinstance(field, ast.Assign) else [field.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _is_forbidden_module(name: str) -> bool:
    root = name.split(".")[0]
    return root in FORBIDDEN_MODULES or root.lstrip("_") in ("os", "sys", "io", "builtins", "importlib", "inspect")


def _roots(node: ast.expr) -> dict[ast.expr, str | None]:
    """The name that `node`, the end of a chain of attributes, begins with, for each attribute of the chain."""
    chain = []
    while isinstance(node, ast.Attribute):
        chain.append(node)
        node = node.value
    return dict.fromkeys(chain, node.id if isinstance(node, ast.Name) else None)


def _constant_text(node: ast.expr) -> str | None:
    """The text of a string literal, also of literals joined by +."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _constant_text(node.left), _constant_text(node.right)
        return left + right if left is not None and right is not None else None
    return None
