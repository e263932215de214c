"""Programs that builder/programs/trees.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random
from typing import Any

from debugarena.builder.programs import draw


def _recorded(node: dict[str, Any], word: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for letter, below in node.items():
        if letter == "":
            found.append((-below, word))
        else:
            found += _recorded(below, word + letter)
    return found


class SearchBox:
    """Complete what people type: record counts further uses of a word, suggest returns at most limit of the recorded
    words that begin with the prefix, the most used ones first and equally used ones in alphabetical order, and longest
    returns the longest recorded word that the text begins with, or None if there is none.

    >>> box = SearchBox()
    >>> box.record("tea", 1)
    >>> box.record("team", 2)
    >>> box.suggest("te", 5)
    ['team', 'tea']
    >>> box.longest("teapot")
    'tea'
    """

    def __init__(self) -> None:
        self._root: dict[str, Any] = {}

    def record(self, word: str, uses: int) -> None:
        node = self._root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = node.get("", 0) + uses

    def suggest(self, prefix: str, limit: int) -> list[str]:
        node = self._root
        for letter in prefix:
            node = node.get(letter, {})
        return [word for _, word in sorted(_recorded(node, prefix))[:limit]]

    def longest(self, text: str) -> str | None:
        node = self._root
        best = None
        for size, letter in enumerate(text, 1):
            if letter not in node:
                break
            node = node[letter]
            if "" in node:
                best = text[:size]
        return best


def inputs_SearchBox(rng: Random) -> Iterator[draw.Calls]:
    yield [("SearchBox",), ("suggest", "", 3), ("longest", "a")]
    yield [("SearchBox",), ("record", "ab", 1), ("record", "ba", 1), ("suggest", "", 1), ("longest", "abba")]
    yield [("SearchBox",), ("record", "ab", 1), ("record", "a", 2), ("record", "ab", 2), ("suggest", "a", 2)]
    while True:
        calls: draw.Calls = [("SearchBox",)]
        for _ in range(rng.randint(2, 4)):
            calls.append(("record", draw.text(rng, "aab", 3, min_size=1), rng.randint(1, 3)))
        calls.append(("suggest", rng.choice(["", "a", "a", "aa", "b", "ab"]), rng.randint(1, 3)))
        yield [*calls, ("longest", draw.text(rng, "aab", 4, min_size=2))]
