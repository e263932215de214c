"""Languages of bugs: each has a folder or file, and one row of the table below. Nothing else asks for a bug's language.

A language has two sides: the code here reads it; the code in sandbox/ runs it and lists it in RUNTIMES.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from debugarena.benchmark.errors import UsageError
from debugarena.benchmark.languages.base import Language
from debugarena.benchmark.languages.python.language import PYTHON
from debugarena.benchmark.sandbox.sandbox import RUNTIMES, not_run

READERS: dict[str, Language] = {PYTHON.name: PYTHON}
# what fences are tagged with, for each language that a bug may be in
FENCE_TAGS = {"python": ("python", "py"), "javascript": ("javascript", "js"), "java": ("java",)}


class _Bug(Protocol):
    @property
    def bug_id(self) -> str: ...

    @property
    def language(self) -> str: ...


def language(name: str) -> Language:
    """The language of that name. UsageError, the same sentence everywhere, for one that is not in the table."""
    if name not in READERS:
        raise not_run(name)
    return READERS[name]


def check_runnable(bugs: Iterable[_Bug]) -> None:
    """UsageError that names the first bug of a language that cannot be run."""
    for bug in bugs:
        if not is_runnable(bug.language):
            raise UsageError(f"{bug.bug_id}: {not_run(bug.language)}")


def is_runnable(name: str) -> bool:
    """Whether code of that language can be read here and run in the sandbox."""
    return name in READERS and name in RUNTIMES
