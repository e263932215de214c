"""Turns rows into the files of an exported dataset, and puts them on disk.

`data_files` makes the Parquet files. `write_export` replaces the earlier export as a whole, or leaves it
alone. `check_export` says whether a folder is a whole export. Not covered: what README.md and croissant.json say
(card.py), and splitting one split over several files.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.schema import CANARY, features
from debugarena.benchmark.dataset.splits import split_of
from debugarena.benchmark.errors import DebugArenaError, UsageError

# the order is that of the files; the first config that is exported is the default one
CONFIG_SPLITS = {"generated": ("train", "validation", "test"), "handcrafted": ("test",)}
TEXT_FILES = ("CHANGELOG.md", "README.md", "croissant.json", "validation.json")
ROWS_PER_GROUP = 1000  # small enough for the hub's viewer to read one group
_DATA_FILE = re.compile(r"data/(?P<config>\w+)/(?P<split>\w+)-00000-of-00001\.parquet")


@dataclass(frozen=True)
class DataFile:
    """One split as Parquet. `n_bytes` is its size in memory, as Arrow counts it."""

    config: str
    split: str
    rows: tuple[dict[str, Any], ...]
    content: bytes
    n_bytes: int

    @property
    def path(self) -> str:
        return f"data/{self.config}/{self.split}-00000-of-00001.parquet"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def place(row: Mapping[str, Any]) -> tuple[str, str]:
    """The config and split of a row. Bugs of one program share a split, whatever else is exported with them."""
    config = row["origin_kind"]
    if config not in CONFIG_SPLITS:
        known = ", ".join(CONFIG_SPLITS)
        raise UsageError(f"{row['bug_id']}: no config holds bugs of origin {config!r}; there are {known}")
    if config == "handcrafted":
        return config, "test"
    return config, split_of(row["program"])


def data_files(rows: Sequence[Mapping[str, Any]]) -> list[DataFile]:
    """One file for each split that has rows, in the order of CONFIG_SPLITS; rows sorted by bug_id."""
    placed: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["bug_id"]):
        placed.setdefault(place(row), []).append(dict(row))
    keys = [(config, split) for config, splits in CONFIG_SPLITS.items() for split in splits]
    return [_data_file(*key, placed[key]) for key in keys if key in placed]


def _data_file(config: str, split: str, rows: list[dict[str, Any]]) -> DataFile:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.Table.from_pylist(rows, schema=features().arrow_schema)
    buffer = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(
        table,
        buffer,
        row_group_size=ROWS_PER_GROUP,
        compression="zstd",
        use_content_defined_chunking=True,
        write_page_index=True,
    )
    content = buffer.getvalue()
    # counted on what a reader gets back, group by group, because that is what `datasets` compares with
    written = pyarrow.parquet.ParquetFile(content)
    # no threads: those of Arrow can outlive the read and abort the exit of Python (arrow#34314)
    n_bytes = sum(written.read_row_group(i, use_threads=False).nbytes for i in range(written.num_row_groups))
    return DataFile(config, split, tuple(rows), content.to_pybytes(), n_bytes)


def foreign_content(folder: Path) -> str:
    """What in the folder was not written by a build, in words; "" for our own export, whole or not, or no folder."""
    if not folder.exists():
        return ""
    if not folder.is_dir():
        return "it is a file"
    try:
        for name in _walk(folder):
            if not (name in TEXT_FILES or _DATA_FILE.fullmatch(name)):
                return f"it holds {name}"
        readme = folder / "README.md"
        if any(folder.iterdir()) and not (readme.is_file() and CANARY in readme.read_text("utf-8", errors="replace")):
            return "its README.md is not one of ours" if readme.exists() else "it has no README.md of ours"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return ""


def _walk(folder: Path, prefix: str = "") -> Iterator[str]:
    """Names of files and links, lazily: the folder may be somebody's home."""
    for path in sorted(folder.iterdir()):
        name = prefix + path.name
        if path.is_symlink():
            yield f"{name} (a link)"
        elif path.is_dir():
            yield from _walk(path, f"{name}/")
        else:
            yield name


def check_export(folder: Path) -> str:
    """The dataset version of a whole, undamaged export. UsageError says what is missing or changed."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; debugarena build makes one")
    foreign = foreign_content(folder)
    if foreign:
        raise UsageError(f"{folder} is not an export of debugarena build: {foreign}")
    missing = [name for name in TEXT_FILES if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"{folder} is not a whole export: it lacks {', '.join(missing)}; run debugarena build again")
    try:
        croissant = json.loads((folder / "croissant.json").read_bytes())
        stated = {f["contentUrl"]: f["sha256"] for f in croissant["distribution"] if "sha256" in f}
        version = str(croissant["version"])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{folder}/croissant.json cannot be read; run debugarena build again") from None
    found = {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (folder / "data").rglob("*.parquet")
    }
    for name in sorted(stated.keys() | found.keys()):
        if stated.get(name) != found.get(name):
            what = "is missing" if name not in found else "is not the file that croissant.json names"
            raise UsageError(f"{folder}/{name} {what}; run debugarena build again")
    return version


def write_export(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes `files` (path inside the folder -> content) the whole content of `folder`.

    They are written and flushed in a hidden sibling, which then changes places with the folder in one step. A kill at
    any moment leaves the old export or the new one. If the system cannot exchange two folders, two renames do it. A
    kill between them leaves the old export only in the hidden sibling `.<name>.old`, and the next call puts it back.
    UsageError if `folder` holds anything other than an export, DebugArenaError if the system refuses. The old export
    then stays, with nothing next to it.
    """
    stage, aside = (folder.parent / f".{folder.name}.{suffix}" for suffix in ("new", "old"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.parent):
            if aside.exists() and not folder.exists():
                aside.rename(folder)
            _remove(stage, aside)
            foreign = foreign_content(folder)
            if foreign:
                raise UsageError(f"{folder} is not replaced, because {foreign}; name another --out or move it away")
            try:
                _write_all(stage, files)
                _swap(stage, folder, aside)
            except OSError:  # half an export would keep a full disk full
                with suppress(OSError):
                    _remove(stage)
                raise
            _flush(folder.parent)
            _remove(stage, aside)
    except OSError as error:
        raise DebugArenaError(f"{folder} could not be written: {error.strerror or error}") from error


def _write_all(stage: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        _write_flushed(stage / name, content)
    for directory in sorted((p for p in stage.rglob("*") if p.is_dir()), reverse=True):
        _flush(directory)
    _flush(stage)


def _swap(stage: Path, folder: Path, aside: Path) -> None:
    if not folder.exists():
        stage.rename(folder)
    elif not _exchange(stage, folder):
        folder.rename(aside)
        try:
            stage.rename(folder)
        except OSError:
            aside.rename(folder)
            raise


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two folders in one step. False if the C library or the file system cannot (macOS, NFS)."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    at_cwd, rename_exchange = -100, 2
    return rename is not None and rename(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), rename_exchange) == 0


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lets one build at a time write below `folder`; leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks: builds must then not overlap
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_flushed(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
