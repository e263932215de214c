"""Sets: membership, overlaps, covers, sorted lists as sets, tags, classes of equivalent things."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw

# what an operator keeps: numbers on the left only, on both sides, on the right only
_KEPT = {
    "and": (False, True, False),
    "or": (True, True, True),
    "not": (True, False, False),
    "xor": (True, False, True),
}


def combine_postings(left: list[int], operator: str, right: list[int]) -> list[int]:
    """Combine two strictly ascending lists of document numbers into one strictly ascending list by an operator: "and"
    keeps the numbers in both, "or" those in either, "not" those in left that are not in right, and "xor" those in
    exactly one of them; raise ValueError for any other operator.

    >>> combine_postings([1, 3, 4], "xor", [3, 5])
    [1, 4, 5]
    """
    if operator not in _KEPT:
        raise ValueError("no such operator")
    left_only, both, right_only = _KEPT[operator]
    combined = []
    i = j = 0
    while i < len(left) or j < len(right):
        if j == len(right) or (i < len(left) and left[i] < right[j]):
            number, keep = left[i], left_only
            i += 1
        elif i == len(left) or right[j] < left[i]:
            number, keep = right[j], right_only
            j += 1
        else:
            number, keep = left[i], both
            i += 1
            j += 1
        if keep:
            combined.append(number)
    return combined


def inputs_combine_postings(rng: Random) -> Iterator[tuple[list[int], str, list[int]]]:
    yield [], "or", []
    yield [1, 2], "or", []
    yield [], "xor", [1, 2]
    yield [1, 2], "not", [1, 2]
    yield [1], "nor", [2]
    while True:
        operator = rng.choice(["and", "or", "not", "xor"]) if rng.random() < 0.95 else "but"
        left, right = (sorted(draw.some(rng, range(1, 10), max_size=5, min_size=1)) for _ in range(2))
        yield left, operator, right


def _has(tags: list[str], term: str) -> bool:
    if term.endswith("*"):
        return any(tag.startswith(term[:-1]) for tag in tags)
    return term in tags


def filter_by_tags(documents: dict[str, list[str]], query: str) -> list[str]:
    """Return, sorted, the names of the documents that match query, whose terms are separated by spaces: a document must
    have the tag of every term "+tag", none of those of terms "-tag" and, if there are terms without a sign, at least
    one of these; a term that ends in "*" is met by any tag that begins with what is before the "*".

    >>> filter_by_tags({"a": ["red", "big"], "b": ["red"], "c": ["reed", "big"]}, "+big re*")
    ['a', 'c']
    """
    terms = query.split()
    found = []
    for name, tags in documents.items():
        needed = [_has(tags, term[1:]) for term in terms if term.startswith("+")]
        barred = [_has(tags, term[1:]) for term in terms if term.startswith("-")]
        optional = [_has(tags, term) for term in terms if term[0] not in "+-"]
        if all(needed) and not any(barred) and (any(optional) or not optional):
            found.append(name)
    return sorted(found)


def inputs_filter_by_tags(rng: Random) -> Iterator[tuple[dict[str, list[str]], str]]:
    yield {}, "red"
    yield {"b": ["red"], "a": []}, ""
    yield {"b": ["red"], "a": ["re"]}, "re"
    yield {"b": ["red", "big"], "a": ["red"]}, "red -big"
    yield {"b": ["red"], "a": []}, "+*"
    while True:
        names = draw.some(rng, "abcd", max_size=4, min_size=2)
        documents = {name: draw.some(rng, ["red", "reed", "big", "old"], max_size=3, min_size=1) for name in names}
        terms = []
        for _ in range(rng.randint(1, 3)):
            terms.append(rng.choice(["", "", "+", "-"]) + rng.choice(["red", "big", "old", "re*", "b*", "r"]))
        yield documents, " ".join(terms)


class TagIndex:
    """Index items by their tags without regard to case: add gives an item tags besides those it has, drop takes all
    tags from an item and returns how many it had, find returns the sorted items that have all the given tags, or [] if
    none is given, and cloud returns the tags in lower case that any item has as pairs (tag, number of items), most
    items first, ties in alphabetical order.

    >>> index = TagIndex()
    >>> index.add("x", ["Red", "big"])
    >>> index.add("y", ["red"])
    >>> index.cloud()
    [('red', 2), ('big', 1)]
    """

    def __init__(self) -> None:
        self._items: dict[str, set[str]] = {}

    def add(self, item: str, tags: list[str]) -> None:
        for tag in tags:
            self._items.setdefault(tag.lower(), set()).add(item)

    def drop(self, item: str) -> int:
        held = [tag for tag, items in self._items.items() if item in items]
        for tag in held:
            self._items[tag].remove(item)
            if not self._items[tag]:
                del self._items[tag]
        return len(held)

    def find(self, tags: list[str]) -> list[str]:
        matches = [self._items.get(tag.lower(), set()) for tag in tags]
        return sorted(set.intersection(*matches)) if matches else []

    def cloud(self) -> list[tuple[str, int]]:
        counts = [(tag, len(items)) for tag, items in self._items.items()]
        return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def inputs_TagIndex(rng: Random) -> Iterator[draw.Calls]:
    yield [("TagIndex",), ("find", []), ("find", ["red"]), ("drop", "x"), ("cloud",)]
    yield [("TagIndex",), ("add", "x", ["Red", "red"]), ("add", "y", ["big", "RED"]), ("find", ["rEd"]), ("cloud",)]
    yield [("TagIndex",), ("add", "x", ["red", "big"]), ("add", "y", ["red"]), ("drop", "x"), ("cloud",)]
    tags = ["red", "Red", "big", "old", "BIG"]
    while True:
        calls: draw.Calls = [("TagIndex",)]
        for _ in range(rng.randint(2, 3)):
            calls.append(("add", rng.choice("xyz"), draw.some(rng, tags, max_size=3, min_size=1)))
        if rng.random() < 0.4:
            calls.append(("drop", rng.choice("xyz")))
        calls.append(("find", draw.some(rng, tags, max_size=2, min_size=rng.choice((0, 1, 1, 1)))))
        yield [*calls, ("cloud",)]


class AliasBook:
    """Keep track of names that mean the same: link makes all aliases of two names aliases of each other and returns
    whether they were not yet, canonical returns the alphabetically first alias of a name, and aliases returns all of
    them sorted, the name itself included; a name that was never linked has only itself.

    >>> book = AliasBook()
    >>> book.link("bob", "rob")
    True
    >>> book.canonical("rob")
    'bob'
    """

    def __init__(self) -> None:
        self._better: dict[str, str] = {}

    def canonical(self, name: str) -> str:
        while name in self._better:
            name = self._better[name]
        return name

    def link(self, first: str, second: str) -> bool:
        low, high = sorted((self.canonical(first), self.canonical(second)))
        if low == high:
            return False
        self._better[high] = low
        return True

    def aliases(self, name: str) -> list[str]:
        root = self.canonical(name)
        return sorted([root, *(other for other in self._better if self.canonical(other) == root)])


def inputs_AliasBook(rng: Random) -> Iterator[draw.Calls]:
    yield [("AliasBook",), ("canonical", "x"), ("aliases", "x"), ("link", "x", "x")]
    yield [("AliasBook",), ("link", "c", "b"), ("link", "b", "a"), ("canonical", "c"), ("aliases", "b")]
    yield [
        ("AliasBook",),
        ("link", "a", "b"),
        ("link", "c", "d"),
        ("link", "d", "b"),
        ("link", "c", "a"),
        ("aliases", "d"),
    ]
    while True:
        calls: draw.Calls = [("AliasBook",)]
        for _ in range(rng.randint(2, 4)):
            calls.append(("link", rng.choice("abcde"), rng.choice("abcde")))
        yield [*calls, ("canonical", rng.choice("bcde")), ("aliases", rng.choice("abcde"))]


def staff_project(needed: set[str], people: dict[str, set[str]]) -> list[str]:
    """Return who to pick, in the order of picking, so that together they have all needed skills: pick again and again
    the one with the most needed skills that nobody picked has, the first in people on a tie, until none is lacking;
    raise ValueError if nobody has a skill that is lacking; needed and people stay as they are.

    >>> staff_project({"sql", "css", "go"}, {"ann": {"css"}, "bob": {"sql", "go"}, "cid": {"css", "c"}})
    ['bob', 'ann']
    """
    lacking = set(needed)
    picked = []
    while lacking:
        best, gain = "", 0
        for name, skills in people.items():
            if len(skills & lacking) > gain:
                best, gain = name, len(skills & lacking)
        if gain == 0:
            raise ValueError("a skill that nobody has")
        picked.append(best)
        lacking -= people[best]
    return picked


def inputs_staff_project(rng: Random) -> Iterator[tuple[set[str], dict[str, set[str]]]]:
    yield set(), {"ann": {"a"}}
    yield {"a"}, {}
    yield {"a", "b"}, {"ann": {"b"}}
    yield {"a", "b"}, {"ann": {"b"}, "bob": {"a"}, "cid": {"a"}}
    while True:
        people = {}
        for name in draw.some(rng, ["ann", "bob", "cid", "dan"], max_size=4, min_size=2):
            people[name] = set(draw.some(rng, "abcde", max_size=3, min_size=1))
        held = sorted(set().union(*people.values()))
        needed = set(draw.some(rng, held, max_size=4, min_size=1))
        if rng.random() < 0.08:
            needed.add("f")
        yield needed, people


def _verb(version: int | None) -> str:
    return "delete on" if version is None else "copy to"


def sync_actions(base: dict[str, int], left: dict[str, int], right: dict[str, int]) -> list[tuple[str, str]]:
    """Return what must be done to bring two folders, which map the names of their files to version numbers, into step,
    as pairs (name, action) sorted by name, base being how both were after the last time: nothing for a file that is the
    same or missing in both, else "copy to right" or "delete on right" if only left differs from base there, "copy to
    left" or "delete on left" if only right does, and "conflict" if both do.

    >>> sync_actions({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "c": 1})
    [('a', 'copy to right'), ('b', 'delete on left'), ('c', 'copy to left')]
    """
    actions = []
    for name in sorted({*base, *left, *right}):
        before, ours, theirs = base.get(name), left.get(name), right.get(name)
        if ours == theirs:
            continue
        if theirs == before:
            action = f"{_verb(ours)} right"
        elif ours == before:
            action = f"{_verb(theirs)} left"
        else:
            action = "conflict"
        actions.append((name, action))
    return actions


def inputs_sync_actions(rng: Random) -> Iterator[tuple[dict[str, int], dict[str, int], dict[str, int]]]:
    yield {}, {}, {}
    yield {"a": 1}, {}, {}
    yield {"a": 1}, {"a": 2}, {"a": 2}
    yield {"a": 1}, {"a": 2}, {}
    yield {}, {"a": 1}, {"a": 2}
    while True:
        base, left, right = (
            {name: rng.randint(1, 2) for name in "abcd" if rng.random() < share} for share in (0.7, 0.6, 0.6)
        )
        yield base, left, right


def merge_accounts(accounts: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Merge accounts (name, addresses) that belong together because they share an address, directly or by way of other
    accounts: return one (name, addresses) for each person, in the order of their first accounts, with the name of that
    account and the different addresses of all sorted; an account without addresses stays by itself.

    >>> merge_accounts([("ann", ["a", "c"]), ("bob", ["b"]), ("al", ["d", "c"])])
    [('ann', ['a', 'c', 'd']), ('bob', ['b'])]
    """
    people: list[tuple[str, set[str]]] = []
    for name, addresses in accounts:
        same = [person for person in people if not person[1].isdisjoint(addresses)]
        if same:
            first, *others = same
            first[1].update(addresses, *(known for _, known in others))
            people = [person for person in people if person not in others]
        else:
            people.append((name, set(addresses)))
    return [(name, sorted(known)) for name, known in people]


def inputs_merge_accounts(rng: Random) -> Iterator[tuple[list[tuple[str, list[str]]]]]:
    yield ([],)
    yield ([("ann", []), ("ann", [])],)
    yield ([("ann", ["b", "a", "b"])],)
    yield ([("ann", ["a"]), ("bob", ["b"]), ("cid", ["b", "a"])],)
    yield ([("ann", ["a"]), ("bob", ["c"]), ("cid", ["c"]), ("dan", ["b", "c"])],)
    while True:
        accounts = []
        for _ in range(rng.randint(2, 5)):
            accounts.append((rng.choice(["ann", "bob", "cid"]), draw.some(rng, "abcdefg", max_size=2, min_size=1)))
        if rng.random() < 0.1:
            accounts[-1] = ("dan", [])
        yield (accounts,)


def cover_opening_hours(opens: int, closes: int, shifts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return as few shifts (start, end) as cover all hours from opens, less than closes, to closes: pick again and
    again, of the shifts that start no later than what is covered so far reaches (opens at first), the one that ends
    last, the first in the list on a tie, until closes is reached or passed; raise ValueError if no shift gets further.

    >>> cover_opening_hours(9, 18, [(13, 19), (8, 12), (9, 14), (12, 18)])
    [(9, 14), (13, 19)]
    """
    picked = []
    reach = opens
    while reach < closes:
        best = (opens, reach)
        for start, end in shifts:
            if start <= reach and end > best[1]:
                best = (start, end)
        if best[1] == reach:
            raise ValueError("uncovered hours")
        picked.append(best)
        reach = best[1]
    return picked


def inputs_cover_opening_hours(rng: Random) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    yield 9, 12, []
    yield 9, 12, [(9, 12)]
    yield 9, 12, [(10, 12)]
    yield 9, 12, [(9, 11), (8, 11), (11, 12)]
    yield 9, 12, [(9, 10), (11, 12)]
    while True:
        opens = rng.randint(6, 9)
        closes = opens + rng.randint(2, 6)
        reach, shifts = opens, []
        while reach < closes:
            start = max(opens - 1, reach - rng.choice((0, 0, 1, 2)))
            reach += rng.randint(1, 3)
            shifts.append((start, reach))
        while len(shifts) < 5:
            start = rng.randint(opens - 1, closes - 1)
            shifts.append((start, start + rng.randint(1, 4)))
        rng.shuffle(shifts)
        if rng.random() < 0.15:
            shifts = shifts[2:]
        yield opens, closes, shifts


def _words_of(title: str) -> set[str]:
    return set(title.lower().split())


def similar_titles(titles: list[str], least: int) -> list[tuple[int, int, int]]:
    """Return the pairs of titles that are alike as (i, j, percent), i < j being their indexes and percent the number of
    different words they share out of the different words that either has, as a percentage rounded down (0 if neither
    has any): those with at least least percent, highest percent first, ties by i and then j; words are separated by
    spaces and upper and lower case are the same.

    >>> similar_titles(["Red fox", "blue dog", "the red dog"], 25)
    [(0, 2, 25), (1, 2, 25)]
    """
    alike = []
    for j, second in enumerate(titles):
        for i, first in enumerate(titles[:j]):
            either = _words_of(first) | _words_of(second)
            shared = _words_of(first) & _words_of(second)
            percent = 100 * len(shared) // len(either) if either else 0
            if percent >= least:
                alike.append((i, j, percent))
    return sorted(alike, key=lambda pair: (-pair[2], pair[0], pair[1]))


def inputs_similar_titles(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 50
    yield ["", " "], 0
    yield ["red fox", "Fox RED", "fox fox red"], 100
    yield ["red fox", "fox", "red"], 50
    yield ["red fox dog", "dog"], 34
    while True:
        titles = []
        for _ in range(rng.randint(3, 4)):
            titles.append(" ".join(draw.words(rng, 3, 1, ["red", "Red", "fox", "dog", "FOX"])))
        yield titles, rng.choice((20, 33, 34, 50, 50, 51, 66, 67))


def audit_rules(rules: list[tuple[str, list[int]]]) -> list[tuple[int, str]]:
    """Return findings (index, finding), by index, about firewall rules (action, ports), of which for each port the
    first one that names it decides: a rule all of whose ports (one or more) are named by earlier rules is "redundant"
    if its own action was already decided for all of them, else "shadowed"; there is nothing to say about other rules.

    >>> audit_rules([("allow", [80, 22]), ("deny", [22, 25]), ("allow", [22]), ("deny", [22, 25])])
    [(2, 'redundant'), (3, 'shadowed')]
    """
    decided: dict[int, str] = {}
    findings = []
    for index, (action, ports) in enumerate(rules):
        earlier = {decided.get(port) for port in ports}
        if earlier == {action}:
            findings.append((index, "redundant"))
        elif None not in earlier:
            findings.append((index, "shadowed"))
        for port in ports:
            decided.setdefault(port, action)
    return findings


def inputs_audit_rules(rng: Random) -> Iterator[tuple[list[tuple[str, list[int]]]]]:
    yield ([],)
    yield ([("deny", [22]), ("allow", [22]), ("deny", [22])],)
    yield ([("deny", [22]), ("allow", [80]), ("allow", [22, 80])],)
    yield ([("deny", [22, 22])],)
    while True:
        rules = []
        for _ in range(rng.randint(3, 5)):
            rules.append((rng.choice(["allow", "deny"]), draw.some(rng, [22, 25, 80, 443], max_size=2, min_size=1)))
        yield (rules,)


def assign_exam_slots(exams: dict[str, list[int]], seats: int) -> list[list[str]]:
    """Return the names of the exams in each time slot: taking the exams by number of students, largest first and by
    name on a tie, put each into the first slot in which none of its students (different numbers) sits another exam and
    all students together are at most seats, and after those there, or else into a new last slot; raise ValueError if an
    exam has more students than seats.

    >>> assign_exam_slots({"art": [1], "bio": [1, 2], "che": [3]}, 3)
    [['bio', 'che'], ['art']]
    """
    slots: list[tuple[list[str], set[int]]] = []
    for name in sorted(exams, key=lambda name: (-len(exams[name]), name)):
        students = exams[name]
        if len(students) > seats:
            raise ValueError("too few seats")
        for names, busy in slots:
            if busy.isdisjoint(students) and len(busy) + len(students) <= seats:
                names.append(name)
                busy.update(students)
                break
        else:
            slots.append(([name], set(students)))
    return [names for names, _ in slots]


def inputs_assign_exam_slots(rng: Random) -> Iterator[tuple[dict[str, list[int]], int]]:
    yield {}, 3
    yield {"art": [1, 2, 3]}, 2
    yield {"art": [1], "bio": [2], "che": [3]}, 2
    yield {"bio": [1, 2], "art": [2, 3]}, 4
    yield {"bio": [1, 2], "art": [3, 4]}, 4
    while True:
        names = draw.some(rng, ["art", "bio", "che", "dra", "eco"], max_size=5, min_size=3)
        exams = {name: draw.some(rng, range(1, 8), max_size=3, min_size=1) for name in names}
        yield exams, rng.choice((3, 4, 5, 6)) if rng.random() < 0.9 else 2


def _members(groups: dict[str, list[str]], name: str, above: tuple[str, ...]) -> set[str]:
    if name in above:
        return set()
    members: set[str] = set()
    barred = set()
    for entry in groups[name]:
        if entry.startswith("@"):
            members |= _members(groups, entry[1:], (*above, name))
        elif entry.startswith("-"):
            barred.add(entry[1:])
        else:
            members.add(entry)
    return members - barred


def expand_group(groups: dict[str, list[str]], name: str) -> list[str]:
    """Return the users in the named group sorted: the entries of a group are users, "@other" for all users in the group
    other, and "-user", which wherever it stands keeps that user out of this group, whether named in it or come by way
    of another; a group met again while it is itself being expanded adds nobody; raise KeyError for a group that is not
    there.

    >>> expand_group({"all": ["-bob", "cid", "@dev"], "dev": ["bob", "ann", "@all"]}, "all")
    ['ann', 'cid']
    """
    return sorted(_members(groups, name, ()))


def inputs_expand_group(rng: Random) -> Iterator[tuple[dict[str, list[str]], str]]:
    yield {"x": []}, "x"
    yield {"x": ["bob"]}, "y"
    yield {"x": ["@y"]}, "x"
    yield {"x": ["@x", "bob"]}, "x"
    yield {"x": ["@y", "@z"], "y": ["@z", "-ann"], "z": ["ann", "bob"]}, "x"
    entries = ["ann", "bob", "cid", "@x", "@y", "@z", "@y", "@z", "-ann", "-bob"]
    while True:
        groups = {group: draw.some(rng, entries, max_size=4, min_size=2) for group in "xyz"}
        if rng.random() < 0.05:
            del groups["z"]
        yield groups, rng.choice("xxy")


class BlockList:
    """Hold a set of numbers as ranges (first, last), both ends included: block puts in all numbers from low to high, at
    least low, and returns how many ranges there were that it grew into one with theirs (because they overlapped or
    touched low to high), free takes all numbers from low to high out, and ranges returns the fewest ranges that hold
    just the blocked numbers, ascending.

    >>> blocks = BlockList()
    >>> blocks.block(1, 3)
    0
    >>> blocks.block(4, 9)
    1
    >>> blocks.free(6, 7)
    >>> blocks.ranges()
    [(1, 5), (8, 9)]
    """

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def block(self, low: int, high: int) -> int:
        apart = []
        joined = 0
        for first, last in self._ranges:
            if last + 1 < low or high + 1 < first:
                apart.append((first, last))
            else:
                low, high = min(low, first), max(high, last)
                joined += 1
        self._ranges = [*apart, (low, high)]
        return joined

    def free(self, low: int, high: int) -> None:
        kept = []
        for first, last in self._ranges:
            if first < low:
                kept.append((first, min(last, low - 1)))
            if last > high:
                kept.append((max(first, high + 1), last))
        self._ranges = kept

    def ranges(self) -> list[tuple[int, int]]:
        return sorted(self._ranges)


def inputs_BlockList(rng: Random) -> Iterator[draw.Calls]:
    yield [("BlockList",), ("free", 1, 5), ("ranges",)]
    yield [("BlockList",), ("block", 2, 4), ("block", 6, 7), ("block", 5, 5), ("ranges",)]
    yield [("BlockList",), ("block", 2, 4), ("block", 6, 7), ("ranges",)]
    yield [("BlockList",), ("block", 2, 8), ("free", 2, 2), ("free", 8, 8), ("free", 5, 5), ("ranges",)]
    while True:
        calls: draw.Calls = [("BlockList",)]
        for kind in ["block", *rng.choices(["block", "free"], [2, 1], k=rng.randint(2, 4))]:
            low = rng.randint(1, 12)
            calls.append((kind, low, low + rng.randint(0, 4)))
        yield [*calls, ("ranges",)]


def trending_tags(posts: list[list[str]], least: int) -> list[tuple[str, int]]:
    """Return (tag, number of posts) for the tags that at least least posts have, most posts first and on a tie the one
    that came first in posts first; upper and lower case are the same, a tag counts once for a post however often it has
    it, and is spelled as where it came first.

    >>> trending_tags([["Sun", "rain"], ["fog", "sun", "SUN"], ["rain"]], 2)
    [('Sun', 2), ('rain', 2)]
    """
    spelling: dict[str, str] = {}
    counts: dict[str, int] = {}
    for tags in posts:
        for tag in tags:
            spelling.setdefault(tag.lower(), tag)
        for key in {tag.lower() for tag in tags}:
            counts[key] = counts.get(key, 0) + 1
    shared = [key for key in spelling if counts[key] >= least]
    shared.sort(key=lambda key: -counts[key])
    return [(spelling[key], counts[key]) for key in shared]


def inputs_trending_tags(rng: Random) -> Iterator[tuple[list[list[str]], int]]:
    yield [], 1
    yield [["sun", "Sun"]], 2
    yield [["sun", "fog"], ["fog"]], 1
    yield [["fog"], ["SUN"], ["sun"]], 2
    vocabulary = ["sun", "Sun", "fog", "FOG", "rain", "hail"]
    while True:
        posts = [draw.words(rng, 3, 1, vocabulary) for _ in range(rng.randint(2, 5))]
        yield posts, rng.randint(1, 3)
