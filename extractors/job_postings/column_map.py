"""A user's column map for postings: `target,source[,transform][,required]`, with the manners of `extractors.schema`.

Every column of the file is named or the import is refused with the names: an empty `target` says that a column is known
and not kept. A posting needs `title` and `posted_date`; where a file has no dates, `posted_date,,constant:2022-04-26`
gives all of its rows that day.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from extractors.failures import PermanentFailure
from extractors.job_postings.fields import KINDS, REQUIRED, Rule
from extractors.job_postings.transforms import parse_steps
from extractors.schema import normalise, read_delimited

HEADER = ("target", "source", "transform", "required")

GUESSES: Mapping[str, tuple[str, ...]] = {
    "posting_id": ("id", "job id", "posting id", "job posting id", "jobid", "uuid", "posting number", "control number"),
    "requisition_id": ("requisition id", "requisition number", "req id", "requisition", "announcement number",
                       "job req"),
    "url": ("url", "link", "job url", "posting url", "job link", "apply url"),
    "title": ("title", "job title", "position", "position title", "jobtitle", "job name", "civil service title",
              "role"),
    "employer": ("employer", "company", "company name", "organization", "employer name", "agency", "hiring agency",
                 "organisation", "hiring organization", "business"),
    "location_text": ("location", "job location", "work location", "place", "address", "area"),
    "city": ("city", "town", "municipality", "city name"),
    "state_postal": ("state", "state code", "province", "region", "state name"),
    "county_fips": ("county fips", "fips", "county code"),
    "zip_code": ("zip", "zip code", "zipcode", "postal code", "postcode"),
    "country": ("country", "country code"),
    "posted_date": ("date posted", "posted", "posted date", "posting date", "post date", "date", "posted on",
                    "created at", "created date", "position open date", "first seen", "open date", "posteddate",
                    "listed"),
    "expired_date": ("expired", "expired date", "closing date", "end date", "expires", "valid through", "close date",
                     "position close date", "removed", "last seen"),
    "education_required": ("required education", "minimum education", "min education", "education required"),
    "education_preferred": ("preferred education", "education preferred"),
    "education_unspecified": ("education", "education level", "degree"),
    "experience_required_years": ("required experience", "minimum experience", "years required"),
    "experience_preferred_years": ("preferred experience",),
    "experience_unspecified_years": ("experience", "years of experience", "years experience"),
    "credentials_required": ("required certifications", "required licenses", "license required", "licenses required"),
    "credentials_preferred": ("preferred certifications", "preferred licenses"),
    "credentials_unspecified": ("certifications", "certification", "credentials", "licenses", "license"),
    "skills_required": ("required skills", "skills required"),
    "skills_preferred": ("preferred skills", "skills preferred"),
    "skills_unspecified": ("skills", "skill"),
    "salary_min": ("salary min", "min salary", "minimum salary", "salary range from", "salary from", "pay min"),
    "salary_max": ("salary max", "max salary", "maximum salary", "salary range to", "salary to", "pay max"),
    "salary_unit": ("salary unit", "pay period", "salary frequency", "salary period", "pay unit"),
    "salary_currency": ("currency", "salary currency"),
    "salary_text": ("salary", "pay", "compensation", "wage", "salary text"),
    "industry_text": ("industry", "sector"),
    "naics_code": ("naics", "naics code"),
    "occupation_text": ("occupation", "category", "job category", "occupation name", "job family"),
    "source_soc_code": ("soc", "soc code", "onet", "onet code", "o*net code", "soc6", "onet id"),
    "position_count": ("positions", "number of positions", "openings", "# of positions", "vacancies"),
    "employment_type": ("employment type", "job type", "work type", "schedule", "formatted work type"),
    "is_remote": ("remote", "is remote", "remote allowed"),
    "description": ("description", "job description", "text", "body", "full text", "job text", "posting text",
                    "details"),
}  # fmt: skip


def load_rules(path: Path, header: Sequence[str], file: str) -> tuple[Rule, ...]:
    """The rules of a column map, checked against the fields and both ways against a file's header.

    Raises:
        PermanentFailure: a line that is not understood; a column of the file that the map does not name; a column of
            the map that the file lacks; no title or no posting date.
    """
    rules, ignored = _read(path)
    targets = {r.target for r in rules}
    absent = [t for t in REQUIRED if t not in targets]
    if absent:
        raise PermanentFailure(
            f"nothing feeds {' and '.join(absent)}",
            where=f"column map {path.name}",
            expected="a line for title and one for posted_date",
            remedy="name the column; a file without dates may say `posted_date,,constant:YYYY-MM-DD`",
        )
    _both_ways(rules, ignored, header, file, path.name)
    return tuple(rules)


def _read(path: Path) -> tuple[list[Rule], list[str]]:
    rows = read_delimited(path.read_bytes(), path.name)
    names = [normalise(c) for c in rows[0]] if rows else []
    if not {"target", "source"} <= set(names) or set(names) - {*HEADER, "note"}:
        raise PermanentFailure(
            f"the header is {', '.join(names) or 'empty'}",
            where=f"column map {path.name}, row 1",
            expected="target,source[,transform][,required][,note]",
            remedy="write the column map with these column names; `currency postings template FILE` makes one",
        )
    rules: list[Rule] = []
    ignored: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {h: str(v or "").strip() for h, v in zip(names, row, strict=False)}
        if not any(cells.values()) or cells.get("target", "").startswith("#"):
            continue
        where = f"column map {path.name}, row {number}"
        sources = tuple(s.strip() for s in cells.get("source", "").split("|") if s.strip())
        target = cells.get("target", "")
        if target in ("", "ignore"):
            ignored += sources
            continue
        rules.append(_rule(target, sources, cells, where, {r.target for r in rules}))
    return rules, ignored


def _rule(target: str, sources: tuple[str, ...], cells: Mapping[str, str], where: str, taken: set[str]) -> Rule:
    if target not in KINDS:
        raise PermanentFailure(
            f"unknown target '{target}'{close(target, KINDS)}",
            where=where,
            expected=f"one of {', '.join(KINDS)}, or empty for a column that is not kept",
            remedy="correct the target",
        )
    if target in taken:
        raise PermanentFailure(
            f"'{target}' appears twice",
            where=where,
            expected="one line per target; alternatives of the source separated by |",
            remedy="keep one line",
        )
    steps = parse_steps(cells.get("transform", ""), where)
    rule = Rule(target, sources, steps, cells.get("required", "").lower() != "no")
    if bool(sources) == (rule.constant is not None):
        raise PermanentFailure(
            f"'{target}' has {'a source and a constant' if sources else 'neither source nor constant'}",
            where=where,
            expected="a source column, or an empty source and transform constant:VALUE",
            remedy="correct the line",
        )
    if cells.get("required", "").lower() not in ("", "yes", "no"):
        raise PermanentFailure(
            f"required is '{cells['required']}'", where=where, expected="yes or no", remedy="correct it"
        )
    return rule


def _both_ways(rules: Sequence[Rule], ignored: Sequence[str], header: Sequence[str], file: str, name: str) -> None:
    present = [normalise(h) for h in header]
    missing = [
        s[0] if len(s) == 1 else " or ".join(s)
        for r in rules
        if (s := r.sources) and r.required and not any(_there(normalise(one), present) for one in s)
    ]
    known = {normalise(s) for r in rules for s in r.sources} | {normalise(s) for s in ignored}
    extra = [h for h in header if not _named(normalise(h), known)]
    extra = [h for h in extra if not h.startswith("(column ")]
    found = []
    if missing:
        found.append("missing columns: " + ", ".join(m + close(m, extra or header) for m in missing))
    if extra:
        wanted = missing or [s for r in rules for s in r.sources]
        found.append("columns that the column map does not know: " + ", ".join(e + close(e, wanted) for e in extra))
    if found:
        raise PermanentFailure(
            "; ".join(found),
            where=file,
            expected=f"the columns of {name}, no more and no fewer",
            remedy="if a column was renamed, add its new name to `source` (alternatives separated by |); if one was "
            "added, add a line with an empty target to leave it out; `no` in `required` lets a column be absent",
        )


def _there(name: str, present: Sequence[str]) -> bool:
    return name in present or any(p.startswith(f"{name}.") for p in present)


def _named(column: str, known: set[str]) -> bool:
    """Whether a column, or an object that it is a part of, is named."""
    parts = column.split(".")
    return any(".".join(parts[:n]) in known for n in range(1, len(parts) + 1))


def template(header: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """The lines of a column map for a header: our best guess of the target, empty where we have none."""
    taken: set[str] = set()
    lines = []
    for column in header:
        target = guess(column, taken)
        taken |= {target} - {""}
        lines.append((target, column, "", "yes" if target in REQUIRED else "no" if target else ""))
    lines += [(t, "", "constant:", "yes") for t in REQUIRED if t not in taken]
    return lines


def guess(column: str, taken: Iterable[str] = ()) -> str:
    """The field that a column's name speaks of; "" where none does or it is taken."""
    bare = normalise(column).replace("_", " ").replace(".", " ").replace("-", " ").strip()
    joined = bare.replace(" ", "")
    for target, names in GUESSES.items():
        if target not in taken and (bare in names or bare == target.replace("_", " ") or joined in names):
            return target
    return ""


def close(name: str, candidates: Iterable[str]) -> str:
    """' (close: X)' where a candidate resembles the name, else ''."""
    folded = {normalise(c): c for c in candidates}
    near = difflib.get_close_matches(normalise(name), list(folded), n=2, cutoff=0.6)
    return f" (close: {', '.join(folded[n] for n in near)})" if near else ""
