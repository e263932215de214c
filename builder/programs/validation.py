"""Checking what comes in: check digits, frames, names, passwords, records, orders, ranges, permissions and flags."""

import re
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw

_TIERS = (("70", 8, "crew"), ("7", 8, "gold"), ("4", 6, "basic"), ("49", 8, "basic plus"))


def loyalty_tier(number: str) -> str | None:
    """Return the tier of a loyalty card number, blanks and hyphens in it not counting, or None unless it consists of
    digits 0 to 9 and its check is right: going from the last digit to the left, every second digit from the last but
    one on is doubled, less 9 if that makes 10 or more, and the sum of all must be a multiple of 10; the tier is "crew"
    for 8 digits that begin with 70, "gold" for 8 with any other beginning in 7, "basic" for 6 beginning with 4, "basic
    plus" for 8 beginning with 49, and "guest" for all others.

    >>> loyalty_tier("4000 02")
    'basic'
    >>> loyalty_tier("75")
    'guest'
    """
    digits = number.replace(" ", "").replace("-", "")
    if re.fullmatch("[0-9]+", digits) is None:
        return None
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value if value < 10 else value - 9
    if total % 10 != 0:
        return None
    for beginning, length, tier in _TIERS:
        if digits.startswith(beginning) and len(digits) == length:
            return tier
    return "guest"


def _with_check_digit(body: str) -> str:
    doubled = "0246813579"
    total = sum(int(doubled[int(d)] if i % 2 == 0 else d) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def inputs_loyalty_tier(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("0",)
    yield ("- -",)
    yield ("75",)
    yield ("76",)
    yield ("7a",)
    yield ("59",)
    while True:
        beginning = rng.choice(["70", "71", "75", "7", "4", "4", "49", "49", "50", ""])
        size = rng.choice([7, 7, 5, 5, 6, 4])
        body = (beginning + draw.text(rng, "0123456789", 8, 8))[:size]
        number = _with_check_digit(body) if rng.random() < 0.8 else body + rng.choice("0123456789x")
        cut = rng.randint(1, len(number))
        yield (number[:cut] + rng.choice(["", " ", "-", ""]) + number[cut:],)


def isbn10_to_13(isbn: str) -> str:
    """Turn a ten-digit ISBN, in which hyphens do not count, into the thirteen-digit one, as digits only: the ten digits
    times 10, 9 and so on down to 1 must add up to a multiple of 11, the last one possibly being X for 10, and the new
    number is 978, the first nine digits and the check digit that makes the sum of all thirteen digits, every second one
    times 3, a multiple of 10; raise ValueError if there are not ten digits or the check of the old number fails.

    >>> isbn10_to_13("0-000-00001-9")
    '9780000000019'
    """
    digits = isbn.replace("-", "")
    if len(digits) != 10:
        raise ValueError("not ten digits")
    total = 10 if digits[9] == "X" else int(digits[9])
    for place in range(9):
        total += (10 - place) * int(digits[place])
    if total % 11 != 0:
        raise ValueError("wrong check digit")
    body = "978" + digits[:9]
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
    return f"{body}{check}"


def inputs_isbn10_to_13(rng: Random) -> Iterator[tuple[str]]:
    yield ("0000000000",)
    yield ("0-306-40615-2",)
    yield ("0306406153",)
    yield ("",)
    yield ("X000000001",)
    yield ("000000000",)
    while True:
        body = draw.text(rng, "0123456789", 9, 9)
        total = sum((10 - place) * int(digit) for place, digit in enumerate(body))
        check = "0123456789X"[-total % 11]
        if rng.random() < 0.12:
            check = rng.choice(["", "1", "5", "X", "00"])
        yield (rng.choice([body + check, f"{body[:1]}-{body[1:5]}-{body[5:]}-{check}"]),)


def password_problems(password: str, name: str) -> list[str]:
    """Return, in this order, the problems of a new password that apply: "short" for less than 8 characters, "no digit",
    "no capital" without a capital letter, "run" if any character stands three times in a row, and "name" if it contains
    the name of the user, in capitals or not, where a name of less than 3 characters is not looked for; digits and
    letters are ASCII.

    >>> password_problems("xAnnaaa1", "anna")
    ['run', 'name']
    """
    problems = []
    if len(password) < 8:
        problems.append("short")
    if not any(char.isdigit() for char in password):
        problems.append("no digit")
    if not any(char.isupper() for char in password):
        problems.append("no capital")
    if any(password[at : at + 3] == 3 * password[at] for at in range(len(password))):
        problems.append("run")
    if len(name) >= 3 and name.lower() in password.lower():
        problems.append("name")
    return problems


def inputs_password_problems(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", "bob"
    yield "Abcdef1", "bob"
    yield "Abcdefg1", "bob"
    yield "1234567Bobo", "bo"
    yield "1234567BOB", "Bob"
    yield "aabbaabB2", "aab"
    yield "9999999Z", "x"
    while True:
        parts = ["bob", "Bo", "BOB", "aaa", "aa", "a", "x1", "77", "7", "Q", "zz", "kk-"]
        yield "".join(draw.words(rng, 5, 2, parts)), rng.choice(["bob", "Bob", "bo", "BOb"])


def suggest_username(wanted: str, taken: list[str], limit: int) -> str:
    """Return a free username for the wanted one, without blanks around it and in lower case: its first limit (at least
    2) characters, or if that is taken the first free one with the number 2, 3 and so on at its end, the name before the
    number being cut so that all fits into the limit; taken holds lower-case names, and a wanted name that does not
    begin with a letter a to z or has anything but these letters, digits and underscores raises ValueError.

    >>> suggest_username(" Daisy", ["dais", "dai2"], 4)
    'dai3'
    """
    name = wanted.strip().lower()
    if re.fullmatch("[a-z][a-z0-9_]*", name) is None:
        raise ValueError("not a username")
    free = name[:limit]
    number = 1
    while free in taken:
        number += 1
        free = name[: limit - len(str(number))] + str(number)
    return free


def inputs_suggest_username(rng: Random) -> Iterator[tuple[str, list[str], int]]:
    yield "", [], 5
    yield "_a", [], 5
    yield "a b", [], 5
    yield "A", [], 2
    yield "ab", ["ab"], 3
    yield "ab", ["ab"], 2
    yield "ab", ["a2", "ab", "a4"], 2
    yield "a", ["a", *[f"a{n}" for n in range(2, 10)]], 2
    while True:
        wanted = rng.choice(["bob", "Bob ", " bobby", "bo_1", "B", "b2", "2b", "bob", "bobby"])
        pool = ["b", "bo", "bob", "bobb", "bobby", "b2", "bo2", "bob2", "bob3", "bo3", "bo_1", "b3", "bobby2"]
        yield (
            wanted + rng.choice(["", "", "", "-"] if rng.random() < 0.3 else [""]),
            draw.some(rng, pool, 9, 4),
            rng.choice([2, 3, 4, 5, 6]),
        )


def _is_kind(value: object, kind: str) -> bool:
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "bool":
        return isinstance(value, bool)
    if kind.startswith("list "):
        return isinstance(value, list) and all(_is_kind(item, kind.removeprefix("list ")) for item in value)
    return isinstance(value, str)


def schema_errors(record: dict[str, object], schema: dict[str, str]) -> list[str]:
    """Return the errors of a record against a schema from field to kind, sorted by field and at most one a field:
    "<field>: unknown" for one that the schema lacks, "<field>: missing" for one that is absent or None unless its kind
    ends in ?, and "<field>: not <kind>", the kind as it stands in the schema, for any other whose value does not fit;
    kinds are int (True and False do not fit), bool, str, and "list " before a kind for lists, perhaps empty, whose
    members all fit that kind.

    >>> schema_errors({"a": [1, "x"], "b": None}, {"a": "list int", "b": "str?", "c": "bool"})
    ['a: not list int', 'c: missing']
    """
    errors = []
    for field in sorted(record.keys() | schema.keys()):
        if field not in schema:
            errors.append(f"{field}: unknown")
        elif record.get(field) is None:
            if not schema[field].endswith("?"):
                errors.append(f"{field}: missing")
        elif not _is_kind(record[field], schema[field].removesuffix("?")):
            errors.append(f"{field}: not {schema[field]}")
    return errors


def inputs_schema_errors(rng: Random) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    yield {}, {}
    yield {}, {"a": "int", "b": "int?"}
    yield {"a": None}, {}
    yield {"a": True, "b": 1}, {"a": "int", "b": "bool"}
    yield {"a": [], "b": [[1], []]}, {"a": "list str", "b": "list list int?"}
    yield {"a": ["x", None]}, {"a": "list str?"}
    while True:
        kinds = ["int", "int?", "bool", "str", "str?", "list int", "list bool?", "list str", "list list int"]
        schema = {field: rng.choice(kinds) for field in draw.some(rng, ["b", "a", "c"], 3, 1)}
        record: dict[str, object] = {}
        for field in draw.some(rng, ["c", "a", "b"], 3, 1):
            values = [1, 0, True, False, "x", "", None, [], [1, 2], [1, True], [False], ["x", "y"], [[3], []], [[1], 2]]
            record[field] = rng.choice(values)
        yield record, schema


def email_problem(address: str) -> str | None:
    """Return the first problem of an e-mail address, or None: "at" unless it has exactly one @, "name" unless what is
    before that is one or more pieces joined by single points, each of one or more characters a to z, 0 to 9, _ + and -,
    "domain" unless what is after it is two or more labels joined by points, each of one or more characters a to z, 0 to
    9 and - that neither begins nor ends with -, and "ending" unless the last label has at least two characters and
    letters only.

    >>> email_problem("a.b@c-d.e1")
    'ending'
    """
    if address.count("@") != 1:
        return "at"
    name, domain = address.split("@")
    if any(re.fullmatch("[a-z0-9_+-]+", piece) is None for piece in name.split(".")):
        return "name"
    labels = domain.split(".")
    for label in labels:
        if re.fullmatch("[a-z0-9-]+", label) is None or label[0] == "-" or label[-1] == "-":
            return "domain"
    if len(labels) < 2:
        return "domain"
    return None if len(labels[-1]) >= 2 and labels[-1].isalpha() else "ending"


def inputs_email_problem(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("@",)
    yield ("a@b",)
    yield ("a@b.cd",)
    yield ("a@b@c.de",)
    yield ("a..b@c.de",)
    yield ("a@-b.de",)
    yield ("a@b-.de",)
    yield ("a@b..de",)
    yield ("a@b.c",)
    yield ("a@b.c-d",)
    while True:
        name = ".".join(draw.words(rng, 2, 1, ["a", "b_1", "c+d", "x-", "e2"]))
        domain = ".".join(draw.words(rng, 3, 1, ["b", "cc", "d-e", "f0", "9"]))
        if rng.random() < 0.6:
            domain += rng.choice([".org", ".io", ".x", ".co1", ".de"])
        if rng.random() < 0.15:
            name += rng.choice([".", "B", "@", " "])
        if rng.random() < 0.15:
            domain = rng.choice([f"-{domain}", f"{domain}-", f".{domain}", f"{domain}.", f"a_{domain}"])
        yield (f"{name}@{domain}" if rng.random() < 0.94 else f"{name}{domain}",)


_STRENGTH = {"read": 1, "write": 2, "deny": 3}


def _covers(pattern: str, path: str) -> bool:
    if pattern.endswith("*"):
        return path.startswith(pattern[:-1])
    return path == pattern


def access_right(roles: list[str], path: str, grants: list[tuple[str, str, str]]) -> str:
    """Return the right that the grants (role, pattern, right) give for a path to someone with these roles, or "none": a
    pattern covers the path equal to it or, if it ends in *, every path that begins with what is before the *, and of
    the grants to one of the roles whose pattern covers the path the one with the longest pattern decides, where of
    equally long ones deny comes before write and write before read.

    >>> access_right(["dev"], "docs/a", [("dev", "docs/*", "write"), ("dev", "*", "deny"), ("ops", "docs/a", "read")])
    'write'
    """
    best = (0, 0)
    right = "none"
    for role, pattern, given in grants:
        weight = (len(pattern), _STRENGTH[given])
        if role in roles and _covers(pattern, path) and weight > best:
            best = weight
            right = given
    return right


def inputs_access_right(rng: Random) -> Iterator[tuple[list[str], str, list[tuple[str, str, str]]]]:
    yield [], "a", [("dev", "*", "read")]
    yield ["dev"], "a", []
    yield ["dev"], "a", [("dev", "a*", "read"), ("dev", "a", "write")]
    yield ["dev"], "ab", [("dev", "a", "write"), ("dev", "*", "read")]
    yield ["dev", "ops"], "a", [("dev", "*", "deny"), ("ops", "*", "write")]
    while True:
        grants = []
        for _ in range(rng.randint(2, 4)):
            pattern = rng.choice(["*", "a*", "a/*", "a/b", "a/b", "a/c", "a/b*", "b*"])
            grants.append((rng.choice(["dev", "dev", "ops"]), pattern, rng.choice(["read", "write", "deny"])))
        yield draw.some(rng, ["dev", "ops"], 2, 1), rng.choice(["a", "a/b", "a/b", "a/c", "b"]), grants


def tier_problems(tiers: list[tuple[int, int]], last: int) -> list[str]:
    """Check that price tiers (low, high), both inclusive and within 1 to last, cover each number from 1 to last once:
    going through them sorted, give "<low>-<high> reversed" for one with low above high, which else does not count, and
    for any other "<a>-<b> missing" if a to b are the numbers between the highest one covered so far (0 at first) and
    its low, or "<a>-<b> double" if a to b are those of its numbers that are not above the highest one covered so far,
    and at the end "<a>-<b> missing" for those left up to last.

    >>> tier_problems([(5, 8), (1, 2), (7, 9)], 10)
    ['3-4 missing', '7-8 double', '10-10 missing']
    """
    problems = []
    free = 1
    for low, high in sorted(tiers):
        if low > high:
            problems.append(f"{low}-{high} reversed")
            continue
        if low > free:
            problems.append(f"{free}-{low - 1} missing")
        if low < free:
            problems.append(f"{low}-{min(high, free - 1)} double")
        free = max(free, high + 1)
    if free <= last:
        problems.append(f"{free}-{last} missing")
    return problems


def inputs_tier_problems(rng: Random) -> Iterator[tuple[list[tuple[int, int]], int]]:
    yield [], 5
    yield [(1, 5)], 5
    yield [(1, 4)], 5
    yield [(2, 5)], 5
    yield [(3, 2), (1, 5)], 5
    yield [(1, 5), (2, 3), (5, 5)], 5
    yield [(4, 5), (1, 3)], 5
    while True:
        last = rng.randint(6, 10)
        tiers = []
        low = 1
        for _ in range(rng.randint(1, 4)):
            high = min(last, low + rng.randint(0, 3))
            tiers.append((low, high) if rng.random() < 0.9 else (high, low))
            low = max(1, min(last, high + rng.choice([1, 1, 1, 2, 0, -1, -2])))
        if rng.random() < 0.6:
            tiers.append((low, last))
        rng.shuffle(tiers)
        yield tiers, last


class FeatureFlags:
    """Decide who gets a feature: define takes its name, the percentage of users it is on for (0 to 100) and the feature
    it requires or None, raising ValueError and changing nothing if the name is defined already or the required one is
    not, enabled tells whether a feature is on for a user number, and features_of lists in order of definition those on
    for one; a feature is on if the last two digits of the user number, plus the length of its name and modulo 100, give
    less than its percentage and the required feature is on too, and unknown features are off.

    >>> flags = FeatureFlags()
    >>> flags.define("dark", 10, None)
    >>> flags.enabled("dark", 205)
    True
    >>> flags.features_of(206)
    []
    """

    def __init__(self) -> None:
        self._flags: dict[str, tuple[int, str | None]] = {}

    def define(self, name: str, percent: int, requires: str | None) -> None:
        if name in self._flags or (requires is not None and requires not in self._flags):
            raise ValueError("cannot define this")
        self._flags[name] = (percent, requires)

    def enabled(self, name: str, user: int) -> bool:
        if name not in self._flags:
            return False
        percent, requires = self._flags[name]
        if (user + len(name)) % 100 >= percent:
            return False
        return requires is None or self.enabled(requires, user)

    def features_of(self, user: int) -> list[str]:
        return [name for name in self._flags if self.enabled(name, user)]


def inputs_FeatureFlags(rng: Random) -> Iterator[draw.Calls]:
    yield [("FeatureFlags",), ("enabled", "a", 1), ("features_of", 1)]
    yield [("FeatureFlags",), ("define", "b", 100, None), ("define", "a", 50, "b"), ("features_of", 148)]
    yield [("FeatureFlags",), ("define", "a", 50, None), ("define", "a", 0, None), ("enabled", "a", 48)]
    yield [("FeatureFlags",), ("define", "a", 50, "b"), ("define", "b", 50, "b"), ("features_of", 7)]
    yield [("FeatureFlags",), ("define", "abc", 0, None), ("enabled", "abc", 97), ("enabled", "abc", 96)]
    yield [
        ("FeatureFlags",),
        ("define", "b", 6, None),
        ("define", "a", 99, "b"),
        ("features_of", 5),
        ("features_of", 4),
    ]
    while True:
        names = draw.some(rng, ["zoom", "ab", "new", "x"], 3, 2)
        user = rng.choice([0, 100, 300]) + rng.randint(0, 99)
        calls: draw.Calls = [("FeatureFlags",)]
        known: list[str | None] = [None]
        for name in names:
            near = (user + len(name)) % 100
            percent = rng.choice([near, near + 1, near + 1, rng.randint(near, 100), 100])
            calls.append(("define", name, percent, rng.choice(known)))
            known.append(name)
        if rng.random() < 0.15:
            calls.append(("define", rng.choice(["y", names[0]]), 100, rng.choice([None, "other", "y"])))
        yield [*calls, ("enabled", rng.choice([*names, "other"]), user), ("features_of", user)]


def order_errors(lines: list[tuple[str, int, int]], total: int) -> list[str]:
    """Return the errors of an order of lines (article, quantity, price in cents), in the order of the lines and for
    each in the order given here: "<n>: no article" for an empty one, "<n>: twice" for one named in an earlier line
    already, "<n>: quantity" unless it is from 1 to 20 and "<n>: price" for one below 0, n being the number of the line
    counted from 1; without lines the only error is "empty", and where there is no other error but total is not the sum
    of quantity times price it is "total <sum>".

    >>> order_errors([("pen", 2, 150), ("pen", 0, 10)], 300)
    ['2: twice', '2: quantity']
    >>> order_errors([("pen", 2, 150)], 200)
    ['total 300']
    """
    if not lines:
        return ["empty"]
    errors = []
    articles = set()
    expected = 0
    for number, (article, quantity, price) in enumerate(lines, start=1):
        if not article:
            errors.append(f"{number}: no article")
        elif article in articles:
            errors.append(f"{number}: twice")
        if not 1 <= quantity <= 20:
            errors.append(f"{number}: quantity")
        if price < 0:
            errors.append(f"{number}: price")
        articles.add(article)
        expected += quantity * price
    if not errors and expected != total:
        errors.append(f"total {expected}")
    return errors


def inputs_order_errors(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]], int]]:
    yield [], 0
    yield [("a", 1, 0)], 0
    yield [("a", 20, 5)], 100
    yield [("a", 21, 5)], 105
    yield [("", 1, -1), ("", 0, 1)], -1
    yield [("a", 1, 5), ("b", 1, 5), ("a", 1, 5)], 9
    while True:
        good = rng.random() < 0.5
        names = (
            draw.some(rng, ["ink", "pen", "pad", "cup"], 3, 1) if good else draw.words(rng, 3, 1, ["pen", "ink", ""])
        )
        lines = []
        for name in names:
            quantity = rng.choice([1, 2, 3, 20] if good else [1, 2, 20, 21, 0])
            lines.append((name, quantity, rng.choice([0, 5, 99] if good else [0, 5, 5, -1])))
        yield lines, sum(q * price for _, q, price in lines) + rng.choice([0, 0, 1, -1])


def read_frames(stream: bytes) -> tuple[list[bytes], int]:
    """Return (payloads in order, number of damaged frames) from a stream of bytes: a frame is a byte 126, a byte with
    the length of its payload, the payload and a check byte that is the sum of the length and all payload bytes modulo
    256; bytes other than 126 between frames are skipped, after a frame with another check byte, which is damaged,
    reading goes on right after its 126, and reading ends at a frame that goes on beyond the end of the stream.

    >>> read_frames(bytes([9, 126, 2, 65, 66, 133, 126, 1, 65, 5, 126]))
    ([b'AB'], 1)
    """
    payloads = []
    damaged = 0
    at = 0
    while at + 1 < len(stream):
        check = at + 2 + stream[at + 1]
        if stream[at] != 126:
            at += 1
        elif check >= len(stream):
            break
        elif sum(stream[at + 1 : check]) % 256 == stream[check]:
            payloads.append(stream[at + 2 : check])
            at = check + 1
        else:
            damaged += 1
            at += 1
    return payloads, damaged


def inputs_read_frames(rng: Random) -> Iterator[tuple[bytes]]:
    yield (b"",)
    yield (b"~\x00\x00",)
    yield (b"~\x00\x01~\x00\x00",)
    yield (b"~",)
    yield (b"~\x01a",)
    yield (b"~~\x00\x00",)
    yield (b"~\x02\xff\xff\x00x",)
    yield (b"a~\x05~\x01ab~",)
    while True:
        stream = b""
        for _ in range(rng.randint(1, 3)):
            payload = bytes(rng.choice([65, 98, 126, 255, 1]) for _ in range(rng.randint(0, 3)))
            check = (len(payload) + sum(payload)) % 256
            if rng.random() < 0.25:
                check = rng.choice([0, 126, (check + 1) % 256])
            stream += rng.choice([b"", b"", b"z", b"\x00", b"~"]) + bytes([126, len(payload), *payload, check])
        yield (stream + rng.choice([b"", b"", b"~", b"~\x02AB", b"q"]),)


def _address_number(address: str) -> int:
    parts = [int(part) for part in address.split(".")]
    if len(parts) != 4:
        raise ValueError("not an address")
    number = 0
    for part in parts:
        if not 0 <= part <= 255:
            raise ValueError("not an address")
        number = number * 256 + part
    return number


def network_zone(address: str, zones: list[tuple[str, int, str]]) -> str:
    """Return the name of the zone (network, bits, name) that an IPv4 address such as "10.0.0.7" belongs to, "outside"
    if to none: it belongs to those where its first bits (0 to 32) are those of the network, of these the one with the
    most bits is meant and of several such the first in the list; raise ValueError if the address, or a network, does
    not consist of four integers from 0 to 255 joined by points.

    >>> network_zone("10.0.1.5", [("10.0.0.0", 8, "lan"), ("10.0.0.0", 24, "lab")])
    'lan'
    """
    number = _address_number(address)
    best = -1
    found = "outside"
    for network, bits, name in zones:
        rest = 32 - bits
        if _address_number(network) >> rest == number >> rest and bits > best:
            best = bits
            found = name
    return found


def inputs_network_zone(rng: Random) -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    yield "1.2.3.4", []
    yield "1.2.3.4", [("9.9.9.9", 0, "all")]
    yield "1.2.3.4", [("1.2.3.4", 32, "one"), ("1.2.3.5", 32, "two")]
    yield "1.2.3.4", [("1.2.3.5", 31, "b"), ("1.2.3.4", 31, "a")]
    yield "0.0.0.255", [("0.0.1.0", 24, "a"), ("0.0.0.0", 24, "b")]
    yield "1.2.3", []
    yield "1.2.3.256", []
    yield "1.2.3.-1", []
    yield "1.2.3.4.5", []
    yield "1.2.3.4", [("1.2.3", 8, "a")]
    while True:
        zones = []
        for name in draw.some(rng, ["lan", "lab", "dmz"], 3, 1):
            bits = rng.choice([0, 8, 8, 24, 24, 25, 31, 32])
            zones.append((f"10.{rng.randint(0, 1)}.0.{rng.choice([0, 1, 128])}", bits, name))
        last = rng.choice([0, 1, 127, 128, 129, 255]) if rng.random() < 0.93 else rng.choice([256, -1])
        yield f"{rng.choice([10, 10, 10, 11])}.{rng.randint(0, 1)}.0.{last}", zones


class LoginGuard:
    """Guard logins: made with the number of wrong tries in a row (at least 1) that locks a user and the seconds that a
    lock lasts, attempt takes a user, whether the password is right and the time in seconds, and returns "locked"
    without counting the try if the user was locked less than these seconds ago, "ok" for a right password, which
    forgets the wrong tries of the user, and else "wrong", the try that locks included, after which counting starts
    anew, and tries_left says how many wrong tries in a row would lock the user from the present count.

    >>> guard = LoginGuard(2, 30)
    >>> guard.attempt("al", False, 5), guard.attempt("al", False, 6), guard.attempt("al", True, 35)
    ('wrong', 'wrong', 'locked')
    >>> guard.attempt("al", True, 36), guard.tries_left("al")
    ('ok', 2)
    """

    def __init__(self, limit: int, pause: int) -> None:
        self._limit = limit
        self._pause = pause
        self._wrong: dict[str, int] = {}
        self._free_at: dict[str, int] = {}

    def attempt(self, user: str, right: bool, now: int) -> str:
        if now < self._free_at.get(user, 0):
            return "locked"
        if right:
            self._wrong[user] = 0
            return "ok"
        self._wrong[user] = self._wrong.get(user, 0) + 1
        if self._wrong[user] == self._limit:
            self._free_at[user] = now + self._pause
            self._wrong[user] = 0
        return "wrong"

    def tries_left(self, user: str) -> int:
        return self._limit - self._wrong.get(user, 0)


def inputs_LoginGuard(rng: Random) -> Iterator[draw.Calls]:
    yield [("LoginGuard", 3, 5), ("tries_left", "al"), ("attempt", "al", True, 0), ("tries_left", "al")]
    yield [("LoginGuard", 1, 5), ("attempt", "al", False, 0), ("attempt", "al", True, 4), ("attempt", "al", True, 5)]
    yield [
        ("LoginGuard", 2, 5),
        ("attempt", "al", False, 1),
        ("attempt", "al", True, 2),
        ("attempt", "al", False, 3),
        ("tries_left", "al"),
        ("tries_left", "bo"),
    ]
    while True:
        pause = rng.randint(2, 4)
        calls: draw.Calls = [("LoginGuard", rng.randint(1, 3), pause)]
        now = rng.randint(0, 2)
        for _ in range(rng.randint(3, 5)):
            calls.append(("attempt", rng.choice(["al", "al", "al", "bo"]), rng.random() < 0.3, now))
            now += rng.choice([0, 1, 1, pause - 1, pause])
        yield [*calls, ("tries_left", "al")]


_PARCELS = (("letter", (2, 20, 30), 500), ("box", (15, 30, 60), 5000), ("tube", (10, 10, 90), 3000))


def parcel_class(sides: list[int], grams: int) -> str:
    """Return the first class that takes a parcel of these three sides in cm, in any order, and this weight: "letter" up
    to 2 x 20 x 30 cm and 500 g, "box" up to 15 x 30 x 60 cm and 5000 g, "tube" up to 10 x 10 x 90 cm and 3000 g, all
    limits inclusive and met when the sorted sides are each at most the sorted limits, or "freight" if none does; raise
    ValueError unless there are three sides and these and the weight are all above 0.

    >>> parcel_class([25, 2, 10], 501)
    'box'
    """
    if len(sides) != 3 or min(*sides, grams) <= 0:
        raise ValueError("not a parcel")
    for name, limits, heaviest in _PARCELS:
        fits = all(side <= limit for side, limit in zip(sorted(sides), limits, strict=True))
        if fits and grams <= heaviest:
            return name
    return "freight"


def inputs_parcel_class(rng: Random) -> Iterator[tuple[list[int], int]]:
    yield [30, 20, 2], 500
    yield [31, 20, 2], 500
    yield [2, 21, 30], 1
    yield [60, 15, 30], 5000
    yield [61, 15, 30], 5000
    yield [10, 90, 10], 3000
    yield [10, 91, 10], 3000
    yield [11, 90, 10], 3000
    yield [1, 1], 5
    yield [1, 1, 0], 5
    yield [1, 1, 1], 0
    yield [1, 1, 1, 1], 5
    while True:
        limits, heaviest = rng.choice([((2, 20, 30), 500), ((15, 30, 60), 5000), ((10, 10, 90), 3000)])
        sides = [max(1, limit + rng.choice([0, 0, 0, 0, 1, -1, -3])) for limit in limits]
        rng.shuffle(sides)
        if rng.random() < 0.08:
            sides[rng.randrange(3)] = rng.choice([0, -1])
        yield sides, rng.choice([heaviest, heaviest - 1, heaviest, heaviest + 1, rng.choice([1, 0])])
