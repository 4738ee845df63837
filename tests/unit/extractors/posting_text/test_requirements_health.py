"""Wordings of ads of health services with the lexicon of the seeds: registers, described licences, offers (J10)."""

from __future__ import annotations

from functools import cache

import pytest

from extractors.posting_text.requirements import Lexicon, RequirementReader
from warehouse.paths import CHECKOUT

REFERENCE = CHECKOUT / "dbt_project" / "seeds" / "reference"
CLASSES = ("mention", "after_hire", "preferred", "required")


@cache
def reader() -> RequirementReader:
    """The reader with the lexicon of the seeds."""
    return RequirementReader(Lexicon.load(REFERENCE / "credential.csv", REFERENCE / "credential_form.csv"))


def classes(text: str, title: str = "") -> dict[str, str]:
    """credential_code -> class, the strongest; without what is negated."""
    out: dict[str, str] = {}
    for m in reader().read([title], [text]).mentions.to_pylist():
        if not m["is_negated"]:
            code = m["credential_code"]
            out[code] = max(out.get(code, "mention"), m["requirement"], key=CLASSES.index)
    return out


@pytest.mark.parametrize(
    ("title", "text", "code"),
    [
        ("Nurse", "Must be licensed in the state of Ohio.", "STNUR001"),
        ("Director of Nursing", "Must be licensed in the state of Ohio.", "STNUR001"),
        ("Registered Nurse", "Must have a current license in Maryland.", "STNUR001"),
        ("Registered Nurse", "Unencumbered Missouri license.", "STNUR001"),
        ("LPN", "Must be licensed. Some experience helps.", "STNUR002"),
        ("Nurse Practitioner", "Active, unrestricted license in Texas.", "STNUR003"),
        ("Certified Nurse Midwife", "An Illinois license is required.", "AMCBM001"),
        ("Physician Assistant", "Active state license required.", "STMED002"),
        ("Physician", "Applicant may be board-certified or board-eligible.", "ABMSX001"),
        ("Staff Attorney", "Admission to the bar of any state.", "STBAR001"),
        ("Staff Attorney", "Member in good standing of the state bar.", "STBAR001"),
        ("Clinician", "Requires an MD or DO license.", "STMED001"),
    ],
)
def test_a_described_licence_is_that_of_the_title(title: str, text: str, code: str) -> None:
    assert classes(text, title) == {code: "required"}


def test_a_described_licence_without_a_title_that_tells_is_none() -> None:
    assert classes("Must be licensed in the state of Ohio.", "Office Manager") == {}
    assert classes("Must be licensed in the state of Ohio.", "Licensed Practical Nurse") == {"STNUR002": "required"}


@pytest.mark.parametrize(
    "text",
    [
        "Within the framework provided by the NMC code and the Health and Care Professions Council (HCPC).",
        "Work as per General Dental Council (GDC) guidelines.",
        "We rate highly in the GMC survey.",
        "Our school was praised by the GMC.",
        "We have training status with the Health and Care Professions Council (HCPC).",
        "We are a BSE accredited department.",
        "Performs work within the scope of RN licensure.",
        "Adheres to the legal requirements for professional licensure.",
        "Medical Assistants, Licensed Practical Nurses and Registered Nurses are advocates.",
        "Suitable for return to practice staff of our NHS Trust.",
    ],
)
def test_rules_houses_and_colleagues_are_no_mention(text: str) -> None:
    assert classes(text, "Counselor") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NHS Trust.\nEssential criteria:\n- ILS\n- Mentorship qualification", {"RCUKS001": "required"}),
        ("Registered Nurse, informal visits welcome.\nYou must be a registered nurse.", {"NMCUK001": "required"}),
        ("NHS. The successful candidate will be an RN or RODP.", {"NMCUK001": "required", "HCPCU001": "required"}),
        ("NHS. As a qualified RMN you will lead a shift.", {"NMCUK001": "required"}),
        ("NHS. You will be a registered mental health or learning disability nurse.", {"NMCUK001": "required"}),
        ("NHS. Must be registered or be in the process of registering with the GPhC.", {"GPHCU001": "after_hire"}),
        ("NHS. As a newly hired RMN you will have support.", {}),
        ("We only accept nurses (RN, LVN) of this state.", {"STNUR001": "required", "STNUR002": "required"}),
        ("NHS. 50% NMC registration renewal paid by us.", {"NMCUK001": "mention"}),
        ("NHS. You'll have the opportunity to progress through our CESR programme.", {"GMCUK006": "mention"}),
        ("NHS. A prescribing qualification would be beneficial.", {"NMCUK002": "preferred"}),
        ("NHS. Independent prescriber (preferred).", {"NMCUK002": "preferred"}),
        ("NHS. Essential criteria:\n- Specialist portfolio in haematology", {"IBMSU001": "required"}),
        ("NHS. A teaching qualification, e.g. PGCE, is essential.", {"DFEQT001": "required"}),
        ("NHS. We seek clinicians who are registered mental health nurses.", {"NMCUK001": "required"}),
        ("NHS.\nAbout you\n- Registered Nurse used to working at night", {"NMCUK001": "required"}),
        ("NHS. You work as a healthcare assistant until your NMC PIN comes.", {"NMCUK001": "after_hire"}),
        ("NHS. Applicants who are working towards a V300 are welcome.", {"NMCUK002": "after_hire"}),
        ("NHS. You will be provided with your ALS course.", {"RCUKS001": "after_hire"}),
        ("NHS. We will support you to complete a Care Certificate.", {"SFCAR001": "after_hire"}),
        ("NHS.\nAbout you\nYour first NMC fee will be reimbursed.", {"NMCUK001": "mention"}),
        ("NHS.\nAbout you\nWe keep you up to date with ILS.", {"RCUKS001": "mention"}),
        ("NHS.\nAbout you\nTeaching, e.g. with a PGCE.", {"DFEQT001": "required"}),
        ("NHS. Ideally you hold an assistant practitioner qualification.", {"SFCAR002": "preferred"}),
        ("NHS. You must have completed the CBT part one of the NMC.", {"NMCUK005": "required"}),
    ],
)
def test_british_wordings(text: str, expected: dict[str, str]) -> None:
    assert expected.items() <= classes(text).items() if expected else classes(text) == {}


@pytest.mark.parametrize(
    ("title", "code"), [("Clinical Pharmacist", "GPHCU002"), ("Practice Nurse", "NMCUK002"), ("", "NMCUK002")]
)
def test_the_title_tells_which_register_notes_the_prescriber(title: str, code: str) -> None:
    assert classes("NHS. An independent prescribing qualification is essential.", title)[code] == "required"


def test_the_time_is_given_for_what_follows() -> None:
    text = "You must have full GMC registration, be on the Specialist Register or be within six months of gaining CCT."
    assert classes(text) == {"GMCUK001": "required", "GMCUK004": "required", "GMCUK005": "required"}
    text = "Full GMC registration. You should be within six months of gaining CCT."
    assert classes(text) == {"GMCUK001": "required", "GMCUK005": "after_hire"}


def test_a_certified_medical_assistant_is_named_in_full() -> None:
    assert classes("Requirements:\n- Certified Medical Assistant, bilingual") == {"AAMAA001": "required"}
    assert classes("We have a full-time opening for a Certified Medical Assistant (CMA) at our clinic.") == {}


def test_a_course_that_a_council_approves_is_no_registration() -> None:
    assert classes("NHS post. You must have completed a British Psychological Society (BPS) accredited course.") == {}
    assert "HCPCU001" in classes("NHS post. You must be HCPC registered.")
