"""A program, read from the file of its domain: the code that bugs are made from, its contract and its inputs.

Splits and statistics treat a program as one unit: all its bugs share a split. builder/programs/ says how to write one.
Not covered: whether the program does what its contract says. Its example and its readers have to check that.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages.python.code_facts import read_code
from debugarena.benchmark.wording import unwrapped
from debugarena.builder.programs import DOMAINS

PROGRAMS_FOLDER = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class Program:
    """`name` is `<domain>/<entry point>`; `code` is complete, with imports and helpers and without the docstring.

    inputs: yields tuples of arguments or lists of calls; see builder/programs/.
    """

    name: str
    entry_point: str
    contract: str
    code: str
    inputs: Callable[[Random], Iterator[Any]]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """The modules that the sandbox must have ready; mutations never change them."""
        return read_code(self.code, self.entry_point).imports


def load_programs(domains: Sequence[str] = DOMAINS) -> list[Program]:
    """All programs of the domains, sorted by name. UsageError names an invalid program."""
    return sorted((program for domain in domains for program in _of_domain(domain)), key=lambda p: p.name)


@cache
def _of_domain(domain: str) -> tuple[Program, ...]:
    return tuple(read_programs(importlib.import_module(f"debugarena.builder.programs.{domain}")))


def read_programs(module: ModuleType) -> list[Program]:
    """The programs of one module, in source order. UsageError for one without a contract or inputs."""
    source = inspect.getsource(module)
    tree = ast.parse(source)
    definitions = {name: node for node in tree.body for name in _defined(node)}
    domain = module.__name__.rpartition(".")[2]
    programs = []
    for name, node in definitions.items():
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or name.startswith(("_", "inputs_")):
            continue
        where = f"{module.__file__}: {name}"
        inputs = getattr(module, f"inputs_{name}", None)
        if inputs is None:
            raise UsageError(f"{where} has no inputs; write inputs_{name}(rng) beside it, or begin its name with _")
        contract = textwrap.dedent((ast.get_docstring(node) or "").partition("\n\n")[0])
        if not contract:
            raise UsageError(f"{where} has no contract; say in one sentence what it does")
        code = _code_of(name, definitions, tree, source)
        programs.append(Program(f"{domain}/{name}", name, unwrapped(contract), code, inputs))
    return programs


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def _code_of(entry_point: str, definitions: dict[str, ast.stmt], tree: ast.Module, source: str) -> str:
    """Imports, helpers and the entry point itself, as they are in the source."""
    wanted: set[str] = set()
    todo = {entry_point}
    while todo:
        name = todo.pop()
        wanted.add(name)
        if name in definitions:
            used = {node.id for node in ast.walk(definitions[name]) if isinstance(node, ast.Name)}
            todo |= used - wanted
    imports = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias for alias in node.names if (alias.asname or alias.name).split(".")[0] in wanted]
            if names:
                kept = ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, 0)
                imports.append(ast.unparse(kept))
    lines = source.splitlines()
    parts = ["\n".join(imports)] if imports else []
    constants: list[str] = []
    for node in tree.body:
        if wanted.isdisjoint(_defined(node)):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        kept_lines = lines[first - 1 : node.end_lineno]
        if entry_point in _defined(node):
            kept_lines = _without_docstring(node, lines, first)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if constants:
                parts.append("\n".join(constants))
                constants = []
            parts.append("\n".join(kept_lines))
        else:
            constants += kept_lines
    if constants:
        parts.append("\n".join(constants))
    return "\n\n\n".join(parts) + "\n"


def _without_docstring(node: ast.stmt, lines: list[str], first: int) -> list[str]:
    body = node.body  # type: ignore[attr-defined]
    docstring = body[0]
    after = docstring.end_lineno
    while not lines[after].strip():
        after += 1
    return [*lines[first - 1 : docstring.lineno - 1], *lines[after : node.end_lineno]]
