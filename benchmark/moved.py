"""Old dotted names, as the documentation of 0.2 showed them. They import for one version, with a DeprecationWarning.

Drop this file, and `find_moved` where packages call it, after 0.3.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_ROOT = "debugarena."
MOVED = {
    "benchmark.client": "benchmark.environment.client",
    "benchmark.extraction": "benchmark.grading.extraction",
    "benchmark.loading": "benchmark.dataset.loading",
    "benchmark.metric": "benchmark.adapters.metric",
    "benchmark.prompts": "benchmark.grading.prompts",
    "benchmark.rewards": "benchmark.grading.rewards",
    "benchmark.schema": "benchmark.dataset.schema",
    "benchmark.serve": "benchmark.environment.serve",
}
# modules that became packages of the same name, and where their contents are now
GREW = {
    "benchmark.environment": ("benchmark.environment.episode",),
    "benchmark.models": ("benchmark.models.base", "benchmark.models.open"),
}


def _warn(old: str, new: str) -> None:
    message = f"{_ROOT}{old} is now {_ROOT}{new}; the next version drops the old name"
    warnings.warn(message, DeprecationWarning, stacklevel=3)


class _Finder(MetaPathFinder, Loader):
    """Asked last, when there is no module of that name."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.removeprefix(_ROOT) not in MOVED or not fullname.startswith(_ROOT):
            return None
        return ModuleSpec(fullname, self)

    def create_module(self, spec: ModuleSpec) -> None:
        old = spec.name.removeprefix(_ROOT)
        _warn(old, MOVED[old])

    def exec_module(self, module: ModuleType) -> None:
        # the import system returns what is in sys.modules afterwards
        sys.modules[module.__name__] = importlib.import_module(f"{_ROOT}{MOVED[module.__name__.removeprefix(_ROOT)]}")


def install() -> None:
    """Makes old names importable; a second call does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())


def find_moved(package: str) -> Callable[[str], Any]:
    """The `__getattr__` of a package that was a module."""
    old = package.removeprefix(_ROOT)

    def find(name: str) -> Any:
        if not name.startswith("__"):
            for new in GREW[old]:
                module = importlib.import_module(f"{_ROOT}{new}")
                if hasattr(module, name):
                    _warn(old, new)
                    return getattr(module, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
