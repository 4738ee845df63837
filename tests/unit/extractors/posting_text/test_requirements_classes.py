"""Required, preferred, after hire, mention: the sentence first, then the heading, then what it is."""

from __future__ import annotations

from functools import cache

import pytest

from extractors.posting_text.requirements import Lexicon, RequirementReader
from tests.unit.extractors.posting_text.requirements_lexicon import classes, mentions
from warehouse.paths import CHECKOUT

REFERENCE = CHECKOUT / "dbt_project" / "seeds" / "reference"


@cache
def reader() -> RequirementReader:
    """The reader with the lexicon of the seeds."""
    return RequirementReader(Lexicon.load(REFERENCE / "credential.csv", REFERENCE / "credential_form.csv"))


CPR, BLS, ACLS, CPA, PMP, DRIVER, SECURITY = (
    "AMHEA002",
    "AMHEA001",
    "AMHEA003",
    "AICPA001",
    "PMINS001",
    "STDMV001",
    "COMPT002",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CPA required.", "required"),
        ("Must have a CPA.", "required"),
        ("CPA is a must.", "required"),
        ("A CPA is essential for this role.", "required"),
        ("CPA (or equivalent) required", "required"),
        ("CPA preferred.", "preferred"),
        ("CPA strongly preferred; other degrees considered.", "preferred"),
        ("Ideally you hold a CPA.", "preferred"),
        ("Ideally the candidate should hold a CPA.", "preferred"),
        ("Must have, or be willing to obtain, a CPA as required by the state.", "after_hire"),
        ("You have a CPA or are willing to obtain one prior to the start date.", "required"),
        ("Candidates should be within six months of obtaining a CPA.", "after_hire"),
        ("CPA is a plus", "preferred"),
        ("A CPA would be advantageous.", "preferred"),
        ("CPA desirable but not essential", "preferred"),
        ("CPA preferred but not required.", "preferred"),
        ("Not required but preferred: CPA", "preferred"),
        ("Preferred: CPA", "preferred"),
        ("Desired Qualifications: CPA", "preferred"),
        ("Ability to obtain a CPA within 6 months.", "after_hire"),
        ("CPA required within 90 days of hire", "after_hire"),
        ("CPA within one (1) year of employment", "after_hire"),
        ("CPA or willingness to obtain", "after_hire"),
        ("Has or is able to obtain a CPA", "after_hire"),
        ("CPA strongly preferred within 6 months of hire", "preferred"),
        ("A CPA or ability to obtain a CPA", "after_hire"),
        ("CPA certified, or in process of certification", "after_hire"),
        ("CPA, or capability to acquire one", "after_hire"),
        ("CPA – nice to have", "preferred"),
        ("CPA is not required but is an advantage", "preferred"),
        ("Advantageous to hold a CPA", "preferred"),
        ("Complete the training curriculum, including certification as a CPA", "after_hire"),
        ("We pay for your CPA exam.", "mention"),
        ("Tuition reimbursement, CPA exam fees", "mention"),
        ("Current CPA", "required"),
        ("As required by the client, the CPA signs.", "required"),
        ("5 years of experience within the last 10 years and a CPA", "required"),
    ],
)
def test_cue_of_the_sentence(text: str, expected: str) -> None:
    assert classes(text) == {CPA: expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BLS required, ACLS preferred", {BLS: "required", ACLS: "preferred"}),
        ("BLS required; ACLS within 6 months of hire", {BLS: "required", ACLS: "after_hire"}),
        ("Must have BLS, ACLS preferred", {BLS: "required", ACLS: "preferred"}),
        ("BLS, CPR and ACLS preferred", {BLS: "preferred", CPR: "preferred", ACLS: "preferred"}),
        ("BLS (required), ACLS (preferred)", {BLS: "required", ACLS: "preferred"}),
        ("Driver's License (Required)\nSecurity+ (Preferred)", {DRIVER: "required", SECURITY: "preferred"}),
        ("Must have a driver's license and be able to obtain CPR", {DRIVER: "required", CPR: "after_hire"}),
        ("CPA required but PMP preferred", {CPA: "required", PMP: "preferred"}),
        ("Bachelor's degree required, CPA preferred", {CPA: "preferred"}),
        ("CPR required; preferred at senior level: CPA", {CPR: "required", CPA: "preferred"}),
    ],
)
def test_each_its_own_cue(text: str, expected: dict[str, str]) -> None:
    assert classes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Requirements:\n• PMP\nPreferred Qualifications:\n• CPA", {PMP: "required", CPA: "preferred"}),
        ("Minimum Qualifications\nPMP\nNice to have\nCPA", {PMP: "required", CPA: "preferred"}),
        ("Basic Qualifications: PMP. Desired: CPA.", {PMP: "required", CPA: "preferred"}),
        ("Essential:\n• PMP\nDesirable:\n• CPA", {PMP: "required", CPA: "preferred"}),
        ("Preferred Qualifications:\nEducation:\n• CPA", {CPA: "preferred"}),
        (
            "Preferred Qualifications:\n• PMP\nResponsibilities:\n• Maintain CPR certification",
            {PMP: "preferred", CPR: "required"},
        ),
        ("Benefits:\n• CPA support", {CPA: "mention"}),
        ("About us\nOur founder is a PMP and teaches.", {PMP: "mention"}),
        ("*Preferred Qualifications: *\nCurrent certifications (PMP) or a commitment to pursuing", {PMP: "after_hire"}),
        ("One of the following certifications is strongly preferred:\nPMP\nCPA", {PMP: "preferred", CPA: "preferred"}),
        ("Experience in audits Preferred Qualifications PMP", {PMP: "preferred"}),
        ("PMP (for the senior role) Preferred Qualifications\nCPA", {PMP: "required", CPA: "preferred"}),
        ("Preferred Qualifications:\n• Must have CPR", {CPR: "required"}),
        (
            "Preferred Qualifications:\n• CPR or CPA, or able to obtain in a year",
            {CPR: "after_hire", CPA: "after_hire"},
        ),
        ("Required Clearance: none\nPMP", {PMP: "required"}),
    ],
)
def test_heading(text: str, expected: dict[str, str]) -> None:
    assert classes(text) == expected


def test_without_cue_and_heading_a_licence_is_asked_and_a_certificate_in_running_text_named() -> None:
    assert classes("You will drive with a driver's license.") == {DRIVER: "required"}
    running = (
        "In the course of the coming year the whole of the department will introduce "
        "PMP methods to a good many of its offices and sites."
    )
    assert classes(running) == {PMP: "mention"}
    assert classes("• PMP") == {PMP: "required"}


def test_answer_options_of_a_questionnaire_ask_nothing() -> None:
    text = (
        "* 5. Choose your certifications. Answer to this question is required A. Security+ B. PMP C. None of the above"
    )
    assert classes(text) == {SECURITY: "mention", PMP: "mention"}


def test_a_second_block_without_a_heading_is_asked_for() -> None:
    text = "Bachelor's degree in finance\n2 years of experience\nMaster's degree in finance\nPMP"
    assert classes(text) == {PMP: "required"}
    assert classes("Bachelor's degree in finance\n2 years of experience\nPMP") == {PMP: "required"}


def test_the_rule_and_the_section_are_told() -> None:
    (found,) = mentions("Desired:\nPMP")
    assert (found["cue"], found["section"]) == ("heading:preferred", "preferred")
    (found,) = mentions("PMP is a plus")
    assert found["cue"] == "trail:a plus" or found["cue"] == "trail:is a plus"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Security certifications encouraged (CISSP, CISM).", {"ISCXX001": "preferred", "ISACA001": "preferred"}),
        ("CPA preferred.", {"AICPA001": "preferred"}),
        ("PMP preferred. CPA required.", {"PMINS001": "preferred", "AICPA001": "required"}),
        ("Preferred Qualifications\nShould have a driver's license", {"STDMV001": "preferred"}),
        ("You must have MRCP and be on, or within six months of, the list.", {"ROYAL001": "required"}),
        ("Must have or obtain a TWIC.", {"TSAXX001": "after_hire"}),
        ("Associate degree in nursing\nRN\nBLS", {"STNUR001": "required", "AHEAR001": "required"}),
        ("DoD 8570 certification (Security+) required.", {"COMPT003": "required"}),
    ],
)
def test_with_the_lexicon_of_the_seeds(text: str, expected: dict[str, str]) -> None:
    found = reader().read([""], [text]).mentions.to_pylist()
    assert {m["credential_code"]: m["requirement"] for m in found if not m["is_negated"]} == expected


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        # words for "one way or the other, later" with and without commas
        ("Possession of, or ability to obtain, a driver's license.", DRIVER, "after_hire"),
        ("Possession of or the ability to obtain a driver's license.", DRIVER, "after_hire"),
        ("Possession of a driver's license.", DRIVER, "required"),
        # "not mandatory" weakens, it does not deny
        ("Preference, not mandatory: Security+ certification.", "COMPT003", "preferred"),
        ("Security+ certification is desirable but not mandatory.", "COMPT003", "preferred"),
        # a category of the approved list is asked for beside what it is met with; the list's name is not
        ("IAT Level II certification (Security+ or CySA+) required.", "DODXX001", "required"),
        ("DoD 8570 certification (Security+) required.", "DODXX001", None),
        # an adjective of the licence makes the word for a person a licence; a colleague stays one
        ("Licenses: Active Certified Nursing Assistant (state of Ohio).", "STNAR001", "required"),
        ("Works beside an active certified nursing assistant staff.", "STNAR001", None),
        ("Our NHS trust is growing. You will be a qualified RMN with a good eye.", "NMCUK001", "required"),
        ("Our NHS trust is growing. You will support each qualified RMN on the ward.", "NMCUK001", None),
        ("Certified Master Electrician from any state.", "STELE002", "required"),
    ],
)
def test_wordings_met_in_ads_of_many_kinds(text: str, code: str, expected: str | None) -> None:
    found = [m for m in reader().read([""], [text]).mentions.to_pylist() if m["credential_code"] == code]
    assert {m["requirement"] for m in found} == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("• Linux and Cisco certifications", "LINUX001"),
        ("• Certifications such as NACE, API or similar", "AMPPX001"),
        ("• CSEP certification", "INCOS001"),
        ("• PE required", "STPEB002"),
        ("• Python, SQL and Java", None),
        ("• Lean and Agile experience, Kubernetes certification", None),
    ],
)
def test_a_name_that_shares_its_certificate_word(text: str, code: str | None) -> None:
    """Names that are also plain words, with the lexicon of the seeds."""
    read = reader().read([""], ["Requirements:\n• Diploma\n" + text]).mentions.to_pylist()
    codes = {m["credential_code"] for m in read} - {"CISCO006", "APIXX004", "CNCFX001"}
    assert codes == ({code} if code else set())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Qualifications\nPreferred Certifications\nPMP", {"PMINS001": "preferred"}),
        ("Qualifications\nPreferred Licenses\nCPA", {"AICPA001": "preferred"}),
        ("Preferred Qualifications\nJOB SPECIFICATIONS: TRAINING\nPMP", {"PMINS001": "preferred"}),
        ("Duties\nJOB SPECIFICATIONS: TRAINING\nPMP", {"PMINS001": "required"}),
        ("A degree in mechanics and possession of a P.E", {"STPEB002": "required"}),
        ("Preferred Security +", {"COMPT003": "preferred"}),
        ("Requirements:\nKnows the certification module of the resource system (CRIS)", {}),
        ("Requirements:\nManage an active real estate portfolio", {}),
        ("Desirable\nPL-900: Microsoft Power Platform Fundamentals certification", {"MSFTX010": "preferred"}),
        ("Requirements:\nAWS Certified Solutions Architect", {"AMAZN008": "required"}),
        ("Requirements:\nAWS Certified Solutions Architect - Associate", {"AMAZN002": "required"}),
    ],
)
def test_headings_and_lists_with_the_lexicon_of_the_seeds(text: str, expected: dict[str, str]) -> None:
    found = reader().read([""], [text]).mentions.to_pylist()
    assert {m["credential_code"]: m["requirement"] for m in found} == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GMDSS General Operator's Certificate (GOC) for the vessel", "GMDSS001"),
        ("Helicopter VHF certificate", "GMDSS001"),
        ("Flag state barge supervisor license for the rig", "STCWX001"),
        ("Certified overhead crane inspector", "NCCCO005"),
        ("LEEA diploma", "NCCCO005"),
        ("Gas Metal Arc Welding (GMAW) - NC II", "TESDA001"),
        ("CPEng with Engineers Australia", "ENGAU001"),
        ("Registered Professional Engineer of Queensland (RPEQ)", "ENGAU002"),
        ("Pr Eng registration", "ENGAB001"),
        ("Chartered Engineer (CEng)", "ENGCU001"),
        ("QEEG certification", "IQCBX001"),
        ("Certified International Configuration Manager (CICM)", "CICMX001"),
        ("NYSC discharge certificate", "NYSCN001"),
        ("Nexplanon certification", "LARCX001"),
        ("Certified Menopause Practitioner", "MENOP001"),
        ("Pelvic floor certification", "WHPTX001"),
    ],
)
def test_names_that_were_lacking(text: str, code: str) -> None:
    found = reader().read([""], [f"Requirements:\n- {text}"]).mentions.to_pylist()
    assert {m["credential_code"] for m in found} == {code}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CPA would be useful.", "preferred"),
        ("CPA is useful but not essential", "preferred"),
        ("It would be an advantage to hold a CPA", "preferred"),
        ("Priority will be given to candidates with a CPA", "preferred"),
        ("CPA \u2013 Desirable", "preferred"),
        ("CPA (D)", "preferred"),
        ("You may also have a CPA", "preferred"),
        ("Hold a CPA or be willing to do so", "after_hire"),
        ("CPA or willing to undertake the exam", "after_hire"),
        ("You will be expected to work towards a CPA", "after_hire"),
        ("Must have a CPA or be able to obtain a passport", "required"),
        ("Hold a CPA, possessing or willing to complete nothing else", "required"),
        ("You will be required to undertake a CPA", "after_hire"),
        ("CPA before the start or not later than 30 days after it", "after_hire"),
    ],
)
def test_wishes_and_what_is_to_be_had_later_in_other_words(text: str, expected: str) -> None:
    assert classes(text) == {CPA: expected}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Certifications (preferred)\nSecurity+\nPMP", {SECURITY: "preferred", PMP: "preferred"}),
        ("What will set you apart\n- PMP", {PMP: "preferred"}),
        ("Advantageous\n- PMP", {PMP: "preferred"}),
        (
            "Required Skills degree Security+ Preferred Skills CPA PMP",
            {SECURITY: "required", CPA: "preferred", PMP: "preferred"},
        ),
    ],
)
def test_headings_in_brackets_and_side_by_side(text: str, expected: dict[str, str]) -> None:
    assert classes(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Qualifications:\n- CIH\n- Good with people", "AIHAX001"),
        ("Qualifications:\n- CSP or CIH\n- Good with people", "BCSPX001"),
        ("Qualifications:\n- Helicopter Landing Officer certification", "OPITO002"),
        ("Requirements:\n- NR-10 and NR-35 in force", "BRNRX001"),
        ("Requirements:\n- licencia de conducir vigente", "STDMV001"),
        ("Requirements:\n- mechanical joint integrity (MJI10)", "ECITB001"),
    ],
)
def test_names_as_items_and_of_other_countries(text: str, code: str) -> None:
    assert code in {m["credential_code"] for m in reader().read([""], [text]).mentions.to_pylist()}


@pytest.mark.parametrize(
    "text",
    [
        "We are seeking a skilled and certified mechanic to join our workshop.",
        "Skills:\n- Router\n- CES\n- CDN\n- ASA",
        "An original copy of the insurance certificate.",
    ],
)
def test_who_is_sought_and_what_only_looks_like_initials(text: str) -> None:
    assert reader().read([""], [text]).mentions.num_rows == 0
