"""Calls of a sibling of the function that was meant, without an option, or left out."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements
from debugarena.builder.mutation.source import Source

_SIBLINGS: dict[str, list[str]] = {}
for _pair in (
    "min max, any all, floor ceil, startswith endswith, find rfind, index rindex, lstrip rstrip, lower upper, "
    "ljust rjust, partition rpartition, bisect_left bisect_right, isalpha isalnum, removeprefix removesuffix, "
    "union intersection, nlargest nsmallest, keys values"
).split(", "):
    for _one, _two in (_pair.split(), _pair.split()[::-1]):
        _SIBLINGS.setdefault(_one, []).append(_two)
# the other way round, the result would only raise
_SIBLINGS |= {"popleft": ["pop"], "appendleft": ["append"], "isdigit": ["isalnum"], "rsplit": ["split"]}
_SIBLINGS |= {"append": ["extend"], "add": ["discard"]}


def wrong_function(node: cst.CSTNode, source: Source) -> Replacements:
    """The sibling of the function that was meant: `max` for `min`, `rfind` for `find`."""
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            for other in _SIBLINGS.get(node.func.value, ()):
                if other in source.globals:
                    yield node.with_changes(func=cst.Name(other))
            if node.func.value == "heappush":
                heap, item = (argument.value for argument in node.args)
                yield node.with_changes(func=cst.Attribute(heap, cst.Name("append")), args=[cst.Arg(item)])
        if isinstance(node.func, cst.Attribute):
            name, kind = node.func.attr.value, source.type_of(node.func.value)
            if name == "insert" and len(node.args) == 2:
                append = node.func.with_changes(attr=cst.Name("append"))
                yield node.with_changes(func=append, args=node.args[1:])
            if name == "append" and not source.type_of(node.args[0].value).startswith(("list", "str")):
                return  # extending by a number only raises, by a pair adds what nothing expects
            for other in _SIBLINGS.get(name, ()):
                if other != "rindex" or kind == "str":
                    yield node.with_changes(func=node.func.with_changes(attr=cst.Name(other)))


def dropped_keyword(node: cst.CSTNode, source: Source) -> Replacements:
    """A call without its key, order, default or other option."""
    if isinstance(node, cst.Call):
        for i, argument in enumerate(node.args):
            if argument.keyword is not None and argument.keyword.value != "strict":
                rest = [*node.args[:i], *node.args[i + 1 :]]
                if rest:
                    rest[-1] = rest[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                yield node.with_changes(args=rest)


# without len, sum, items and the like, whose absence is noticed at once
_ESSENTIAL = frozenset("abs sorted set reversed int str round tuple bool".split())
_CLEANING = frozenset("strip lstrip rstrip lower upper casefold title capitalize swapcase".split())


def dropped_call(node: cst.CSTNode, source: Source) -> Replacements:
    """The value itself where a function of it was meant: `x` for `abs(x)`, `s` for `s.strip()`."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in _ESSENTIAL:
        if node.args and not node.args[0].star and (len(node.args) == 1 or node.func.value == "sorted"):
            value = node.args[0].value
            reads_text = node.func.value == "int" and not isinstance(value, cst.BinaryOperation)
            if not reads_text and not isinstance(value, cst.GeneratorExp):
                yield value
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and not node.args:
        if node.func.attr.value in _CLEANING:
            yield node.func.value
