"""Programs that builder/programs/matrices.py had until they turned out to be tasks of another split."""

from collections.abc import Iterator
from random import Random


def pivot_with_totals(records: list[tuple[str, str, int]]) -> list[list[str | int]]:
    """Return a table of the amounts of (row name, column name, amount) records, amounts for the same pair of names
    added up and 0 where there is none: first a header row with "", the column names sorted, and "total", then for each
    row name, sorted, the name, the amounts and their sum, and last a row "total" with the sum of each column and of
    all.

    >>> pivot_with_totals([("eu", "may", 3), ("eu", "jun", 4), ("eu", "may", 1)])
    [['', 'jun', 'may', 'total'], ['eu', 4, 4, 8], ['total', 4, 4, 8]]
    """
    columns = sorted({column for _, column, _ in records})
    sums: dict[str, list[int]] = {}
    totals = [0] * (len(columns) + 1)
    for name, column, amount in records:
        cells = sums.setdefault(name, [0] * len(totals))
        for place in (columns.index(column), -1):
            cells[place] += amount
            totals[place] += amount
    body: list[list[str | int]] = [[name, *sums[name]] for name in sorted(sums)]
    return [["", *columns, "total"], *body, ["total", *totals]]


def inputs_pivot_with_totals(rng: Random) -> Iterator[tuple[list[tuple[str, str, int]]]]:
    yield ([],)
    yield ([("a", "x", 5)],)
    yield ([("b", "y", 1), ("a", "y", 2), ("b", "x", 3), ("b", "y", 4)],)
    while True:
        count = rng.randint(1, 5)
        yield ([(rng.choice("abc"), rng.choice("xyz"), rng.randint(-2, 9)) for _ in range(count)],)
