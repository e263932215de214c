"""Reads the folder of a submission: strangers' files, read within bounds. Nothing is run here.

`<name>/meta.yaml`, `<name>/completions.jsonl.gz`, and `<name>/transfer/<set>.jsonl.gz` for bugs from elsewhere.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from debugarena.benchmark.dataset.cases import is_text
from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.files import lines_of, pieces_of, unpacked, write_whole
from debugarena.benchmark.scoring.report import Completion, read_completion
from debugarena.leaderboard.meta import Meta, read_meta

META_FILE, COMPLETIONS_FILE, TRANSFER_FOLDER = "meta.yaml", "completions.jsonl.gz", "transfer"
MAX_FILE_BYTES = 32 << 20  # compressed
MAX_TEXT_BYTES = 64 << 20  # of all lines of a submission together
MAX_LINE_BYTES = 256 << 10
MAX_LINES = 500_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_KEYS = ("bug_id", "sample", "attempt", "completion")


@dataclass(frozen=True)
class SubmittedLine:
    """A completion and the number of its line, from 1."""

    number: int
    completion: Completion


@dataclass(frozen=True)
class Submission:
    """What a folder holds. `lines` are sorted by bug, sample and attempt, whatever their order in the file."""

    folder: Path
    meta: Meta
    lines: tuple[SubmittedLine, ...]
    transfer: dict[str, tuple[SubmittedLine, ...]]

    @property
    def name(self) -> str:
        return name_of(self.folder)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of meta.yaml's facts and the completions; compression and order do not count."""
        digest = hashlib.sha256(self.meta.model_dump_json().encode())
        for lines in (self.lines, *self.transfer.values()):
            digest.update(b"\n\n")
            for line in lines:
                digest.update(json.dumps(line.completion.record(), sort_keys=True).encode() + b"\n")
        return digest.hexdigest()


def name_of(folder: Path) -> str:
    """The folder's own name, however it was reached; links are not followed."""
    return os.path.basename(os.path.abspath(folder))


def read_submission_folder(folder: Path) -> Submission:
    """The submission in a folder. UsageError, with file, line and what to do, if it is not one."""
    name = name_of(folder)
    if folder.is_symlink():
        raise UsageError(f"{folder}: a link; a submission is a folder of its own")
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; a submission is a folder with {META_FILE} and {COMPLETIONS_FILE}")
    if not _NAME.fullmatch(name):
        raise UsageError(f"{folder}: {name!r} is not a name; use lower-case letters, digits, dots and hyphens")
    _refuse_other_files(folder)
    meta = read_meta(folder / META_FILE)
    stated = {part.set for part in meta.transfer}
    there = {path.name.removesuffix(".jsonl.gz") for path in (folder / TRANSFER_FOLDER).glob("*")}
    if stated != there:
        odd = sorted(stated ^ there)[0]
        where = f"{META_FILE} names it" if odd in stated else f"{TRANSFER_FOLDER}/ holds it"
        raise UsageError(f"{folder}: transfer to {odd}: only {where}; they must agree")
    budget = _Budget()
    lines = read_lines(folder / COMPLETIONS_FILE, meta, budget)
    transfer = {n: read_lines(folder / TRANSFER_FOLDER / f"{n}.jsonl.gz", meta, budget) for n in sorted(stated)}
    return Submission(folder, meta, lines, transfer)


def _refuse_other_files(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise UsageError(f"{path}: a link; a submission has only plain files")
        where = path.relative_to(folder).as_posix()
        known = where in (META_FILE, COMPLETIONS_FILE) or re.fullmatch(rf"{TRANSFER_FOLDER}/[^/]+\.jsonl\.gz", where)
        if not (known and path.is_file()) and not (where == TRANSFER_FOLDER and path.is_dir()):
            raise UsageError(f"{path}: does not belong in a submission; remove it")


@dataclass
class _Budget:
    """How much of its bounds a submission has used."""

    n_bytes: int = 0
    n_lines: int = 0


def read_lines(path: Path, meta: Meta, budget: _Budget) -> tuple[SubmittedLine, ...]:
    """The completions of a file, sorted. UsageError for duplicates, or for more than `meta` declares."""
    found: dict[tuple[str, int, int], SubmittedLine] = {}
    for number, text in _bounded_lines(path, budget):
        where = f"{path}:{number}"
        completion = _parse(text, where)
        key = (completion.bug_id, completion.sample, completion.attempt)
        if key in found:
            place = f"{key[0][:80]!r}, sample {key[1]}, attempt {key[2]}"
            raise UsageError(f"{where}: {place} is in line {found[key].number} already; keep one of them")
        if completion.sample >= meta.protocol.samples:
            raise UsageError(f"{where}: sample {key[1]}, but {META_FILE} declares {meta.protocol.samples}, from 0")
        if completion.attempt > meta.protocol.attempts:
            raise UsageError(f"{where}: attempt {key[2]}, but {META_FILE} declares {meta.protocol.attempts}")
        found[key] = SubmittedLine(number, completion)
    if not found:
        raise UsageError(f"{path}: holds no completions")
    return tuple(found[key] for key in sorted(found))


def _bounded_lines(path: Path, budget: _Budget) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line; never more than a line in memory."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path}: larger than {MAX_FILE_BYTES >> 20} MiB; submit fewer samples")
        with path.open("rb") as file:
            for number, line in enumerate(lines_of(unpacked(pieces_of(file)), MAX_LINE_BYTES), 1):
                budget.n_lines += 1
                budget.n_bytes += len(line)
                if len(line) > MAX_LINE_BYTES:
                    raise UsageError(f"{path}:{number}: longer than {MAX_LINE_BYTES >> 10} KiB; shorten the completion")
                if budget.n_bytes > MAX_TEXT_BYTES or budget.n_lines > MAX_LINES:
                    most = f"{MAX_TEXT_BYTES >> 20} MiB or {MAX_LINES} lines"
                    raise UsageError(f"{path}: more than {most}; submit fewer samples")
                yield number, line
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "not a whole gzip file"
        raise UsageError(f"{path}: cannot be read: {reason}") from None


def _parse(text: bytes, where: str) -> Completion:
    try:
        record = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise UsageError(f"{where}: not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{where}: not a line of JSON with each key once") from None
    if not isinstance(record, dict) or {*record} - {"why"} != {*_KEYS}:
        raise UsageError(f"{where}: a completion is one JSON object with {', '.join(_KEYS)}, and nothing else")
    # what a score notes next to an answer may be there, and does not count
    completion = replace(read_completion(record, where), why=None)
    if not is_text(completion.completion) or not is_text(completion.bug_id):
        raise UsageError(f"{where}: holds half a character (a lone surrogate), which cannot be written to a file")
    return completion


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def write_lines(path: Path, completions: Sequence[Completion]) -> None:
    """Writes these completions, sorted, without `why`; the same bytes for the same completions."""
    ordered = sorted(completions, key=lambda c: (c.bug_id, c.sample, c.attempt))
    lines = [json.dumps(replace(c, why=None).record()) for c in ordered]
    write_whole(path, gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0))
