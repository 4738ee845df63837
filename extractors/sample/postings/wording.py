"""The words of the sample's ads: our own sentences, invented employers and towns, reserved addresses and numbers.

Every ad is a row of numbers of pieces; `Vocabulary` holds the pieces once. What does not belong here: which ad says
what (`jobs.py`, `design.py`) and how pieces become text (`render.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from extractors.sample import state
from extractors.sample.credentials import CREDENTIALS
from extractors.sample.postings.titles import TITLES

# Classes of a mention in the order of strength; NEGATED is said and is no mention.
REQUIRED, PREFERRED, AFTER_HIRE, MENTION, NEGATED = range(1, 6)
CLASS_NAMES = ("", "required", "preferred", "after_hire", "mention", "negated")

_TREES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gumtree", "Ironwood", "Juniper", "Katsura", "Larch", "Maple",
    "Nutmeg", "Oak", "Pine", "Quince", "Spruce", "Sycamore", "Tamarack", "Walnut", "Yew", "Hemlock",
)  # fmt: skip
_MINERALS = (
    "Agate", "Basalt", "Chalk", "Cobalt", "Dolomite", "Feldspar", "Flint", "Gneiss", "Gypsum", "Iolite", "Lignite",
    "Marble", "Mica", "Obsidian", "Onyx", "Pumice", "Pyrite", "Quartz", "Sandstone", "Schist", "Slate", "Talc", "Tuff",
    "Zinc",
)  # fmt: skip
# Sector: the last word of an employer's name, by rank.
SECTORS: dict[str, tuple[str, ...]] = {
    "health": ("Hospital", "Clinics", "Care Network", "Health Center"),
    "schools": ("Public Schools", "Academy", "Learning District", "School System"),
    "office": ("Group", "Advisors", "Partners", "Services"),
    "technology": ("Systems", "Software", "Data Works", "Networks"),
    "trades": ("Builders", "Electric", "Contracting", "Construction"),
    "industry": ("Manufacturing", "Works", "Fabrication", "Mills"),
    "transport": ("Freight", "Logistics", "Lines", "Airways"),
    "hospitality": ("Kitchens", "Hotels", "Markets", "Stores"),
    "public": ("County Office", "City Services", "Public Safety", "Civic Agency"),
}
# Major group of SOC: the sectors that hire it, the likelier one first.
SECTOR_OF_MAJOR: dict[str, tuple[str, str]] = {
    "11": ("office", "industry"), "13": ("office", "public"), "15": ("technology", "office"),
    "17": ("industry", "technology"), "19": ("health", "public"), "21": ("health", "public"),
    "23": ("office", "public"), "25": ("schools", "public"), "27": ("office", "hospitality"),
    "29": ("health", "public"), "31": ("health", "schools"), "33": ("public", "office"),
    "35": ("hospitality", "schools"), "37": ("public", "hospitality"), "39": ("hospitality", "public"),
    "41": ("hospitality", "office"), "43": ("office", "public"), "45": ("industry", "public"),
    "47": ("trades", "industry"), "49": ("industry", "trades"), "51": ("industry", "trades"),
    "53": ("transport", "industry"),
}  # fmt: skip

_TOWN_HEADS = (
    "Fern", "Salt", "Wheat", "Brook", "Stone", "Mill", "Clay", "Moss", "Reed", "Thorn", "Gorse", "Bram", "Heath", "Fen",
    "Marl", "Sedge", "Barrow", "Copper", "Kestrel", "Otter", "Plover", "Tallow", "Wicker", "Yarrow",
)  # fmt: skip
_TOWN_TAILS = (
    "holt", "mere", "ham", "ford", "wick", "stead", "combe", "garth", "thwaite", "hollow", "landing", "bridge", "cross",
    "gate", "field", "haven", "moor", "point", "rise", "vale",
)  # fmt: skip
_TOWN_PREFIXES = ("", "North ", "East ", "Upper ", "Old ")

# --------------------------------------------------------------------------------------------------- duties
_VERBS = (
    "Plan", "Coordinate", "Review", "Prepare", "Maintain", "Document", "Inspect", "Schedule", "Improve", "Oversee",
    "Organize", "Monitor", "Update", "Support", "Check", "Deliver", "Set up", "Track", "Explain", "Assess", "Handle",
    "Report on", "Troubleshoot", "Measure",
)  # fmt: skip
# What the work is about, by major group of SOC.
_OBJECTS_TEXT = """
11|department budgets;staffing plans;operating targets;vendor agreements;quarterly forecasts;team goals;
  policy updates;service levels;project portfolios;site performance
13|ledgers and reconciliations;audit files;purchase orders;cost estimates;risk reports;training calendars;
  contract terms;expense reports;client accounts;process maps
15|application code;system interfaces;help desk tickets;server patches;test cases;data pipelines;network diagrams;
  user accounts;release notes;incident logs
17|design drawings;test rigs;load calculations;bills of material;prototype parts;tolerance studies;
  simulation models;design reviews;sensor layouts;wiring schedules
19|field samples;laboratory notebooks;assessment batteries;monitoring wells;case formulations;sampling plans;
  survey instruments;specimen logs;study protocols;summary tables
21|case files;intake interviews;referral lists;care plans;group sessions;home visits;crisis calls;
  community events;follow-up letters;service records
23|case calendars;draft pleadings;discovery binders;contract files;hearing notes;closing documents;
  client correspondence;research memos;filing deadlines;exhibit lists
25|lesson plans;classroom routines;student portfolios;reading groups;family conferences;grade books;field trips;
  learning stations;progress reports;after-school clubs
27|rehearsal plans;sound checks;sketches and layouts;press notes;stage cues;concert programs;photo archives;
  camera setups;interview lists;style guides
29|bedside assessments;medication rounds;patient charts;discharge plans;specimen handling;ventilator settings;
  treatment rooms;shift handovers;care conferences;equipment checks
31|vital signs;patient transfers;exam rooms;meal trays;supply carts;bath schedules;comfort rounds;
  appointment lists;sterile packs;activity logs
33|patrol routes;incident reports;evidence logs;visitor lists;safety drills;traffic stops;dispatch calls;
  gate checks;equipment lockers;community meetings
35|prep lists;line stations;order tickets;walk-in coolers;menu boards;cleaning rotas;delivery counts;dining rooms;
  recipe cards;closing checklists
37|floor routes;lawn areas;supply closets;waste rounds;window schedules;snow routes;planting beds;restroom checks;
  floor machines;work orders
39|guest lists;salon stations;tour routes;activity rooms;equipment loans;class schedules;booking sheets;
  play areas;welcome desks;feedback cards
41|sales calls;display shelves;price quotes;client visits;account plans;order forms;trade show kits;
  territory maps;return desks;product samples
43|calendars and travel;incoming mail;meeting minutes;billing queries;filing rooms;front desk calls;
  data entry batches;stock counts;phone queues;invoice runs
45|harvest crews;irrigation rounds;seed inventories;livestock pens;field records;packing sheds;fence lines;
  timber stands;feed deliveries;pest surveys
47|conduit runs;panel boards;concrete pours;framing crews;trench work;site deliveries;blueprint mark-ups;
  pipe joints;roof sections;daily logs
49|conveyor lines;gear boxes;brake systems;engine tests;hydraulic units;service trucks;spare parts;
  control cabinets;field repairs;lubrication routes
51|machine setups;weld joints;cutting programs;assembly stations;quality gauges;material bins;shift counts;
  tool changes;batch records;packing lines
53|delivery routes;trailer inspections;load securement;dock schedules;flight plans;cargo manifests;pallet moves;
  trip logs;fuel records;yard checks
"""
_OBJECTS = dict(row.split("|") for row in _OBJECTS_TEXT.replace("\n  ", "").strip().splitlines())
_NEUTRAL = (
    "daily tasks;requests as they come in;work areas;shared tools;visitors and guests;simple records;supplies;"
    "weekly goals;small projects;team notices"
)
_TAILS = (
    "so that each shift starts with what it needs", "and agree changes with the people who depend on them",
    "in line with written procedures", "and keep the shared calendar current", "for two sites that work as one",
    "with attention to detail and to cost", "and pass open points on at the end of the day",
    "before they reach the next step", "together with a crew of six to eight",
    "and suggest better ways when you see them",
    "for the people we serve across the region", "within the time that was promised",
    "and write down what was done and why",
    "so that nothing has to be done twice", "using the tools that the department provides",
    "and raise problems early rather than late", "during regular hours and at busy times of the year",
    "under general direction and with your own judgment", "with new colleagues who are still learning",
    "and answer questions in plain language", "to the standard that our partners expect",
    "from the first request to the final sign-off", "and compare results with last month's figures",
    "while keeping the work area tidy and safe", "for internal teams and outside visitors alike",
    "according to the weekly priorities", "and follow up until the matter is closed",
    "across three departments that share one budget", "with care for people, tools and materials",
    "and help plan the next quarter", "in a setting where priorities change often",
    "so that records are complete when someone asks", "and take part in short daily meetings",
    "at our main location and in the field", "with the least possible interruption for others",
    "and keep an eye on stock levels", "by the deadlines in the work plan", "and share lessons learned with the team",
    "in both quiet and hectic weeks", "so that handovers are short and clear",
)  # fmt: skip

# --------------------------------------------------------------------------------------------------- frames
_SITE_HEADS = (
    "", "Job board of the region | page 1 of 1\n", "Shared by a partner site\n\n", "OPEN POSITION\n", "New listing\n",
)  # fmt: skip
_SITE_FEET = (
    "", "\nThis listing was copied from a partner site.", "\nApply on the partner site. Listing updated daily.",
    "\nSimilar positions are shown below the listing.", "\nReport a problem with this listing.",
)  # fmt: skip
_OPENINGS = (
    ("", " is hiring for the position of ", " in ", ". Are you ready for a change?\n"),
    ("Join ", " in the role of ", " in ", " and do work that people notice.\n"),
    ("At ", " we are filling the position of ", " at our location in ", ".\n"),
    ("", " has an opening: ", " in ", ", starting as soon as possible.\n"),
    ("The team of ", " is growing. Wanted: ", " in ", ".\n"),
    ("Come and see what ", " has to offer in the role of ", " in ", ".\n"),
)
_ABOUT_HEADS = ("\nAbout us\n", "\nWho we are\n", "\nOur organization\n")
_ABOUT = (
    "We have served the region for more than four decades and are still run from here.",
    "Our teams are small, decisions are made close to the work, and people stay.",
    "What started in one room is today a group of eleven locations.",
    "We invest in tools before we ask for more speed.",
    "Half of our leads began in an entry position and moved up step by step.",
    "We publish our results every year and discuss them with everyone who works here.",
    "Our neighbors know us as a reliable partner in good years and in lean ones.",
    "We measure ourselves by how often people come back to us.",
    "A steady book of work lets us plan well ahead.",
    "Our newest building opened two years ago and was planned with the staff.",
    "We share one rule: say what you will do, then do it.",
    "Our work touches most households of the region at least once a year.",
    "We run an in-house workshop where ideas are tried out before they are bought.",
    "Each location has its own character, and all of them share the same standards.",
    "We are owned by the people who use our services.",
    "Last year we welcomed sixty new colleagues and said goodbye to very few.",
    "We keep meetings short and notes shorter.",
    "Our quality system has been audited by an outside firm every year since it began.",
    "We believe that a good schedule is a form of respect.",
    "Growth matters to us less than being trusted.",
)
_DUTY_HEADS = ("\nResponsibilities\n", "\nWhat you will do\n", "\nYour duties\n", "\nThe job\n")
_CORE = "• Carry out the core tasks of {plural} as laid down in the work plan.\n"
_REQUIREMENT_HEADS = (
    "\nRequirements\n", "\nMinimum qualifications\n", "\nWhat you need\n", "\nRequired qualifications\n",
)  # fmt: skip
_PREFERRED_HEADS = ("\nPreferred qualifications\n", "\nNice to have\n", "\nDesirable\n", "\nPreferred\n")
_BENEFIT_HEADS = ("\nBenefits\n", "\nWhat we offer\n", "\nPerks and benefits\n")
_GENERAL = (
    "• Clear spoken and written communication.\n", "• Willingness to work some evenings and weekends.\n",
    "• Ability to lift up to 40 pounds.\n", "• Good command of common office software.\n",
    "• Reliable attendance and a steady way of working.\n", "• Ability to stand or walk for most of a shift.\n",
    "• Readiness to pass a background check before the first day.\n", "• Attention to detail under time pressure.\n",
    "• Legal authorization to work in the country.\n", "• A friendly manner with visitors and colleagues.\n",
    "• Ability to follow written instructions.\n", "• Comfort with changing priorities.\n",
    "• Basic arithmetic and careful record keeping.\n", "• Ability to work alone and in a group.\n",
    "• Openness to feedback.\n", "• Sound judgment about when to ask for help.\n",
)  # fmt: skip
_BONUS = (
    "• Knowledge of a second language is a plus.\n", "• Experience in a similar setting is welcome.\n",
    "• Familiarity with the region is helpful.\n", "• Interest in process improvement.\n",
    "• A record of finishing what was started.\n", "• Experience in showing others how work is done.\n",
    "• Some knowledge of shared planning tools.\n", "• Readiness to take on a small project now and then.\n",
)  # fmt: skip
_BENEFITS = (
    "• Health, dental and vision plans from the first day.\n", "• Retirement plan with a matching contribution.\n",
    "• Three weeks of paid time off and ten holidays.\n", "• Paid parental leave.\n", "• Free parking on site.\n",
    "• Discounts at partner shops.\n", "• Tuition help after one year.\n", "• Life and disability insurance.\n",
    "• A bus pass that we pay for.\n", "• Schedules four weeks in advance.\n", "• Paid lunch breaks.\n",
    "• A yearly bonus tied to shared goals.\n", "• An on-site gym.\n", "• Two paid volunteer days a year.\n",
)  # fmt: skip
_EQUAL = (
    "\nWe are an equal opportunity employer. Everyone who can do the work is considered, and no decision rests on a "
    "characteristic that the law protects. If you need an accommodation to apply, tell us and we will arrange it.\n",
    "\nEqual opportunity: applications are judged by what the work needs. Protected characteristics play no part. We "
    "arrange reasonable accommodations during hiring and afterwards.\n",
    "\nWe welcome applicants of every background. Decisions on hiring, pay and promotion are made on merit and on the "
    "needs of the work, as the law requires. Accommodations are available on request.\n",
)
_EDUCATION: tuple[tuple[str, str], ...] = (
    ("none", "• No formal education is needed.\n"),
    ("high_school", "• High school diploma or GED required.\n"),
    ("associate", "• Associate degree required.\n"),
    ("bachelor", "• Bachelor's degree required.\n"),
    ("master", "• Master's degree required.\n"),
    ("doctoral", "• Doctoral degree required.\n"),
)
EDUCATION_LEVELS = tuple(level for level, _ in _EDUCATION)
_YEARS = (0, 1, 2, 3, 5, 8)
EXPERIENCE_YEARS = _YEARS
_EXPERIENCE = (
    "• No previous experience is needed.\n", "• At least 1 year of experience in similar work is required.\n",
    "• At least 2 years of experience in similar work are required.\n",
    "• At least 3 years of experience in similar work are required.\n",
    "• A minimum of 5 years of experience in similar work is required.\n",
    "• A minimum of 8 years of experience in similar work is required.\n",
)  # fmt: skip
# How a credential is asked for: `{}` is its form. Each sentence says its class by itself, except the bare bullets,
# which take it from the heading above them.
_ASKING: dict[int, tuple[str, ...]] = {
    REQUIRED: (
        "• Current {} required.\n", "• Must hold {a}.\n", "• {} is required for this position.\n", "• Required: {}.\n",
        "• You must have {a}.\n", "• Active {} is a must.\n", "• {}\n",
    ),
    PREFERRED: (
        "• {} preferred.\n", "• {} is a plus.\n", "• Ideally, you hold {a}.\n", "• {} is an advantage.\n",
        "• {} is desirable but not required.\n", "• Preference is given to applicants with {a}.\n", "• {}\n",
    ),
    AFTER_HIRE: (
        "• Must obtain {a} within 90 days of hire.\n", "• Ability to obtain {a} within six months of hire.\n",
        "• Willingness to obtain {a} after hire.\n",
    ),
    MENTION: (
        "• We reimburse the exam fee if you decide to earn {a}.\n",
        "• Paid study time towards {a} for those who want it.\n",
        "• Colleagues who hold {a} share what they know in monthly meetings.\n",
    ),
    NEGATED: ("• No {} required.\n", "• {A} is not required.\n", "• You do not need {a} for this position.\n"),
}  # fmt: skip
SHIFTS = (
    "", " - Day Shift", " - Nights", " - Full Time", " - Part Time", " - Weekends", " (Full-Time)", " - Temporary",
)  # fmt: skip


@dataclass
class _Pool:
    """Pieces in the order of their numbers; piece 0 is empty."""

    pieces: list[str] = field(default_factory=lambda: [""])

    def add(self, texts: Sequence[str]) -> int:
        """Number of the first of these pieces."""
        first = len(self.pieces)
        self.pieces.extend(texts)
        return first


@dataclass(frozen=True)
class Group:
    """A run of pieces: its first number and how many there are."""

    first: int
    count: int


@dataclass(frozen=True)
class Town:
    """A fictional town. ZIP and county are those of the sample's regions; `region` is -1 where none has its ZIP."""

    name: str
    zip_code: str
    county_fips: str
    county_name: str
    region: int


def towns(count: int, scale: int = 1) -> tuple[Town, ...]:
    """`count` towns spread over the ZIPs of the regions in turn, so that the first ones lie in all of them."""
    places = []
    for number, region in enumerate(state.regions(scale)):
        for n, zip_code in enumerate(region.zips):
            county = region.counties[n * len(region.counties) // len(region.zips)]
            places.append((n, number, zip_code, county))
    places.sort(key=lambda p: (p[0], p[1]))
    names = (
        f"{prefix}{head}{tail}"
        for n, prefix in enumerate(_TOWN_PREFIXES)
        for step in range(len(_TOWN_TAILS))
        for h, head in enumerate(_TOWN_HEADS)
        for tail in (_TOWN_TAILS[(h * 7 + step + n) % len(_TOWN_TAILS)],)
    )
    result = []
    for number, name in zip(range(count), names, strict=False):
        _, region_number, zip_code, county = places[number % len(places)]
        result.append(Town(name, zip_code, county.fips, county.name, region_number))
    return tuple(result)


MAX_TOWNS = len(_TOWN_PREFIXES) * len(_TOWN_HEADS) * len(_TOWN_TAILS)
# Towns whose ZIP belongs to no region: the state's own tables do not know it.
UNMAPPED_TOWNS = (
    Town("Lostwater", f"{state.ZIP_PREFIX}98", "", "", -1), Town("Farpeak", f"{state.ZIP_PREFIX}99", "", "", -1)
)  # fmt: skip


def employer_name(number: int, sector: str) -> str:
    """A name that no employer has: a mineral, a tree and a word of the sector. Numbers from 0 give distinct names."""
    last = SECTORS[sector]
    pairs = len(_MINERALS) * len(_TREES)
    rank, pair = divmod(number, pairs)
    # 23 has no divisor in common with 24 x 22, so the pairs come out shuffled and each one once
    pair = pair * 23 % pairs
    word = last[rank % len(last)] + ("" if rank < len(last) else f" {rank // len(last) + 1}")
    return f"{_MINERALS[pair // len(_TREES)]} {_TREES[pair % len(_TREES)]} {word}"


def slug(name: str) -> str:
    """The name as a part of an address."""
    return name.lower().replace(" ", "-")


class Vocabulary:
    """The pieces for a given number of employers and towns; made once, used by every batch."""

    def __init__(self, employers: Sequence[tuple[str, str]], places: Sequence[Town]) -> None:
        """`employers` are (name, sector); `places` the towns, the unmapped ones last."""
        pool = _Pool()

        def group(texts: Sequence[str]) -> Group:
            return Group(pool.add(texts), len(texts))

        self.employer_names = [name for name, _ in employers]
        self.towns = tuple(places)
        self.employers = group(self.employer_names)
        self.employer_variants = (
            self.employers,
            group([f"{n}, Inc." for n in self.employer_names]),
            group([n.upper() for n in self.employer_names]),
        )
        self.mail = group([f"\nQuestions? Write to jobs@{slug(n)}.example" for n in self.employer_names])
        self.phone = group([f" or call (200) 555-01{n:02d}.\n" for n in range(100)])
        self.sites = group([t.name for t in places])
        self.title = group(TITLES.texts)
        self.loud_title = group([t.upper() for t in TITLES.texts])
        self.shifts = group(SHIFTS)
        self.joint = group([" - "])
        self.core = group([_CORE.format(plural=p) for p in TITLES.plurals])
        self.mark = group([f"\n{state.MARK}: employer, place and opening are made up.\n"])
        self.site_heads, self.site_feet = group(_SITE_HEADS), group(_SITE_FEET)
        self.openings = tuple(group([o[part] for o in _OPENINGS]) for part in range(4))
        self.about_heads = group(_ABOUT_HEADS)
        self.about = group([f"{text} " for text in _ABOUT])
        self.duty_heads = group(_DUTY_HEADS)
        self.actions = {
            major: group([f"• {verb} {thing} " for thing in things.split(";") for verb in _VERBS])
            for major, things in (*_OBJECTS.items(), ("00", _NEUTRAL))
        }
        self.tails = group([f"{text}.\n" for text in _TAILS])
        self.requirement_heads, self.preferred_heads = group(_REQUIREMENT_HEADS), group(_PREFERRED_HEADS)
        self.benefit_heads, self.general, self.bonus = group(_BENEFIT_HEADS), group(_GENERAL), group(_BONUS)
        self.benefits, self.equal = group(_BENEFITS), group(_EQUAL)
        self.education, self.experience = group([s for _, s in _EDUCATION]), group(_EXPERIENCE)
        self.pay = group([f"\nPay: ${dollars} to " for dollars in range(8, 300)])
        self.pay_to = group([f"${dollars} per hour.\n" for dollars in range(8, 400)])
        self._add_asking(pool)
        self.pieces = pool.pieces

    def _add_asking(self, pool: _Pool) -> None:
        """Sentences per class and form: piece = asking_first[class] + form number x variants + variant."""
        self.form_first: list[int] = []  # first form number of each phrase (a credential or a pair of them)
        self.form_count: list[int] = []
        forms: list[str] = []
        for phrase in phrases():
            self.form_first.append(len(forms))
            self.form_count.append(len(phrase.forms))
            forms.extend(phrase.forms)
        self.variants = {kind: len(frames) for kind, frames in _ASKING.items()}
        self.asking_first = {
            kind: pool.add([_asked(frame, form) for form in forms for frame in frames])
            for kind, frames in _ASKING.items()
        }


def _asked(frame: str, form: str) -> str:
    """A sentence about a form; `{a}` puts an article before it, `{A}` begins the sentence with it."""
    article = "an" if form[:2] in ("RN", "EM", "MT", "NC", "FE") or form[0] in "aeiouAEIO" else "a"
    words = frame.format(form, a=f"{article} {form}", A=form)
    return words[:2] + words[2].upper() + words[3:]


@dataclass(frozen=True)
class Phrase:
    """What one slot of an ad asks for: one credential, or several of which one is enough."""

    keys: tuple[str, ...]
    forms: tuple[str, ...]


# Alternatives that ads offer: any one of them is enough.
ALTERNATIVES: tuple[tuple[str, ...], ...] = (
    ("netplus", "ccna"), ("mls", "mlt"), ("pmp", "capm"), ("cpa", "cma"), ("fe", "pe"),
)  # fmt: skip


@cache
def phrases() -> tuple[Phrase, ...]:
    """Every phrase in the order of its number: the credentials of the table, then the alternatives."""
    single = [Phrase((c.key,), c.forms) for c in CREDENTIALS.values()]
    pairs = [Phrase(keys, (" or ".join(CREDENTIALS[k].forms[0] for k in keys),)) for keys in ALTERNATIVES]
    return (*single, *pairs)


@cache
def phrase_number() -> dict[tuple[str, ...], int]:
    """Keys to the number of the phrase."""
    return {phrase.keys: n for n, phrase in enumerate(phrases())}
