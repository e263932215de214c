"""Writing text and bytes: encoders, tables, dumps, diffs, numbers, versions, slugs, paths and URLs."""

import re
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def pack_runs(text: str) -> str:
    """Shorten a text of letters by writing each run of equal letters as its length and the letter: runs are cut into
    pieces of nine from the left, the last piece being what is left, and a piece of one or two letters stays as it is.

    >>> pack_runs("aaabbc" + 10 * "d")
    '3abbc9dd'
    """
    packed = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == text[at] and end - at < 9:
            end += 1
        size = end - at
        packed.append(f"{size}{text[at]}" if size >= 3 else text[at:end])
        at = end
    return "".join(packed)


def inputs_pack_runs(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("a",)
    yield ("aab",)
    yield ("aaab",)
    yield ("a" * 9,)
    yield ("a" * 10 + "b",)
    yield ("a" * 12,)
    yield ("b" * 21,)
    while True:
        sizes = [rng.choice([1, 2, 2, 3, 3, 4, 9, 10, 11, 12]) for _ in range(rng.randint(1, 4))]
        yield ("".join(rng.choice("abc") * size for size in sizes),)


_DIGITS = "0123456789abcdef"


def to_base(number: int, base: int, group: int) -> str:
    """Write a number in a base from 2 to 16, with the letters a to f as digits above 9, an underscore between groups of
    the given number of digits (at least 1) counted from the right, no leading zeros except that 0 is "0", and a minus
    in front of a negative number; raise ValueError for any other base.

    >>> to_base(-300, 16, 2)
    '-1_2c'
    """
    if not 2 <= base <= 16:
        raise ValueError("no such base")
    places: list[str] = []
    rest = abs(number)
    while rest or not places:
        if len(places) % (group + 1) == group:
            places.append("_")
        rest, digit = divmod(rest, base)
        places.append(_DIGITS[digit])
    if number < 0:
        places.append("-")
    return "".join(reversed(places))


def inputs_to_base(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 0, 2, 1
    yield 255, 16, 1
    yield -16, 16, 2
    yield 8, 2, 4
    yield 16, 2, 4
    yield 5, 1, 3
    yield 5, 17, 3
    while True:
        base = rng.choice([2, 2, 3, 8, 10, 16, 16, 15]) if rng.random() < 0.9 else rng.choice([0, 1, 17])
        yield rng.choice([rng.randint(-70, 70), rng.randint(0, 70000), base**3, base**2 - 1]), base, rng.randint(1, 4)


def _version_key(version: str) -> tuple[list[int], bool, str]:
    release, _, tag = version.partition("-")
    numbers = [int(number) for number in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return numbers, not tag, tag


def pick_upgrade(current: str, available: list[str]) -> str | None:
    """Return the highest of the available versions that is above the current one and shares its first number, or None
    if there is none; a version is one or more numbers joined by points, those missing at the end counting as 0, then
    perhaps a - and a tag, versions compare number by number, then a tagged one is below the same one without tag and
    tags compare as texts, and of equal versions such as 1.2 and 1.2.0 the first in the list is meant.

    >>> pick_upgrade("1.2", ["1.10-rc", "1.9", "2.0"])
    '1.10-rc'
    """
    best = None
    best_key = _version_key(current)
    for version in available:
        key = _version_key(version)
        if key > best_key and key[0][0] == best_key[0][0]:
            best, best_key = version, key
    return best


def inputs_pick_upgrade(rng: Random) -> Iterator[tuple[str, list[str]]]:
    yield "1.0", []
    yield "1", ["1.0", "1.0.0"]
    yield "0.0", ["0", "0.0.1", "0.0.1.0"]
    yield "1.0-rc", ["1", "1.0", "1.0-b"]
    yield "1.2", ["2.0", "1.1", "1.2-a"]
    yield "1.9", ["1.10-b", "1.10-a", "1.9.1"]
    while True:
        versions = []
        for _ in range(rng.randint(1, 6)):
            numbers = [rng.choice([1, 1, 1, 0, 2]), *draw.integers(rng, 0, 2, max_size=2)]
            if rng.random() < 0.15:
                numbers.append(10)
            versions.append(".".join(map(str, numbers)) + rng.choice(["", "", "", "-a", "-rc"]))
        yield versions[0], versions[1:]


def slugify_title(title: str, limit: int) -> str:
    """Make a slug of a title: lower its case, drop apostrophes, write & as a word "and", take the runs of the letters a
    to z and digits as words, and join by - as many of them from the first on as fit into limit (at least 1) characters,
    stopping before the first word that does not fit; a first word that is too long is cut to the limit, and a title
    without words gives "untitled" whatever the limit.

    >>> slugify_title("Salt & Bo's  Soup", 12)
    'salt-and-bos'
    """
    words = re.findall(r"[a-z0-9]+", title.lower().replace("'", "").replace("&", " and "))
    if not words:
        return "untitled"
    slug: str = words[0][:limit]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > limit:
            break
        slug += f"-{word}"
    return slug


def inputs_slugify_title(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 5
    yield "?!", 3
    yield "Hello", 3
    yield "A B", 3
    yield "A B", 2
    yield "A BB C", 3
    yield "R&D", 9
    yield "R&D", 7
    while True:
        words = draw.words(rng, 4, 1, ["The", "it's", "&", "x&y", "Red", "a1", "...", "CAFE", "é", "o", "42nd"])
        yield rng.choice([" ", " ", "-", ", ", "/"]).join(words), rng.randint(1, 12)


def csv_row(fields: list[str | int | None], delimiter: str) -> str:
    r"""Write fields as one CSV row joined by the delimiter: None becomes nothing, a number is written in decimal, and a
    text stands as it is unless it is empty, begins or ends with a blank or contains the delimiter, a double quote or a
    line break \n, when it is put between double quotes and each double quote in it is doubled.

    >>> csv_row(["ab", 7, None, 'a "b" c', "a;b"], ";")
    'ab;7;;"a ""b"" c";"a;b"'
    """
    cells = []
    for field in fields:
        cell = "" if field is None else str(field)
        special = (delimiter, '"', "\n")
        if isinstance(field, str) and (cell == "" or cell != cell.strip(" ") or any(char in cell for char in special)):
            cell = '"' + cell.replace('"', '""') + '"'
        cells.append(cell)
    return delimiter.join(cells)


def inputs_csv_row(rng: Random) -> Iterator[tuple[list[str | int | None], str]]:
    yield [], ","
    yield [None], ","
    yield ["", None, 0], ","
    yield ["a,b", "a;b"], ";"
    yield [" a", "b ", "c d"], ","
    yield ['"', "x\ny", -5], ","
    while True:
        pool = ["ab", "a b", " a", "b ", "a,b", "a;b", 'say "a"', '"', "x\ny", "", None, None, 0, -12, 7]
        yield [rng.choice(pool) for _ in range(rng.randint(1, 4))], rng.choice(",;")


def hex_dump(data: bytes, width: int) -> list[str]:
    """Return the rows of a dump of data with width (at least 1) bytes a row, the last row perhaps having fewer: the
    offset of the first byte as four hexadecimal digits, two blanks, two hexadecimal digits for each byte with a blank
    between bytes, filled up with blanks to the length of a full row, two blanks, and the characters of codes 32 to 126
    with a point for any other byte; digits are lower case, and rows that repeat the bytes of the row before them are
    left out, a single "*" standing for any number of them in a run.

    >>> hex_dump(b"Hi\\n", 2)
    ['0000  48 69  Hi', '0002  0a     .']
    """
    rows: list[str] = []
    before = b""
    for start in range(0, len(data), width):
        chunk = data[start : start + width]
        if chunk != before:
            codes = " ".join(f"{byte:02x}" for byte in chunk)
            shown = "".join(chr(byte) if 32 <= byte <= 126 else "." for byte in chunk)
            rows.append(f"{start:04x}  {codes:<{3 * width - 1}}  {shown}")
        elif rows[-1] != "*":
            rows.append("*")
        before = chunk
    return rows


def inputs_hex_dump(rng: Random) -> Iterator[tuple[bytes, int]]:
    yield b"", 4
    yield b"\x1f ~\x7f", 4
    yield b"aaaa", 1
    yield b"abababacab", 2
    yield b"\x00\x0f\xff", 2
    while True:
        width = rng.randint(1, 4)
        data = b"".join(bytes(rng.choice([31, 32, 65, 126, 127, 10, 255]) for _ in range(width)) for _ in range(2))
        parts = [rng.choice([data[:width], data[width:], data[width:]]) for _ in range(rng.randint(1, 4))]
        yield b"".join(parts) + rng.choice([b"", b"", data[:1], b"\x05~"]), width


_SIZE_UNITS = ("kB", "MB", "GB")


def human_size(size: int) -> str:
    """Write a size of 0 or more bytes for people: below 1000 as "999 B", and else in the smallest of kB, MB and GB
    (1000, 1000000 and 1000000000 bytes) that gives a number below 1000 once rounded, with one decimal if that rounds to
    less than 10.0 and as a whole number otherwise, halves being rounded up; raise ValueError where even GB does not do.

    >>> human_size(1250)
    '1.3 kB'
    >>> human_size(999500)
    '1.0 MB'
    """
    if size < 1000:
        return f"{size} B"
    scale = 1000
    for unit in _SIZE_UNITS:
        tenths = (size * 10 + scale // 2) // scale
        if tenths < 100:
            return f"{tenths // 10}.{tenths % 10} {unit}"
        whole = (size + scale // 2) // scale
        if whole < 1000:
            return f"{whole} {unit}"
        scale *= 1000
    raise ValueError("too large")


def inputs_human_size(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (999,)
    yield (1000,)
    yield (1049,)
    yield (1050,)
    yield (9949,)
    yield (9950,)
    yield (10499,)
    yield (10500,)
    yield (999499,)
    yield (999500,)
    yield (999499999999,)
    yield (999500000000,)
    while True:
        scale = rng.choice([1, 1000, 1000, 10**6, 10**9])
        near = rng.choice([950, 1000, 1050, 9949, 9950, 10500, 99500, 999499, 999500, rng.randint(0, 999999)])
        yield (near * scale // 1000 + rng.randint(-1, 1) if scale > 1 else rng.randint(0, 1100),)


def _kept_below(old: list[str], new: list[str]) -> list[list[int]]:
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            if old[i] == new[j]:
                table[i][j] = table[i + 1][j + 1] + 1
            else:
                table[i][j] = max(table[i + 1][j], table[i][j + 1])
    return table


def line_diff(old: list[str], new: list[str]) -> list[str]:
    """Return the rows of a diff from old to new, "  x" for a kept, "- x" for a removed and "+ x" for an added line x,
    with as many kept lines as possible: going down from the top of both lists, lines that are equal are kept, and else
    the next old line is removed unless removing it leaves fewer lines to keep below than adding the next new line does.

    >>> line_diff(["a", "b"], ["b", "c"])
    ['- a', '  b', '+ c']
    """
    kept = _kept_below(old, new)
    rows = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            rows.append(f"  {old[i]}")
            i += 1
            j += 1
        elif j == len(new) or (i < len(old) and kept[i + 1][j] >= kept[i][j + 1]):
            rows.append(f"- {old[i]}")
            i += 1
        else:
            rows.append(f"+ {new[j]}")
            j += 1
    return rows


def inputs_line_diff(rng: Random) -> Iterator[tuple[list[str], list[str]]]:
    yield [], []
    yield ["a"], []
    yield [], ["a", "b"]
    yield ["a"], ["b"]
    yield ["a", "b", "c"], ["b", "c", "a"]
    yield ["a", "b"], ["b", "a"]
    while True:
        yield draw.words(rng, 5, 1, "abcd"), draw.words(rng, 5, 1, "abcd")


def resolve_path(current: str, path: str) -> str:
    """Return the absolute path that path means in the directory current (itself absolute), without empty parts, "." and
    ".." and without a slash at the end unless it is "/" alone: ~ alone or before a slash at the start stands for /home,
    a path beginning with / is absolute, any other is relative to current, and .. goes up one part; raise ValueError
    where that would go above the root.

    >>> resolve_path("/usr/lib", "../bin/./x")
    '/usr/bin/x'
    """
    if path == "~" or path.startswith("~/"):
        path = "/home" + path[1:]
    whole = path if path.startswith("/") else f"{current}/{path}"
    parts: list[str] = []
    for part in whole.split("/"):
        if part == "..":
            if not parts:
                raise ValueError("above the root")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def inputs_resolve_path(rng: Random) -> Iterator[tuple[str, str]]:
    yield "/", ""
    yield "/", ".."
    yield "/a", ".."
    yield "/a", "~"
    yield "/a", "~b"
    yield "/a", "~/../c"
    yield "/a", "b/~/"
    yield "/a/b", "//c//d/"
    yield "/a", "/../c"
    while True:
        current = "/" + "/".join(draw.words(rng, 3, 0, ["a", "b", "usr"]))
        parts = draw.words(rng, 4, 1, ["..", "..", ".", "", "c", "d", "x.y", "...", "~"])
        yield current, rng.choice(["", "", "/e/", "~/", "~"]) + "/".join(parts)


def _quote(text: str) -> str:
    return "".join(char if char.isalnum() or char in "-._" else f"%{ord(char):02X}" for char in text)


def build_url(base: str, segments: list[str], params: dict[str, str | list[str] | None]) -> str:
    """Join the base without slashes at its end, the segments, each after a slash, and, if there are any pairs, a
    question mark and the key=value pairs of params joined by &: keys go in alphabetical order, a key with None is left
    out and a key with a list gives one pair for each member in order; in segments, keys and values, which are ASCII,
    every character but letters, digits, - . and _ becomes % and its code as two upper-case hexadecimal digits.

    >>> build_url("http://x/", ["a b"], {"q": ["1", "2&3"], "k": None})
    'http://x/a%20b?q=1&q=2%263'
    """
    path = "/".join([base.rstrip("/"), *map(_quote, segments)])
    pairs = []
    for key in sorted(params):
        value = params[key]
        if value is not None:
            items = [value] if isinstance(value, str) else value
            pairs += [f"{_quote(key)}={_quote(item)}" for item in items]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def inputs_build_url(rng: Random) -> Iterator[tuple[str, list[str], dict[str, str | list[str] | None]]]:
    yield "http://x", [], {}
    yield "http://x//", ["", "a/b"], {}
    yield "/", ["a.b_c-d"], {"a": None, "b": []}
    yield "/api", [], {"b": "", "a": ["x", ""]}
    yield "/api", ["\t~"], {"b=": "A%z9"}
    while True:
        pool = ["a", "v1", "a b", "x/y", "?", "1.5", "a_b", "Z-9", "\t", "50%", "", "~"]
        params: dict[str, str | list[str] | None] = {}
        for key in draw.some(rng, ["q", "b", "a", "c d"], 3):
            params[key] = rng.choice([None, rng.choice(pool), draw.words(rng, 2, 0, pool), rng.choice(pool)])
        yield rng.choice(["http://x", "http://x/", "/", ""]), draw.words(rng, 2, 0, pool), params


def pack_deltas(values: list[int]) -> bytes:
    """Encode a list of integers as bytes: take the difference of each value to the one before it (the first to 0), turn
    each difference d into 2*d if it is not negative and into -2*d - 1 otherwise, and write that number in pieces of
    seven bits, the lowest first, one piece a byte, using as few bytes as possible but at least one and adding 128 to
    every byte of it except its last.

    >>> list(pack_deltas([3, 2, 66]))
    [6, 1, 128, 1]
    """
    packed = bytearray()
    before = 0
    for value in values:
        step = value - before
        before = value
        code = 2 * step if step >= 0 else -2 * step - 1
        while code >= 128:
            packed.append(code % 128 + 128)
            code //= 128
        packed.append(code)
    return bytes(packed)


def inputs_pack_deltas(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([0],)
    yield ([-1, -1],)
    yield ([63, 127],)
    yield ([-64, -129],)
    yield ([8191],)
    yield ([8192, 0],)
    while True:
        value = 0
        values = []
        for _ in range(rng.randint(1, 5)):
            value += rng.choice(
                [0, 1, -1, 5, 63, 64, -64, -65, rng.randint(-200, 200), 8192, rng.randint(-9000, 20000)]
            )
            values.append(value)
        yield (values,)


def _pad(cell: str, width: int, side: str) -> str:
    return cell.rjust(width) if side == "r" else cell.ljust(width)


def render_table(header: list[str], rows: list[list[str]], sides: str) -> list[str]:
    """Return the lines of a text table: the header, a line with as many dashes for each column as it is wide, then the
    rows; a column is as wide as its longest cell, the header included, its cells stand on the right if its letter in
    sides is r and on the left if it is l, columns are two blanks apart, blanks at the end of a line are dropped, a row
    shorter than the header is filled up with cells "?", and a longer one raises ValueError.

    >>> render_table(["id", "n"], [["a", "10"], ["b"]], "lr")
    ['id   n', '--  --', 'a   10', 'b    ?']
    """
    if any(len(row) > len(header) for row in rows):
        raise ValueError("row too long")
    table = [header, *[row + ["?"] * (len(header) - len(row)) for row in rows]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(map(_pad, row, widths, sides)).rstrip() for row in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return lines


def inputs_render_table(rng: Random) -> Iterator[tuple[list[str], list[list[str]], str]]:
    yield ["a"], [], "l"
    yield ["a", "b"], [["1", "2"], []], "rl"
    yield ["a"], [["1", "2"]], "r"
    yield ["name"], [["x"], [""]], "r"
    yield ["a", "b"], [["", "22"], ["333", ""]], "ll"
    while True:
        n = rng.randint(1, 3)
        rows = []
        for _ in range(rng.randint(1, 3)):
            size = rng.choice([n, n, rng.randint(0, n)]) if rng.random() < 0.95 else n + 1
            rows.append([rng.choice(["1", "22", "333", "", "4444"]) for _ in range(size)])
        yield [rng.choice(["a", "id", "qty"]) for _ in range(n)], rows, draw.text(rng, "lr", n, n)


class BitWriter:
    """Collect bits: put appends a value as width (at least 1) bits with the highest first and returns the number of
    bits so far, raising ValueError and changing nothing if the value is negative or needs more bits, align appends as
    few 0 bits as it takes to complete a byte, none if no byte is begun, and returns how many, and data returns the
    complete bytes, each with its first bit as the highest, leaving out but not dropping the bits of a byte only begun.

    >>> writer = BitWriter()
    >>> writer.put(5, 4)
    4
    >>> writer.align()
    4
    >>> writer.put(1, 1)
    9
    >>> list(writer.data())
    [80]
    """

    def __init__(self) -> None:
        self._bits: list[int] = []

    def put(self, value: int, width: int) -> int:
        if not 0 <= value < 2**width:
            raise ValueError("does not fit")
        for place in reversed(range(width)):
            self._bits.append((value >> place) & 1)
        return len(self._bits)

    def align(self) -> int:
        missing = -len(self._bits) % 8
        self._bits += [0] * missing
        return missing

    def data(self) -> bytes:
        complete = bytearray()
        for start in range(0, len(self._bits) - 7, 8):
            byte = 0
            for bit in self._bits[start : start + 8]:
                byte = byte * 2 + bit
            complete.append(byte)
        return bytes(complete)


def inputs_BitWriter(rng: Random) -> Iterator[draw.Calls]:
    yield [("BitWriter",), ("data",), ("align",)]
    yield [("BitWriter",), ("put", 255, 8), ("align",), ("data",)]
    yield [("BitWriter",), ("put", 3, 2), ("put", 4, 2), ("put", -1, 2), ("align",), ("data",)]
    yield [("BitWriter",), ("put", 1, 7), ("data",), ("put", 1, 1), ("data",)]
    yield [("BitWriter",), ("put", 700, 10), ("data",), ("align",), ("data",)]
    while True:
        calls: draw.Calls = [("BitWriter",)]
        for _ in range(rng.randint(2, 4)):
            width = rng.randint(1, 9)
            value = rng.choice([rng.randrange(2**width), 2**width - 1, 1])
            if rng.random() < 0.05:
                value = rng.choice([2**width, -1])
            calls.append(("put", value, width) if rng.random() < 0.8 else (rng.choice(["align", "data"]),))
        yield [*calls, ("align",), ("data",)] if rng.random() < 0.6 else [*calls, ("data",)]


class SectionNumbers:
    """Number the headings of a document: heading takes a level, 1 being the top, and a title and returns the number,
    such as "2.1" for the first heading of level 2 under the second of level 1, raising ValueError and changing nothing
    if the level is below 1 or more than one below the heading before it (the first must be of level 1), and contents
    returns the numbers and titles, a blank between, of the headings of at most the given level in order, indented by
    two blanks for each level below the top.

    >>> sections = SectionNumbers()
    >>> sections.heading(1, "Intro")
    '1'
    >>> sections.heading(2, "Aim")
    '1.1'
    >>> sections.contents(2)
    ['1 Intro', '  1.1 Aim']
    """

    def __init__(self) -> None:
        self._counts: list[int] = []
        self._headings: list[tuple[int, str]] = []

    def heading(self, level: int, title: str) -> str:
        if not 1 <= level <= len(self._counts) + 1:
            raise ValueError("no such level here")
        del self._counts[level:]
        if level > len(self._counts):
            self._counts.append(0)
        self._counts[level - 1] += 1
        number = ".".join(map(str, self._counts))
        self._headings.append((level, f"{number} {title}"))
        return number

    def contents(self, deepest: int) -> list[str]:
        return ["  " * (level - 1) + text for level, text in self._headings if level <= deepest]


def inputs_SectionNumbers(rng: Random) -> Iterator[draw.Calls]:
    yield [("SectionNumbers",), ("contents", 1)]
    yield [("SectionNumbers",), ("heading", 2, "a"), ("heading", 0, "b"), ("contents", 3)]
    yield [("SectionNumbers",), ("heading", 1, "a"), ("heading", 3, "b"), ("heading", 2, "c"), ("contents", 1)]
    yield [
        ("SectionNumbers",),
        *[("heading", level, "x") for level in (1, 2, 3, 2, 3)],
        ("contents", 2),
    ]
    while True:
        calls: draw.Calls = [("SectionNumbers",), ("heading", 1, "a")]
        level = 1
        for _ in range(rng.randint(1, 4)):
            level = rng.randint(1, level + 1)
            calls.append(("heading", level, rng.choice(["b", "c"])))
            if rng.random() < 0.06:
                calls.append(("heading", rng.choice([0, level + 2]), "d"))
        yield [*calls, ("contents", rng.randint(1, 3))]
