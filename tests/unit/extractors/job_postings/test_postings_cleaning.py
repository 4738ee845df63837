"""Text of ads becomes plain and masked, whatever it holds, and cleaning twice changes nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.job_postings.cleaning import clean, clean_text
from extractors.job_postings.masking import EMAIL, PHONE, mask

_BITS = (
    "<p>",
    "</p>",
    "<li>",
    "<br/>",
    "&lt;",
    "&amp;",
    "p&gt;",
    "&#60;",
    "b>",
    "<",
    "&",
    "amp;",
    "lt;",
    ";",
    "\n",
    "\r",
    " ",
    "\t",
    "\x00",
    "\u200b",
    "\xa0",
    "\u0338",
    "e\u0301",
    "a@b.com",
    "(212) 555-1234",
    "call ",
    "phone",
    "555",
    "1234",
    "-",
    "@",
    "x.org",
    "(at)",
    "\u212a",
    "+1",
    "<script>",
    "</script>",
    '"',
    "'",
    "=",
    "<!--",
    "-->",
    "li",
    "#38;",
    "tel: ",
    "\u2028",
    "é",
    "0",
    "•",
    "\u3000",
    "\u202e",
    "😀",
    "中",
)
messy = st.lists(st.one_of(st.sampled_from(_BITS), st.text(max_size=3)), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>Duties</p><ul><li>weld</li><li>cut</li></ul>End", "Duties\n\n• weld\n• cut\nEnd"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("&lt;p&gt;Once &amp;amp; for all&lt;/p&gt;", "Once & for all"),
        ("&amp;lt;b&amp;gt;Twice&amp;lt;/b&amp;gt; &amp;amp;nbsp;x", "Twice x"),
        ("<table><tr><td>Pay</td><td>$20</td></tr><tr><td>Days</td><td>5</td></tr></table>", "Pay $20\nDays 5"),
        ("<script>var a = 1 < 2;</script><style>p{}</style>Text<!-- hidden -->", "Text"),
        ("AT&T, R&D and Q&A", "AT&T, R&D and Q&A"),
        ("pay < 20 and > 10, <your town>", "pay < 20 and > 10, <your town>"),
        ('<a href="https://x.example/?a=1&amp;b=2" title="a > b">Apply</a>', "Apply"),
        ("wrapped\nin <p>source\nlines</p>", "wrapped in\nsource lines"),
        ("lines\nwith <b>bold</b>\nstay", "lines\nwith bold\nstay"),
        ("cut off in a <a href='https://x", "cut off in a"),
        ("a\r\n\r\n\r\n\r\nb \t c\xa0d", "a\n\nb c d"),
        ("e\u0301clair \u212a", "éclair K"),
        ("caf&eacute; &#8226; &#x2019;s &bogus;", "café • ’s &bogus;"),
        (" \n ", None),
    ],
)
def test_markup_and_blanks(raw: str, plain: str | None) -> None:
    assert clean_text(raw, multiline=True) == plain


def test_titles_have_one_line() -> None:
    assert clean_text("Welder\n(nights)\t<b>now</b>") == "Welder (nights) now"


@pytest.mark.parametrize(
    "number",
    [
        "(212) 555-0147",
        "212-555-0147",
        "212.555.0147",
        "212 555 0147",
        "2125550147",
        "+1 212 555 0147",
        "1-800-555-0199",
        "+1(212)555-0147",
        "(212)5550147",
        "212 – 555 – 0147",
        "+44 20 7946 0958",
        "020 7946 0958",
        "01632 960 983",
        "07700 900123",
        "(01632) 960983",
        "+49 (0)30 901820",
        "212-555-0147 ext. 12",
        "212-555-0147 x345",
    ],
)
@pytest.mark.parametrize("around", ["{}", "Call {} today.", "Tel:{}", "a\n{}\nb", "({})", "fax{}, thanks"])
def test_telephone_numbers_are_masked(number: str, around: str) -> None:
    text = clean_text(around.format(number), multiline=True)
    assert text is not None and PHONE in text
    assert sum(c.isdigit() for c in text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "$50,000 - $65,000 a year",
        "2019-2020 school year, 2021-2022 too",
        "Posted 2026-03-21",
        "ISO 9001/27001",
        "OSHA 1910.120",
        "shifts 0700-1530 and 1500-2330",
        "ZIP 88001-1234",
        "401(k), 403(b)",
        "29 CFR 1910.1200",
        "100-2000 employees",
        "series 0610, grade 9-11",
        "from 10:30 to 18:30",
        "1,234,567.89",
        "Electrician (EB-2125550147)",
        "Job #2125550147",
        "Driver (02345) 1234 Delaware Ave",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert clean_text(text, multiline=True) == text


@pytest.mark.parametrize(
    "address",
    [
        "jo.doe@works.example",
        "JO_DOE+jobs@mail.works.co.uk",
        "o’neil@works.example",
        "jo.doe @ works.example",
        "jo (at) works (dot) example",
        "jo[at]works.example",
        "jo.doe@xn--bcher-kva.example",
        "1234@works.example",
    ],
)
def test_addresses_are_masked(address: str) -> None:
    for text in (f"Write to {address}.", f"mailto:{address}?subject=x", f"<{address}>", f"{address}Call now"):
        cleaned = clean_text(text, multiline=True)
        assert cleaned is not None and EMAIL in cleaned and "works" not in cleaned, text


def test_local_numbers_need_a_word_before() -> None:
    assert clean_text("Call 555-0147 or text us at 555.0148") == "Call [phone] or text us at [phone]"
    assert clean_text("rooms 555-0147") == "rooms 555-0147"


def test_counts_per_row() -> None:
    import pyarrow as pa

    rows = ["a@b.org and c@d.org, 212-555-0147", None, "<p>x</p>", "plain"]
    found = clean(pa.array(rows, pa.string()), multiline=True)
    assert found.values.to_pylist() == ["[e-mail] and [e-mail], [phone]", None, "x", "plain"]
    assert (found.emails.tolist(), found.phones.tolist()) == ([2, 0, 0, 0], [1, 0, 0, 0])
    assert found.markup.tolist() == [False, False, True, False]


def test_a_slice_of_a_longer_column_is_cleaned_alone() -> None:
    import pyarrow as pa

    rows = pa.array(["x@y.org", "a  b", "<p>c</p> 212-555-0147", "d"]).slice(1, 2)
    assert clean(rows, multiline=True).values.to_pylist() == ["a b", "c\n[phone]"]


@settings(max_examples=120, deadline=None)
@given(messy, st.booleans())
def test_cleaning_is_a_fixed_point(text: str, multiline: bool) -> None:
    once = clean_text(text, multiline=multiline)
    assert clean_text(once, multiline=multiline) == once


@settings(max_examples=120, deadline=None)
@given(messy)
def test_what_is_left_is_tidy(text: str) -> None:
    cleaned = clean_text(text, multiline=True) or ""
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned and "  " not in cleaned and " \n" not in cleaned and "\n " not in cleaned
    assert not [c for c in cleaned if unicodedata.category(c) == "Cc" and c != "\n"]
    assert unicodedata.is_normalized("NFC", cleaned)


_local = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9._+-]{0,20}", fullmatch=True)
_domain = st.from_regex(r"[a-z0-9]{1,12}(\.[a-z]{2,8}){1,2}", fullmatch=True)
_nanp = st.from_regex(r"[2-9][0-9]{2}", fullmatch=True)
_last = st.from_regex(r"[0-9]{4}", fullmatch=True)
_separator = st.sampled_from(["", " ", "-", ".", " - "])
_context = st.sampled_from(
    ["{} ", "Call {}.", "<p>{}</p>", "a\n{}\nb", "&lt;b&gt;{}&lt;/b&gt;", "x  {}\t", "Mail:{};", "\u2022 {}"]
)


@settings(max_examples=100, deadline=None)
@given(_local, _domain, _context)
def test_no_address_survives(local: str, domain: str, context: str) -> None:
    cleaned = clean_text(context.format(f"{local}@{domain}"), multiline=True) or ""
    assert "@" not in cleaned


@settings(max_examples=100, deadline=None)
@given(_nanp, _nanp, _last, _separator, st.booleans(), _context)
def test_no_us_number_survives(area: str, exchange: str, last: str, sep: str, brackets: bool, context: str) -> None:
    number = f"({area}){sep}{exchange}{sep}{last}" if brackets else f"{area}{sep}{exchange}{sep}{last}"
    cleaned = clean_text(context.format(number), multiline=True) or ""
    assert not re.search(r"\d", cleaned), cleaned


@settings(max_examples=80, deadline=None)
@given(messy)
def test_the_column_masks_what_the_whole_text_would(text: str) -> None:
    """Only stretches around suspicious signs become Python texts: nothing may be lost at their edges."""
    padded = f"{'words ' * 60}{text}{' more' * 60}"
    cleaned = clean_text(padded, multiline=True) or ""
    assert mask(cleaned)[0] == cleaned
