"""Amounts of money in whole cents: splitting, discounts, change, ledgers."""

from collections.abc import Iterator
from random import Random

from debugarena.builder.programs import draw


class Wallet:
    """Hold money in several currencies: add puts in an amount, take removes it and returns what is left of that
    currency or raises ValueError (changing nothing) if there is too little, and holdings returns the currencies that
    are not empty as a sorted list of (currency, amount) pairs.

    >>> wallet = Wallet()
    >>> wallet.add("EUR", 500)
    >>> wallet.take("EUR", 200)
    300
    >>> wallet.holdings()
    [('EUR', 300)]
    """

    def __init__(self) -> None:
        self._amounts: dict[str, int] = {}

    def add(self, currency: str, amount: int) -> None:
        self._amounts[currency] = self._amounts.get(currency, 0) + amount

    def take(self, currency: str, amount: int) -> int:
        held = self._amounts.get(currency, 0)
        if amount > held:
            raise ValueError("too little money")
        self._amounts[currency] = held - amount
        return held - amount

    def holdings(self) -> list[tuple[str, int]]:
        return sorted(pair for pair in self._amounts.items() if pair[1] > 0)


def inputs_Wallet(rng: Random) -> Iterator[draw.Calls]:
    yield [("Wallet",), ("holdings",)]
    yield [("Wallet",), ("add", "EUR", 5), ("take", "EUR", 5), ("holdings",)]
    yield [("Wallet",), ("add", "EUR", 5), ("take", "EUR", 6), ("take", "USD", 1), ("holdings",)]
    while True:
        calls: draw.Calls = [("Wallet",)]
        for _ in range(rng.randint(1, 5)):
            calls.append((rng.choice(["add", "add", "take"]), rng.choice(["EUR", "USD", "CHF"]), rng.randint(1, 9)))
        yield [*calls, ("holdings",)]


_TAX_PERCENT = {"food": 7, "books": 5}


def _half_up(amount: int, percent: int) -> int:
    return (amount * percent + 50) // 100


def invoice_totals(lines: list[tuple[str, int, int]]) -> tuple[int, int, list[tuple[int, int]]]:
    """Return (net, gross, taxes) in cents for invoice lines of category, quantity and unit price, where the tax is 7
    percent on food, 5 on books and 19 on all else, worked out once for each rate on the net sum of its lines and
    rounded half up, and taxes has a pair (percent, tax) for each rate that occurs, lowest percent first.

    >>> invoice_totals([("food", 2, 100), ("pens", 1, 50), ("food", 1, 50)])
    (300, 328, [(7, 18), (19, 10)])
    """
    nets: dict[int, int] = {}
    for category, quantity, price in lines:
        percent = _TAX_PERCENT.get(category, 19)
        nets[percent] = nets.get(percent, 0) + quantity * price
    taxes = [(percent, _half_up(net, percent)) for percent, net in sorted(nets.items())]
    net = sum(nets.values())
    return net, net + sum(tax for _, tax in taxes), taxes


def inputs_invoice_totals(rng: Random) -> Iterator[tuple[list[tuple[str, int, int]]]]:
    yield ([],)
    yield ([("books", 1, 10)],)
    yield ([("books", 1, 9), ("food", 1, 50)],)
    yield ([("food", 1, 7), ("food", 1, 7), ("food", 0, 90)],)
    while True:
        kinds = ["food", "books", "pens", "toys"]
        prices = [5, 10, 30, 50, 99, 150]
        size = rng.randint(1, 4)
        yield ([(rng.choice(kinds), rng.randint(1, 3), rng.choice(prices)) for _ in range(size)],)


def progressive_tax(income: int, brackets: list[tuple[int, int]]) -> tuple[int, int]:
    """Return (tax, top rate) for brackets of (threshold, percent) with rising thresholds, where each percent is due on
    the part of the income above its threshold and up to the next one, or without end for the last; the tax is the sum
    rounded down once at the end, and the top rate is the percent of the last bracket whose threshold lies strictly
    below the income, 0 if there is none.

    >>> progressive_tax(250, [(100, 10), (200, 33)])
    (26, 33)
    """
    hundredths = 0
    top = 0
    ceilings = [*(threshold for threshold, _ in brackets), income][1:]
    for (threshold, percent), ceiling in zip(brackets, ceilings, strict=True):
        if income > threshold:
            hundredths += (min(income, ceiling) - threshold) * percent
            top = percent
    return hundredths // 100, top


def inputs_progressive_tax(rng: Random) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    yield 100, []
    yield 100, [(100, 10)]
    yield 101, [(100, 99)]
    yield 300, [(0, 10), (100, 20), (300, 50)]
    while True:
        steps = [10, 25, 40, 60, 100]
        thresholds = sorted(draw.some(rng, [0, *steps], 4, min_size=1))
        income = rng.choice([*steps, rng.randint(1, 200)])
        yield income, [(threshold, rng.randint(0, 50)) for threshold in thresholds]


def pay_from_till(amount: int, till: dict[int, int]) -> list[tuple[int, int]]:
    """Pay out the amount from a till of coin values and their counts, going from the largest coin to the smallest and
    taking as many of each as fit and are there; return the (coin, number) pairs taken, largest coin first and none
    with number 0, and lower the counts in the till in place, keeping coins that come to 0; raise ValueError and leave
    the till as it was if this way does not pay the whole amount.

    >>> pay_from_till(60, {20: 2, 50: 0, 10: 5})
    [(20, 2), (10, 2)]
    """
    rest = amount
    taken = []
    for coin in sorted(till, reverse=True):
        number = min(rest // coin, till[coin])
        if number > 0:
            taken.append((coin, number))
            rest -= coin * number
    if rest > 0:
        raise ValueError("cannot pay this")
    for coin, number in taken:
        till[coin] -= number
    return taken


def inputs_pay_from_till(rng: Random) -> Iterator[tuple[int, dict[int, int]]]:
    yield 0, {}
    yield 1, {}
    yield 6, {5: 1, 2: 3}
    yield 5, {5: 1}
    yield 30, {20: 1, 10: 0, 5: 2}
    while True:
        till = {coin: rng.randint(0, 3) for coin in draw.some(rng, [2, 5, 10, 20, 50], 4, min_size=1)}
        till[1] = rng.randint(1, 5)
        yield sum(coin * rng.randint(0, count) for coin, count in till.items()), till


def instalment_plan(total: int, count: int, start: str) -> list[tuple[str, int]]:
    """Return (month, cents) pairs that pay off the total from the start month, YYYY-MM, on, one a month, each of the
    total divided by the count and rounded up to a multiple of 50, only the last of what is then left; there may thus
    be fewer than count, there are none for a total of 0, and a count below 1 raises ValueError.

    >>> instalment_plan(1000, 3, "2023-12")
    [('2023-12', 350), ('2024-01', 350), ('2024-02', 300)]
    """
    if count < 1:
        raise ValueError("no instalments")
    year, month = map(int, start.split("-"))
    rate = -(-total // (count * 50)) * 50
    plan = []
    while total > 0:
        part = min(rate, total)
        plan.append((f"{year}-{month:02}", part))
        total -= part
        month += 1
        if month > 12:
            year += 1
            month = 1
    return plan


def inputs_instalment_plan(rng: Random) -> Iterator[tuple[int, int, str]]:
    yield 0, 1, "2024-01"
    yield 100, 0, "2024-01"
    yield 200, 4, "2024-10"
    yield 201, 4, "2024-10"
    while True:
        total = rng.choice([rng.randint(1, 12) * 50, rng.randint(1, 600)])
        count = rng.choice([0, *range(1, 6), *range(1, 6)])
        yield total, count, f"20{rng.randint(19, 25)}-{rng.choice([1, 7, 9, 10, 11, 12]):02}"


def amortize_loan(balance: int, per_mille: int, payment: int) -> list[tuple[int, int, int]]:
    """Return a row (interest, repaid, balance after) for each month until the loan is paid off, where the interest is
    per_mille thousandths of the balance before, rounded half up to whole cents, and the rest of the payment lowers the
    balance, in the last month only by what is left; raise ValueError if a month's interest is not less than the
    payment, and return no rows for a balance of 0.

    >>> amortize_loan(150, 10, 100)
    [(2, 98, 52), (1, 52, 0)]
    """
    rows = []
    while balance > 0:
        interest = (balance * per_mille + 500) // 1000
        if interest >= payment:
            raise ValueError("never paid off")
        repaid = min(payment - interest, balance)
        balance -= repaid
        rows.append((interest, repaid, balance))
    return rows


def inputs_amortize_loan(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 0, 10, 0
    yield 50, 0, 50
    yield 500, 100, 50
    yield 500, 100, 550
    while True:
        balance = rng.choice([50, 100, 150, 250, rng.randint(1, 300)])
        payment = balance // rng.randint(1, 4) + rng.choice([0, rng.randint(10, 20)])
        yield balance, rng.choice([0, 5, 10, 20, 50, 250, 250, 300]), payment


class Ledger:
    """Keep entries between accounts: post adds an amount to the debit account, takes it from the credit account and
    returns the entry's number, counted from 1 and never used twice, or raises ValueError, posting nothing, if the
    amount is not above 0 or both accounts are the same; cancel undoes the entry of that number and raises KeyError if
    there is none or it was cancelled before; balances returns the accounts not at 0 as sorted (account, balance)
    pairs.

    >>> ledger = Ledger()
    >>> ledger.post("cash", "sales", 500)
    1
    >>> ledger.balances()
    [('cash', 500), ('sales', -500)]
    """

    def __init__(self) -> None:
        self._last = 0
        self._entries: dict[int, tuple[str, str, int]] = {}

    def post(self, debit: str, credit: str, amount: int) -> int:
        if amount <= 0 or debit == credit:
            raise ValueError("not an entry")
        self._last += 1
        self._entries[self._last] = (debit, credit, amount)
        return self._last

    def cancel(self, number: int) -> None:
        del self._entries[number]

    def balances(self) -> list[tuple[str, int]]:
        sums: dict[str, int] = {}
        for debit, credit, amount in self._entries.values():
            sums[debit] = sums.get(debit, 0) + amount
            sums[credit] = sums.get(credit, 0) - amount
        return sorted(pair for pair in sums.items() if pair[1] != 0)


def inputs_Ledger(rng: Random) -> Iterator[draw.Calls]:
    yield [("Ledger",), ("cancel", 1), ("balances",)]
    yield [("Ledger",), ("post", "a", "a", 5), ("post", "a", "b", 0), ("post", "a", "b", 1), ("balances",)]
    yield [("Ledger",), ("post", "a", "b", 5), ("cancel", 1), ("cancel", 1), ("post", "b", "a", 2), ("balances",)]
    while True:
        calls: draw.Calls = [("Ledger",)]
        for _ in range(rng.randint(2, 5)):
            if rng.random() < 0.75:
                debit, credit = draw.some(rng, ["cash", "rent", "bank"], 2, min_size=2)
                calls.append(("post", debit, debit if rng.random() < 0.05 else credit, rng.randint(0, 6)))
            else:
                calls.append(("cancel", rng.randint(1, 2)))
        yield [*calls, ("balances",)]


def convert_amount(amount: int, source: str, target: str, table: dict[str, tuple[int, int]]) -> int:
    """Convert an amount in the smallest unit of the source currency to the smallest unit of the target one, rounding a
    half to the even neighbour; the table gives for each currency how many of the smallest unit make a whole one, and
    how many whole ones 100 euros are worth; raise KeyError if one of the two is not in the table.

    >>> convert_amount(250, "EUR", "JPY", {"EUR": (100, 100), "JPY": (1, 16000)})
    400
    """
    source_parts, source_rate = table[source]
    target_parts, target_rate = table[target]
    divisor = source_rate * source_parts
    whole, rest = divmod(amount * target_rate * target_parts, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1):
        whole += 1
    return whole


def inputs_convert_amount(rng: Random) -> Iterator[tuple[int, str, str, dict[str, tuple[int, int]]]]:
    yield 7, "EUR", "EUR", {"EUR": (100, 100)}
    yield 5, "EUR", "USD", {"EUR": (100, 100)}
    yield 5, "USD", "EUR", {"EUR": (100, 100), "USD": (100, 200)}
    yield 7, "USD", "EUR", {"EUR": (100, 100), "USD": (100, 200)}
    while True:
        pool = [("EUR", (100, 100)), ("USD", (100, 200)), ("CHF", (100, 80)), ("JPY", (1, 400)), ("BHD", (1000, 40))]
        table = dict(draw.some(rng, pool, 3, min_size=2))
        source, target = (rng.choice(list(table)) for _ in range(2))
        if rng.random() < 0.05:
            target = "XXX"
        yield rng.randint(-5, 60) * rng.choice([1, 1, 5, 10]), source, target, table


def _is_digits(text: str, length: int) -> bool:
    return text.isdecimal() and len(text) == length


def parse_amount(text: str) -> int:
    """Return the cents of an amount such as "1,234.50": an optional leading minus, digits that either have no commas
    or are all parted into groups of three by commas, the first group having one to three, and optionally a point with
    exactly two more digits; raise ValueError for anything else.

    >>> parse_amount("-1,234.50")
    -123450
    """
    whole, point, cents = text.removeprefix("-").partition(".")
    first, *groups = whole.split(",")
    if not first.isdecimal() or (groups and len(first) > 3):
        raise ValueError("wrong start")
    if not all(_is_digits(group, 3) for group in groups):
        raise ValueError("wrong groups")
    if point and not _is_digits(cents, 2):
        raise ValueError("wrong cents")
    total = int(first + "".join(groups)) * 100 + int(cents or "0")
    return -total if text.startswith("-") else total


def inputs_parse_amount(rng: Random) -> Iterator[tuple[str]]:
    for text in [
        "",
        "-",
        "0",
        "7.",
        ".50",
        "1.5",
        "1.505",
        "1,00",
        "1234,567",
        "1,2345",
        "--1",
        ",123",
        "1 000",
        "1.2a",
    ]:
        yield (text,)
    while True:
        number = rng.choice([rng.randint(0, 30), rng.randint(100, 9999), rng.randint(1000000, 2000000)])
        text = rng.choice(["", "-"]) + rng.choice(
            [f"{number}", *[f"{number:,}"] * 2, f"{number // 1000},{number % 1000:03}"]
        )
        text += rng.choice(["", f".{rng.randint(0, 99):02}", f".0{rng.randint(0, 9)}"])
        if rng.random() < 0.1:
            cut = rng.randint(0, len(text))
            text = text[:cut] + rng.choice([",", ".", "-", "0", "x"]) + text[cut:]
        yield (text,)


def _grouped(number: int) -> str:
    digits = str(number)
    head = len(digits) % 3
    groups = [digits[at : at + 3] for at in range(head, len(digits), 3)]
    return "'".join([digits[:head], *groups] if head else groups)


def format_column(amounts: list[int]) -> list[str]:
    """Return the amounts, in cents, as cells of one width for a printed column: whole units in groups of three parted
    by apostrophes, a point and two digits, negative ones in parentheses without a sign, others followed by a blank so
    that the points line up, and 0 as a hyphen and a blank; all padded on the left to the longest cell.

    >>> format_column([123450, -500, 0])
    ["1'234.50 ", '   (5.00)', '       - ']
    """
    cells = []
    for amount in amounts:
        units, cents = divmod(abs(amount), 100)
        text = f"{_grouped(units)}.{cents:02}"
        if amount < 0:
            text = f"({text})"
        else:
            text = f"{text} " if amount > 0 else "- "
        cells.append(text)
    width = max(map(len, cells), default=0)
    return [cell.rjust(width) for cell in cells]


def inputs_format_column(rng: Random) -> Iterator[tuple[list[int]]]:
    yield ([],)
    yield ([0],)
    yield ([1, -1, 100],)
    yield ([99999, 100000, -12345678],)
    while True:
        pool = [0, 5, 50, -7, -250, 99900, 100001, -123456, 1234567, 123456789, rng.randint(-2000, 2000)]
        yield ([rng.choice(pool) for _ in range(rng.randint(1, 5))],)


def settle_debts(balances: dict[str, int]) -> list[tuple[str, str, int]]:
    """Return (payer, receiver, amount) transfers that bring all balances to 0, each from the one with the lowest
    balance at that moment to the one with the highest, the alphabetically first of equals, of as much as brings at
    least one of the two to 0, in the order they are made; raise ValueError if the balances do not add up to 0, and
    leave the argument as it is.

    >>> settle_debts({"ann": 50, "bob": -30, "cal": -20})
    [('bob', 'ann', 30), ('cal', 'ann', 20)]
    """
    if sum(balances.values()) != 0:
        raise ValueError("balances do not add up")
    left = dict(balances)
    transfers = []
    while any(left.values()):
        payer = min(left, key=lambda name: (left[name], name))
        receiver = min(left, key=lambda name: (-left[name], name))
        amount = min(-left[payer], left[receiver])
        left[payer] += amount
        left[receiver] -= amount
        transfers.append((payer, receiver, amount))
    return transfers


def inputs_settle_debts(rng: Random) -> Iterator[tuple[dict[str, int]]]:
    yield ({},)
    yield ({"ann": 1},)
    yield ({"ann": 0, "bob": 0},)
    yield ({"dan": 5, "cal": 5, "bob": -5, "ann": -5},)
    while True:
        names = draw.some(rng, ["ann", "bob", "cal", "dan", "eve"], 5, min_size=2)
        balances = {name: rng.randint(-6, 6) for name in names}
        balances[names[-1]] -= sum(balances.values()) + (rng.random() < 0.08)
        yield (balances,)


def _reduction(total: int, kind: str, value: int) -> int:
    if kind == "percent":
        return total * value // 100
    return min(value, total)


def apply_coupons(total: int, coupons: list[tuple[str, int, int]]) -> tuple[int, list[int]]:
    """Return what is left to pay and the positions, from 0, of the coupons used, trying coupons of (kind, value,
    minimum) in order and skipping one if what is left by then is below its minimum, or if it is a "percent" coupon and
    one of that kind was used before; a percent coupon takes off its share of what is left, rounded down, and a "fixed"
    one its value in cents but at most all that is left.

    >>> apply_coupons(1000, [("percent", 15, 500), ("percent", 50, 0), ("fixed", 100, 850)])
    (750, [0, 2])
    """
    used = []
    percent_used = False
    for position, (kind, value, minimum) in enumerate(coupons):
        if total < minimum or (percent_used and kind == "percent"):
            continue
        total -= _reduction(total, kind, value)
        used.append(position)
        if kind == "percent":
            percent_used = True
    return total, used


def inputs_apply_coupons(rng: Random) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    yield 500, []
    yield 99, [("fixed", 100, 0)]
    yield 99, [("percent", 50, 100), ("percent", 10, 99)]
    yield 200, [("fixed", 100, 200), ("fixed", 50, 101)]
    while True:
        coupons = []
        for _ in range(rng.randint(1, 4)):
            kind = rng.choice(["percent", "fixed"])
            value = rng.choice([5, 10, 25, 50]) if kind == "percent" else rng.choice([20, 50, 100])
            coupons.append((kind, value, rng.choice([0, 50, 90, 100, 150])))
        yield rng.choice([50, 99, 100, 101, 150, 200, rng.randint(1, 250)]), coupons


def _late_fee(amount: int, days: int) -> int:
    if days <= 3:
        return 0
    weeks = -(-days // 7)
    return amount * 2 * weeks // 100


def allocate_payment(
    payment: int, today: int, invoices: list[tuple[str, int, int]]
) -> tuple[list[tuple[str, int, int]], int]:
    """Spread a payment over invoices of (number, due day, amount), earliest due day first and by number on the same
    day, and return the (number, paid, still owed) of those that get anything and the money left over; an invoice due
    more than 3 days before today owes on top a fee of 2 percent of its amount for each week or begun week since its
    due day, the whole fee rounded down to whole cents.

    >>> allocate_payment(350, 20, [("B", 18, 200), ("A", 12, 200)])
    ([('A', 208, 0), ('B', 142, 58)], 0)
    """
    paid = []
    for number, due, amount in sorted(invoices, key=lambda invoice: (invoice[1], invoice[0])):
        owed = amount + _late_fee(amount, today - due)
        part = min(owed, payment)
        if part > 0:
            paid.append((number, part, owed - part))
            payment -= part
    return paid, payment


def inputs_allocate_payment(rng: Random) -> Iterator[tuple[int, int, list[tuple[str, int, int]]]]:
    yield 100, 10, []
    yield 0, 10, [("A", 10, 50)]
    yield 250, 10, [("B", 7, 100), ("A", 7, 100)]
    yield 206, 10, [("A", 6, 100), ("B", 3, 102)]
    while True:
        numbers = draw.some(rng, ["A1", "A2", "B1", "B2"], 4, min_size=1)
        invoices = [(number, 30 - rng.choice([0, 3, 4, 7, 8, 14, 15]), rng.randint(5, 20) * 10) for number in numbers]
        yield rng.choice([50, 100, 200, rng.randint(0, 500)]), 30, invoices
