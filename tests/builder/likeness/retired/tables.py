"""Programs that builder/programs/tables.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def _quoted_field(line: str, at: int) -> tuple[str, int]:
    text = ""
    while True:
        end = line.find('"', at)
        if end < 0:
            raise ValueError("quote not closed")
        text += line[at:end]
        at = end + 1
        if line[at : at + 1] != '"':
            return text, at
        text += '"'
        at += 1


def split_csv_line(line: str) -> list[str]:
    """Split a line into its fields at the commas: a field that begins with a double quote runs to the next quote that
    is not doubled, may have commas in it, and each doubled quote in it stands for one; in other fields quotes are as
    any other character; blanks are kept and an empty line is one empty field; raise ValueError if a quoted field is
    not closed, or something other than a comma follows its closing quote.

    >>> split_csv_line('a,"b,""c",,d"e')
    ['a', 'b,"c', '', 'd"e']
    """
    fields = []
    at = 0
    while True:
        if line[at : at + 1] == '"':
            text, at = _quoted_field(line, at + 1)
            if line[at : at + 1] not in ("", ","):
                raise ValueError("text after a quoted field")
        else:
            text = line[at:].partition(",")[0]
            at += len(text)
        fields.append(text)
        if at == len(line):
            return fields
        at += 1


def inputs_split_csv_line(rng: Random) -> Iterator[tuple[str]]:
    for line in ["", ",", '""', '"', 'a"b,"c"', '"a"b', '"a""', '"a,b",', ' "a", b', '"""",""']:
        yield (line,)
    while True:
        fields = []
        for _ in range(rng.randint(1, 4)):
            text = draw.text(rng, 'ab," ', 3)
            if '"' in text[:1] or "," in text or rng.random() < 0.2:
                text = '"' + text.replace('"', '""') + '"'
            fields.append(text)
        line = ",".join(fields)
        if rng.random() < 0.15:
            line += rng.choice(['"', "a", ",", ',"'])
        yield (line,)


def percent_column(rows: list[list[int]], column: int) -> list[list[int]]:
    """Return copies of the rows in which the cells of the column, none below 0, are replaced by their share of the
    column's sum in whole percent, adding up to 100: each share is rounded down, and what is then missing goes, one
    percent each, to those that lost the most by it, the upper row first between equal ones; raise ValueError if the
    cells add up to 0.

    >>> percent_column([[7, 1], [8, 1], [9, 4]], 1)
    [[7, 17], [8, 17], [9, 66]]
    """
    cells = [row[column] for row in rows]
    whole = sum(cells)
    if whole == 0:
        raise ValueError("nothing to share")
    shares = [cell * 100 // whole for cell in cells]
    by_loss = sorted(range(len(cells)), key=lambda at: cells[at] * 100 % whole, reverse=True)
    for at in by_loss[: 100 - sum(shares)]:
        shares[at] += 1
    return [[*row[:column], share, *row[column + 1 :]] for row, share in zip(rows, shares, strict=True)]


def inputs_percent_column(rng: Random) -> Iterator[tuple[list[list[int]], int]]:
    yield [], 0
    yield [[0, 1]], 0
    yield [[1], [1], [1]], 0
    yield [[5, 1, 8], [5, 1, 8], [5, 5, 8]], 1
    while True:
        width = rng.randint(1, 3)
        size = rng.randint(2, 5)
        yield [draw.integers(rng, 0, 5, width, min_size=width) for _ in range(size)], rng.randint(0, width - 1)
