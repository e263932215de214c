"""Replaces files as a whole, locks folders for a process, reads JSON of ours back or refuses it in one sentence, and
reads lines of untrusted files, gzipped or not."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from debugarena.benchmark.errors import UsageError

PIECE_BYTES = 64 * 1024
T = TypeVar("T")


def write_whole(path: Path, content: str | bytes) -> None:
    """Replaces a file as a whole: it holds the old or the new content even after a kill. Text is written as UTF-8.

    If the system refuses, as on a full disk, no other file is left behind, and the OSError names this one.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with naming(path):
            part.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Makes an OSError of the block name this file; on a full disk it would name none."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Creates a folder and locks it for this process; removes it again if it stays empty.

    UsageError if another process holds the lock, or if the folder cannot be created. The lock ends with the block or
    the process. On a file system without locks, nobody is refused.
    """
    import fcntl  # not on Windows, where there is no sandbox either

    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"{folder} cannot be used as a folder: {error.strerror}; name another --out") from None
    try:
        with suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(f"{folder} is being written by another process; name another --out") from None
        try:
            yield
        finally:
            with suppress(OSError):
                folder.rmdir()
    finally:
        os.close(descriptor)


def read_json(path: Path, check: Callable[[Any], object], remedy: str, wrong: str) -> dict[str, Any]:
    """The JSON object in a file, if `check` accepts it without an error. UsageErrors are those of read_json_as."""

    def checked(found: Any) -> dict[str, Any]:
        check(found)
        return dict(found)

    return read_json_as(path, checked, remedy, wrong)


def read_json_as(path: Path, make: Callable[[Any], T], remedy: str, wrong: str) -> T:
    """What `make` returns for the JSON in a file.

    UsageError with `remedy` if it cannot be read, with `wrong` if it is not JSON or `make` raises KeyError, TypeError
    or ValueError on it.
    """
    try:
        return make(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}; {remedy}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: {wrong}") from None


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """The content of a file, for `lines_of`."""
    return iter(lambda: file.read(PIECE_BYTES), b"")


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a gzip file, in pieces. EOFError if it is cut off, zlib.error if it is not gzip or only wrapping.

    gzip.open does not bound the wrapping: it reads names byte by byte, and empty members and blocks endlessly.
    """
    member = zlib.decompressobj(wbits=31)
    n_packed = n_unpacked = 0
    for data in pieces:
        n_packed += len(data)
        if n_packed > n_unpacked + 2 * PIECE_BYTES:
            raise zlib.error("the file is larger than what it holds")
        while data:
            if member.eof:
                data = data.lstrip(b"\0")  # padding
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            piece = member.decompress(data, PIECE_BYTES)
            data = member.unconsumed_tail or member.unused_data
            n_unpacked += len(piece)
            yield piece
    if not member.eof:
        raise EOFError


def lines_of(pieces: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """Lines with their line ends. One longer than `most_bytes` is the last and may be cut off."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > most_bytes:
            break
    if rest:
        yield rest
