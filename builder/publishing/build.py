"""Validates every bug and exports the dataset: Parquet files with README.md, croissant.json, CHANGELOG.md and
validation.json. If one bug is invalid, nothing is written and the exit code is 1. Two builds of the same bugs give the
same bytes. What differs between runs and machines goes into build-log.json next to the folder. If a build is killed,
the earlier export stays whole. Generated bugs are made first, into the folder `generated` next to the export, which
takes half an hour or less on two cores. A second build finds them there. If `debugarena leaks` finds a leak between
splits, nothing is made. Generated bugs that mypy or ruff finds are left out, so the extra `dev` must be installed.

  debugarena build                          # all configs, to dist/debugarena
  debugarena build --config handcrafted     # only the bugs that come with the package: seconds
  debugarena build my-bugs/ --out dist/mine
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.loading import load_bugs
from debugarena.benchmark.dataset.schema import DATASET_VERSION, Bug, dataset_hash, row_from_bug
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER
from debugarena.benchmark.errors import DebugArenaError, UsageError
from debugarena.benchmark.files import write_whole
from debugarena.benchmark.layers import weakness
from debugarena.benchmark.options import add_sandbox_arguments, warn_if_weak
from debugarena.benchmark.sandbox import Sandbox
from debugarena.benchmark.wording import counted
from debugarena.builder.program import load_programs
from debugarena.builder.publishing.card import make_card, make_croissant, read_changelog
from debugarena.builder.publishing.export import CONFIG_SPLITS, data_files, foreign_content, write_export
from debugarena.builder.tells.tools import tool_tells, tool_versions
from debugarena.builder.validate import Checked, print_table, to_json, validate_paths

LOGGED_PACKAGES = ("debugarena", "datasets", "huggingface_hub", "pyarrow", "ruamel.yaml")


def make_export(checked: Sequence[Checked]) -> dict[str, bytes]:
    """Every file of the export, as path inside the folder -> content. Depends on the bugs, not on their order.

    UsageError if a bug is not valid or there is none.
    """
    measured = [(c.bug, c.measured) for c in checked if c.valid]
    rows = [row_from_bug(bug, facts) for bug, facts in measured if bug is not None and facts is not None]
    if len(rows) < len(checked) or not rows:
        valid = f"{len(rows)} of {counted(len(checked), 'bug')}"
        raise UsageError(f"{valid} are valid; an export needs all of them, and at least one")
    tables = data_files(rows)
    proofs = sorted((replace(c, file=Path(c.file).name) for c in checked), key=lambda c: c.bug_id)
    return {
        "CHANGELOG.md": read_changelog().encode(),
        "README.md": make_card(tables).encode(),
        "croissant.json": _json_bytes(make_croissant(tables)),
        **{table.path: table.content for table in tables},
        "validation.json": _json_bytes(to_json(proofs)),
    }


def _json_bytes(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _build_log(bugs: list[Bug], layers: Sequence[str], seconds: float) -> dict[str, Any]:
    return {
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "dataset_version": DATASET_VERSION,
        "dataset_hash": dataset_hash(bugs),
        "n_bugs": len(bugs),
        "host": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
        },
        "isolation_layers": list(layers),
        "weak_sandbox": bool(weakness(layers)),
        "versions": {name: version(name) for name in LOGGED_PACKAGES},
    }


def _our_own(config: str, parts: Path, args: argparse.Namespace) -> list[Path]:
    """The files and folders of our own bugs. Makes the generated ones if they are missing."""
    paths = [BUGS_FOLDER] if config in ("handcrafted", "all") else []
    if config in ("generated", "all"):
        from debugarena.builder.publishing.generated import make_parts, refuse_leaks  # imports libcst

        refuse_leaks(load_programs(), load_bugs(), args.workers, args.allow_weak)
        tool_versions()  # a missing tool is reported before the minutes that this takes
        make_parts(parts, args.workers, args.allow_weak, show_progress=sys.stderr.isatty())
        paths.append(parts)
    return paths


def _without_repeats(checked: Sequence[Checked]) -> tuple[list[Checked], int]:
    """Leaves out generated bugs that are valid but repeat an earlier one: two levels can make the same bug."""

    def repeats(item: Checked) -> bool:
        is_generated = item.bug is not None and item.bug.origin_kind == "generated"
        codes = {reason.code for reason in item.reasons}
        return is_generated and bool(codes) and codes <= {"repeated-code", "repeated-behaviour"}

    kept = [item for item in checked if not repeats(item)]
    return kept, len(checked) - len(kept)


def without_tells(checked: Sequence[Checked]) -> tuple[list[Checked], int]:
    """Leaves out valid generated bugs that mypy or ruff can find. Also returns how many."""
    generated = [c.bug for c in checked if c.valid and c.bug is not None and c.bug.origin_kind == "generated"]
    tells = tool_tells([(bug.buggy_code, bug.fixed_code) for bug in generated])
    told = {bug.bug_id for bug, rules in zip(generated, tells, strict=True) if rules}
    return [item for item in checked if item.bug_id not in told], len(told)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `debugarena build`."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="bug files or folders (default: our own)")
    parser.add_argument(
        "--config", choices=[*CONFIG_SPLITS, "all"], help="without PATH: which of our own bugs (default: all)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("dist/debugarena"),
        metavar="DIR",
        help="folder to write, or to replace if it is an earlier export (default: dist/debugarena)",
    )
    add_sandbox_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """`debugarena build`."""
    started = time.monotonic()
    folder = args.out.resolve()
    foreign = foreign_content(folder)
    if foreign:  # checked again before the swap; checked here so that nobody waits in vain
        raise UsageError(f"{args.out} is not replaced, because {foreign}; name another --out or move it away")
    if args.paths and args.config:
        raise UsageError("--config chooses among our own bugs; leave it out if you name files or folders")
    paths = args.paths or _our_own(args.config or "all", folder.parent / "generated", args)
    with Sandbox(args.workers, allow_weak=args.allow_weak) as sandbox:
        checked = validate_paths(paths, sandbox, show_progress=sys.stderr.isatty())
        if args.allow_weak:
            warn_if_weak(sandbox)
        layers = sandbox.layers
    checked, n_repeats = _without_repeats(checked)
    checked, n_told = (checked, 0) if args.paths else without_tells(checked)
    if not all(item.valid for item in checked):
        print_table(checked)
        print(f"debugarena build: nothing was written to {args.out}, because not every bug is valid", file=sys.stderr)
        return 1
    files = make_export(checked)
    write_export(folder, files)
    bugs = [item.bug for item in checked if item.bug is not None]
    log = _build_log(bugs, layers, time.monotonic() - started)
    log |= {"generated_repeats_left_out": n_repeats, "generated_tells_left_out": n_told}
    try:
        write_whole(folder.parent / "build-log.json", _json_bytes(log))
    except OSError as error:
        raise DebugArenaError(f"{args.out} is written, but not build-log.json next to it: {error.strerror}") from error
    n_kib = sum(map(len, files.values())) / 1024
    what = f"{counted(len(bugs), 'bug')}, {counted(len(files), 'file')}"
    print(f"{args.out}: {what}, {n_kib:.0f} KiB, version {DATASET_VERSION}")
    return 0
