"""Graphs as adjacency dicts and lists of edges: routes, orders, loops, groups, spanning links."""

import heapq
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def cheapest_route(roads: list[tuple[str, str, int]], start: str, goal: str) -> tuple[int, list[str]]:
    """Return the total cost and the towns, both ends included, of the cheapest route from start to goal over two-way
    roads (town, town, cost), of equally cheap ones that with the fewest towns, then the one whose list of towns is
    smallest; raise ValueError if there is none, while a town always reaches itself at cost 0.

    >>> cheapest_route([("a", "b", 4), ("a", "c", 1), ("b", "c", 2)], "a", "b")
    (3, ['a', 'c', 'b'])
    """
    near: dict[str, list[tuple[str, int]]] = {start: []}
    for one, other, cost in roads:
        near.setdefault(one, []).append((other, cost))
        near.setdefault(other, []).append((one, cost))
    queue = [(0, 1, [start])]
    done: set[str] = set()
    while queue:
        spent, size, route = heapq.heappop(queue)
        here = route[-1]
        if here == goal:
            return spent, route
        if here in done:
            continue
        done.add(here)
        for town, cost in near[here]:
            heapq.heappush(queue, (spent + cost, size + 1, [*route, town]))
    raise ValueError("no route")


def inputs_cheapest_route(rng: Random) -> Iterator[tuple[list[tuple[str, str, int]], str, str]]:
    yield [], "a", "a"
    yield [], "a", "b"
    yield [("a", "b", 2), ("b", "c", 2), ("a", "c", 4)], "a", "c"
    yield [("a", "c", 1), ("c", "d", 1), ("a", "b", 1), ("b", "d", 1)], "a", "d"
    yield [("b", "a", 3), ("c", "b", 0)], "a", "c"
    while True:
        roads = []
        for _ in range(rng.randint(4, 6)):
            one, other = rng.sample("abcd", 2)
            roads.append((one, other, rng.choice([1, 1, 2, 2, 3, 4, 5])))
        yield roads, rng.choice("abc"), rng.choice("abcd")


def split_teams(people: list[str], conflicts: list[tuple[str, str]]) -> tuple[list[str], list[str]] | None:
    """Return two teams such that no pair in conflict is in the same one, or None if that is impossible, where the
    earliest person of those linked by conflicts, directly or through others, goes to the first team and each team
    keeps the order of the people, who are all different; conflicts are between two different people of the list.

    >>> split_teams(["ann", "bob", "cy", "dan"], [("cy", "bob"), ("bob", "ann")])
    (['ann', 'cy', 'dan'], ['bob'])
    """
    team: dict[str, int] = {}
    for person in people:
        if person in team:
            continue
        team[person] = 0
        todo = [person]
        while todo:
            one = todo.pop()
            for pair in conflicts:
                if one not in pair:
                    continue
                other = pair[1] if pair[0] == one else pair[0]
                if other not in team:
                    team[other] = 1 - team[one]
                    todo.append(other)
                elif team[other] == team[one]:
                    return None
    return [p for p in people if team[p] == 0], [p for p in people if team[p] == 1]


def inputs_split_teams(rng: Random) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    yield [], []
    yield ["b", "a"], [("a", "b")]
    yield ["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")]
    yield ["d", "c", "b", "a"], [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    while True:
        people = draw.some(rng, "abcdef", 6, min_size=2)
        pairs = [rng.sample(people, 2) for _ in range(rng.randint(1, len(people) + 1))]
        yield people, [(one, other) for one, other in pairs]


def cheapest_cables(links: list[tuple[str, str, int]], highest: int) -> tuple[list[str], int, int]:
    """Return the cables to lay, their total price and the number of separate groups that the places named in the links
    then form: go through the possible links (place, place, price) from the cheapest on, equal prices in the order
    given, and lay, named as place-place, each one that costs no more than the highest price and joins two places that
    earlier cables do not connect yet.

    >>> cheapest_cables([("a", "b", 5), ("b", "c", 2), ("c", "a", 3), ("d", "a", 9)], 8)
    (['b-c', 'c-a'], 5, 2)
    """
    group = {place: place for link in links for place in link[:2]}
    laid: list[str] = []
    total = 0
    for one, other, price in sorted(links, key=lambda link: link[2]):
        kept, merged = group[one], group[other]
        if price <= highest and kept != merged:
            total += price
            laid.append(f"{one}-{other}")
            for place, owner in group.items():
                if owner == merged:
                    group[place] = kept
    return laid, total, len(set(group.values()))


def inputs_cheapest_cables(rng: Random) -> Iterator[tuple[list[tuple[str, str, int]], int]]:
    yield [], 3
    yield [("a", "b", 3)], 3
    yield [("a", "b", 3)], 2
    yield [("a", "b", 2), ("b", "a", 1), ("c", "b", 2), ("a", "c", 2)], 4
    yield [("a", "b", 1), ("c", "d", 1), ("b", "c", 2), ("a", "d", 2)], 9
    while True:
        ends = [rng.sample("abcde", 2) for _ in range(rng.randint(3, 7))]
        yield [(one, other, rng.randint(1, 4)) for one, other in ends], rng.randint(2, 4)


class RoleBook:
    """Keep roles with permissions: grant gives a permission to a role, inherit lets a role have whatever a base role
    has, now and later, or raises ValueError if the base is the role itself or inherits from it at any depth, and
    permissions returns the permissions of a role, its own and the inherited ones at any depth, sorted and without
    repeats.

    >>> book = RoleBook()
    >>> book.grant("guest", "read")
    >>> book.inherit("editor", "guest")
    >>> book.grant("editor", "edit")
    >>> book.permissions("editor")
    ['edit', 'read']
    """

    def __init__(self) -> None:
        self._own: dict[str, set[str]] = {}
        self._bases: dict[str, list[str]] = {}

    def _lineage(self, role: str) -> set[str]:
        roles = {role}
        for base in self._bases.get(role, []):
            roles |= self._lineage(base)
        return roles

    def grant(self, role: str, permission: str) -> None:
        self._own.setdefault(role, set()).add(permission)

    def inherit(self, role: str, base: str) -> None:
        if role in self._lineage(base):
            raise ValueError("circular roles")
        self._bases.setdefault(role, []).append(base)

    def permissions(self, role: str) -> list[str]:
        return sorted({name for one in self._lineage(role) for name in self._own.get(one, set())})


def inputs_RoleBook(rng: Random) -> Iterator[draw.Calls]:
    yield [("RoleBook",), ("permissions", "a")]
    yield [("RoleBook",), ("grant", "a", "run"), ("inherit", "a", "a"), ("permissions", "a")]
    yield [("RoleBook",), ("inherit", "a", "b"), ("inherit", "b", "c"), ("inherit", "c", "a"), ("grant", "c", "run")]
    yield [("RoleBook",), ("inherit", "a", "b"), ("inherit", "a", "c"), ("grant", "b", "x"), ("permissions", "a")]
    while True:
        calls: draw.Calls = [("RoleBook",)]
        for _ in range(rng.randint(3, 5)):
            if rng.random() < 0.5:
                calls.append(("grant", rng.choice("abc"), rng.choice(["run", "see", "del"])))
            else:
                pair = rng.choice(["ab", "bc", "ab", "bc", "ac", "ba", "cb"])
                calls.append(("inherit", pair[0], pair[1]))
        yield [*calls, ("permissions", "a"), ("permissions", rng.choice("bc"))]


def outage_spread(calls: dict[str, list[str]], down: str, hops: int) -> list[tuple[str, int]]:
    """Return which other services fail when one is down, as (service, step) pairs sorted by step and then by name:
    calls lists what each service calls, a service fails one step after the first failure among those it calls, the one
    that is down fails in step 0, and failures after step hops are left out.

    >>> outage_spread({"web": ["api"], "api": ["db"], "job": ["db", "api"]}, "db", 2)
    [('api', 1), ('job', 1), ('web', 2)]
    """
    steps = {down: 0}
    for step in range(1, hops + 1):
        failing = [name for name, used in calls.items() if name not in steps and any(one in steps for one in used)]
        for name in failing:
            steps[name] = step
    del steps[down]
    return sorted(steps.items(), key=lambda pair: (pair[1], pair[0]))


def inputs_outage_spread(rng: Random) -> Iterator[tuple[dict[str, list[str]], str, int]]:
    yield {}, "db", 3
    yield {"web": ["db"]}, "db", 0
    yield {"c": ["b"], "b": ["a"], "a": ["c"]}, "a", 1
    yield {"a": ["b"], "b": ["c"], "c": ["d"]}, "d", 2
    while True:
        names = rng.sample("abcde", 5)
        calls = {name: draw.some(rng, names, 2) for name in names[1:]}
        yield calls, rng.choice(names[:2]), rng.randint(1, 3)


def _loop_from(module: str, trail: list[str], imports: dict[str, list[str]]) -> list[str]:
    if module in trail:
        return [*trail[trail.index(module) :], module]
    for imported in imports.get(module, []):
        loop = _loop_from(imported, [*trail, module], imports)
        if loop:
            return loop
    return []


def find_import_loop(imports: dict[str, list[str]]) -> list[str]:
    """Return the first circular import met when walking depth first from each module in turn, the keys in alphabetical
    order, along its imports in the order listed: the part of the walk from the module met again up to and including its
    second mention, or an empty list if there is none.

    >>> find_import_loop({"main": ["util", "db"], "db": ["model"], "model": ["db"]})
    ['db', 'model', 'db']
    """
    for module in sorted(imports):
        loop = _loop_from(module, [], imports)
        if loop:
            return loop
    return []


def inputs_find_import_loop(rng: Random) -> Iterator[tuple[dict[str, list[str]]]]:
    yield ({},)
    yield ({"a": ["a"]},)
    yield ({"a": ["b"], "b": ["c"], "d": ["b"]},)
    yield ({"c": ["b"], "b": ["c"], "a": ["b"]},)
    while True:
        names = rng.sample("abcde", 5)
        yield ({name: draw.some(rng, "abcde", rng.choice([1, 2])) for name in names[: rng.randint(2, 5)]},)


def _finish(task: str, tasks: dict[str, tuple[int, list[str]]]) -> int:
    days, needed = tasks[task]
    return days + max((_finish(other, tasks) for other in needed), default=0)


def critical_path(tasks: dict[str, tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """Return the days that all tasks (days, tasks needed before) take when each begins as soon as what it needs is
    done, and the chain of tasks, first one first, that decides it: the task that finishes last, before it the one of
    its needed tasks that finishes last, and so on, equally late ones decided by the alphabetically first name; no
    tasks take 0 days, and no task needs itself at any depth.

    >>> critical_path({"dig": (3, []), "order": (4, []), "build": (2, ["dig", "order"])})
    (6, ['order', 'build'])
    """
    chain: list[str] = []
    candidates = list(tasks)
    while candidates:
        last = min(candidates, key=lambda task: (-_finish(task, tasks), task))
        chain.insert(0, last)
        candidates = tasks[last][1]
    return sum(tasks[task][0] for task in chain), chain


def inputs_critical_path(rng: Random) -> Iterator[tuple[dict[str, tuple[int, list[str]]]]]:
    yield ({},)
    yield ({"b": (2, []), "a": (2, [])},)
    yield ({"a": (0, ["b"]), "b": (3, [])},)
    yield ({"a": (1, ["c", "b"]), "b": (3, []), "c": (3, [])},)
    while True:
        names = rng.sample("abcdef", rng.randint(3, 5))
        tasks = {name: (rng.randint(1, 4), draw.some(rng, names[:n], 2)) for n, name in enumerate(names)}
        yield ({name: tasks[name] for name in rng.sample(names, len(names))},)


def follow_suggestions(follows: dict[str, list[str]], user: str, limit: int) -> list[tuple[str, int]]:
    """Return at most limit (name, votes) pairs of people the user may want to follow: each person whom the user
    follows gives one vote to everyone he follows himself, the user and those the user follows already are left out,
    most votes come first, then names in alphabetical order; whoever is no key follows nobody, and no list has repeats.

    >>> follow_suggestions({"ann": ["bob", "cy"], "bob": ["dan", "eve"], "cy": ["ann", "eve", "bob"]}, "ann", 2)
    [('eve', 2), ('dan', 1)]
    """
    followed = follows.get(user, [])
    votes: dict[str, int] = {}
    for friend in followed:
        for name in follows.get(friend, []):
            if name != user and name not in followed:
                votes[name] = votes.get(name, 0) + 1
    return sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def inputs_follow_suggestions(rng: Random) -> Iterator[tuple[dict[str, list[str]], str, int]]:
    yield {}, "a", 3
    yield {"a": ["b"], "b": ["a", "c"]}, "a", 3
    yield {"a": ["b", "c"], "b": ["e", "d"], "c": ["d", "e", "f"]}, "a", 2
    while True:
        follows = {"a": draw.some(rng, "bcd", 3, min_size=1)}
        for name in rng.sample("bcd", 3):
            follows[name] = draw.some(rng, "abcdef".replace(name, ""), 4, min_size=1)
        yield follows, rng.choice("aaab"), rng.randint(1, 3)


def _reached(start: str, links: list[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        page = todo.pop()
        for source, target in links:
            if source == page and target not in found:
                found.add(target)
                todo.append(target)
    return found


def mutual_groups(links: list[tuple[str, str]]) -> list[list[str]]:
    """Return the largest possible groups of pages in which every page can be reached from every page of the group,
    itself included, by following one or more of the one-way links (source, target), each group sorted, those with more
    pages first, then in alphabetical order.

    >>> mutual_groups([("b", "c"), ("c", "b"), ("a", "b"), ("d", "d")])
    [['b', 'c'], ['d']]
    """
    reach = {page: _reached(page, links) for link in links for page in link}
    groups = {tuple(sorted(other for other in found if page in reach[other])) for page, found in reach.items()}
    return [list(group) for group in sorted(groups - {()}, key=lambda group: (-len(group), group))]


def inputs_mutual_groups(rng: Random) -> Iterator[tuple[list[tuple[str, str]]]]:
    yield ([],)
    yield ([("a", "b")],)
    yield ([("b", "b"), ("a", "a"), ("a", "b")],)
    yield ([("a", "b"), ("b", "a"), ("d", "c"), ("c", "e"), ("e", "d"), ("b", "c")],)
    while True:
        yield ([(rng.choice("abcde"), rng.choice("abcde")) for _ in range(rng.randint(3, 7))],)


def _one_apart(first: str, second: str) -> bool:
    if len(first) == len(second):
        return sum(one != other for one, other in zip(first, second, strict=True)) == 1
    shorter, longer = sorted([first, second], key=len)
    return any(longer[:cut] + longer[cut + 1 :] == shorter for cut in range(len(longer)))


def word_ladder(start: str, goal: str, words: list[str]) -> int:
    """Return the fewest steps from start to goal, where a step replaces, inserts or deletes one letter and must give
    one of the words, so the goal has to be among them unless it is the start, which takes 0 steps; -1 if there is no
    way.

    >>> word_ladder("cat", "oats", ["oat", "bat", "bats", "oats"])
    2
    """
    unused = set(words)
    level = {start}
    steps = 0
    while level and goal not in level:
        level = {word for word in unused if any(_one_apart(word, other) for other in level)}
        unused -= level
        steps += 1
    return steps if level else -1


def inputs_word_ladder(rng: Random) -> Iterator[tuple[str, str, list[str]]]:
    yield "ab", "ab", []
    yield "ab", "ac", []
    yield "ab", "abc", ["abc"]
    yield "ab", "ba", ["ba", "aa"]
    yield "a", "bbb", ["b", "bb", "bbb"]
    while True:
        words = [draw.text(rng, "abc", 3, min_size=1) for _ in range(rng.randint(4, 8))]
        goal = rng.choice(words) if rng.random() < 0.95 else "cab"
        yield draw.text(rng, "abc", 3, min_size=2), goal, words


def _still_joined(first: str, second: str, links: list[tuple[str, str]]) -> bool:
    met = {first}
    size = 0
    while size < len(met):
        size = len(met)
        met.update([place for link in links if not met.isdisjoint(link) for place in link])
    return second in met


def critical_links(links: list[tuple[str, str]]) -> list[str]:
    """Return the two-way links, as place-place and in the order given, without which there would be no way left
    between their own two places; a link given twice is no such link, nor is one from a place to itself.

    >>> critical_links([("a", "b"), ("b", "c"), ("c", "a"), ("d", "c")])
    ['d-c']
    """
    critical: list[str] = []
    for number, (one, other) in enumerate(links):
        rest = links[:number] + links[number + 1 :]
        if not _still_joined(one, other, rest):
            critical.append(f"{one}-{other}")
    return critical


def inputs_critical_links(rng: Random) -> Iterator[tuple[list[tuple[str, str]]]]:
    yield ([],)
    yield ([("a", "a")],)
    yield ([("b", "a"), ("a", "b"), ("b", "c")],)
    yield ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("d", "e")],)
    while True:
        pairs = [rng.sample("abcdef", 2) for _ in range(rng.randint(3, 7))]
        yield ([(one, other) for one, other in pairs],)
