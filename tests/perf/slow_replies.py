"""Searches for replies whose code is slow to find, and prints the slowest. Each is of pieces that repeat on two levels;
a third of the tries are drawn afresh, the rest change one of the slowest so far.

  python tests/perf/slow_replies.py --tries 10000 --seed 0
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

from rich.progress import track

from debugarena.benchmark.grading.extraction import extract_code

REPLY_CHARS = 964 * 1024  # as much as a message to the server may hold
KEPT = 12
PIECES = [
    *("`", "```", "``````", "~~~", "\n```", "```python\n", "\n```\n", "```add", "add ```py\n", "# ```\n", "> ", "- "),
    *(
        "1. ",
        "1)",
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\\\n",
        "\u2028",
        "\ufeff",
        '"""',
        "'''",
        "'",
        "f'{x}'\n",
    ),
    *(
        "<think>",
        "</think>",
        "</think>\n",
        "\n</think>",
        "<thinking>\n",
        "'<think>'",
        "<",
        "def add(a, b):\n",
        "def add",
    ),
    *(
        "    return 1\n",
        "x=1\n",
        "x;",
        "@a\n",
        "(",
        ")",
        "[]",
        "{",
        "lambda:",
        "'\\d'\n",
        "python\n",
        "add",
        "x",
        "0",
        "#",
    ),
    *("é", "a\u0301\u0323", "\ufdfa"),
]


@dataclass(frozen=True)
class Recipe:
    """(inner * n_inner + outer) * n_outer + last, over and over."""

    inner: tuple[str, ...]
    n_inner: int
    outer: tuple[str, ...]
    n_outer: int
    last: tuple[str, ...]
    opened_fence: bool

    def reply(self) -> str:
        part = "".join(self.inner) * self.n_inner + "".join(self.outer)
        whole = part[:REPLY_CHARS] * min(self.n_outer, REPLY_CHARS // len(part) + 1) + "".join(self.last)
        return (whole * (REPLY_CHARS // len(whole) + 1))[:REPLY_CHARS]

    def cpu_s(self) -> float:
        reply = self.reply()
        started = time.process_time()
        extract_code(reply, "python", "add", self.opened_fence)
        return time.process_time() - started


def draw(rng: random.Random) -> Recipe:
    """A recipe drawn afresh."""
    inner, outer, last = (tuple(rng.choices(PIECES, k=rng.randint(at_least, 5))) for at_least in (1, 0, 0))
    counts = [1, 1, 3, 10, 40, 99, 198, 400, 2000, 8000]
    return Recipe(inner, rng.choice(counts), outer, rng.choice(counts), last, rng.random() < 0.4)


def change(recipe: Recipe, rng: random.Random) -> Recipe:
    """The same with one to three parts changed."""
    for _ in range(rng.randint(1, 3)):
        part = rng.choice(["inner", "outer", "last", "n_inner", "n_outer", "opened_fence"])
        old = getattr(recipe, part)
        new: Any
        if part == "opened_fence":
            new = not old
        elif part.startswith("n_"):
            new = max(1, int(old * rng.choice([0.5, 0.9, 1.1, 2, 3])) % 20_000)
        else:
            place = rng.randint(0, len(old))
            new = (*old[:place], *rng.choices(PIECES, k=rng.randint(0, 1)), *old[place + rng.randint(0, 1) :])
        recipe = replace(recipe, **{part: new})
    return recipe if recipe.inner else draw(rng)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = random.Random(f"slow replies:{args.seed}")
    slowest: list[tuple[float, Recipe]] = []
    for n in track(range(args.tries), "Searching", update_period=1.0):
        recipe = change(rng.choice(slowest)[1], rng) if 3 * n > args.tries else draw(rng)
        cpu_s = recipe.cpu_s()
        if len(slowest) < KEPT or cpu_s > slowest[-1][0]:
            cpu_s = min(cpu_s, recipe.cpu_s())  # the machine may have been busy
            slowest = sorted([*slowest, (cpu_s, recipe)], key=lambda item: -item[0])[:KEPT]
    for cpu_s, recipe in slowest[:3]:
        print(f"{cpu_s:.3f} s of CPU time: {recipe}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
