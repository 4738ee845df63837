"""Names, dates and places as they are compared: one spelling for capitals, accents, signs, suffixes and abbreviations.

Belongs here: the SQL that makes comparable columns of what a vendor or a school typed, and the nickname table. Does not
belong here: what is compared with what. Everything happens inside DuckDB, on distinct names, so that a million students
take about a second; no cast can fail, so that no value can come into an error message.

Columns that `prepare` makes, all nullable but the first:

    person              whose row it is: a student's token, an exam's key
    ssn                 the keyed token as it came; null where more than two people share it
    first, last         letters only, all parts in one ("MARY ANN" is MARYANN), without Jr, II and the like
    first_parts, last_parts   their parts; particles such as DE LA or VAN are no parts
    nicks               the given name and all full names that it may stand for
    middle              letters only
    born                yyyymmdd where month, day and year are there; born_month, born_day, born_year by themselves
    zip, home           five digits; house number and street
"""

# ruff: noqa: S608 (relations are checked by `safety.check_relation`; all other SQL is ours, and no value is in it)
from __future__ import annotations

from functools import cache
from pathlib import Path

NICKNAMES = Path(__file__).with_name("nickname.csv")
PARTICLES = (
    "DE",
    "LA",
    "DEL",
    "LOS",
    "LAS",
    "VAN",
    "VON",
    "DER",
    "DEN",
    "AL",
    "EL",
    "BIN",
    "IBN",
    "ST",
    "SAN",
    "DA",
    "DI",
    "DOS",
    "Y",
)
SUFFIXES = ("JR", "SR", "II", "III", "IV", "JUNIOR", "SENIOR")
NO_NAMES = ("UNKNOWN", "NONE", "NULL", "NA", "NMN", "TEST", "LNU", "FNU", "XXX")
"""What stands in name fields for "no name" (NMN no middle name, FNU first name unknown)."""
MOST_SHARING = 2
"""A token on more people than this is no one's SSN but a filler; two may have mixed theirs up."""


def _letters(column: str) -> str:
    """Capital letters of any script, parts divided by one blank; apostrophes and full stops join."""
    bare = f"regexp_replace(upper(strip_accents({column})), '[''’`´.]', '', 'g')"
    return f"trim(regexp_replace(translate({bare}, 'ØĐŁ', 'ODL'), '[^\\p{{L}}]+', ' ', 'g'))"


def _quoted(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


@cache
def nickname_sql() -> str:
    """A table of (nickname, given_name) as SQL values; nicknames and names are ours, not people's."""
    rows = [line.split(",") for line in NICKNAMES.read_text(encoding="utf-8").splitlines()[1:] if line]
    return "(values " + ", ".join(f"('{nick}', '{name}')" for name, nick in rows) + ") as known (nickname, given_name)"


def spellings_sql(sources: tuple[str, ...]) -> str:
    """The distinct spellings of all names of the sources: spelt. A table of its own, because DuckDB would otherwise
    push what `names_sql` asks of a name down to every row."""
    columns = ("first_name", "middle_name", "last_name")
    return " union ".join(f"select {column} as spelt from {source}" for source in sources for column in columns)


def names_sql(spellings: str) -> str:
    """What each spelling comes to: spelt, whole, parts, nicks."""
    suffixes, particles = _quoted(SUFFIXES), _quoted(PARTICLES)
    return f"""
        with cut as (
            select spelt,
                list_filter(string_split({_letters("spelt")}, ' '),
                    lambda w, i: w <> '' and not (i > 1 and w in {suffixes})) as words
            from {spellings}
            where spelt is not null
        ),
        joined as (
            select spelt, words, array_to_string(words, '') as whole, if(len(words) > 1, words[1], null) as head,
                list_filter(words, lambda w: w not in {particles}) as core
            from cut
        ),
        nickname as materialized (
            select nickname, list(given_name order by given_name) as given_names from {nickname_sql()} group by nickname
        )
        select spelt, whole, if(len(core) = 0, words, core) as parts,
            list_concat([whole], if(head is null, null, [head]), a.given_names, b.given_names) as nicks
        from joined
        left join nickname as a on a.nickname = joined.whole
        left join nickname as b on b.nickname = joined.head
        where whole <> '' and whole not in {_quoted(NO_NAMES)}
    """


def home_sql(column: str) -> str:
    """House number and the first word of the street's name, as in "1412 QUARRY": words after it are shortened in too
    many ways, and one look at each address is all that a million of them allow. Null where there is no number."""
    found = (
        f"regexp_extract(upper(strip_accents({column})), "
        "'^\\s*([0-9]+)[A-Z]?\\s+(?:(?:N|S|E|W|NE|NW|SE|SW|NORTH|SOUTH|EAST|WEST)\\.?\\s+)?([A-Z0-9]{2,})', "
        "['house', 'street'])"
    )
    return f"nullif(concat_ws(' ', nullif({found}.house, ''), nullif({found}.street, '')), '')"


def zip_sql(column: str) -> str:
    """Five digits; a zero that a spreadsheet dropped comes back; 00000 and 99999 are none."""
    digits = f"regexp_extract(trim({column}), '^([0-9]{{4,5}})(-?[0-9]{{4}})?$', 1)"
    return f"case when {digits} not in ('', '0000', '00000', '99999') then lpad({digits}, 5, '0') end"


def prepare_sql(source: str, person: str, names: str) -> str:
    """Comparable rows of a source.

    Args:
        source: a relation with the columns of a person (`prepare.PERSON_COLUMNS`).
        person: SQL of whose row it is.
        names: the table that `names_sql` made.
    """
    return f"""
        with parts as (
            select {person} as person, ssn_token as ssn, first_name, middle_name, last_name,
                try_cast(birth_month as integer) as m, try_cast(birth_day as integer) as d,
                try_cast(birth_year as integer) as y, {zip_sql("zip_code")} as zip, {home_sql("home_address")} as home
            from {source}
        ),
        dates as (
            select * exclude (m, d, y),
                m between 13 and 31 and d between 1 and 12 as is_swapped,
                if(is_swapped, d, if(m between 1 and 12, m, null)) as born_month,
                if(is_swapped, m, if(d between 1 and 31, d, null)) as born_day,
                case when y between 1900 and 2100 then y end as born_year
            from parts
        )
        select person, nullif(trim(ssn), '') as ssn,
            f.whole as first, f.parts as first_parts, f.nicks as nicks, l.whole as last, l.parts as last_parts,
            m.whole as middle, born_year * 10000 + born_month * 100 + born_day as born,
            born_month, born_day, born_year, zip, home
        from dates
        left join {names} as f on f.spelt = dates.first_name
        left join {names} as m on m.spelt = dates.middle_name
        left join {names} as l on l.spelt = dates.last_name
    """
