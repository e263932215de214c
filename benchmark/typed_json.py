"""Parsed JSON -> values of the types that it should have. TypeError for any other, as `read_json` expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def of(kind: type[T], value: object) -> T:
    """The value itself, which must be of this kind. A whole number passes for a float; a bool passes for no number."""
    kinds: tuple[type, ...] = (int, float) if kind is float else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value  # type: ignore[return-value]  # an int for a float


def maybe(kind: type[T], value: object) -> T | None:
    """The same, or None for null."""
    return None if value is None else of(kind, value)


def texts(value: object) -> dict[str, str]:
    """An object that holds only texts."""
    return {name: of(str, text) for name, text in of(dict, value).items()}


def each(make: Callable[[Any], T], value: object) -> tuple[T, ...]:
    """What `make` returns for each element of a list."""
    return tuple(make(element) for element in of(list, value))
