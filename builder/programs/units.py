"""Units: durations, temperatures, sizes, paces, coordinates, roman numerals, clocks, mixed units."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from debugarena.builder.programs import draw

_DURATION_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def short_duration(seconds: int) -> str:
    """Return a duration in d, h, m (minutes) and s, such as '1d 2h': the largest unit of which there is at least one,
    then the next smaller unit if there is at least one of it, all that is smaller being cut off; '0s' for nothing, and
    a minus in front if the duration is negative.

    >>> short_duration(93784)
    '1d 2h'
    >>> short_duration(-3605)
    '-1h'
    """
    parts: list[tuple[int, str]] = []
    left = abs(seconds)
    for unit, size in _DURATION_UNITS:
        count, left = divmod(left, size)
        if parts or count > 0:
            parts.append((count, unit))
    if not parts:
        return "0s"
    text = " ".join(f"{count}{unit}" for count, unit in parts[:2] if count > 0)
    return f"-{text}" if seconds < 0 else text


def inputs_short_duration(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (1,)
    yield (-60,)
    yield (3599,)
    yield (86400,)
    yield (86459,)
    while True:
        size = rng.choice([1, 60, 3600, 86400])
        yield (rng.choice([1, 1, 1, -1]) * (size * rng.randint(0, 30) + rng.choice([-1, 0, 1, 59, 60, 1800, 3600])),)


_LETTER_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> int:
    """Return the seconds in a duration such as '1h30m', which is one or more pairs of a number in digits and one of the
    letters d, h, m (minutes) and s, without blanks, each letter at most once and a larger unit before a smaller one;
    raise ValueError for anything else.

    >>> parse_duration("1h30m")
    5400
    """
    allowed = "dhms"
    total = 0
    digits = ""
    for char in text:
        if char.isdigit():
            digits += char
        elif digits and char in allowed:
            total += int(digits) * _LETTER_SECONDS[char]
            allowed = allowed[allowed.index(char) + 1 :]
            digits = ""
        else:
            raise ValueError("not a duration")
    if digits or text == "":
        raise ValueError("not a duration")
    return total


def inputs_parse_duration(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("0s",)
    yield ("15",)
    yield ("h",)
    yield ("5m5m",)
    yield ("5m1h",)
    yield ("2d3h4m5s",)
    while True:
        letters = [letter for letter in "dhms" if rng.random() < 0.5] or ["m"]
        text = "".join(f"{rng.choice([0, 1, 2, 9, 10, 30, 90])}{letter}" for letter in letters)
        if rng.random() < 0.12:
            text = rng.choice([text + "7", text + text, "s" + text, text + "1w", text + " "])
        yield (text,)


_DEGREE_SIZES = {"C": Fraction(1), "F": Fraction(5, 9), "K": Fraction(1)}
_ZERO_OFFSETS = {"C": Fraction("273.15"), "F": Fraction("459.67"), "K": Fraction(0)}


def _to_kelvins(text: str) -> Fraction:
    scale = text[-1]
    kelvins = (Fraction(text[:-1]) + _ZERO_OFFSETS[scale]) * _DEGREE_SIZES[scale]
    if kelvins < 0:
        raise ValueError("colder than possible")
    return kelvins


def convert_temperature(text: str, scale: str) -> str:
    """Return a temperature such as '20.5C' in another scale, C (Celsius), F (Fahrenheit, 1.8 degrees to a kelvin, 32F
    being 0C) or K (kelvin, 273.15K being 0C), in whole degrees with a half rounded up towards the warmer, such as
    '69F'; raise ValueError for a temperature below 0K, and otherwise KeyError for a letter of no scale.

    >>> convert_temperature("20.5C", "F")
    '69F'
    """
    degrees = _to_kelvins(text) / _DEGREE_SIZES[scale] - _ZERO_OFFSETS[scale]
    return f"{math.floor(degrees + Fraction(1, 2))}{scale}"


def inputs_convert_temperature(rng: Random) -> Iterator[tuple[str, str]]:
    yield "-273.15C", "K"
    yield "-273.16C", "F"
    yield "-459.67F", "C"
    yield "-0.5C", "C"
    yield "0.5K", "K"
    yield "20R", "C"
    yield "20C", "R"
    yield "-40F", "C"
    while True:
        scale = rng.choice("CFK")
        number = rng.randint(0, 320) if scale == "K" else rng.randint(-60, 110)
        text = f"{number}{rng.choice(['', '', '.5', '.25', '.15'])}"
        if rng.random() < 0.05:
            text = rng.choice(["-1", "-0.5"]) if scale == "K" else f"-{rng.randint(460, 480)}"
        yield text + scale, rng.choice("CCCFFFKKX" if rng.random() < 0.4 else "CFK")


_ROMAN = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


def _to_roman(number: int) -> str:
    text = ""
    for value, symbol in _ROMAN:
        text += symbol * (number // value)
        number %= value
    return text


def roman_value(text: str) -> int:
    """Return the number that a roman numeral in capitals stands for, an empty one for 0; raise ValueError unless it is
    written in the one proper way, with as few letters as subtractive pairs (IV, IX, XL, XC, CD, CM) allow and any
    number of M.

    >>> roman_value("MCMXCIV")
    1994
    """
    total = 0
    at = 0
    for value, symbol in _ROMAN:
        while text.startswith(symbol, at):
            total += value
            at += len(symbol)
    if _to_roman(total) != text:
        raise ValueError("not a roman numeral")
    return total


def inputs_roman_value(rng: Random) -> Iterator[tuple[str]]:
    yield ("",)
    yield ("IIII",)
    yield ("IC",)
    yield ("IXIV",)
    yield ("MMMMI",)
    yield ("x",)
    while True:
        text = "".join(rng.choice(["", *steps.split()]) for steps in ("M MM", "C CD D CM", "X XL L XC", "I IV V IX II"))
        if rng.random() < 0.12:
            text = draw.text(rng, "IVXLCDM", 4, 2)
        yield (text,)


_MOST_DEGREES = {"N": 90, "S": 90, "E": 180, "W": 180}


def parse_coordinate(text: str) -> int:
    """Return a coordinate such as '48 51 24 N' as seconds of arc, negative for S and W: degrees, then minutes and
    seconds or minutes alone or neither, then one of N, S, E and W, with blanks in between; raise ValueError if the last
    part is none of these four, if there are not one to three numbers, if minutes or seconds are 60 or more, or if the
    whole is more than 90 degrees for N and S or 180 for E and W.

    >>> parse_coordinate("1 30 W")
    -5400
    """
    *numbers, side = text.split()
    if side not in _MOST_DEGREES or not 1 <= len(numbers) <= 3:
        raise ValueError("not a coordinate")
    if any(int(number) >= 60 for number in numbers[1:]):
        raise ValueError("too many minutes or seconds")
    seconds = 0
    for number, scale in zip(numbers, (3600, 60, 1), strict=False):
        seconds += int(number) * scale
    if seconds > _MOST_DEGREES[side] * 3600:
        raise ValueError("too many degrees")
    return -seconds if side in "SW" else seconds


def inputs_parse_coordinate(rng: Random) -> Iterator[tuple[str]]:
    yield ("0 N",)
    yield ("90 S",)
    yield ("90 0 1 N",)
    yield ("180 W",)
    yield ("180 0 1 E",)
    yield ("12 60 N",)
    yield ("12 0 60 N",)
    yield ("12 30 30 30 N",)
    yield ("E",)
    yield ("12 30",)
    while True:
        side = rng.choice("NSEW")
        degrees = rng.choice([0, 1, 12, 45, 89]) if side in "NS" else rng.choice([0, 7, 90, 120, 179])
        rest = [rng.choice([0, 1, 7, 24, 30, 58, 59, 59]) for _ in range(rng.randint(0, 2))]
        if rng.random() < 0.12:
            degrees, rest, side = (
                rng.choice([89, 90, 91, 180]),
                rng.choice([[0, 0, 1], [60], [0, 60]]),
                rng.choice("NEx"),
            )
        yield (" ".join(map(str, [degrees, *rest, side])),)


def _minutes_after_midnight(text: str) -> int:
    clock, half = text.split()
    hour, minute = clock.split(":")
    return int(hour) % 12 * 60 + int(minute) + (720 if half == "PM" else 0)


def add_to_clock(text: str, minutes: int) -> str:
    """Return the 12-hour time that is a number of minutes (may be negative) after one such as '11:45 PM', followed, if
    it is not on the same day, by a blank and the signed number of days, such as '+1'; hours go from 1 to 12 without a
    leading zero, minutes have two digits, and 12:00 AM is midnight.

    >>> add_to_clock("11:45 PM", 20)
    '12:05 AM +1'
    """
    days, now = divmod(_minutes_after_midnight(text) + minutes, 1440)
    half = "PM" if now >= 720 else "AM"
    shown = f"{now // 60 % 12 or 12}:{now % 60:02d} {half}"
    return f"{shown} {days:+d}" if days != 0 else shown


def inputs_add_to_clock(rng: Random) -> Iterator[tuple[str, int]]:
    yield "12:00 AM", 0
    yield "12:00 AM", -1
    yield "11:59 AM", 1
    yield "12:30 PM", 60
    yield "1:05 AM", 2880
    while True:
        text = f"{rng.choice([1, 9, 11, 11, 12, 12])}:{rng.choice([0, 5, 15, 59]):02d} {rng.choice(['AM', 'PM'])}"
        yield text, rng.choice([-1, 1, 1]) * (rng.choice([0, 1, 5, 45, 61]) + rng.choice([0, 0, 660, 720, 1440]))


_MILLIMETRES = {"km": 1_000_000, "mi": 1_609_344}


def pace_label(seconds: int, metres: int, unit: str) -> str:
    """Return the time that one unit of way, km or mi (a mile, 1609.344 metres), takes someone who covers so many metres
    in so many seconds, rounded half up to whole seconds, such as '5:07 /km', or '1:02:03 /mi' from an hour on; raise
    KeyError for another unit, and otherwise ZeroDivisionError for 0 metres.

    >>> pace_label(1535, 5000, "km")
    '5:07 /km'
    """
    travelled = metres * 1000
    pace = (2 * seconds * _MILLIMETRES[unit] + travelled) // (2 * travelled)
    hours, rest = divmod(pace, 3600)
    text = f"{rest // 60}:{rest % 60:02d}"
    if hours > 0:
        text = f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{text} /{unit}"


def inputs_pace_label(rng: Random) -> Iterator[tuple[int, int, str]]:
    yield 0, 100, "km"
    yield 119, 2000, "km"
    yield 3600, 1000, "km"
    yield 3599, 1000, "km"
    yield 60, 0, "mi"
    yield 60, 100, "nm"
    while True:
        metres = rng.choice([100, 400, 500, 800, 1000, 2000, 5000])
        seconds = rng.randint(200, 450) * metres // 1000 if rng.random() < 0.6 else rng.randint(1000, 9000)
        metres *= rng.random() > 0.05
        yield seconds, metres, rng.choice(["km", "mi", "km", "mi"] if rng.random() < 0.9 else ["m", "mi"])


def tape_measure(sixteenths: int) -> str:
    """Return a length of so many sixteenths of an inch in feet (12 inches), whole inches and a fraction of an inch in
    lowest terms, such as 5' 11 3/8": whatever of the three is zero is left out, the inch sign too if there are neither
    inches nor a fraction, but nothing at all gives 0 and the inch sign.

    >>> print(tape_measure(1142))
    5' 11 3/8"
    """
    feet, rest = divmod(sixteenths, 192)
    inches, part = divmod(rest, 16)
    pieces = []
    if inches > 0:
        pieces.append(str(inches))
    if part > 0:
        shared = math.gcd(part, 16)
        pieces.append(f"{part // shared}/{16 // shared}")
    text = " ".join(pieces)
    if feet == 0:
        return f'{text or 0}"'
    return f"{feet}' {text}\"" if text else f"{feet}'"


def inputs_tape_measure(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (1,)
    yield (16,)
    yield (191,)
    yield (192,)
    yield (193,)
    while True:
        yield (192 * rng.randint(0, 3) + 16 * rng.choice([0, 0, 1, 5, 11]) + rng.randint(0, 15),)


class UnitTable:
    """Convert between units: define states that one unit called big is count (1 or more) of the unit called small, and
    convert returns how many of target so many of source are, as a fraction (numerator, denominator) in lowest terms,
    by way of any number of definitions in either direction (which never contradict each other), a unit being
    convertible to itself without any; it raises KeyError if target cannot be reached from source.

    >>> table = UnitTable()
    >>> table.define("ft", 12, "in")
    >>> table.define("yd", 3, "ft")
    >>> table.convert(24, "in", "yd")
    (2, 3)
    """

    def __init__(self) -> None:
        self._links: dict[str, list[tuple[str, Fraction]]] = {}

    def define(self, big: str, count: int, small: str) -> None:
        self._links.setdefault(big, []).append((small, Fraction(count)))
        self._links.setdefault(small, []).append((big, Fraction(1, count)))

    def convert(self, amount: int, source: str, target: str) -> tuple[int, int]:
        amounts = {source: Fraction(amount)}
        todo = [source]
        while todo:
            unit = todo.pop()
            for other, factor in self._links.get(unit, []):
                if other not in amounts:
                    amounts[other] = amounts[unit] * factor
                    todo.append(other)
        return amounts[target].numerator, amounts[target].denominator


def inputs_UnitTable(rng: Random) -> Iterator[draw.Calls]:
    yield [("UnitTable",), ("convert", 5, "ft", "ft"), ("convert", 5, "ft", "in")]
    yield [("UnitTable",), ("define", "ft", 12, "in"), ("convert", 18, "in", "ft"), ("convert", 2, "ft", "in")]
    yield [("UnitTable",), ("define", "yd", 3, "ft"), ("convert", 7, "yd", "mi"), ("convert", 0, "ft", "yd")]
    while True:
        facts = [("yd", 3, "ft"), ("ft", 12, "in"), ("ch", 22, "yd"), ("hand", 4, "in")]
        known = draw.some(rng, facts, 4, 2)
        calls: draw.Calls = [("UnitTable",), *(("define", *fact) for fact in known)]
        units = sorted({unit for big, _, small in known for unit in (big, small)})
        for _ in range(2):
            calls.append(("convert", rng.randint(1, 12), *rng.sample(units, 2)))
        yield calls


class Stopwatch:
    """Measure time, each method being given the present time in seconds, which never goes back: start sets the watch
    going and stop halts it, and they raise ValueError if it goes already or stands still already; elapsed returns, as
    'm:ss' with minutes beyond 59 too, how long it has been going in all, and lap returns how many seconds it has been
    going since the lap before, or in all for the first one.

    >>> watch = Stopwatch()
    >>> watch.start(100)
    >>> watch.lap(130)
    30
    >>> watch.stop(165)
    >>> watch.elapsed(999)
    '1:05'
    """

    def __init__(self) -> None:
        self._collected = 0
        self._lapped = 0
        self._started: int | None = None

    def start(self, now: int) -> None:
        if self._started is not None:
            raise ValueError("going already")
        self._started = now

    def stop(self, now: int) -> None:
        if self._started is None:
            raise ValueError("standing still")
        self._collected += now - self._started
        self._started = None

    def _total(self, now: int) -> int:
        if self._started is None:
            return self._collected
        return self._collected + now - self._started

    def lap(self, now: int) -> int:
        lap = self._total(now) - self._lapped
        self._lapped += lap
        return lap

    def elapsed(self, now: int) -> str:
        minutes, seconds = divmod(self._total(now), 60)
        return f"{minutes}:{seconds:02d}"


def inputs_Stopwatch(rng: Random) -> Iterator[draw.Calls]:
    yield [("Stopwatch",), ("elapsed", 5), ("stop", 6), ("lap", 7)]
    yield [("Stopwatch",), ("start", 5), ("start", 9), ("elapsed", 65)]
    yield [("Stopwatch",), ("start", 0), ("stop", 59), ("start", 70), ("stop", 71), ("elapsed", 80)]
    yield [("Stopwatch",), ("start", 0), ("elapsed", 3600)]
    while True:
        now = rng.randint(0, 20)
        calls: draw.Calls = [("Stopwatch",), ("start", now)]
        going = True
        for _ in range(rng.randint(2, 4)):
            now += rng.choice([0, 1, 9, 20, 45, 60])
            toggle = "stop" if going == (rng.random() < 0.9) else "start"
            calls.append((rng.choice(["lap", "lap", toggle, toggle, toggle]), now))
            if calls[-1][0] != "lap":
                going = calls[-1][0] == "start"
        yield [*calls, ("elapsed", now + rng.randint(0, 30))]


def _offset_minutes(offset: str) -> int:
    if offset == "Z":
        return 0
    hours, minutes = offset[1:].split(":")
    size = int(hours) * 60 + int(minutes)
    if size > 14 * 60:
        raise ValueError("no such offset")
    return -size if offset[0] == "-" else size


def shift_zone(clock: str, source: str, target: str) -> tuple[str, int]:
    """Return the HH:MM time that clocks with the offset target show when those with the offset source show the given
    HH:MM time, and how many days later (negative for earlier) their date is; an offset is how far clocks are ahead of
    UTC, 'Z' for not at all or '+HH:MM' or '-HH:MM' (behind); raise ValueError for one of more than 14 hours.

    >>> shift_zone("01:15", "+02:00", "-05:30")
    ('17:45', -1)
    """
    hours, minutes = clock.split(":")
    universal = int(hours) * 60 + int(minutes) - _offset_minutes(source)
    days, minute = divmod(universal + _offset_minutes(target), 24 * 60)
    return f"{minute // 60:02d}:{minute % 60:02d}", days


def inputs_shift_zone(rng: Random) -> Iterator[tuple[str, str, str]]:
    yield "00:00", "Z", "Z"
    yield "23:59", "-00:01", "Z"
    yield "12:00", "Z", "+14:00"
    yield "12:00", "-14:01", "Z"
    yield "12:00", "-12:00", "+12:00"
    while True:
        zones = ["Z", "+01:00", "+05:45", "+12:00", "+14:00", "-00:30", "-03:30", "-08:00", "-11:00", "+09:30"]
        if rng.random() < 0.12:
            zones = ["+14:30", "-15:00", "Z"]
        clock = f"{rng.choice([0, 1, 6, 11, 12, 20, 23]):02d}:{rng.choice([0, 15, 30, 59]):02d}"
        yield clock, rng.choice(zones), rng.choice(zones)


_RESISTOR_LETTERS = {"": 1, "R": 1, "k": 1000, "M": 1_000_000}


def resistor_milliohms(code: str) -> int:
    """Return in thousandths of an ohm what is printed on a resistor: digits, which mean ohms, with at most one letter
    among, before or after them, R (ohms), k (1000 ohms) or M (1000000 ohms), that also stands for the decimal point
    and has up to three digits after it; raise ValueError for anything else, a letter without digits included.

    >>> resistor_milliohms("4k7")
    4700000
    """
    found = re.fullmatch(r"(\d*)([RkM]?)(\d{0,3})", code)
    if found is None:
        raise ValueError("not a resistor")
    whole, letter, decimals = found.groups()
    scale: int = 10 ** len(decimals)
    return int(whole + decimals) * _RESISTOR_LETTERS[letter] * 1000 // scale


def inputs_resistor_milliohms(rng: Random) -> Iterator[tuple[str]]:
    yield ("0",)
    yield ("470",)
    yield ("R047",)
    yield ("10k",)
    yield ("k",)
    yield ("",)
    yield ("1k2345",)
    yield ("1R5k",)
    while True:
        whole, letter = rng.choice(["", "0", "4", "10", "47", "330"]), rng.choice("RkM")
        decimals = draw.text(rng, "0157", 3, min_size=not whole)
        code = whole + letter + decimals
        if rng.random() < 0.1:
            code = rng.choice([whole + decimals, letter, code + "0000", code + "m", letter + code, f"-{code}"])
        yield (code,)


_COMPASS = "N NNE NE ENE E ESE SE SSE S SSW SW WSW W WNW NW NNW".split()


def compass_point(degrees: int, points: int) -> str:
    """Return the name of the compass point nearest to a direction in degrees, clockwise from north and possibly below 0
    or above 360, of the 4 (N E S W), 8 (also NE and so on) or 16 points (also NNE, ENE and so on), the one further
    clockwise if two are equally near; raise ValueError for another number of points.

    >>> compass_point(45, 4)
    'E'
    >>> compass_point(350, 16)
    'N'
    """
    if points not in (4, 8, 16):
        raise ValueError("no such compass")
    nearest = (degrees * points + 180) // 360 % points
    return _COMPASS[nearest * len(_COMPASS) // points]


def inputs_compass_point(rng: Random) -> Iterator[tuple[int, int]]:
    yield 0, 4
    yield 315, 4
    yield 314, 4
    yield 22, 8
    yield 360, 16
    yield -45, 4
    yield 10, 12
    while True:
        points = rng.choice([4, 4, 8, 8, 16, 16, 16, rng.choice([2, 4, 12, 32])])
        edge = rng.randint(-1, points + 1) * 360 // points + 180 // points
        yield rng.choice([edge - 1, edge, edge + 1, rng.randint(-90, 450)]), points
