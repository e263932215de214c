"""What a language of bugs must be able to do, and what it says about code. It only reads code and never runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class CodeFacts:
    """What the syntax tree of a solution says. `parses` is False for anything that is not in the language or far too
    long; `error` then says why in one line. `reached` is what to run: the code without what never runs, if that
    matters. `unbound` are the names that it reads but its module does not bind, including builtins."""

    parses: bool
    defines_entry_point: bool = False
    offences: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    normalised: str = ""
    error: str = ""
    reached: str = ""
    unbound: frozenset[str] = frozenset()


@dataclass(frozen=True)
class HeadImport:
    """One name that a module's code imports at its head: `line` imports it, from `module`."""

    name: str
    line: str
    module: str


@dataclass(frozen=True)
class Look:
    """What a parser finds in code. `binds`: it parses and binds the name. `in_string`: it ends inside a long string."""

    parses: bool = False
    binds: bool = False
    in_string: bool = False


class Language(Protocol):
    """One language. Code is untrusted everywhere, and each call is bounded in time.

    name: as in the column `language`. max_code_chars: longer code does not parse.
    """

    name: str
    max_code_chars: int

    def read_code(self, code: str, entry_point: str) -> CodeFacts:
        """Whether a solution parses, what it defines and imports, and what it may not reach for."""
        ...

    def look_at(self, code: str, name: str) -> Look:
        """A quick look: whether code parses and binds `name` at the top."""
        ...

    def begins_definition(self, code: str, name: str) -> bool:
        """Whether code that may not parse has a line that begins to define `name`."""
        ...

    def head_imports(self, code: str) -> Sequence[HeadImport]:
        """What code imports at its head, one by one; () if it does not parse."""
        ...

    def edit_size(self, before: str, after: str) -> int:
        """Tokens removed plus tokens added between two codes, >= 0; layout and comments do not count."""
        ...

    def render(self, text: str) -> str:
        """Tagged JSON text, untrusted, as source for a person, at most about 300 characters."""
        ...

    def render_call(self, function: str, args: Sequence[str], kwargs: Mapping[str, str]) -> str:
        """A call of rendered arguments as source."""
        ...

    def render_binding(self, name: str, value: str) -> str:
        """A statement that gives a rendered value a name."""
        ...

    def neutral_names(self, codes: Sequence[str], entry_point: str) -> dict[str, str]:
        """Old name -> neutral name, of the entry point first and of its parameters. ValueError for unreadable code."""
        ...

    def renamed(self, code: str, entry_point: str, names: Mapping[str, str]) -> str:
        """Code with those names; comments and layout stay."""
        ...
