"""Recursion: nested documents and settings, formulas and rules, expansion, backtracking, divide and conquer."""

import math
import re
from collections.abc import Iterator
from random import Random
from typing import Any

from debugarena.builder.programs import draw


def _flatten(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        parts = [(f"{path}.{key}" if path else key, below) for key, below in value.items()]
    elif isinstance(value, list) and value:
        parts = [(f"{path}[{number}]", below) for number, below in enumerate(value)]
    else:
        return [(path, value)]
    return [pair for where, below in parts for pair in _flatten(below, where)]


def flatten_settings(settings: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the values of nested settings as (path, value) pairs sorted by path, where a path joins the keys of dicts
    by "." and adds the number of an item of a list, counted from 0, as "[0]"; an empty dict or list below the top is a
    value itself, and settings that are empty give one pair with the path "".

    >>> flatten_settings({"log": {"level": 2, "to": ["a", {"x": 1}]}, "env": {}})
    [('env', {}), ('log.level', 2), ('log.to[0]', 'a'), ('log.to[1].x', 1)]
    """
    return sorted(_flatten(settings, ""), key=lambda pair: pair[0])


def _draw_document(rng: Random, depth: int, lists: bool) -> Any:
    """Nested dicts, and lists if asked for, with small integers or strings in them."""
    kind = rng.random() if depth > 0 else 1.0
    if kind < 0.4:
        return {key: _draw_document(rng, depth - 1, lists) for key in draw.some(rng, "abc", 2)}
    if kind < 0.65 and lists:
        return [_draw_document(rng, depth - 1, lists) for _ in range(rng.randint(0, 2))]
    return rng.choice([1, 2, 3, "x"])


def inputs_flatten_settings(rng: Random) -> Iterator[tuple[dict[str, Any]]]:
    yield ({},)
    yield ({"b": [], "a": {}},)
    yield ({"b": {"c": [1, [2]]}, "a": "x"},)
    while True:
        yield ({key: _draw_document(rng, 3, True) for key in draw.some(rng, "abcd", 3, min_size=2)},)


def merge_settings(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return new settings made of the base and changes to it: a change to None removes the key, one to a dict is merged
    in the same way into the dict that the base has there or otherwise into an empty one, one to a list where the base
    has a list appends those items that it does not contain yet, and any other change sets the value; neither argument
    is changed.

    >>> merge_settings({"ui": {"dark": 1, "zoom": 2}, "tags": ["a"]}, {"ui": {"zoom": None}, "tags": ["b", "a"]})
    {'ui': {'dark': 1}, 'tags': ['a', 'b']}
    """
    merged = dict(base)
    for key, value in changes.items():
        present = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = merge_settings(present if isinstance(present, dict) else {}, value)
        elif isinstance(value, list) and isinstance(present, list):
            merged[key] = present + [item for item in value if item not in present]
        else:
            merged[key] = value
    return merged


def _draw_settings(rng: Random, depth: int, values: list[Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key in draw.some(rng, "abc", 2 + depth, min_size=1):
        kind = rng.random()
        if kind < 0.35 and depth > 0:
            settings[key] = _draw_settings(rng, 0, values)
        elif kind < 0.65:
            settings[key] = draw.some(rng, [1, 2, 3], 1 + depth)
        else:
            settings[key] = rng.choice(values)
    return settings


def inputs_merge_settings(rng: Random) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    yield {}, {"a": None, "b": {"c": None}}
    yield {"a": 1}, {"a": {"b": 2}}
    yield {"a": {"b": 2}}, {"a": [1]}
    yield {"a": [1, 2], "b": 3}, {"a": [2, 3], "b": [3]}
    yield {"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}
    while True:
        yield _draw_settings(rng, 1, [1, 2, "x"]), _draw_settings(rng, 1, [1, 3, None, None])


def rule_holds(rule: list[Any], facts: dict[str, int]) -> bool:
    """Return whether a rule holds for the facts: ["min", name, n] holds if the fact is n or more, a missing fact being
    0, ["not", rule] if the rule does not, ["all", rule, ...] if every rule does, also without any, and
    ["some", n, rule, ...] if at least n of the rules do; raise ValueError for a rule of any other kind.

    >>> rule_holds(["some", 1, ["min", "age", 18], ["not", ["min", "risk", 1]]], {"age": 17})
    True
    """
    kind, *parts = rule
    if kind == "min":
        least: int = parts[1]
        return facts.get(parts[0], 0) >= least
    if kind == "not":
        return not rule_holds(parts[0], facts)
    if kind == "all":
        return sum(rule_holds(part, facts) for part in parts) == len(parts)
    if kind == "some":
        needed: int = parts[0]
        return sum(rule_holds(part, facts) for part in parts[1:]) >= needed
    raise ValueError(f"unknown kind {kind}")


def _draw_rule(rng: Random, depth: int) -> list[Any]:
    kind = rng.choice(["not", "all", "some", "min"]) if depth > 0 else "min"
    if kind == "min":
        return ["or" if rng.random() < 0.02 else kind, rng.choice("abc"), rng.choice([0, 1, 1, 2])]
    if kind == "not":
        return [kind, _draw_rule(rng, depth - 1)]
    rules = [_draw_rule(rng, depth - 1) for _ in range(rng.randint(1, 3))]
    return [kind, rng.randint(1, 2), *rules] if kind == "some" else [kind, *rules]


def inputs_rule_holds(rng: Random) -> Iterator[tuple[list[Any], dict[str, int]]]:
    yield ["all"], {}
    yield ["some", 0], {}
    yield ["some", 1], {}
    yield ["any", ["all"]], {}
    yield ["min", "a", 2], {"a": 2}
    yield ["some", 2, ["min", "a", 1], ["min", "b", 0], ["min", "a", 3]], {"a": 1}
    while True:
        rule = _draw_rule(rng, 2)
        while len(repr(rule)) > 90:
            rule = _draw_rule(rng, 2)
        yield rule, {name: rng.randint(0, 2) for name in draw.some(rng, "abc", 3, min_size=1)}


def _expand(text: str, macros: dict[str, str], active: list[str]) -> str:
    done = ""
    while "{" in text:
        before, _, text = text.partition("{")
        inner, _, text = text.partition("}")
        name, bar, fallback = inner.partition("|")
        if name in active:
            raise ValueError("circular macro")
        if name in macros or not bar:
            fallback = _expand(macros[name], macros, [*active, name])
        done += before + fallback
    return done + text


def expand_macros(text: str, macros: dict[str, str]) -> str:
    """Return the text with each {name} replaced by the macro of that name, which is expanded in the same way first, and
    each {name|fallback} likewise, or by the fallback as it stands if there is no such macro; raise KeyError for an
    unknown macro without fallback and ValueError for one that is used inside its own expansion, whichever is met first
    from left to right; brackets are always in pairs and not nested.

    >>> expand_macros("{hi} {you|all}!", {"hi": "Dear {title}", "title": "Dr"})
    'Dear Dr all!'
    """
    return _expand(text, macros, [])


def inputs_expand_macros(rng: Random) -> Iterator[tuple[str, dict[str, str]]]:
    yield "", {}
    yield "{a}", {}
    yield "{a|}", {}
    yield "x{a}y{a|z}", {"a": "b"}
    yield "{a}", {"a": "1{b}", "b": "{a}"}
    yield "{a|1}{b}", {"a": "{b}", "b": "2"}

    def piece(names: str) -> str:
        kind = rng.random()
        if kind < 0.35 or not names:
            return rng.choice(["x", "y-", " "])
        return "{" + rng.choice(names) + (rng.choice(["|q", "|"]) if kind < 0.7 else "") + "}"

    while True:
        macros = {}
        for number, name in enumerate("abc"):
            if rng.random() < 0.85:
                below = "abcd" if rng.random() < 0.06 else "abc"[:number]
                macros[name] = "".join(piece(below) for _ in range(rng.randint(1, 2))) + name.upper()
        yield "".join(piece("aabbcccd") for _ in range(rng.randint(1, 3))), macros


def _seat(row: list[str], waiting: list[str], rivals: list[set[str]]) -> list[str] | None:
    if not waiting:
        return None if {row[0], row[-1]} in rivals else row
    for guest in waiting:
        if row and {row[-1], guest} in rivals:
            continue
        seated = _seat([*row, guest], [other for other in waiting if other != guest], rivals)
        if seated:
            return seated
    return None


def seat_guests(guests: list[str], rivals: list[tuple[str, str]]) -> list[str] | None:
    """Return how to seat one or more different guests around a table, as a list from the first seat on, so that no two
    rivals sit side by side, the last seat being beside the first one; of several ways the one with the earliest
    possible guest of the list in the first seat, then the second, and so on, or None if there is no way.

    >>> seat_guests(["ann", "bob", "cy", "dan"], [("bob", "ann")])
    ['ann', 'cy', 'bob', 'dan']
    """
    return _seat([], guests, [set(pair) for pair in rivals])


def inputs_seat_guests(rng: Random) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    yield ["a"], []
    yield ["b", "a"], [("a", "b")]
    yield ["c", "b", "a"], [("a", "d")]
    yield ["a", "b", "c", "d"], [("d", "a")]
    yield ["a", "b", "c", "d", "e"], [("a", "b"), ("b", "c"), ("a", "e")]
    while True:
        guests = draw.some(rng, "abcdef", 5, min_size=4)
        pairs = [rng.sample(guests, 2) for _ in range(rng.randint(1, len(guests) - 1))]
        yield guests, [(one, other) for one, other in pairs]


def knockout(players: list[tuple[str, int]]) -> tuple[str, list[str]]:
    """Return the winner of a knockout among one or more (name, strength) players of different names and its matches as
    "winner-loser" in the order played: the first half of the list, with one more if their number is odd, plays for one
    finalist, then the second half in the same way for the other one, then these two play each other; the stronger one
    wins, of equals the one from the first half, and a player who is alone needs no match.

    >>> knockout([("ann", 3), ("bob", 5), ("cy", 5)])
    ('bob', ['bob-ann', 'bob-cy'])
    """
    if len(players) == 1:
        return players[0][0], []
    middle = (len(players) + 1) // 2
    first, before = knockout(players[:middle])
    second, after = knockout(players[middle:])
    strengths = dict(players)
    if strengths[first] < strengths[second]:
        first, second = second, first
    return first, [*before, *after, f"{first}-{second}"]


def inputs_knockout(rng: Random) -> Iterator[tuple[list[tuple[str, int]]]]:
    yield ([("a", 1)],)
    yield ([("b", 2), ("a", 2)],)
    yield ([("a", 1), ("b", 2), ("c", 3)],)
    while True:
        yield ([(name, rng.randint(1, 4)) for name in draw.some(rng, "abcdefg", 6, min_size=2)],)


def _require(item: str, count: int, recipes: dict[str, dict[str, int]], stock: dict[str, int]) -> dict[str, int]:
    used = min(count, stock.get(item, 0))
    stock[item] = stock.get(item, 0) - used
    count -= used
    if item not in recipes:
        return {item: count}
    short: dict[str, int] = {}
    for part, each in recipes[item].items():
        for name, lacking in _require(part, count * each, recipes, stock).items():
            short[name] = short.get(name, 0) + lacking
    return short


def parts_to_order(
    recipes: dict[str, dict[str, int]], stock: dict[str, int], item: str, count: int
) -> list[tuple[str, int]]:
    """Return what to order, as sorted (part, number) pairs with numbers above 0, to have count pieces of the item: as
    many pieces as needed and there are come from the stock, those lacking are made from the parts in the recipe of the
    item, (part, number for one piece), which are provided in the same way, and ordered if there is no recipe; the stock
    given is not changed.

    >>> parts_to_order({"cart": {"wheel": 4, "box": 1}, "wheel": {"bolt": 3}}, {"wheel": 5, "bolt": 2}, "cart", 2)
    [('bolt', 7), ('box', 2)]
    """
    short = _require(item, count, recipes, dict(stock))
    return sorted((name, lacking) for name, lacking in short.items() if lacking > 0)


def inputs_parts_to_order(
    rng: Random,
) -> Iterator[tuple[dict[str, dict[str, int]], dict[str, int], str, int]]:
    yield {}, {}, "a", 2
    yield {}, {"a": 2}, "a", 2
    yield {"a": {"b": 2}}, {"a": 1, "b": 1}, "a", 2
    yield {"a": {"b": 1, "c": 2}, "b": {"c": 3}}, {"c": 4}, "a", 1
    while True:
        recipes = {}
        for number, name in enumerate("abc"):
            if number == 0 or rng.random() < 0.6:
                parts = draw.some(rng, "abcde"[number + 1 :], 2, min_size=1)
                recipes[name] = {part: rng.randint(1, 3) for part in parts}
        stock = {name: rng.randint(1, 4) for name in draw.some(rng, "abcde", 3)}
        yield recipes, stock, rng.choice("aaab"), rng.randint(1, 4)


def _unpack(tokens: list[str]) -> str:
    done = ""
    while tokens and tokens[0] != ")":
        unit = tokens.pop(0)
        count = 1
        if unit.isdigit():
            count = int(unit)
            unit = tokens.pop(0)
        if unit == "(":
            unit = _unpack(tokens)
            tokens.pop(0)
        done += unit * count
    return done


def unpack_runs(packed: str) -> str:
    """Return the text that a well-formed packed one stands for: it consists of letters and groups in round brackets,
    each of which may have a number of one or more digits before it that tells how often it is repeated, once without
    it; groups hold packed text of the same kind.

    >>> unpack_runs("a2(b3c)(d)")
    'abcccbcccd'
    """
    return _unpack(re.findall(r"\d+|.", packed))


def inputs_unpack_runs(rng: Random) -> Iterator[tuple[str]]:
    for packed in ["", "a", "0a", "()", "3()b", "12a", "2(a)3(b)", "2(2(2(a)b)c)", "(ab)c", "2(a0(b)c)"]:
        yield (packed,)

    def packed_text(depth: int) -> str:
        parts = []
        for _ in range(rng.randint(1, 3)):
            unit = rng.choice("abc") if depth == 0 or rng.random() < 0.5 else f"({packed_text(depth - 1)})"
            parts.append(rng.choice(["", "", "0", "1", "2", "2", "3"]) + unit)
        return "".join(parts)

    while True:
        yield (packed_text(rng.randint(1, 2)),)


def _changes(old: Any, new: Any, path: str) -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [f"~{path}"]
    found: list[str] = []
    for key in sorted(old.keys() | new.keys()):
        where = f"{path}/{key}"
        if key not in new:
            found.append(f"-{where}")
        elif key not in old:
            found.append(f"+{where}")
        else:
            found += _changes(old[key], new[key], where)
    return found


def document_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what differs between two documents of nested dicts: "-" and the path of each key that only the old one
    has, "+" and the path of each that only the new one has, with nothing about what is inside it, and "~" and the path
    of each value that is not equal, unless both are dicts, which are compared inside in the same way; a path has "/"
    before each key, and each dict is gone through in the order of its keys, both documents together.

    >>> document_changes({"b": {"x": 1, "y": 2}, "a": 3}, {"b": {"y": 4}, "a": 3, "c": {"z": 1}})
    ['-/b/x', '~/b/y', '+/c']
    """
    return _changes(old, new, "")


def inputs_document_changes(rng: Random) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    yield {}, {}
    yield {"a": {}}, {"a": 1}
    yield {"b": 1, "a": 2}, {"c": 1, "a": 2}
    yield {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2, "a": 1}}}
    while True:
        old, new = ({key: _draw_document(rng, 1, False) for key in draw.some(rng, "abc", 2)} for _ in range(2))
        shared = {key: _draw_document(rng, 1, False) for key in draw.some(rng, "abc", 2, min_size=1)}
        yield {**old, "d": shared}, {**new, "d": {**shared, rng.choice("abc"): rng.choice([1, "x"])}}


def path_fits(pattern: str, path: str) -> bool:
    """Return whether the pattern fits the whole path: "?" stands for exactly one character other than "/", "*" for any
    number of characters other than "/", also for none, and any other character for itself.

    >>> path_fits("a*/?.py", "abc/x.py")
    True
    """
    if not pattern:
        return not path
    first, rest = pattern[0], pattern[1:]
    if first == "*" and path_fits(rest, path):
        return True
    if not path or (first in "*?" and path[0] == "/"):
        return False
    if first == "*":
        return path_fits(pattern, path[1:])
    return first in ("?", path[0]) and path_fits(rest, path[1:])


def inputs_path_fits(rng: Random) -> Iterator[tuple[str, str]]:
    for pattern, path in [
        ("", ""),
        ("*", ""),
        ("?", ""),
        ("", "a"),
        ("*", "/"),
        ("?", "/"),
        ("a*b", "ab"),
        ("**", "a"),
    ]:
        yield pattern, path
    yield "*a", "aba"
    yield "?*/b", "a/b"
    while True:
        path = draw.text(rng, "aabb/", 7, min_size=2)
        parts = [character if rng.random() < 0.6 else rng.choice("*?") for character in path]
        for _ in range(rng.choice([0, 1, 1, 2])):
            parts[rng.randrange(len(parts))] = rng.choice(["", "*", "*", "?", "a"])
        if rng.random() < 0.2:
            parts.append(rng.choice("*ab"))
        yield "".join(parts), path


class Spreadsheet:
    """Keep cells with formulas such as "a*2+b", sums of products of cell names, made of letters, and whole numbers,
    without spaces or brackets: put sets the formula of a cell, or clears the cell if it is "", value returns the
    present value of a cell, 0 for one without formula, and raises ValueError if it, or a cell it depends on, depends on
    itself, and users returns the sorted names of the cells whose own formula mentions a cell.

    >>> sheet = Spreadsheet()
    >>> sheet.put("net", "3*price+5")
    >>> sheet.put("price", "7")
    >>> sheet.value("net"), sheet.users("price")
    (26, ['net'])
    """

    def __init__(self) -> None:
        self._formulas: dict[str, str] = {}

    def put(self, cell: str, formula: str) -> None:
        self._formulas[cell] = formula
        if not formula:
            del self._formulas[cell]

    def value(self, cell: str) -> int:
        return self._value(cell, [])

    def _value(self, operand: str, waiting: list[str]) -> int:
        if operand.isdigit():
            return int(operand)
        if operand in waiting:
            raise ValueError("circular formula")
        inner = [*waiting, operand]
        terms = self._formulas.get(operand, "0").split("+")
        return sum(math.prod(self._value(factor, inner) for factor in term.split("*")) for term in terms)

    def users(self, cell: str) -> list[str]:
        return sorted(name for name, formula in self._formulas.items() if cell in re.split("[+*]", formula))


def inputs_Spreadsheet(rng: Random) -> Iterator[draw.Calls]:
    yield [("Spreadsheet",), ("value", "a"), ("users", "a")]
    yield [("Spreadsheet",), ("put", "a", "b+1"), ("put", "b", "a"), ("value", "a"), ("put", "b", ""), ("value", "a")]
    yield [("Spreadsheet",), ("put", "b", "a*a"), ("put", "a", "3"), ("value", "b"), ("users", "a")]
    yield [("Spreadsheet",), ("put", "a", "2*b+b"), ("put", "b", "2+c"), ("put", "c", "4"), ("value", "a")]
    while True:
        calls: draw.Calls = [("Spreadsheet",)]
        for _ in range(rng.randint(3, 5)):
            cell = rng.choice("aabbc")
            names = {"a": "bbc", "b": "cc", "c": ""}[cell] if rng.random() < 0.9 else "abc"
            operands = [rng.choice([*names, *names, "2", "3", "10"]) for _ in range(rng.randint(1, 3))]
            formula = operands[0] + "".join(rng.choice("+*") + operand for operand in operands[1:])
            calls.append(("put", cell, formula if rng.random() < 0.9 else ""))
        yield [*calls, ("value", "a"), ("users", rng.choice("bc"))]


class NestedBoxes:
    """Keep track of which thing is in which box, any thing being able to be a box: put places a thing, with all it
    holds, in a box, out of the one that it was in, or raises ValueError if the box is the thing itself or inside it at
    any depth, where returns the boxes around a thing from the outermost one to the thing itself, which comes last, and
    contents returns the things in a box in alphabetical order, each followed by its own contents in the same way.

    >>> boxes = NestedBoxes()
    >>> boxes.put("pen", "case")
    >>> boxes.put("case", "bag")
    >>> boxes.where("pen")
    ['bag', 'case', 'pen']
    >>> boxes.contents("bag")
    ['case', 'pen']
    """

    def __init__(self) -> None:
        self._box_of: dict[str, str] = {}

    def put(self, thing: str, box: str) -> None:
        if thing in self.where(box):
            raise ValueError("a thing cannot be inside itself")
        self._box_of[thing] = box

    def where(self, thing: str) -> list[str]:
        if thing not in self._box_of:
            return [thing]
        return [*self.where(self._box_of[thing]), thing]

    def contents(self, box: str) -> list[str]:
        found: list[str] = []
        for thing, outer in sorted(self._box_of.items()):
            if outer == box:
                found += [thing, *self.contents(thing)]
        return found


def inputs_NestedBoxes(rng: Random) -> Iterator[draw.Calls]:
    yield [("NestedBoxes",), ("where", "a"), ("contents", "a")]
    yield [("NestedBoxes",), ("put", "a", "a"), ("contents", "a")]
    yield [("NestedBoxes",), ("put", "b", "c"), ("put", "a", "b"), ("put", "c", "a"), ("where", "a"), ("contents", "c")]
    yield [
        ("NestedBoxes",),
        ("put", "d", "a"),
        ("put", "b", "a"),
        ("put", "c", "b"),
        ("put", "b", "e"),
        ("contents", "a"),
    ]
    while True:
        calls: draw.Calls = [("NestedBoxes",)]
        for _ in range(rng.randint(3, 4)):
            thing = rng.randint(0, 3)
            calls.append(("put", "abcd"[thing], rng.choice("abcde"[thing + 1 :] if rng.random() < 0.8 else "abcd")))
        yield [*calls, ("where", rng.choice("abc")), ("contents", rng.choice("de"))]


def _grow(symbol: str, rules: dict[str, str], rounds: int) -> str:
    if symbol not in rules:
        return symbol
    if rounds == 0:
        return "" if symbol.isupper() else symbol
    return "".join(_grow(part, rules, rounds - 1) for part in rules[symbol])


def grow_pattern(start: str, rules: dict[str, str], rounds: int, limit: int) -> str:
    """Return what a pattern grows into: in every round all symbols with a rule are replaced at the same time by what
    their rule says, the others stay, after the last round the capital letters with a rule are taken out, and if then
    more than limit symbols are left, only the first limit of them are kept, followed by "...".

    >>> grow_pattern("aB", {"a": "ab", "B": "aBc"}, 2, 6)
    'abbaba...'
    """
    grown = "".join(_grow(symbol, rules, rounds) for symbol in start)
    return grown if len(grown) <= limit else grown[:limit] + "..."


def inputs_grow_pattern(rng: Random) -> Iterator[tuple[str, dict[str, str], int, int]]:
    yield "", {}, 1, 4
    yield "A", {"A": "b"}, 0, 4
    yield "aAC", {"a": "a", "A": ""}, 0, 2
    yield "ab", {"a": "b", "b": "a"}, 3, 2
    yield "X", {"X": "aX-Xb"}, 2, 8
    while True:
        rules = {name: draw.text(rng, "abcABC-", 3) for name in draw.some(rng, "abAB", 4, min_size=2)}
        yield draw.text(rng, "aabAAB-", 4, min_size=2), rules, rng.randint(0, 3), rng.randint(4, 12)
