"""Reading text: tokens, expressions, configuration, command lines, log lines and templates."""

import re
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw

_PAIRS = ("<=", ">=", "**")


def tokenize_formula(text: str) -> list[str]:
    """Split a formula into its tokens from left to right: numbers (a digit, then any digits and points), names (a
    letter or underscore, then any letters, digits and underscores), the two-character operators <= >= ** wherever they
    stand, and the single characters + - * < > ( and ); blanks separate and are left out, and any other character where
    a token should begin raises ValueError.

    >>> tokenize_formula("x1<=2.5 **n")
    ['x1', '<=', '2.5', '**', 'n']
    """
    tokens = []
    at = 0
    while at < len(text):
        start = at
        at += 1
        if text[start].isdigit():
            while at < len(text) and (text[at].isdigit() or text[at] == "."):
                at += 1
        elif text[start].isalpha() or text[start] == "_":
            while at < len(text) and (text[at].isalnum() or text[at] == "_"):
                at += 1
        elif text[start : start + 2] in _PAIRS:
            at += 1
        elif text[start] == " ":
            continue
        elif text[start] not in "+-*<>()":
            raise ValueError("no token begins here")
        tokens.append(text[start:at])
    return tokens


def inputs_tokenize_formula(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("  ",)
    yield ("a=b",)
    yield (".5",)
    yield ("***",)
    yield ("1.2.3",)
    yield ("_a_1 1_a",)
    yield ("<>=",)
    pieces = ["a1", "b_", "_c", "x", "12", "3.5", "7.", "+", "-", "*", "**", "<", "<=", ">", ">=", "(", ")", " ", " "]
    while True:
        text = "".join(draw.words(rng, 6, 1, pieces))
        if rng.random() < 0.1:
            text += rng.choice(["=", ".", "!", "%"])
        yield (text,)


def _unescape(text: str) -> str:
    first, *parts = text.replace("+", " ").split("%")
    return first + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts)


def parse_query(query: str) -> dict[str, list[str]]:
    """Read the query of a URL, with or without one leading question mark, into a dict from each key to its values in
    order of appearance: pieces are separated by &, empty pieces are left out, only the first = of a piece divides key
    from value and a piece without = has the value "", and in both + stands for a blank and % with the two hexadecimal
    digits that always follow it for the character of that code.

    >>> parse_query("?q=a+b&n=1&n=%32&x")
    {'q': ['a b'], 'n': ['1', '2'], 'x': ['']}
    """
    fields: dict[str, list[str]] = {}
    for piece in query.removeprefix("?").split("&"):
        if piece:
            key, _, value = piece.partition("=")
            fields.setdefault(_unescape(key), []).append(_unescape(value))
    return fields


def inputs_parse_query(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("?",)
    yield ("a=1&a=2",)
    yield ("a&=b&&",)
    yield ("??a=b=c",)
    yield ("%2B=+%3D+",)
    bits = ["a", "b", "b", "1", "+", "%2B", "%3d", "%26c", "="]
    while True:
        pieces = ["".join(draw.words(rng, 3, 0, bits)) for _ in range(rng.randint(1, 4))]
        if rng.random() < 0.7:
            pieces = [f"{rng.choice('ab')}={piece}" for piece in pieces]
        yield (rng.choice(["", "?"]) + "&".join(pieces),)


def parse_ini(lines: list[str]) -> dict[str, dict[str, str]]:
    """Read the lines of an ini file into a dict from section to its settings: what follows # in a line is a comment,
    blanks around lines, names, keys and values do not count, a line [name] begins the section of that name or goes on
    with it (keeping it even if it stays empty), and other lines that are not empty are key=value, divided at the first
    =, where the last value of a key counts; names and keys become lower case, settings before any section belong to
    "main", which exists only if there are some, and a line without = raises ValueError.

    >>> parse_ini(["[Net]", "Port = 80 # http", "", "[log]"])
    {'net': {'port': '80'}, 'log': {}}
    """
    sections: dict[str, dict[str, str]] = {}
    current = "main"
    for raw in lines:
        line = raw.split("#")[0].strip()
        if line.startswith("[") and line.endswith("]"):
            current = line[1:-1].strip().lower()
            sections.setdefault(current, {})
        elif line:
            key, sign, value = line.partition("=")
            if not sign:
                raise ValueError("neither section nor setting")
            sections.setdefault(current, {})[key.strip().lower()] = value.strip()
    return sections


def inputs_parse_ini(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["", "# only", "  "],)
    yield (["a=1", "A = 2"],)
    yield (["[x]", "a=1", "[ X ]", "b=c=d"],)
    yield (["[x", "a=1"],)
    yield (["[x]y=2", "z]=1"],)
    yield (["plain"],)
    pool = ["[a]", "[B]", " [ b ] # c", "x=1", "X = 2", "y = a=b", "y=", "# x=3", "", "z#=1 # no", "[main]", "x=#4"]
    good = [line for line in pool if not line.startswith("z")]
    while True:
        yield (draw.words(rng, 5, 2, pool if rng.random() < 0.3 else good),)


_OPENING = {")": "(", "]": "[", "}": "{"}


def find_unbalanced(text: str) -> int | None:
    """Return the index of the first closing bracket for which the bracket opened last and not closed yet is missing or
    of another kind, or else the index of the last bracket that is never closed, or else None; the brackets are () [] {}
    and those between a double quote and the next one (or the end of the text) do not count.

    >>> find_unbalanced('(")"[)')
    5
    """
    still_open: list[int] = []
    quoted = False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in _OPENING.values():
            still_open.append(index)
        elif char in _OPENING and (not still_open or text[still_open.pop()] != _OPENING[char]):
            return index
    return still_open[-1] if still_open else None


def _random_brackets(rng: Random, depth: int) -> str:
    parts = []
    for _ in range(rng.randint(0, 2) if depth < 3 else 1):
        kind = rng.choice(["()", "[]", "{}", "x", '"']) if depth else "y"
        if kind == '"':
            parts.append(f'"{draw.text(rng, "([)]a", 2)}"')
        else:
            parts.append(kind[0] + _random_brackets(rng, depth - 1) + kind[1] if len(kind) > 1 else kind)
    return "".join(parts)


def inputs_find_unbalanced(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("a(b[c]{d})",)
    yield ("([)]",)
    yield ("(]",)
    yield ("}",)
    yield ("((",)
    yield ('("(")',)
    yield ('a(")',)
    while True:
        text = _random_brackets(rng, 3)
        if rng.random() < 0.7:
            cut = rng.randint(0, len(text))
            text = text[:cut] + rng.choice('()[]{}"') + text[cut + rng.randint(0, 1) :]
        yield (text,)


def fill_template(template: str, values: dict[str, str]) -> str:
    """Replace each {name} of the template by the value of exactly that name, each {name|default} by the value or, where
    the name is missing or its value empty, by the default (all up to the closing }), and each {{ by a single {, going
    from left to right; raise KeyError for a missing name without a default and ValueError for a { that no } follows,
    whichever is met first.

    >>> fill_template("Hi {who}, {{{n|no}}", {"who": "Bo"})
    'Hi Bo, {no}'
    """
    parts = []
    at = 0
    while at < len(template):
        if template[at] != "{":
            parts.append(template[at])
            at += 1
        elif template.startswith("{{", at):
            parts.append("{")
            at += 2
        else:
            end = template.index("}", at)
            name, bar, default = template[at + 1 : end].partition("|")
            parts.append(values.get(name) or default if bar else values[name])
            at = end + 1
    return "".join(parts)


def inputs_fill_template(rng: Random) -> Iterator[tuple[str, dict[str, str]]]:
    yield "", {}
    yield "{a}{a}", {"a": "{b}"}
    yield "{a", {"a": "1"}
    yield "x}{{y}}", {"y": "1"}
    yield "{b|}{c|d|e}", {"b": "1"}
    yield "{a}{b|no}", {"a": "", "b": ""}
    yield "{a}{", {}
    pool = ["{a}", "{b}", "{a|x}", "{c|y}", "{c|}", "{{", "}", "-", " ", "{d|p|q}", "{b|none}"]
    while True:
        pieces = draw.words(rng, 4, 1, pool)
        if rng.random() < 0.12:
            pieces.append(rng.choice(["{c}", "{a", "{"]))
        values = {"a": rng.choice(["1", "22", ""]), "b": rng.choice(["v", ""])}
        if rng.random() < 0.4:
            values["c"] = "w"
        yield "".join(pieces), values


def split_command(line: str) -> list[str]:
    r"""Split a command line into words at runs of blanks: single or double quotes keep blanks and the other kind of
    quote between them, are left out themselves, may stand inside a word and make an empty word possible, and a
    backslash, except between single quotes, is left out and takes the next character as it is; raise ValueError for a
    quote that is not closed or a backslash at the end.

    >>> split_command("cp 'my file' a\\ b \"\"")
    ['cp', 'my file', 'a b', '']
    """
    words: list[str] = []
    word: str | None = None
    quote = ""
    escaped = False
    for char in line:
        if escaped:
            word = (word or "") + char
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
            word = word or ""
        elif quote or char != " ":
            word = (word or "") + char
        elif word is not None:
            words.append(word)
            word = None
    if quote or escaped:
        raise ValueError("unfinished command line")
    return words if word is None else [*words, word]


def inputs_split_command(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("  a   b ",)
    yield ("''",)
    yield ("a'b c'd",)
    yield ("\"it's\" '\\'",)
    yield ('"\\"" x',)
    yield ("a\\",)
    yield ("'a",)
    yield ("\\  \\'b",)
    pool = ["a", "b", "ls", " ", "  ", "' '", '"c d"', "''", "\\ ", "\\'", "'\\'", '"\\""', '"\'"', "\\\\", "'\"x'"]
    while True:
        text = "".join(draw.words(rng, 6, 1, pool))
        if rng.random() < 0.12:
            text += rng.choice(["'", '"', "\\", "'b"])
        yield (text,)


_LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2, "ERROR": 3}


def read_log(lines: list[str], lowest: str) -> list[tuple[int, str]]:
    """Return in order the (minute of the day, message) of each log entry whose level is at least the lowest, where an
    entry is a line such as "09:05 WARN disk full", levels rise from DEBUG over INFO and WARN to ERROR, and a line that
    begins with a blank continues the entry before it, joined to the message by one blank without the blanks around it;
    a continuation goes with its entry if that is left out and is left out if there is none, and an unknown level of an
    entry raises KeyError.

    >>> read_log(["01:02 INFO up", "01:10 ERROR no disk", "  at sda"], "WARN")
    [(70, 'no disk at sda')]
    """
    entries: list[tuple[int, str]] = []
    wanted = False
    for line in lines:
        if not line.startswith(" "):
            clock, level, message = line.split(" ", 2)
            wanted = _LEVELS[level] >= _LEVELS[lowest]
            if wanted:
                hours, minutes = clock.split(":")
                entries.append((int(hours) * 60 + int(minutes), message))
        elif wanted:
            minute, message = entries[-1]
            entries[-1] = (minute, f"{message} {line.strip()}")
    return entries


def inputs_read_log(rng: Random) -> Iterator[tuple[list[str], str]]:
    yield [], "INFO"
    yield [" lost", "00:59 INFO a  b"], "INFO"
    yield ["10:00 WARN a", " b", " c"], "WARN"
    yield ["10:00 DEBUG a", " b", "10:01 ERROR c"], "INFO"
    yield ["23:59 FATAL x"], "DEBUG"
    while True:
        lines = []
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.4:
                lines.append(f"{' ' * rng.randint(1, 2)}{rng.choice(['at x', 'y ', 'z'])}")
            level = rng.choice(["DEBUG", "INFO", "WARN", "ERROR", "INFO", "WARN"]) if rng.random() < 0.96 else "info"
            lines.append(f"0{rng.randint(0, 3)}:{rng.randint(0, 59):02} {level} {rng.choice(['up', 'no disk', 'ok'])}")
            if rng.random() < 0.4:
                lines.append(" more")
        yield lines, rng.choice(["DEBUG", "INFO", "INFO", "WARN", "WARN", "ERROR"])


_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> int:
    """Return the number of seconds in a duration such as "1h30m" or "-90s": an optional leading minus, then one or more
    parts of a whole number and its unit out of d, h, m and s, each unit at most once and longer units before shorter
    ones; raise ValueError for anything else, blanks included.

    >>> parse_duration("2m5s")
    125
    """
    total = 0
    digits = ""
    units = "dhms"
    for char in text.removeprefix("-"):
        if char.isdigit():
            digits += char
        elif digits and char in units:
            total += int(digits) * _SECONDS[char]
            units = units[units.index(char) + 1 :]
            digits = ""
        else:
            raise ValueError("not a duration")
    if digits or units == "dhms":
        raise ValueError("not a duration")
    return -total if text.startswith("-") else total


def inputs_parse_duration(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("-",)
    yield ("0s",)
    yield ("1d1h1m1s",)
    yield ("1m2h",)
    yield ("1h2h",)
    yield ("1h30",)
    yield ("hm",)
    yield ("--1s",)
    yield ("1h 2m",)
    yield ("3x",)
    while True:
        units = [unit for unit in "dhms" if rng.random() < 0.5] or [rng.choice("dhms")]
        if rng.random() < 0.08:
            units.append(rng.choice("dhmsx"))
        text = "".join(f"{rng.randint(0, 70)}{unit}" for unit in units)
        yield (rng.choice(["", "", "-"]) + text + ("5" if rng.random() < 0.05 else ""),)


def parse_cron_field(field: str, low: int, high: int) -> list[int]:
    """Return, sorted and without repeats, the values from low to high inclusive that a cron field selects: it is one or
    more parts separated by commas, * being all values, a just that one and a-b those from a to b inclusive, and /n
    after any of these (n at least 1) keeps its first value and every nth from there; raise ValueError if a number
    before the slash is outside low to high or a range runs backwards.

    >>> parse_cron_field("1-5/2,4", 0, 6)
    [1, 3, 4, 5]
    """
    chosen: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first, last = int(start), int(end or start)
        if not low <= first <= last <= high:
            raise ValueError("range out of bounds")
        chosen.update(range(first, last + 1, int(step or 1)))
    return sorted(chosen)


def inputs_parse_cron_field(rng: Random) -> Iterator[tuple[str, int, int]]:
    yield "*", 0, 3
    yield "*/2", 1, 7
    yield "3-3", 3, 4
    yield "2", 3, 9
    yield "9-10", 3, 9
    yield "5-4", 0, 9
    yield "9,1-2,9", 1, 9
    yield "4/3", 0, 9
    while True:
        low, high = rng.randint(0, 1), rng.randint(6, 9)
        parts = []
        for _ in range(rng.randint(1, 3)):
            first, last = sorted([rng.randint(low, high), rng.randint(low, high)])
            part = rng.choice(["*/3", f"{first}", f"{first}-{last}", f"{first}-{last}", f"{first}-{high}"])
            parts.append(part + rng.choice(["", "/1", "/2", "/3"]) if "/" not in part else part)
        if rng.random() < 0.12:
            parts.append(rng.choice([f"{high + 1}", f"{low - 1}" if low else "3-2", f"{low}-{high + 1}", "6-5"]))
        yield ",".join(parts), low, high


def parse_arguments(args: list[str], switches: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return (options, positionals) from command-line arguments, in order and with the later option of a name winning:
    --name=value gives the name that value, --name alone has the value "on" if the name is one of the switches and
    otherwise the whole next argument, whatever it looks like, or raises ValueError if there is none, a bare -- makes
    all arguments after it positionals, and all others are positionals too; args itself stays as it is.

    >>> parse_arguments(["in", "--v", "--n", "3", "--", "--x"], ["v"])
    ({'v': 'on', 'n': '3'}, ['in', '--x'])
    """
    options: dict[str, str] = {}
    positionals: list[str] = []
    waiting = list(args)
    while waiting:
        arg = waiting.pop(0)
        if arg == "--":
            positionals += waiting
            break
        if not arg.startswith("--"):
            positionals.append(arg)
            continue
        name, sign, value = arg[2:].partition("=")
        if not sign and name in switches:
            value = "on"
        elif not sign:
            if not waiting:
                raise ValueError(f"{arg} needs a value")
            value = waiting.pop(0)
        options[name] = value
    return options, positionals


def inputs_parse_arguments(rng: Random) -> Iterator[tuple[list[str], list[str]]]:
    yield [], []
    yield ["--a"], []
    yield ["--a"], ["a"]
    yield ["--a=", "--b=c=d"], ["a"]
    yield ["x", "-", "-a", "--", "y", "--", "--a"], []
    yield ["--a", "--", "x"], []
    yield ["--a", "1", "--a", "2"], ["b"]
    pool = ["--a", "--b", "--c", "--a=1", "--b=x=2", "--c=", "--", "-a", "in", "out"]
    while True:
        args = draw.words(rng, 5, 1, pool)
        if rng.random() < 0.7:
            args.append("end")
        yield args, draw.some(rng, ["a", "b", "c"], 3, 1)


def outline_paths(lines: list[str]) -> list[str]:
    """Return in order the slash-joined path from the top of each entry of an outline that has no entries below it,
    where an entry is a line indented by two blanks for each level and belongs to the nearest earlier line one level up;
    raise ValueError for an odd number of blanks or a line more than one level deeper than the line before it (the first
    line must not be indented at all).

    >>> outline_paths(["a", "  b", "  c", "d"])
    ['a/b', 'a/c', 'd']
    """
    path: list[str] = []
    paths: list[str] = []
    for line in lines:
        name = line.lstrip(" ")
        depth, odd = divmod(len(line) - len(name), 2)
        if odd or depth > len(path):
            raise ValueError("bad indentation")
        if 0 < depth == len(path):
            paths.pop()
        path[depth:] = [name]
        paths.append("/".join(path))
    return paths


def inputs_outline_paths(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["a", "b"],)
    yield (["  a"],)
    yield (["a", "  b", "    c", "d"],)
    yield (["a", " b"],)
    yield (["a", "    b"],)
    yield (["a", "  b", "    c", "  d", "    e", "    f"],)
    while True:
        lines: list[str] = []
        depth = -1
        for _ in range(rng.randint(1, 6)):
            depth = rng.choice([depth + 1, depth + 1, max(depth, 0), rng.randint(0, depth + 1)])
            lines.append("  " * depth + rng.choice(["a", "b", "c d"]))
        if rng.random() < 0.1:
            lines.append(" " * rng.choice([1, 3, 2 * depth + 4]) + "x")
        yield (lines,)


class LineBuffer:
    r"""Cut a stream that arrives in chunks into lines: feed takes a chunk and returns the lines that are now complete
    as (number, text) pairs in order, numbered from 1 over the whole stream, where a line ends with \n or \r\n, neither
    of which is part of its text, and empty lines are counted but not returned, and close returns what is left
    unfinished as such a pair with the next number, or None if nothing is left, and drops it uncounted.

    >>> buffer = LineBuffer()
    >>> buffer.feed("ab\n\nc")
    [(1, 'ab')]
    >>> buffer.feed("d\r\n")
    [(3, 'cd')]
    >>> buffer.close()
    """

    def __init__(self) -> None:
        self._number = 0
        self._rest = ""

    def feed(self, chunk: str) -> list[tuple[int, str]]:
        *lines, self._rest = (self._rest + chunk).split("\n")
        complete = []
        for line in lines:
            self._number += 1
            text = line.removesuffix("\r")
            if text:
                complete.append((self._number, text))
        return complete

    def close(self) -> tuple[int, str] | None:
        rest = self._rest
        self._rest = ""
        return (self._number + 1, rest) if rest else None


def inputs_LineBuffer(rng: Random) -> Iterator[draw.Calls]:
    yield [("LineBuffer",), ("feed", ""), ("close",)]
    yield [("LineBuffer",), ("feed", "a\r"), ("feed", "\nb"), ("close",), ("close",)]
    yield [("LineBuffer",), ("feed", "\n\r\n\r\r\n"), ("feed", "x\n"), ("close",)]
    yield [("LineBuffer",), ("feed", "a"), ("close",), ("feed", "b\n")]
    while True:
        calls: draw.Calls = [("LineBuffer",)]
        for _ in range(rng.randint(1, 4)):
            calls.append(("feed", "".join(draw.words(rng, 4, 0, ["a", "bc", "\n", "\r\n", "\n", "\r", "d"]))))
            if rng.random() < 0.15:
                calls.append(("close",))
        yield [*calls, ("feed", "z\n"), ("close",)] if rng.random() < 0.5 else [*calls, ("close",)]


class FieldScanner:
    """Read a text from left to right, each reading beginning after the last and skipping blanks before what it reads:
    number reads an integer, which may begin with a minus, word reads a longest run of letters, and both raise
    ValueError if the text does not go on with one, accept says whether the text goes on with the given symbol and reads
    it if so, and rest returns all that was not read yet, blanks included, without reading it; a reading that fails
    leaves the place, blanks included, as it was.

    >>> scanner = FieldScanner("move -3, up")
    >>> scanner.word()
    'move'
    >>> scanner.number()
    -3
    >>> scanner.accept(";")
    False
    >>> scanner.rest()
    ', up'
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def _read(self, pattern: str) -> str | None:
        found = re.compile(f" *({pattern})").match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found[1]

    def number(self) -> int:
        return int(self._read("-?[0-9]+") or "none")

    def word(self) -> str:
        found = self._read("[A-Za-z]+")
        if found is None:
            raise ValueError("no word here")
        return found

    def accept(self, symbol: str) -> bool:
        return self._read(re.escape(symbol)) is not None

    def rest(self) -> str:
        return self._text[self._at :]


def inputs_FieldScanner(rng: Random) -> Iterator[draw.Calls]:
    yield [("FieldScanner", ""), ("accept", ","), ("rest",)]
    yield [("FieldScanner", "  -12a"), ("word",), ("number",), ("word",), ("rest",)]
    yield [("FieldScanner", "- 1"), ("number",), ("accept", "-"), ("rest",), ("number",)]
    yield [("FieldScanner", "a b  "), ("word",), ("word",), ("rest",)]
    yield [("FieldScanner", "x=*7"), ("word",), ("accept", "=*"), ("number",), ("accept", "")]
    yield [("FieldScanner", "..x"), ("accept", "."), ("accept", "."), ("accept", "."), ("rest",)]
    right = {"ab": "word", "X": "word", "4": "number", "-17": "number", ",": "accept", "*": "accept", "..": "accept"}
    while True:
        pieces = draw.words(rng, 4, 2, list(right))
        text = "".join(rng.choice(["", " ", "  "]) + piece for piece in pieces) + rng.choice(["", " "])
        calls: draw.Calls = [("FieldScanner", text)]
        for piece in pieces:
            method = right[piece] if rng.random() < 0.85 else rng.choice(["word", "number", "accept"])
            symbol = piece if rng.random() < 0.7 else rng.choice([",", "*", "."])
            calls.append((method, symbol) if method == "accept" else (method,))
        yield [*calls, ("rest",)]
