"""Your own programs: a folder of files like those in builder/programs/, to make bugs that nobody else has.

The files are imported, with whatever they import, so they are trusted as much as the package itself.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from debugarena.benchmark.errors import UsageError
from debugarena.builder.program import Program, load_programs, read_programs


def load_own_programs(folder: Path) -> list[Program]:
    """All programs of the folder, sorted by name. UsageError for an invalid file or program."""
    files = sorted(folder.glob("[a-z]*.py"))
    if not files:
        raise UsageError(f"{folder}: no programs here; they are Python files as in builder/programs/")
    programs = [program for file in files for program in _read(file)]
    if not programs:
        raise UsageError(f"{folder}: no public function or class in these files; a program is one, with a docstring")
    return sorted(programs, key=lambda program: program.name)


def load_all(folder: Path | None) -> list[Program]:
    """The programs of a folder or, without one, of the package."""
    return load_own_programs(folder) if folder else load_programs()


def _read(file: Path) -> list[Program]:
    name = f"debugarena_own_programs.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for the names in annotations
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # somebody's file can raise anything when it is imported
        raise UsageError(f"{file}: cannot be imported: {type(error).__name__}: {error}") from None
    return read_programs(module)
