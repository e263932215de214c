"""Searches for the text that costs a parser of strangers' text the most, in CPU seconds, at the size that it still reads.

  python tests/perf/parsers.py --minutes 3 --docs docs/threat-model.md
  python tests/perf/parsers.py --only python --seed 7

Each parser has families of texts that are known to be slow somewhere, and pieces from which a seeded search builds more:
repeated, nested, put into frames, then mutated where they were slow. A text is read in a child process, whose CPU time
is limited, so that one without an end is found and not suffered. Of a file with many rows the time of a row counts.

Writes parsers.json, parsers.md and each parser's worst text to the folder; --docs also renews the table of a page. Exits
1 if a text takes longer than LIMIT_S, or is refused by anything but a sentence.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import gzip
import io
import json
import math
import multiprocessing
import re
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from pages import circumstances, keep, load_average, table

from debugarena.benchmark.bounded_yaml import MAX_FILE_BYTES, MAX_TOKENS
from debugarena.benchmark.dataset.loading import MAX_ROW_BYTES, load_bugs, read_bug_files
from debugarena.benchmark.dataset.parquet import MAX_RATIO, MAX_ROWS, MAX_UNPACKED_BYTES
from debugarena.benchmark.dataset.schema import Bug, stated_row
from debugarena.benchmark.dataset.yaml_file import BUGS_FOLDER, read_bug
from debugarena.benchmark.errors import BugFileError, UsageError
from debugarena.benchmark.grading.extraction import extract_code
from debugarena.benchmark.languages.python.code_facts import (
    MAX_CODE_CHARS,
    MAX_MARKS,
    MAX_NAMES_TIMES_SCOPES,
    read_code,
)
from debugarena.benchmark.languages.python.edits import MAX_PAIRS, edit_size
from debugarena.leaderboard import submission
from debugarena.leaderboard.meta import read_meta

LIMIT_S = 0.25
END_S = 10  # a child is ended after so much CPU time for one text
MEMORY_BYTES = 4 << 30
DEPTHS = (1, 2, 5, 10, 20, 37, 60, 90, 99, 150, 190, 199, 300, 480, 700, 900, 1400, 2900)
COUNTS = (1, 2, 8, 64, 512, 2048)
KEPT = 40  # texts that mutants are made of

Texts = Iterator[tuple[str, bytes]]  # what it is, in a few words, and the file or text


@dataclass(frozen=True)
class Pieces:
    """What texts are built from: what is repeated, what is nested, and what stands around all of it."""

    units: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    frames: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Parser:
    """`read` takes a file with `suffix` and says how many rows it had; it lets no exception out for what is malformed.

    size: of a text in bytes at most. pack: what turns a text that was built into such a file.
    """

    name: str
    bound: str
    size: int
    suffix: str
    read: Callable[[Path], int]
    families: Callable[[], Texts]
    pieces: Pieces | None = None
    pack: Callable[[bytes], bytes] = bytes


@dataclass
class Found:
    """A text and what it took."""

    about: str
    text: bytes
    seconds: float
    raised: str = ""


@dataclass
class Search:
    """What was found so far, slowest first."""

    n_tried: int = 0
    best: list[Found] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Keeps the slowest, of one descent two at the most, so that they stay different."""
        self.n_tried += 1
        self.best.append(found)
        self.best.sort(key=lambda f: (f.raised == "", -f.seconds))
        seen: Counter[str] = Counter()
        kept = []
        for one in self.best:
            seen[one.about] += 1
            if seen[one.about] <= 2:
                kept.append(one)
        self.best = kept[:KEPT]


class Child:
    """A process that reads texts for one parser; another one takes its place if it is ended."""

    def __init__(self, parser: Parser, folder: Path) -> None:
        self._parser, self._file = parser, folder / f"text{parser.suffix}"
        self._start()

    def measure(self, text: bytes) -> tuple[float, str]:
        """CPU seconds a row, and what was raised, if anything."""
        try:
            self._connection.send_bytes(text)
            seconds, raised = self._connection.recv()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            self._start()
            return math.inf, f"no end in {END_S} s of CPU, or a crash (exit {code})"
        return float(seconds), str(raised)

    def close(self) -> None:
        self._connection.close()
        self._process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=self._serve, args=(theirs, self._connection), daemon=True)
        self._process.start()
        theirs.close()

    def _serve(self, connection: Any, parents: Any) -> None:
        parents.close()
        warnings.simplefilter("ignore")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        while True:
            try:
                self._file.write_bytes(connection.recv_bytes())
            except EOFError:
                return
            used = math.ceil(time.process_time())
            resource.setrlimit(resource.RLIMIT_CPU, (used + END_S, resource.RLIM_INFINITY))
            gc.collect()
            started, rows, raised = time.process_time(), 1, ""
            try:
                rows = self._parser.read(self._file)
            except BaseException as error:
                raised = f"{type(error).__name__}: {error}"[:200]
            connection.send(((time.process_time() - started) / max(1, rows), raised))


# building texts


def fill(unit: str, size: int, before: str = "", after: str = "") -> str:
    """A unit, which is not empty, as often as it fits between the two."""
    room = size - len((before + after).encode(errors="replace"))
    return before + unit * (room // len(unit.encode(errors="replace"))) + after


def nested(pair: tuple[str, str], depth: int, inside: str) -> str:
    return pair[0] * depth + inside + pair[1] * depth


def plain_texts(pieces: Pieces, size: int) -> Iterator[tuple[str, str]]:
    """Every unit repeated, every pair nested to every depth and that repeated; in an order that mixes them."""
    cases: list[tuple[str, str]] = [(f"{unit!r} repeated", fill(unit, size)) for unit in pieces.units]
    for pair, depth in product(pieces.pairs, DEPTHS):
        text = nested(pair, depth, pieces.units[0])
        if len(text) <= size:
            cases.append((f"{pair[0]!r} ... {pair[1]!r}, {depth} deep, repeated", fill(text + "\n", size)))
    Random("plain").shuffle(cases)
    yield from cases


def built(rng: Random, pieces: Pieces, size: int) -> tuple[str, str]:
    """A unit, nested and repeated a few times, in a frame."""
    text = rng.choice(pieces.units) * rng.choice((0, 1, 1, 1, *COUNTS))
    names = []
    for _ in range(rng.randrange(5)):
        kind = rng.random()
        if kind < 0.6:
            pair = rng.choice(pieces.pairs)
            if rng.random() < 0.15:  # not closed, or by something else
                pair = pair[0], rng.choice(["", rng.choice(pieces.pairs)[1]])
            depth = rng.choice(DEPTHS)
            names.append(f"{pair[0]!r} ... {pair[1]!r} {depth} deep")
            text = nested(pair, depth, text)
        else:
            unit = rng.choice(pieces.units) * rng.choice(COUNTS)
            text = rng.choice((unit + text, text + unit, (text + rng.choice(pieces.units)) * rng.choice(COUNTS)))
        text = text[:size]
    frame = rng.choice(pieces.frames)
    if rng.random() < 0.7:
        whole = frame[0] + text + frame[1] + rng.choice(("", rng.choice(pieces.units)))
        text = fill(whole or "\n", size) or whole
    else:
        text = fill(text or "\n", size, *frame)
    return f"{', '.join(names) or 'units'} in {frame[0][-20:]!r} ... {frame[1][:20]!r}", text


def mutated(rng: Random, text: str, other: str, pieces: Pieces, size: int) -> str:
    """The text with one stretch repeated, replaced, wrapped, taken out, or taken from another text."""
    start, stop = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    if rng.random() < 0.4:
        stop = start + rng.choice((1, 2, 4, 16, 64))
    part, unit = text[start:stop], rng.choice(pieces.units)
    middle = rng.choice(
        (
            part * min(rng.choice(COUNTS), size // (len(part) + 1) + 1),
            unit * rng.choice(COUNTS),
            nested(rng.choice(pieces.pairs), rng.choice(DEPTHS), part),
            other[start:stop],
            "",
        )
    )
    return rng.choice((text[:start] + middle + text[stop:], text[:start] + other[start:], fill(part or unit, size)))


def search(parser: Parser, seed: int, minutes: float) -> Search:
    """The families first, then what is built and mutated, until the time is over."""
    rng, found, end = Random(f"{seed}:{parser.name}"), Search(), time.monotonic() + 60 * minutes
    with TemporaryDirectory() as folder:
        child = Child(parser, Path(folder))
        for about, text in texts(parser, rng, found):
            seconds, raised = child.measure(text)
            found.add(Found(about, text, seconds, raised))
            if time.monotonic() > end:
                break
        for one in found.best[:5]:
            again = [child.measure(one.text) for _ in range(3)]
            one.seconds, one.raised = min(again)
        child.close()
    found.best.sort(key=lambda f: (f.raised == "", -f.seconds))
    return found


def texts(parser: Parser, rng: Random, found: Search) -> Texts:
    """Without an end where there are pieces; `found` is looked at for what to mutate."""
    pieces, size, families = parser.pieces, parser.size, []
    for family in parser.families():
        families.append(family)
        yield family
    if pieces is None:
        yield from damaged(rng, families)
        return
    for about, text in plain_texts(pieces, size):
        yield about, parser.pack(cut(text, size))
    source: dict[bytes, str] = {}
    while True:
        parents = [one for one in found.best if one.text in source]
        if rng.random() < 0.5 or not parents:
            about, text = built(rng, pieces, size)
        else:
            one = parents[min(len(parents) - 1, int(rng.expovariate(0.15)))]
            about, text = one.about, mutated(rng, source[one.text], source[rng.choice(parents).text], pieces, size)
        packed = parser.pack(cut(text, size))
        source[packed] = text
        source = {one.text: source[one.text] for one in found.best if one.text in source} | {packed: text}
        yield about, packed


def damaged(rng: Random, whole: Sequence[tuple[str, bytes]]) -> Texts:
    """Files with some bytes changed, or cut off."""
    while True:
        about, content = rng.choice(whole)
        data = bytearray(content)
        for _ in range(rng.choice((1, 1, 2, 8))):
            near_end = rng.random() < 0.7  # the footer of a Parquet file is there
            data[-1 - rng.randrange(min(len(data), 2000)) if near_end else rng.randrange(len(data))] = rng.randrange(
                256
            )
        yield f"{about}, damaged", bytes(data[: rng.choice((len(data), len(data), rng.randrange(len(data))))])


def cut(text: str, size: int) -> bytes:
    return text.encode(errors="replace")[:size]


# Python


def read_python(file: Path) -> int:
    read_code(file.read_bytes().decode(errors="replace")[:MAX_CODE_CHARS], "f")
    return 1


def read_edit(file: Path) -> int:
    code = file.read_bytes().decode(errors="replace")[: MAX_CODE_CHARS - 4]
    edit_size(code, f"a=1\n{code}")
    return 1


def names(n_chars: int, before: str = "") -> str:
    """Different short names, separated by commas."""
    letters = "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    short = ("".join(word) for n in (1, 2, 3) for word in product(letters, repeat=n))
    free = (
        before + word
        for word in short
        if word not in ("as", "if", "in", "is", "or", "and", "def", "del", "for", "not", "try")
    )
    return ",".join(islice(free, n_chars // (3 + len(before))))


def chain_of_functions(n_chars: int, begin: str) -> str:
    n = (n_chars - len(begin)) // 17
    return begin + "".join(f"def f{i or ''}():f{i + 1}\n" for i in range(n))


def python_families() -> Texts:
    size = MAX_CODE_CHARS
    cases = {
        "combining marks, out of order": "a" + "\u0301\u0323" * 7500 + "=1",
        "combining marks, as many as may be": fill("a" + "\u0301\u0323" * (MAX_MARKS // 2) + "=1\n", 2 * size),
        "letters that are three marks each": fill("a" + "\u0344" * 15 + "=1\n", 2 * size),
        "names that are no ASCII": "é\n" * (size // 2),
        "names of one wide letter": "𝒜\n" * (size // 2),
        "lists with a star, 199 deep": fill("[*" * 199 + "a" + "]" * 199 + "\n", size),
        "an f-string of fields": fill("{a}", size, "x=f'", "'"),
        "an f-string of fields after wide letters": "x=f'" + "字" * 6000 + "{a}" * 3400 + "'",
        "an integer of 4,300 digits": fill("9" * 4300 + "\n", size),
        "escapes by name": fill("\\N{ACUTE ACCENT}", size, "'", "'"),
        "attributes of a module": fill("x" + ".os" * 900 + "\n", size, "import x\n"),
        "one chain of attributes": "x" + ".a" * 2900,
        "minus 480 times before a list": fill("a,", size, "-" * 480 + "[", "]"),
        "minus 480 times before an f-string": fill("{a}", size, "-" * 480 + "f'", "'"),
        "99 indents": "\n".join(" " * i + "if 1:" for i in range(99)) + "\n" + " " * 99 + "a",
        "getattr of joined texts": fill("getattr(a,'b'+'c')\n", size),
        "getattr of a chain of attributes": "import x\ngetattr(x" + ".a" * 2900 + ",'open')",
        "99 classes in one another": "".join(f"{' ' * i}class a:\n" for i in range(99)) + " " * 99 + "self.a=0;" * 600,
        "functions that run one another": chain_of_functions(size, "f()\nimport os\n"),
        "functions that never run": chain_of_functions(size, "import os\n"),
        "imports that nothing needs": fill("import os\n", size, "def a():os\n"),
    }
    for share, depth in product((0.1, 0.25, 0.5, 0.75), (1, 10, 150, 400)):
        head = f"def f({names(int(share * size))}):\n "
        most = MAX_NAMES_TIMES_SCOPES // (head.count(",") + 10)
        lambdas = ("lambda:" * depth + "0\n ") * max(1, min(most, (size - len(head)) // 7) // depth)
        cases[f"many names around lambdas {depth} deep"] = (head + lambdas)[:size]
        private = f"class C:\n def f({names(int(share * size), '__')}):\n  "
        cases[f"many private names around lambdas {depth} deep"] = (private + lambdas.replace("\n ", "\n  "))[:size]
        cases[f"many global names around lambdas {depth} deep"] = f"def f():\n global {head[6:-4]}\n {lambdas}"[:size]
    yield from ((about, text.encode()) for about, text in cases.items())


def edit_families() -> Texts:
    for unit, count in product(("a\n", "1,", "(", "a "), (500, 900, 990, 2000, 8000)):
        yield f"{unit!r} {count:,} times", (unit * count).encode()


PYTHON = Pieces(
    units=[
        *(
            "a",
            "a,",
            "a\n",
            "a;",
            "1",
            "+a",
            " or a",
            " if a else a",
            ".a",
            "[0]",
            "()",
            "{a}",
            "f'{a}'",
            "f'{a!r:{a}}'",
        ),
        *("lambda:0,", "lambda:0\n", "lambda a:a\n", "def f():0\n", "class C:0\n", "[a for a in a]", "(a for a in a),"),
        *(
            "é",
            "é\n",
            "é=1\n",
            "a\u0301",
            "\u0344",
            "'a'",
            "''",
            '"""',
            "\\N{BULLET}",
            "\\",
            "\\\n",
            "\n",
            " ",
            "\t",
            "#",
        ),
        *("9" * 4300 + ",", "0x1", "1e9,", "*a,", "**a,", "a=a,", "a:a,", ":", ",", "...", ";", "@a\n", "import a\n"),
        *("from a import a\n", "global a\n", "nonlocal a\n", "del a\n", "pass\n", "yield\n", "await a\n", "print a\n"),
        *("try:a\nexcept:a\n", "except a:a\n", "elif a:a\n", "else:a\n", "match a:\n case a:a\n", "with a as a:a\n"),
        *("with a as a,", "for a in a:a\n", "a:a=a\n", "a=", "a,b=", "a:=", "not ", "-", "**a", "<a", " not in a"),
        *("def f(a,b=1,*,c,**d)->a:0\n", "if a:\n a\n", 'getattr(a,"b"+"c")\n', "x.os.os\n", "eval\n", "\x0c", "\r\n"),
        *("𝒜", "字", "async def f():\n await a\n", "0777\n", '"\n', "b''", "f(a for a in a, a)\n", "f(a=1,a)\n"),
    ],
    pairs=[
        *(("(", ")"), ("[", "]"), ("{", "}"), ("{a:", "}"), ("{**", "}"), ("f(", ")"), ("f(a=", ")"), ("f(*", ")")),
        *(("f[", "]"), ("a[:", "]"), ("lambda:", ""), ("lambda a:", ""), ("lambda a=", ":a"), ("(lambda:", ")")),
        *(
            ("(a:=", ")"),
            ("(yield ", ")"),
            ("(await ", ")"),
            ("not ", ""),
            ("-", ""),
            ("a if a else ", ""),
            ("a**", ""),
        ),
        *(("a if ", " else a"), ("a or ", ""), ("", ".a"), ("", "()"), ("", "[0]"), ("[a for a in ", "]")),
        *(("[", " for a in a]"), ("(", ",)"), ("f'{", "}'"), ('f"{', '}"'), ("*", ""), ("(*", ",)"), ("[*", "]")),
        *(("a=", ""), ("a:", ""), ("@", ""), ("(", ") for a in a"), ("if a:\n ", "\n"), ("f(lambda:", ")")),
        *(
            ("print(", ")"),
            ("a(b for b in ", ")"),
            ("[a,", "]"),
            ("(a,", ")"),
            ("{a:a,", "}"),
            ("C(a=", ")"),
            ("a|(", ")"),
        ),
    ],
    frames=[
        *(("", "\n"), ("with ", ":a\n"), ("with (", ") as a:a\n"), ("for ", " in a:a\n"), ("for a in ", ":a\n")),
        *(
            ("del ", "\n"),
            ("match a:\n case ", ":a\n"),
            ("match ", ":\n case a:a\n"),
            ("def f(", "):a\n"),
            ("@", "\ndef f():a\n"),
        ),
        *(("def f(a=", "):a\n"), ("class C(", "):a\n"), ("a: ", "\n"), ("", "= a\n"), ("", "+= a\n"), ("", ": a\n")),
        *(("print ", "\n"), ("if ", ":a\n"), ("try:a\nexcept ", ":a\n"), ("assert ", "\n"), ("from a import (", ")\n")),
        *(("def f():\n global ", "\n"), ("def f():\n ", "\n"), ("async def f():\n await ", "\n"), ("lambda ", ":a\n")),
        *(
            ("[a for ", " in a]\n"),
            ("f(", " for a in a)\n"),
            ("f(", "=a)\n"),
            ("{a:", "}\n"),
            ("f'{", "}'\n"),
            ("", "("),
        ),
        *(
            ("", ")"),
            ("(a ", ")\n"),
            ("", "b\n"),
            ("", " for\n"),
            ("", " as b\n"),
            ("", "=\n"),
            ("# ", "\n"),
            ("'", "'\n"),
        ),
        *(
            ("class C:\n def f(self):\n  ", "\n"),
            ("f(", "a a)\n"),
            ("{", "a:a a}\n"),
            ("[", "a a]\n"),
            ("lambda:", "a a\n"),
        ),
    ],
)


# YAML


def read_settings(file: Path) -> int:
    with contextlib.suppress(UsageError):
        read_meta(file)
    return 1


def read_bug_file(file: Path) -> int:
    with contextlib.suppress(BugFileError):
        read_bug(file)
    return 1


BUG_HEAD = (BUGS_FOLDER / "python" / "add-subtracts.yaml").read_text().split("tests:")[0]


def yaml_families() -> Texts:
    size = MAX_FILE_BYTES
    deep = {
        f"lists {depth} deep, as many as may be": "a: ["
        + ("[" * depth + "]" * depth + ",") * (MAX_TOKENS // (2 * depth + 1) - 1)
        + "]"
        for depth in (10, 30, 37)
    }
    cases = deep | {
        "2,000 brackets": "a: " + "[" * 2000,
        "as many brackets as the file may have": fill("[", size, "a: "),
        "30,000 dashes": "- " * 30000,
        "30,000 question marks": "? " * 30000,
        "a staircase of keys": "\n".join(" " * i + "a:" for i in range(350)),
        "a staircase of dashes": "\n".join(" " * i + "-" for i in range(350)),
        "stairs of 38 keys": fill("\n".join(" " * i + "a:" for i in range(38)) + "\n", size),
        "integers as keys that all hash to 0": "{"
        + ",".join(f"{i * (2**61 - 1)}: 1" for i in range(MAX_TOKENS // 4 - 9))
        + "}",
        "aliases of aliases": "a: &a [x, x]\n"
        + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "anchors": fill("- &a b\n", size),
        "byte order marks": fill("\ufeffa: b\n", size),
    }
    yield from ((about, cut(text, size)) for about, text in cases.items())
    nearly = [*product(YAML.units, (MAX_TOKENS // 4, MAX_TOKENS // 2), YAML.frames)]
    Random("nearly").shuffle(nearly)
    for unit, count, frame in nearly:
        text = frame[0] + unit * count + frame[1]
        if len(text) < size:
            yield f"{unit!r} {count:,} times in {frame[0][-20:]!r}, then a comment", cut(text + "#" * size, size)


YAML = Pieces(
    units=[
        *("a", "a, ", "1, ", "- a\n", "- 1\n", "- .1\n", "- 2001-01-01\n", "- 2001-01-01 00:00:00.1 +1:00\n", "a: b\n"),
        *(
            ": \n",
            "? a\n: b\n",
            "? ",
            ": ",
            "- ",
            "-\n",
            '"" ',
            '"",',
            '"a\\x41"',
            '"\\U0001f600",',
            "a b ",
            "a\n ",
            "\n",
        ),
        *("\n ", " \n", " ", "\t", "# a\n", "#", "&a b\n", "*a, ", "!t a, ", "!!str a, ", "!set [1], ", "!tuple [], "),
        *(
            '!bytes "00", ',
            "!!int 1, ",
            "!!timestamp 2001-01-01, ",
            "!!binary AAAA, ",
            "!!omap [a: 1], ",
            "<<: {a: b}\n",
        ),
        *(
            "[], ",
            "{}, ",
            "a: b, ",
            "? a : b, ",
            "[a: b], ",
            "--- a\n",
            "...\n",
            "%YAML 1.1\n",
            "- |\n  a\n",
            "- >\n  a\n",
        ),
        *(
            "\x85",
            "\u2028",
            "\ufeff",
            "é",
            "𝒜",
            "\r\n",
            "0x1f, ",
            "1_0, ",
            "1e5, ",
            ".inf, ",
            "~, ",
            "true, ",
            "1:30, ",
        ),
        *(
            "9" * 4300 + ", ",
            "2305843009213693951, ",
            "  - {args: [1], expected: 1}\n",
            "  - {calls: [{expected: 1}]}\n",
        ),
        *("a" * 1000 + ": b\n", "'a\n \n'", '"a\\\n "', "@", "\x07"),
    ],
    pairs=[
        *(("[", "]"), ("{", "}"), ("{a: ", "}"), ("[a: ", "]"), ("{[", "]: 1}"), ("{? ", "}"), ("- ", ""), ("? ", "")),
        *(
            (": ", ""),
            ("a: ", ""),
            ('"', '"'),
            ("'", "'"),
            ("[a, ", "]"),
            ("{a: 1, ", "}"),
            ("!t ", ""),
            ("!tuple [", "]"),
        ),
        *(("!set [", "]"), ("&a ", ""), ("|\n ", "\n"), (">\n ", "\n"), ("-\n ", "\n"), ("a:\n ", "\n"), ("- a: ", "")),
    ],
    frames=[
        *(("", ""), ("a: ", "\n"), ("a: [", "]\n"), ("a: {", "}\n"), ("- ", "\n"), ("? ", "\n"), ('a: "', '"\n')),
        *(("a: |\n ", "\n"), ("a: >\n ", "\n"), ("a:\n", "\n"), ("# ", "\n"), (BUG_HEAD + "tests:\n", "\n")),
        *((BUG_HEAD + "tests:\n  - {args: [", "], expected: 1}\n"), (BUG_HEAD + "tests:\n  - {expected: {", "}}\n")),
    ],
)


# JSON


def read_rows(file: Path) -> int:
    return sum(1 for _ in read_bug_files([file]))


BUGS = load_bugs()


def bug_row(bug: Bug = BUGS[0], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (stated_row(bug) | changes).items() if name != "content_hash"}


def bug_line(size: int, test: Callable[[str], dict[str, Any]], item: Callable[[int], str]) -> bytes:
    """A row of nearly that size, one of whose tests holds as many items as fit."""
    first = bug_row()["tests"][0]
    count = size // len(item(1))
    while True:
        line = json.dumps(bug_row(tests=[first | test(",".join(map(item, range(count))))])).encode()
        if len(line) <= size:
            return line
        count = int(count * 0.98)


def row_families() -> Texts:
    size, prime = MAX_ROW_BYTES, 2**61 - 1  # integers are hashed modulo this prime
    no_call = dict.fromkeys(("args", "kwargs", "expected", "raises", "args_after"))
    shapes: dict[str, Callable[[str], dict[str, Any]]] = {
        "an expected set of": lambda items: {"expected": '{"$set":[' + items + "]}"},
        "an expected list of": lambda items: {"expected": f"[{items}]"},
        "an argument, a set of": lambda items: {"args": '[{"$set":[' + items + "]}]"},
        "calls of": lambda items: no_call | {"calls": '[{"call":"f","args":[' + items + '],"kwargs":{},"expected":1}]'},
    }
    units: dict[str, Callable[[int], str]] = {
        "integers that all hash to 0": lambda i: str(i * prime),
        "tuples that all hash alike": lambda i: f'{{"$tuple":[{i * prime}]}}',
        "complex numbers that all hash to 0": lambda i: f'{{"$complex":[{1000003 * i},{-i}]}}',
        "frozen sets": lambda i: f'{{"$frozenset":[{i},{i + 1}]}}',
        "integers": str,
        "integers of 4,300 digits": lambda i: "9" * 4290 + str(i),
        "floats of 4,300 digits": lambda i: "0." + "1" * 4290 + str(i),
        "empty tuples": lambda i: '{"$tuple":[]}',
        "lists 300 deep": lambda i: "[" * 300 + "]" * 300,
        "texts": lambda i: '""',
    }
    for (shape, test), (unit, item) in product(shapes.items(), units.items()):
        yield f"{shape} {unit}", bug_line(size, test, item)
    dicts = bug_line(size, lambda items: {"expected": '{"$dict":[' + items + "]}"}, lambda i: f"[{i * prime},0]")
    yield "a dict whose integer keys all hash to 0", dicts
    call = '{"call":"","args":[],"kwargs":{},"expected":1}'
    yield "calls without arguments", bug_line(size, lambda items: no_call | {"calls": f"[{items}]"}, lambda i: call)
    tiny = (
        {"name": "", "hidden": True, "compare": "exact", "calls": None}
        | no_call
        | {"args": "[]", "kwargs": "{}", "expected": "1"}
    )
    yield "many tests", json.dumps(bug_row(tests=[tiny] * ((size - 2000) // (len(json.dumps(tiny)) + 2)))).encode()
    yield "an id of hyphens", json.dumps(bug_row(bug_id="python/" + "a-" * (size // 2 - 3000) + "!")).encode()
    yield "a line without an end", b"[" * (4 * size)


JSON = Pieces(
    units=[
        *(
            "0,",
            "[]",
            "{},",
            '"a":0,',
            '"",',
            '"a":[],',
            '"\\u0001",',
            '"\\ud83d\\ude00",',
            "1e9,",
            "-1,",
            "9" * 4300 + ",",
        ),
        *(
            "null,",
            "NaN,",
            "Infinity,",
            " ",
            "\n",
            "\\",
            '"',
            ":",
            ",",
            "0.1,",
            "1e-9999,",
            "é",
            '{"$set":[0]},',
            "[0],",
        ),
    ],
    pairs=[
        ("[", "]"),
        ("{", "}"),
        ('{"a":', "}"),
        ("[0,", "]"),
        ('"', '"'),
        ('{"$tuple":[', "]}"),
        ('{"$set":[', "]}"),
    ],
    frames=[
        *(("", ""), ("[", "0]"), ('{"tests":[', "0]}"), ('{"bug_id":"', '"}'), ('{"', '":0}'), ('"', '"')),
        *(('{"bug_id":"a","sample":0,"attempt":1,"completion":"', '"}\n'), ('{"bug_id":"a","sample":', "}\n")),
    ],
)


# completions of a submission, packed


def read_completions(file: Path) -> int:
    try:
        lines = submission.read_lines(file, META, submission._Budget())
    except UsageError:
        return 1
    return len(lines)


META = read_meta(Path(__file__).parents[2] / "leaderboard" / "submissions" / "oracle-handcrafted" / "meta.yaml")


def packed_families() -> Texts:
    size = submission.MAX_LINE_BYTES
    head = b"\x1f\x8b\x08"
    yield "a name of 32 MiB in the header", head + b"\x08" + b"\0" * 6 + b"a" * ((32 << 20) - 10)
    yield "members that hold nothing", gzip.compress(b"", mtime=0) * (1 << 20)
    yield "blocks that hold nothing", head + b"\0" * 7 + b"\0\0\0\xff\xff" * (6 << 20)
    yield "members of 21 bytes", gzip.compress(b"a" * 20 + b"\n", mtime=0) * (1 << 18)
    yield "a line of 64 MiB, packed", gzip.compress(b"0" * (64 << 20), mtime=0)
    yield "64 MiB of empty lines, packed", gzip.compress(b"\n" * (64 << 20), mtime=0)
    yield "zeros after the end", gzip.compress(b"\n", mtime=0) + b"\0" * (31 << 20)
    line = '{{"bug_id":"{}","sample":0,"attempt":1,"completion":"{}"}}\n'
    yield "a long completion", gzip.compress(line.format("a", "\\u0001" * (size // 6 - 20)).encode())
    yield "many completions", gzip.compress("".join(line.format(i, "") for i in range(100_000)).encode())


# Parquet


def parquet_file(columns: dict[str, Any], **options: Any) -> bytes:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer, **{"compression": "zstd", **options})
    return buffer.getvalue()


def parquet_families() -> Texts:
    import pyarrow as pa

    def one_row(values: Any) -> Any:
        return pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)

    def repeated(text: str, n: int) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array([text]))

    rows = pa.Table.from_pylist(list(map(bug_row, BUGS)))
    yield "our own bugs", parquet_file(dict(zip(rows.column_names, rows.columns, strict=True)))
    nulls = parquet_file({"tests": one_row(pa.nulls(20_000_000))})
    yield "20 million nulls in a row", nulls
    yield "the same, and a footer that says 1,000", with_number(nulls, 20_000_000, 1000)
    yield "7 million nulls in a row", parquet_file({"tests": one_row(pa.nulls(7_000_000))})
    yield (
        "a text of 1 MB, 3 million times in a row",
        parquet_file({"tests": one_row(repeated("a" * 1_000_000, 3_000_000))}),
    )
    yield "a text of 50 MB in each of a million rows", parquet_file({"title": repeated("a" * 50_000_000, 1_000_000)})
    yield "a text of 100 KB in each of 10,000 rows", parquet_file({"title": repeated("a" * 100_000, 10_000)})
    yield "a text of 100 MB", parquet_file({"title": pa.array(["a" * 100_000_000])}, use_dictionary=False)
    growing = pa.array(["a" * 1_000_000] * 50)
    options = {"use_dictionary": False, "column_encoding": {"tests.list.element": "DELTA_BYTE_ARRAY"}}
    yield "a text that repeats the one before", parquet_file({"tests": one_row(growing)}, **options)
    yield "a million integers in a row", parquet_file({"tests": one_row(pa.array(range(1_000_000)))})
    yield "two million rows", parquet_file({"title": repeated("a", 2_000_000)})
    yield "3,000 columns", parquet_file({f"c{i}": [1] for i in range(3000)})
    yield "300 columns of one row group a row", parquet_file({f"c{i}": [1] * 100 for i in range(300)}, row_group_size=1)
    yield (
        "our columns, one row group a row",
        parquet_file({name: ["a"] * 200 for name in rows.column_names}, row_group_size=1),
    )
    yield (
        "a page a value",
        parquet_file({"title": [str(i) for i in range(20_000)]}, data_page_size=1, write_batch_size=1),
    )
    yield "no Parquet", b"PAR1" + b"\xff" * 1000 + b"PAR1"


def with_number(data: bytes, old: int, new: int) -> bytes:
    """The file with a number of its footer replaced, as Thrift writes it, in as many bytes."""
    n_bytes = int.from_bytes(data[-8:-4], "little")
    start = len(data) - 8 - n_bytes
    was, will = varint(2 * old), varint(2 * new)
    will = bytes([*will[:-1], *(byte | 128 for byte in will[-1:]), *[128] * (len(was) - len(will) - 1), 0])
    return data[:start] + data[start:-8].replace(was, will) + data[-8:]


def varint(number: int) -> bytes:
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


# Markdown


def read_answer(file: Path) -> int:
    text = file.read_bytes().decode(errors="replace")
    extract_code(text, "python", "add", opened_fence=False)
    return 1


MARKDOWN = Pieces(
    units=[
        *(
            "a",
            "a\n",
            "```\n",
            "```python\n",
            "```py\n\n",
            "<think>",
            "</think>",
            "<think></think>",
            "<think>\n",
            "`",
            "<",
        ),
        *("\n", "\r", " \n", "\x85", "\u2028", "``` a\n", "    ```\n", "``` " + "a " * 50 + "\n", "~~~\n", "é\n"),
    ],
    pairs=[("<think>", "</think>"), ("```\n", "```\n"), ("```python\n", "\n```\n"), ("`", "`"), (" ", ""), ("<", ">")],
    frames=[("", ""), ("```python\n", "\n```\n"), ("<think>", "</think>"), ("<think>", ""), ("```", "\n"), ("", "```")],
)

KIB = 1024
PARSERS = {
    "python": Parser(
        "code of a solution or a bug, `read_code`",
        f"{MAX_CODE_CHARS // KIB} KiB of characters, {MAX_MARKS} combining characters in a row, names times scopes at "
        f"most {MAX_NAMES_TIMES_SCOPES:,}",
        MAX_CODE_CHARS,
        ".py",
        read_python,
        python_families,
        PYTHON,
    ),
    "edits": Parser(
        "two codes that differ, `edit_size`",
        f"what bounds code, and {MAX_PAIRS:,} pairs of tokens",
        MAX_CODE_CHARS,
        ".py",
        read_edit,
        edit_families,
        PYTHON,
    ),
    "settings": Parser(
        "YAML of settings, `read_typed_yaml`",
        f"{MAX_FILE_BYTES // KIB} KiB, {MAX_TOKENS:,} tokens, 40 levels",
        MAX_FILE_BYTES,
        ".yaml",
        read_settings,
        yaml_families,
        YAML,
    ),
    "bug-file": Parser(
        "YAML of a bug, `read_bug`",
        f"{MAX_FILE_BYTES // KIB} KiB, {MAX_TOKENS:,} tokens, 40 levels",
        MAX_FILE_BYTES,
        ".yaml",
        read_bug_file,
        yaml_families,
        YAML,
    ),
    "rows": Parser(
        "JSON of a bug, a row, `read_bug_files`",
        f"{MAX_ROW_BYTES // KIB} KiB a row, 1 GiB a file",
        MAX_ROW_BYTES,
        ".jsonl",
        read_rows,
        row_families,
        JSON,
    ),
    "completions": Parser(
        "gzip and JSON of a submission, a line, `read_lines`",
        f"{submission.MAX_LINE_BYTES // KIB} KiB a line, 64 MiB and {submission.MAX_LINES:,} lines a submission; the file "
        "may not be larger than what it holds",
        submission.MAX_LINE_BYTES,
        ".jsonl.gz",
        read_completions,
        packed_families,
        JSON,
        gzip.compress,
    ),
    "parquet": Parser(
        "Parquet of bugs, a row, `read_rows`",
        f"{MAX_ROWS:,} rows, {MAX_UNPACKED_BYTES >> 20} MiB or {MAX_RATIO} times the file unpacked, a footer of 1 MiB, "
        f"{MAX_ROW_BYTES // KIB} KiB a row; pages that say more than the footer are refused",
        0,
        ".parquet",
        read_rows,
        parquet_families,
    ),
    "markdown": Parser(
        "the answer of a model, `extract_code`",
        f"{submission.MAX_LINE_BYTES // KIB} KiB a line of a submission; a server takes less",
        submission.MAX_LINE_BYTES,
        ".md",
        read_answer,
        lambda: iter(()),
        MARKDOWN,
    ),
}


def page(found: dict[str, Search], began: str) -> str:
    """The Markdown that goes into a document."""
    rows = []
    for name, one in found.items():
        worst = one.best[0]
        about = re.sub(r"([\\`*_|<\[])", r"\\\1", worst.about)
        seconds = worst.raised or f"{worst.seconds:.2f}"
        rows.append([PARSERS[name].name, PARSERS[name].bound, about, f"{one.n_tried:,}", seconds])
    head = ["text and its parser", "bounds", "slowest text found", "texts tried", "CPU seconds"]
    return "\n\n".join([table(head, rows, 3), circumstances(began)])


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="of searching, for each parser (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--only", nargs="+", choices=PARSERS, default=list(PARSERS), help="default: all of them")
    parser.add_argument("--out", type=Path, default=Path("runs/perf"), help="default: %(default)s")
    parser.add_argument("--docs", type=Path, help="a page whose part between the parsers markers is replaced")
    return parser


def main() -> int:
    """1 if a text takes too long or is refused by an exception."""
    args = make_parser().parse_args()
    began, found = load_average(), {}
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        print(f"searching: {PARSERS[name].name}", file=sys.stderr)
        found[name] = search(PARSERS[name], args.seed, args.minutes)
        (args.out / f"parsers-{name}{PARSERS[name].suffix}").write_bytes(found[name].best[0].text)
    numbers = {
        name: {"tried": one.n_tried, "worst": [[w.about, w.seconds, w.raised] for w in one.best[:5]]}
        for name, one in found.items()
    }
    keep("parsers", numbers, page(found, began), args.out, args.docs)
    return int(any(one.best[0].raised or one.best[0].seconds > LIMIT_S for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
