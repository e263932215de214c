"""Types as text, such as "dict[str, int]", and the types of their parts. "" is a type that cannot be told."""

from __future__ import annotations

import libcst as cst

_ELEMENTS = ("list[", "set[", "frozenset[", "Iterable[", "Sequence[", "deque[")
MAPPINGS = ("dict[", "defaultdict[", "Mapping[", "OrderedDict[")  # how the types of mappings begin


def pairs(target: cst.CSTNode, kind: str) -> list[tuple[cst.CSTNode, str]]:
    """A target, or the parts of a tuple of targets, with their types."""
    if not isinstance(target, cst.Tuple | cst.List):
        return [(target, kind)]
    kinds = _split(_inside(kind)) if kind.startswith("tuple[") else []
    if len(kinds) != len(target.elements):
        kinds = [element_of(kind)] * len(target.elements)
    return [pair for element, one in zip(target.elements, kinds, strict=True) for pair in pairs(element.value, one)]


def part_of(kind: str, index: cst.CSTNode) -> str:
    """The type of `x[index]` for x of this type."""
    if isinstance(index, cst.Slice):
        return kind
    if kind.startswith(MAPPINGS):
        return _split(_inside(kind))[-1]
    if kind.startswith("tuple[") and isinstance(index, cst.Index):
        kinds, number = _split(_inside(kind)), index.value.value if isinstance(index.value, cst.Integer) else ""
        if kinds[-1] == "...":
            return kinds[0]
        return kinds[int(number)] if number.isdigit() and int(number) < len(kinds) else ""
    return element_of(kind)


def element_of(kind: str) -> str:
    """The type of the elements when one iterates over a container of this type."""
    if kind == "str":
        return "str"
    if kind.startswith(_ELEMENTS):
        return _inside(kind)
    if kind.startswith(MAPPINGS) or (kind.startswith("tuple[") and len(set(_split(_inside(kind))) - {"..."}) == 1):
        return _split(_inside(kind))[0]
    return ""


def _inside(kind: str) -> str:
    """ "int, str" for "dict[int, str]"."""
    return kind.partition("[")[2].removesuffix("]")


def _split(text: str) -> list[str]:
    """Splits "int, dict[str, int]" at its outer commas."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[(") - (character in "])")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
