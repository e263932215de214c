"""Writes docs/modules.md: what a solution can import and name, and what it is charged for. `python tests/modules_page.py`"""

from collections.abc import Iterable
from pathlib import Path

from debugarena.benchmark.languages.python.forbidden import FORBIDDEN_ATTRIBUTES, FORBIDDEN_MODULES, FORBIDDEN_NAMES
from debugarena.benchmark.sandbox.importable import ENCODINGS, HARMLESS_NAMES, IMPORTABLE_MODULES, SUBMODULES

PAGE = Path(__file__).parents[1] / "docs" / "modules.md"


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def page() -> str:
    harmless = "".join(f"- from `{module}`: {listed(names.split())}\n" for module, names in HARMLESS_NAMES.items())
    return f"""# What a solution can import

A solution runs with a part of Python's standard library: what computes and no more. This page is written by
`python tests/modules_page.py`.

## Modules

{listed({*IMPORTABLE_MODULES, *SUBMODULES})}

From other modules these names can be imported, as in `from io import StringIO`:

{harmless}
- `time.sleep` returns at once.
- `zoneinfo` finds no time zones, as there are no files.
- `uuid.uuid1` is refused where there is no jail.
- `random` starts with the same seed in every test.
- A module that stands neither here nor below, `numpy` say, is not found. That alone costs nothing; the tests that need it fail.

## Encodings

{listed(ENCODINGS)}, and their other names.

## What is charged

Code that reaches for one of these is not run and earns -1.0. It is found in the syntax tree, never by substring. What a
function or a main guard does that never runs is not charged.

- Modules: {listed(FORBIDDEN_MODULES)}. Likewise such a module as an attribute of another, `random._os` say.
- Builtins: {listed(FORBIDDEN_NAMES)}. A name that the code itself defines is not one.
- Attributes: {listed(FORBIDDEN_ATTRIBUTES)}. One without two underscores is fine if a class of the code defines it.
- `getattr` with the name of one of these attributes, and of a module also with the name of a builtin or module.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
