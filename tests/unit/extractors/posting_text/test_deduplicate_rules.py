"""What makes names, places, requisitions and texts the same (`deduplicate`, J4)."""

from __future__ import annotations

import random

import numpy as np
import pytest

from extractors.failures import PermanentFailure
from extractors.posting_text.deduplicate import name_words, pair_rules
from extractors.posting_text.deduplicate.name_words import PLACE_WORDS_WIDTH, arrow_strings, plain_words
from extractors.posting_text.deduplicate.place import REMOTE, TOWN, UNKNOWN, place_of
from extractors.posting_text.deduplicate.rules import Rules
from extractors.posting_text.deduplicate.signature import requisition_code
from extractors.posting_text.deduplicate.text_sketch import SAMPLE, Sketches

DIFFERENT, MISSING, PART, SAME = pair_rules.DIFFERENT, pair_rules.MISSING, pair_rules.PART, pair_rules.SAME
TOWN_WORDS = "springfield il illinois"


def names(kind: str, *texts: str, employer: str = "Acme Health, Inc.") -> name_words.Names:
    place = np.zeros((len(texts), PLACE_WORDS_WIDTH), np.uint64)
    words = plain_words(TOWN_WORDS)
    place[:, : len(words)] = words
    if kind == "employer":
        return name_words.employers(*arrow_strings(texts), place)
    owners = name_words.employers(*arrow_strings([employer] * len(texts)), place)
    return name_words.titles(*arrow_strings(texts), place, owners.words)


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ("Registered Nurse - ICU", "RN ICU (Full Time)", SAME),
        ("Registered Nurse - ICU", "icu registered nurse | springfield, il", SAME),
        ("Registered Nurse", "REGISTERED NURSE at Acme Health", SAME),
        ("Welder", "Welder $25.50/hr - 12hr shifts #48213 (Remote) Urgently hiring!", SAME),
        ("Welder", "Welder - $2,000 Sign On Bonus", SAME),
        ("Technician", "Techncian", SAME),
        ("Nurse", "Nurses", SAME),
        ("Café Manager", "Cafe Manager", SAME),
        ("Driver's Helper", "Driver’s helper", SAME),
        ("Registered Nurse", "Registered Nurse - Cardiology", PART),
        ("Registered Nurse ICU", "Registered Nurse ER", DIFFERENT),
        ("Inpatient Coder", "Outpatient Coder", DIFFERENT),
        ("Cook I", "Cook II", DIFFERENT),
        ("Cook", "Cook II", DIFFERENT),
        ("Analyst", "Senior Analyst", DIFFERENT),
        ("Nurse", "Nurse Manager", DIFFERENT),
        ("Teacher 7th Grade", "Teacher 8th Grade", DIFFERENT),
        ("Pharmacist", "Bank Pharmacist", DIFFERENT),
        ("HR Manager", "Manager", PART),
        ("C Developer", "C++ Developer", DIFFERENT),
        ("", "Cook", MISSING),
        ("Full time, now hiring!", "Cook", MISSING),
        ("护士 北京", "护士 上海", DIFFERENT),
    ],
)
def test_titles_against_each_other(one: str, two: str, relation: int) -> None:
    found = names("title", one, two).words
    assert pair_rules.title_relation(found, 0, found, 1) == relation
    assert pair_rules.title_relation(found, 1, found, 0) == relation


def test_a_title_that_is_all_place_or_employer_keeps_its_words() -> None:
    found = names("title", "Springfield", "Illinois", "Acme Health")
    assert (found.hashes > 0).all()


@pytest.mark.parametrize(
    ("one", "two", "agree"),
    [
        ("Nurse - Nights", "Nurse - Days", False),
        ("Nurse - Nights", "Nurse", True),
        ("Nurse - 3rd Shift", "Nurse, overnight", True),
        ("Cook (Full-Time)", "Cook Part Time", False),
        ("Cook full or part time", "Cook PT", True),
        ("Clerk, temporary", "Clerk - Permanent", False),
    ],
)
def test_shift_hours_and_term(one: str, two: str, agree: bool) -> None:
    found = names("title", one, two)
    assert pair_rules.flags_agree(int(found.flags[0]), int(found.flags[1])) == agree
    assert found.hashes[0] == found.hashes[1]


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ("Acme Foods, Inc.", "ACME FOODS", SAME),
        ("The Acme Foods Company", "Acme Foods LLC", SAME),
        ("St. Mary Hospital", "Saint Mary Hosp.", SAME),
        ("Acme Foods - Springfield", "Acme Foods", SAME),
        ("Acme Foods", "Acme Foods Logistics", PART),
        ("Mercy Hospital", "Hospital", DIFFERENT),
        ("Springfield Hospital", "Springfield Clinic", DIFFERENT),
        ("Acme Foods", "Beta Foods", DIFFERENT),
        ("Acme Foods", "", MISSING),
        ("Acme Foods", "Brightway Staffing", MISSING),
        ("Acme Foods", "Confidential", MISSING),
    ],
)
def test_employers_against_each_other(one: str, two: str, relation: int) -> None:
    found = names("employer", one, two)
    flags = [int(f) for f in found.flags]
    assert pair_rules.employer_relation(found.words, 0, flags[0], found.words, 1, flags[1]) == relation
    assert pair_rules.employer_relation(found.words, 1, flags[1], found.words, 0, flags[0]) == relation


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("Springfield", "IL", "", "", ""), ("", "", "", "", "Springfield, IL 62701")),
        (("Springfield", "IL", "62701", "17167", ""), ("SPRINGFIELD", "Illinois", "", "", "")),
        (("Saint Louis", "MO", "", "", ""), ("St. Louis", "MO", "", "", "")),
        (("Springfield, IL", "IL", "", "", ""), ("Springfield", "IL", "", "", "")),
        (("", "", "", "", "Springfield, Illinois, United States"), ("Springfield", "IL", "", "", "")),
        (("City of Springfield", "IL", "", "", ""), ("Springfield", "IL", "", "", "")),
        (("", "IL", "62701", "", "62701"), ("", "IL", "62701-1234", "", "")),
        (("", "IL", "", "17167", "Sangamon County"), ("", "IL", "", "17167", "")),
        (("Coeur d'Alene", "ID", "", "", ""), ("Coeur d’Alene", "ID", "", "", "")),
    ],
)
def test_one_town_in_two_spellings(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    a, b = place_of(*one), place_of(*two)
    assert (a.kind, a.code) == (b.kind, b.code)
    assert a.kind == TOWN


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("Springfield", "IL", "", "", ""), ("Springfield", "OH", "", "", "")),
        (("Springfield", "IL", "", "", ""), ("North Springfield", "IL", "", "", "")),
        (("Kansas City", "MO", "", "", ""), ("Kansas City", "KS", "", "", "")),
        (("", "", "", "", "Boston; Austin"), ("", "", "", "", "Boston")),
        (("", "NY", "", "", "New York"), ("New York", "NY", "", "", "")),
    ],
)
def test_two_towns_are_two(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    assert place_of(*one).code != place_of(*two).code


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        (("", "", "", "", ""), UNKNOWN),
        (("", "IL", "", "", ""), UNKNOWN),
        (("", "", "", "", "United States"), UNKNOWN),
        (("", "IL", "", "", "Illinois"), UNKNOWN),
        (("Multiple Locations", "", "", "", ""), UNKNOWN),
        (("", "", "", "", "Remote"), REMOTE),
        (("Remote", "IL", "", "", ""), REMOTE),
        (("", "", "", "", "Remote, US"), REMOTE),
    ],
)
def test_no_town(location: tuple[str, ...], kind: int) -> None:
    assert place_of(*location).kind == kind


def test_requisitions_without_what_sites_put_around_them() -> None:
    assert len({requisition_code(r) for r in ("REQ-0012345", "#12345", "r12345", "R12345-1", " 12345 ")}) == 1
    assert requisition_code("12345") != requisition_code("12346")
    assert requisition_code("A-1") != requisition_code("B-1")
    assert requisition_code("--") == 0


# ---------------------------------------------------------------------------------------------------------------- texts

WORDS = [f"w{i}" for i in range(5000)]


def text(seed: int, count: int) -> list[str]:
    return random.Random(seed).choices(WORDS, k=count)


def sketches(*texts: str) -> Sketches:
    return Sketches(*arrow_strings(texts))


def shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def test_case_markup_and_punctuation_do_not_count() -> None:
    plain = "we need a cook who likes night work and has a food handler card don t wait"
    dressed = (
        "<p class='x'>We need a&nbsp;COOK, who likes night-work</p>\n• and has a “food handler” card. Don&#39;t wait!"
    )
    found = sketches(plain, dressed, "", "   <br/> ")
    assert found.text_hash[0] == found.text_hash[1]
    assert found.word_count.tolist()[2:] == [0, 0]
    assert found.text_hash[2] == found.text_hash[3] == 0


@pytest.mark.parametrize("size", [3, 20, 130, 131, 400, 3000])
def test_the_sample_holds_the_smallest_distinct_hashes(size: int) -> None:
    found = sketches(" ".join(text(1, size)))
    sample = found.sample[0][found.sample[0] < 0xFFFFFFFF]
    assert len(sample) == min(SAMPLE, len(shingles(text(1, size))))
    assert (np.diff(sample.astype(np.int64)) > 0).all()


def test_repeated_phrases_count_once() -> None:
    found = sketches("a b c d " * 500)
    assert (found.sample[0] < 0xFFFFFFFF).sum() == 4
    assert found.word_count[0] == 2000


@pytest.mark.parametrize("kept", [1.0, 0.6, 0.3, 0.1])
def test_overlap_measures_how_much_of_the_shorter_text_stands_in_the_longer(kept: float) -> None:
    whole = text(2, 400)
    head = whole[: int(400 * kept)] + text(3, 20)
    found = sketches(" ".join(whole), " ".join(head))
    shared, smaller, both = pair_rules.overlap(found.sample, 0, found.sample, 1)
    a, b = shingles(whole), shingles(head)
    assert shared / smaller == pytest.approx(len(a & b) / len(b), abs=0.15)
    assert shared / both == pytest.approx(len(a & b) / len(a | b), abs=0.1)


def test_bands_meet_for_like_texts_and_not_for_others() -> None:
    whole = text(4, 300)
    found = sketches(" ".join(whole), " ".join(whole[:250] + text(5, 50)), " ".join(text(6, 300)))
    assert (found.bands[0] == found.bands[1]).any()
    assert not (found.bands[0] == found.bands[2]).any()


def test_the_policy_number_and_what_follows_from_it() -> None:
    rules = Rules(60, 0.9)
    assert rules.contained_same == pytest.approx(0.729)
    assert rules.jaccard_part == pytest.approx(0.5736, abs=1e-4)
    assert rules.contained_title_part == pytest.approx(0.95)


@pytest.mark.parametrize(("window", "similarity"), [(0, 0.9), (60, 0.2), (60, 1.1)])
def test_a_policy_out_of_bounds_is_refused(window: int, similarity: float) -> None:
    with pytest.raises(PermanentFailure, match="correct the policy"):
        Rules(window, similarity)
