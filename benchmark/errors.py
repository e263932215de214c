"""What can go wrong on our side or the caller's. A model's failure is never an exception: it is a verdict.

DebugArenaError        one clear sentence: where, what, what to do
├── UsageError         the caller asked for something that does not exist or does not fit
├── BugFileError       a bug file that cannot be read; knows its file and line
├── SandboxError       the sandbox itself could not do its work
└── ModelError         a model's server failed for good; its completions so far were handed over before
"""

from __future__ import annotations


class DebugArenaError(Exception):
    """Base class; the command line prints the message and exits with code 2."""


class UsageError(DebugArenaError):
    """An unknown name, an impossible option, or inputs that do not belong together."""


class BugFileError(DebugArenaError):
    """A file that holds no readable bug.

    `file` is the path as given, `line` counts from 1 (0 for the whole file), `code` names the reason.
    """

    def __init__(self, file: str, line: int, message: str, code: str = "unreadable") -> None:
        self.file, self.line, self.message, self.code = file, line, message, code
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")


class SandboxError(DebugArenaError):
    """The sandbox could not start or lost contact with its own code before a solution ran."""


class ModelError(DebugArenaError):
    """Completions are missing: a server refused, failed or answered nonsense, after every retry."""
