"""Writes docs/modules.md: what a solution can import and name, and what is forbidden. `python tests/modules_page.py`"""

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

A solution can import only the parts of Python's standard library that compute and do nothing else. The command
`python tests/modules_page.py` writes this page.

## Modules

{listed({*IMPORTABLE_MODULES, *SUBMODULES})}

From other modules, a solution can import these names, as in `from io import StringIO`:

{harmless}
Some modules behave differently here:

- `time.sleep` returns at once.
- `zoneinfo` finds no time zones, because there are no files.
- `uuid.uuid1` is refused where there is no [jail](threat-model.md#the-machine).
- `random` starts with the same seed in every test.

Python does not find a module that is not on this page, such as `numpy`. Such an import has no penalty, but the tests that
need the module fail.

## Encodings

{listed(ENCODINGS)}, and their aliases.

## What is forbidden

DebugArena does not run code that uses anything on this list. Such code gets -1.0 from the signal `anti_hacking`. The check reads
the syntax tree and does not search for substrings. It ignores main guards, and functions that no running code names.

- Modules: {listed(FORBIDDEN_MODULES)}. Only [the names above](#modules) can be imported from them. Such a module is also
  forbidden as an attribute of another module, as in `random._os`.
- Builtins: {listed(FORBIDDEN_NAMES)}. A name that the code itself defines is allowed, unless it begins with an underscore.
- Attributes: {listed(FORBIDDEN_ATTRIBUTES)}. An attribute whose name has no double underscore is allowed if a class of the code defines it.
- Calls of `getattr` with the name of one of these attributes. If its object is a module, the names of these builtins and modules are
  forbidden too.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
