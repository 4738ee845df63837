"""States, counties, ZIP codes and countries as exports write them.

The codes are those of ANSI INCITS 38 (state FIPS) and ISO 3166-1 alpha-2; names that are not in the tables stay in
`location_text`.
"""

from __future__ import annotations

import re

_STATES = """01 AL Alabama|02 AK Alaska|04 AZ Arizona|05 AR Arkansas|06 CA California|08 CO Colorado|09 CT Connecticut
10 DE Delaware|11 DC District of Columbia|12 FL Florida|13 GA Georgia|15 HI Hawaii|16 ID Idaho|17 IL Illinois
18 IN Indiana|19 IA Iowa|20 KS Kansas|21 KY Kentucky|22 LA Louisiana|23 ME Maine|24 MD Maryland|25 MA Massachusetts
26 MI Michigan|27 MN Minnesota|28 MS Mississippi|29 MO Missouri|30 MT Montana|31 NE Nebraska|32 NV Nevada
33 NH New Hampshire|34 NJ New Jersey|35 NM New Mexico|36 NY New York|37 NC North Carolina|38 ND North Dakota|39 OH Ohio
40 OK Oklahoma|41 OR Oregon|42 PA Pennsylvania|44 RI Rhode Island|45 SC South Carolina|46 SD South Dakota
47 TN Tennessee|48 TX Texas|49 UT Utah|50 VT Vermont|51 VA Virginia|53 WA Washington|54 WV West Virginia
55 WI Wisconsin|56 WY Wyoming|60 AS American Samoa|66 GU Guam|69 MP Northern Mariana Islands|72 PR Puerto Rico
78 VI Virgin Islands"""
STATE_OF: dict[str, str] = {}
for _entry in _STATES.replace("\n", "|").split("|"):
    _fips, _postal, _name = _entry.split(" ", 2)
    STATE_OF |= {_fips: _postal, str(int(_fips)): _postal, _postal.lower(): _postal, _name.lower(): _postal}
STATE_OF |= {"washington dc": "DC", "washington d.c.": "DC", "d.c.": "DC", "us virgin islands": "VI"}
POSTALS = frozenset(STATE_OF.values())

_COUNTRIES = """us:usa,u.s.,u.s.a.,united states,united states of america|gb:uk,u.k.,gbr,united kingdom,great britain
gb:england,scotland,wales,northern ireland|ca:can,canada|mx:mex,mexico|au:aus,australia|nz:new zealand|ie:ireland
de:deu,germany|fr:fra,france|es:spain|pt:portugal|it:italy|nl:netherlands,the netherlands|be:belgium|ch:switzerland
at:austria|se:sweden|no:norway|dk:denmark|fi:finland|pl:poland|cz:czech republic,czechia|ro:romania|hu:hungary|gr:greece
tr:turkey|il:israel|in:ind,india|cn:china|jp:japan|kr:south korea|sg:singapore|my:malaysia|th:thailand|vn:vietnam
id:indonesia|ph:philippines|ae:united arab emirates|sa:saudi arabia|qa:qatar|kw:kuwait|om:oman|bh:bahrain|iq:iraq
eg:egypt|dz:algeria|ng:nigeria|ao:angola|za:south africa|ke:kenya|gh:ghana|gy:guyana|br:brazil|ar:argentina|cl:chile
co:colombia|pe:peru|tt:trinidad and tobago|kz:kazakhstan|az:azerbaijan|ru:russia|ua:ukraine|pk:pakistan|bd:bangladesh
hk:hong kong|tw:taiwan|pr:puerto rico"""
_CODES_WORDS = """
ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by bz ca cc
cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk fm fo fr ga gb gd
ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh
ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw
mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc
sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy
uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_CODES = frozenset(_CODES_WORDS.split())
_COUNTRY_OF: dict[str, str] = {}
for _entry in _COUNTRIES.replace("\n", "|").split("|"):
    _code, _names = _entry.split(":", 1)
    _COUNTRY_OF |= {_word: _code.upper() for _word in _names.split(",")}

_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?(?:\.0)?")
US_PLACE = re.compile(
    r"(?P<city>[^,;|/\n\d][^,;|/\n]*?),\s*(?P<state>[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
    r"(?:,?\s+(?P<zip>\d{5})(?:-\d{4})?)?(?:,?\s*\(?(?:US|USA|United States(?: of America)?)\)?)?"
)


def state_postal(text: str, own: str | None = None) -> str | None:
    """Postal code of a US state from its postal code, FIPS code or name; `own` is a fictional state's code."""
    value = text.strip().removesuffix(".0").lower().removeprefix("us-")
    if own is not None and value == own.lower():
        return own
    return STATE_OF.get(value)


def country(text: str) -> str | None:
    """ISO 3166-1 alpha-2 code from a code or an English name."""
    value = " ".join(text.lower().split())
    return _COUNTRY_OF.get(value) or (value.upper() if value in _CODES else None)


def zip_code(text: str) -> str | None:
    """Five digits; a leading zero that a spreadsheet lost comes back; other countries' codes are none."""
    value = text.strip().removesuffix(".0")
    if match := _ZIP.fullmatch(value):
        return match.group(1)
    return value.zfill(5) if re.fullmatch(r"\d{3,4}", value) else None


def county_fips(text: str) -> str | None:
    """Five digits, leading zero restored."""
    value = text.strip().removesuffix(".0")
    return value.zfill(5) if re.fullmatch(r"\d{4,5}", value) and value.strip("0") else None


def split_place(text: str, own: str | None = None) -> tuple[str, str, str | None] | None:
    """(city, state, ZIP) of "Springfield, IL 62701"; None for anything else."""
    match = US_PLACE.fullmatch(text.strip())
    if match is None:
        return None
    state = state_postal(match["state"], own)
    if state is None:
        return None
    return match["city"].strip(), state, match["zip"]
