"""Files that are replaced as a whole, folders that one process writes, JSON of ours that is read back or refused in one
sentence, and lines of strangers' files, packed or not."""

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
    """The file holds the old content or the new one, whenever this is killed. Text is written as UTF-8.

    Where the system refuses, as on a full disk, nothing is left beside the file, and the OSError names it.
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
    """An OSError of the block names this file; the one of a full disk names none by itself."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Makes a folder and keeps other processes that ask for it out of it; one that stays empty is removed again.

    UsageError if another holds it, or it cannot be made. The lock ends with the block, or with the process. Where the
    file system has none, nobody is refused.
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
    """The object in a file, which `check` raises nothing on. UsageErrors are those of read_json_as."""

    def checked(found: Any) -> dict[str, Any]:
        check(found)
        return dict(found)

    return read_json_as(path, checked, remedy, wrong)


def read_json_as(path: Path, make: Callable[[Any], T], remedy: str, wrong: str) -> T:
    """What `make` makes of the JSON in a file.

    UsageError with `remedy` if it cannot be read, with `wrong` if it is no JSON or `make` raises KeyError, TypeError or
    ValueError on it.
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
    """What a gzip file holds, in pieces. EOFError if it is not whole, zlib.error if it is none or nothing but wrapping.

    gzip.open has no bound on wrapping: it reads a name byte by byte, and empty members and blocks without end.
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
    """Lines with their ends, of which one above `most_bytes` is the last and may be cut off."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
        if len(rest) > most_bytes:
            break
    if rest:
        yield rest
