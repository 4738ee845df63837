"""A small lexicon for the tests of `extractors.posting_text.requirements`, and short ways to read with it."""

from __future__ import annotations

from functools import cache
from typing import Any

from extractors.posting_text.requirements import Credential, Form, Lexicon, Readings, RequirementReader

CREDENTIALS = (
    Credential("NURSE001", "Registered Nurse licence", "licence"),
    Credential("NURSE002", "Licensed Practical Nurse licence", "licence"),
    Credential("NURSE003", "Certified Nursing Assistant", "certification"),
    Credential("NMCUK001", "NMC registration", "registration"),
    Credential("COMPT001", "CompTIA A+"),
    Credential("COMPT002", "CompTIA Security+"),
    Credential("COMPT003", "CompTIA Network+"),
    Credential("HRCIX001", "Professional in Human Resources (PHR)"),
    Credential("HRCIX002", "Senior Professional in Human Resources (SPHR)"),
    Credential("AMHEA001", "Basic Life Support", "card"),
    Credential("AMHEA002", "Cardiopulmonary resuscitation (CPR)", "card"),
    Credential("AMHEA003", "Advanced Cardiac Life Support", "card"),
    Credential("STDMV001", "Driver's licence", "licence"),
    Credential("STDMV002", "Commercial driver's licence Class A", "licence"),
    Credential("STDMV003", "Commercial driver's licence Class B", "licence"),
    Credential("STDMV004", "Commercial driver's licence (class not stated)", "licence"),
    Credential("FINRA007", "Series 7", "licence"),
    Credential("FINRA063", "Series 63", "licence"),
    Credential("FINRA066", "Series 66", "licence"),
    Credential("OSHAX010", "OSHA 10", "card"),
    Credential("OSHAX030", "OSHA 30", "card"),
    Credential("PMINS001", "Project Management Professional (PMP)"),
    Credential("AICPA001", "Certified Public Accountant (CPA)", "licence"),
    Credential("ENGIN001", "Professional Engineer (PE)", "licence"),
    Credential("THERA001", "Physical Therapist licence", "licence"),
    Credential("AMAZN001", "AWS certification (level not stated)"),
    Credential("AMAZN002", "AWS Certified Solutions Architect"),
    Credential("ASCPX001", "ASCP Medical Laboratory Technician"),
    Credential("TEACH001", "Teaching licence", "licence"),
)
FORMS = (
    Form("registered nurse", "NURSE001", role_word=True),
    Form("RN", "NURSE001", case_sensitive=True, role_word=True),
    Form("RN license", "NURSE001", case_sensitive=False),
    Form("LPN", "NURSE002", case_sensitive=True, role_word=True),
    Form("licensed practical nurse", "NURSE002", role_word=True),
    Form("CNA", "NURSE003", case_sensitive=True, role_word=True),
    Form("certified nursing assistant", "NURSE003", role_word=True),
    Form("NMC registration", "NMCUK001"),
    Form("NMC", "NMCUK001", case_sensitive=True, needs=("registered", "pin")),
    Form("RGN", "NMCUK001", case_sensitive=True, needs=("@ad:NHS", "@ad:NMC"), role_word=True),
    Form("CompTIA A+", "COMPT001"),
    Form("A+", "COMPT001", case_sensitive=True, needs=("certification", "certifications", "certified", "@list")),
    Form("Security+", "COMPT002"),
    Form("Network+", "COMPT003"),
    Form("PHR", "HRCIX001", case_sensitive=True),
    Form("SPHR", "HRCIX002", case_sensitive=True),
    Form("BLS", "AMHEA001", case_sensitive=True, excludes=("statistics", "@ad:Bureau of Labor Statistics")),
    Form("basic life support", "AMHEA001"),
    Form("CPR", "AMHEA002", case_sensitive=True),
    Form("ACLS", "AMHEA003", case_sensitive=True),
    Form("driver's license", "STDMV001"),
    Form("CDL Class A", "STDMV002"),
    Form("Class A CDL", "STDMV002"),
    Form("CDL A", "STDMV002"),
    Form("CDL Class B", "STDMV003"),
    Form("CDL B", "STDMV003"),
    Form("Class A or B CDL", "STDMV002"),
    Form("Class A or B CDL", "STDMV003"),
    Form("CDL", "STDMV004", case_sensitive=True),
    Form("Series 7", "FINRA007"),
    Form("Series 63", "FINRA063"),
    Form("Series 66", "FINRA066"),
    Form("OSHA 10", "OSHAX010"),
    Form("OSHA 30", "OSHAX030"),
    Form("PMP", "PMINS001", case_sensitive=True),
    Form("project management professional", "PMINS001"),
    Form("CPA", "AICPA001", case_sensitive=True, excludes=("psychological",)),
    Form("certified public accountant", "AICPA001"),
    Form("professional engineer license", "ENGIN001"),
    Form("PE", "ENGIN001", case_sensitive=True, needs=("license", "licensed", "@long")),
    Form("physical therapist", "THERA001", role_word=True),
    Form("AWS certification", "AMAZN001"),
    Form("AWS certified solutions architect", "AMAZN002"),
    Form("solutions architect", "AMAZN002", needs=("aws",)),
    Form("ASCP", "ASCPX001", case_sensitive=True),
    Form("teaching license", "TEACH001"),
)


@cache
def reader() -> RequirementReader:
    """One reader for all tests of a process."""
    return RequirementReader(Lexicon(CREDENTIALS, FORMS))


def read(text: str, title: str = "") -> Readings:
    """One posting."""
    return reader().read([title], [text])


def mentions(text: str, title: str = "") -> list[dict[str, Any]]:
    """Its credentials, negated ones left out."""
    return [m for m in read(text, title).mentions.to_pylist() if not m["is_negated"]]


def classes(text: str, title: str = "") -> dict[str, str]:
    """credential_code -> class, the strongest."""
    order = ("mention", "after_hire", "preferred", "required")
    out: dict[str, str] = {}
    for m in mentions(text, title):
        known = out.get(m["credential_code"], "mention")
        out[m["credential_code"]] = max(known, m["requirement"], key=order.index)
    return out


def asked(text: str, kind: str) -> list[tuple[Any, str]]:
    """(value or years, class) of education, experience or skills."""
    rows = [r for r in read(text).requirements.to_pylist() if r["kind"] == kind]
    return [(r["years"] if kind == "experience" else r["value"], r["requirement"]) for r in rows]
