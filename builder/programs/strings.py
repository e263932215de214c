"""Characters and words: names, case, spelling, masking, comparing."""

import re
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def slug_of(title: str, limit: int) -> str:
    """Return the title as a slug: apostrophes are dropped, then the runs of ASCII letters and digits in lower case are
    the words, of which as many from the start as fit into limit characters (at least 1) are joined by hyphens; a first
    word that is too long alone is cut to limit characters, and a title without words gives "untitled" whatever the
    limit.

    >>> slug_of("Don't panic, it's 42!", 11)
    'dont-panic'
    """
    words: list[str] = re.findall("[a-z0-9]+", title.replace("'", "").lower())
    if not words:
        return "untitled"
    slug = words[0][:limit]
    for word in words[1:]:
        if len(slug) + 1 + len(word) > limit:
            break
        slug += "-" + word
    return slug


def inputs_slug_of(rng: Random) -> Iterator[tuple[str, int]]:
    yield "", 5
    yield " ?! ", 3
    yield "Hello", 3
    yield "A b", 3
    yield "A b", 2
    yield "it's so", 7
    yield "ab cde f", 4
    while True:
        pieces = draw.words(rng, 4, vocabulary=["Ab", "it's", "GO", "on", "cat", "9", "Top 10", "C++", "&", "x-y"])
        yield rng.choice([" ", ", ", " - "]).join(pieces), rng.randint(1, 12)


_PARTICLES = {"van", "der", "de", "von"}


def initials_of(full_name: str) -> str:
    """Return the initials of a name whose words are separated by white space: for each word the upper-cased first
    character with a dot, without spaces between words; a word with hyphens gives the initial of each of its non-empty
    parts, joined by hyphens; the words van, der, de and von in lower case are left out unless they come first.

    >>> initials_of("Anna-maria van Dyk")
    'A.-M.D.'
    """
    initials = ""
    for place, word in enumerate(full_name.split()):
        if place > 0 and word in _PARTICLES:
            continue
        initials += "-".join(part[0].upper() + "." for part in word.split("-") if part)
    return initials


def inputs_initials_of(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("van der Meer",)
    yield ("Jo Van Ek",)
    yield ("jean--luc p",)
    yield ("- Li",)
    yield (" Di  von de Sy ",)
    while True:
        vocabulary = ["van", "de", "der", "von", "Van", "bo", "Cy", "eva-Lu", "Al--ix", "-", "i", "Q"]
        yield (" ".join(draw.words(rng, 4, vocabulary=vocabulary)),)


def mask_email(address: str) -> str:
    """Return the address with its local part hidden and its domain in lower case: in the local part whatever follows
    the first plus sign goes with the plus sign itself, then all characters but the first and the last become stars, or
    all of them if there are one or two; raise ValueError unless the address has exactly one @ sign and neither the
    domain nor the local part that is left is empty.

    >>> mask_email("anna+shop@Mail.COM")
    'a**a@mail.com'
    """
    local, _, domain = address.partition("@")
    local = local.partition("+")[0]
    if not local or not domain or "@" in domain:
        raise ValueError("not an address")
    if len(local) <= 2:
        hidden = "*" * len(local)
    else:
        hidden = local[0] + "*" * (len(local) - 2) + local[-1]
    return f"{hidden}@{domain.lower()}"


def inputs_mask_email(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("bob",)
    yield ("@x.de",)
    yield ("+tag@x.de",)
    yield ("bob@",)
    yield ("a@b@c",)
    yield ("bo@X.de",)
    yield ("Bob@x.de",)
    yield ("x+y+z@Q",)
    while True:
        local = draw.text(rng, "aBc7", 6, 1) + rng.choice(["", "", "+", "+n", "+n+m"])
        sign = rng.choice(["@"] * 17 + ["", "@@", "@c@"])
        yield (local + sign + rng.choice(["x.de", "Mail.COM", "Q"]),)


_IRREGULAR = {"child": "children", "person": "people", "sheep": "sheep"}


def _plural(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def counted_noun(count: int, noun: str) -> str:
    """Return the count, a space and the lower-case noun of two or more letters: 0 is written as "no", and the noun is
    plural unless the count is 1 or -1; the plurals of child, person and sheep are children, people and sheep, nouns in
    s, x, ch or sh take es, those in y after another letter than a, e, i, o or u change the y to ies, all others take s.

    >>> counted_noun(0, "berry")
    'no berries'
    """
    word = noun if abs(count) == 1 else _plural(noun)
    return f"{count if count else 'no'} {word}"


def inputs_counted_noun(rng: Random) -> Iterator[tuple[int, str]]:
    yield 0, "day"
    yield 1, "child"
    yield -1, "box"
    yield 2, "sheep"
    while True:
        stems = ["ba", "che", "fo", "bus", "tor", "le"]
        stem = rng.choice(stems) + rng.choice(["s", "x", "ch", "sh", "y", "by", "ey", "h", "c", "t", "yo"])
        yield rng.randint(-2, 3), rng.choice([stem, stem, stem, "child", "person", "sheep", "persons"])


_SMALL_WORDS = frozenset(["a", "and", "in", "of", "the", "to"])


def headline_case(text: str) -> str:
    """Return the words of the text, joined by single spaces, in the case of a headline: a word with an upper-case
    letter after its first character stays as it is, the words a, and, in, of, the and to are put in lower case unless
    they are the first or the last word or follow a word that ends in a colon, and any other word gets an upper-case
    first character.

    >>> headline_case("the rise Of iPhones: a tale to the end")
    'The Rise of iPhones: A Tale to the End'
    """
    words = text.split()
    cased = []
    for place, word in enumerate(words):
        inside = 0 < place < len(words) - 1 and not words[place - 1].endswith(":")
        if any(letter.isupper() for letter in word[1:]):
            cased.append(word)
        elif inside and word.lower() in _SMALL_WORDS:
            cased.append(word.lower())
        else:
            cased.append(word[0].upper() + word[1:])
    return " ".join(cased)


def inputs_headline_case(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("the",)
    yield ("in THE end",)
    yield ("log: the day  of",)
    yield ("To of To",)
    while True:
        vocabulary = ["a", "and", "The", "to", "In", "of", "cat", "Dog", "eBay", "USA", "x:", "No:", "tHe"]
        yield (" ".join(draw.words(rng, 5, vocabulary=vocabulary)),)


def name_summary(names: list[str], shown: int) -> str:
    """Name the people once each, in order of first appearance, separated by commas and before the last by " and "; if
    there are at least two more than shown (which is at least 1), only the first shown are named and the last element is
    how many are left, as in "4 others"; "nobody" if there are no names.

    >>> name_summary(["Ann", "Bob", "Ann", "Cy", "Di"], 2)
    'Ann, Bob and 2 others'
    """
    people = list(dict.fromkeys(names))
    if not people:
        return "nobody"
    left = len(people) - shown
    if left > 1:
        people = [*people[:shown], f"{left} others"]
    *others, last = people
    if not others:
        return last
    return ", ".join(others) + " and " + last


def inputs_name_summary(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 1
    yield ["Ann", "Ann"], 1
    yield ["Ann", "Bob"], 1
    yield ["Ann", "Bob", "Cy"], 1
    yield ["Bob", "Ann", "Cy"], 2
    while True:
        yield draw.words(rng, 7, vocabulary=["Ann", "Bob", "Cy", "Di", "Eve", "Flo"]), rng.randint(1, 4)


def _is_banned(word: str, banned: list[str]) -> bool:
    plain = word.lower()
    return plain in banned or plain.removesuffix("s") in banned


def censor_words(text: str, banned: list[str]) -> tuple[str, int]:
    """Return the text with every banned word hidden, and how many were: a word is a longest run of the letters a to z
    in either case, it is banned if in lower case it is one of the (lower-case) banned words or one of them with one s
    after it, and all its letters but the first become stars; a banned word of one letter counts although it stays.

    >>> censor_words("Darn, those darns!", ["darn"])
    ('D***, those d****!', 2)
    """
    hidden = 0
    pieces = []
    for piece in re.split("([A-Za-z]+)", text):
        if _is_banned(piece, banned):
            hidden += 1
            piece = piece[0] + "*" * (len(piece) - 1)
        pieces.append(piece)
    return "".join(pieces), hidden


def inputs_censor_words(rng: Random) -> Iterator[tuple[str, list[str]]]:
    yield "", ["dog"]
    yield "Dog dogs, hotdog", ["dog"]
    yield "a1as b", ["a"]
    yield "bus bu busss", ["bus"]
    yield "heck", []
    while True:
        spoken = draw.words(rng, 4, vocabulary=["dog", "Dogs", "DOGSS", "ass", "a", "As", "ox", "Pig", "pigs", "nice"])
        yield rng.choice([" ", ", ", "-", "1"]).join(spoken), draw.some(rng, ["dog", "a", "as", "pig", "ox"], 3)


def snake_from_camel(name: str) -> str:
    """Return the name of letters, digits and underscores in lower case with an underscore put in before an upper-case
    letter that follows a lower-case letter or a digit, and before one that follows an upper-case letter and is followed
    by a lower-case letter.

    >>> snake_from_camel("parseHTTPHeader2Go")
    'parse_http_header2_go'
    """
    snake = ""
    for place, letter in enumerate(name):
        if letter.isupper() and place > 0:
            before = name[place - 1]
            ends_acronym = before.isupper() and name[place + 1 : place + 2].islower()
            if before.islower() or before.isdigit() or ends_acronym:
                snake += "_"
        snake += letter.lower()
    return snake


def inputs_snake_from_camel(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("Ab",)
    yield ("getURL",)
    yield ("ABc",)
    yield ("x2Y",)
    yield ("a_B",)
    yield ("URL2x",)
    while True:
        yield (draw.text(rng, "abxABXX1_", 9),)


def _is_one_edit(word: str, other: str) -> bool:
    short, long = sorted([word, other], key=len)
    start = 0
    while start < len(short) and short[start] == long[start]:
        start += 1
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start : start + 2][::-1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long[start:]


def suggest_spelling(word: str, known: list[str]) -> list[str]:
    """Suggest spellings for a word: only the word itself if it is among the known words (all different), else the known
    words that come from it by inserting, deleting or replacing one letter or by swapping two neighbouring letters,
    those as long as the word first and in alphabetical order within both groups.

    >>> suggest_spelling("cta", ["cat", "coat", "cta s", "ct", "cua"])
    ['cat', 'cua', 'ct']
    """
    if word in known:
        return [word]
    near = [other for other in known if _is_one_edit(word, other)]
    return sorted(near, key=lambda other: (len(other) != len(word), other))


def inputs_suggest_spelling(rng: Random) -> Iterator[tuple[str, list[str]]]:
    yield "", ["a", "bb", ""]
    yield "ab", []
    yield "ab", ["ba", "b", "a", "abb", "aab", "bb"]
    yield "abc", ["cba", "acb", "bac", "abca", "bc", "c"]
    yield "abcd", ["badc", "abdc", "bcd", "abcde", "acd"]
    while True:
        known = {draw.text(rng, "abc", 4, 1) for _ in range(rng.randint(3, 7))}
        yield draw.text(rng, "abc", 4, 2), draw.some(rng, sorted(known), 7, 1)


def shortest_prefixes(commands: list[str], minimum: int) -> dict[str, str]:
    """Map each of the different, non-empty commands, in the given order, to its shortest prefix of at least minimum
    (1 or more) characters with which no other command begins, or to the whole command if there is no such prefix or it
    has fewer than minimum characters.

    >>> shortest_prefixes(["commit", "config", "push", "pushall"], 2)
    {'commit': 'com', 'config': 'con', 'push': 'push', 'pushall': 'pusha'}
    """
    prefixes = {}
    for command in commands:
        others = [other for other in commands if other != command]
        size = minimum
        while size < len(command) and any(other.startswith(command[:size]) for other in others):
            size += 1
        prefixes[command] = command[:size]
    return prefixes


def inputs_shortest_prefixes(rng: Random) -> Iterator[tuple[list[str], int]]:
    yield [], 1
    yield ["quit"], 1
    yield ["go"], 3
    yield ["ab", "abc", "b"], 1
    while True:
        names = sorted({draw.text(rng, "aab", 5, 1) for _ in range(rng.randint(1, 6))})
        yield draw.some(rng, names, 5, 1), rng.randint(1, 3)


def highlight_matches(text: str, query: str) -> str:
    """Return the text with square brackets around every occurrence of the query, upper and lower case alike; the
    occurrences that overlap or touch share one pair of brackets, and an empty query changes nothing.

    >>> highlight_matches("Banana anna", "an")
    'B[anan]a [an]na'
    """
    marked: set[int] = set()
    for start in range(len(text)):
        if text.lower().startswith(query.lower(), start):
            marked.update(range(start, start + len(query)))
    shown = ""
    for place, letter in enumerate(text):
        if place in marked and place - 1 not in marked:
            shown += "["
        shown += letter
        if place in marked and place + 1 not in marked:
            shown += "]"
    return shown


def inputs_highlight_matches(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", "a"
    yield "abc", ""
    yield "aAa", "aa"
    yield "abcab", "AB"
    yield "xa", "A"
    yield "ab", "abc"
    while True:
        yield draw.text(rng, "aabAB ", 10, 3), draw.text(rng, "aabB", 3, rng.choice([0, 1, 1, 1, 1]))


def changed_span(old: str, new: str) -> tuple[int, str, str]:
    """Describe the edit from old to new as (position, removed, inserted): position is the length of the longest common
    prefix, and what is removed from old and inserted there ends before the longest common suffix of what follows that
    prefix in both.

    >>> changed_span("abcde", "abXYe")
    (2, 'cd', 'XY')
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    removed, inserted = old[start:], new[start:]
    while removed and inserted and removed[-1] == inserted[-1]:
        removed, inserted = removed[:-1], inserted[:-1]
    return start, removed, inserted


def inputs_changed_span(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "ab", "ab"
    yield "aa", "aaa"
    yield "aba", "aa"
    yield "", "x"
    while True:
        head, tail = draw.text(rng, "ab", 3), draw.text(rng, "ab", 3)
        yield head + draw.text(rng, "abc", 3) + tail, head + draw.text(rng, "abc", 3) + tail


class UsernamePool:
    """Hand out user names: claim reduces the wanted name to its ASCII letters and digits in lower case, raises
    ValueError if none are left, puts the smallest number from 2 on behind it that makes it free if it is held already,
    and holds and returns the result; release gives a held name back and returns True, or returns False if that exact
    name is not held; held returns all held names sorted.

    >>> pool = UsernamePool()
    >>> pool.claim("J. Doe"), pool.claim("jdoe"), pool.release("JDoe")
    ('jdoe', 'jdoe2', False)
    >>> pool.held()
    ['jdoe', 'jdoe2']
    """

    def __init__(self) -> None:
        self._held: set[str] = set()

    def claim(self, wanted: str) -> str:
        base = re.sub("[^a-z0-9]", "", wanted.lower())
        if not base:
            raise ValueError("no letters or digits")
        name, number = base, 2
        while name in self._held:
            name = f"{base}{number}"
            number += 1
        self._held.add(name)
        return name

    def release(self, name: str) -> bool:
        if name not in self._held:
            return False
        self._held.remove(name)
        return True

    def held(self) -> list[str]:
        return sorted(self._held)


def inputs_UsernamePool(rng: Random) -> Iterator[draw.Calls]:
    yield [("UsernamePool",), ("held",)]
    yield [("UsernamePool",), ("claim", "A b"), ("claim", "ab"), ("claim", "AB"), ("release", "ab2"), ("held",)]
    yield [("UsernamePool",), ("claim", "al2"), ("claim", "al"), ("claim", "Al"), ("held",)]
    yield [("UsernamePool",), ("claim", "-_-"), ("release", ""), ("held",)]
    while True:
        calls: draw.Calls = [("UsernamePool",)]
        for _ in range(rng.randint(2, 5)):
            if rng.random() < 0.7:
                calls.append(("claim", rng.choice(["al", "AL", "a.l", "Al2", "bo", "B o", "9", "?"])))
            else:
                calls.append(("release", rng.choice(["al", "al2", "al3", "bo", "Al", "9"])))
        yield [*calls, ("held",)]


class Hangman:
    """Play hangman with a lower-case word and a number of lives (1 or more): guess takes one lower-case letter and
    returns "again" if it was guessed before, "hit" if it is in the word and else "miss", which alone costs a life, and
    raises ValueError once the game is over, that is with no lives left or every letter found; state returns the
    word with an underscore for each letter not found, and the lives left.

    >>> game = Hangman("noon", 2)
    >>> game.guess("o"), game.guess("x"), game.guess("x")
    ('hit', 'miss', 'again')
    >>> game.state()
    ('_oo_', 1)
    """

    def __init__(self, word: str, lives: int) -> None:
        self._word = word
        self._lives = lives
        self._guessed: set[str] = set()

    def guess(self, letter: str) -> str:
        if self._lives == 0 or self._guessed.issuperset(self._word):
            raise ValueError("game over")
        if letter in self._guessed:
            return "again"
        self._guessed.add(letter)
        if letter in self._word:
            return "hit"
        self._lives -= 1
        return "miss"

    def state(self) -> tuple[str, int]:
        return "".join(letter if letter in self._guessed else "_" for letter in self._word), self._lives


def inputs_Hangman(rng: Random) -> Iterator[draw.Calls]:
    yield [
        ("Hangman", "dad", 1),
        ("state",),
        ("guess", "a"),
        ("guess", "a"),
        ("guess", "d"),
        ("guess", "d"),
        ("state",),
    ]
    yield [("Hangman", "cab", 1), ("guess", "x"), ("guess", "a"), ("state",)]
    yield [("Hangman", "cab", 2), ("guess", "x"), ("guess", "x"), ("guess", "y"), ("guess", "x"), ("state",)]
    yield [("Hangman", "", 1), ("guess", "a"), ("state",)]
    while True:
        word = draw.text(rng, "aabc", 4, 1)
        guesses: draw.Calls = [("guess", rng.choice("abbcx")) for _ in range(rng.randint(2, 5))]
        yield [("Hangman", word, rng.randint(1, 2)), *guesses, ("state",)]
