"""Matrices of integers as lists of rows: reading orders, block operations, elimination, tables."""

import math
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def _numbers(rng: Random, rows: int, cols: int, low: int, high: int) -> list[list[int]]:
    return [[rng.randint(low, high) for _ in range(cols)] for _ in range(rows)]


def _ring_cells(depth: int, rows: int, cols: int) -> list[tuple[int, int]]:
    bottom, right = rows - 1 - depth, cols - 1 - depth
    cells = [(depth, col) for col in range(depth, right)]
    cells += [(row, right) for row in range(depth, bottom)]
    cells += [(bottom, col) for col in range(right, depth, -1)]
    cells += [(row, depth) for row in range(bottom, depth, -1)]
    return cells


def rotate_rings(matrix: list[list[int]], steps: int) -> list[list[int]]:
    """Return a new matrix in which the values of every concentric ring of a non-empty rectangular matrix have moved
    the given number of places clockwise along their ring (anticlockwise if steps is negative), while an innermost part
    that is only one row high or one column wide stays as it is; the given matrix is not changed.

    >>> rotate_rings([[1, 2, 3], [4, 5, 6]], 1)
    [[4, 1, 2], [5, 6, 3]]
    """
    rows, cols = len(matrix), len(matrix[0])
    turned = [row[:] for row in matrix]
    for depth in range(min(rows, cols) // 2):
        cells = _ring_cells(depth, rows, cols)
        for place, (row, col) in enumerate(cells):
            from_row, from_col = cells[(place - steps) % len(cells)]
            turned[row][col] = matrix[from_row][from_col]
    return turned


def inputs_rotate_rings(rng: Random) -> Iterator[tuple[list[list[int]], int]]:
    yield [[7]], 3
    yield [[1, 2, 3]], 1
    yield [[1], [2], [3]], -1
    yield [[1, 2], [3, 4]], 1
    yield [[1, 2], [3, 4]], -5
    yield [[1, 2, 3], [4, 5, 6], [7, 8, 9]], 2
    yield [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3], [4, 5, 6, 7]], 1
    while True:
        yield _numbers(rng, rng.randint(1, 4), rng.randint(1, 4), 0, 9), rng.randint(-5, 9)


def unwind_spiral(matrix: list[list[int]]) -> list[int]:
    """Return the values of a non-empty rectangular matrix in the order of an inward spiral that starts in the top left
    corner and goes anticlockwise: down the left column, right along the bottom row, up the right column, left along
    the top row, and so on around what is left.

    >>> unwind_spiral([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    [1, 4, 7, 8, 9, 6, 3, 2, 5]
    """
    top, left = 0, 0
    bottom, right = len(matrix) - 1, len(matrix[0]) - 1
    path: list[int] = []
    while top <= bottom and left <= right:
        path += [matrix[row][left] for row in range(top, bottom + 1)]
        path += matrix[bottom][left + 1 : right + 1]
        if top < bottom and left < right:
            path += [matrix[row][right] for row in range(bottom - 1, top - 1, -1)]
            path += [matrix[top][col] for col in range(right - 1, left, -1)]
        top, left = top + 1, left + 1
        bottom, right = bottom - 1, right - 1
    return path


def inputs_unwind_spiral(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([[5]],)
    yield ([[1, 2, 3]],)
    yield ([[1], [2], [3]],)
    yield ([[1, 2], [3, 4]],)
    yield ([[1, 2, 3], [4, 5, 6], [7, 8, 9]],)
    while True:
        yield (_numbers(rng, rng.randint(1, 5), rng.randint(1, 4), 0, 9),)


def zigzag_read(rows: list[list[int]]) -> list[int]:
    """Return all values of rows of any lengths, one rising diagonal (equal row index plus column index) after the other
    from the top left corner on, a diagonal with an even index sum read upwards (from its lowest row to its highest) and
    one with an odd sum downwards.

    >>> zigzag_read([[1, 2, 3], [4, 5, 6]])
    [1, 2, 4, 5, 3, 6]
    """
    diagonals: dict[int, list[int]] = {}
    for row_index, row in enumerate(rows):
        for col_index, value in enumerate(row):
            diagonals.setdefault(row_index + col_index, []).append(value)
    order: list[int] = []
    for index in sorted(diagonals):
        if index % 2 == 0:
            diagonals[index].reverse()
        order += diagonals[index]
    return order


def inputs_zigzag_read(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([],)
    yield ([[], [1, 2, 3]],)
    yield ([[1, 2, 3], [4, 5, 6], [7, 8, 9]],)
    yield ([[1], [2, 3, 4], [], [5]],)
    while True:
        yield ([draw.integers(rng, 0, 9, max_size=4) for _ in range(rng.randint(1, 5))],)


def saddle_points(matrix: list[list[int]]) -> list[tuple[int, int, str]]:
    """Return (row, column, kind), counted from 1 and sorted, for every entry of a non-empty rectangular matrix that no
    other entry of its row exceeds and no other entry of its column falls below; the kind is "strict" if its value
    occurs only once in its row and only once in its column, otherwise "weak".

    >>> saddle_points([[3, 5], [5, 6]])
    [(1, 2, 'strict')]
    """
    columns = [[row[col] for row in matrix] for col in range(len(matrix[0]))]
    found = []
    for row_index, row in enumerate(matrix):
        for col_index, value in enumerate(row):
            column = columns[col_index]
            if value == max(row) and value == min(column):
                kind = "strict" if row.count(value) == 1 and column.count(value) == 1 else "weak"
                found.append((row_index + 1, col_index + 1, kind))
    return found


def inputs_saddle_points(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([[4]],)
    yield ([[1, 1], [1, 1]],)
    yield ([[1, 2], [4, 3]],)
    yield ([[9, 8, 7], [5, 3, 2], [6, 6, 7]],)
    yield ([[2, 1, 2]],)
    yield ([[1], [2], [1]],)
    while True:
        yield (_numbers(rng, rng.randint(1, 4), rng.randint(1, 3), 1, rng.choice([3, 4, 5])),)


def determinant(matrix: list[list[int]]) -> int:
    """Return the determinant of a square matrix of integers as an exact integer, 1 for the empty matrix; raise
    ValueError if the length of some row is not the number of rows; the given matrix is not changed.

    >>> determinant([[2, 3], [1, 4]])
    5
    """
    size = len(matrix)
    if any(len(row) != size for row in matrix):
        raise ValueError("not square")
    rows = [row[:] for row in matrix]
    sign = previous = 1
    for step in range(size):
        pivot = next((row for row in range(step, size) if rows[row][step] != 0), None)
        if pivot is None:
            return 0
        if pivot != step:
            rows[step], rows[pivot] = rows[pivot], rows[step]
            sign = -sign
        for row in range(step + 1, size):
            for col in range(step + 1, size):
                crossed = rows[row][col] * rows[step][step] - rows[row][step] * rows[step][col]
                rows[row][col] = crossed // previous
        previous = rows[step][step]
    return sign * previous


def inputs_determinant(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([],)
    yield ([[-4]],)
    yield ([[0]],)
    yield ([[1, 2]],)
    yield ([[1, 2], [3]],)
    yield ([[0, 1], [1, 0]],)
    yield ([[0, 2, 1], [0, 3, 4], [5, 1, 1]],)
    yield ([[1, 2, 3], [2, 4, 6], [1, 1, 1]],)
    while True:
        size = rng.choice([2, 3, 3, 3, 4])
        rows = _numbers(rng, size, size, -3, 3)
        if rng.random() < 0.4:
            rows[0][0] = 0
        if rng.random() < 0.06:
            rows[rng.randrange(size)].append(1)
        yield (rows,)


def worst_asymmetry(distances: list[list[int]], tolerance: int) -> tuple[int, int] | None:
    """Return (i, j) with i < j, counted from 0, for the mirrored entries (i, j) and (j, i) of a square table that
    differ most, the one first in reading order if several differ equally, or None if no pair differs by more than the
    tolerance (at least 0); raise ValueError if the table is not square or has an entry other than 0 on its diagonal.

    >>> worst_asymmetry([[0, 5, 9], [4, 0, 2], [6, 2, 0]], 0)
    (0, 2)
    """
    worst = tolerance
    where = None
    for i, row in enumerate(distances):
        if len(row) != len(distances) or row[i] != 0:
            raise ValueError("not a table of distances")
    for i, row in enumerate(distances):
        for j in range(i + 1, len(row)):
            gap = abs(row[j] - distances[j][i])
            if gap > worst:
                worst = gap
                where = i, j
    return where


def inputs_worst_asymmetry(rng: Random) -> Iterator[tuple[list[list[int]], int]]:
    yield [], 0
    yield [[0]], 0
    yield [[0, 3], [1, 0]], 2
    yield [[0, 3], [1, 0]], 1
    yield [[0, 3, 1], [1, 0]], 1
    yield [[0, 3], [1, 1]], 0
    while True:
        size = rng.randint(2, 4)
        table = _numbers(rng, size, size, 1, 6)
        for i in range(size):
            table[i][i] = 0
        if rng.random() < 0.06:
            table[-1].append(2)
        if rng.random() < 0.06:
            table[0][0] = 1
        yield table, rng.randint(0, 3)


class SparseMatrix:
    """Hold a matrix of the given number of rows and columns that starts with zeros: put stores a value at a row and
    column counted from 0, transpose swaps rows and columns (the size too), total_of returns the sum of a row, and
    entries returns (row, column, value) of all values other than 0, sorted; put raises IndexError for a position, and
    total_of for a row, that is negative or outside the matrix.

    >>> matrix = SparseMatrix(2, 3)
    >>> matrix.put(0, 2, 7)
    >>> matrix.transpose()
    >>> matrix.entries()
    [(2, 0, 7)]
    """

    def __init__(self, rows: int, cols: int) -> None:
        self._rows, self._cols = rows, cols
        self._values: dict[tuple[int, int], int] = {}

    def put(self, row: int, col: int, value: int) -> None:
        if not (0 <= row < self._rows and 0 <= col < self._cols):
            raise IndexError("outside the matrix")
        self._values[row, col] = value

    def transpose(self) -> None:
        self._rows, self._cols = self._cols, self._rows
        self._values = {(col, row): value for (row, col), value in self._values.items()}

    def total_of(self, row: int) -> int:
        if not 0 <= row < self._rows:
            raise IndexError("no such row")
        return sum(value for (at, _), value in self._values.items() if at == row)

    def entries(self) -> list[tuple[int, int, int]]:
        return sorted((row, col, value) for (row, col), value in self._values.items() if value != 0)


def inputs_SparseMatrix(rng: Random) -> Iterator[draw.Calls]:
    yield [("SparseMatrix", 2, 2), ("entries",), ("total_of", 0), ("total_of", 2), ("total_of", -1)]
    yield [("SparseMatrix", 1, 2), ("put", 0, 1, 4), ("put", 0, 2, 4), ("put", 1, 0, 4), ("entries",)]
    yield [("SparseMatrix", 2, 2), ("put", 1, 1, 4), ("put", 1, 1, 0), ("put", -1, 0, 1), ("entries",)]
    yield [("SparseMatrix", 1, 3), ("transpose",), ("put", 2, 0, 1), ("put", 0, 2, 1), ("entries",)]
    while True:
        calls: draw.Calls = [("SparseMatrix", rng.randint(1, 3), rng.randint(1, 3))]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.25:
                calls.append(("transpose",))
            else:
                calls.append(
                    ("put", rng.choice([-1, 0, 0, 1, 1, 2]), rng.choice([-1, 0, 0, 1, 1, 2]), rng.randint(-2, 4))
                )
        yield [*calls, ("total_of", rng.choice([-1, 0, 0, 1, 2])), ("entries",)]


def _side_by_side(blocks: list[list[list[int]]]) -> list[list[int]]:
    height = len(blocks[0])
    if any(len(block) != height for block in blocks):
        raise ValueError("blocks of different heights")
    return [[value for block in blocks for value in block[row]] for row in range(height)]


def assemble_blocks(strips: list[list[list[list[int]]]]) -> list[list[int]]:
    """Return the matrix made of strips of blocks (rectangular matrices), the blocks of a strip standing side by side
    and the strips below each other; every strip has at least one block; raise ValueError if blocks of one strip
    differ in their number of rows or if the rows of the result would differ in length.

    >>> assemble_blocks([[[[1], [2]], [[3], [4]]], [[[5, 6]]]])
    [[1, 3], [2, 4], [5, 6]]
    """
    rows: list[list[int]] = []
    for strip in strips:
        for row in _side_by_side(strip):
            if rows and len(row) != len(rows[-1]):
                raise ValueError("strips of different widths")
            rows.append(row)
    return rows


def inputs_assemble_blocks(rng: Random) -> Iterator[tuple[list[list[list[list[int]]]]]]:
    yield ([],)
    yield ([[[[1, 2]]]],)
    yield ([[[[1]], [[2], [3]]]],)
    yield ([[[[1, 2]]], [[[3]]]],)
    yield ([[[[1], [2]], [[3, 4], [5, 6]]], [[[7, 8, 9]]]],)
    while True:
        width = rng.randint(1, 3)
        strips = []
        for _ in range(rng.randint(1, 3)):
            height = rng.randint(1, 2)
            cut = rng.randint(1, width)
            widths = [cut, width - cut] if cut < width else [width]
            strips.append([_numbers(rng, height, part, 0, 9) for part in widths])
        if rng.random() < 0.08:
            strips[-1][-1].append([0] * len(strips[-1][-1][0]))
        if rng.random() < 0.08:
            strips[0].append(_numbers(rng, len(strips[0][0]), 1, 0, 9))
        yield (strips,)


def _product_mod(left: list[list[int]], right: list[list[int]], modulus: int) -> list[list[int]]:
    inner = range(len(right))
    return [[sum(row[k] * right[k][col] for k in inner) % modulus for col in inner] for row in left]


def matrix_power_mod(matrix: list[list[int]], exponent: int, modulus: int) -> list[list[int]]:
    """Return the square matrix raised to the exponent, all entries reduced to the range from 0 to modulus - 1 (the
    modulus is at least 1), where exponent 0 gives the identity matrix reduced likewise; raise ValueError if the
    exponent is negative.

    >>> matrix_power_mod([[1, 1], [1, 0]], 5, 7)
    [[1, 5], [5, 3]]
    """
    if exponent < 0:
        raise ValueError("negative exponent")
    size = len(matrix)
    power = [[int(row == col) for col in range(size)] for row in range(size)]
    for digit in f"{exponent:b}":
        power = _product_mod(power, power, modulus)
        if digit == "1":
            power = _product_mod(power, matrix, modulus)
    return power


def inputs_matrix_power_mod(rng: Random) -> Iterator[tuple[list[list[int]], int, int]]:
    yield [[1, 1], [1, 0]], 0, 5
    yield [[1, 1], [1, 0]], 0, 1
    yield [[2, -1], [1, 3]], 1, 3
    yield [[2]], 10, 1000
    yield [[2]], -1, 5
    yield [[1, 1], [1, 0]], 10, 100
    while True:
        size = rng.randint(1, 3)
        yield _numbers(rng, size, size, -2, 4), rng.randint(-1, 9), rng.choice([2, 5, 10, 97])


class RangeGrid:
    """Hold a grid of the given number of rows and columns, all 0: add increases every cell from (top, left) to (bottom,
    right), counted from 0 and both inclusive, by an amount and raises ValueError, changing nothing, if the rectangle
    is empty or reaches outside the grid, values returns the grid as a list of rows, and peak returns (value, row,
    column) of the largest cell, the first in reading order if several are equal.

    >>> grid = RangeGrid(2, 2)
    >>> grid.add(0, 1, 1, 1, 3)
    >>> grid.values()
    [[0, 3], [0, 3]]
    """

    def __init__(self, rows: int, cols: int) -> None:
        self._rows, self._cols = rows, cols
        self._changes = [[0] * (cols + 1) for _ in range(rows + 1)]

    def add(self, top: int, left: int, bottom: int, right: int, amount: int) -> None:
        if not (0 <= top <= bottom < self._rows and 0 <= left <= right < self._cols):
            raise ValueError("not a part of the grid")
        self._changes[top][left] += amount
        self._changes[top][right + 1] -= amount
        self._changes[bottom + 1][left] -= amount
        self._changes[bottom + 1][right + 1] += amount

    def values(self) -> list[list[int]]:
        above = [0] * self._cols
        table = []
        for changes in self._changes[:-1]:
            running = 0
            for col in range(self._cols):
                running += changes[col]
                above[col] += running
            table.append(above[:])
        return table

    def peak(self) -> tuple[int, int, int]:
        cells = [(-value, r, c) for r, row in enumerate(self.values()) for c, value in enumerate(row)]
        value, row, col = min(cells)
        return -value, row, col


def inputs_RangeGrid(rng: Random) -> Iterator[draw.Calls]:
    yield [("RangeGrid", 2, 2), ("values",), ("peak",)]
    yield [("RangeGrid", 2, 3), ("add", 0, 0, 1, 2, 1), ("add", 0, 0, 2, 2, 1), ("add", 0, 0, 1, 3, 1), ("values",)]
    yield [("RangeGrid", 2, 2), ("add", 1, 0, 0, 0, 5), ("add", -1, 0, 0, 0, 5), ("add", 0, 1, 0, 0, 5), ("values",)]
    yield [("RangeGrid", 3, 3), ("add", 0, 0, 1, 1, 2), ("add", 1, 1, 2, 2, 2), ("peak",), ("values",)]
    while True:
        rows, cols = rng.randint(1, 4), rng.randint(1, 4)
        calls: draw.Calls = [("RangeGrid", rows, cols)]
        for _ in range(rng.randint(1, 3)):
            top, bottom = sorted(rng.choices(range(rows), k=2))
            left, right = sorted(rng.choices(range(cols), k=2))
            corners = [top, left, bottom, right]
            if rng.random() < 0.15:
                corners[rng.randrange(4)] += rng.choice([-1, 1])
            calls.append(("add", *corners, rng.choice([-1, 1, 2, 3])))
        yield [*calls, ("peak",), ("values",)]


def back_substitute(upper: list[list[int]], right: list[int]) -> list[int]:
    """Return the integers x, first to last, with upper times x equal to right, where upper is a square matrix of which
    only the diagonal and what lies right of it counts; going from the last row up, raise ZeroDivisionError at a row
    whose diagonal entry is 0 and ValueError at a row whose unknown is not an integer.

    >>> back_substitute([[2, 1], [0, 3]], [7, 9])
    [2, 3]
    """
    solution: list[int] = []
    for step in reversed(range(len(right))):
        known = zip(upper[step][step + 1 :], solution, strict=False)
        rest = right[step] - sum(factor * value for factor, value in known)
        value, remainder = divmod(rest, upper[step][step])
        if remainder != 0:
            raise ValueError("no solution in integers")
        solution.insert(0, value)
    return solution


def inputs_back_substitute(rng: Random) -> Iterator[tuple[list[list[int]], list[int]]]:
    yield [], []
    yield [[2]], [6]
    yield [[2]], [5]
    yield [[0]], [0]
    yield [[1, 4, 9], [5, 1, 2], [5, 5, -1]], [3, 0, 2]
    yield [[0, 1], [0, 2]], [1, 3]
    while True:
        size = rng.randint(1, 3)
        upper = _numbers(rng, size, size, -2, 3)
        for i in range(size):
            upper[i][i] = rng.choice([1, 1, 1, -1, -1, 2, 2, 3])
        wanted = draw.integers(rng, -3, 3, size, size)
        right = [sum(upper[i][j] * wanted[j] for j in range(i, size)) for i in range(size)]
        if rng.random() < 0.15:
            right[rng.randrange(size)] += 1
        if rng.random() < 0.06:
            upper[rng.randrange(size)][rng.randrange(size)] = 0
        yield upper, right


def _coprime_row(row: list[int]) -> list[int]:
    divisor = math.gcd(*row) or 1
    if next((value for value in row if value != 0), 0) < 0:
        divisor = -divisor
    return [value // divisor for value in row]


def reduce_rows(matrix: list[list[int]]) -> list[list[int]]:
    """Return the reduced row echelon form of a non-empty rectangular integer matrix (the leading entry of a row is the
    only one other than 0 in its column, leading entries go to the right from row to row, rows of zeros come last),
    each row multiplied so that its entries are integers without a common divisor above 1 and its leading entry is
    positive; the given matrix is not changed.

    >>> reduce_rows([[2, 4], [1, 3]])
    [[1, 0], [0, 1]]
    """
    rows = matrix[:]
    done = 0
    for col in range(len(rows[0])):
        pivot = next((row for row in range(done, len(rows)) if rows[row][col] != 0), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        lead = rows[done]
        for index, row in enumerate(rows):
            if index != done:
                rows[index] = [lead[col] * row[k] - row[col] * lead[k] for k in range(len(row))]
        done += 1
    return [_coprime_row(row) for row in rows]


def inputs_reduce_rows(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([[0, 0]],)
    yield ([[0, -4, 6]],)
    yield ([[0, 2], [3, 0]],)
    yield ([[2, 4, 6], [1, 2, 3]],)
    yield ([[2, 1, 4], [4, 2, 9], [0, 0, 5]],)
    while True:
        rows = _numbers(rng, rng.randint(1, 3), rng.randint(2, 4), -2, 4)
        if rng.random() < 0.3:
            rows[-1] = [2 * value for value in rows[0]]
        if rng.random() < 0.3:
            for row in rows:
                row[0] = 0
        yield (rows,)


def _percent(part: int, whole: int) -> int | None:
    return (100 * part + whole // 2) // whole if whole > 0 else None


def confusion_rates(pairs: list[tuple[str, str]]) -> list[tuple[str, int | None, int | None]]:
    """Return (label, precision, recall), sorted by label, for every label in a list of (actual, predicted) label pairs:
    precision is the percentage of the predictions of the label that are right, recall the percentage of its actual
    occurrences that are predicted, both rounded to whole numbers, halves up, and None where there is nothing to
    divide by.

    >>> confusion_rates([("a", "a"), ("a", "b")])
    [('a', 100, 50), ('b', 0, None)]
    """
    rates = []
    for label in sorted({label for pair in pairs for label in pair}):
        right = pairs.count((label, label))
        predicted = sum(guess == label for _, guess in pairs)
        actual = sum(truth == label for truth, _ in pairs)
        rates.append((label, _percent(right, predicted), _percent(right, actual)))
    return rates


def inputs_confusion_rates(rng: Random) -> Iterator[tuple[list[tuple[str, str]]]]:
    yield ([],)
    yield ([("a", "a")],)
    yield ([("a", "b"), ("b", "a")],)
    yield ([("a", "a"), ("a", "a"), ("a", "b")],)
    yield ([("c", "c")] + [("c", "a")] * 7,)
    while True:
        size = rng.randint(1, 8)
        labels = rng.choice(["ab", "aab", "abc"])
        pairs = []
        for _ in range(size):
            actual = rng.choice(labels)
            pairs.append((actual, actual if rng.random() < 0.4 else rng.choice(labels)))
        yield (pairs,)
