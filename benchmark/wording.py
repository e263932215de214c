"""Text for people: numbers with their nouns, and paragraphs on one line."""

from __future__ import annotations

import re

_QUOTED = r"\"[^\"]*\"|`[^`]*`|(?<!\w)'[^'\n]*'(?!\w)"  # an apostrophe in a word opens nothing


def counted(n: int, noun: str, plural: str = "") -> str:
    """`1 bug`, `2 bugs`, `3 entries`: a number and its noun, with an s unless a plural is given."""
    return f"{n} {noun if n == 1 else plural or f'{noun}s'}"


def unwrapped(text: str) -> str:
    """The text on one line: each run of white space is one blank, but blanks between quotes or backticks stay."""

    def one(match: re.Match[str]) -> str:
        return re.sub(r"\s*\n\s*", " ", match[1]) if match[1] else " "

    return re.sub(rf"({_QUOTED})|\s+", one, text.strip())
