"""Records, as lists of dicts: grouping, joins, filters, pivots, differences, updates, pages."""

from collections.abc import Iterator
from operator import eq, ge, itemgetter, lt, ne
from random import Random
from typing import Any

from debugarena.builder.programs import draw


def group_totals(rows: list[dict[str, Any]], by: str, value: str) -> list[tuple[str, int, int]]:
    """Return (group, number of rows, sum of values) for each value of the field by, the highest sum first and by group
    between equal sums; rows without the field by are left out, rows without the value field count but add nothing.

    >>> group_totals([{"t": "b", "n": 2}, {"t": "a", "n": 5}, {"t": "b"}, {"n": 9}], "t", "n")
    [('a', 1, 5), ('b', 2, 2)]
    """
    counts: dict[str, int] = {}
    sums: dict[str, int] = {}
    for row in rows:
        if by not in row:
            continue
        group = row[by]
        counts[group] = counts.get(group, 0) + 1
        sums[group] = sums.get(group, 0) + row.get(value, 0)
    return [(group, counts[group], sums[group]) for group in sorted(sums, key=lambda name: (-sums[name], name))]


def inputs_group_totals(rng: Random) -> Iterator[tuple[list[dict[str, Any]], str, str]]:
    yield [], "t", "n"
    yield [{"n": 1}, {"m": 2}], "t", "n"
    yield [{"t": "b"}, {"t": "a"}, {"t": "a"}], "t", "n"
    yield [{"t": "a", "n": -1}, {"t": "b", "n": 1}, {"t": "c"}], "t", "n"
    while True:
        rows = []
        for _ in range(rng.randint(1, 6)):
            row: dict[str, Any] = {"t": rng.choice("abc"), "n": rng.randint(-1, 3)}
            if rng.random() < 0.25:
                del row[rng.choice("tn")]
            rows.append(row)
        yield rows, "t", "n"


def left_join(left: list[dict[str, Any]], right: list[dict[str, Any]], on: str) -> list[dict[str, Any]]:
    """Return for each row of left, in order, one row for each row of right, in order, with the same value of the field
    on, which all rows have: the fields of the left row and those of the right one except on, "right_" put before the
    name of each that the left row has too; every field that occurs anywhere in right is there, None where this row
    lacks it, and a left row without a match gives one row with all of them None.

    >>> left_join([{"id": 1, "n": 5}, {"id": 2}], [{"id": 1, "n": 7, "m": 3}], "id")
    [{'id': 1, 'n': 5, 'm': 3, 'right_n': 7}, {'id': 2, 'm': None, 'n': None}]
    """
    fields = sorted({field for row in right for field in row if field != on})
    matches: dict[Any, list[dict[str, Any]]] = {}
    for row in right:
        matches.setdefault(row[on], []).append(row)
    joined = []
    for row in left:
        for match in matches.get(row[on], [{}]):
            added = {f"right_{field}" if field in row else field: match.get(field) for field in fields}
            joined.append({**row, **added})
    return joined


def inputs_left_join(rng: Random) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]], str]]:
    yield [], [{"id": 1}], "id"
    yield [{"id": 1, "n": 2}], [], "id"
    yield [{"id": 1, "n": 2}], [{"id": 2, "n": 3}], "id"
    yield [{"id": 1}, {"id": 1}], [{"id": 1, "n": 3}, {"id": 1, "n": 4}], "id"
    while True:
        sides: list[list[dict[str, Any]]] = []
        for pool in ("nm", "nk"):
            rows = []
            for _ in range(rng.randint(1, 2)):
                rows.append({"id": rng.randint(1, 2), **{name: rng.randint(0, 9) for name in draw.some(rng, pool, 2)}})
            sides.append(rows)
        yield sides[0], sides[1], "id"


class TagIndex:
    """Find records by tags: put stores a record's tags in place of any it had before; drop forgets a record and raises
    KeyError if it is not there; find returns the sorted numbers of the records that have all the tags asked for, of
    all records if none is asked for; counts returns (tag, number of records that have it) for each tag in use, the
    most common first and by name between equal ones.

    >>> index = TagIndex()
    >>> index.put(7, ["new", "red"])
    >>> index.put(3, ["red"])
    >>> index.find(["red"])
    [3, 7]
    >>> index.counts()
    [('red', 2), ('new', 1)]
    """

    def __init__(self) -> None:
        self._tags: dict[int, set[str]] = {}
        self._numbers: dict[str, set[int]] = {}

    def put(self, number: int, tags: list[str]) -> None:
        if number in self._tags:
            self.drop(number)
        self._tags[number] = set(tags)
        for tag in tags:
            self._numbers.setdefault(tag, set()).add(number)

    def drop(self, number: int) -> None:
        for tag in self._tags.pop(number):
            self._numbers[tag].remove(number)

    def find(self, tags: list[str]) -> list[int]:
        found = set(self._tags)
        for tag in tags:
            found &= self._numbers.get(tag, set())
        return sorted(found)

    def counts(self) -> list[tuple[str, int]]:
        pairs = [(tag, len(numbers)) for tag, numbers in self._numbers.items() if numbers]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def inputs_TagIndex(rng: Random) -> Iterator[draw.Calls]:
    yield [("TagIndex",), ("drop", 1), ("find", []), ("find", ["new"]), ("counts",)]
    yield [("TagIndex",), ("put", 2, ["new", "new"]), ("put", 2, ["red"]), ("find", ["new"]), ("counts",)]
    yield [("TagIndex",), ("put", 2, ["red"]), ("drop", 2), ("drop", 2), ("find", ["red"]), ("counts",)]
    while True:
        tags = ["new", "red", "big"]
        calls: draw.Calls = [("TagIndex",)]
        for at in range(rng.randint(2, 4)):
            if at and rng.random() < 0.3:
                calls.append(("drop", rng.randint(1, 3)))
            else:
                calls.append(("put", rng.randint(1, 3), draw.some(rng, tags, 3)))
        yield [*calls, ("find", draw.some(rng, tags, 2)), ("counts",)]


_TESTS = {"=": eq, "!=": ne, "<": lt, ">=": ge}


def _holds(row: dict[str, int], condition: str) -> bool:
    field, test, wanted = condition.split(" ")
    if field not in row:
        return test == "!="
    return bool(_TESTS[test](row[field], int(wanted)))


def matching_rows(rows: list[dict[str, int]], query: str) -> list[int]:
    """Return the positions, from 0, of the rows that match a query such as "a = 1 and b < 3 or c >= 2": conditions of
    a field, one of the tests =, !=, < and >=, and an integer, single blanks between them, where "and" binds closer
    than "or"; a row that lacks the field meets a != condition and no other.

    >>> matching_rows([{"a": 1, "b": 5}, {"a": 2, "b": 2}, {"b": 1}], "a != 2 and b < 5 or a >= 2")
    [1, 2]
    """
    found = []
    for position, row in enumerate(rows):
        for part in query.split(" or "):
            if all(_holds(row, condition) for condition in part.split(" and ")):
                found.append(position)
                break
    return found


def inputs_matching_rows(rng: Random) -> Iterator[tuple[list[dict[str, int]], str]]:
    yield [], "a = 1"
    yield [{}, {"a": 1}], "a != 1"
    yield [{"a": 1, "b": 1}, {"a": 0, "b": 1}], "a = 1 or a = 0 and b = 0"
    yield [{"a": 2}, {"a": 3}, {"a": -1}], "a >= 2 or a < 0"
    while True:
        rows = []
        for _ in range(rng.randint(2, 5)):
            rows.append({field: rng.randint(0, 3) for field in draw.some(rng, "ab", 2, min_size=1)})
        query = ""
        for at in range(rng.randint(1, 3)):
            query += rng.choice([" and ", " and ", " or "]) if at else ""
            query += f"{rng.choice('ab')} {rng.choice(['=', '!=', '!=', '<', '>='])} {rng.randint(0, 3)}"
        yield rows, query


def pivot_sums(rows: list[dict[str, Any]], index: str, column: str, value: str) -> list[dict[str, Any]]:
    """Return one row for each value of the index field, sorted by it: that value under the index's name, for every
    value that the column field has anywhere the sum of the value field over the rows with both, 0 if there is no such
    row, and under "all" the sum of these; rows in which the value field is None count as 0, and all rows have all
    three fields.

    >>> pivot_sums([{"day": 2, "who": "x", "n": 3}, {"day": 1, "who": "y", "n": 1}], "day", "who", "n")
    [{'day': 1, 'x': 0, 'y': 1, 'all': 1}, {'day': 2, 'x': 3, 'y': 0, 'all': 3}]
    """
    columns = sorted({row[column] for row in rows})
    sums: dict[Any, dict[str, int]] = {}
    for row in rows:
        cells = sums.setdefault(row[index], dict.fromkeys(columns, 0))
        cells[row[column]] += row[value] or 0
    return [{index: name, **cells, "all": sum(cells.values())} for name, cells in sorted(sums.items())]


def inputs_pivot_sums(rng: Random) -> Iterator[tuple[list[dict[str, Any]], str, str, str]]:
    yield [], "d", "w", "n"
    yield [{"d": 1, "w": "x", "n": None}], "d", "w", "n"
    yield [{"d": 1, "w": "y", "n": 2}, {"d": 1, "w": "y", "n": 3}], "d", "w", "n"
    while True:
        rows = []
        for _ in range(rng.randint(2, 4)):
            rows.append({"d": rng.randint(1, 3), "w": rng.choice("xyz"), "n": rng.choice([None, -2, 1, 2, 3, 4])})
        yield rows, "d", "w", "n"


def _changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    changed = []
    for field in sorted({**before, **after}):
        if field not in before:
            changed.append(f"+{field}")
        elif field not in after:
            changed.append(f"-{field}")
        elif before[field] != after[field]:
            changed.append(field)
    return changed


def diff_snapshots(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[tuple[str, int, list[str]]]:
    """Compare two lists of records, each with an "id" unique in its list, and return sorted by id ("added", id, [])
    for those only in new, ("removed", id, []) for those only in old, and ("changed", id, fields) for those in both
    that differ, where fields names, sorted by name, each field whose value differs, a plus put before its name if it
    is only in the new record and a minus if it is only in the old one.

    >>> diff_snapshots([{"id": 1, "a": 5}, {"id": 2}], [{"id": 3}, {"id": 1, "a": 6, "b": 0}])
    [('changed', 1, ['a', '+b']), ('removed', 2, []), ('added', 3, [])]
    """
    before = {row["id"]: row for row in old}
    after = {row["id"]: row for row in new}
    report: list[tuple[str, int, list[str]]] = []
    for number in sorted({**before, **after}):
        if number not in before:
            report.append(("added", number, []))
        elif number not in after:
            report.append(("removed", number, []))
        elif fields := _changed_fields(before[number], after[number]):
            report.append(("changed", number, fields))
    return report


def inputs_diff_snapshots(rng: Random) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    yield [], []
    yield [{"id": 1, "a": 1}], [{"a": 1, "id": 1}]
    yield [{"id": 2, "b": None}], [{"id": 2, "a": None}]
    yield [{"id": 2}], [{"id": 1}]
    while True:
        sides: list[list[dict[str, Any]]] = []
        for _ in range(2):
            rows = []
            for number in draw.some(rng, [1, 2, 3], 2, min_size=1):
                rows.append({"id": number, **{name: rng.randint(0, 1) for name in draw.some(rng, "ab", 2, min_size=1)}})
            sides.append(rows)
        yield sides[0], sides[1]


def latest_versions(rows: list[dict[str, Any]]) -> list[tuple[str, int, list[int]]]:
    """Return (key, version, replaced) for each key of rows with "key", "v" (the version) and perhaps "gone", in the
    order in which the keys first occur: the version is that of the row with the highest one, of equals the one that
    comes last, and replaced has the different lower versions of that key in rising order; a key is left out if the row
    chosen has a true "gone".

    >>> latest_versions([{"key": "b", "v": 1}, {"key": "a", "v": 4}, {"key": "b", "v": 3}])
    [('b', 3, [1]), ('a', 4, [])]
    """
    chosen: dict[str, dict[str, Any]] = {}
    versions: dict[str, set[int]] = {}
    for row in rows:
        key = row["key"]
        versions.setdefault(key, set()).add(row["v"])
        if key not in chosen or row["v"] >= chosen[key]["v"]:
            chosen[key] = row
    kept = []
    for key, row in chosen.items():
        if not row.get("gone"):
            kept.append((key, row["v"], sorted(versions[key] - {row["v"]})))
    return kept


def inputs_latest_versions(rng: Random) -> Iterator[tuple[list[dict[str, Any]]]]:
    yield ([],)
    yield ([{"key": "a", "v": 1, "gone": True}],)
    yield ([{"key": "a", "v": 1, "gone": True}, {"key": "a", "v": 1}],)
    yield ([{"key": "a", "v": 2}, {"key": "a", "v": 2, "gone": True}, {"key": "b", "v": 1}],)
    while True:
        rows = []
        for at in range(rng.randint(2, 4)):
            row: dict[str, Any] = {"key": rng.choice("aab"), "v": rng.randint(1, 3)}
            if at % 2 == 1 and rng.random() < 0.5:
                row["gone"] = rng.random() < 0.8
            rows.append(row)
        yield (rows,)


def merge_patch(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Return base with the patch applied, changing neither: None for a name removes it, if it is there; a dict is
    applied as a patch to the dict that base has under that name, or to an empty one if base has none there or
    something else; any other value, lists too, takes the place of what was there.

    >>> merge_patch({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 5}})
    {'b': {'c': 5, 'd': 3}}
    """
    merged = dict(base)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            inner = merged.get(name)
            merged[name] = merge_patch(inner if isinstance(inner, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def inputs_merge_patch(rng: Random) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    yield {}, {}
    yield {}, {"a": None, "b": {"c": None}}
    yield {"a": [1]}, {"a": {"b": 1, "c": None}}
    yield {"a": {"b": 1}}, {"a": 0}

    def nested(depth: int, none: float) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name in draw.some(rng, "abc", 2, min_size=1):
            if depth and rng.random() < 0.45:
                made[name] = nested(depth - 1, none)
            else:
                made[name] = None if rng.random() < none else rng.choice([0, 1, 2, [1]])
        return made

    while True:
        yield nested(1, 0), nested(2, 0.4)


def _place(row: dict[str, int]) -> tuple[int, int]:
    return -row["at"], row["id"]


def page_after(rows: list[dict[str, int]], size: int, cursor: str) -> tuple[list[int], str]:
    """Return the ids of the next page of at most size rows, the highest "at" first and the lowest "id" first between
    equal ones, and a cursor for the page after it, or "" if there are no more rows; a cursor is "at:id" of the last
    row of a page, and the next page begins with the first row that comes strictly after that place, whether or not
    such a row is still there, while the cursor "" stands for the beginning; raise ValueError if size is below 1.

    >>> page_after([{"id": 1, "at": 5}, {"id": 2, "at": 9}, {"id": 3, "at": 5}], 1, "9:2")
    ([1], '5:1')
    """
    if size < 1:
        raise ValueError("no room on a page")
    places = sorted(_place(row) for row in rows)
    if cursor:
        at, number = map(int, cursor.split(":"))
        places = [place for place in places if place > (-at, number)]
    page = places[:size]
    more = len(places) > size
    return [number for _, number in page], f"{-page[-1][0]}:{page[-1][1]}" if more else ""


def inputs_page_after(rng: Random) -> Iterator[tuple[list[dict[str, int]], int, str]]:
    yield [], 1, ""
    yield [{"id": 1, "at": 1}], 0, ""
    yield [{"id": 2, "at": 1}, {"id": 1, "at": 1}], 2, ""
    yield [{"id": 2, "at": 1}, {"id": 1, "at": 1}, {"id": 3, "at": 1}], 1, "1:1"
    while True:
        ids = draw.some(rng, range(1, 7), 5, min_size=2)
        rows = [{"id": number, "at": rng.randint(1, 3)} for number in ids]
        cursor = f"{rng.randint(2, 4)}:{rng.randint(1, 6)}"
        yield rows, rng.choice([0, *[1, 2, 3] * 5]), rng.choice(["", cursor, cursor])


def sort_by_spec(rows: list[dict[str, int]], spec: str) -> list[dict[str, int]]:
    """Return the rows sorted by the fields named in spec, apart by commas, the first one counting most, rising or,
    with a minus before the name, falling; rows that lack a field come after all that have it, rising or falling, and
    rows equal in all these fields keep their order; the list given stays as it is.

    >>> sort_by_spec([{"a": 1, "b": 2}, {"b": 9}, {"a": 3, "b": 2}, {"a": 3, "b": 1}], "-a,b")
    [{'a': 3, 'b': 1}, {'a': 3, 'b': 2}, {'a': 1, 'b': 2}, {'b': 9}]
    """
    for part in reversed(spec.split(",")):
        field = part.removeprefix("-")
        present = [row for row in rows if field in row]
        lacking = [row for row in rows if field not in row]
        present.sort(key=itemgetter(field), reverse=part.startswith("-"))
        rows = present + lacking
    return rows


def inputs_sort_by_spec(rng: Random) -> Iterator[tuple[list[dict[str, int]], str]]:
    yield [], "a"
    yield [{"b": 1}, {"a": 1}], "-a"
    yield [{"a": 1, "b": 1}, {"a": 1, "b": 0}, {"a": 2}], "-a"
    yield [{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"b": 1}], "b,a"
    while True:
        rows = []
        for number in range(rng.randint(2, 4)):
            row = {"a": rng.randint(0, 2), "b": rng.randint(0, 2), "n": number}
            if rng.random() < 0.3:
                del row[rng.choice("ab")]
            rows.append(row)
        yield rows, rng.choice(["a", "-b", "a,b", "a,-b", "-a,b", "b,-a", "-b,-a"])


class DraftRecord:
    """Edit a record: change sets a field and returns True, or returns False, and is no step to be undone, if the field
    has that value already; undo takes back the last step not yet taken back, a field that was not there before being
    removed again, and raises IndexError if there is none; edited returns the sorted names of the fields that are new
    or differ from the record given at first, which stays as it is; fields returns the record as a sorted list of
    pairs.

    >>> draft = DraftRecord({"a": 1})
    >>> draft.change("a", 2), draft.change("b", 5), draft.change("b", 5)
    (True, True, False)
    >>> draft.undo()
    >>> draft.edited(), draft.fields()
    (['a'], [('a', 2)])
    """

    def __init__(self, fields: dict[str, int]) -> None:
        self._original = fields
        self._fields = dict(fields)
        self._steps: list[tuple[str, int | None]] = []

    def change(self, field: str, value: int) -> bool:
        before = self._fields.get(field)
        if before == value:
            return False
        self._steps.append((field, before))
        self._fields[field] = value
        return True

    def undo(self) -> None:
        field, before = self._steps.pop()
        if before is None:
            del self._fields[field]
        else:
            self._fields[field] = before

    def edited(self) -> list[str]:
        return sorted(field for field, value in self._fields.items() if value != self._original.get(field))

    def fields(self) -> list[tuple[str, int]]:
        return sorted(self._fields.items())


def inputs_DraftRecord(rng: Random) -> Iterator[draw.Calls]:
    yield [("DraftRecord", {}), ("undo",), ("edited",), ("fields",)]
    yield [("DraftRecord", {"a": 0}), ("change", "a", 0), ("undo",), ("fields",)]
    yield [("DraftRecord", {"a": 0}), ("change", "a", 1), ("change", "a", 0), ("edited",), ("undo",), ("fields",)]
    yield [("DraftRecord", {}), ("change", "b", 0), ("change", "b", 1), ("undo",), ("undo",), ("edited",), ("fields",)]
    while True:
        start = {field: rng.randint(0, 1) for field in draw.some(rng, "ab", 2)}
        calls: draw.Calls = [("DraftRecord", start)]
        for at in range(rng.randint(2, 4)):
            if at and rng.random() < 0.35:
                calls.append(("undo",))
            else:
                calls.append(("change", rng.choice("aab"), rng.randint(0, 2)))
        yield [*calls, ("edited",), ("fields",)]


_KINDS = {"int": int, "str": str, "bool": bool}


def schema_problems(record: dict[str, Any], schema: dict[str, str]) -> list[tuple[str, str]]:
    """Return sorted (field, problem) pairs for a record against a schema that gives for a field "int", "str" or
    "bool", with a question mark after it if the field is optional: "missing" if a field that is not optional is not
    there or is None, "type" if a value other than None is not exactly of that type, so that True is no int, and
    "unknown" for a field that the schema does not name, whatever its value.

    >>> schema_problems({"id": "7", "x": 1}, {"id": "int", "name": "str", "age": "int?"})
    [('id', 'type'), ('name', 'missing'), ('x', 'unknown')]
    """
    problems = [(field, "unknown") for field in record if field not in schema]
    for field, spec in schema.items():
        kind = spec.removesuffix("?")
        value = record.get(field)
        if value is None:
            if kind == spec:
                problems.append((field, "missing"))
        elif type(value) is not _KINDS[kind]:
            problems.append((field, "type"))
    return sorted(problems)


def inputs_schema_problems(rng: Random) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    yield {}, {}
    yield {"b": None, "a": None}, {"a": "int"}
    yield {"a": True, "b": 0}, {"a": "int", "b": "bool?"}
    yield {"a": None}, {"a": "str?", "b": "str?"}
    while True:
        schema = {}
        for field in draw.some(rng, "abc", 3, min_size=1):
            schema[field] = rng.choice(["int", "str", "bool"]) + rng.choice(["", "?"])
        record: dict[str, Any] = {}
        for field in draw.some(rng, "abcd", 4, min_size=1):
            record[field] = rng.choice([None, 0, 5, "", "x", True, False])
        yield record, schema


def top_per_group(rows: list[dict[str, Any]], group: str, score: str, places: int) -> list[dict[str, Any]]:
    """Return the rows ranked within their group by score, those of rank at most places only, each as a new dict with a
    field "rank" added: the rank is 1 plus the number of rows of the group with a higher score, so that equal scores
    share a rank and the next rank is left out; sorted by group, then by rank, equal ones in the order given.

    >>> top_per_group([{"g": "b", "s": 4}, {"g": "a", "s": 1}, {"g": "b", "s": 4}, {"g": "b", "s": 2}], "g", "s", 2)
    [{'g': 'a', 's': 1, 'rank': 1}, {'g': 'b', 's': 4, 'rank': 1}, {'g': 'b', 's': 4, 'rank': 1}]
    """
    ranked = []
    for row in rows:
        higher = [other for other in rows if other[group] == row[group] and other[score] > row[score]]
        rank = 1 + len(higher)
        if rank <= places:
            ranked.append({**row, "rank": rank})
    return sorted(ranked, key=lambda row: (row[group], row["rank"]))


def inputs_top_per_group(rng: Random) -> Iterator[tuple[list[dict[str, Any]], str, str, int]]:
    yield [], "g", "s", 1
    yield [{"g": "a", "s": 1}], "g", "s", 0
    yield [{"g": "a", "s": 1}, {"g": "a", "s": 2}], "g", "s", 1
    yield [{"g": "a", "s": 3, "n": 1}, {"g": "a", "s": 3, "n": 2}, {"g": "a", "s": 1, "n": 3}], "g", "s", 2
    while True:
        rows = []
        for number in range(rng.randint(2, 4)):
            rows.append({"g": rng.choice("aab"), "s": rng.randint(1, 3), "n": number})
        yield rows, "g", "s", rng.randint(1, 3)


def _reach(row: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(row, dict) or name not in row:
            return None
        row = row[name]
    return row


def select_fields(rows: list[dict[str, Any]], columns: list[str]) -> list[dict[str, Any]]:
    """Return for each row a dict with one field for each column: a column is a path of names with points between them
    into dicts within dicts, giving None where it leads nowhere, and perhaps " as " and the new name, which is
    otherwise the last name of the path; raise ValueError if two columns get the same name, even if there are no rows.

    >>> select_fields([{"id": 1, "home": {"city": "Ulm"}}, {"id": 2}], ["id as no", "home.city"])
    [{'no': 1, 'city': 'Ulm'}, {'no': 2, 'city': None}]
    """
    paths: dict[str, str] = {}
    for column in columns:
        path, renamed, name = column.partition(" as ")
        if not renamed:
            name = path.split(".")[-1]
        if name in paths:
            raise ValueError(f"two columns {name}")
        paths[name] = path
    return [{name: _reach(row, path) for name, path in paths.items()} for row in rows]


def inputs_select_fields(rng: Random) -> Iterator[tuple[list[dict[str, Any]], list[str]]]:
    yield [], ["a.b", "c.b"]
    yield [{"a": 1}], []
    yield [{"a": 1}, {"a": {"b": 2}}], ["a.b", "a"]
    yield [{"a": {"a": 1}}], ["a.a", "a as b", "a.a.a as c"]
    while True:
        rows: list[dict[str, Any]] = []
        for _ in range(rng.randint(1, 2)):
            row: dict[str, Any] = {"a": rng.randint(0, 9)}
            for field in draw.some(rng, "abc", 2, min_size=1):
                inner = {name: rng.randint(0, 9) for name in draw.some(rng, "xy", 2, min_size=1)}
                row[field] = rng.choice([rng.randint(0, 9), inner, inner])
            rows.append(row)
        columns = draw.some(rng, ["a", "b.x", "b.y", "a.x as ax", "c.y as cy", "c as x", "b as b"], 3, min_size=1)
        yield rows, columns
