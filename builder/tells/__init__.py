"""Static tells: what gives a bug away to a reader who does not know what the code is for.

A check reads a syntax tree and yields a line of text for each of its findings. A tell is a finding in the buggy code
that the fixed code does not have. Each family of checks has a file here. To add a check, write a function in its
family's file and a row of the table. Not covered: wrong types, which need a type checker. tools.py asks mypy and ruff.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from debugarena.builder.tells import flow, names, operands
from debugarena.builder.tells.read import Read, read

CHECKS: dict[str, Callable[[Read], Iterator[str]]] = {
    "unused-name": names.unused_names,
    "unused-attribute": names.unused_attributes,
    "undefined-name": names.undefined_names,
    "unread-value": names.unread_values,
    "never-filled": names.never_filled,
    "unreachable": flow.unreachable,
    "loop-once": flow.loops_once,
    "uneven-return": flow.uneven_returns,
    "idle-statement": flow.idle_statements,
    "repeated-condition": flow.repeated_conditions,
    "equal-branches": flow.equal_branches,
    "constant-condition": operands.constant_conditions,
    "doubled-operand": operands.doubled_operands,
    "neutral-operand": operands.neutral_operands,
    "copying-comprehension": operands.copying_comprehensions,
}


def new_tells(buggy: str, fixed: str) -> tuple[str, ...]:
    """The checks that find something in the buggy code which they do not find in the fixed code, in CHECKS' order."""
    found = {check for check, _ in findings(buggy) - findings(fixed)}
    return tuple(check for check in CHECKS if check in found)


@lru_cache(maxsize=64)  # candidates of one program share their fixed code
def findings(code: str) -> Counter[tuple[str, str]]:
    """What the checks find, as the name of the check and the text in question. SyntaxError if it is not Python."""
    tree = read(code)
    return Counter((name, text) for name, check in CHECKS.items() for text in check(tree))
