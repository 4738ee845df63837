"""Days as exports write them.

Understood: `2022-03-21`, `2022-03-21T23:30:00-05:00` (the day as written, without moving the zone), `20220321`,
`3/21/2022` (month first), `March 21, 2022`, `21 March 2022`, `21-Mar-2022`, a spreadsheet's serial number (44641),
seconds and milliseconds since 1970 (UTC). Others need a transform of the column map: `date:dmy` or `date:%d.%m.%Y`.
"""

from __future__ import annotations

import datetime as dt
import re

NOT_A_DATE = "not a date"
NO_SUCH_DAY = "there is no such day"
FUTURE = "date in the future"
TOO_OLD = "date before 1990"
FIRST_DAY = dt.date(1990, 1, 1)
SERIAL_ZERO = dt.date(1899, 12, 30)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ].*)?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})(?:[ t,].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ t].*)?")
_MONTH_FIRST = re.compile(r"(?:[a-z]{3,9}\.?,? +)??([a-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})(?:[ ,].*)?")
_DAY_FIRST = re.compile(
    r"(?:[a-z]{3,9}\.?,? +)?(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d{2})(?:[ ,].*)?"
)
_NUMBER = re.compile(r"\d{4,13}(?:\.\d+)?")


def parse_day(text: str, order: str = "mdy") -> dt.date | str:
    """The day, or the reason why there is none. `order` ("mdy" or "dmy") reads 3/4/2022."""
    value = text.strip().lower()
    if match := _ISO.fullmatch(value) or _YEAR_FIRST.fullmatch(value):
        return _day(*match.groups())
    if match := _SLASHED.fullmatch(value):
        one, two, year = match.groups()
        year = year if len(year) == 4 else f"20{year}"
        return _day(year, one, two) if order == "mdy" else _day(year, two, one)
    if match := _MONTH_FIRST.fullmatch(value):
        name, day, year = match.groups()
        return _day(year, str(_MONTHS[name]), day) if name in _MONTHS else NOT_A_DATE
    if match := _DAY_FIRST.fullmatch(value):
        day, name, year = match.groups()
        year = year if len(year) == 4 else f"20{year}"
        return _day(year, str(_MONTHS[name]), day) if name in _MONTHS else NOT_A_DATE
    if _NUMBER.fullmatch(value):
        return from_number(float(value))
    return NOT_A_DATE


def from_number(number: float) -> dt.date | str:
    """A serial day of a spreadsheet, yyyymmdd, or seconds or milliseconds since 1970."""
    if 20_000 <= number < 80_000:
        return SERIAL_ZERO + dt.timedelta(days=int(number))
    if 19_000_101 <= number <= 21_001_231 and number == int(number):
        whole = f"{int(number)}"
        return _day(whole[:4], whole[4:6], whole[6:])
    if 5e8 <= number < 5e9:
        return dt.datetime.fromtimestamp(number, dt.UTC).date()
    if 5e11 <= number < 5e12:
        return dt.datetime.fromtimestamp(number / 1000, dt.UTC).date()
    return NOT_A_DATE


def parse_as(text: str, layout: str) -> dt.date | str:
    """The day in a layout of `strptime`."""
    try:
        return dt.datetime.strptime(text.strip(), layout).replace(tzinfo=dt.UTC).date()
    except ValueError:
        return NOT_A_DATE


def judge(day: dt.date, latest: dt.date) -> str | None:
    """Why a posting cannot have been posted on this day, or None."""
    if day > latest:
        return FUTURE
    return TOO_OLD if day < FIRST_DAY else None


def _day(year: str, month: str, day: str) -> dt.date | str:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return NO_SUCH_DAY
