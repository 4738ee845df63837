"""Rows of the lexicon that stand for many forms, and names that a sentence ties to a certificate word (J10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.failures import PermanentFailure
from extractors.posting_text.requirements import Lexicon, RequirementReader
from extractors.posting_text.requirements.form_templates import Parts, Wording
from extractors.posting_text.requirements.linking import is_asked, is_linked, is_shared

PARTS = Parts(
    contexts={"sea": "ship|boat"},
    families={
        "award": (
            Wording("{certified;licensed} $1", (), True),
            Wording("$1", ("@linked",), False),
            Wording("$2 award", (), False),
        )
    },
)


@pytest.mark.parametrize(
    ("cell", "forms"),
    [
        ("pilot card; cook (A;B)", ["pilot card", "cook (A;B)"]),
        ("{red ;}badge {x;y}", ["red badge x", "red badge y", "badge x", "badge y"]),
        ("@award({sea;air} diver)", [
            "certified sea diver", "certified air diver", "licensed sea diver", "licensed air diver", "sea diver",
            "air diver",
        ]),
        ("@award(baker|baking)", ["certified baker", "licensed baker", "baker", "baking award"]),
    ],
)  # fmt: skip
def test_a_cell_is_written_out(cell: str, forms: list[str]) -> None:
    assert [text for text, _ in PARTS.expand(cell)] == forms


@pytest.mark.parametrize("cell", ["{a;b", "a}", "@nobody(x)", "x @award(y)", "{a{b}}"])
def test_a_broken_template_is_told(cell: str) -> None:
    with pytest.raises(PermanentFailure):
        list(PARTS.expand(cell))


def test_lists_of_context_words() -> None:
    assert PARTS.context("deck|$sea|ship") == "deck|ship|boat"
    with pytest.raises(PermanentFailure):
        PARTS.context("$land")


def test_a_family_gives_way_to_what_a_row_says(tmp_path: Path) -> None:
    """A wording of a family is nobody's where a row of another credential gives it; more rows come after the first."""
    (tmp_path / "c.csv").write_text(
        "credential_code,credential_name,credential_type\nDIVER001,Diver,certification\nBAKER001,Baker,certification\n"
    )
    header = "form,credential_code,case_sensitive,needs,excludes,role_word\n"
    (tmp_path / "f.csv").write_text(header + "@award(diver),DIVER001,,,,\nABC,BAKER001,,,,\n")
    (tmp_path / "f_more.csv").write_text(header + "certified diver,BAKER001,,,,\nABC,BAKER001,,bakery,,\n")
    (tmp_path / "credential_form_part.csv").write_text(
        "part,kind,words,needs,role_word\naward,wording,certified $1,,\naward,wording,$1,@linked,\n"
    )
    lexicon = Lexicon.load(tmp_path / "c.csv", tmp_path / "f.csv")
    found = {(form.text, form.credential_code): form for form in lexicon.forms}
    assert set(found) == {("ABC", "BAKER001"), ("certified diver", "BAKER001"), ("diver", "DIVER001")}
    assert found["ABC", "BAKER001"].needs == () and found["ABC", "BAKER001"].case_sensitive
    reader = RequirementReader(lexicon)
    said = reader.read(["", ""], ["Certification as a deep sea diver.", "You meet a diver."]).mentions.to_pylist()
    assert [(m["row"], m["credential_code"]) for m in said] == [(0, "DIVER001")]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Full and unrestricted license to practice as a weaver", "weaver", True),
        ("Quorum or Zed certification is a plus", "Quorum", True),
        ("Certifications in Quorum, Zed and Tapir", "Tapir", True),
        ("Preferred certifications: Quorum, Zed", "Zed", True),
        ("Quorum, Zed, or other loom related certifications", "Quorum", True),
        ("Certificate equivalent to a state class A or B as a loom operator", "loom operator", True),
        ("Knows Quorum, and certified in Zed", "Quorum", False),
        ("Certified weaver with Quorum experience", "Quorum", False),
        ("Degree in Quorum and relevant Zed registration", "Quorum", False),
        ("The National Weaver Association certifies", "Weaver", False),
        ("Quorum has registered a million looms", "Quorum", False),
        ("Certified weaver. Quorum helps.", "Quorum", False),
    ],
)
def test_a_name_is_tied_to_a_certificate_word(text: str, name: str, expected: bool) -> None:
    start = text.index(name)
    assert is_linked(text, start, start + len(name), []) is expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Quorum and Zed certifications", "Quorum", True),
        ("Quorum, Zed or Tapir certification", "Zed", True),
        ("Quorum Loom and Zed administration experience / certifications", "Quorum Loom", True),
        ("Certifications such as Zed, Quorum or similar", "Quorum", True),
        ("Relevant certifications (Zed, Quorum)", "Quorum", True),
        ("Professional certificates: Quorum / Zed", "Quorum", True),
        ("Certification in weaving, knitting and dyeing", "dyeing", True),
        ("Experience with Quorum and Zed certification", "Quorum", False),
        ("Certified in Zed, strong Quorum skills", "Quorum", False),
        ("Certifications in Zed, Quorum experience", "Quorum", False),
        ("Certifications such as Zed. We weave with Quorum and more", "Quorum", False),
        ("Certifications - Zed or Tapir Are you a Loom & Quorum leader", "Quorum", False),
        ("Zed Certified Quorum Professional", "Quorum", False),
        ("Quorum and more", "Quorum", False),
    ],
)
def test_a_plain_word_is_a_name_only_in_a_list_that_shares_a_certificate_word(
    text: str, name: str, expected: bool
) -> None:
    start = text.index(name)
    assert is_shared(text, start, start + len(name)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("QZT required", True),
        ("Valid QZT is a plus.", True),
        ("QZT - preferred", True),
        ("QZT (preferred)", False),
        ("QZT tools required", False),
        ("Loom and QZT required", False),
    ],
)
def test_initials_and_a_word_that_asks_are_all_of_a_line(text: str, expected: bool) -> None:
    start = text.index("QZT")
    assert is_asked(text, start, start + 3) is expected


def test_words_as_given_give_way_to_every_other_form(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "credential_code,credential_name,credential_type\nBAKER001,Baker,card\nDIVER001,Diver,card\n"
    )
    header = "form,credential_code,case_sensitive,needs,excludes,role_word\n"
    (tmp_path / "f.csv").write_text(
        header + "@also({oven;dive;sea} card),BAKER001,,,,\n@award(dive),DIVER001,,,,\nsea card,DIVER001,,,,\n"
    )
    (tmp_path / "credential_form_part.csv").write_text(
        "part,kind,words,needs,role_word\naward,wording,$1 card,,\nalso,wording,$1,,\n"
    )
    lexicon = Lexicon.load(tmp_path / "c.csv", tmp_path / "f.csv")
    found = {(form.text, form.credential_code) for form in lexicon.forms}
    assert found == {("oven card", "BAKER001"), ("dive card", "DIVER001"), ("sea card", "DIVER001")}


def test_another_name_s_adjective_ties_nothing() -> None:
    text = "Registered Weaver - Quorum ward"
    start = text.index("Quorum")
    assert not is_linked(text, start, start + 6, [(0, 17)])
