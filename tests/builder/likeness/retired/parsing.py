"""Programs that builder/programs/parsing.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random


def _atom(text: str, at: int) -> tuple[int, int]:
    if text[at : at + 1] == "(":
        value, at = _total(text, at + 1)
        if text[at : at + 1] != ")":
            raise ValueError("bracket not closed")
        return value, at + 1
    end = at
    while text[end : end + 1].isdigit():
        end += 1
    return int(text[at:end]), end


def _product(text: str, at: int) -> tuple[int, int]:
    value, at = _atom(text, at)
    while text[at : at + 1] in ("*", "/"):
        factor, after = _atom(text, at + 1)
        value = value * factor if text[at] == "*" else value // factor
        at = after
    return value, at


def _total(text: str, at: int) -> tuple[int, int]:
    value, at = _product(text, at)
    while text[at : at + 1] in ("+", "-"):
        term, after = _product(text, at + 1)
        value = value + term if text[at] == "+" else value - term
        at = after
    return value, at


def evaluate_arithmetic(text: str) -> int:
    """Evaluate an expression made of unsigned integers, + - * / and round brackets without any blanks, where * and /
    bind tighter than + and -, operators of equal rank go from left to right and / rounds down; raise ZeroDivisionError
    for a division by 0 and ValueError where the text stops being such an expression, whichever is met first from the
    left.

    >>> evaluate_arithmetic("2*(7-4)-9/2")
    2
    """
    value, at = _total(text, 0)
    if at < len(text):
        raise ValueError("something is left over")
    return value


def _random_expression(rng: Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        return str(rng.randint(0, 12))
    parts = [_random_expression(rng, depth - 1)]
    for _ in range(rng.randint(1, 2)):
        parts += [rng.choice("+-*/-"), _random_expression(rng, depth - 1)]
    return f"({''.join(parts)})" if rng.random() < 0.4 else "".join(parts)


def inputs_evaluate_arithmetic(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("7",)
    yield ("8-3-2",)
    yield ("8/4/2",)
    yield ("2+3*4",)
    yield ("1/0",)
    yield ("(1",)
    yield ("1)",)
    yield ("2*",)
    yield ("(3-5)/4",)
    while True:
        text = _random_expression(rng, 2)
        if rng.random() < 0.1:
            cut = rng.randrange(len(text))
            text = text[:cut] + rng.choice(["", ")", "+", "("]) + text[cut + 1 :]
        yield (text,)
