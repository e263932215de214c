"""What the sources of an import share: the case, the entry, and how their files are read."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import Bug
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages.python.code_facts import read_code, refuse_slow
from debugarena.benchmark.sandbox.importable import IMPORTABLE_MODULES
from debugarena.benchmark.values import Compare, encode

UNSTATED = object()
MAX_FILE_BYTES = 16 << 20
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what `parse` raises


@dataclass(frozen=True)
class Case:
    """One input. `stated` is the value that its source gives, UNSTATED if the fixed code decides; or it `raises`.
    If one of two numbers is a float, the fixed code may be off by `tolerance`, absolute or relative.

    compare: None for the default, which is float if the value holds a float, else exact.
    """

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    stated: Any = UNSTATED
    raises: str | None = None
    compare: Compare | None = None
    tolerance: float = 1e-9

    @property
    def key(self) -> str:
        return encode([list(self.args), dict(self.kwargs)], canonical=False)


@dataclass(frozen=True)
class Found:
    """One entry of a source: a bug still without tests, and cases for them; or the reason why there is none."""

    name: str
    bug: Bug | None = None
    cases: tuple[Case, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    """The result for an entry: a row of the dataset, or the reason why there is none."""

    name: str
    row: dict[str, Any] | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def refused(bug: Bug) -> str:
    """Why the code of this bug cannot be run, or "". Call this before any of it runs."""
    for side, code in (("buggy", bug.buggy_code), ("fixed", bug.fixed_code)):
        facts = read_code(code, bug.entry_point)
        if not facts.parses:
            return f"the {side} code does not parse"
        if not facts.defines_entry_point:
            return f"the {side} code does not define {bug.entry_point}"
        if facts.offences:
            return f"the {side} code is on the forbidden list ({facts.offences[0]})"
        if missing := missing_modules(code):
            return f"the {side} code imports {missing}, which no solution may import"
    return ""


def missing_modules(code: str, known: Collection[str] = ()) -> str:
    """The first module, not among `known`, that the code imports and no solution may; or "". The code must parse."""
    names: list[str] = []
    for node in ast.walk(parse(code)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." * node.level + (node.module or ""))
    return next((name for name in names if name.split(".")[0] not in IMPORTABLE_MODULES | {*known}), "")


def parse(code: str) -> ast.Module:
    """The syntax tree of a source's code, within the same bounds as a solution."""
    refuse_slow(code)
    return ast.parse(code)


def read_text(path: Path, what: str) -> str:
    """The content of a text file. UsageError, in one sentence, if it cannot be read as text."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; {what} is expected here")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not text; {what} is expected here") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}); {what} is expected here") from None
    return text
