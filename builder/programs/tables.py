"""Tables as lists of rows: headers, column statistics, cross tabs, running totals, quoting, ragged rows."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any

from debugarena.builder.programs import draw


def _csv_cell(value: Any, separator: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if not text or text != text.strip() or separator in text or '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_row(cells: list[Any], separator: str) -> str:
    """Join cells to a line with the separator between them: None as nothing, True as yes, False as no, numbers and
    text as they are, but text within double quotes, with each double quote in it doubled, if it is empty, begins or
    ends with a blank, or has the separator or a double quote in it; cells that are None at the end of the row are left
    out together with the separators before them.

    >>> csv_row(["a;b", None, True, "", 7, None], ";")
    '"a;b";;yes;"";7'
    """
    size = len(cells)
    while size > 0 and cells[size - 1] is None:
        size -= 1
    return separator.join(_csv_cell(cell, separator) for cell in cells[:size])


def inputs_csv_row(rng: Random) -> Iterator[tuple[list[Any], str]]:
    yield [], ","
    yield [None, None], ","
    yield [None, "", None], ","
    yield ['"', " a", "a ", "a b", "a,b", "a;b"], ";"
    while True:
        pool = [None, None, True, False, 0, 12, "", "a", "a b", " a", "b ", "x,y", "x;y", 'q"', '"q"']
        yield [rng.choice(pool) for _ in range(rng.randint(1, 6))], rng.choice(",;")


def align_columns(rows: list[list[str]]) -> list[str]:
    """Lay out a table, whose first row has the headers and is not empty if there is one, as lines with two blanks
    between columns and none at the end: rows with fewer cells than the longest are filled with empty cells, each
    column is as wide as its widest cell, and it is set flush right, its header too, if all cells below the header that
    are not empty, perhaps none, have only digits, and otherwise flush left.

    >>> align_columns([["item", "no"], ["tea", "5"], ["oatmeal", "12"], ["x"]])
    ['item     no', 'tea       5', 'oatmeal  12', 'x']
    """
    width = max(map(len, rows), default=0)
    filled = [row + [""] * (width - len(row)) for row in rows]
    columns = []
    for cells in zip(*filled, strict=True):
        size = max(map(len, cells))
        if all(cell.isdecimal() for cell in cells[1:] if cell):
            columns.append([cell.rjust(size) for cell in cells])
        else:
            columns.append([cell.ljust(size) for cell in cells])
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def inputs_align_columns(rng: Random) -> Iterator[tuple[list[list[str]]]]:
    yield ([],)
    yield ([["a", "b"]],)
    yield ([["a"], ["12", "x"], []],)
    yield ([["1", "ab"], ["x", ""], ["", "7"]],)
    while True:
        rows = [draw.words(rng, 3, min_size=1, vocabulary=["id", "name", "n", "7"])]
        for _ in range(rng.randint(1, 3)):
            rows.append(draw.words(rng, 3, vocabulary=["", "5", "12", "300", "a", "bcd", "10345"]))
            if rng.random() < 0.5:
                rows[-1] = [cell if cell.isdecimal() else "42" for cell in rows[-1]]
        yield (rows,)


def transpose_ragged(rows: list[list[int | None]], gap: int) -> list[list[int]]:
    """Turn columns into rows, as many as the longest row has cells: each has the cells of its column from the first
    row on, with gap in place of a cell that is None or that its row is too short for, and ends after the last cell
    that is there and not None, so that it may be empty.

    >>> transpose_ragged([[1, 2], [3], [4, 5, None]], 0)
    [[1, 3, 4], [2, 0, 5], []]
    """
    columns: list[list[int]] = [[] for _ in range(max(map(len, rows), default=0))]
    for number, row in enumerate(rows):
        for column, cell in zip(columns, row, strict=False):
            if cell is not None:
                column += [gap] * (number - len(column))
                column.append(cell)
    return columns


def inputs_transpose_ragged(rng: Random) -> Iterator[tuple[list[list[int | None]], int]]:
    yield [], 0
    yield [[], [None]], 0
    yield [[None, 1], [2], [None, None]], -1
    yield [[1, 2, 3], [4, 5, 6]], 0
    while True:
        rows: list[list[int | None]] = []
        for _ in range(rng.randint(1, 5)):
            rows.append([rng.choice([None, 0, rng.randint(1, 9), rng.randint(1, 9)]) for _ in range(rng.randint(0, 4))])
        yield rows, rng.choice([0, -1])


def cross_tab(pairs: list[tuple[str, str]], limit: int) -> list[list[Any]]:
    """Return a table that counts pairs of (row label, column label): a header row of "", the at most limit column
    labels that occur most, the most frequent first and by name between equal ones, and "other"; then for each row
    label in sorted order a row of the label, how often it occurs with each of these columns, and how often with all
    other ones.

    >>> cross_tab([("b", "x"), ("a", "y"), ("b", "y"), ("b", "z")], 2)
    [['', 'y', 'x', 'other'], ['a', 1, 0, 0], ['b', 1, 1, 1]]
    """
    cells = Counter(pairs)
    row_sums = Counter(row for row, _ in pairs)
    column_sums = Counter(column for _, column in pairs)
    columns = sorted(column_sums, key=lambda column: (-column_sums[column], column))[:limit]
    table: list[list[Any]] = [["", *columns, "other"]]
    for row in sorted(row_sums):
        counts = [cells[row, column] for column in columns]
        table.append([row, *counts, row_sums[row] - sum(counts)])
    return table


def inputs_cross_tab(rng: Random) -> Iterator[tuple[list[tuple[str, str]], int]]:
    yield [], 2
    yield [("a", "x"), ("a", "x")], 0
    yield [("b", "z"), ("a", "y"), ("a", "x")], 1
    while True:
        size = rng.randint(2, 8)
        yield [(rng.choice("aab"), rng.choice("wxyyz")) for _ in range(size)], rng.randint(1, 3)


def running_totals(rows: list[tuple[str, int | None, str]]) -> list[tuple[str, int, int]]:
    """Return (label, total, number) for each row of (label, amount, mark): the sum and the number of the amounts other
    than None so far under its label, both begun anew at each row whose label differs from the one before; an empty
    label stands for the one before it, or "" if there is none yet, and a row marked "reset" sets both to 0 just before
    its own amount is added.

    >>> running_totals([("a", 5, ""), ("", 2, ""), ("b", None, ""), ("b", 4, ""), ("b", 1, "reset")])
    [('a', 5, 1), ('a', 7, 2), ('b', 0, 0), ('b', 4, 1), ('b', 1, 1)]
    """
    current = ""
    total = 0
    number = 0
    result = []
    for label, amount, mark in rows:
        if mark == "reset" or label not in ("", current):
            total = 0
            number = 0
        current = label or current
        if amount is not None:
            total += amount
            number += 1
        result.append((current, total, number))
    return result


def inputs_running_totals(rng: Random) -> Iterator[tuple[list[tuple[str, int | None, str]]]]:
    yield ([],)
    yield ([("", None, ""), ("", 3, "")],)
    yield ([("a", 1, ""), ("b", 2, ""), ("a", 3, ""), ("", 0, "reset")],)
    while True:
        rows: list[tuple[str, int | None, str]] = []
        for _ in range(rng.randint(2, 6)):
            mark = "reset" if rng.random() < 0.15 else ""
            rows.append((rng.choice(["", "", "a", "a", "b"]), rng.choice([None, 0, *range(1, 8)]), mark))
        yield (rows,)


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def column_summary(header: list[str], rows: list[list[str]]) -> list[tuple[str, int, int, tuple[int, int] | None]]:
    """Return (name, filled, different, range) for each column of the header: the number of rows whose cell there is
    not empty, cells of rows too short being empty, the number of different texts among those, and their lowest and
    highest value as numbers if at least one is filled and all of those are integers, digits with perhaps a minus
    before them, or otherwise None; cells beyond the header do not matter.

    >>> column_summary(["n", "who"], [["10", "ann"], ["-2", ""], ["10", "bob", "x"]])
    [('n', 3, 2, (-2, 10)), ('who', 2, 2, None)]
    """
    summary = []
    for at, name in enumerate(header):
        cells = [row[at] for row in rows if at < len(row) and row[at]]
        span = None
        if cells and all(_is_integer(cell) for cell in cells):
            numbers = [int(cell) for cell in cells]
            span = (min(numbers), max(numbers))
        summary.append((name, len(cells), len(set(cells)), span))
    return summary


def inputs_column_summary(rng: Random) -> Iterator[tuple[list[str], list[list[str]]]]:
    yield [], [["a"]]
    yield ["n"], []
    yield ["n"], [[""], [], ["9", "8"], ["10"]]
    yield ["n", "m"], [["-", "--1"], ["1", "1"]]
    while True:
        header = draw.some(rng, ["n", "m", "k"], 3, min_size=1)
        rows = []
        for _ in range(rng.randint(1, 4)):
            rows.append(draw.words(rng, 3, min_size=1, vocabulary=["", "7", "9", "10", "-3", "12", "7", "9", "a"]))
        yield header, rows


def _snake(cell: str) -> str:
    return "_".join(re.findall("[a-z0-9]+", cell.lower()))


def clean_headers(cells: list[str]) -> list[str]:
    """Return column names made from header cells, in order: the runs of ASCII letters and digits in the lowered cell,
    joined by underscores, or column_N for a cell without any, N being its number from 1; a name that an earlier column
    already has gets the first of the endings _2, _3 and so on that makes it new.

    >>> clean_headers(["Unit price (EUR)", "Qty", "", "qty."])
    ['unit_price_eur', 'qty', 'column_3', 'qty_2']
    """
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        wanted = _snake(cell) or f"column_{number}"
        name = wanted
        copy = 2
        while name in names:
            name = f"{wanted}_{copy}"
            copy += 1
        names.append(name)
    return names


def inputs_clean_headers(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["", " ", "--"],)
    yield (["a", "A", "a!", "a 2"],)
    yield (["a 2", "a", "a", "a"],)
    yield (["column 2", ""],)
    while True:
        vocabulary = ["Qty", "qty", "Qty 2", "QTY!", "", "-", "Net (EUR)", "column 3"]
        yield (draw.words(rng, 6, min_size=2, vocabulary=vocabulary),)


def _natural_key(cell: str) -> list[tuple[bool, Any]]:
    parts = re.findall(r"\d+|\D+", cell)
    return [(False, int(part)) if part.isdecimal() else (True, part.lower()) for part in parts]


def natural_sort_rows(table: list[list[str]], name: str) -> list[list[str]]:
    """Return the table with its first row, the headers, kept on top, the rows whose first cell is "total" kept at the
    end, and both these and the others sorted by the column with that header, equal ones in the order they had: cells
    are compared piece by piece, runs of digits as numbers and before other text, which is compared in lower case, a
    cell that is the beginning of another first, and a row too short has an empty cell there; raise ValueError if there
    is no such header.

    >>> natural_sort_rows([["no", "x"], ["total", "1"], ["b10", "2"], ["B9", "3"], ["7"]], "no")
    [['no', 'x'], ['7'], ['B9', '3'], ['b10', '2'], ['total', '1']]
    """
    header, *body = table
    column = header.index(name)

    def place(row: list[str]) -> tuple[bool, list[tuple[bool, Any]]]:
        return row[0] == "total", _natural_key(row[column] if column < len(row) else "")

    return [header, *sorted(body, key=place)]


def inputs_natural_sort_rows(rng: Random) -> Iterator[tuple[list[list[str]], str]]:
    yield [["no"]], "no"
    yield [["no"], ["b"], ["a"]], "n"
    yield [["no", "n"], ["x", "a2"], ["y", "A10"], ["z", "a"], ["total"], ["w"]], "n"
    yield [["no"], ["total"], ["zoo"], ["a10b"], ["a9c"]], "no"
    while True:
        table = [["no", "n"]]
        for _ in range(rng.randint(2, 5)):
            row = [rng.choice(["x", "y1", "y10", "Y2", "total"])]
            if rng.random() < 0.85:
                row.append(rng.choice(["", "2", "10", "a", "a2", "A10", "a10", "B", "a2b"]))
            table.append(row)
        yield table, rng.choice(["n", "n", "n", "no", "no", "m" if rng.random() < 0.5 else "n"])


def _locate(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]), column


class CellGrid:
    """Keep integers in the cells of a sheet, named as "B3" or "AA10", columns being A to Z, AA, AB and so on, rows
    from 1: put sets a cell, total adds up the cells of the rectangle between two opposite corners, given in any order
    and both in it; insert_row moves the cells in rows of that number or a higher one to the row with the next higher
    number; cells returns all cells set as sorted ((row, column), value), A being column 1.

    >>> grid = CellGrid()
    >>> grid.put("B2", 5)
    >>> grid.put("AA3", 4)
    >>> grid.insert_row(3)
    >>> grid.total("A3", "C1")
    5
    >>> grid.cells()
    [((2, 2), 5), ((4, 27), 4)]
    """

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], int] = {}

    def put(self, reference: str, value: int) -> None:
        self._cells[_locate(reference)] = value

    def total(self, corner: str, opposite: str) -> int:
        top, bottom = sorted([_locate(corner)[0], _locate(opposite)[0]])
        left, right = sorted([_locate(corner)[1], _locate(opposite)[1]])
        inside = [cell for cell in self._cells if top <= cell[0] <= bottom and left <= cell[1] <= right]
        return sum(self._cells[cell] for cell in inside)

    def insert_row(self, number: int) -> None:
        moved = {}
        for (row, column), value in self._cells.items():
            moved[row + (row >= number), column] = value
        self._cells = moved

    def cells(self) -> list[tuple[tuple[int, int], int]]:
        return sorted(self._cells.items())


def inputs_CellGrid(rng: Random) -> Iterator[draw.Calls]:
    yield [("CellGrid",), ("total", "A1", "Z9"), ("cells",)]
    yield [("CellGrid",), ("put", "Z1", 1), ("put", "AA1", 2), ("put", "BC1", 4), ("total", "AA1", "Z1"), ("cells",)]
    yield [("CellGrid",), ("put", "A1", 1), ("put", "A2", 2), ("insert_row", 2), ("total", "A2", "A1"), ("cells",)]
    while True:
        calls: draw.Calls = [("CellGrid",)]
        columns = ["A", "B", "C", "D"] if rng.random() < 0.7 else ["Y", "Z", "AA", "AB"]
        for _ in range(rng.randint(2, 4)):
            calls.append(("put", f"{rng.choice(columns[:3])}{rng.randint(1, 3)}", rng.randint(1, 9)))
        if rng.random() < 0.5:
            calls.insert(rng.randint(2, len(calls)), ("insert_row", rng.randint(1, 3)))
        corners = [f"{rng.choice(columns)}{rng.randint(1, 4)}" for _ in range(2)]
        yield [*calls, ("total", *corners), ("cells",)]


class SubtotalReport:
    """Build a report: add appends a line of a group and an amount; drop_last takes the last line back and returns its
    amount, or raises IndexError if there is none; rows returns the lines as (group, amount), after each run of two or
    more lines in a row of the same group one more pair of the group's name with " sum" after it and the sum of the
    run, and at the very end ("total", sum of all lines), which is there even without lines.

    >>> report = SubtotalReport()
    >>> report.add("a", 5)
    >>> report.add("a", 2)
    >>> report.add("b", 4)
    >>> report.rows()
    [('a', 5), ('a', 2), ('a sum', 7), ('b', 4), ('total', 11)]
    """

    def __init__(self) -> None:
        self._lines: list[tuple[str, int]] = []
        self._total = 0

    def add(self, group: str, amount: int) -> None:
        self._lines.append((group, amount))
        self._total += amount

    def drop_last(self) -> int:
        _, amount = self._lines.pop()
        self._total -= amount
        return amount

    def rows(self) -> list[tuple[str, int]]:
        rows = []
        for group, run in groupby(self._lines, key=itemgetter(0)):
            lines = list(run)
            rows += lines
            if len(lines) > 1:
                rows.append((f"{group} sum", sum(amount for _, amount in lines)))
        return [*rows, ("total", self._total)]


def inputs_SubtotalReport(rng: Random) -> Iterator[draw.Calls]:
    yield [("SubtotalReport",), ("rows",), ("drop_last",), ("rows",)]
    yield [("SubtotalReport",), ("add", "a", 1), ("add", "b", 2), ("add", "a", 3), ("rows",)]
    yield [("SubtotalReport",), ("add", "a", 1), ("add", "a", 2), ("drop_last",), ("rows",)]
    while True:
        calls: draw.Calls = [("SubtotalReport",)]
        for at in range(rng.randint(2, 5)):
            if rng.random() < (0.2 if at else 0.05):
                calls.append(("drop_last",))
            else:
                calls.append(("add", rng.choice("aab"), rng.randint(1, 9)))
        yield [*calls, ("rows",)]


def row_spans(rows: list[list[str]]) -> list[list[int]]:
    """Return for each cell of a table, whose rows are all of the same length, over how many rows it reaches when
    printed, 0 for one covered by the cell above it: a cell is covered if it and all cells to its left in its row equal
    those of the row above, and a cell not covered reaches over itself and the covered cells that follow directly
    below.

    >>> row_spans([["a", "x"], ["a", "y"], ["b", "y"], ["b", "y"]])
    [[2, 1], [0, 1], [2, 2], [0, 0]]
    """
    spans = []
    for number, row in enumerate(rows):
        counts = []
        for size in range(1, len(row) + 1):
            if number > 0 and rows[number - 1][:size] == row[:size]:
                counts.append(0)
                continue
            end = number + 1
            while end < len(rows) and rows[end][:size] == row[:size]:
                end += 1
            counts.append(end - number)
        spans.append(counts)
    return spans


def inputs_row_spans(rng: Random) -> Iterator[tuple[list[list[str]]]]:
    yield ([],)
    yield ([["a"]],)
    yield ([["a", "x"], ["b", "x"], ["a", "x"]],)
    yield ([["a", "x", "p"], ["a", "x", "p"], ["a", "y", "p"]],)
    while True:
        width = rng.randint(1, 3)
        yield ([[rng.choice(pool) for pool in ("aab", "xxy", "ppq")[:width]] for _ in range(rng.randint(2, 5))],)


def unpivot_table(header: list[str], rows: list[list[str]], fixed: int) -> list[list[str]]:
    """Return the long form of a table: for each row, and in it for each column after the first fixed ones, a row of
    its fixed cells, the header of the column and the cell; cells that are empty or "-" and ones that the row is too
    short for are left out, and where a fixed cell of a row is empty, the one last seen in that column above stands for
    it, if any; raise ValueError if a row is shorter than fixed or longer than the header.

    >>> unpivot_table(["who", "q1", "q2"], [["ann", "5", "6"], ["", "-", "7"]], 1)
    [['ann', 'q1', '5'], ['ann', 'q2', '6'], ['ann', 'q2', '7']]
    """
    long = []
    keys = [""] * fixed
    for row in rows:
        if not fixed <= len(row) <= len(header):
            raise ValueError("row does not fit")
        keys = [cell or above for cell, above in zip(row, keys, strict=False)]
        for name, cell in zip(header[fixed:], row[fixed:], strict=False):
            if cell not in ("", "-"):
                long.append([*keys, name, cell])
    return long


def inputs_unpivot_table(rng: Random) -> Iterator[tuple[list[str], list[list[str]], int]]:
    yield ["a", "b"], [], 1
    yield ["a", "b"], [["x"], ["", "1"], ["y", ""]], 1
    yield ["a", "b", "c"], [["", "p", "1"], ["x", "", "2"], ["", "", "-"]], 2
    yield ["a", "b"], [["x"]], 2
    yield ["a", "b"], [["x", "1", "2"]], 0
    while True:
        header = ["k", "m", "p", "q"][: rng.randint(3, 4)]
        fixed = rng.randint(0, 2)
        rows = []
        for _ in range(rng.randint(1, 3)):
            size = rng.randint(fixed, len(header)) if rng.random() < 0.93 else rng.choice([fixed - 1, len(header) + 1])
            rows.append([rng.choice(["", "x", "y", "y", "-", "5", "7"]) for _ in range(size)])
        yield header, rows, fixed
