"""Bits: masks, flags, registers, codes, packing."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw

_WHO = {"u": 0o700, "g": 0o070, "o": 0o007, "a": 0o777}
_RIGHTS = {"r": 0o444, "w": 0o222, "x": 0o111}


def change_mode(mode: int, who: str, operator: str, rights: str) -> str:
    """Change the nine permission bits of mode (0 to 0o777) and return them as text such as "rwxr-x---": the rights (any
    of r, w, x) are given to, taken from or set as the only ones of those in who (any of u, g, o, a for all three;
    empty means a) as the operator is "+", "-" or "="; raise KeyError for any other letter in who or rights, and
    if there is none ValueError for any other operator.

    >>> change_mode(0o644, "go", "=", "x")
    'rw---x--x'
    """
    scope = wanted = 0
    for letter in who or "a":
        scope |= _WHO[letter]
    for letter in rights:
        wanted |= _RIGHTS[letter]
    if operator == "+":
        mode |= scope & wanted
    elif operator == "-":
        mode &= ~(scope & wanted)
    elif operator == "=":
        mode = mode & ~scope | scope & wanted
    else:
        raise ValueError("bad operator")
    return "".join("rwxrwxrwx"[place] if mode >> (8 - place) & 1 else "-" for place in range(9))


def inputs_change_mode(rng: Random) -> Iterator[tuple[int, str, str, str]]:
    yield 0, "", "+", "rw"
    yield 0o777, "u", "-", "x"
    yield 0o754, "g", "=", ""
    yield 0o754, "z", "=", "r"
    yield 0o754, "u", "+", "q"
    yield 0o754, "u", "*", "r"
    while True:
        who = "".join(draw.some(rng, "ugo", 2)) if rng.random() < 0.9 else rng.choice(["a", "x"])
        rights = "".join(draw.some(rng, "rwx", 3)) if rng.random() < 0.95 else "u"
        yield rng.randint(0, 0o777), who, rng.choice("++--===" * 3 + "?"), rights


def gray_walk(start: int, steps: int, width: int) -> list[str]:
    """Return the Gray codes of steps consecutive counter values from start on as width binary digits each, the counter
    going from 2 ** width - 1 back to 0 (start is from 0 to that last value), where the Gray code of a value has a 1 at
    each digit in which the value differs from the digit on its left, a 0 standing left of the first digit.

    >>> gray_walk(5, 4, 3)
    ['111', '101', '100', '000']
    """
    codes = []
    for value in range(start, start + steps):
        value %= 1 << width
        codes.append(f"{value ^ value >> 1:0{width}b}")
    return codes


def inputs_gray_walk(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 0, 0, 2
    yield 0, 3, 1
    yield 7, 2, 3
    yield 2, 5, 2
    while True:
        width = rng.randint(1, 5)
        yield rng.randint(0, (1 << width) - 1), rng.randint(1, 6), width


def pack_fields(values: list[int], widths: list[int]) -> int:
    """Pack the values, equally many as widths, into one number as bit fields of these widths (each 1 or more), the
    first field in the highest bits and the last in the lowest; a negative value is stored in two's complement, and
    ValueError is raised if one fits its field neither as an unsigned nor as a signed number.

    >>> pack_fields([1, -1, 4], [2, 3, 4])
    244
    """
    packed = 0
    for value, width in zip(values, widths, strict=True):
        if not -(1 << width - 1) <= value < 1 << width:
            raise ValueError("value out of range")
        packed = packed << width | value & (1 << width) - 1
    return packed


def inputs_pack_fields(rng: Random) -> Iterator[tuple[list[int], list[int]]]:
    yield [], []
    yield [1, 0], [1, 1]
    yield [-1, -2], [1, 2]
    yield [2], [1]
    yield [-2], [1]
    yield [-3, 1], [2, 2]
    while True:
        widths = draw.integers(rng, 1, 4, 5, 1)
        values = [rng.choice([rng.randint(0, (1 << w) - 1), (1 << w) - 1, -(1 << w - 1)]) for w in widths]
        if rng.random() < 0.12:
            place = rng.randrange(len(widths))
            values[place] = rng.choice([1 << widths[place], -(1 << widths[place] - 1) - 1])
        yield values, widths


_LOW_FIRST = {1: 3, 2: 5, 3: 6, 4: 7}


def _error_place(word: int) -> int:
    place = 0
    for bit in range(1, 8):
        if word >> (bit - 1) & 1:
            place ^= bit
    return place


def correct_hamming(word: int) -> tuple[int, int]:
    """Decode a 7-bit Hamming code word and return its 4-bit value and the position of the bit that was wrong, 0 if none
    was: with positions counted from 1 at the lowest bit, the exclusive or of the positions of all 1 bits is 0 in a
    correct word and otherwise the position of the bit to flip; the value's bits from the lowest to the highest are
    then at the positions 3, 5, 6 and 7.

    >>> correct_hamming(0b0000110), correct_hamming(0b0000111)
    ((1, 1), (1, 0))
    """
    place = _error_place(word)
    if place:
        word ^= 1 << (place - 1)
    value = 0
    for rank, position in _LOW_FIRST.items():
        value |= (word >> (position - 1) & 1) << (rank - 1)
    return value, place


def inputs_correct_hamming(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (0b1111111,)
    yield (0b0000001,)
    yield (0b1000000,)
    while True:
        yield (rng.randint(0, 127),)


def _dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def subnet_hosts(address: tuple[int, int, int, int], prefix: int) -> tuple[str, str, int]:
    """Return the first and the last usable host address, in dotted form, and the number of usable ones in the network
    in which the address lies and whose addresses share their first prefix bits (0 to 32): the network's lowest and
    highest address are not usable, unless prefix is 31 or 32, where all are; raise ValueError if a byte is not in 0 to
    255 or prefix not in 0 to 32.

    >>> subnet_hosts((10, 0, 3, 77), 23)
    ('10.0.2.1', '10.0.3.254', 510)
    """
    if not 0 <= prefix <= 32 or not all(0 <= byte <= 255 for byte in address):
        raise ValueError("no such network")
    number = 0
    for byte in address:
        number = number << 8 | byte
    host_mask = (1 << 32 - prefix) - 1
    low, high = number & ~host_mask, number | host_mask
    if prefix < 31:
        low, high = low + 1, high - 1
    return _dotted(low), _dotted(high), high - low + 1


def inputs_subnet_hosts(rng: Random) -> Iterator[tuple[tuple[int, int, int, int], int]]:
    yield (1, 2, 3, 4), 32
    yield (1, 2, 3, 4), 31
    yield (1, 2, 3, 5), 30
    yield (9, 8, 7, 6), 0
    yield (9, 8, 7, 6), 33
    yield (9, 8, 7, 6), -1
    yield (256, 0, 0, 0), 8
    yield (0, 0, 0, -1), 8
    while True:
        values = [0, 1, 10, 77, 128, 192, 255, rng.randint(0, 255)]
        if rng.random() < 0.05:
            values = [0, 255, 256, -1]
        a, b, c, d = (rng.choice(values) for _ in range(4))
        yield (a, b, c, d), rng.choice([rng.randint(0, 32), rng.randint(8, 30), 30, 31, 32, rng.randint(22, 34)])


def _to_varint(number: int) -> list[int]:
    out = []
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return [*out, number]


def encode_deltas(values: list[int]) -> list[int]:
    """Encode the differences between each value and the one before it (0 before the first) as bytes, one after the
    other: a difference d is mapped to 2 * d if it is 0 or more, else to -2 * d - 1, and the result is written in groups
    of 7 bits, the lowest first and no more groups than needed (at least one), as bytes with 128 added to each but the
    last of them.

    >>> encode_deltas([3, 2, 102])
    [6, 1, 200, 1]
    """
    encoded = []
    before = 0
    for value in values:
        delta = value - before
        encoded += _to_varint(2 * delta if delta >= 0 else -2 * delta - 1)
        before = value
    return encoded


def inputs_encode_deltas(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([0, 0],)
    yield ([63, -1, 63],)
    yield ([64],)
    yield ([-64, -129],)
    yield ([8191, -1, 8191],)
    while True:
        values = draw.integers(rng, -2, 2, 4, 1)
        for place in range(len(values)):
            values[place] += rng.choice([0, 0, 64, -64, 128, 5000, -8192, 30000])
        yield (values,)


def _lead_size(byte: int) -> int:
    size = 0
    while byte & 0x80 >> size:
        size += 1
    return size


def utf8_widths(data: bytes) -> list[int]:
    """Return how many bytes each UTF-8 character in data takes, by its bit patterns only: a byte below 128 is a
    character by itself, a byte whose highest bits are two, three or four ones and then a zero leads a character of
    that many bytes, and all its further bytes must begin with the bits 10; raise ValueError for any other byte where a
    character begins and for a character that is cut short.

    >>> utf8_widths(bytes([65, 0xC3, 0xA9, 66]))
    [1, 2, 1]
    """
    widths = []
    place = 0
    while place < len(data):
        size = _lead_size(data[place])
        if size == 1 or size > 4:
            raise ValueError("no lead byte")
        width = max(1, size)
        tail = data[place + 1 : place + width]
        if len(tail) < width - 1 or any(byte >> 6 != 2 for byte in tail):
            raise ValueError("bad character")
        widths.append(width)
        place += width
    return widths


def inputs_utf8_widths(rng: Random) -> Iterator[tuple[bytes]]:
    yield (b"",)
    yield (bytes([0x80]),)
    yield (bytes([0xF8, 0x80, 0x80, 0x80, 0x80]),)
    yield (bytes([0xF7, 0xBF, 0x80, 0x80]),)
    yield (bytes([0x7F, 0xC0, 0xBF]),)
    yield (bytes([0xE0, 0x80]),)
    yield (bytes([0xDF, 0xC0]),)
    yield (bytes([0xFF]),)
    while True:
        data = "".join(draw.words(rng, 5, 1, ["a", "~", "\x7f", "é", "ß", "€", "中", "\U0001f600"])).encode()
        if rng.random() < 0.15:
            data = data[: rng.randint(0, len(data))] + data[rng.randint(0, len(data)) :]
        yield (data,)


def run_shift_register(state: int, taps: int, steps: int) -> tuple[str, int]:
    """Clock an 8-bit shift register (state and taps 0 to 255) and return what it put out as a string of 0 and 1, and
    its last state: in each step the lowest bit of the state goes out, the state moves one bit to the right and its
    highest bit becomes 1 if the number of 1 bits in the old state at the places where taps has a 1 is odd; it stops
    after the given number of steps, or as soon as the state is one it has had before.

    >>> run_shift_register(5, 3, 4)
    ('1010', 112)
    """
    out = ""
    seen: set[int] = set()
    while len(out) < steps and state not in seen:
        seen.add(state)
        out += str(state & 1)
        feedback = (state & taps).bit_count() & 1
        state = state >> 1 | feedback << 7
    return out, state


def inputs_run_shift_register(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 0, 255, 5
    yield 255, 1, 5
    yield 170, 1, 9
    yield 1, 0, 12
    yield 6, 0, 0
    while True:
        taps = rng.choice([0, 1, 3, 16, 29, 128, 255, rng.randint(0, 255)])
        yield rng.choice([rng.randint(0, 7), 85, rng.randint(0, 255)]), taps, rng.randint(1, 12)


def next_same_weight(mask: int, width: int) -> int:
    """Return the next larger number that has as many 1 bits as mask and fits into width bits (mask does, and width is
    at least 1), or if there is none the smallest number with as many 1 bits.

    >>> next_same_weight(0b01110, 5), next_same_weight(0b11100, 5)
    (19, 7)
    """
    ones = 0
    for place in range(width - 1):
        if mask >> place & 1:
            ones += 1
            if not mask >> (place + 1) & 1:
                upper = mask >> (place + 2) << (place + 2)
                return upper | 1 << (place + 1) | (1 << (ones - 1)) - 1
    return (1 << mask.bit_count()) - 1


def inputs_next_same_weight(rng: Random) -> Iterator[tuple[int, int]]:
    yield 0, 1
    yield 1, 1
    yield 1, 2
    yield 2, 2
    yield 0b1011, 4
    while True:
        width = rng.randint(1, 7)
        yield rng.randint(0, (1 << width) - 1), width


_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def weekdays_text(mask: int) -> str:
    """Describe a set of weekdays given as bits, Monday being the lowest of seven and higher bits ignored: "never" for
    none, "daily" for all, otherwise the days as Mon, Tue, Wed, Thu, Fri, Sat and Sun from Monday to Sunday, separated
    by commas without spaces, where three or more days in a row are written as the first and the last with a hyphen
    between; a row does not go on from Sunday to Monday.

    >>> weekdays_text(0b1010111)
    'Mon-Wed,Fri,Sun'
    """
    if mask & 127 in (0, 127):
        return "daily" if mask & 127 else "never"
    parts: list[str] = []
    day = 0
    while day < 7:
        first = day
        while day < 7 and mask >> day & 1:
            day += 1
        if day - first > 2:
            parts.append(f"{_DAYS[first]}-{_DAYS[day - 1]}")
        else:
            parts += _DAYS[first:day]
        day += 1
    return ",".join(parts)


def inputs_weekdays_text(rng: Random) -> Iterator[tuple[int]]:
    yield (0,)
    yield (127,)
    yield (128,)
    yield (255,)
    yield (0b0011111,)
    yield (0b1100001,)
    yield (0b1110011,)
    while True:
        yield (rng.choice([rng.randint(0, 127), rng.randint(0, 255), rng.choice([0, 127, 128, 255])]),)


def nearest_code(word: int, codes: dict[str, int], limit: int) -> tuple[str, int]:
    """Return the name of the code that differs from word in the fewest bits and that number of bits; the name is "?" if
    there are no codes, with -1 for the number, if more than limit bits differ, or if two or more codes share that
    fewest number of bits.

    >>> nearest_code(0b1101, {"go": 0b1111, "stop": 0b0000}, 1)
    ('go', 1)
    """
    best, fewest = "?", -1
    for name, code in codes.items():
        differing = (word ^ code).bit_count()
        if differing == fewest:
            best = "?"
        elif fewest < 0 or differing < fewest:
            best, fewest = name, differing
    return best if fewest <= limit else "?", fewest


def inputs_nearest_code(rng: Random) -> Iterator[tuple[int, dict[str, int], int]]:
    yield 5, {}, 2
    yield 5, {"a": 5}, 0
    yield 5, {"a": 4, "b": 1}, 3
    yield 7, {"a": 1, "b": 4, "c": 5}, 1
    yield 7, {"a": 0, "b": 1}, 1
    while True:
        names = draw.some(rng, ["a", "b", "go", "up"], 4, 1)
        yield rng.randint(0, 31), {name: rng.randint(0, 31) for name in names}, rng.randint(0, 4)


_FIELDS = {"ready": (0, 1), "mode": (1, 2), "level": (3, 3), "fault": (6, 1)}


def write_register(word: int, changes: dict[str, int]) -> tuple[int, list[str]]:
    """Write fields into an 8-bit device register (0 to 255) and return the new word and the sorted names of the fields
    whose value changed: from the lowest bit on there are ready of 1 bit, mode of 2 bits, level of 3 bits, fault of 1
    bit and one bit that stays as it is; fault is only cleared, by writing a 1, while writing a 0 leaves it; a value too
    large for its field is replaced by the largest possible one (none is negative), and KeyError is raised for an
    unknown field.

    >>> write_register(0b01000001, {"level": 9, "fault": 1, "ready": 1})
    (57, ['fault', 'level'])
    """
    changed = []
    for name, value in changes.items():
        shift, width = _FIELDS[name]
        largest = (1 << width) - 1
        old = word >> shift & largest
        new = min(value, largest)
        if name == "fault":
            new = old & ~new
        if new != old:
            changed.append(name)
        word ^= (old ^ new) << shift
    return word, sorted(changed)


def inputs_write_register(rng: Random) -> Iterator[tuple[int, dict[str, int]]]:
    yield 0, {}
    yield 255, {"fault": 0, "mode": 3}
    yield 64, {"fault": 2}
    yield 0, {"fault": 1, "level": 8}
    yield 5, {"speed": 1}
    while True:
        names = draw.some(rng, ["ready", "mode", "level", "fault"], 4, 1)
        if rng.random() < 0.05:
            names.append("speed")
        yield rng.randint(0, 255), {name: rng.choice([0, 0, 1, 1, 2, 3, 4, 5, 7, 8]) for name in names}


class FeatureFlags:
    """Keep flags as bits of a number, the first of the names at the lowest bit and none set at first: enable and
    disable set and clear the named flag and toggle flips it, all of them returning whether that changed a flag and
    raising KeyError for an unknown name; load takes a number, ignores the bits without a name and returns the names,
    in the given order, of the flags that it changed; value returns the number.

    >>> flags = FeatureFlags(["beta", "dark"])
    >>> flags.enable("dark"), flags.enable("dark"), flags.load(5)
    (True, False, ['beta', 'dark'])
    >>> flags.value()
    1
    """

    def __init__(self, names: list[str]) -> None:
        self._names = list(names)
        self._value = 0

    def _bit(self, name: str) -> int:
        if name not in self._names:
            raise KeyError(name)
        return 1 << self._names.index(name)

    def _store(self, value: int) -> bool:
        before, self._value = self._value, value
        return before != value

    def enable(self, name: str) -> bool:
        return self._store(self._value | self._bit(name))

    def disable(self, name: str) -> bool:
        return self._store(self._value & ~self._bit(name))

    def toggle(self, name: str) -> bool:
        return self._store(self._value ^ self._bit(name))

    def load(self, value: int) -> list[str]:
        before = self._value
        self._store(value & (1 << len(self._names)) - 1)
        return [name for name in self._names if (before ^ self._value) & self._bit(name)]

    def value(self) -> int:
        return self._value


def inputs_FeatureFlags(rng: Random) -> Iterator[draw.Calls]:
    yield [("FeatureFlags", []), ("load", 3), ("value",)]
    yield [("FeatureFlags", ["a"]), ("enable", "b"), ("disable", "a"), ("toggle", "a"), ("value",)]
    yield [("FeatureFlags", ["a", "b"]), ("load", 7), ("disable", "a"), ("disable", "a"), ("load", 1), ("value",)]
    while True:
        names = draw.some(rng, ["a", "b", "c", "d"], 4, 2)
        calls: draw.Calls = [("FeatureFlags", names)]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.3:
                calls.append(("load", rng.randint(0, 1 << len(names))))
            else:
                name = rng.choice([*names, *names, *names, "x"])
                calls.append((rng.choice(["enable", "enable", "disable", "toggle"]), name))
        yield [*calls, ("value",)]


class BlockAllocator:
    """Hand out runs of blocks of a device with the given number of blocks: take finds the lowest place where count (1
    or more) blocks in a row are free, marks them as used and returns the number of the first, counted from 0, or
    returns -1 and marks nothing if there is no such place; free releases count blocks from a first one on (all on the
    device) and raises ValueError, releasing none, if any of them is free already; used returns one character a
    block from block 0 on, "#" for used and "." for free.

    >>> disk = BlockAllocator(4)
    >>> disk.take(3), disk.take(2), disk.free(1, 1), disk.take(1)
    (0, -1, None, 1)
    >>> disk.used()
    '###.'
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._used = 0

    def take(self, count: int) -> int:
        run = (1 << count) - 1
        for first in range(self._size - count + 1):
            if not self._used & run << first:
                self._used |= run << first
                return first
        return -1

    def free(self, first: int, count: int) -> None:
        run = (1 << count) - 1 << first
        if self._used & run != run:
            raise ValueError("not in use")
        self._used ^= run

    def used(self) -> str:
        return "".join("#" if self._used >> block & 1 else "." for block in range(self._size))


def inputs_BlockAllocator(rng: Random) -> Iterator[draw.Calls]:
    yield [("BlockAllocator", 0), ("take", 1), ("used",)]
    yield [("BlockAllocator", 3), ("take", 4), ("take", 3), ("take", 1), ("used",)]
    yield [("BlockAllocator", 5), ("take", 5), ("free", 1, 1), ("free", 3, 2), ("take", 2), ("used",)]
    yield [("BlockAllocator", 3), ("take", 1), ("free", 0, 2), ("used",)]
    while True:
        size = rng.randint(3, 7)
        calls: draw.Calls = [("BlockAllocator", size), ("take", rng.randint(1, size))]
        for _ in range(rng.randint(1, 4)):
            if rng.random() < 0.55:
                calls.append(("take", rng.randint(1, 3)))
            else:
                first = rng.choice([0, 0, 1, 2])
                calls.append(("free", first, rng.randint(1, min(2, size - first))))
        yield [*calls, ("used",)]
