"""Boards as lists of equally long strings or lists: paths, regions, sight, gravity, seats, rooms."""

import heapq
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from random import Random

from debugarena.builder.programs import draw


def _board(rng: Random, rows: int, cols: int, alphabet: str) -> list[str]:
    return [draw.text(rng, alphabet, cols, cols) for _ in range(rows)]


def _with_marks(rng: Random, board: list[str], marks: str) -> list[str]:
    """The board with each of the marks on a cell of its own."""
    width = len(board[0])
    cells = list("".join(board))
    for place, mark in zip(rng.sample(range(len(cells)), len(marks)), marks, strict=True):
        cells[place] = mark
    return ["".join(cells[at : at + width]) for at in range(0, len(cells), width)]


_MAZE_MOVES = {"D": (1, 0), "L": (0, -1), "R": (0, 1), "U": (-1, 0)}


def maze_moves(maze: list[str]) -> str | None:
    """Return the shortest string of moves (D, L, R, U for down, left, right, up) that leads from the S to the E of a
    maze, which has one of each, without entering a "#" or leaving the maze, the alphabetically first if several are
    equally short, or None if there is none; all other characters are free.

    >>> maze_moves(["S#E", "..."])
    'DRRU'
    """
    cells = {(r, c): mark for r, row in enumerate(maze) for c, mark in enumerate(row)}
    start = next(place for place, mark in cells.items() if mark == "S")
    paths = {start: ""}
    queue = deque([start])
    while queue:
        row, col = queue.popleft()
        if cells[row, col] == "E":
            return paths[row, col]
        for move, (down, across) in _MAZE_MOVES.items():
            target = (row + down, col + across)
            if target not in paths and cells.get(target, "#") != "#":
                paths[target] = paths[row, col] + move
                queue.append(target)
    return None


def inputs_maze_moves(rng: Random) -> Iterator[tuple[list[str]]]:
    yield (["SE"],)
    yield (["E", "S"],)
    yield (["S#E"],)
    yield (["S..", "...", "..E"],)
    yield (["E.#", ".#.", "..S"],)
    yield (["S#E.", ".#.#", "...."],)
    while True:
        board = _board(rng, rng.randint(2, 4), rng.randint(2, 5), "....##")
        yield (_with_marks(rng, board, "SE"),)


def mine_hints(field: list[str]) -> list[str]:
    """Return a minefield with each "." that has mines ("*") among its up to eight neighbours, diagonal ones included,
    replaced by their number; a "." without mines around it and all other characters stay.

    >>> mine_hints(["*..", "...", "..#"])
    ['*1.', '11.', '..#']
    """
    shown = []
    for row, line in enumerate(field):
        hints = ""
        for col, mark in enumerate(line):
            nearby = [other[max(col - 1, 0) : col + 2] for other in field[max(row - 1, 0) : row + 2]]
            count = "".join(nearby).count("*")
            hints += str(count) if mark == "." and count > 0 else mark
        shown.append(hints)
    return shown


def inputs_mine_hints(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["."],)
    yield (["*"],)
    yield (["...", ".*.", "..."],)
    yield (["***", "*.*", "***"],)
    yield (["*#.", "..."],)
    while True:
        yield (_board(rng, rng.randint(1, 4), rng.randint(1, 6), rng.choice(["....*#", "..*", ".....*"])),)


def pond_sizes(land: list[str]) -> list[int]:
    """Return the sizes, ascending, of the ponds on a map: regions of "~" cells that hang together horizontally or
    vertically and have no cell on the border of the map, since water at the border is sea.

    >>> pond_sizes(["#####", "#~~#~", "##~#~", "#####"])
    [3]
    """
    water = {(r, c) for r, row in enumerate(land) for c, mark in enumerate(row) if mark == "~"}
    sizes = []
    while water:
        region = [water.pop()]
        is_sea = False
        for row, col in region:
            if row in (0, len(land) - 1) or col in (0, len(land[0]) - 1):
                is_sea = True
            for near in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
                if near in water:
                    water.remove(near)
                    region.append(near)
        if not is_sea:
            sizes.append(len(region))
    return sorted(sizes)


def inputs_pond_sizes(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["~"],)
    yield (["###", "#~#", "###"],)
    yield (["####", "#~##", "##~#", "####"],)
    yield (["#####", "#~~##", "##~##", "##~##"],)
    while True:
        inner = _board(rng, rng.randint(1, 3), rng.randint(3, 6), "~~#")
        width = len(inner[0]) + 2
        rows = [draw.text(rng, "#######~", width, width)]
        rows += [rng.choice("#####~") + line + rng.choice("#####~") for line in inner]
        yield ([*rows, draw.text(rng, "#######~", width, width)],)


_LOOKS = {"^": (-1, 0), "v": (1, 0), "<": (0, -1), ">": (0, 1)}


def watched_floor(floor: list[str]) -> list[str]:
    """Return a floor plan with an "x" on every empty cell (".") that a guard sees: guards are written "^", "v", "<" or
    ">" after the way they look, and see straight ahead from the next cell on up to the edge or the first cell of the
    given plan that is not empty.

    >>> watched_floor([">..#.", "..^.."])
    ['>xx#.', '..^..']
    """
    marked = [list(row) for row in floor]
    for r, row in enumerate(floor):
        for c, mark in enumerate(row):
            if mark not in _LOOKS:
                continue
            down, across = _LOOKS[mark]
            y, x = r + down, c + across
            while 0 <= y < len(floor) and 0 <= x < len(row) and floor[y][x] == ".":
                marked[y][x] = "x"
                y += down
                x += across
    return ["".join(row) for row in marked]


def inputs_watched_floor(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["..."],)
    yield ([">...", "....", "...<"],)
    yield (["v.v", "...", ".#."],)
    yield (["..#", "...", "^.^"],)
    yield ([">.<", ".v.", "..."],)
    while True:
        yield (
            _board(rng, rng.randint(1, 4), rng.randint(2, 6), rng.choice(["......#^v<>", "....^v<>", ".......#<v"])),
        )


def _slide_line(line: str, to_end: bool) -> str:
    parts = []
    for part in line.split("#"):
        loose = part.replace(".", "")
        parts.append(loose.rjust(len(part), ".") if to_end else loose.ljust(len(part), "."))
    return "#".join(parts)


def tilt_tray(tray: list[str], side: str) -> list[str]:
    """Return a tray after tilting it to a side, "N" (up), "S" (down), "W" (left) or "E" (right): all letters slide that
    way as far as they can, keeping their order, "#" are fixed and "." are empty; raise ValueError for any other side.

    >>> tilt_tray(["a.b", ".#.", "c.."], "S")
    ['...', 'a#.', 'c.b']
    """
    if side not in ("N", "S", "W", "E"):
        raise ValueError(f"unknown side {side!r}")
    to_end = side in ("S", "E")
    if side in ("W", "E"):
        return [_slide_line(line, to_end) for line in tray]
    columns = ["".join(column) for column in zip(*tray, strict=True)]
    slid = [_slide_line(column, to_end) for column in columns]
    return ["".join(row) for row in zip(*slid, strict=True)]


def inputs_tilt_tray(rng: Random) -> Iterator[tuple[list[str], str]]:
    yield ["a"], "N"
    yield [".ab.#..c"], "W"
    yield [".ab.#c.."], "E"
    yield ["a", ".", "b", "#", "c", "."], "N"
    yield ["a", ".", "b", "#", "c", "."], "S"
    yield ["ab", ".."], "X"
    while True:
        yield (
            _board(rng, rng.randint(1, 5), rng.randint(1, 6), rng.choice(["..ab#", "...abc##"])),
            rng.choice("NNSSEEWWU"),
        )


class BarStack:
    """Stack bars one cell high in a shaft of the given width: drop lets a bar of a mark (one letter) and a size of 1 or
    more fall straight down with its left end in a column counted from 0 until it stands on the floor or on any part
    of another bar, removes the row if it is full then (rows above move down by one) and returns whether it was, but
    raises ValueError if the bar does not fit between the walls; view returns the rows from the top down, with "." for
    empty cells and without empty rows.

    >>> stack = BarStack(3)
    >>> stack.drop("a", 0, 2)
    False
    >>> stack.drop("b", 1, 1)
    False
    >>> stack.drop("c", 2, 1)
    True
    >>> stack.view()
    ['.b.']
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[str] = []

    def drop(self, mark: str, left: int, size: int) -> bool:
        right = left + size
        if left < 0 or right > self._width:
            raise ValueError("outside the shaft")
        level = len(self._rows)
        while level > 0 and self._rows[level - 1][left:right] == "." * size:
            level -= 1
        if level == len(self._rows):
            self._rows.append("." * self._width)
        row = self._rows[level]
        filled = row[:left] + mark * size + row[right:]
        if "." in filled:
            self._rows[level] = filled
            return False
        del self._rows[level]
        return True

    def view(self) -> list[str]:
        return self._rows[::-1]


def inputs_BarStack(rng: Random) -> Iterator[draw.Calls]:
    yield [("BarStack", 3), ("view",)]
    yield [("BarStack", 2), ("drop", "a", 0, 2), ("drop", "b", 0, 3), ("drop", "c", -1, 1), ("view",)]
    yield [("BarStack", 3), ("drop", "a", 0, 2), ("drop", "b", 1, 2), ("drop", "c", 0, 1), ("view",)]
    yield [("BarStack", 3), ("drop", "a", 1, 2), ("drop", "b", 0, 2), ("drop", "c", 2, 1), ("view",)]
    while True:
        width = rng.choice([2, 3, 3, 4])
        calls: draw.Calls = [("BarStack", width)]
        for _ in range(rng.randint(2, 5)):
            size = rng.choice([1, 1, 2])
            left = rng.randint(-1, width) if rng.random() < 0.1 else rng.randint(0, width - size)
            calls.append(("drop", rng.choice("abc"), left, size))
        yield [*calls, ("view",)]


def life_on_torus(cells: list[str], generations: int) -> list[str]:
    """Return the cells ("o" alive, "." dead) after a number of generations (0 or more) on a board whose opposite edges
    are joined: a living cell with 2 or 3 living neighbours lives on, a dead one with exactly 3 comes alive, all others
    are dead, where the neighbours are what each of the eight steps of one cell leads to, on a narrow board possibly
    the same cell several times or the cell itself.

    >>> life_on_torus([".....", ".....", ".ooo.", ".....", "....."], 1)
    ['.....', '..o..', '..o..', '..o..', '.....']
    """
    height, width = len(cells), len(cells[0])
    steps = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if (down, across) != (0, 0)]
    for _ in range(generations):
        following = []
        for r in range(height):
            line = ""
            for c in range(width):
                around = sum(cells[(r + down) % height][(c + across) % width] == "o" for down, across in steps)
                line += "o" if around == 3 or (around == 2 and cells[r][c] == "o") else "."
            following.append(line)
        cells = following
    return cells


def inputs_life_on_torus(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield ["o.."], 0
    yield ["o"], 1
    yield [".....", ".....", ".ooo.", ".....", "....."], 2
    yield ["o..o", "....", "....", "o..o"], 1
    yield [".o..", "..o.", "ooo.", "...."], 2
    while True:
        board = _board(rng, rng.randint(2, 5), rng.randint(3, 5), rng.choice(["oo...", "o..", "o."]))
        yield board, rng.choice([0, 1, 1, 1, 1, 2])


class RoomRobot:
    """Drive a cleaning robot that starts at a (row, column) of a room looking up ("N"): turn changes where it looks by
    a quarter to the right for "R" and to the left for anything else, go moves it ahead by up to the given number of
    cells, stopping before a "#" or the edge of the room, and returns how many it moved, and report returns (row,
    column, direction as N, E, S or W, number of different cells it has stood on).

    >>> robot = RoomRobot(["..#", "..."], 1, 0)
    >>> robot.go(4)
    1
    >>> robot.turn("R")
    >>> robot.go(4)
    1
    >>> robot.report()
    (0, 1, 'E', 3)
    """

    def __init__(self, room: list[str], row: int, col: int) -> None:
        self._room = room
        self._row, self._col = row, col
        self._looks = 0
        self._cleaned = {(row, col)}

    def turn(self, side: str) -> None:
        self._looks = (self._looks + (1 if side == "R" else -1)) % 4

    def go(self, cells: int) -> int:
        down, across = [(-1, 0), (0, 1), (1, 0), (0, -1)][self._looks]
        for moved in range(cells):
            row, col = self._row + down, self._col + across
            inside = 0 <= row < len(self._room) and 0 <= col < len(self._room[0])
            if not inside or self._room[row][col] == "#":
                return moved
            self._row, self._col = row, col
            self._cleaned.add((row, col))
        return cells

    def report(self) -> tuple[int, int, str, int]:
        return self._row, self._col, "NESW"[self._looks], len(self._cleaned)


def inputs_RoomRobot(rng: Random) -> Iterator[draw.Calls]:
    yield [("RoomRobot", ["."], 0, 0), ("report",), ("go", 1), ("turn", "L"), ("go", 2), ("report",)]
    yield [("RoomRobot", ["...", "..."], 1, 1), ("go", 1), ("turn", "R"), ("turn", "R"), ("go", 3), ("report",)]
    yield [("RoomRobot", ["..", "#.", ".."], 2, 0), ("go", 2), ("turn", "R"), ("go", 0), ("go", 5), ("report",)]
    while True:
        board = _board(rng, rng.randint(2, 4), rng.randint(2, 5), ".....#")
        row, col = rng.randrange(len(board)), rng.randrange(len(board[0]))
        board[row] = board[row][:col] + "." + board[row][col + 1 :]
        calls: draw.Calls = [("RoomRobot", board, row, col)]
        calls.append(("go", rng.randint(1, 4)))
        for _ in range(rng.randint(1, 2)):
            calls += [("turn", rng.choice("RRL")), ("go", rng.randint(0, 4))]
        yield [*calls, ("report",)]


def _long_runs(line: str) -> list[int]:
    places: list[int] = []
    start = 0
    for mark, group in groupby(line):
        size = len(list(group))
        if mark != "." and size >= 3:
            places += range(start, start + size)
        start += size
    return places


def erase_runs(board: list[str]) -> tuple[list[str], int]:
    """Return a board with every cell emptied (".") that belongs to three or more equal marks next to each other in a
    row or in a column, all runs being found before any is erased, and the number of cells emptied; "." is no mark.

    >>> erase_runs(["aab", "bab", "aaa"])
    (['a.b', 'b.b', '...'], 5)
    """
    erased = {(r, c) for r, row in enumerate(board) for c in _long_runs(row)}
    for c, column in enumerate(zip(*board, strict=True)):
        erased |= {(r, c) for r in _long_runs("".join(column))}
    left = ["".join("." if (r, c) in erased else mark for c, mark in enumerate(row)) for r, row in enumerate(board)]
    return left, len(erased)


def inputs_erase_runs(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["aabb"],)
    yield (["baaab"],)
    yield (["a", "a", "a", "a"],)
    yield (["aaa", "a..", "a..", "bbb"],)
    while True:
        yield (_board(rng, rng.randint(1, 5), rng.randint(2, 5), rng.choice(["ab", "aab.", "aaab", "abc"])),)


def cheapest_route(costs: list[list[int]]) -> int | None:
    """Return the smallest sum of costs (0 or more) of the cells entered on a way from the top left to the bottom right
    cell by steps up, down, left and right, the first cell not counted, or None if there is no way, where a cell of
    cost -1 cannot be entered; the table is not empty and its first cell is free.

    >>> cheapest_route([[5, 1, 9], [2, -1, 1], [1, 1, 1]])
    5
    """
    best: dict[tuple[int, int], int] = {}
    heap = [(0, 0, 0)]
    while heap:
        spent, row, col = heapq.heappop(heap)
        if (row, col) in best:
            continue
        best[row, col] = spent
        for down, across in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            r, c = row + down, col + across
            if 0 <= r < len(costs) and 0 <= c < len(costs[0]) and costs[r][c] >= 0:
                heapq.heappush(heap, (spent + costs[r][c], r, c))
    return best.get((len(costs) - 1, len(costs[0]) - 1))


def inputs_cheapest_route(rng: Random) -> Iterator[tuple[list[list[int]]]]:
    yield ([[7]],)
    yield ([[0, -1]],)
    yield ([[3, 4, 5]],)
    yield ([[1, 0, 0], [9, 9, 0], [0, 0, 0], [0, 9, 9], [0, 0, 1]],)
    yield ([[0, 1, 1, 1], [9, 9, 9, 1], [1, 1, 1, 1], [1, 9, 9, 9], [1, 1, 1, 2]],)
    while True:
        rows, cols = rng.randint(2, 4), rng.randint(2, 4)
        table = [[rng.choice([-1, 0, 1, 1, 2, 3, 9]) for _ in range(cols)] for _ in range(rows)]
        table[0][0] = rng.randint(0, 3)
        if rng.random() < 0.8:
            table[-1][-1] = rng.randint(0, 3)
        yield (table,)


def pick_adjacent_seats(rows: list[str], party: int) -> list[str]:
    """Return the labels of seats for a party (1 or more) next to each other in one row, from left to right: the first
    row that has enough free seats (".") side by side, and in it the block whose middle is nearest to the middle of the
    row, the left one of two equally near; a label is the letter of the row, A first, and the seat number from 1; raise
    ValueError if no row has such a block.

    >>> pick_adjacent_seats(["..x.", ".x...."], 3)
    ['B3', 'B4', 'B5']
    """
    for letter, row in zip("ABCDEFGH", rows, strict=False):
        blocks = []
        for start in range(len(row) - party + 1):
            if row[start : start + party] == "." * party:
                blocks.append((abs(2 * start + party - len(row)), start))
        if blocks:
            _, first = min(blocks)
            return [f"{letter}{seat + 1}" for seat in range(first, first + party)]
    raise ValueError("no seats")


def inputs_pick_adjacent_seats(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 1
    yield ["."], 1
    yield ["...."], 1
    yield ["...."], 4
    yield ["...", "..."], 4
    yield ["..x..", "....."], 2
    yield ["x.x.x"], 1
    while True:
        rows = [draw.text(rng, "...x", 8, 2) for _ in range(rng.randint(1, 3))]
        yield [*rows, rng.choice(["....", "......", "x....", "..x"])], rng.choice([1, 1, 2, 2, 2, 3, 3, 4])


_PUSHES = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


def push_crates(floor: list[str], moves: str) -> tuple[list[str], int]:
    """Return a warehouse floor after the moves (U, D, L, R) of its one worker "@", and how often a crate was pushed: a
    worker steps onto an empty cell ("."), or pushes a crate ("o") one cell on if the cell behind it is empty, and a
    move that is neither (walls "#", two crates in a row, the edge) is skipped.

    >>> push_crates(["@o..", "#..."], "RRRD")
    (['...o', '#.@.'], 2)
    """
    cells = {(r, c): mark for r, row in enumerate(floor) for c, mark in enumerate(row)}
    row, col = next(place for place, mark in cells.items() if mark == "@")
    pushes = 0
    for move in moves:
        down, across = _PUSHES[move]
        ahead = (row + down, col + across)
        behind = (row + 2 * down, col + 2 * across)
        if cells.get(ahead) == "o" and cells.get(behind) == ".":
            cells[behind] = "o"
            cells[ahead] = "."
            pushes += 1
        if cells.get(ahead) == ".":
            cells[row, col] = "."
            cells[ahead] = "@"
            row, col = ahead
    width = len(floor[0])
    return ["".join(cells[r, c] for c in range(width)) for r in range(len(floor))], pushes


def inputs_push_crates(rng: Random) -> Iterator[tuple[list[str], str]]:
    yield ["@"], "U"
    yield ["@o."], "RR"
    yield [".o@"], "LLR"
    yield ["@oo."], "R"
    yield ["@", "o", "o", "."], "D"
    yield ["..", "o.", "@#"], "UUR"
    yield ["@o#", ".o."], "RDR"
    while True:
        board = _board(rng, rng.randint(2, 4), rng.randint(3, 5), rng.choice(["....o", ".....oo#"]))
        yield _with_marks(rng, board, "@"), draw.text(rng, "UDLR", 7, 1)


class FloorPlan:
    """Place rectangular stalls in a hall of the given number of rows and columns: place puts a stall with a one letter
    name, its top left cell counted from 0 and its height and width (1 or more) and raises ValueError if it would
    reach outside the hall or cover a cell already taken, remove frees all cells of a name and returns how many, or
    raises KeyError if there are none, and view returns the rows as strings with "." for free cells; a call that
    raises changes nothing.

    >>> plan = FloorPlan(2, 3)
    >>> plan.place("a", 0, 1, 2, 1)
    >>> plan.view()
    ['.a.', '.a.']
    >>> plan.remove("a")
    2
    """

    def __init__(self, rows: int, cols: int) -> None:
        self._cells = [["."] * cols for _ in range(rows)]

    def place(self, name: str, top: int, left: int, height: int, width: int) -> None:
        if top < 0 or left < 0 or top + height > len(self._cells) or left + width > len(self._cells[0]):
            raise ValueError("outside the hall")
        if any(mark != "." for row in self._cells[top : top + height] for mark in row[left : left + width]):
            raise ValueError("already taken")
        for row in self._cells[top : top + height]:
            row[left : left + width] = [name] * width

    def remove(self, name: str) -> int:
        freed = sum(row.count(name) for row in self._cells)
        if freed == 0:
            raise KeyError(name)
        self._cells = [["." if mark == name else mark for mark in row] for row in self._cells]
        return freed

    def view(self) -> list[str]:
        return ["".join(row) for row in self._cells]


def inputs_FloorPlan(rng: Random) -> Iterator[draw.Calls]:
    yield [("FloorPlan", 2, 2), ("remove", "a"), ("view",)]
    yield [("FloorPlan", 2, 3), ("place", "a", 0, 0, 2, 3), ("place", "b", 1, 2, 1, 1), ("remove", "a"), ("view",)]
    yield [("FloorPlan", 2, 3), ("place", "a", 0, 0, 3, 1), ("place", "b", 0, 1, 1, 3), ("view",)]
    yield [("FloorPlan", 2, 3), ("place", "a", -1, 0, 1, 1), ("place", "b", 0, -1, 1, 1), ("view",)]
    while True:
        rows, cols = rng.randint(1, 4), rng.randint(2, 4)
        calls: draw.Calls = [("FloorPlan", rows, cols)]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.2:
                calls.append(("remove", rng.choice("abc")))
            else:
                top, left = rng.randint(-(rng.random() < 0.1), rows - 1), rng.randint(-(rng.random() < 0.1), cols - 1)
                height, width = rng.randint(1, 2), rng.randint(1, 2)
                if rng.random() < 0.85:
                    height, width = min(height, rows - top), min(width, cols - left)
                calls.append(("place", rng.choice("abc"), top, left, height, width))
        yield [*calls, ("view",)]


def _starts_word(line: str, at: int) -> bool:
    return line[at : at + 2].count(".") == 2 and (at == 0 or line[at - 1] == "#")


def number_crossword(grid: list[str]) -> list[tuple[int, int, int, str]]:
    """Return (number, row, column, direction) for every cell of a crossword where a word starts, rows and columns
    counted from 0: cells are free (".") or black ("#"), a word is a longest run of at least two free cells across or
    down, and the cells where words start are numbered 1, 2, 3 ... in reading order; the direction is "across", "down"
    or "both".

    >>> number_crossword(["..#", "#..", "#.#"])
    [(1, 0, 0, 'across'), (2, 0, 1, 'down'), (3, 1, 1, 'across')]
    """
    columns = ["".join(column) for column in zip(*grid, strict=True)]
    starts: list[tuple[int, int, int, str]] = []
    for r, row in enumerate(grid):
        for c in range(len(row)):
            across, down = _starts_word(row, c), _starts_word(columns[c], r)
            if across or down:
                direction = "both" if across and down else "across" if across else "down"
                starts.append((len(starts) + 1, r, c, direction))
    return starts


def inputs_number_crossword(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["."],)
    yield ([".."],)
    yield (["..", ".."],)
    yield (["#..", "...", "..#"],)
    yield (["...", ".#.", "..."],)
    while True:
        yield (_board(rng, rng.randint(1, 4), rng.randint(1, 4), rng.choice(["...#", "..#"])),)
