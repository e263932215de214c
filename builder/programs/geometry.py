"""Integer points, segments, polygons and rectangles, and what is laid out or drawn with them."""

import math
from collections.abc import Iterator
from itertools import combinations, pairwise
from random import Random

from debugarena.builder.programs import draw


def _point(rng: Random, low: int, high: int) -> tuple[int, int]:
    return rng.randint(low, high), rng.randint(low, high)


def _points(rng: Random, low: int, high: int, max_size: int, min_size: int = 0) -> list[tuple[int, int]]:
    return [_point(rng, low, high) for _ in range(rng.randint(min_size, max_size))]


def _simple_polygon(rng: Random) -> list[tuple[int, int]]:
    """A triangle, a concave arrowhead, an L or a diamond, with an area, either way round."""
    w, h, x, y = rng.randint(2, 5), rng.randint(2, 5), rng.randint(-2, 1), rng.randint(-2, 1)
    cut, rise = rng.randint(1, w - 1), rng.randint(1, h - 1)
    outline = rng.choice(
        [
            [(0, 0), (w, 0), (cut, h)],
            [(0, 0), (w, rise), (cut, h)] if w * h > cut * rise else [(0, 0), (w, 0), (w, h)],
            [(0, 0), (w, 0), (w, h), (w - cut, rise)] if h * (w - cut) > w * rise else [(0, 0), (w, 0), (0, h)],
            [(0, 0), (w, 0), (w, rise), (cut, rise), (cut, h), (0, h)],
            [(w, 0), (2 * w, h), (w, 2 * h), (0, h)],
        ]
    )
    turn = rng.randrange(len(outline))
    moved = [(px + x, py + y) for px, py in outline[turn:] + outline[:turn]]
    return moved if rng.random() < 0.5 else moved[::-1]


def _left_turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _half_hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    chain: list[tuple[int, int]] = []
    for point in points:
        while len(chain) >= 2 and _left_turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain[:-1]


def convex_hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the corners of the convex hull of points, anticlockwise (x to the right, y upwards) from the smallest
    (x, y) on, without points that lie on an edge between two corners and without repeats; if all points lie on one
    line these are its two ends, smallest first, or the one point, and nothing for no points.

    >>> convex_hull([(0, 0), (1, 1), (2, 0), (0, 2), (2, 2), (1, 0)])
    [(0, 0), (2, 0), (2, 2), (0, 2)]
    """
    ordered = sorted(set(points))
    if len(ordered) < 2:
        return ordered
    return _half_hull(ordered) + _half_hull(ordered[::-1])


def inputs_convex_hull(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(1, 2), (1, 2)],)
    yield ([(3, 1), (0, 0)],)
    yield ([(2, 2), (0, 0), (1, 1)],)
    yield ([(0, 0), (4, 0), (4, 4), (0, 4), (2, 0), (2, 2)],)
    while True:
        yield (_points(rng, 0, rng.choice([2, 3, 5]), max_size=8, min_size=2),)


def _upright(corner: tuple[int, int], opposite: tuple[int, int]) -> tuple[int, int, int, int]:
    (x1, y1), (x2, y2) = corner, opposite
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def union_area(rectangles: list[tuple[tuple[int, int], tuple[int, int]]]) -> int:
    """Return the area covered by rectangles with sides along the axes, each given by any two opposite corners, where
    what several cover counts once.

    >>> union_area([((0, 0), (2, 2)), ((3, 1), (1, 3))])
    7
    """
    boxes = [_upright(corner, opposite) for corner, opposite in rectangles]
    xs = sorted({x for left, _, right, _ in boxes for x in (left, right)})
    ys = sorted({y for _, low, _, high in boxes for y in (low, high)})
    area = 0
    for x1, x2 in pairwise(xs):
        for y1, y2 in pairwise(ys):
            if any(left <= x1 and x2 <= right and low <= y1 and y2 <= high for left, low, right, high in boxes):
                area += (x2 - x1) * (y2 - y1)
    return area


def inputs_union_area(rng: Random) -> Iterator[tuple[list[tuple[tuple[int, int], tuple[int, int]]]]]:
    yield ([],)
    yield ([((0, 0), (0, 4))],)
    yield ([((3, 4), (0, 0))],)
    yield ([((0, 0), (4, 4)), ((1, 1), (2, 2))],)
    yield ([((0, 0), (1, 1)), ((1, 1), (2, 3))],)
    while True:
        yield ([(_point(rng, 0, 6), _point(rng, 0, 6)) for _ in range(rng.randint(1, 4))],)


def locate_point(polygon: list[tuple[int, int]], point: tuple[int, int]) -> str:
    """Return "inside", "edge" or "outside" for where a point lies with regard to a simple polygon, given by its corners
    in order, either way round; corners count as edge.

    >>> locate_point([(0, 0), (4, 0), (0, 4)], (1, 1))
    'inside'
    """
    x, y = point
    is_inside = False
    for index, (x2, y2) in enumerate(polygon):
        x1, y1 = polygon[index - 1]
        side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if side == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return "edge"
        if (y1 > y) != (y2 > y) and (side > 0) == (y2 > y1):
            is_inside = not is_inside
    return "inside" if is_inside else "outside"


def inputs_locate_point(rng: Random) -> Iterator[tuple[list[tuple[int, int]], tuple[int, int]]]:
    square = [(0, 0), (3, 0), (3, 3), (0, 3)]
    yield square[:], (1, 1)
    yield square[:], (3, 3)
    yield square[:], (3, 1)
    yield square[:], (1, 0)
    yield square[:], (4, 3)
    yield square[:], (-1, 0)
    yield [(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)], (2, 2)
    yield [(0, 2), (2, 0), (4, 2), (2, 4)], (-1, 2)
    while True:
        polygon = _simple_polygon(rng)
        low, high = min(map(min, polygon)), max(map(max, polygon))
        yield polygon, _point(rng, low, high)


def _side_of(a: tuple[int, int], b: tuple[int, int], p: tuple[int, int]) -> int:
    cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return (cross > 0) - (cross < 0)


def segments_meet(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]) -> str:
    """Return how the segments from a to b and from c to d (neither of length 0) meet: "overlap" if they share more than
    one point, "touch" if they share one that is an end of at least one of them, "cross" if they share one that is an
    end of neither, and "apart" if they share none.

    >>> segments_meet((0, 0), (4, 4), (0, 4), (4, 0))
    'cross'
    """
    sides = [_side_of(a, b, c), _side_of(a, b, d), _side_of(c, d, a), _side_of(c, d, b)]
    if sides == [0, 0, 0, 0]:
        start = max(min(a, b), min(c, d))
        end = min(max(a, b), max(c, d))
        if start == end:
            return "touch"
        return "overlap" if start < end else "apart"
    if sides[0] * sides[1] > 0 or sides[2] * sides[3] > 0:
        return "apart"
    return "touch" if 0 in sides else "cross"


def inputs_segments_meet(
    rng: Random,
) -> Iterator[tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]]:
    yield (0, 0), (2, 2), (0, 2), (2, 0)
    yield (0, 0), (2, 2), (1, 1), (3, 0)
    yield (0, 0), (2, 0), (2, 0), (5, 0)
    yield (0, 0), (2, 0), (3, 0), (5, 0)
    yield (3, 0), (0, 0), (2, 0), (5, 0)
    yield (0, 0), (0, 3), (0, 4), (0, 2)
    yield (0, 0), (2, 0), (0, 1), (2, 1)
    yield (0, 0), (0, 2), (2, 2), (2, 0)
    while True:
        a, c = _point(rng, 0, 3), _point(rng, 0, 3)
        b, d = _point(rng, 0, 3), _point(rng, 0, 3)
        if rng.random() < 0.3:
            a, b, c, d = (
                [(p[0], 1) for p in (a, b, c, d)] if rng.random() < 0.5 else [(p[0], p[0]) for p in (a, b, c, d)]
            )
        if a != b and c != d:
            yield a, b, c, d


_QUARTERS = {"90": (0, -1, 1, 0), "180": (-1, 0, 0, -1), "270": (0, 1, -1, 0)}
_MIRRORS = {"x": (1, 0, 0, -1), "y": (-1, 0, 0, 1)}


def run_transforms(points: list[tuple[int, int]], steps: list[str]) -> list[tuple[int, int]]:
    """Return the points after all steps in order: "move DX DY" adds to the coordinates, "turn A" turns anticlockwise
    about the origin by an angle of 90, 180 or 270 degrees, "flip x" mirrors at the x axis (y changes its sign), and
    "flip y" at the y axis; raise ValueError for a step with another first word and KeyError for another angle or
    axis.

    >>> run_transforms([(1, 0), (2, 5)], ["turn 90", "move 0 -3"])
    [(0, -2), (-5, -1)]
    """
    for step in steps:
        word, *numbers = step.split()
        if word == "move":
            dx, dy = map(int, numbers)
            points = [(x + dx, y + dy) for x, y in points]
        elif word in ("turn", "flip"):
            table = _QUARTERS if word == "turn" else _MIRRORS
            xx, xy, yx, yy = table[numbers[0]]
            points = [(xx * x + xy * y, yx * x + yy * y) for x, y in points]
        else:
            raise ValueError(f"unknown step {step!r}")
    return points


def inputs_run_transforms(rng: Random) -> Iterator[tuple[list[tuple[int, int]], list[str]]]:
    yield [], ["turn 90"]
    yield [(1, 2)], []
    yield [(1, 2)], ["flip x"]
    yield [(1, 2)], ["flip y"]
    yield [(1, 2)], ["turn 180"]
    yield [(1, 2)], ["turn 270", "move 1 -1"]
    yield [(1, 2)], ["turn 45"]
    yield [(1, 2)], ["flip z"]
    yield [(1, 2)], ["grow 2"]
    while True:
        steps = []
        for _ in range(rng.randint(1, 4)):
            move = f"move {rng.randint(-3, 3)} {rng.randint(-3, 3)}"
            steps.append(rng.choice([move, "turn 90", "turn 180", "turn 270", "flip x", "flip y"]))
        if rng.random() < 0.12:
            steps.append(rng.choice(["turn 0", "flip 90", "spin 90", "turn x"]))
        yield _points(rng, -4, 4, max_size=3, min_size=1), steps


def lattice_points(corners: list[tuple[int, int]]) -> tuple[int, int]:
    """Return how many points with integer coordinates lie on the edges and how many strictly inside a simple polygon
    with an area above 0, given by its corners in order, either way round, as a pair (on edges, inside).

    >>> lattice_points([(0, 0), (3, 0), (3, 2), (0, 2)])
    (10, 2)
    """
    on_edges = doubled_area = 0
    for index, (x2, y2) in enumerate(corners):
        x1, y1 = corners[index - 1]
        on_edges += math.gcd(x2 - x1, y2 - y1)
        doubled_area += x1 * y2 - x2 * y1
    return on_edges, (abs(doubled_area) - on_edges) // 2 + 1


def inputs_lattice_points(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([(0, 0), (1, 0), (0, 1)],)
    yield ([(0, 0), (0, 4), (4, 0)],)
    yield ([(1, 1), (3, 1), (3, 3), (1, 3)],)
    while True:
        yield (_simple_polygon(rng),)


_HEADINGS = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}


class PipeRoute:
    """Plan a pipe from a start point (x, y): extend leads it on by a length of 1 or more to "N" (y grows), "E" (x
    grows), "S" or "W", raising KeyError for any other direction, corners returns the start, every point where the
    direction changes, and the end (only the start if there is no pipe yet), and at returns the point at a distance
    along the pipe, raising ValueError if that is negative or beyond the end.

    >>> route = PipeRoute(0, 0)
    >>> route.extend("E", 3)
    >>> route.extend("E", 1)
    >>> route.extend("N", 2)
    >>> route.corners()
    [(0, 0), (4, 0), (4, 2)]
    >>> route.at(5)
    (4, 1)
    """

    def __init__(self, x: int, y: int) -> None:
        self._points = [(x, y)]
        self._last = ""

    def extend(self, direction: str, length: int) -> None:
        dx, dy = _HEADINGS[direction]
        x, y = self._points[-1]
        if direction == self._last:
            self._points.pop()
        self._points.append((x + dx * length, y + dy * length))
        self._last = direction

    def corners(self) -> list[tuple[int, int]]:
        return self._points[:]

    def at(self, distance: int) -> tuple[int, int]:
        if distance == 0:
            return self._points[0]
        for (x1, y1), (x2, y2) in pairwise(self._points):
            length = abs(x2 - x1) + abs(y2 - y1)
            if 0 < distance <= length:
                return x1 + (x2 - x1) * distance // length, y1 + (y2 - y1) * distance // length
            distance -= length
        raise ValueError("not on the pipe")


def inputs_PipeRoute(rng: Random) -> Iterator[draw.Calls]:
    yield [("PipeRoute", 2, 3), ("corners",), ("at", 0), ("at", 1), ("at", -1)]
    yield [("PipeRoute", 0, 0), ("extend", "N", 2), ("extend", "N", 1), ("extend", "S", 1), ("at", 4), ("corners",)]
    yield [("PipeRoute", 0, 0), ("extend", "X", 2), ("extend", "W", 2), ("at", 2), ("at", 3), ("corners",)]
    yield [("PipeRoute", 0, 0), ("extend", "S", 2), ("extend", "E", 3), ("at", 2), ("at", 5), ("at", 6)]
    while True:
        calls: draw.Calls = [("PipeRoute", rng.randint(-2, 2), rng.randint(-2, 2))]
        total = 0
        for _ in range(rng.randint(1, 3)):
            length = rng.randint(1, 4)
            total += length
            calls.append(("extend", rng.choice("NNESSWWX" if rng.random() < 0.3 else "NNESSW"), length))
        yield [*calls, ("at", rng.randint(0, total)), ("at", rng.choice([-1, *range(total), total + 1])), ("corners",)]


def flow_boxes(boxes: list[tuple[int, int]], width: int, gap: int) -> tuple[list[tuple[int, int]], int]:
    """Lay out (width, height) boxes in order from left to right in rows no wider than the given width, with the gap
    between boxes of a row and between rows, beginning a new row when the next box does not fit into the current one,
    and return the (x, y) of the top left corner of each box, y growing downwards from 0, and the height of it all (0
    without boxes); a row is as high as its highest box; raise ValueError if a box is wider than the given width.

    >>> flow_boxes([(4, 2), (3, 5), (6, 1)], 10, 1)
    ([(0, 0), (5, 0), (0, 6)], 7)
    """
    places = []
    x = y = row_height = 0
    for box_width, box_height in boxes:
        if box_width > width:
            raise ValueError("box too wide")
        if x + box_width > width:
            x = 0
            y += row_height + gap
            row_height = 0
        places.append((x, y))
        x += box_width + gap
        row_height = max(row_height, box_height)
    return places, y + row_height


def inputs_flow_boxes(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int, int]]:
    yield [], 10, 1
    yield [(5, 3)], 5, 2
    yield [(6, 3)], 5, 0
    yield [(4, 3), (5, 1)], 10, 1
    yield [(4, 3), (5, 1)], 9, 1
    yield [(4, 5), (4, 1), (4, 2), (4, 6)], 8, 0
    while True:
        boxes = [(rng.randint(1, 6), rng.randint(1, 6)) for _ in range(rng.randint(2, 6))]
        yield boxes, rng.choice([5, 6, 7, 8, 9, 10, 12]), rng.randint(0, 2)


def fit_image(image: tuple[int, int], frame: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return (x, y, width, height) of an image of a (width, height) shown in the middle of a frame: an image that fits
    keeps its size, a larger one is scaled down with its proportions kept until it just fits, the side that then does
    not fill the frame rounded down but at least 1; of an odd rest the smaller half goes to the left and the top.

    >>> fit_image((200, 100), (50, 40))
    (0, 7, 50, 25)
    """
    width, height = image
    frame_width, frame_height = frame
    if width > frame_width or height > frame_height:
        if width * frame_height > height * frame_width:
            width, height = frame_width, max(height * frame_width // width, 1)
        else:
            width, height = max(width * frame_height // height, 1), frame_height
    return (frame_width - width) // 2, (frame_height - height) // 2, width, height


def inputs_fit_image(rng: Random) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    yield (10, 10), (10, 10)
    yield (3, 4), (8, 9)
    yield (20, 10), (10, 10)
    yield (10, 21), (10, 10)
    yield (90, 2), (10, 10)
    yield (2, 90), (9, 10)
    yield (20, 40), (5, 10)
    while True:
        image = rng.choice([1, 3, 7, 12, 20, 30, 45]), rng.choice([1, 4, 7, 12, 20, 30, 45])
        yield image, (rng.randint(3, 21), rng.randint(3, 21))


def _goes_straight(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> bool:
    dx1, dy1 = b[0] - a[0], b[1] - a[1]
    dx2, dy2 = c[0] - b[0], c[1] - b[1]
    return dx1 * dy2 == dy1 * dx2 and dx1 * dx2 + dy1 * dy2 > 0


def simplify_path(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a path of points without those that its shape does not need: points equal to the one before them, and
    points where the path goes on in the same direction (where it turns right back the point stays); the first and the
    last point stay.

    >>> simplify_path([(0, 0), (1, 0), (1, 0), (3, 0), (3, 2), (3, 1)])
    [(0, 0), (3, 0), (3, 2), (3, 1)]
    """
    kept: list[tuple[int, int]] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) >= 2 and _goes_straight(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return kept


def inputs_simplify_path(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(1, 1), (1, 1)],)
    yield ([(0, 0), (1, 2), (2, 4), (3, 6)],)
    yield ([(0, 0), (2, 0), (1, 0)],)
    yield ([(0, 0), (0, 1), (0, 1), (0, 3), (1, 3)],)
    while True:
        x, y = _point(rng, -2, 2)
        path = [(x, y)]
        dx, dy = rng.choice([(1, 0), (0, 1), (1, 1), (2, 1)])
        for _ in range(rng.randint(1, 6)):
            if rng.random() < 0.45:
                dx, dy = rng.choice([(1, 0), (0, 1), (-dx, -dy), (1, 1), (-dy, dx), (2, -1)])
            factor = rng.choice([0, 1, 1, 2])
            x, y = x + factor * dx, y + factor * dy
            path.append((x, y))
        yield (path,)


class Viewport:
    """Show a part of a world of a given width and height through a window that is no larger and starts at (0, 0), the
    top left: scroll moves the window by (dx, dy) and centre_on moves it so that a world point lies as many cells from
    its left (top) side as half its width (height), rounded down, each as far as the window stays within the world and
    returning its new top left corner, and to_screen returns where in the window a world point appears or None if it
    is outside.

    >>> view = Viewport(10, 8, 4, 3)
    >>> view.scroll(7, 2)
    (6, 2)
    >>> view.to_screen(9, 3)
    (3, 1)
    """

    def __init__(self, world_width: int, world_height: int, width: int, height: int) -> None:
        self._max_x, self._max_y = world_width - width, world_height - height
        self._width, self._height = width, height
        self._x = self._y = 0

    def _go_to(self, x: int, y: int) -> tuple[int, int]:
        self._x = min(max(x, 0), self._max_x)
        self._y = min(max(y, 0), self._max_y)
        return self._x, self._y

    def scroll(self, dx: int, dy: int) -> tuple[int, int]:
        return self._go_to(self._x + dx, self._y + dy)

    def centre_on(self, x: int, y: int) -> tuple[int, int]:
        return self._go_to(x - self._width // 2, y - self._height // 2)

    def to_screen(self, x: int, y: int) -> tuple[int, int] | None:
        column, row = x - self._x, y - self._y
        if 0 <= column < self._width and 0 <= row < self._height:
            return column, row
        return None


def inputs_Viewport(rng: Random) -> Iterator[draw.Calls]:
    yield [("Viewport", 5, 4, 5, 4), ("scroll", 1, 1), ("to_screen", 0, 0), ("to_screen", 5, 3), ("to_screen", 4, 4)]
    yield [("Viewport", 9, 9, 3, 4), ("scroll", 2, 3), ("scroll", -3, 9), ("to_screen", 0, 8), ("to_screen", 3, 5)]
    yield [("Viewport", 9, 9, 3, 4), ("centre_on", 4, 4), ("to_screen", 4, 4), ("centre_on", 8, 0), ("to_screen", 5, 0)]
    while True:
        width, height = rng.randint(2, 5), rng.randint(2, 5)
        calls: draw.Calls = [("Viewport", width + rng.randint(0, 6), height + rng.randint(0, 6), width, height)]
        for _ in range(rng.randint(1, 3)):
            if rng.random() < 0.5:
                calls.append(("scroll", rng.randint(-3, 5), rng.randint(-3, 5)))
            else:
                calls.append(("centre_on", rng.randint(0, 8), rng.randint(0, 8)))
        yield [*calls, *[("to_screen", rng.randint(0, 7), rng.randint(0, 7)) for _ in range(2)]]


def _line_through(p: tuple[int, int], q: tuple[int, int]) -> tuple[int, int, int]:
    dx, dy = q[0] - p[0], q[1] - p[1]
    divisor = math.gcd(dx, dy)
    return dx // divisor, dy // divisor, (dy * p[0] - dx * p[1]) // divisor


def most_on_a_line(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return, sorted and without repeats, the points of the straight line on which most different points of a list lie,
    for several such lines the list that is smallest; with fewer than two different points return what there is.

    >>> most_on_a_line([(2, 2), (0, 0), (5, 1), (1, 1)])
    [(0, 0), (1, 1), (2, 2)]
    """
    different = sorted(set(points))
    lines: dict[tuple[int, int, int], set[tuple[int, int]]] = {}
    for p, q in combinations(different, 2):
        lines.setdefault(_line_through(p, q), set()).update([p, q])
    choices = [(-len(members), sorted(members)) for members in lines.values()]
    return min(choices)[1] if choices else different


def inputs_most_on_a_line(rng: Random) -> Iterator[tuple[list[tuple[int, int]]]]:
    yield ([],)
    yield ([(3, 3), (3, 3)],)
    yield ([(2, 0), (1, 5), (1, 5)],)
    yield ([(0, 0), (0, 4), (0, 2), (1, 1)],)
    yield ([(0, 0), (2, 4), (3, 6), (1, 0), (2, 0), (1, 2)],)
    while True:
        yield (_points(rng, 0, rng.choice([2, 3, 4]), max_size=7, min_size=2),)


def circle_relation(first: tuple[int, int, int], second: tuple[int, int, int]) -> str:
    """Return how two circles (x, y, radius), with radii of 1 or more, lie: "same" if they are equal, "apart" if each is
    outside the other without a common point, "touch outside" or "touch inside" if their outlines have one common
    point, "cross" if they have two, and otherwise "first within" or "second within" for the one inside the other.

    >>> circle_relation((0, 0, 2), (5, 0, 3))
    'touch outside'
    """
    if first == second:
        return "same"
    squared = (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2
    reach = (first[2] + second[2]) ** 2
    slack = (first[2] - second[2]) ** 2
    if squared >= reach:
        return "apart" if squared > reach else "touch outside"
    if squared > slack:
        return "cross"
    if squared == slack:
        return "touch inside"
    return "first within" if first[2] < second[2] else "second within"


def inputs_circle_relation(rng: Random) -> Iterator[tuple[tuple[int, int, int], tuple[int, int, int]]]:
    yield (1, 2, 3), (1, 2, 3)
    yield (0, 0, 1), (3, 0, 1)
    yield (0, 0, 1), (0, 3, 2)
    yield (0, 0, 5), (3, 0, 2)
    yield (0, 0, 1), (0, 0, 3)
    yield (0, 0, 4), (1, 1, 1)
    yield (0, 0, 2), (3, 4, 3)
    while True:
        x, y, radius = rng.randint(-1, 1), rng.randint(-1, 1), rng.randint(1, 5)
        dx, dy = rng.choice([(3, 4), (4, -3), (0, 2), (1, 0), (0, 1), (-1, 1), (0, 0), (0, 3), (5, 0), (2, 2)])
        yield (x, y, radius), (x + dx, y + dy, rng.randint(1, 5))


def cut_rectangle(whole: tuple[int, int, int, int], hole: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """Return what is left of a rectangle (left, top, right, bottom), y growing downwards, once another one is cut out
    of it, as rectangles in the order above, left of, right of and below the hole, those above and below as wide as the
    whole, those at the sides only as high as the part of the hole within the whole, and none that is empty; the whole
    comes back alone if the hole covers no area of it.

    >>> cut_rectangle((0, 0, 6, 6), (4, 2, 8, 5))
    [(0, 0, 6, 2), (0, 2, 4, 5), (0, 5, 6, 6)]
    """
    left, top, right, bottom = whole
    hole_left, hole_right = max(left, hole[0]), min(right, hole[2])
    hole_top, hole_bottom = max(top, hole[1]), min(bottom, hole[3])
    if hole_left >= hole_right or hole_top >= hole_bottom:
        return [whole]
    pieces = [
        (left, top, right, hole_top),
        (left, hole_top, hole_left, hole_bottom),
        (hole_right, hole_top, right, hole_bottom),
        (left, hole_bottom, right, bottom),
    ]
    return [piece for piece in pieces if piece[0] < piece[2] and piece[1] < piece[3]]


def inputs_cut_rectangle(rng: Random) -> Iterator[tuple[tuple[int, int, int, int], tuple[int, int, int, int]]]:
    yield (0, 0, 6, 6), (2, 2, 4, 4)
    yield (0, 0, 6, 6), (0, 0, 6, 6)
    yield (0, 0, 3, 3), (3, 0, 5, 3)
    yield (0, 0, 3, 3), (0, 3, 3, 5)
    yield (2, 2, 6, 6), (0, 0, 3, 9)
    yield (2, 2, 6, 6), (4, 4, 4, 5)
    while True:
        left, top = _point(rng, 0, 2)
        hole_left, hole_top = _point(rng, 0, 4)
        whole = left, top, left + rng.randint(2, 6), top + rng.randint(2, 6)
        yield whole, (hole_left, hole_top, hole_left + rng.randint(0, 5), hole_top + rng.randint(1, 5))
