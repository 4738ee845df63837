"""Names of credentials that the lexicon lacks: what is a name, what it is called, what the sentence asks of it."""

from __future__ import annotations

import pytest

from extractors.posting_text.requirements import unlisted
from tests.unit.extractors.posting_text.requirements_lexicon import read, reader


def asked(text: str) -> dict[str, str]:
    """Name -> requirement."""
    found = reader().read([""], [text]).unlisted.to_pylist()
    return {row["name"]: row["requirement"] for row in found}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Bridge inspector certificate", ["bridge inspector certification"]),
        ("A current QZEG certification", ["qzeg certification"]),
        ("Airship VHF certificate", ["airship vhf certification"]),
        ("National certificate in kiln arc glazing (KAG NC)", ["kiln arc glazing certification"]),
        ("Certification in Optical Relay Alignment preferred", ["optical relay alignment certification"]),
        ("Certified Glaze Technician (CGT)", ["certified glaze technician"]),
        (
            "QZEG, Foo Fighter and XABC certifications",
            ["qzeg certification", "foo fighter certification", "xabc certification"],
        ),
        ("Kiln Operations and Maintenance Certification", ["kiln operations and maintenance certification"]),
        ("Dredge mate ticket", []),
        ("Dredge Mate Ticket", ["dredge mate ticket"]),
        ("Association of Proposal Writers (APWX) Certification", ["association of proposal writers certification"]),
        ("Kiln safety certifications", []),
        ("electrical safety certification", ["electrical safety certification"]),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert [name.name for name in unlisted.names(text, ())] == names


@pytest.mark.parametrize(
    "text",
    [
        "Relevant certification preferred",
        "a valid state license",
        "Certification required",
        "industry-recognized professional certifications",
        "any similar kiln certification",
        "security certifications",
        "the kiln certification process",
        "gift cards and discount cards",
        "a birth certificate",
        "Postgraduate Certificate in Kiln Studies",
        "ISO 9001 certification",
        "a NY license",
        "our certified mail",
        "a licensed kiln",
    ],
)
def test_what_names_nothing(text: str) -> None:
    assert unlisted.names(text, ()) == []


def test_a_name_does_not_reach_into_a_form_of_the_lexicon() -> None:
    text = "Bridge BLS certification, QZEG certification"
    assert [name.name for name in unlisted.names(text, [(7, 10)])] == ["qzeg certification"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requirements:\nBridge inspector certificate", {"bridge inspector certification": "required"}),
        ("Preferred qualifications:\nBridge inspector certificate", {"bridge inspector certification": "preferred"}),
        ("QZEG certification is a plus.", {"qzeg certification": "preferred"}),
        ("Must obtain QZEG certification within six months of hire.", {"qzeg certification": "after_hire"}),
        ("Must have CPR; QZEG certification preferred.", {"qzeg certification": "preferred"}),
        ("No QZEG certification required.", {}),
        ("We teach our customers what a QZEG certificate is.", {}),
        ("Benefits:\nA QZEG certificate for every child of yours", {}),
        ("We are hiring a certified glaze technician to join the team.", {}),
        ("Must be a certified glaze technician.", {"certified glaze technician": "required"}),
        ("Security+, Network+, XGIS or similar certifications required", {"xgis certification": "required"}),
        ("Certifications (PHR, SPHR, XGIS) preferred", {"xgis certification": "preferred"}),
        ("CPR certification required.", {}),
    ],
)
def test_what_is_asked(text: str, expected: dict[str, str]) -> None:
    assert asked(text) == expected


def test_a_name_ends_no_list_of_alternatives() -> None:
    lines = "One of the following:\n• BLS\n• ACLS\nA kiln tenders certificate\n• CPR"
    without = lines.replace("A kiln tenders certificate\n", "")
    groups = [[m["or_group"] for m in read(text).mentions.to_pylist()] for text in (lines, without)]
    assert groups[0] == groups[1]


def test_what_decided_is_kept() -> None:
    found = reader().read([""], ["Requirements:\nQZEG certification required."])
    kept = dict(zip(*(found.sentences.column(c).to_pylist() for c in ("sentence_hash", "sentence")), strict=True))
    assert [kept[row["sentence_hash"]] for row in found.unlisted.to_pylist()] == ["QZEG certification required."]
