"""Reads bugs from YAML, JSONL and Parquet files, folders of them, an exported dataset or the hub."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.parquet import Unreadable, read_rows
from debugarena.benchmark.dataset.schema import STATED_COLUMNS, Bug, bug_from_row
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.errors import BugFileError, DebugArenaError, UsageError
from debugarena.benchmark.files import lines_of, pieces_of, unpacked
from debugarena.benchmark.values import Unencodable

SUFFIXES = (".yaml", ".yml", ".jsonl", ".jsonl.gz", ".parquet")
DEFAULT_SPLIT = "test"
MAX_FILE_BYTES = 1 << 30  # of JSON; parquet.py has the limits for Parquet
MAX_ROW_BYTES = 128 * 1024  # the largest row that we ship has 12 KiB


@dataclass(frozen=True)
class FoundBug:
    """One bug, or the reason why there is none, with its place. `line` counts from 1; in Parquet it is the row."""

    file: str
    line: int
    bug: Bug | None
    error: BugFileError | None = None


def load_bugs(
    source: str | Path | None = None,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
) -> list[Bug]:
    """The bugs of one config and split, in the order of their ids.

        load_bugs()                                   # the handcrafted bugs of the package
        load_bugs("dist/debugarena", split="train")   # those of an export

    source: None for the handcrafted bugs that come with the package, a folder (an export of `debugarena build`, or one
    of bug files), a bug file, or a hub id such as `org/debugarena`. split defaults to `test`, config to the dataset's
    default; both apply only to exports and hub ids, revision only to hub ids. UsageError for a name that does not
    exist, BugFileError for a file that cannot be read.
    """
    if source is None:
        _refuse("the packaged bugs", config=config, split=split, revision=revision)
        bugs = [_bug_or_raise(one) for one in read_bug_files([BUGS_FOLDER])]
    elif Path(source).exists():
        folder = Path(source)
        _refuse(f"the local {source}", revision=revision)
        if (folder / "data").is_dir():
            found = _read_parquet(_export_file(folder, config, split))
        else:
            _refuse(f"{source}, which is not an exported dataset,", config=config, split=split)
            found = read_bug_files([folder])
        bugs = [_bug_or_raise(one) for one in found]
    elif _is_hub_id(source):
        rows = _hub_rows(str(source), config, split, revision)
        bugs = [_bug_or_raise(_found(Path(source), number, row)) for number, row in enumerate(rows, 1)]
    else:
        raise UsageError(f"{source}: no such folder or file, and a hub id looks like org/debugarena")
    if not bugs:
        raise UsageError(f"{source or BUGS_FOLDER}: no bugs here" + (f", in the split {split}" if split else ""))
    bugs.sort(key=lambda bug: bug.bug_id)
    for one, next_one in pairwise(bugs):
        if one.bug_id == next_one.bug_id:
            raise UsageError(f"{source}: two bugs have the id {one.bug_id}; run debugarena validate {source}")
    return bugs


def read_bug_files(paths: Sequence[Path | str]) -> Iterator[FoundBug]:
    """Every bug or error in files and folders, in a stable order; bad content raises nothing."""
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.name.endswith(SUFFIXES) and p.is_file())
            if not files:
                yield _error(path, 0, f"no bug files here; they end in {', '.join(SUFFIXES)}", "no-bugs")
            for file in files:
                yield from _read_file(file)
        else:
            yield from _read_file(path)


def _read_file(path: Path) -> Iterator[FoundBug]:
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        yield from _read_jsonl(path)
    elif path.suffix == ".parquet":
        yield from _read_parquet(path)
    elif path.suffix in (".yaml", ".yml") or not path.exists():
        try:
            yield FoundBug(str(path), 1, read_bug(path))
        except BugFileError as error:
            yield FoundBug(str(path), error.line, None, error)
    else:
        yield _error(path, 0, f"not a bug file; they end in {', '.join(SUFFIXES)}", "unknown-kind")


def _read_jsonl(path: Path) -> Iterator[FoundBug]:
    empty = True
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            yield _error(path, 0, f"larger than {MAX_FILE_BYTES >> 20} MiB; split it", "too-large")
            return
        with path.open("rb") as file:
            pieces = unpacked(pieces_of(file)) if path.suffix == ".gz" else pieces_of(file)
            for number, line in enumerate(lines_of(pieces, MAX_ROW_BYTES), 1):
                if not line.strip():
                    continue
                empty = False
                if len(line) > MAX_ROW_BYTES:
                    yield _error(path, number, f"longer than {MAX_ROW_BYTES >> 10} KiB; drop large tests", "too-large")
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield _error(path, number, f"not a line of JSON: {error}", "bad-json")
                else:
                    yield _found(path, number, row)
    except OSError as error:
        yield _error(path, 0, f"cannot be read: {error.strerror or error}", "unreadable")
        return
    except (EOFError, zlib.error) as error:
        yield _error(path, 0, f"damaged gzip: {str(error) or 'it is cut off'}", "unreadable")
        return
    if empty:
        yield _error(path, 1, "empty file; a bug is one JSON object a line", "empty")


def _read_parquet(path: Path) -> Iterator[FoundBug]:
    number = 0
    try:
        for number, row in enumerate(read_rows(path, {*STATED_COLUMNS, "content_hash"}, MAX_ROW_BYTES), 1):
            yield _found(path, number, row)
    except Unreadable as error:
        yield _error(path, number + 1 if number else 0, str(error), "bad-parquet")


def _found(path: Path, number: int, row: Any) -> FoundBug:
    if not isinstance(row, dict):
        return _error(path, number, "a bug must be one JSON object", "bad-shape")
    try:
        return FoundBug(str(path), number, bug_from_row(row))
    except (ValueError, KeyError, TypeError, RecursionError, Unencodable) as error:
        return _error(path, number, str(error.args[0]) if error.args else repr(error), "bad-shape")


def _error(path: Path, line: int, message: str, code: str) -> FoundBug:
    return FoundBug(str(path), line, None, BugFileError(str(path), line, message, code))


def _bug_or_raise(one: FoundBug) -> Bug:
    if one.bug is None:
        raise one.error or UsageError(one.file)
    return one.bug


def _refuse(what: str, **options: str | None) -> None:
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise UsageError(f"{what} has no {' or '.join(given)}; leave out --{given[0]}")


def split_names(
    source: str | Path | None = None, config: str | None = None, revision: str | None = None
) -> tuple[str | None, ...]:
    """What load_bugs takes as `split` for this source: the names, or only None if it has no splits."""
    if source is not None and (Path(source) / "data").is_dir():
        return tuple(_export_files(Path(source), config))
    if source is None or Path(source).exists() or not _is_hub_id(source):
        return (None,)
    import datasets

    with _hub_errors(source):
        return tuple(datasets.get_dataset_split_names(str(source), config, revision=revision))


def _is_hub_id(source: str | Path) -> bool:
    return re.fullmatch(r"[\w.-]+/[\w.-]+", str(source)) is not None


def _export_file(folder: Path, config: str | None, split: str | None) -> Path:
    files = _export_files(folder, config)
    split = split or DEFAULT_SPLIT
    if split not in files:
        config = next(iter(files.values())).parent.name
        raise UsageError(f"unknown split {split!r}; the config {config!r} has: {', '.join(files)}")
    return files[split]


def _export_files(folder: Path, config: str | None) -> dict[str, Path]:
    configs = sorted(p.name for p in (folder / "data").iterdir() if p.is_dir())
    if config is None:
        config = "generated" if "generated" in configs else configs[0] if configs else ""
    if config not in configs:
        raise UsageError(f"unknown config {config!r}; {folder} has: {', '.join(configs)}")
    return {p.name.split("-")[0]: p for p in sorted((folder / "data" / config).glob("*.parquet"))}


@contextmanager
def _hub_errors(source: str | Path) -> Iterator[None]:
    try:
        yield
    except DebugArenaError:
        raise
    except Exception as error:  # the hub client raises a dozen kinds of error; each becomes one sentence
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"{source} could not be loaded from the hub: {reason}") from error


def _hub_rows(source: str, config: str | None, split: str | None, revision: str | None) -> Iterator[dict[str, Any]]:
    import datasets

    with _hub_errors(source):
        yield from datasets.load_dataset(source, config, split=split or DEFAULT_SPLIT, revision=revision)
