"""Text laid out in lines: wrapping, alignment, columns, boxes, outlines, truncation."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def _pieces(word: str, width: int) -> list[str]:
    return [word[start : start + width] for start in range(0, len(word), width)]


def wrap_words(text: str, width: int, indent: int) -> list[str]:
    """Wrap the words of the text (split at white space) into lines of at most width characters, each line taking as
    many words as fit with one space between them; every line but the first begins with indent spaces (fewer than
    width), and a word longer than width - indent is cut beforehand into pieces of that length (the last one shorter),
    which count as words.

    >>> wrap_words("to be or notwithstanding", 6, 2)
    ['to be', '  or', '  notw', '  iths', '  tand', '  ing']
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        for piece in _pieces(word, width - indent):
            if line.strip() and len(line) + 1 + len(piece) > width:
                lines.append(line)
                line = " " * indent
            line += " " + piece if line.strip() else piece
    return [*lines, line] if line else lines


def inputs_wrap_words(rng: Random) -> Iterator[tuple[str, int, int]]:
    yield "", 5, 1
    yield "ab cd", 5, 0
    yield "ab cd", 4, 0
    yield "abcdef", 3, 1
    yield "abcd e f", 4, 1
    while True:
        words = draw.words(rng, 6, vocabulary=["a", "of", "the", "word", "seven7s", "longerword"])
        yield " ".join(words), rng.randint(4, 9), rng.randint(0, 2)


def justify_line(words: list[str], width: int) -> str:
    """Spread the words over exactly width characters: the spaces go evenly between the words, those left over one each
    into the gaps from the left on; a single word is padded on the right, no words give spaces only, and ValueError is
    raised if the words with one space between them do not fit.

    >>> justify_line(["a", "bc", "d"], 9)
    'a   bc  d'
    """
    gaps = len(words) - 1
    spaces = width - sum(map(len, words))
    if spaces < gaps:
        raise ValueError("the words do not fit")
    if gaps < 1:
        return "".join(words) + " " * spaces
    even, extra = divmod(spaces, gaps)
    line = words[0]
    for place, word in enumerate(words[1:]):
        line += " " * (even + (place < extra)) + word
    return line


def inputs_justify_line(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 0
    yield [], 3
    yield ["ant"], 3
    yield ["ant"], 2
    yield ["a", "bc"], 4
    yield ["a", "bc"], 3
    while True:
        words = draw.words(rng, 5, vocabulary=["a", "of", "cat", "bird"])
        least = sum(map(len, words)) + max(0, len(words) - 1)
        yield words, max(0, least + rng.choice([-1, 0, 0, 1, 2, 3, 4, 5, 7]))


def align_decimals(numbers: list[str]) -> list[str]:
    """Pad numbers, written with at most one decimal point each, with spaces so that they are all equally long and their
    points stand in one column; a number without a point ends just before that column, and no column is added for a
    point or decimals that no number has.

    >>> align_decimals(["1.5", "-20", "3.25"])
    ['  1.5 ', '-20   ', '  3.25']
    """
    heads, tails = [], []
    for number in numbers:
        head, point, decimals = number.partition(".")
        heads.append(head)
        tails.append(point + decimals)
    left = max(map(len, heads), default=0)
    right = max(map(len, tails), default=0)
    return [head.rjust(left) + tail.ljust(right) for head, tail in zip(heads, tails, strict=True)]


def inputs_align_decimals(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["1", "23"],)
    yield (["1.", "23"],)
    yield ([".5", "1.25", "-3"],)
    while True:
        wholes = ["", "0", "-1", "7", "12", "-305"]
        ends = ["", ".", ".0", ".25", ".125"]
        yield ([rng.choice(wholes[1:]) + rng.choice(ends) for _ in range(rng.randint(1, 5))],)


def _is_amount(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdecimal()


def _padded(cell: str, width: int) -> str:
    return cell.rjust(width) if _is_amount(cell) else cell.ljust(width)


def render_table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return the lines of a text table: the header, a rule and one line a row, each column as wide as its longest cell
    and the columns separated by " | ", in the rule by "-+-" with dashes in place of cells; a cell of decimal digits
    with at most one point among them and at most one minus sign in front is put to the right of its column, any other
    to the left; all rows have as many cells as the header, at least one, and spaces at the end of a line are removed.

    >>> render_table(["item", "n"], [["tea", "10"], ["", "x"]])
    ['item | n', '-----+---', 'tea  | 10', '     | x']
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = "-+-".join("-" * width for width in widths)
    first, *others = [" | ".join(map(_padded, row, widths)).rstrip() for row in [header, *rows]]
    return [first, rule, *others]


def inputs_render_table(rng: Random) -> Iterator[tuple[list[str], list[list[str]]]]:
    yield ["a"], []
    yield ["name", "x"], [["", ""]]
    yield ["7", "sum"], [["-1.5", "--1"], ["1.2.3", "."]]
    while True:
        size = rng.randint(1, 3)
        header = draw.some(rng, ["id", "item", "n", "2024"], size, size)
        cells = ["", "7", "-3", "10.5", "tea", "x", "12", "-", "1.2.3", "--4"]
        yield header, [draw.words(rng, size, size, cells) for _ in range(rng.randint(0, 3))]


def draw_box(lines: list[str], title: str) -> list[str]:
    """Frame the lines of text: every inner row is "| ", the line padded on the right to the width of the longest of the
    lines and the title, and " |"; the top and the bottom row are dashes of the same length between "+" corners, and a
    title that is not empty is written into the top row, with a space on both sides, right after the left corner.

    >>> draw_box(["hello", ""], "Hi")
    ['+ Hi ---+', '| hello |', '|       |', '+-------+']
    """
    width = max([len(title), *map(len, lines)])
    bottom = "+" + "-" * (width + 2) + "+"
    top = bottom
    if title:
        top = f"+ {title} ".ljust(width + 3, "-") + "+"
    return [top, *(f"| {line.ljust(width)} |" for line in lines), bottom]


def inputs_draw_box(rng: Random) -> Iterator[tuple[list[str], str]]:
    yield [], ""
    yield [], "T"
    yield ["abc"], "abc"
    yield ["abc"], "abcd"
    while True:
        lines = draw.words(rng, 3, vocabulary=["", "a", "ox", "bird", "a cat", "seven77"])
        yield lines, rng.choice(["", "Q", "Log", "Report"])


def number_outline(headings: list[tuple[int, str]]) -> list[str]:
    """Number headings given as (level, title), 1 being the top level: each gets its count within its section behind the
    number of the heading above it, as in "2.1 Title", and is indented by two spaces for each level below the top; a
    heading starts the count anew for all deeper levels, and ValueError is raised for a level that is less than 1 or
    more than one deeper than that of the heading before it (the first must have level 1).

    >>> number_outline([(1, "A"), (2, "B"), (2, "C"), (1, "D")])
    ['1 A', '  1.1 B', '  1.2 C', '2 D']
    """
    counts: list[int] = []
    lines = []
    for level, title in headings:
        if not 1 <= level <= len(counts) + 1:
            raise ValueError("bad level")
        counts = [*counts, 0][:level]
        counts[-1] += 1
        lines.append("  " * (level - 1) + ".".join(map(str, counts)) + " " + title)
    return lines


def inputs_number_outline(rng: Random) -> Iterator[tuple[list[tuple[int, str]]]]:
    yield ([],)
    yield ([(2, "a")],)
    yield ([(1, "a"), (0, "b")],)
    yield ([(1, "a"), (2, "b"), (3, "c"), (1, "d"), (2, "e"), (2, "f")],)
    yield ([(1, "a"), (2, "b"), (1, "c"), (3, "d")],)
    while True:
        headings: list[tuple[int, str]] = []
        level = 0
        for title in draw.text(rng, "abc", 6, 1):
            level = rng.choice([level + 1, max(1, level), max(1, level - 1), 1])
            if rng.random() < 0.03:
                level += rng.choice([-5, 2])
            headings.append((level, title))
        yield (headings,)


def shorten_path(path: str, width: int) -> str:
    """Return the path if it has at most width characters (width is at least 4); otherwise drop as few folders as
    needed, the part right after the first slash-separated part first, and put a single part "..." in place of all the
    dropped ones so that the result fits; if it does not fit even with only the first and the last part around the
    "...", return "..." followed by as many characters from the end of the path as fit.

    >>> shorten_path("home/annette/docs/a.txt", 20)
    'home/.../docs/a.txt'
    """
    if len(path) <= width:
        return path
    first, *rest = path.split("/")
    for dropped in range(1, len(rest)):
        shorter = "/".join([first, "...", *rest[dropped:]])
        if len(shorter) <= width:
            return shorter
    return "..." + path[3 - width :]


def inputs_shorten_path(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 4
    yield "a/b", 4
    yield "abcde", 5
    yield "abcde", 4
    yield "a/bcdef/g/h", 9
    yield "a/bcdef/g", 7
    yield "a/bcdef/g", 6
    while True:
        parts = draw.words(rng, 5, 1, ["", "a", "src", "docs", "x.py", "build", "README"])
        path = "/".join(parts)
        yield path, max(4, len(path) + rng.choice([-9, -6, -5, -4, -3, -2, -1, 0]))


def list_in_columns(names: list[str], width: int) -> list[str]:
    """Lay the names out in columns that are read downwards one after the other: all columns are as wide as the longest
    name, with two spaces between columns, and there are as many columns as fit into width characters (at least one);
    the number of rows is the smallest that holds all names in that many columns, every column but the last ones is
    full, and spaces at the end of a row are removed.

    >>> list_in_columns(["ant", "bee", "cat", "dog", "elk"], 13)
    ['ant  cat  elk', 'bee  dog']
    """
    if not names:
        return []
    cell = max(map(len, names))
    columns = max(1, (width + 2) // (cell + 2))
    height = -(-len(names) // columns)
    rows = []
    for row in range(height):
        rows.append("  ".join(name.ljust(cell) for name in names[row::height]).rstrip())
    return rows


def inputs_list_in_columns(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 10
    yield ["ant"], 2
    yield ["ab", "cd"], 6
    yield ["ab", "cd"], 5
    yield ["a", "bc", "d"], 6
    while True:
        yield draw.words(rng, 8, 1, ["a", "ox", "bee", "lion"]), rng.randint(3, 18)


def _amount_text(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole}.{rest:02}"


def receipt_line(label: str, cents: int, width: int) -> str:
    """Return a receipt line of exactly width characters (at least 12): the label on the left, the amount on the right
    as units, point and two digits of cents with a minus sign if it is negative, and the gap filled with dots that keep
    one space from both; a label that leaves no room for at least two dots is cut to the longest beginning that leaves
    exactly two and ends in "~" in place of its last character kept.

    >>> receipt_line("Green tea", 1250, 17)
    'Green t~ .. 12.50'
    """
    amount = _amount_text(cents)
    room = width - len(amount) - 4
    if len(label) > room:
        label = label[: room - 1] + "~"
    return f"{label} {'.' * (width - len(label) - len(amount) - 2)} {amount}"


def inputs_receipt_line(rng: Random) -> Iterator[tuple[str, int, int]]:
    yield "", 0, 12
    yield "Tea", 5, 12
    yield "Teas", 105, 12
    yield "Water", -99, 12
    yield "Discount", -12345, 14
    while True:
        label = rng.choice(["Tea", "Milk", "Bread", "Coffee", "Orange juice", "Tip"])
        cents = rng.choice([0, 5, 99, 100, 250, 1000, 12345]) * rng.choice([1, 1, -1]) + rng.randint(-1, 1)
        yield label, cents, rng.randint(12, 20)


def draw_tree(nodes: list[tuple[int, str]]) -> list[str]:
    """Draw a tree given as (depth, name) in preorder, where the first depth is 0 and no depth is more than one deeper
    than the one before: a node of depth 0 is its name alone; in front of any other name stands "+- " if a sibling
    follows it, else "`- ", and in front of that, for each of its ancestors of depth 1 or more from the outermost on,
    "|  " if a sibling of that ancestor follows, else three spaces.

    >>> draw_tree([(0, "r"), (1, "a"), (2, "x"), (1, "b")])
    ['r', '+- a', '|  `- x', '`- b']
    """
    lines: list[str] = []
    followed: set[int] = set()
    for depth, name in reversed(nodes):
        prefix = "".join("|  " if level in followed else "   " for level in range(1, depth))
        if depth > 0:
            prefix += "+- " if depth in followed else "`- "
        lines.insert(0, prefix + name)
        followed = {level for level in followed if level < depth} | {depth}
    return lines


def inputs_draw_tree(rng: Random) -> Iterator[tuple[list[tuple[int, str]]]]:
    yield ([],)
    yield ([(0, "r")],)
    yield ([(0, "r"), (1, "a"), (2, "b"), (0, "s"), (1, "c")],)
    yield ([(0, "r"), (1, "a"), (2, "b"), (2, "c"), (1, "d"), (2, "e")],)
    while True:
        nodes: list[tuple[int, str]] = []
        depth = -1
        for name in draw.text(rng, "abcde", 7, 2):
            depth = rng.randint(0, min(3, depth + 1)) if rng.random() < 0.5 else min(3, depth + 1)
            nodes.append((depth, name))
        yield (nodes,)


def expand_tab_stops(line: str, stops: list[int]) -> str:
    """Replace every tab by the spaces that reach the next tab stop, a column counted from 0 and given in rising order,
    which is the first stop greater than the current column; behind the last stop a tab becomes a single space.

    >>> expand_tab_stops("a\\tb\\tc\\td", [2, 6])
    'a b   c d'
    """
    expanded = ""
    for character in line:
        if character != "\t":
            expanded += character
            continue
        column = len(expanded)
        later = [stop for stop in stops if stop > column]
        expanded += " " * (later[0] - column if later else 1)
    return expanded


def inputs_expand_tab_stops(rng: Random) -> Iterator[tuple[str, list[int]]]:
    yield "", [4]
    yield "a\tb", []
    yield "ab\tc", [2, 5]
    yield "\t\tx", [0, 3, 4]
    while True:
        yield draw.text(rng, "abc\t\t", 8, 1), sorted(draw.some(rng, [0, 1, 2, 3, 4, 6, 8, 11], 4))


def _bar(value: int, top: int, width: int) -> str:
    length = (2 * value * width + top) // (2 * top)
    return "#" * length if length > 0 or value == 0 else "."


def bar_chart(values: dict[str, int], width: int) -> list[str]:
    """Return one line a label, largest value first and equal values in alphabetical order: the label padded on the
    right to the longest label, a space, its bar, a space and the value; the largest value gets a bar of width "#"
    signs (at least 1), the others a bar in proportion, rounded to whole signs with halves up, but a value above 0
    whose bar would be empty gets "."; values are not negative, and if all are 0 their bars are empty.

    >>> bar_chart({"ox": 1, "bee": 8, "ant": 4}, 3)
    ['bee ### 8', 'ant ## 4', 'ox  . 1']
    """
    margin = max(map(len, values), default=0)
    top = max([1, *values.values()])
    lines = []
    for label, value in sorted(values.items(), key=lambda pair: (-pair[1], pair[0])):
        lines.append(f"{label.ljust(margin)} {_bar(value, top, width)} {value}")
    return lines


def inputs_bar_chart(rng: Random) -> Iterator[tuple[dict[str, int], int]]:
    yield {}, 3
    yield {"a": 0, "bb": 0}, 2
    yield {"a": 1}, 1
    yield {"b": 4, "a": 1, "cat": 4}, 2
    while True:
        labels = draw.some(rng, ["a", "b", "ox", "bee", "newt"], 4, 1)
        yield {label: rng.choice([0, 1, 1, 2, 3, 5, 8, 9]) for label in labels}, rng.randint(1, 6)


class TextCanvas:
    """Hold a grid of characters of the given width and height, all spaces at first: write puts a text at a row and a
    column (from 0), going right and leaving out what falls outside, and returns how many characters it put; frame
    draws the border of the rectangle between two opposite corner cells (top, left, bottom, right, all inside the grid
    and bottom > top, right > left), "+" at the corners, "-" and "|" at the sides; rows returns the rows, without
    spaces at their ends.

    >>> canvas = TextCanvas(5, 3)
    >>> canvas.frame(0, 0, 2, 3)
    >>> canvas.write(1, 2, "abcd")
    3
    >>> canvas.rows()
    ['+--+', '| abc', '+--+']
    """

    def __init__(self, width: int, height: int) -> None:
        self._rows = [[" "] * width for _ in range(height)]

    def write(self, row: int, column: int, text: str) -> int:
        if not 0 <= row < len(self._rows):
            return 0
        line = self._rows[row]
        count = 0
        for place, letter in enumerate(text, column):
            if 0 <= place < len(line):
                line[place] = letter
                count += 1
        return count

    def frame(self, top: int, left: int, bottom: int, right: int) -> None:
        edge = "+" + "-" * (right - left - 1) + "+"
        self.write(top, left, edge)
        self.write(bottom, left, edge)
        for row in range(top + 1, bottom):
            self.write(row, left, "|")
            self.write(row, right, "|")

    def rows(self) -> list[str]:
        return ["".join(line).rstrip() for line in self._rows]


def inputs_TextCanvas(rng: Random) -> Iterator[draw.Calls]:
    yield [("TextCanvas", 3, 0), ("write", 0, 0, "a"), ("rows",)]
    yield [("TextCanvas", 3, 2), ("write", 1, -1, "abcde"), ("write", 2, 0, "x"), ("write", -1, 0, "y"), ("rows",)]
    yield [("TextCanvas", 4, 4), ("frame", 0, 0, 3, 3), ("write", 0, 3, "ab"), ("rows",)]
    while True:
        width, height = rng.randint(2, 6), rng.randint(2, 4)
        calls: draw.Calls = [("TextCanvas", width, height)]
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.4:
                top, left = rng.randint(0, height - 2), rng.randint(0, width - 2)
                calls.append(("frame", top, left, rng.randint(top + 1, height - 1), rng.randint(left + 1, width - 1)))
            else:
                text = rng.choice(["a", "abc", "x  y", " ", "12345"])
                calls.append(("write", rng.choice([-1, 0, 0, 1, 1, 2, 3]), rng.randint(-2, width), text))
        yield [*calls, ("rows",)]


class CodeWriter:
    """Collect lines of indented source text: begin adds the header with a colon behind it and indents what follows by
    one more step of four spaces, line adds a line, end undoes the step of the last begin not yet ended, first adding
    "pass" if nothing was added since that begin, and raises ValueError if there is none; text returns the lines added
    so far, and nothing else changes them.

    >>> writer = CodeWriter()
    >>> writer.begin("if x")
    >>> writer.end()
    >>> writer.line("y")
    >>> writer.text()
    ['if x:', '    pass', 'y']
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._starts: list[int] = []

    def line(self, text: str) -> None:
        self._lines.append("    " * len(self._starts) + text)

    def begin(self, header: str) -> None:
        self.line(header + ":")
        self._starts.append(len(self._lines))

    def end(self) -> None:
        if not self._starts:
            raise ValueError("nothing to end")
        if len(self._lines) == self._starts[-1]:
            self.line("pass")
        self._starts.pop()

    def text(self) -> list[str]:
        return list(self._lines)


def inputs_CodeWriter(rng: Random) -> Iterator[draw.Calls]:
    yield [("CodeWriter",), ("text",)]
    yield [("CodeWriter",), ("end",), ("line", "a"), ("text",)]
    yield [("CodeWriter",), ("begin", "if"), ("begin", "try"), ("end",), ("end",), ("line", "a"), ("text",)]
    yield [("CodeWriter",), ("begin", "if"), ("line", "a"), ("end",), ("end",), ("line", "b"), ("text",)]
    while True:
        calls: draw.Calls = [("CodeWriter",)]
        opened = 0
        for _ in range(rng.randint(3, 5)):
            kind = rng.choice(["line", "begin", "begin", "end"])
            if kind == "end" and opened == 0 and rng.random() < 0.6:
                kind = "begin"
            opened += {"line": 0, "begin": 1, "end": -1}[kind]
            calls.append((kind,) if kind == "end" else (kind, rng.choice(["a", "bc", "x()"])))
        yield [*calls, ("text",)]
