"""Values as Python source."""

from __future__ import annotations

from typing import Any

from debugarena.benchmark import values
from debugarena.benchmark.values import TaggedObject


def render(text: str) -> str:
    """Tagged JSON text, untrusted, as Python source, at most about 300 characters, addresses stripped."""
    return values.render(text, _source)


def _source(node: Any) -> str:
    if isinstance(node, TaggedObject):
        if len(node) == 1 and node[0][0].startswith("$"):
            return _tagged_source(*node[0])
        return "{" + ", ".join(f"{key!r}: {_source(value)}" for key, value in node) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_source, node)) + "]"
    return repr(node)


def _tagged_source(tag: str, value: Any) -> str:
    if tag in ("$float", "$int"):
        return {"nan": "float('nan')", "inf": "float('inf')", "-inf": "float('-inf')"}.get(str(value), str(value))
    if tag in ("$bytes", "$bytearray"):
        data = repr(bytes.fromhex(value))
        return data if tag == "$bytes" else f"bytearray({data})"
    if tag == "$complex":
        return f"complex({_source(value[0])}, {_source(value[1])})"
    if tag == "$dict":
        return "{" + ", ".join(f"{_source(key)}: {_source(val)}" for key, val in value) + "}"
    items = ", ".join(map(_source, value))
    if tag == "$tuple":
        return f"({items},)" if len(value) == 1 else f"({items})"
    if tag == "$set":
        return f"{{{items}}}" if value else "set()"
    if tag == "$frozenset":
        return f"frozenset({{{items}}})" if value else "frozenset()"
    raise ValueError(f"unknown tag {tag}")
