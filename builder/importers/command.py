"""Imports bugs from other collections, proves them and writes the valid ones, one JSON row per line. Code and tests
run only in the sandbox. Lists what cannot be imported, with the reason. Exits with 1 if nothing was imported.

  debugarena import quixbugs QuixBugs/ --out quixbugs.jsonl             # a clone of github.com/jkoppel/QuixBugs
  debugarena import humanevalpack humanevalpack.jsonl --out pack.jsonl  # the Python file of bigcode/humanevalpack
  debugarena import pytest folder/ --out ours.jsonl --license MIT       # N_buggy.py, N_fixed.py, test_N.py for each N

The rows keep the licence of their source. `debugarena validate FILE.jsonl` proves them again.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Sandbox
from debugarena.builder.importers import humanevalpack, pytest_files, quixbugs
from debugarena.builder.importers.proof import prove
from debugarena.builder.importers.shared import Found, Imported

Reader = Callable[[Path, str, Sandbox], tuple[list[Found], list[str]]]
# the reader of each source, and the licence of its rows without --license
SOURCES: dict[str, tuple[Reader, str]] = {
    "quixbugs": (quixbugs.read, "MIT"),
    "humanevalpack": (humanevalpack.read, "MIT"),
    "pytest": (pytest_files.read, "unknown"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena import`."""
    licences = ", ".join(f"{name} {licence}" for name, (_, licence) in SOURCES.items())
    parser.add_argument("source", choices=[*SOURCES], help="format of the source")
    parser.add_argument("path", type=Path, metavar="PATH", help="the folder or file that holds it")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.jsonl", help="file to write; replaces an earlier one"
    )
    parser.add_argument("--license", metavar="NAME", help=f"an SPDX name for the rows (default: {licences})")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena import`."""
    read, licence = SOURCES[args.source]
    if args.out.suffix != ".jsonl":
        raise UsageError(f"{args.out}: the file to write must end in .jsonl, so that debugarena validate can read it")
    if not args.out.absolute().parent.is_dir():
        raise UsageError(f"{args.out.parent}: no such folder to write to; make it first")
    if not args.path.exists():
        raise UsageError(f"{args.path}: no such file or folder")
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        found, notes = read(args.path, args.license or licence, sandbox)
        if not found:
            raise UsageError(f"{args.path}: no bugs in the form of {args.source} here; see debugarena import --help")
        imported = prove(found, sandbox)
        if args.allow_weak:
            warn_if_weak(sandbox)
    rows = [item.row for item in imported if item.row is not None]
    if rows:
        _write(args.out, rows)
    if args.json:
        print(json.dumps(to_json(args.source, args.out, imported, notes), indent=2))
    else:
        print_lines(args.out, imported, notes)
    return 0 if rows else 1


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Writes all rows or nothing."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path}: cannot be written ({error.strerror or error}); choose another --out") from None


def to_json(source: str, out: Path, imported: Sequence[Imported], notes: Sequence[str]) -> dict[str, Any]:
    """The `--json` form. `out` is null if nothing was written."""
    bugs = [item for item in imported if item.row is not None]
    return {
        "source": source,
        "out": str(out) if bugs else None,
        "n": len(imported),
        "n_imported": len(bugs),
        "bugs": [{"id": item.name, "notes": list(item.notes)} for item in bugs],
        "skipped": [{"id": i.name, "reason": i.reason, "notes": list(i.notes)} for i in imported if i.row is None],
        "notes": list(notes),
    }


def print_lines(out: Path, imported: Sequence[Imported], notes: Sequence[str]) -> None:
    """One line per note and per skipped entry, then the count."""
    console = Console()
    for item in imported:
        for note in item.notes:
            console.print(f"{escape(item.name)}: {escape(note)}", soft_wrap=True, highlight=False)
    for note in notes:
        console.print(escape(note), soft_wrap=True, highlight=False)
    for item in imported:
        if item.row is None:
            console.print(f"[red]{escape(item.name)}: skipped: {escape(item.reason)}", soft_wrap=True, highlight=False)
    n_rows = sum(item.row is not None for item in imported)
    where = f"; {out}" if n_rows else "; nothing was written"
    console.print(f"{n_rows} of {len(imported)} imported{escape(where)}", soft_wrap=True, highlight=False)
