"""Which credentials a posting names: role words, context, lists, negation, alternatives."""

from __future__ import annotations

import pytest

from tests.unit.extractors.posting_text.requirements_lexicon import classes, mentions, read

RN, LPN, CNA, NMC = "NURSE001", "NURSE002", "NURSE003", "NMCUK001"


@pytest.mark.parametrize(
    "text",
    [
        "Our RNs care for up to six patients.",
        "The Registered Nurse reports to the Nurse Manager.",
        "Works with CNAs and LPNs on the unit.",
        "5+ years of experience as an RN in acute care.",
        "You should have experience as a medical assistant, RN, CNA or in another clinical role.",
        "RN experience required.",
        "Join our team of registered nurses!",
        "Under the direction of a registered nurse, you assist patients.",
        "Registered Nurse (RN) - Night Shift",
    ],
)
def test_a_person_word_alone_is_no_mention(text: str) -> None:
    assert RN not in classes(text) and CNA not in classes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Must be licensed as a Registered Nurse in the state of Ohio.",
        "Current unrestricted RN license.",
        "RN licensure in good standing.",
        "Requires an active registered nurse (RN) license.",
        "RN required.",
        "Must be an RN.",
        "Qualifications: RN with experience in family planning.",
        "Qualifications\n• Registered Nurse, preferably with theatre experience",
        "Registered nurse with a current Ohio license.",
        "The candidate will be an RN with theatre experience.",
        "Experience as a medical assistant; RN required.",
        "Current license to practice as a professional RN.",
        "Requirements:\n- RN or LPN",
    ],
)
def test_a_person_word_that_speaks_of_the_licence_is_one(text: str) -> None:
    assert classes(text).get(RN) == "required"


def test_rn_bsn_preferred() -> None:
    assert classes("RN, BSN preferred.") == {RN: "preferred"}


def test_list_of_role_words_in_qualifications() -> None:
    found = mentions("Requirements:\n- RN or LPN\n- Driver's license")
    assert {m["credential_code"]: m["or_group"] for m in found} == {RN: 0, LPN: 0, "STDMV001": None}


def test_short_forms_need_their_context() -> None:
    assert classes("PE teacher wanted. PE classes.") == {}
    assert classes("Licensed PE required.") == {"ENGIN001": "required"}
    assert classes("Professional engineer license required. Duties: the PE signs drawings.") == {"ENGIN001": "required"}


def test_a_plus_needs_a_list_or_the_word() -> None:
    assert classes("We offer A+ benefits.") == {}
    assert classes("Requirements:\n• A+, Network+ or Security+") == dict.fromkeys(
        ("COMPT001", "COMPT002", "COMPT003"), "required"
    )
    assert classes("A+ certification is required.") == {"COMPT001": "required"}


def test_context_may_stand_in_the_heading() -> None:
    assert classes("Certifications:\n• A+") == {"COMPT001": "required"}


def test_excluded_context() -> None:
    assert classes("Uses BLS statistics.") == {}
    assert classes("Member of the CPA (psychological association).") == {}
    assert classes("Bureau of Labor Statistics data.\nBLS required.") == {}
    assert classes("BLS required.") == {"AMHEA001": "required"}


def test_words_anywhere_in_the_posting_or_its_title() -> None:
    assert classes("Must be an RGN.") == {}
    assert classes("Join the NHS.\nMust be an RGN.") == {NMC: "required"}
    assert classes("Must be an RGN.", title="NHS staff nurse") == {NMC: "required"}


def test_long_form_and_short_form_side_by_side_are_one_mention() -> None:
    (found,) = mentions("Project Management Professional (PMP)® required")
    assert (found["span_start"], found["span_end"]) == (0, 36)


@pytest.mark.parametrize(
    "text",
    [
        "No CDL required.",
        "Non-CDL position",
        "CPA is not required.",
        "No driver's license needed!",
        "You do not need a PMP.",
        "CDL not required",
    ],
)
def test_negated_mentions_are_none(text: str) -> None:
    assert classes(text) == {}
    assert all(m["is_negated"] for m in read(text).mentions.to_pylist())


def test_not_limited_to_negates_nothing() -> None:
    assert classes("Certifications including but not limited to CPR are required.") == {"AMHEA002": "required"}


def test_alternatives() -> None:
    def groups(text: str) -> dict[str, int | None]:
        return {m["credential_code"]: m["or_group"] for m in mentions(text)}

    assert groups("PHR/SPHR preferred") == {"HRCIX001": 0, "HRCIX002": 0}
    assert groups("CPR, BLS or ACLS required") == {"AMHEA002": 0, "AMHEA001": 0, "AMHEA003": 0}
    assert groups("CPR and BLS required") == {"AMHEA002": None, "AMHEA001": None}
    assert groups("CDL Class A or B required") == {"STDMV002": 0, "STDMV003": 0}
    assert groups("Class A or B CDL required") == {"STDMV002": 0, "STDMV003": 0}
    assert groups("Certifications such as PMP, CPA, etc.") == {"PMINS001": 0, "AICPA001": 0}
    assert groups("PHR or SPHR required. CPR or BLS preferred.") == {
        "HRCIX001": 0,
        "HRCIX002": 0,
        "AMHEA002": 1,
        "AMHEA001": 1,
    }


def test_one_of_the_following_runs_over_the_list_below() -> None:
    text = "Must hold one of the following certifications:\n• Security+\n• Network+\nCPR required."
    assert {m["credential_code"]: (m["or_group"], m["requirement"]) for m in mentions(text)} == {
        "COMPT002": (0, "required"),
        "COMPT003": (0, "required"),
        "AMHEA002": (None, "required"),
    }


def test_numbers_go_on() -> None:
    assert set(classes("Series 7, 63 and 66 required")) == {"FINRA007", "FINRA063", "FINRA066"}
    assert set(classes("Series 7/66 required")) == {"FINRA007", "FINRA066"}
    assert set(classes("OSHA 10 or 30 required")) == {"OSHAX010", "OSHAX030"}
    assert set(classes("Series 7, 5 years of experience required")) == {"FINRA007"}


def test_a_family_gives_way_to_its_member() -> None:
    assert set(classes("AWS certifications: Solutions Architect required")) == {"AMAZN002"}
    assert set(classes("CDL required.\nMust have a Class A CDL.")) == {"STDMV002"}
    assert set(classes("AWS certification is a plus")) == {"AMAZN001"}


def test_titles_name_and_rarely_ask() -> None:
    assert classes("", title="Registered Nurse (RN) - Nights") == {}
    assert classes("", title="CDL A Driver") == {"STDMV002": "required"}
    assert classes("", title="Project Manager, PMP") == {"PMINS001": "mention"}
    (found,) = mentions("", title="CDL A Driver")
    assert found["section"] == "title" and (found["span_start"], found["span_end"]) == (0, 5)


def test_title_family_gives_way_to_the_text() -> None:
    assert classes("Must have a Class A CDL.", title="CDL driver") == {"STDMV002": "required"}


def test_keyword_tails_name_nothing() -> None:
    assert classes("Keywords: RN, LPN, CPA, PMP, nurse") == {}
