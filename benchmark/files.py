"""Files that are replaced as a whole, folders that one process writes, and JSON of ours that is read back or refused in
one sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from debugarena.benchmark.errors import UsageError


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
    """The object in a file.

    UsageError with `remedy` if it cannot be read, with `wrong` if it is no JSON object or `check` raises KeyError,
    TypeError or ValueError on it.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        check(found)
        return dict(found)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}; {remedy}") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path}: {wrong}") from None
