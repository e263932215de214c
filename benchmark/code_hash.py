"""Finds and hashes the code of ours that a result depends on: a module and all that it imports from this package.

Comments, docstrings and layout do not count. Not covered: what is started as a program or looked up by name, such as
the sandbox's child (see sandbox_hash) and the programs that bugs are made from.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def code_hash(module: str) -> str:
    """SHA-256, in hex, of what a module and its imports do; the same under every version of Python."""
    digest = hashlib.sha256()
    for name, path in sorted(sources_of(module).items()):
        digest.update(f"{name}\0{_meaning(ast.parse(path.read_bytes()))}\0".encode())
    return digest.hexdigest()


@cache
def sources_of(module: str) -> dict[str, Path]:
    """Dotted name -> file of a module and of every module of ours that it imports, now or when a function is called.

    The packages that a module is in are left out, unless a name is imported from them. ModuleNotFoundError if there
    is no such module.
    """
    found: dict[str, Path] = {}
    left = [module]
    while left:
        name = left.pop()
        if name in found:
            continue
        if not (path := _file(name)):
            raise ModuleNotFoundError(f"no module named {name!r}", name=name)
        found[name] = path
        left += direct_imports(path)
    return found


def direct_imports(path: Path) -> set[str]:
    """Dotted names of the modules of ours that a file imports, now or when a function is called."""
    return set(_imports(ast.parse(path.read_bytes())))


def _file(name: str) -> Path | None:
    """The file of a module of ours, None for any other name. Imports nothing below the module's room."""
    match name.split("."):
        case "debugarena", room, *below:
            paths = [Path(folder, *below) for folder in importlib.import_module(f"debugarena.{room}").__path__]
            files = (file for path in paths for file in (path / "__init__.py", path.with_suffix(".py")))
            return next((file for file in files if file.is_file()), None)
    return None


def _imports(tree: ast.AST) -> Iterator[str]:
    """What a module imports from this package, except what only type checkers see."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("debugarena."))
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "debugarena":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if _file(inner) else node.module
        elif not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            yield from _imports(node)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The children of a node that can hold statements; expressions cannot."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        below = getattr(node, field, ())
        if isinstance(below, list):
            yield from below


def _meaning(node: Any) -> str:
    """A tree as text. Empty fields are left out, because versions of Python differ in which fields they have."""
    if isinstance(node, list):
        return f"[{','.join([_meaning(one) for one in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    shown = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False):
            value = value[1:]
        shown.append(f"{name}={_meaning(value)}")
    return f"{type(node).__name__}({','.join(shown)})"


@cache
def sandbox_hash() -> str:
    """SHA-256 over the source of the sandbox that gave the verdicts."""
    folder = Path(__file__).with_name("sandbox")
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
