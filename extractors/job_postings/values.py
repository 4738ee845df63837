"""Numbers, pay, years of experience, lists and codes as exports write them; each function reads one distinct cell.

`None` means that the cell says nothing usable; the engine counts such cells per field (`StreamedPostings.unread`).
"""

from __future__ import annotations

import json
import re

EMPTY_WORDS = frozenset(
    ("", "-", "--", ".", "none", "null", "nan", "na", "n/a", "n.a.", "nil", "[none]", "[]", "{}", "not specified",
     "unknown", "unspecified", "\\n", "tbd", "nat", "<na>", '[""]', '["[none]"]')
)  # fmt: skip
UNITS = {
    "hour": "hour", "hourly": "hour", "hr": "hour", "hrs": "hour", "h": "hour", "hours": "hour", "ph": "hour",
    "day": "day", "daily": "day", "d": "day", "week": "week", "weekly": "week", "wk": "week", "w": "week",
    "month": "month", "monthly": "month", "mo": "month", "mon": "month", "m": "month",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "annum": "year", "yr": "year", "y": "year",
    "pa": "year", "p.a.": "year", "a": "year", "years": "year",
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+")
_MONEY = re.compile(r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(k\b)?", re.IGNORECASE)
_UNIT = re.compile(
    r"(?:/|\bper |\ban? |\b|(?<=\d))(hourly|hour|hrs?|daily|day|weekly|week|wk|monthly|month|mo|annually|annual|annum|"
    r"yearly|year|yr|p\.a\.|pa)(?![a-z])",
    re.IGNORECASE,
)
_CURRENCY = (("£", "GBP"), ("gbp", "GBP"), ("€", "EUR"), ("eur", "EUR"), ("c$", "CAD"), ("cad", "CAD"), ("a$", "AUD"),
             ("aud", "AUD"), ("usd", "USD"), ("us$", "USD"), ("$", "USD"))  # fmt: skip
HOURLY_BELOW, YEARLY_FROM = 200, 12_000  # pay without a unit: what cannot be anything else in the United States
SOC_CODE = re.compile(r"\d{2}-\d{4}(?:\.\d{2})?(?!\d)")
_SOC = re.compile(r"(\d{2})-?(\d{4})(\.\d{2})?(?:\.0|\D.*)?")
_YEARS = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:\+|-|–|to|or)?\s*(?:\d+(?:\.\d+)?)?\s*\+?\s*(years?|yrs?|months?|mos?|y|m)?\b", re.I
)


def number(text: str) -> float | None:
    """A finite number; thousands separators, `$` and `%` allowed."""
    bare = text.strip().replace("$", "").replace("£", "").rstrip("%").strip()
    return float(bare.replace(",", "")) if _NUMBER.fullmatch(bare) else None


def whole(text: str) -> int | None:
    """A whole number."""
    value = number(text)
    return int(value) if value is not None and value.is_integer() and abs(value) < 2**53 else None


def years(text: str) -> float | None:
    """Years of experience: "3", "2-4 years" (the lower), "18 months", "3+"; words without a number say nothing."""
    match = _YEARS.search(text)
    if match is None:
        return None
    count = float(match.group(1))
    count = count / 12 if (match.group(2) or "").lower().startswith("m") else count
    return count if count <= 50 else None


def flag(text: str) -> bool | None:
    """true/false, yes/no, y/n, t/f, 1/0."""
    value = text.strip().lower().removesuffix(".0")
    if value in ("true", "t", "yes", "y", "1"):
        return True
    return False if value in ("false", "f", "no", "n", "0") else None


def unit(text: str) -> str | None:
    """hour | day | week | month | year."""
    value = text.strip().lower().removeprefix("per ").strip()
    return UNITS.get(value)


def pay(text: str) -> tuple[float | None, float | None, str | None, str | None]:
    """(lowest, highest, unit, currency) of a pay range in words: "$22-$44", "£31,365 to £37,890 a year", "65k-80k".

    Without a unit, amounts below 200 are by the hour and from 12,000 by the year; between them the unit is unknown.
    """
    lower = text.lower()
    amounts = []
    thousands = False
    for match in _MONEY.finditer(lower):
        value = float(match.group(1).replace(",", ""))
        if match.group(2):
            value, thousands = value * 1000, True
        amounts.append(value)
    amounts = [a for a in amounts if a > 0]
    if thousands and len(amounts) > 1 and amounts[0] < 1000 <= amounts[1]:
        amounts[0] *= 1000  # "65-80k"
    if not amounts:
        return None, None, None, None
    currency = next((code for sign, code in _CURRENCY if sign in lower), None)
    low = amounts[0]
    high = amounts[1] if len(amounts) > 1 and amounts[1] >= low and amounts[1] <= 20 * low else low
    found = _UNIT.search(lower)
    named = UNITS.get(found.group(1)) if found else None
    if currency is None and named is None and not thousands and high < YEARLY_FROM:
        return None, None, None, None  # numbers, but nothing says that they are pay
    if named is None and currency in (None, "USD"):
        named = "hour" if high < HOURLY_BELOW else "year" if low >= YEARLY_FROM else None
    return low, high, named, currency


def joined_list(text: str, separator: str | None = None) -> str | None:
    """Names joined by "|": from a JSON array as text, or split at a separator; without one the cell is one name."""
    value = text.strip()
    if value[:1] == "[":
        try:
            items = json.loads(value)
        except ValueError:
            items = [i.strip().strip("'\"") for i in value.strip("[]").split(",")]
        return join(items)
    return join(value.split(separator)) if separator else join([value])


def join(items: object) -> str | None:
    """A list's texts joined by "|", empty words left out; None without any."""
    if not isinstance(items, (list, tuple)):
        items = [items]
    names = [" ".join(str(i).replace("|", "/").split()) for i in items if i is not None]
    kept = [n for n in names if n.lower() not in EMPTY_WORDS]
    return "|".join(dict.fromkeys(kept)) or None


def soc(text: str) -> str | None:
    """A SOC or O*NET-SOC code as given, hyphen restored; "99-9999" (unclassified) and words are none."""
    match = _SOC.fullmatch(text.strip())
    if match is None or match.group(1) == "99":
        return None
    return f"{match.group(1)}-{match.group(2)}{match.group(3) or ''}"


def naics(text: str) -> str | None:
    """A NAICS code of 2 to 6 digits, or a sector range such as 31-33."""
    value = text.strip().removesuffix(".0")
    return value if re.fullmatch(r"\d{2,6}|\d{2}-\d{2}", value) and not value.startswith("99") else None


def currency(text: str) -> str | None:
    """ISO 4217 code of a code or sign."""
    value = text.strip()
    if re.fullmatch(r"[A-Za-z]{3}", value):
        return value.upper()
    return next((code for sign, code in _CURRENCY if sign in value.lower()), None)
