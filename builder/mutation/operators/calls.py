"""Calls of a sibling of the function that was meant, without an option, or left out."""

from __future__ import annotations

import libcst as cst

from debugarena.builder.mutation.operators.shared import Replacements
from debugarena.builder.mutation.source import Source, code_of

_SIBLINGS: dict[str, list[str]] = {}
for _pair in (
    "min max, any all, floor ceil, startswith endswith, find rfind, index rindex, lstrip rstrip, "
    "ljust rjust, partition rpartition, bisect_left bisect_right, isalpha isalnum, removeprefix removesuffix, "
    "union intersection, nlargest nsmallest"
).split(", "):
    for _one, _two in (_pair.split(), _pair.split()[::-1]):
        _SIBLINGS.setdefault(_one, []).append(_two)
# the other way round, the result would only raise
_SIBLINGS |= {"popleft": ["pop"], "appendleft": ["append"], "rsplit": ["split"]}
_SIBLINGS |= {"append": ["extend"]}


def wrong_function(node: cst.CSTNode, source: Source) -> Replacements:
    """The sibling of the function that was meant: `max` for `min`, `rfind` for `find`."""
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            for other in _SIBLINGS.get(node.func.value, ()):
                if other in source.globals and not _is_next_to(node, other, source):
                    yield node.with_changes(func=cst.Name(other))
            if node.func.value == "heappush":
                heap, item = (argument.value for argument in node.args)
                yield node.with_changes(func=cst.Attribute(heap, cst.Name("append")), args=[cst.Arg(item)])
        if isinstance(node.func, cst.Attribute):
            name, kind = node.func.attr.value, source.type_of(node.func.value)
            if name == "insert" and len(node.args) == 2:
                append = node.func.with_changes(attr=cst.Name("append"))
                yield node.with_changes(func=append, args=node.args[1:])
            if name == "append" and not source.type_of(node.args[0].value).startswith("list"):
                return  # extending by a number only raises, by a text or a pair adds what nothing expects
            for other in _SIBLINGS.get(name, ()):
                if other != "rindex" or kind == "str":
                    yield node.with_changes(func=node.func.with_changes(attr=cst.Name(other)))


def _is_next_to(call: cst.Call, other: str, source: Source) -> bool:
    """Whether the call is an argument of the other function, or has a call of it as one, as in `min(max(x, a), b)`."""
    around = [above for above in source.ancestors(call)[:2] if isinstance(above, cst.Call)]
    inside = [argument.value for argument in call.args if isinstance(argument.value, cst.Call)]
    return other in [code_of(one.func) for one in (*around, *inside)]


def dropped_keyword(node: cst.CSTNode, source: Source) -> Replacements:
    """A call without its key, order, default or other option; but not `timedelta()` for `timedelta(days=1)`."""
    if isinstance(node, cst.Call) and len(node.args) > 1:
        for i, argument in enumerate(node.args):
            if argument.keyword is not None and argument.keyword.value != "strict":
                rest = [*node.args[:i], *node.args[i + 1 :]]
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
