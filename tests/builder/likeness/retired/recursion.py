"""Programs that builder/programs/recursion.py had until they turned out to be tasks of another split."""

import re
from collections.abc import Iterator
from random import Random


def _sum(tokens: list[str]) -> int:
    total = _product(tokens)
    while tokens and tokens[0] in "+-":
        if tokens.pop(0) == "+":
            total += _product(tokens)
        else:
            total -= _product(tokens)
    return total


def _product(tokens: list[str]) -> int:
    value = _factor(tokens)
    while tokens and tokens[0] in "*/":
        if tokens.pop(0) == "*":
            value *= _factor(tokens)
        else:
            value //= _factor(tokens)
    return value


def _factor(tokens: list[str]) -> int:
    token = tokens.pop(0)
    if token == "-":
        return -_factor(tokens)
    if token == "(":
        value = _sum(tokens)
        tokens.pop(0)
        return value
    return int(token)


def calculate(formula: str) -> int:
    """Return the value of a well-formed formula of whole numbers, + - * / and round brackets, where a minus sign may
    stand before a number or an opening bracket, * and / bind tighter than + and -, operators that bind alike are
    applied from left to right, and / rounds down, also below 0; raise ZeroDivisionError for a division by 0.

    >>> calculate("20-(3+4)*2/-3")
    25
    """
    return _sum(re.findall(r"\d+|[-+*/()]", formula))


def _draw_formula(rng: Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(["-", "", "", "", ""]) + str(rng.choice([0, 1, 2, 2, 3, 3, 4, 5, 6, 7, 9, 12]))
    text = rng.choice("++--**//").join(_draw_formula(rng, depth - 1) for _ in range(2))
    return f"({text})" if rng.random() < 0.4 else text


def inputs_calculate(rng: Random) -> Iterator[tuple[str]]:
    for formula in ["7", "-7/2", "8-3-2", "12/4/3", "1/0", "2*(3+4)", "-(2-5)*3", "2+3*4-5", "7/(-2)"]:
        yield (formula,)
    while True:
        yield (_draw_formula(rng, 3),)
