"""Where words begin and end: signs, glued text, letters of other scripts, plurals."""

from __future__ import annotations

import pytest

from extractors.posting_text.requirements.matcher import CONTENT, Phrase, PhraseMatcher, fold

PHRASES = (
    Phrase("A+", CONTENT, exact_case=True),
    Phrase("C++", CONTENT),
    Phrase("Security+", CONTENT),
    Phrase("RN", CONTENT, exact_case=True),
    Phrase("CPR", CONTENT, exact_case=True),
    Phrase("ASCP", CONTENT, exact_case=True),
    Phrase("MA", CONTENT, exact_case=True),
    Phrase("driver's license", CONTENT),
    Phrase("board certified", CONTENT),
    Phrase("lean six sigma", CONTENT),
    Phrase("Series 7", CONTENT),
    Phrase("R.N.", CONTENT, exact_case=True),
)


@pytest.fixture(scope="module")
def matcher() -> PhraseMatcher:
    return PhraseMatcher(PHRASES)


def found(matcher: PhraseMatcher, text: str) -> list[str]:
    return [text[start:end] for _, start, end in matcher.scan([text]).hits.tolist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We want A+ and C++.", ["A+", "C++"]),
        ("A++ grades, a+ attitude", []),
        ("Security+, Security+CE", ["Security+", "Security+"]),
        ("current CPRcertification", ["CPR"]),
        ("Current CPR certificationStrong skills", ["CPR"]),
        ("•ASCP", ["ASCP"]),
        ("RNStrong team", ["RN"]),
        ("our RNs and an RN's day", ["RNs", "RN's"]),
        ("TRN, RNA, rn", []),
        ("Maß, MAß, éMA, MAé", []),
        ("MA.", ["MA"]),
        (
            "driver’s license, drivers licenses, drivers' license",
            ["driver’s license", "drivers licenses", "drivers' license"],
        ),
        ("board-certified; Board  Certified", ["board-certified", "Board  Certified"]),
        ("Lean–Six\u00a0Sigma®", ["Lean–Six\u00a0Sigma"]),
        ("Series 7/66, Series 70", ["Series 7"]),
        ("an R.N. or", ["R.N."]),
        ("CPR/AED", ["CPR"]),
    ],
)
def test_edges(matcher: PhraseMatcher, text: str, expected: list[str]) -> None:
    assert found(matcher, text) == expected


def test_spans_count_characters_whatever_the_bytes(matcher: PhraseMatcher) -> None:
    text = "Ärztin 👩‍⚕️ – café • RN"
    ((_, start, end),) = matcher.scan([text]).hits.tolist()
    assert text[start:end] == "RN"


def test_missing_and_empty_texts_hold_nothing(matcher: PhraseMatcher) -> None:
    scan = matcher.scan([None, "", "RN", None])
    assert scan.segments[:, 0].tolist() == [2]


def test_a_slice_of_an_arrow_array_is_read_in_place(matcher: PhraseMatcher) -> None:
    import pyarrow as pa

    array = pa.array(["RN", "CPR", None, "A+"])[1:]
    scan = matcher.scan(array)
    assert scan.segments[:, 0].tolist() == [0, 2]
    assert [bytes(scan.data[b:e]).decode() for b, e in scan.segments[:, 3:5].tolist()] == ["CPR", "A+"]


def test_more_hits_than_expected_find_room(matcher: PhraseMatcher) -> None:
    assert len(matcher.scan([" RN." * 5000]).hits) == 5000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One RN here. Another RN there.", ["One RN here.", "Another RN there."]),
        ("RN, e.g. for the U.S. Army, approx. 5 yrs. RN", ["RN, e.g. for the U.S. Army, approx. 5 yrs. RN"]),
        ("RN required.Must have CPR", ["RN required.", "Must have CPR"]),
        ("ASP.NET and RN in Node.js", ["ASP.NET and RN in Node.js"]),
        ("- RN\n- CPR\n", ["RN", "CPR"]),
        ("• RN • CPR", ["RN", "CPR"]),
        ("1. RN\n2) CPR", ["RN", "CPR"]),
        (
            "A candidate for this position must hold a valid\ndriver's license at all times",
            ["A candidate for this position must hold a valid\ndriver's license at all times"],
        ),
        ("holds CPR certificationStrong and RN", ["holds CPR certification", "Strong and RN"]),
        ("knows QuickBooks and holds CPR", ["knows QuickBooks and holds CPR"]),
    ],
)
def test_sentences(matcher: PhraseMatcher, text: str, expected: list[str]) -> None:
    assert [text[row[1] : row[2]] for row in matcher.scan([text]).segments.tolist()] == expected


def test_equal_sentences_share_their_hash_and_case_counts(matcher: PhraseMatcher) -> None:
    hashes = matcher.scan(["RN needed. More", "Also: \n RN needed.", "RN Needed."]).hashes.tolist()
    assert hashes[0] == hashes[1] != hashes[2]


def test_fold() -> None:
    assert fold("Driver’s  LICENSE®") == "drivers license"
    assert fold("Board–Certified") == "board certified"
