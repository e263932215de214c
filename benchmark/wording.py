"""Words that several commands print."""

from __future__ import annotations


def counted(n: int, noun: str, plural: str = "") -> str:
    """`1 bug`, `2 bugs`, `3 entries`: a number and its noun, with an s unless a plural is given."""
    return f"{n} {noun if n == 1 else plural or f'{noun}s'}"
