"""The fields of a posting and how each is read; what a layout or a column map may feed."""

from __future__ import annotations

from dataclasses import dataclass

TITLE, DATE, TEXT = "title", "posted_date", "description"
REQUIRED = (TITLE, DATE)

LIST, WORDS, CODE, URL, NUMBER, WHOLE, FLAG, DAY, LONG = (
    "list", "words", "code", "url", "number", "whole", "flag", "day", "long",
)  # fmt: skip
STATE, COUNTY, ZIP, COUNTRY, SOC, NAICS, UNIT, YEARS, CHOICE, CURRENCY = (
    "state", "county", "zip", "country", "soc", "naics", "unit", "years", "choice", "currency",
)  # fmt: skip

SOURCE_TYPES = ("aggregator", "board", "registry", "employer")
TAXONOMIES = ("onet_soc_2019", "onet_soc_2010", "soc_2018", "soc_2010", "unknown")

KINDS: dict[str, str] = {
    "source_type": CHOICE,
    "posting_id": CODE,
    "requisition_id": CODE,
    "url": URL,
    "title": WORDS,
    "employer": WORDS,
    "is_staffing": FLAG,
    "location_text": WORDS,
    "city": WORDS,
    "state_postal": STATE,
    "county_fips": COUNTY,
    "zip_code": ZIP,
    "country": COUNTRY,
    "posted_date": DAY,
    "expired_date": DAY,
    "education_required": WORDS,
    "education_preferred": WORDS,
    "education_unspecified": WORDS,
    "experience_required_years": YEARS,
    "experience_preferred_years": YEARS,
    "experience_unspecified_years": YEARS,
    "credentials_required": LIST,
    "credentials_preferred": LIST,
    "credentials_unspecified": LIST,
    "skills_required": LIST,
    "skills_preferred": LIST,
    "skills_unspecified": LIST,
    "salary_min": NUMBER,
    "salary_max": NUMBER,
    "salary_unit": UNIT,
    "salary_currency": CURRENCY,
    "salary_text": WORDS,
    "industry_text": WORDS,
    "naics_code": NAICS,
    "occupation_text": WORDS,
    "source_soc_code": SOC,
    "source_soc_taxonomy": CHOICE,
    "position_count": WHOLE,
    "source_duplicate_count": WHOLE,
    "employment_type": LIST,
    "is_remote": FLAG,
    "description": LONG,
}
CHOICES = {"source_type": SOURCE_TYPES, "source_soc_taxonomy": TAXONOMIES}
MASKED_COUNTS = ("title", "employer", "description")  # masks in these count in the month profile


@dataclass(frozen=True)
class Rule:
    """What feeds a field.

    Attributes:
        target: the field.
        sources: columns (or paths); the first that says something wins, row by row.
        steps: transforms of the cell, in order (`transforms`).
        required: the file must have one of the columns.
    """

    target: str
    sources: tuple[str, ...]
    steps: tuple[str, ...] = ()
    required: bool = False

    @property
    def constant(self) -> str | None:
        """The constant value, where the rule has one."""
        first = self.steps[0] if self.steps else ""
        return first.partition(":")[2] if first.startswith("constant:") else None
