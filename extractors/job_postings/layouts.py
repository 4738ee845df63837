"""Layouts: which column of which export feeds which field, and what is known not to be supported.

Belongs here: documented layouts as data and how a file is recognised. Does not belong here: reading (`reading/`),
typing (`engine`), the flattening of JSON-LD (`schema_org`) and front matter.

Columns are selected by name; case and order do not matter, further columns are not read. Only what is documented is
mapped: see docs/postings.md for the sources of each layout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extractors.failures import PermanentFailure
from extractors.job_postings import markdown_front, schema_org
from extractors.job_postings.column_map import load_rules
from extractors.job_postings.fields import KINDS, LIST, REQUIRED, Rule
from extractors.job_postings.reading.base import Reader
from extractors.schema import normalise

COLUMN_MAP, LIGHTCAST, NLX, SCHEMA_ORG, MARKDOWN = "column_map", "lightcast", "nlx", "schema_org", "markdown_toml"


@dataclass(frozen=True)
class Layout:
    """A layout.

    Attributes:
        name: what `--layout` takes.
        title: for people.
        rules: what feeds each field.
        signs: columns that tell the layout; all must be there.
        adjust: name of the source's own rule in `engine`, "" for none.
        flatten: turns a record into a flat one, or into the reason why it is left out.
        containers: in which it comes; empty means any.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    signs: frozenset[str] = frozenset()
    adjust: str = ""
    flatten: Callable[[Mapping[str, Any]], Mapping[str, Any] | str] | None = None
    containers: frozenset[str] = frozenset()

    def wanted(self, header: Sequence[str]) -> dict[str, str]:
        """Normalised source name -> column of the file, for the columns that the rules read."""
        named = {normalise(s) for r in self.rules for s in r.sources}
        found: dict[str, str] = {}
        for column in header:
            if normalise(column) in named:
                found.setdefault(normalise(column), column)
        return found


_REMOTE_TYPES = {"is_remote": ("lookup:remote=true;hybrid remote=false;not remote=false",)}


def _rules(steps: Mapping[str, tuple[str, ...]] | None = None, /, **sources: str) -> tuple[Rule, ...]:
    """Rules from `field="COLUMN|OTHER"`; title and posting date are required."""
    own = steps or {}
    return tuple(Rule(t, tuple(s.split("|")), own.get(t, ()), t in REQUIRED) for t, s in sources.items())


_LIGHTCAST = Layout(
    LIGHTCAST,
    "Lightcast US postings (CSV and the same columns in other files)",
    _rules(
        _REMOTE_TYPES,
        posting_id="ID",
        url="URL",
        title="TITLE_RAW|TITLE_NAME|TITLE_CLEAN",
        employer="COMPANY_NAME|COMPANY_RAW",
        is_staffing="COMPANY_IS_STAFFING",
        location_text="CITY_NAME|MSA_NAME",
        state_postal="STATE_NAME|STATE",
        county_fips="COUNTY",
        posted_date="POSTED",
        expired_date="EXPIRED|MODELED_EXPIRED",
        education_unspecified="MIN_EDULEVELS_NAME|EDUCATION_LEVELS_NAME",
        experience_unspecified_years="MIN_YEARS_EXPERIENCE",
        credentials_unspecified="CERTIFICATIONS_NAME",
        skills_unspecified="SKILLS_NAME",
        salary_min="SALARY_FROM|SALARY",
        salary_max="SALARY_TO|SALARY",
        salary_unit="ORIGINAL_PAY_PERIOD",
        industry_text="NAICS6_NAME",
        naics_code="NAICS6",
        occupation_text="ONET_2019_NAME|ONET_NAME|SOC_2021_5_NAME",
        source_soc_code="ONET_2019|ONET|SOC_2021_5",
        source_duplicate_count="DUPLICATES",
        employment_type="EMPLOYMENT_TYPE_NAME",
        is_remote="REMOTE_TYPE_NAME",
        description="BODY",
    ),
    frozenset(("id", "posted", "title_raw", "company_name")),
    LIGHTCAST,
)

_NLX = Layout(
    NLX,
    "NLx Research Hub job report (CSV, NDJSON, Parquet)",
    _rules(
        posting_id="system_job_id",
        requisition_id="job_id",
        url="link",
        title="title",
        employer="application_company",
        city="city",
        state_postal="state",
        zip_code="zipcode",
        country="country",
        posted_date="created_date|date_acquired|date_compiled",
        expired_date="expired_date",
        education_required="requirements_min_education",
        experience_required_years="requirements_experience",
        credentials_required="requirements_license",
        salary_min="parameters_salary_min",
        salary_max="parameters_salary_max",
        salary_unit="parameters_salary_unit",
        naics_code="classifications_naics_code",
        source_soc_code="classifications_onet_code_25|classifications_onet_code",
        position_count="parameters_positions_max",
        description="description",
    ),
    frozenset(("system_job_id", "title")),
    NLX,
)

_SCHEMA_ORG = Layout(
    SCHEMA_ORG,
    "schema.org JobPosting as JSON-LD (one object, a list, an @graph, JSON lines)",
    tuple(
        Rule(t, (t,), ("split:|",) if kind == LIST else (), t in REQUIRED)
        for t, kind in KINDS.items()
        if t not in ("source_type", "is_staffing")
    ),
    flatten=schema_org.flatten,
    containers=frozenset(("json", "jsonl")),
)

_MARKDOWN = Layout(
    MARKDOWN,
    "Markdown with TOML front matter (files, a zip, or a `markdown` field in JSON lines)",
    markdown_front.RULES,
    containers=frozenset(("markdown",)),
)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in (_LIGHTCAST, _NLX, _SCHEMA_ORG, _MARKDOWN)}

UNSUPPORTED: tuple[tuple[str, str], ...] = (
    (
        "JobsEQ",
        "the columns of its job-postings (RTI) export are not documented in public: write a column map for your file",
    ),
    ("Lightcast API", "needs a contract and a client of its own: export CSV, or use a data share"),
    (
        "NLx v2 host (api.nlxresearchhub.com/v2)",
        "seen in one client and not verified: use the job reports of api.nlxresearchhub.org",
    ),
    ("CareerOneStop job search", "answers counts and short listings, no text of the ads; needs NLx approval"),
    ("Burning Glass XML (before Lightcast)", "no layout at hand: convert to CSV and write a column map"),
    (
        "Indeed, LinkedIn, ZipRecruiter",
        "have no documented export of postings: write a column map for your file",
    ),
    ("HTML pages", "only JSON-LD that was taken out of them: save the JobPosting objects as JSON lines"),
    ("Markdown with YAML front matter", "no source at hand uses it: convert to TOML, or to CSV with a column map"),
    ("XML feeds", "no layout at hand: convert to CSV and write a column map"),
)


def layout_of(reader: Reader, column_map: Any = None, override: str | None = None) -> Layout:
    """The layout of a file: by its column map, by `override`, else by its header or first record.

    Args:
        column_map: path of the importer's column map, or None.

    Raises:
        PermanentFailure: unknown layout; the columns do not fit; nothing fits (the message says what to do).
    """
    if column_map is not None:
        layout = Layout(COLUMN_MAP, f"column map {column_map.name}", load_rules(column_map, reader.header, reader.name))
        return _checked(layout, reader)
    if override and override != "auto":
        if override not in LAYOUTS:
            raise PermanentFailure(
                f"there is no layout '{override}'",
                where=reader.name,
                expected=", ".join(LAYOUTS),
                remedy="`currency postings layouts` lists them; other files need a column map",
            )
        return _checked(LAYOUTS[override], reader)
    found = detect(reader)
    if found is None:
        seen = ", ".join(reader.header[:20]) + (" ..." if len(reader.header) > 20 else "")
        raise PermanentFailure(
            f"no known layout has these columns: {seen or 'none'}",
            where=reader.name,
            expected=" | ".join(layout.title for layout in LAYOUTS.values()),
            remedy="`currency postings template FILE` writes a column map with our guesses: check it and give it with "
            "--column-map",
        )
    return _checked(found, reader)


def detect(reader: Reader) -> Layout | None:
    """The layout that a file's first records show."""
    if reader.container == "markdown":
        return _MARKDOWN
    names = {normalise(h) for h in reader.header}
    for layout in (_LIGHTCAST, _NLX):
        if layout.signs <= names:
            return layout
    if reader.container in ("json", "jsonl") and any(schema_org.is_posting(r) for r in reader.sample(20)):
        return _SCHEMA_ORG
    return None


def _checked(layout: Layout, reader: Reader) -> Layout:
    """The layout, when the file can hold it and has the columns without which there is no posting."""
    if layout.containers and reader.container not in layout.containers:
        raise PermanentFailure(
            f"the layout {layout.name} does not come as {reader.container}",
            where=reader.name,
            expected=", ".join(sorted(layout.containers)),
            remedy="leave --layout out, or give a column map",
        )
    if layout.flatten is not None:
        return layout
    names = [normalise(h) for h in reader.header]
    rules = [r for r in layout.rules if r.constant is None]
    missing = [r for r in rules if r.required and not any(normalise(s) in names for s in r.sources)]
    if missing:
        raise PermanentFailure(
            "missing columns: " + ", ".join(f"{' or '.join(r.sources)} (for {r.target})" for r in missing),
            where=reader.name,
            expected=f"the columns of {layout.title}",
            remedy="export again with these columns, or give a column map that names others or a constant",
        )
    read = {normalise(s) for r in rules for s in r.sources}
    doubled = sorted({h for h in reader.header if normalise(h) in read and names.count(normalise(h)) > 1})
    if doubled:
        raise PermanentFailure(
            f"columns appear twice: {', '.join(doubled)}",
            where=reader.name,
            expected="each column that is read once",
            remedy="rename or remove the doubled column",
        )
    return layout
