"""schema.org JobPosting (JSON-LD) -> a flat record with the fields of a posting.

Belongs here: the shapes in which sites write the vocabulary (https://schema.org/JobPosting): text or object, one or a
list, code or name. Does not belong here: HTML and masks (`cleaning`), typing (`engine`).

The vocabulary does not tell required from preferred, so everything lands in the `_unspecified` fields. Requirements
that come as prose are put below the description under a heading, where the reader of texts finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from extractors.job_postings.quarantine import NOT_A_POSTING
from extractors.job_postings.values import EMPTY_WORDS, SOC_CODE, join

_TYPE = "@type"
_PROSE = 80  # characters: a longer text is a sentence and no name
_SECTIONS = (
    ("responsibilities", "Responsibilities"),
    ("qualifications", "Qualifications"),
    ("educationRequirements", "Education requirements"),
    ("experienceRequirements", "Experience requirements"),
    ("jobBenefits", "Benefits"),
)
_DEGREES = re.compile(r"degree|diploma|high school|bachelor|master|doctor|associate|postgraduate|secondary", re.I)
_MONTHS = 12


def is_posting(record: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a JobPosting, by its type or, where it names none, by its three main properties."""
    kinds = [str(k).rsplit("/", 1)[-1].rsplit(":", 1)[-1] for k in _list(record.get(_TYPE))]
    if kinds:
        return "JobPosting" in kinds
    return {"title", "datePosted"} <= record.keys()


def flatten(record: Mapping[str, Any]) -> dict[str, Any] | str:
    """The fields of a posting, or why the object is left out."""
    if record.get(_TYPE) == "ListItem" and isinstance(record.get("item"), Mapping):
        record = record["item"]
    if not is_posting(record):
        return NOT_A_POSTING
    flat: dict[str, Any] = {
        "title": text_of(record.get("title") or record.get("name")),
        "posted_date": text_of(record.get("datePosted")),
        "expired_date": text_of(record.get("validThrough")),
        "url": text_of(record.get("url") or record.get("sameAs")),
        "employer": name_of(record.get("hiringOrganization")),
        "industry_text": name_of(record.get("industry")),
        "employment_type": join([text_of(v) for v in _list(record.get("employmentType"))]),
        "position_count": text_of(record.get("totalJobOpenings")),
        "skills_unspecified": join([name_of(v) for v in _list(record.get("skills")) if not _is_prose(v)]),
        "description": text_of(record.get("description")),
    }
    if "TELECOMMUTE" in [str(v).upper() for v in _list(record.get("jobLocationType"))]:
        flat["is_remote"] = "true"
    _identifiers(record, flat)
    _places(record, flat)
    _pay(record.get("baseSalary"), record, flat)
    _occupation(record.get("occupationalCategory"), flat)
    _requirements(record, flat)
    return flat


def text_of(value: Any) -> str | None:
    """A text, number or the `@value` of a literal as text."""
    if isinstance(value, Mapping):
        value = value.get("@value", value.get("@id"))
    if isinstance(value, list):
        value = next((v for v in value if v), None)
        return text_of(value) if value is not None else None
    if value is None or isinstance(value, bool):
        return None
    return str(value)


def name_of(value: Any) -> str | None:
    """The name of a thing, or its text."""
    if isinstance(value, list):
        return join([name_of(v) for v in value])
    if isinstance(value, Mapping):
        return text_of(value.get("name") or value.get("legalName") or value.get("@value"))
    return text_of(value)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_prose(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _PROSE


def _identifiers(record: Mapping[str, Any], flat: dict[str, Any]) -> None:
    """The page's id or address names a posting on the web; an employer's number is not unique over employers."""
    identifier = next(iter(_list(record.get("identifier"))), None)
    number = text_of(identifier.get("value")) if isinstance(identifier, Mapping) else text_of(identifier)
    issuer = text_of(identifier.get("name")) if isinstance(identifier, Mapping) else None
    flat["requisition_id"] = number
    own = text_of(record.get("@id"))
    with_issuer = f"{issuer or flat['employer'] or ''}:{number}" if number else None
    flat["posting_id"] = (own if own and not own.startswith("_:") else None) or flat["url"] or with_issuer


def _places(record: Mapping[str, Any], flat: dict[str, Any]) -> None:
    texts: list[str] = []
    for position, place in enumerate(_list(record.get("jobLocation"))):
        address = place.get("address", place) if isinstance(place, Mapping) else place
        if isinstance(address, list):
            address = address[0] if address else None
        if not isinstance(address, Mapping):
            words = name_of(address)
            texts += [words] if words else []
            continue
        keys = ("addressLocality", "addressRegion", "postalCode", "addressCountry")
        city, region, postal, country = (name_of(address.get(k)) for k in keys)
        texts.append(", ".join(p for p in (city, region, postal, country) if p))
        if position == 0:
            flat |= {"city": city, "state_postal": region, "zip_code": postal, "country": country}
    flat["location_text"] = "; ".join(dict.fromkeys(t for t in texts if t)) or None


def _pay(value: Any, record: Mapping[str, Any], flat: dict[str, Any]) -> None:
    pay = next(iter(_list(value)), None)
    flat["salary_currency"] = text_of(record.get("salaryCurrency"))
    if not isinstance(pay, Mapping):
        flat["salary_text"] = text_of(pay)
        return
    flat["salary_currency"] = text_of(pay.get("currency") or pay.get("priceCurrency")) or flat["salary_currency"]
    amount = pay.get("value", pay.get("price", pay))
    if not isinstance(amount, Mapping):
        amount = {"value": amount, "unitText": pay.get("unitText")}
    low, high = text_of(amount.get("minValue")), text_of(amount.get("maxValue"))
    single = text_of(amount.get("value"))
    flat["salary_unit"] = text_of(amount.get("unitText") or amount.get("unitCode"))
    if low is None and high is None and single is not None and not _is_number(single):
        flat["salary_text"] = single
    else:
        flat["salary_min"], flat["salary_max"] = low or single, high or single or low


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[$£€]?\s*[\d,]+(?:\.\d+)?", text.strip()))


def _occupation(value: Any, flat: dict[str, Any]) -> None:
    """A code of the O*NET-SOC or SOC taxonomy where there is one; any other category is its words."""
    names = []
    for category in _list(value):
        if isinstance(category, Mapping):
            code, name = text_of(category.get("codeValue")), text_of(category.get("name"))
            code_set = name_of(category.get("inCodeSet")) or ""
        else:
            code, name, code_set = text_of(category), None, ""
        match = SOC_CODE.match(code or "")
        if match and "source_soc_code" not in flat:
            flat["source_soc_code"] = match.group()
            flat["source_soc_taxonomy"] = _taxonomy(code_set, "." in match.group())
            name = name or (code or "")[match.end() :].strip(" -:,") or None
        elif code and not match:
            name = name or code
        names.append(name)
    flat["occupation_text"] = join(names)


def _taxonomy(code_set: str, is_onet: bool) -> str:
    """By the year in the code set's name; schema.org says O*NET-SOC without a year."""
    years = re.findall(r"20(?:10|18|19)", code_set)
    if not years:
        return "unknown"
    if is_onet:
        return "onet_soc_2010" if years[-1] == "2010" else "onet_soc_2019"
    return "soc_2010" if years[-1] == "2010" else "soc_2018"


def _requirements(record: Mapping[str, Any], flat: dict[str, Any]) -> None:
    education: list[str | None] = []
    credentials: list[str | None] = []
    prose: dict[str, list[str]] = {}
    for key in ("educationRequirements", "qualifications"):
        for value in _list(record.get(key)):
            if isinstance(value, Mapping):
                category = name_of(value.get("credentialCategory"))
                name = name_of(value.get("name"))
                if (category and _DEGREES.search(category)) or (key == "educationRequirements" and not name):
                    education.append(category or name)
                else:
                    credentials.append(name or category)
            elif (words := text_of(value)) and words.strip().lower() not in EMPTY_WORDS:
                if key == "educationRequirements" and len(words) <= _PROSE:
                    education.append(words)
                else:
                    prose.setdefault(key, []).append(words)
    experience = _experience(record.get("experienceRequirements"), prose)
    flat["education_unspecified"] = "; ".join(dict.fromkeys(e for e in education if e)) or None
    flat["credentials_unspecified"] = join(credentials)
    flat["experience_unspecified_years"] = experience
    for key in ("responsibilities", "jobBenefits"):
        prose[key] = [t for v in _list(record.get(key)) if (t := text_of(v))]
    prose["qualifications"] = [*prose.get("qualifications", []), *_prose_skills(record.get("skills"))]
    flat["description"] = _with_sections(flat["description"], prose)


def _prose_skills(value: Any) -> Iterable[str]:
    return [v for v in _list(value) if _is_prose(v)]


def _experience(value: Any, prose: dict[str, list[str]]) -> str | None:
    """Years: from the months of an OccupationalExperienceRequirements, or from words, which stay below the text too."""
    for item in _list(value):
        if isinstance(item, Mapping):
            months = text_of(item.get("monthsOfExperience"))
            if months and re.fullmatch(r"\d+(?:\.\d+)?", months):
                return str(float(months) / _MONTHS)
        elif words := text_of(item):
            prose.setdefault("experienceRequirements", []).append(words)
            if len(words) <= _PROSE:
                return words
    return None


def _with_sections(description: str | None, prose: Mapping[str, list[str]]) -> str | None:
    parts = [description] if description else []
    for key, heading in _SECTIONS:
        new = [t for t in prose.get(key, []) if t.strip() and t.strip() not in (description or "")]
        if new:
            escaped = description is not None and ("<" in description or "&lt;" in description)
            gap = "<p></p>" if escaped else "\n\n"
            parts.append(f"{gap}{heading}:{gap}" + gap.join(new))
    return "".join(parts) or None
