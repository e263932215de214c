"""Calendar dates: leap years, week numbers, business days, ages, due dates, holidays, date text."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from debugarena.builder.programs import draw


def _near(rng: Random, anchor: str, before: int, after: int) -> str:
    return (date.fromisoformat(anchor) + timedelta(days=rng.randint(-before, after))).isoformat()


_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _month_length(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else _MONTH_LENGTHS[month - 1]


def days_left_in_year(year: int, month: int, day: int) -> int:
    """Return how many days of the Gregorian year come after the given day (0 for 31 December); raise ValueError if the
    month, which is from 1 to 12, has no such day.

    >>> days_left_in_year(2024, 2, 28)
    307
    """
    length = _month_length(year, month)
    if not 1 <= day <= length:
        raise ValueError("no such day")
    left = length - day
    for later in range(month + 1, 13):
        left += _month_length(year, later)
    return left


def inputs_days_left_in_year(rng: Random) -> Iterator[tuple[int, int, int]]:
    yield 2024, 12, 31
    yield 2023, 1, 1
    yield 1900, 2, 29
    yield 2000, 2, 29
    yield 2024, 1, 0
    yield 2024, 4, 31
    while True:
        month = rng.choice([1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12])
        yield (
            rng.choice([1900, 2000, 2023, 2024, 2100]),
            month,
            rng.choice([0, 1, 1, 9, 15, 20, 27, 28, 28, 29, 30, 31]),
        )


def renewal_date(start: tuple[int, int, int], months: int) -> tuple[int, int, int]:
    """Return the (year, month, day) a number of months after start (before it if negative), on the same day of the
    month or on the last day of a month too short for it; a start on the last day of its month always gives the last
    day of the month reached.

    >>> renewal_date((2024, 1, 30), 1)
    (2024, 2, 29)
    >>> renewal_date((2024, 2, 29), 1)
    (2024, 3, 31)
    """
    year, month, day = start
    at_month_end = day == calendar.monthrange(year, month)[1]
    index = year * 12 + month - 1 + months
    year, month = index // 12, index % 12 + 1
    length = calendar.monthrange(year, month)[1]
    return year, month, length if at_month_end else min(day, length)


def inputs_renewal_date(rng: Random) -> Iterator[tuple[tuple[int, int, int], int]]:
    yield (2024, 1, 31), 1
    yield (2023, 2, 28), 12
    yield (2024, 2, 28), 12
    yield (2024, 12, 15), 0
    yield (2024, 1, 30), -11
    while True:
        year, month = rng.randint(2022, 2025), rng.choice([1, 1, 2, 2, 3, 4, 6, 8, 11, 12, 12])
        last = calendar.monthrange(year, month)[1]
        yield (year, month, rng.choice([1, 15, last - 2, last - 1, last])), rng.randint(-14, 14)


def _year_month_day(text: str) -> tuple[int, int, int]:
    year, month, day = text.split("-")
    return int(year), int(month), int(day)


def age_on(born: str, today: str) -> tuple[int, int]:
    """Return the age of someone born on an ISO date as (complete years, complete months besides), a month being
    complete on the same day of the month, or on the first of the next month where that day is missing; raise
    ValueError if today is before the day of birth.

    >>> age_on("1990-03-31", "2024-02-29")
    (33, 10)
    """
    if today < born:
        raise ValueError("not born yet")
    born_year, born_month, born_day = _year_month_day(born)
    year, month, day = _year_month_day(today)
    months = (year - born_year) * 12 + month - born_month
    if day < born_day:
        months -= 1
    return divmod(months, 12)


def inputs_age_on(rng: Random) -> Iterator[tuple[str, str]]:
    yield "2020-02-29", "2020-02-29"
    yield "2020-02-29", "2021-02-28"
    yield "2020-02-29", "2021-03-01"
    yield "2020-05-10", "2020-05-09"
    while True:
        day = rng.randint(8, 12)
        born = f"20{rng.randint(18, 21)}-{rng.randint(1, 12):02d}-{rng.choice([day, day, day, 31 - day // 4]):02d}"
        born = born.replace("-02-29", "-02-28").replace("-02-30", "-02-28")
        yield born, f"20{rng.randint(20, 23)}-{rng.randint(1, 12):02d}-{rng.choice([8, 9, 10, 11, 12, 28]):02d}"


def _is_day_off(day: date, holidays: list[str]) -> bool:
    return day.weekday() >= 5 or day.isoformat() in holidays


def add_business_days(day: str, count: int, holidays: list[str]) -> str:
    """Return the ISO date count working days after an ISO date (before it if count is negative), where Saturdays,
    Sundays and holidays are not counted and neither is the date itself; if count is 0 return the first working day on
    or after the date.

    >>> add_business_days("2024-05-03", 2, ["2024-05-06"])
    '2024-05-08'
    """
    current = date.fromisoformat(day)
    step = timedelta(days=-1 if count < 0 else 1)
    if count == 0:
        while _is_day_off(current, holidays):
            current += step
    for _ in range(abs(count)):
        current += step
        while _is_day_off(current, holidays):
            current += step
    return current.isoformat()


def inputs_add_business_days(rng: Random) -> Iterator[tuple[str, int, list[str]]]:
    yield "2024-05-04", 0, []
    yield "2024-05-04", 1, []
    yield "2024-05-03", 1, ["2024-05-06"]
    yield "2024-05-06", -1, []
    yield "2024-05-01", 0, ["2024-05-01", "2024-05-02"]
    while True:
        day = _near(rng, "2024-05-02", 3, 6)
        yield day, rng.choice([-4, -2, -1, 0, 0, 1, 2, 3, 6]), [_near(rng, day, 4, 5) for _ in range(rng.randint(0, 3))]


def iso_week_label(day: str) -> str:
    """Return the ISO 8601 week of an ISO date as 'year-Wweek-day', such as '2024-W05-4': weeks run from Monday (day 1)
    to Sunday (day 7), and a week belongs to the year that its Thursday lies in.

    >>> iso_week_label("2021-01-03")
    '2020-W53-7'
    """
    current = date.fromisoformat(day)
    thursday = current + timedelta(days=3 - current.weekday())
    week = (thursday - date(thursday.year, 1, 1)).days // 7 + 1
    return f"{thursday.year}-W{week:02d}-{current.weekday() + 1}"


def inputs_iso_week_label(rng: Random) -> Iterator[tuple[str]]:
    yield ("2024-01-01",)
    yield ("2023-01-01",)
    yield ("2024-12-30",)
    yield ("2020-12-31",)
    while True:
        yield (_near(rng, f"{rng.randint(2015, 2030)}-{rng.choice(['01-01', '01-01', '03-05', '10-15'])}", 5, 10),)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> int:
    """Return the day of the month of its nth Monday (weekday 0) to Sunday (weekday 6), counted from the end of the
    month if nth is negative (-1 is the last one); raise ValueError if nth is 0 or the month has not that many.

    >>> nth_weekday(2024, 5, 0, -1)
    27
    """
    first, length = calendar.monthrange(year, month)
    if nth > 0:
        day = 1 + (weekday - first) % 7 + 7 * (nth - 1)
    else:
        last = (first + length - 1) % 7
        day = length - (last - weekday) % 7 + 7 * (nth + 1)
    if not 1 <= day <= length:
        raise ValueError("no such day")
    return day


def inputs_nth_weekday(rng: Random) -> Iterator[tuple[int, int, int, int]]:
    yield 2024, 2, 3, 5
    yield 2024, 2, 4, 5
    yield 2024, 2, 3, -5
    yield 2024, 5, 2, 1
    yield 2024, 5, 2, 0
    while True:
        nth = rng.choice([-5, -4, -3, -2, -1, -1, 1, 1, 2, 3, 4, 5])
        yield rng.randint(2023, 2025), rng.choice([1, 2, 3, 4, 7, 9, 12]), rng.randint(0, 6), nth


def _unshifted_due(invoiced: date, terms: str) -> date:
    kind, _, number = terms.partition(" ")
    if kind == "net" and number.isdigit():
        return invoiced + timedelta(days=int(number))
    month_end = invoiced.replace(day=calendar.monthrange(invoiced.year, invoiced.month)[1])
    if terms == "eom":
        return month_end
    if kind == "eom" and number.isdigit():
        return month_end + timedelta(days=int(number))
    raise ValueError("unknown terms")


def payment_due(invoiced: str, terms: str) -> str:
    """Return the ISO date on which an invoice of an ISO date falls due, where the terms 'net N' mean N days after it,
    'eom' the last day of its month and 'eom N' N days after that day (N in digits); a Saturday or Sunday is put off
    to the Monday after; raise ValueError for any other terms.

    >>> payment_due("2024-01-15", "eom 10")
    '2024-02-12'
    """
    due = _unshifted_due(date.fromisoformat(invoiced), terms)
    if due.weekday() >= 5:
        due += timedelta(days=7 - due.weekday())
    return due.isoformat()


def inputs_payment_due(rng: Random) -> Iterator[tuple[str, str]]:
    yield "2024-02-01", "eom"
    yield "2024-03-05", "eom"
    yield "2024-05-01", "net 0"
    yield "2024-05-01", "net 3"
    yield "2024-05-01", "net"
    yield "2024-05-01", "eom x"
    yield "2024-12-20", "eom 15"
    while True:
        terms = [f"net {rng.choice([1, 2, 3, 7, 14, 30])}", "eom", f"eom {rng.choice([1, 2, 5, 10, 15])}"]
        if rng.random() < 0.12:
            terms = ["net", "cod", "net x", "eom ten", "cod 3"]
        yield _near(rng, f"2024-{rng.randint(1, 12):02d}-15", 14, 13), rng.choice(terms)


def fiscal_quarter(day: str, start_month: int) -> str:
    """Return the fiscal quarter of an ISO date, such as 'FY2024 Q3': the fiscal year begins on the first day of
    start_month, has four quarters of three months and bears the number of the calendar year in which it ends; raise
    ValueError if start_month is not from 1 to 12.

    >>> fiscal_quarter("2024-05-17", 4)
    'FY2025 Q1'
    """
    if not 1 <= start_month <= 12:
        raise ValueError("no such month")
    year, month = int(day[:4]), int(day[5:7])
    quarter = (month - start_month) % 12 // 3 + 1
    if start_month > 1 and month >= start_month:
        year += 1
    return f"FY{year} Q{quarter}"


def inputs_fiscal_quarter(rng: Random) -> Iterator[tuple[str, int]]:
    yield "2024-01-01", 1
    yield "2024-12-31", 1
    yield "2024-03-31", 4
    yield "2024-02-10", 2
    yield "2024-02-10", 0
    yield "2024-02-10", 13
    while True:
        start = rng.choice([0, 1, 1, 1, 2, 3, 4, 4, 6, 7, 9, 10, 12, 12, 13])
        yield f"{rng.randint(2023, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}", start


class HolidayCalendar:
    """Know the days off of an office: its weekend is a list of weekdays (0 is Monday, never all seven), add puts in a
    holiday, either 'MM-DD' for every year or an ISO date for once, remove takes exactly such an entry out and raises
    KeyError if it is not there, is_working tells whether an ISO date is neither weekend nor holiday, and next_working
    returns the first working day after an ISO date, that date not included.

    >>> office = HolidayCalendar([5, 6])
    >>> office.add("12-25")
    >>> office.next_working("2024-12-24")
    '2024-12-26'
    """

    def __init__(self, weekend: list[int]) -> None:
        self._weekend = set(weekend)
        self._holidays: set[str] = set()

    def add(self, holiday: str) -> None:
        self._holidays.add(holiday)

    def remove(self, holiday: str) -> None:
        self._holidays.remove(holiday)

    def is_working(self, day: str) -> bool:
        if date.fromisoformat(day).weekday() in self._weekend:
            return False
        return day not in self._holidays and day[5:] not in self._holidays

    def next_working(self, day: str) -> str:
        current = date.fromisoformat(day) + timedelta(days=1)
        while not self.is_working(current.isoformat()):
            current += timedelta(days=1)
        return current.isoformat()


def inputs_HolidayCalendar(rng: Random) -> Iterator[draw.Calls]:
    yield [("HolidayCalendar", []), ("next_working", "2024-12-31"), ("is_working", "2024-12-28")]
    yield [("HolidayCalendar", [5, 6]), ("add", "01-01"), ("remove", "01-01"), ("remove", "01-01")]
    yield [("HolidayCalendar", [4]), ("add", "2024-12-31"), ("is_working", "2023-12-31"), ("is_working", "2024-12-31")]
    while True:
        calls: draw.Calls = [("HolidayCalendar", rng.choice([[5, 6], [5, 6], [4, 5], [6], []]))]
        anchor = rng.choice(["2024-12-24", "2024-12-30"])
        added = []
        for _ in range(rng.randint(1, 3)):
            added.append(_near(rng, anchor, 2, 3)[rng.choice([0, 5]) :])
            calls.append(("add", added[-1]))
        if rng.random() < 0.3:
            calls.append(("remove", rng.choice([*added, anchor])))
        yield [*calls, ("is_working", _near(rng, anchor, 1, 2)), ("next_working", _near(rng, anchor, 3, 2))]


def _weekdays_from_to(first: str, last: str) -> int:
    start = date.fromisoformat(first)
    length = (date.fromisoformat(last) - start).days + 1
    return sum((start + timedelta(days=offset)).weekday() < 5 for offset in range(length))


class LeaveAccount:
    """Keep someone's days of leave: book takes the Mondays to Fridays from first to last, both ISO dates and both
    included, off the allowance and returns how many these are, or raises ValueError and changes nothing if last is
    before first, if a day of it is booked already or if it needs more days than are left; cancel undoes the booking
    that begins on a date and returns its days, or raises KeyError if there is none, and left returns the days left.

    >>> leave = LeaveAccount(5)
    >>> leave.book("2024-05-03", "2024-05-06")
    2
    >>> leave.left()
    3
    """

    def __init__(self, allowance: int) -> None:
        self._left = allowance
        self._booked: dict[str, str] = {}

    def book(self, first: str, last: str) -> int:
        if last < first:
            raise ValueError("ends before it begins")
        if any(first <= end and start <= last for start, end in self._booked.items()):
            raise ValueError("booked already")
        days = _weekdays_from_to(first, last)
        if days > self._left:
            raise ValueError("too few days left")
        self._booked[first] = last
        self._left -= days
        return days

    def cancel(self, first: str) -> int:
        days = _weekdays_from_to(first, self._booked.pop(first))
        self._left += days
        return days

    def left(self) -> int:
        return self._left


def inputs_LeaveAccount(rng: Random) -> Iterator[draw.Calls]:
    yield [("LeaveAccount", 3), ("book", "2024-05-06", "2024-05-08"), ("left",)]
    yield [("LeaveAccount", 3), ("book", "2024-05-06", "2024-05-09"), ("left",)]
    yield [("LeaveAccount", 9), ("book", "2024-05-06", "2024-05-07"), ("book", "2024-05-07", "2024-05-08"), ("left",)]
    yield [("LeaveAccount", 9), ("book", "2024-05-07", "2024-05-06"), ("cancel", "2024-05-07"), ("left",)]
    yield [("LeaveAccount", 0), ("book", "2024-05-04", "2024-05-05"), ("cancel", "2024-05-04"), ("left",)]
    while True:
        calls: draw.Calls = [("LeaveAccount", rng.randint(2, 10))]
        begun = ["2024-05-06"]
        for _ in range(rng.randint(2, 4)):
            if rng.random() < 0.25:
                calls.append(("cancel", rng.choice(begun[-2:])))
            else:
                begun.append(_near(rng, "2024-05-06", 4, 9))
                calls.append(("book", begun[-1], _near(rng, begun[-1], 1, 5)))
        yield [*calls, ("left",)]


_DATE_FORMS = (
    (r"(\d{4})-(\d\d)-(\d\d)", (0, 1, 2)),
    (r"(\d\d?)\.(\d\d?)\.(\d\d|\d{4})", (2, 1, 0)),
    (r"(\d\d?)/(\d\d?)/(\d\d|\d{4})", (2, 0, 1)),
)


def parse_flexible_date(text: str) -> str:
    """Return as an ISO date a date written YYYY-MM-DD, D.M.Y or M/D/Y, where in the latter two day and month have one
    or two digits and the year has two or four; a year below 69 gets 2000 added and one from 69 to 99 gets 1900; raise
    ValueError for any other form and for a day that does not exist.

    >>> parse_flexible_date("2/29/24")
    '2024-02-29'
    """
    for pattern, order in _DATE_FORMS:
        found = re.fullmatch(pattern, text)
        if found:
            year, month, day = (int(found.group(position + 1)) for position in order)
            if year < 69:
                year += 2000
            elif year < 100:
                year += 1900
            return date(year, month, day).isoformat()
    raise ValueError("not a date")


def inputs_parse_flexible_date(rng: Random) -> Iterator[tuple[str]]:
    yield ("2024-02-29",)
    yield ("29.2.2023",)
    yield ("1/2/68",)
    yield ("1/2/69",)
    yield ("31.12.99",)
    yield ("1.1.0100",)
    yield ("1.1.0099",)
    yield ("2024-2-09",)
    yield ("1.2.124",)
    yield ("1/2.24",)
    yield ("",)
    while True:
        day, month, year = rng.randint(1, 13), rng.randint(1, 12), rng.choice("2024 2000 1969 0100 68 69 70 24".split())
        forms = [f"{day}.{month}.{year}", f"{month}/{day}/{year}", f"{month:02d}/{day:02d}/{year}"]
        if len(year) == 4:
            forms.append(f"{year}-{month:02d}-{day:02d}")
        if rng.random() < 0.1:
            forms = [f"{year}-{month}-{day:02d}", f"{day}.{month}/{year}", f"{month}/{day}/{year} ", f"30.2.{year}"]
        yield (rng.choice(forms),)


def group_consecutive_days(days: list[str]) -> list[str]:
    """Return the given ISO dates, in order and each once, as runs of days that follow each other: 'first/last' for a
    run of two or more, the date alone for a single day.

    >>> group_consecutive_days(["2024-03-01", "2024-02-28", "2024-02-29", "2024-03-05"])
    ['2024-02-28/2024-03-01', '2024-03-05']
    """
    runs: list[list[date]] = []
    for day in sorted({date.fromisoformat(text) for text in days}):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [f"{run[0]}/{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]


def inputs_group_consecutive_days(rng: Random) -> Iterator[tuple[list[str]]]:
    yield ([],)
    yield (["2024-02-29"],)
    yield (["2024-02-29", "2024-02-29"],)
    yield (["2023-03-01", "2023-02-28"],)
    yield (["2024-02-27", "2024-02-29"],)
    while True:
        anchor = rng.choice(["2023-02-28", "2024-02-28", "2024-12-31"])
        yield ([_near(rng, anchor, 3, 4) for _ in range(rng.randint(2, 6))],)


def backups_to_delete(days: list[str], today: str, keep_days: int) -> list[str]:
    """Return in order which backups, named by different ISO dates, are to be deleted: all that are keep_days or more
    days old on the given day, except that the earliest backup of each calendar month is always kept.

    >>> backups_to_delete(["2024-03-02", "2024-03-08", "2024-03-05"], "2024-03-09", 3)
    ['2024-03-05']
    """
    months: set[str] = set()
    doomed = []
    for day in sorted(days):
        age = (date.fromisoformat(today) - date.fromisoformat(day)).days
        if day[:7] not in months:
            months.add(day[:7])
        elif age >= keep_days:
            doomed.append(day)
    return doomed


def inputs_backups_to_delete(rng: Random) -> Iterator[tuple[list[str], str, int]]:
    yield [], "2024-03-01", 0
    yield ["2024-03-01"], "2024-03-09", 1
    yield ["2024-03-01", "2024-03-02", "2024-03-03"], "2024-03-05", 3
    yield ["2024-03-03", "2024-03-02", "2024-03-01"], "2024-03-05", 2
    while True:
        today = _near(rng, "2024-03-02", 0, 4)
        days = [(date.fromisoformat(today) - timedelta(days=age)).isoformat() for age in draw.some(rng, range(9), 6, 2)]
        yield days, today, rng.randint(0, 6)


_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def format_date(day: str, pattern: str) -> str:
    """Return the pattern with YYYY, YY (last two digits), MMM (English month of three letters), MM, M (without leading
    zero), DD and D (without leading zero) replaced by those parts of an ISO date, at each place the longest that fits,
    and all else copied as it is.

    >>> format_date("2024-03-07", "D MMM YY")
    '7 Mar 24'
    """
    year, month, number = day.split("-")
    parts = {"YYYY": year, "YY": year[2:], "MMM": _MONTH_NAMES[int(month) - 1], "MM": month}
    parts |= {"M": month.lstrip("0"), "DD": number, "D": number.lstrip("0")}
    text = ""
    at = 0
    while at < len(pattern):
        for token, value in parts.items():
            if pattern.startswith(token, at):
                text += value
                at += len(token)
                break
        else:
            text += pattern[at]
            at += 1
    return text


def inputs_format_date(rng: Random) -> Iterator[tuple[str, str]]:
    yield "2024-03-07", ""
    yield "2024-10-30", "D.M.YYYY"
    yield "2024-12-01", "YYY Y"
    yield "1999-01-20", "MMMM DDD"
    while True:
        tokens = draw.words(rng, 4, 1, ["YYYY", "YY", "MMM", "MM", "M", "DD", "D", "Y"])
        day = (
            f"{rng.choice([1999, 2024, 2030])}-{rng.choice([1, 2, 5, 9, 10, 12]):02d}-{rng.choice([1, 7, 10, 20, 28])}"
        )
        yield day[:8] + day[8:].zfill(2), rng.choice(["", "-", " ", ". ", "/"]).join(tokens)
