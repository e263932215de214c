"""Trees as nested tuples and dicts or as parents: outlines, totals, search trees, tries, branches, serialisation."""

import math
from collections.abc import Iterator
from random import Random
from typing import Any

from debugarena.builder.programs import draw


def _draw_tree(rng: Random, keys: list[int]) -> Any:
    """A (left, key, right) tree of random shape with the keys in this order from left to right."""
    if not keys:
        return None
    root = rng.choice([0, len(keys) - 1, rng.randrange(len(keys))])
    return _draw_tree(rng, keys[:root]), keys[root], _draw_tree(rng, keys[root + 1 :])


def _draw_children(rng: Random, names: list[str]) -> list[tuple[str, list[Any]]]:
    """The names as a list of (name, children), in this order when read from the top."""
    children = []
    while names:
        size = rng.randint(1, len(names))
        children.append((names[0], _draw_children(rng, names[1:size])))
        names = names[size:]
    return children


def _branches(children: list[tuple[str, list[Any]]], indent: str) -> list[str]:
    lines: list[str] = []
    for position, (name, below) in enumerate(children, 1):
        last = position == len(children)
        lines.append(indent + ("`- " if last else "+- ") + name)
        lines += _branches(below, indent + ("   " if last else "|  "))
    return lines


def render_outline(tree: tuple[str, list[Any]]) -> list[str]:
    """Return the lines that show a tree of (name, children): the name of the root alone, then below each node its
    children in order, each with "+- " before its name, or "`- " if it is the last child of its parent, and before that,
    for every ancestor other than the root from the top down, three spaces if that is a last child, otherwise "|" and
    two spaces.

    >>> render_outline(("src", [("lib", [("a.py", [])]), ("b.py", [])]))
    ['src', '+- lib', '|  `- a.py', '`- b.py']
    """
    name, children = tree
    return [name, *_branches(children, "")]


def inputs_render_outline(rng: Random) -> Iterator[tuple[tuple[str, list[Any]]]]:
    yield (("src", []),)
    yield (("src", [("a", []), ("b", [])]),)
    yield (("src", [("a", [("b", [("c", [])]), ("d", [])]), ("e", [])]),)
    yield (("src", [("a", []), ("b", [("c", [("d", [])])])]),)
    while True:
        yield ((rng.choice(["src", "doc"]), _draw_children(rng, list("abcdef")[: rng.randint(2, 6)])),)


def _measure(folder: dict[str, Any], path: str, totals: dict[str, int]) -> int:
    total = 0
    for name, entry in folder.items():
        if isinstance(entry, dict):
            total += _measure(entry, f"{path}/{name}", totals)
        else:
            total += entry
    totals[path] = total
    return total


def large_folders(root: dict[str, Any], least: int) -> list[tuple[str, int]]:
    """Return the folders with at least the given total size, subfolders included, as (path, total) pairs, largest first
    and equal ones sorted by path; a folder maps names to the size of a file or to a subfolder of the same kind, the
    path of the root is "/", of others the names from the root down with "/" before each.

    >>> large_folders({"a": 3, "img": {"b": 2, "old": {"c": 4}}, "tmp": {"d": 1}}, 4)
    [('/', 10), ('/img', 6), ('/img/old', 4)]
    """
    totals: dict[str, int] = {}
    _measure(root, "", totals)
    large = [(path or "/", total) for path, total in totals.items() if total >= least]
    return sorted(large, key=lambda pair: (-pair[1], pair[0]))


def _draw_folder(rng: Random, depth: int) -> dict[str, Any]:
    folder: dict[str, Any] = {name: rng.randint(0, 3) for name in draw.some(rng, "xyz", 2)}
    if depth > 0:
        folder.update({name: _draw_folder(rng, depth - 1) for name in draw.some(rng, "abc", 2, min_size=1)})
    return folder


def inputs_large_folders(rng: Random) -> Iterator[tuple[dict[str, Any], int]]:
    yield {}, 0
    yield {}, 1
    yield {"b": {"x": 2}, "a": {"x": 2}}, 2
    yield {"a": {"b": {"x": 3}}}, 3
    while True:
        yield _draw_folder(rng, rng.randint(1, 2)), rng.randint(1, 4)


def _with(tree: Any, key: int) -> Any:
    if tree is None:
        return (None, key, None)
    left, here, right = tree
    if key < here:
        return (_with(left, key), here, right)
    if key > here:
        return (left, here, _with(right, key))
    return tree


def _without(tree: Any, key: int) -> Any:
    if tree is None:
        raise KeyError(key)
    left, here, right = tree
    if key < here:
        return (_without(left, key), here, right)
    if key > here:
        return (left, here, _without(right, key))
    if left is None:
        return right
    if right is None:
        return left
    heir = right
    while heir[0] is not None:
        heir = heir[0]
    return (left, heir[1], _without(right, heir[1]))


class SearchTree:
    """Keep different integers in a search tree that is not balanced: add puts a new key below the last node on the way
    to its place and does nothing for one that is there, remove takes a key out, its only subtree if any moving up to
    its place, or with two subtrees the smallest key of the right one being removed from there and taking its place, or
    raises KeyError if it is missing, and shape returns the tree as (left, key, right) with None for an empty one.

    >>> tree = SearchTree()
    >>> tree.add(5)
    >>> tree.add(2)
    >>> tree.add(7)
    >>> tree.remove(5)
    >>> tree.shape()
    ((None, 2, None), 7, None)
    """

    def __init__(self) -> None:
        self._root: Any = None

    def add(self, key: int) -> None:
        self._root = _with(self._root, key)

    def remove(self, key: int) -> None:
        self._root = _without(self._root, key)

    def shape(self) -> Any:
        return self._root


def inputs_SearchTree(rng: Random) -> Iterator[draw.Calls]:
    yield [("SearchTree",), ("shape",)]
    yield [("SearchTree",), ("add", 1), ("add", 1), ("remove", 1), ("remove", 1), ("shape",)]
    yield [("SearchTree",), ("add", 1), ("add", 4), ("add", 3), ("add", 2), ("remove", 1), ("shape",)]
    yield [("SearchTree",), ("add", 1), ("add", 0), ("add", 5), ("add", 3), ("add", 4), ("remove", 1), ("shape",)]
    while True:
        keys = rng.sample(range(1, 7), 5)
        if rng.random() < 0.7:
            keys.insert(0, keys.pop(keys.index(sorted(keys)[rng.randint(1, 2)])))
        calls: draw.Calls = [("SearchTree",), *[("add", key) for key in keys[: rng.randint(3, 5)]]]
        calls.append(("remove", rng.choice([keys[0], keys[0], keys[1], keys[2], rng.randint(1, 6)])))
        yield [*calls, ("shape",)]


def _chain_of(person: str, bosses: dict[str, str]) -> list[str]:
    chain = [person]
    while chain[-1] in bosses:
        chain.append(bosses[chain[-1]])
    return chain


def shared_boss(bosses: dict[str, str], first: str, second: str) -> tuple[str, int, int] | None:
    """Return the lowest person whom both work under at any depth and how many levels the first and the second are
    below that person, where everyone counts as working under themselves at 0 levels, or None if there is no such
    person; bosses maps people to their direct boss, and whoever is no key has none.

    >>> shared_boss({"ann": "eve", "bob": "cy", "cy": "eve"}, "bob", "ann")
    ('eve', 2, 1)
    """
    others = _chain_of(second, bosses)
    for levels, person in enumerate(_chain_of(first, bosses)):
        if person in others:
            return person, levels, others.index(person)
    return None


def inputs_shared_boss(rng: Random) -> Iterator[tuple[dict[str, str], str, str]]:
    yield {}, "a", "a"
    yield {}, "a", "b"
    yield {"a": "b", "b": "c"}, "a", "c"
    yield {"a": "b", "b": "c", "d": "b"}, "d", "a"
    while True:
        names = rng.sample("abcdefg", 7)
        bosses = {name: rng.choice(names[max(0, n - 3) : n]) for n, name in enumerate(names) if n > rng.randint(0, 1)}
        yield bosses, rng.choice(names[3:]), rng.choice(names[2:])


def level_leaders(parents: list[int], points: list[int]) -> list[tuple[int, int]]:
    """Return for each level of the tree, from the root down, the total points of its nodes and the number of the node
    with most points, the lowest number of equal ones; node n has parents[n] as its parent, -1 for the root, and
    points[n] as its points.

    >>> level_leaders([1, -1, 1], [4, 2, 7])
    [(2, 1), (11, 2)]
    """
    levels: list[tuple[int, int]] = []
    members = [-1]
    while True:
        members = [node for node, parent in enumerate(parents) if parent in members]
        if not members:
            return levels
        total = sum(points[node] for node in members)
        levels.append((total, max(members, key=lambda node: points[node])))


def inputs_level_leaders(rng: Random) -> Iterator[tuple[list[int], list[int]]]:
    yield [], []
    yield [-1], [3]
    yield [1, 2, -1], [5, 5, 5]
    yield [-1, 0, 0, 0], [0, 2, 3, 3]
    while True:
        size = rng.randint(4, 7)
        numbers = rng.sample(range(size), size)
        parents = [-1] * size
        for place in range(1, size):
            parents[numbers[place]] = numbers[rng.randint(max(0, place - 3), place - 1)]
        yield parents, [rng.randint(-2, 4) for _ in range(size)]


def _misplaced(tree: Any, low: float, high: float) -> list[int]:
    if tree is None:
        return []
    left, key, right = tree
    here = [] if low < key < high else [key]
    return [*_misplaced(left, low, min(high, key)), *here, *_misplaced(right, max(low, key), high)]


def misplaced_keys(tree: tuple[Any, int, Any] | None) -> list[int]:
    """Return the keys of a (left, key, right) tree, None for an empty one, that break the order of a search tree, read
    from left to right: those that are not smaller than every key above in whose left subtree they are, or not greater
    than every key above in whose right subtree they are.

    >>> misplaced_keys((((None, 1, None), 3, (None, 6, None)), 5, (None, 5, None)))
    [6, 5]
    """
    return _misplaced(tree, -math.inf, math.inf)


def inputs_misplaced_keys(rng: Random) -> Iterator[tuple[tuple[Any, int, Any] | None]]:
    yield (None,)
    yield (((None, 2, None), 2, (None, 2, None)),)
    yield (((None, 1, None), 2, (None, 3, None)),)
    yield ((((None, 1, None), 4, (None, 2, None)), 3, None),)
    while True:
        keys = sorted(draw.integers(rng, 0, 9, 6, min_size=3))
        for _ in range(rng.randint(0, 2)):
            spot = rng.randrange(len(keys) - 1)
            keys[spot], keys[spot + 1] = keys[spot + 1], keys[spot]
        yield (_draw_tree(rng, keys),)


def _height(tree: Any, tilted: list[tuple[int, int]]) -> int:
    if tree is None:
        return 0
    smaller, key, larger = tree
    left, right = _height(smaller, tilted), _height(larger, tilted)
    if abs(left - right) > 1:
        tilted.append((key, left - right))
    return 1 + max(left, right)


def tilted_nodes(tree: tuple[Any, int, Any] | None) -> list[tuple[int, int]]:
    """Return (key, tilt) for each node of a (left, key, right) tree, None for an empty one, whose tilt, the height of
    its left subtree less that of its right one, is below -1 or above 1, every node after those of its left and then
    those of its right subtree; the height is the number of nodes on the longest way down.

    >>> tilted_nodes((None, 4, ((None, 8, None), 9, None)))
    [(4, -2)]
    """
    tilted: list[tuple[int, int]] = []
    _height(tree, tilted)
    return tilted


def inputs_tilted_nodes(rng: Random) -> Iterator[tuple[tuple[Any, int, Any] | None]]:
    yield (None,)
    yield ((None, 1, (None, 2, None)),)
    yield ((None, 1, (None, 2, (None, 3, None))),)
    yield (((((None, 1, None), 2, None), 3, None), 4, None),)
    while True:
        yield (_draw_tree(rng, rng.sample(range(1, 10), rng.randint(4, 7))),)


def rebuild_tree(top_down: list[int], sorted_keys: list[int]) -> Any:
    """Return as (left, key, right), with None for an empty tree, the binary tree whose different keys come in the first
    order when each node is read before its left and then its right subtree, and in the second one when each is read
    between the two; raise ValueError if there is no such tree.

    >>> rebuild_tree([4, 2, 3, 9], [2, 3, 4, 9])
    ((None, 2, (None, 3, None)), 4, (None, 9, None))
    """
    if len(top_down) != len(sorted_keys):
        raise ValueError("not the same keys")
    if not top_down:
        return None
    size = sorted_keys.index(top_down[0])
    left = rebuild_tree(top_down[1 : size + 1], sorted_keys[:size])
    right = rebuild_tree(top_down[size + 1 :], sorted_keys[size + 1 :])
    return left, top_down[0], right


def _top_down(tree: Any) -> list[int]:
    return [] if tree is None else [tree[1], *_top_down(tree[0]), *_top_down(tree[2])]


def inputs_rebuild_tree(rng: Random) -> Iterator[tuple[list[int], list[int]]]:
    yield [], []
    yield [1], []
    yield [1, 2], [2, 3]
    yield [3, 1, 2], [3, 2, 1]
    yield [1, 2, 3], [2, 3, 1]
    while True:
        keys = rng.sample(range(10), rng.randint(2, 6))
        top_down = _top_down(_draw_tree(rng, keys))
        if rng.random() < 0.08:
            top_down.pop()
        elif rng.random() < 0.1:
            rng.shuffle(top_down)
        yield top_down, keys


def _read_node(text: str, start: int) -> tuple[tuple[str, list[Any]], int]:
    end = start
    while end < len(text) and text[end].isalpha():
        end += 1
    if end == start:
        raise ValueError("name expected")
    name = text[start:end]
    children: list[Any] = []
    if text[end : end + 1] == "(":
        separator = ","
        while separator == ",":
            child, end = _read_node(text, end + 1)
            children.append(child)
            separator = text[end : end + 1]
        if separator != ")":
            raise ValueError("bracket expected")
        end += 1
    return (name, children), end


def parse_tree(text: str) -> tuple[str, list[Any]]:
    """Return the tree that a text such as "a(b,c(d))" stands for as (name, children), the children in order and of the
    same kind: a node is a name of one or more letters, followed, only if it has children, by them in round brackets
    with commas between; raise ValueError for any other text, also if something follows the root.

    >>> parse_tree("top(x(y),z)")
    ('top', [('x', [('y', [])]), ('z', [])])
    """
    tree, end = _read_node(text, 0)
    if end < len(text):
        raise ValueError("text after the tree")
    return tree


def _write(children: list[tuple[str, list[Any]]]) -> str:
    return ",".join(name + (f"({_write(below)})" if below else "") for name, below in children)


def inputs_parse_tree(rng: Random) -> Iterator[tuple[str]]:
    for text in ["", "a", "ab", "a()", "a(b", "a(b,)", "a(b))", "a,b", "a(b;c)", "a(b)c", "(a)", "a(b(c)(d))"]:
        yield (text,)
    while True:
        names = draw.words(rng, 6, min_size=1, vocabulary=["a", "b", "cd", "e"])
        text = _write([("top", _draw_children(rng, names))])
        if rng.random() < 0.12:
            cut = rng.randrange(len(text))
            text = text[:cut] + rng.choice(["", ",", "(", ")", "a"]) + text[cut + 1 :]
        yield (text,)


def visible_menu(entries: list[tuple[str, str, list[Any]]], roles: list[str]) -> list[tuple[str, list[Any]]]:
    """Return the part of a menu that somebody with these roles gets to see as a list of (label, entries below): an
    entry (label, role, entries below) is left out with all below it unless its role is "" or one of the roles, and one
    that had entries below it is left out also if none of them is left.

    >>> visible_menu([("File", "", [("Open", "", []), ("Wipe", "boss", [])]), ("Admin", "", [("Log", "boss", [])])], [])
    [('File', [('Open', [])])]
    """
    shown: list[tuple[str, list[Any]]] = []
    for label, role, below in entries:
        if role == "" or role in roles:
            kept = visible_menu(below, roles)
            if kept or not below:
                shown.append((label, kept))
    return shown


def _draw_menu(rng: Random, names: list[str]) -> list[tuple[str, str, list[Any]]]:
    entries = []
    while names:
        size = rng.randint(1, len(names))
        entries.append((names[0], rng.choice(["", "", "it", "hr"]), _draw_menu(rng, names[1:size])))
        names = names[size:]
    return entries


def inputs_visible_menu(rng: Random) -> Iterator[tuple[list[tuple[str, str, list[Any]]], list[str]]]:
    yield [], ["it"]
    yield [("A", "it", [])], []
    yield [("A", "", [("B", "it", [])])], []
    yield [("A", "it", [("B", "", [("C", "it", [])])]), ("D", "hr", [])], ["it"]
    while True:
        yield _draw_menu(rng, list("ABCDE")[: rng.randint(3, 5)]), draw.some(rng, ["it", "hr"], 2)


def _replies(comments: list[tuple[int, int, int]], parent: int, least: int, indent: str) -> list[str]:
    lines: list[str] = []
    answers = [(-score, number) for number, above, score in comments if above == parent and score >= least]
    for _, number in sorted(answers):
        lines.append(f"{indent}#{number}")
        lines += _replies(comments, number, least, indent + "  ")
    return lines


def thread_lines(comments: list[tuple[int, int, int]], least: int) -> list[str]:
    """Return the lines of a discussion from comments (number, number of the comment it answers or 0, score): each
    comment as "#" and its number, followed by its answers, each indented by two more spaces than what it answers, those
    side by side with the highest score first and equal ones by number; a comment with a score below the least one is
    left out with all answers below it.

    >>> thread_lines([(1, 0, 2), (2, 1, 0), (3, 0, 5), (4, 1, 0), (5, 1, -3)], 0)
    ['#3', '#1', '  #2', '  #4']
    """
    return _replies(comments, 0, least, "")


def inputs_thread_lines(rng: Random) -> Iterator[tuple[list[tuple[int, int, int]], int]]:
    yield [], 0
    yield [(1, 0, 0), (2, 0, 1), (3, 2, -1)], 0
    yield [(3, 1, 2), (2, 1, 2), (1, 0, 2)], 2
    while True:
        numbers = rng.sample(range(1, 10), rng.randint(3, 6))
        comments = []
        for place, number in enumerate(numbers):
            above = rng.choice([0, *numbers[:place][-2:]])
            comments.append((number, above, rng.choice([-1, 0, 1, 1, 2, 2])))
        rng.shuffle(comments)
        yield comments, rng.choice([-1, 0, 0, 1])


def best_branch(tree: tuple[Any, int, Any]) -> tuple[int, str]:
    """Return the largest total of the values from the root down to a leaf of a (left, value, right) tree that is not
    empty, with None for an empty subtree, and the way there as a string of "L" and "R", of equal ones the leftmost; a
    leaf is a node whose subtrees are both empty.

    >>> best_branch(((None, 4, None), 1, ((None, -2, None), 5, None)))
    (5, 'L')
    """
    left, value, right = tree
    best: tuple[int, str] | None = None
    for turn, below in (("L", left), ("R", right)):
        if below is not None:
            total, way = best_branch(below)
            if best is None or total > best[0]:
                best = total, turn + way
    return (value, "") if best is None else (best[0] + value, best[1])


def inputs_best_branch(rng: Random) -> Iterator[tuple[tuple[Any, int, Any]]]:
    yield ((None, -3, None),)
    yield ((None, 4, (None, -1, None)),)
    yield (((None, 2, None), 1, (None, 2, None)),)
    yield ((((None, 0, None), 3, (None, 0, None)), 1, (None, 4, None)),)
    while True:
        yield (_draw_tree(rng, draw.integers(rng, -2, 4, 7, min_size=4)),)


def trim_search_tree(tree: tuple[Any, int, Any] | None, low: int, high: int) -> Any:
    """Return a search tree (left, key, right), None for an empty one, without the keys below low or above high, where
    the trimmed subtree on the side that can still hold kept keys moves up to the place of a node that goes.

    >>> trim_search_tree(((None, 1, (None, 2, None)), 4, (None, 6, None)), 2, 5)
    ((None, 2, None), 4, None)
    """
    if tree is None:
        return None
    left, key, right = tree
    if key < low:
        return trim_search_tree(right, low, high)
    if key > high:
        return trim_search_tree(left, low, high)
    return trim_search_tree(left, low, high), key, trim_search_tree(right, low, high)


def inputs_trim_search_tree(rng: Random) -> Iterator[tuple[tuple[Any, int, Any] | None, int, int]]:
    yield None, 1, 2
    yield (None, 3, None), 3, 3
    yield ((None, 1, None), 3, (None, 5, None)), 2, 4
    yield (None, 1, ((None, 2, None), 3, (None, 4, None))), 2, 3
    while True:
        keys = sorted(rng.sample(range(9), rng.randint(4, 6)))
        low = rng.randint(0, 4)
        yield _draw_tree(rng, keys), low, low + rng.randint(2, 6)
