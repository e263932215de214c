"""Rules of games: scores, hands, boards, turns, tournaments, ratings, words."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


def bowling_frames(rolls: list[int]) -> list[int]:
    """Return the running totals after each frame of a game of ten-pin bowling, given the pins knocked down by each roll
    so far, as far as they are settled: a frame is a strike (10 with its first roll), to which the next two rolls are
    added, or two rolls, to which the next roll is added if they make 10, and the list ends before a frame that still
    lacks a roll or after the tenth frame.

    >>> bowling_frames([10, 3, 7, 4, 2, 5])
    [20, 34, 40]
    """
    totals: list[int] = []
    at = total = 0
    while len(totals) < 10:
        needed = 3 if sum(rolls[at : at + 2]) >= 10 else 2
        counted = rolls[at : at + needed]
        if len(counted) < needed:
            break
        total += sum(counted)
        totals.append(total)
        at += 1 if rolls[at] == 10 else 2
    return totals


def inputs_bowling_frames(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([10],)
    yield ([10, 10, 10],)
    yield ([6, 4],)
    yield ([0, 10, 3],)
    yield ([9, 0, 1],)
    yield ([10] * 12,)
    yield ([5] * 21,)
    yield ([3, 4] * 10,)
    while True:
        rolls: list[int] = []
        for _ in range(rng.choice([1, 2, 3, 4, 5, 10, 10, 11])):
            first = rng.choice([10, 10, rng.randint(0, 9)])
            rolls.append(first)
            if first < 10:
                rolls.append(rng.choice([10 - first, rng.randint(0, 10 - first)]))
        yield (rolls[: len(rolls) - rng.randint(0, 1)],)


def _is_decided(ours: int, theirs: int) -> bool:
    return max(ours, theirs) >= 4 and abs(ours - theirs) >= 2


def call_tennis_game(points: str) -> str:
    """Return the score of a game of tennis after the points, a string of "A" and "B" for who won each: "game A" once a
    player has four points or more and two more than the other, else "deuce" at three or more points each, "advantage
    A" one point ahead of that, and below that both points as 0, 15, 30 or 40, A first, like "40-15" (B likewise);
    raise ValueError for another letter and for a point after the end of the game.

    >>> call_tennis_game("AABA")
    '40-15'
    """
    won = {"A": 0, "B": 0}
    for player in points:
        if player not in won or _is_decided(won["A"], won["B"]):
            raise ValueError(f"no point for {player!r}")
        won[player] += 1
    a, b = won["A"], won["B"]
    leader = "A" if a > b else "B"
    if _is_decided(a, b):
        return f"game {leader}"
    if a >= 3 and b >= 3:
        return "deuce" if a == b else f"advantage {leader}"
    names = ("0", "15", "30", "40")
    return f"{names[a]}-{names[b]}"


def inputs_call_tennis_game(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("AAAA",)
    yield ("BBBB",)
    yield ("AAABBB",)
    yield ("AAABBBB",)
    yield ("AAABBBAA",)
    yield ("AAAAB",)
    yield ("ABC",)
    yield ("BBBAAABAABAA",)
    while True:
        points = draw.text(rng, "AB", 4, 0)
        if rng.random() < 0.6:
            points = "".join(rng.sample("AAABBB", 6)) + draw.text(rng, "AB", 4, 0)
        if rng.random() < 0.05:
            points += "C"
        yield (points,)


_UPPER_SECTION = ("ones", "twos", "threes", "fours", "fives", "sixes")


def _longest_straight(dice: list[int]) -> int:
    best = length = 0
    for face in range(1, 7):
        length = length + 1 if face in dice else 0
        best = max(best, length)
    return best


def yahtzee_score(dice: list[int], category: str) -> int:
    """Return what five dice score in a category: the sum of the dice of that face for "ones" to "sixes", the sum of all
    dice for "chance" and, given at least so many equal dice, for "three of a kind" and "four of a kind", 25 for "full
    house" (three of one face and two of another), 30 for "small straight" (four faces in a row among them), 40 for
    "large straight" (five), 50 for "yahtzee" (five equal), and 0 if the dice do not fit; raise ValueError for any
    other category.

    >>> yahtzee_score([2, 3, 3, 4, 5], "small straight")
    30
    """
    counts = sorted(dice.count(face) for face in set(dice))
    if category in _UPPER_SECTION:
        face = _UPPER_SECTION.index(category) + 1
        return face * dice.count(face)
    rules = {
        "chance": (True, sum(dice)),
        "three of a kind": (counts[-1] >= 3, sum(dice)),
        "four of a kind": (counts[-1] >= 4, sum(dice)),
        "full house": (counts == [2, 3], 25),
        "small straight": (_longest_straight(dice) >= 4, 30),
        "large straight": (_longest_straight(dice) == 5, 40),
        "yahtzee": (counts == [5], 50),
    }
    if category not in rules:
        raise ValueError(f"unknown category {category!r}")
    fits, score = rules[category]
    return score if fits else 0


def inputs_yahtzee_score(rng: Random) -> Iterator[tuple[list[int], str]]:
    yield [1, 2, 3, 4, 5], "large straight"
    yield [6, 2, 3, 4, 5], "large straight"
    yield [1, 2, 3, 4, 6], "large straight"
    yield [1, 2, 3, 4, 6], "small straight"
    yield [6, 3, 4, 5, 5], "small straight"
    yield [1, 2, 3, 5, 6], "small straight"
    yield [4, 4, 4, 4, 4], "full house"
    yield [4, 4, 4, 4, 4], "yahtzee"
    yield [4, 4, 4, 4, 1], "yahtzee"
    yield [1, 1, 1, 1, 1], "sevens"
    kinds = ["three of a kind", "four of a kind", "full house", "yahtzee", "chance"]
    while True:
        if rng.random() < 0.25:
            start = rng.randint(1, 3)
            dice = [*range(start, start + 4), rng.randint(1, 6)]
            category = rng.choice(["small straight", "large straight", "large straight", "chance"])
        else:
            faces = [rng.randint(1, 6) for _ in range(2)]
            dice = [rng.choice(faces) for _ in range(4)] + [rng.choice([*faces, rng.randint(1, 6)])]
            category = rng.choice([*kinds, *kinds, _UPPER_SECTION[faces[0] - 1], rng.choice(_UPPER_SECTION), "pair"])
        rng.shuffle(dice)
        yield dice, category


_CARD_RANKS = "23456789TJQKA"
_SHAPES = {
    (4, 1): "four of a kind",
    (3, 2): "full house",
    (3, 1, 1): "three of a kind",
    (2, 2, 1): "two pairs",
    (2, 1, 1, 1): "pair",
    (1, 1, 1, 1, 1): "high card",
}


def poker_hand(cards: list[str]) -> tuple[str, list[int]]:
    """Return the name of a poker hand of five different cards, each a rank of 23456789TJQKA and a suit letter, as one
    of straight flush, four of a kind, full house, flush, straight, three of a kind, two pairs, pair and high card (the
    first that fits), and its different ranks as numbers from 2 to 14 (ace), those that occur more often first, then
    higher first; in the straight 5432A the ace counts as 1 and comes last.

    >>> poker_hand(["7H", "KD", "7C", "KS", "2H"])
    ('two pairs', [13, 7, 2])
    """
    counts = Counter(_CARD_RANKS.index(card[0]) + 2 for card in cards)
    ranks = sorted(counts, key=lambda rank: (counts[rank], rank), reverse=True)
    if ranks == [14, 5, 4, 3, 2]:
        ranks = [5, 4, 3, 2, 1]
    is_straight = len(ranks) == 5 and ranks[0] - ranks[4] == 4
    is_flush = len({card[1] for card in cards}) == 1
    if is_straight or is_flush:
        name = "flush" if not is_straight else "straight flush" if is_flush else "straight"
    else:
        name = _SHAPES[tuple(counts[rank] for rank in ranks)]
    return name, ranks


def inputs_poker_hand(rng: Random) -> Iterator[tuple[list[str]]]:
    yield (["2H", "3H", "4H", "5H", "AH"],)
    yield (["AS", "2H", "3H", "4H", "5H"],)
    yield (["KS", "AH", "2H", "3H", "4H"],)
    yield (["TS", "JS", "QS", "KS", "AS"],)
    yield (["2S", "3H", "4H", "5H", "7H"],)
    yield (["2S", "2H", "2D", "2C", "7H"],)
    yield (["2S", "2H", "2D", "7C", "7H"],)
    while True:
        low = rng.randint(0, 8)
        kind = rng.random()
        if kind < 0.2:
            ranks = rng.choice([_CARD_RANKS[low : low + 5], "A2345", _CARD_RANKS[low : low + 4] + rng.choice("2A")])
            suits = rng.choice(["H", "HHHHD"])
            cards = [rank + rng.choice(suits) for rank in ranks]
        elif kind < 0.35:
            cards = [rank + "C" for rank in rng.sample(_CARD_RANKS, 5)]
        else:
            pool = rng.sample(_CARD_RANKS, rng.choice([2, 2, 3, 3, 4, 5]))
            cards = rng.sample([rank + suit for rank in pool for suit in "SHDC"], 5)
        if len(set(cards)) == 5:
            rng.shuffle(cards)
            yield (cards,)


def tictactoe_state(board: list[str]) -> str:
    """Return the state of a game of tic-tac-toe that X has begun, from its three rows of "X", "O" and ".": "X won" or
    "O won" with three in a row, column or diagonal, else "drawn" if the board is full, else "X to move" or "O to
    move"; raise ValueError if the numbers of marks do not fit alternate moves or somebody moved after a win.

    >>> tictactoe_state(["XXX", "OO.", "..."])
    'X won'
    """
    cells = "".join(board)
    lines = [cells[row : row + 3] for row in (0, 3, 6)]
    lines += [cells[col::3] for col in range(3)]
    lines += [cells[::4], cells[2:7:2]]
    lead = cells.count("X") - cells.count("O")
    if lead not in (0, 1) or ("XXX" in lines and lead == 0) or ("OOO" in lines and lead == 1):
        raise ValueError("impossible board")
    if "XXX" in lines or "OOO" in lines:
        return "X won" if lead == 1 else "O won"
    if "." not in cells:
        return "drawn"
    return "O to move" if lead == 1 else "X to move"


def inputs_tictactoe_state(rng: Random) -> Iterator[tuple[list[str]]]:
    yield (["...", "...", "..."],)
    yield (["XOX", "XOO", "OXX"],)
    yield (["XOX", "OXO", "XOX"],)
    yield (["XX.", "OOO", "..X"],)
    yield (["XXX", "OOO", "..."],)
    yield (["XX.", "...", "..."],)
    yield (["O..", "...", "..."],)
    yield (["XXX", "OO.", "O.."],)
    yield (["X.O", "XO.", "O.X"],)
    while True:
        cells = ["."] * 9
        count = rng.choice([3, 5, 6, 6, 7, 7, 8, 8, 9, 9])
        line = rng.choice([(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)])
        if count < 9 and rng.random() < 0.7:
            winner = "OX"[count % 2]
            for place in line:
                cells[place] = winner
        marks = ["X"] * ((count + 1) // 2 - cells.count("X")) + ["O"] * (count // 2 - cells.count("O"))
        free = [place for place in range(9) if cells[place] == "."]
        for place, mark in zip(rng.sample(free, len(marks)), marks, strict=True):
            cells[place] = mark
        if rng.random() < 0.08:
            cells[rng.randrange(9)] = rng.choice("XO.")
        text = "".join(cells)
        yield ([text[:3], text[3:6], text[6:]],)


class TurnWheel:
    """Keep whose turn it is among differently named players in a circle, the first one to begin: advance passes the
    turn on by a number of places (0 or more) in the playing direction and returns whose turn it is then, reverse turns
    the direction round, order returns the players from the one whose turn it is on in the playing direction, and leave
    takes a player out, passing the turn on first if it was theirs, and raises ValueError, changing nothing, if there
    is no such player or no other one.

    >>> wheel = TurnWheel(["ann", "bob", "cal"])
    >>> wheel.reverse()
    >>> wheel.advance(1)
    'cal'
    >>> wheel.order()
    ['cal', 'bob', 'ann']
    """

    def __init__(self, players: list[str]) -> None:
        self._players = players[:]
        self._at = 0
        self._step = 1

    def advance(self, places: int) -> str:
        self._at = (self._at + places * self._step) % len(self._players)
        return self._players[self._at]

    def reverse(self) -> None:
        self._step = -self._step

    def order(self) -> list[str]:
        size = len(self._players)
        return [self._players[(self._at + turn * self._step) % size] for turn in range(size)]

    def leave(self, player: str) -> None:
        if len(self._players) == 1 or player not in self._players:
            raise ValueError(f"{player} cannot leave")
        place = self._players.index(player)
        if place == self._at:
            self.advance(1)
        current = self._players[self._at]
        del self._players[place]
        self._at = self._players.index(current)


def inputs_TurnWheel(rng: Random) -> Iterator[draw.Calls]:
    yield [("TurnWheel", ["a"]), ("advance", 3), ("leave", "a"), ("order",)]
    yield [("TurnWheel", ["a", "b"]), ("leave", "c"), ("leave", "a"), ("leave", "b"), ("order",)]
    yield [("TurnWheel", ["a", "b", "c"]), ("reverse",), ("leave", "a"), ("order",), ("advance", 1), ("order",)]
    yield [("TurnWheel", ["a", "b", "c"]), ("advance", 2), ("leave", "a"), ("order",), ("advance", 0)]
    while True:
        names = rng.sample("abcde", rng.choice([2, 3, 4, 5]))
        calls: draw.Calls = [("TurnWheel", names)]
        for _ in range(rng.randint(2, 5)):
            calls.append(
                rng.choice(
                    [("advance", rng.randint(0, 3)), ("advance", 1), ("reverse",), ("leave", rng.choice([*names, "x"]))]
                )
            )
        yield [*calls, ("order",)]


class EloTable:
    """Rate players with whole numbers: enter sets the rating of a player, play records a win and moves points from the
    loser to the winner and returns how many (stakes * (400 - lead) / 800, where lead is how far the winner is rated
    above the loser, negative if below, rounded down, but at least 1 and at most the stakes), and table returns (name,
    rating) pairs, highest rating first, equal ones by name; play raises KeyError, changing nothing, if a player has
    not entered.

    >>> elo = EloTable(32)
    >>> elo.enter("ann", 1000)
    >>> elo.enter("bob", 1100)
    >>> elo.play("ann", "bob")
    20
    >>> elo.table()
    [('bob', 1080), ('ann', 1020)]
    """

    def __init__(self, stakes: int) -> None:
        self._stakes = stakes
        self._ratings: dict[str, int] = {}

    def enter(self, name: str, rating: int) -> None:
        self._ratings[name] = rating

    def play(self, winner: str, loser: str) -> int:
        lead = self._ratings[winner] - self._ratings[loser]
        moved = min(max(self._stakes * (400 - lead) // 800, 1), self._stakes)
        self._ratings[winner] += moved
        self._ratings[loser] -= moved
        return moved

    def table(self) -> list[tuple[str, int]]:
        return sorted(self._ratings.items(), key=lambda entry: (-entry[1], entry[0]))


def inputs_EloTable(rng: Random) -> Iterator[draw.Calls]:
    yield [("EloTable", 20), ("table",), ("play", "a", "b")]
    yield [("EloTable", 20), ("enter", "b", 900), ("enter", "a", 900), ("table",), ("play", "a", "b"), ("table",)]
    yield [("EloTable", 20), ("enter", "b", 900), ("enter", "a", 1400), ("play", "a", "b"), ("table",)]
    yield [("EloTable", 20), ("enter", "b", 900), ("enter", "a", 1400), ("play", "b", "a"), ("table",)]
    while True:
        calls: draw.Calls = [("EloTable", rng.choice([10, 16, 20, 32]))]
        names = rng.sample("abc", rng.choice([2, 2, 3]))
        calls += [("enter", name, rng.choice([800, 990, 1000, 1000, 1010, 1040, 1450])) for name in names]
        for _ in range(rng.randint(1, 2)):
            first, second = rng.sample(names, 2)
            calls.append(("play", first, "x" if rng.random() < 0.1 else second))
        yield [*calls, ("table",)]


def round_robin(players: list[str]) -> list[list[tuple[str, str]]]:
    """Return the rounds of a tournament in which each of two or more players meets every other once: the first in the
    list plays the last, the second the one before the last and so on, as pairs with the one nearer to the front first,
    and after each round the last one moves to the second place; an odd list gets a free place at its end before the
    first round, and whoever would meet it rests.

    >>> round_robin(["a", "b", "c"])
    [[('b', 'c')], [('a', 'c')], [('a', 'b')]]
    """
    circle: list[str | None] = [*players]
    if len(circle) % 2 == 1:
        circle.append(None)
    rounds = []
    for _ in range(len(circle) - 1):
        pairs = []
        for place in range(len(circle) // 2):
            first, second = circle[place], circle[-1 - place]
            if first is not None and second is not None:
                pairs.append((first, second))
        rounds.append(pairs)
        circle.insert(1, circle.pop())
    return rounds


def inputs_round_robin(rng: Random) -> Iterator[tuple[list[str]]]:
    yield (["a", "b"],)
    yield (["a", "b", "c"],)
    yield (["d", "c", "b", "a"],)
    yield (["a", "b", "c", "d", "e"],)
    while True:
        yield (draw.some(rng, "abcdefgh", max_size=6, min_size=3),)


def league_table(results: list[tuple[str, int, int, str]]) -> list[tuple[str, int, int, int]]:
    """Return (team, matches, points, goal difference) for every team in results of the form (home team, home goals,
    away goals, away team), a win being worth 3 points and a draw 1 each; order by more points, then by the better
    difference, then by more goals scored, then by name.

    >>> league_table([("ham", 2, 1, "ulm"), ("ulm", 0, 0, "bern")])
    [('ham', 1, 3, 1), ('bern', 1, 1, 0), ('ulm', 2, 1, -1)]
    """
    rows: dict[str, list[int]] = {}
    for home, home_goals, away_goals, away in results:
        for team, scored, conceded in ((home, home_goals, away_goals), (away, away_goals, home_goals)):
            row = rows.setdefault(team, [0, 0, 0, 0])
            row[0] += 1
            if scored >= conceded:
                row[1] += 3 if scored > conceded else 1
            row[2] += scored - conceded
            row[3] += scored
    ranked = sorted(rows, key=lambda team: (-rows[team][1], -rows[team][2], -rows[team][3], team))
    return [(team, rows[team][0], rows[team][1], rows[team][2]) for team in ranked]


def inputs_league_table(rng: Random) -> Iterator[tuple[list[tuple[str, int, int, str]]]]:
    yield ([],)
    yield ([("b", 1, 1, "a")],)
    yield ([("b", 1, 1, "a"), ("d", 2, 2, "c")],)
    yield ([("a", 2, 0, "b"), ("c", 3, 1, "d"), ("b", 1, 0, "a")],)
    while True:
        results = []
        for _ in range(rng.randint(1, 4)):
            home, away = rng.sample("abcd", 2)
            results.append((home, rng.randint(0, 2), rng.randint(0, 2), away))
        yield (results,)


def wordle_marks(guess: str, answer: str) -> str:
    """Return one mark for each letter of a guess: "G" where the answer has the same letter at that place, else "y" if
    the answer has it at another place, else "."; each letter of the answer accounts for only one mark, first for a "G"
    and then for the leftmost "y"; raise ValueError if the words differ in length.

    >>> wordle_marks("geese", "elate")
    '.y..G'
    """
    if len(guess) != len(answer):
        raise ValueError("different lengths")
    left = [letter for letter, tried in zip(answer, guess, strict=True) if letter != tried]
    marks = ""
    for letter, tried in zip(answer, guess, strict=True):
        if tried == letter:
            marks += "G"
        elif tried in left:
            left.remove(tried)
            marks += "y"
        else:
            marks += "."
    return marks


def inputs_wordle_marks(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "ab", "ab"
    yield "ab", "abc"
    yield "aab", "baa"
    yield "aaa", "aba"
    yield "aaab", "baca"
    while True:
        size = rng.randint(3, 6)
        alphabet = rng.choice(["abc", "abcd", "aabcde"])
        yield draw.text(rng, alphabet, size, size), draw.text(rng, alphabet, size - (rng.random() < 0.07), size - 1)


_TILE_POINTS = {"AEILNORSTU": 1, "DG": 2, "BCMP": 3, "FHVWY": 4, "K": 5, "JX": 8, "QZ": 10}


def _tile_value(tile: str) -> int:
    return sum(points for letters, points in _TILE_POINTS.items() if tile in letters)


def scrabble_play(word: str, squares: str) -> int:
    """Return the score of a word laid in a row onto squares (as many as it has tiles), where capital letters count 1
    (AEILNORSTU), 2 (DG), 3 (BCMP), 4 (FHVWY), 5 (K), 8 (JX) or 10 (QZ) and small letters are blanks worth 0: a square
    "d" doubles and "t" triples its letter, "D" doubles and "T" triples the whole word (several of them multiply), "."
    does nothing and "x" is a tile that lay there before; a play of seven or more new tiles gets 50 more at the end.

    >>> scrabble_play("ZOo", "d.D")
    42
    """
    total = new_tiles = 0
    factor = 1
    for tile, square in zip(word, squares, strict=True):
        value = _tile_value(tile)
        if square in "dt":
            value *= 2 if square == "d" else 3
        elif square in "DT":
            factor *= 2 if square == "D" else 3
        total += value
        new_tiles += square != "x"
    return total * factor + (50 if new_tiles >= 7 else 0)


def inputs_scrabble_play(rng: Random) -> Iterator[tuple[str, str]]:
    yield "", ""
    yield "Q", "t"
    yield "q", "t"
    yield "AB", "DT"
    yield "RETINAS", "......."
    yield "RETINAS", "...x..."
    yield "RETINAST", "D..x...T"
    while True:
        size = rng.choice([2, 3, 4, 5, 7, 7, 8])
        tiles = draw.text(rng, "AEILNORSTUDGBCMPFHVWYKJXQZaqz", size, size)
        yield tiles, draw.text(rng, "......dtDTx", size, size)


def reversi_play(board: list[str], row: int, col: int, disc: str) -> tuple[list[str], int]:
    """Return the board after a disc ("X" or "O") is put on an empty cell (".", row and column counted from 0) and the
    number of discs it turns: in each of the eight directions the unbroken run of the other colour next to the new disc
    changes its colour if a disc of the new colour follows it; raise ValueError if the cell is not empty or nothing
    turns; the given board is not changed.

    >>> reversi_play(["XO..", ".OO."], 0, 2, "X")
    (['XXX.', '.OO.'], 1)
    """
    turned: list[tuple[int, int]] = []
    for down, across in [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]:
        run: list[tuple[int, int]] = []
        r, c = row + down, col + across
        while 0 <= r < len(board) and 0 <= c < len(board[0]) and board[r][c] != ".":
            if board[r][c] == disc:
                turned += run
                break
            run.append((r, c))
            r, c = r + down, c + across
    if board[row][col] != "." or not turned:
        raise ValueError("not a move")
    cells = [list(line) for line in board]
    for r, c in [(row, col), *turned]:
        cells[r][c] = disc
    return ["".join(line) for line in cells], len(turned)


def inputs_reversi_play(rng: Random) -> Iterator[tuple[list[str], int, int, str]]:
    yield ["XO."], 0, 2, "X"
    yield ["XO."], 0, 2, "O"
    yield ["XOX"], 0, 1, "X"
    yield [".OO"], 0, 0, "X"
    yield [".", "O", "O", "X"], 0, 0, "X"
    yield ["X.X", ".OO", "X.."], 2, 2, "X"
    yield ["XOX", "O.O", "XOX"], 1, 1, "X"
    yield ["X...", ".O..", "..O.", "X.O."], 3, 3, "X"
    while True:
        rows, cols = rng.randint(3, 4), rng.randint(3, 5)
        cells = [rng.choice("XXOO.") for _ in range(rows * cols)]
        row, col = rng.randrange(rows), rng.randrange(cols)
        disc = rng.choice("XO")
        if rng.random() < 0.95:
            cells[row * cols + col] = "."
            step_r, step_c = rng.choice([-1, 0, 1]), rng.choice([-1, 1])
            for distance, mark in ((1, "XO".replace(disc, "")), (2, rng.choice([disc, disc, "X", "O"]))):
                r, c = row + step_r * distance, col + step_c * distance
                if 0 <= r < rows and 0 <= c < cols:
                    cells[r * cols + c] = mark
        text = "".join(cells)
        yield [text[at : at + cols] for at in range(0, len(text), cols)], row, col, disc


def snakes_and_ladders(
    players: int, last: int, jumps: dict[int, int], rolls: list[int]
) -> tuple[list[int], int | None]:
    """Return the places of all players after the rolls of a die, and the number of the winner or None: players 0, 1, 2
    ... start at place 0 and take turns in that order, each roll moves one player ahead, who goes back from the last
    place by what is left over, then follows the jump (snake or ladder) from the place reached, if any, but no second
    one, and has the next roll too after a 6; whoever stands on the last place wins, and further rolls do not count.

    >>> snakes_and_ladders(2, 10, {3: 7}, [3, 6, 2, 4])
    ([9, 8], None)
    """
    places = [0] * players
    turn = 0
    for roll in rolls:
        reached = places[turn] + roll
        if reached > last:
            reached = 2 * last - reached
        places[turn] = jumps.get(reached, reached)
        if places[turn] == last:
            return places, turn
        if roll != 6:
            turn = (turn + 1) % players
    return places, None


def inputs_snakes_and_ladders(rng: Random) -> Iterator[tuple[int, int, dict[int, int], list[int]]]:
    yield 1, 10, {}, []
    yield 1, 10, {}, [4, 6, 3]
    yield 2, 10, {}, [6, 5, 6]
    yield 2, 8, {3: 8}, [1, 3, 5]
    yield 2, 12, {2: 5, 5: 1}, [2, 5]
    yield 1, 7, {6: 2}, [5, 3]
    while True:
        last = rng.randint(8, 15)
        jumps = {place: rng.randint(1, last) for place in rng.sample(range(2, last), 3)}
        rolls = [rng.choice([1, 2, 3, 4, 5, 6, 6]) for _ in range(rng.randint(2, 8))]
        yield rng.randint(1, 3), last, jumps, rolls


def _best_total(cards: list[str]) -> int:
    total = sum(11 if card == "A" else 10 if card in ("J", "Q", "K") else int(card) for card in cards)
    for _ in range(cards.count("A")):
        if total > 21:
            total -= 10
    return total


def settle_blackjack(player: list[str], dealer: list[str], bet: int) -> int:
    """Return what a player gains (negative for a loss) at blackjack from hands of two or more cards, "2" to "10", "J",
    "Q", "K" (10 each) and "A" (11, or 1 as far as needed to stay within 21): the bet is lost with more than 21,
    whatever the dealer has, and otherwise won if the dealer has more than 21 or less than the player, lost if the
    dealer has more and returned (0) if both have as much, but 21 with two cards beats any other 21 and wins one and a
    half times the bet, rounded down, if the dealer has none.

    >>> settle_blackjack(["A", "K"], ["7", "7", "7"], 5)
    7
    """
    ours, theirs = _best_total(player), _best_total(dealer)
    natural = ours == 21 and len(player) == 2
    dealer_natural = theirs == 21 and len(dealer) == 2
    if natural != dealer_natural:
        return bet * 3 // 2 if natural else -bet
    if ours > 21:
        return -bet
    if theirs > 21 or ours > theirs:
        return bet
    return -bet if ours < theirs else 0


def inputs_settle_blackjack(rng: Random) -> Iterator[tuple[list[str], list[str], int]]:
    yield ["A", "K"], ["A", "10"], 5
    yield ["A", "Q"], ["9", "9"], 5
    yield ["7", "7", "7"], ["A", "J"], 5
    yield ["10", "6", "6"], ["10", "6", "7"], 5
    yield ["10", "6"], ["10", "6", "7"], 5
    yield ["A", "A", "9"], ["10", "10"], 4
    yield ["A", "A", "10", "10"], ["10", "10"], 4
    yield ["9", "9"], ["A", "7"], 4
    cards = ["2", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A", "A", "A"]
    while True:
        hands = [[rng.choice(cards) for _ in range(rng.choice([2, 2, 3, 3, 4]))] for _ in range(2)]
        for hand in hands:
            if rng.random() < 0.15:
                hand[:] = rng.sample(["A", rng.choice(["10", "J", "Q", "K"])], 2)
        yield hands[0], hands[1], rng.randint(1, 9)
