"""Words that several commands print."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """`1 bug`, `2 bugs`: a number and its noun, which takes an s."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
