"""The lists of credentials and forms: read, checked, spelled out."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from extractors.failures import PermanentFailure
from extractors.posting_text.requirements import Credential, Form, Lexicon, RequirementReader
from tests.unit.extractors.posting_text.requirements_lexicon import CREDENTIALS, FORMS

CREDENTIAL = "credential_code,credential_name,credential_type\nABCDE001,Widget Card,card\n"
FORM = """form,credential_code,case_sensitive,needs,excludes,role_word,note
widget card,ABCDE001,false,,,false,
WC,ABCDE001,true,Card|@ad:WIDGETS,toilet,false,
"""


def load(tmp_path: Path, credential: str = CREDENTIAL, form: str = FORM, **more: object) -> Lexicon:
    (tmp_path / "credential.csv").write_text(credential)
    (tmp_path / "form.csv").write_text(form)
    return Lexicon.load(tmp_path / "credential.csv", tmp_path / "form.csv", **more)  # type: ignore[arg-type]


def test_load(tmp_path: Path) -> None:
    lexicon = load(tmp_path)
    assert lexicon.by_code["ABCDE001"].name == "Widget Card"
    assert lexicon.forms[1] == Form("WC", "ABCDE001", True, ("card", "@ad:WIDGETS"), ("toilet",))


def test_a_state_adds_its_own(tmp_path: Path) -> None:
    extra = [
        (Credential("STATE001", "Rigger"), [Form("state rigger", "STATE001")]),
        (Credential("ABCDE001", "Other"), [Form("widgeteer", "ABCDE001")]),
    ]
    lexicon = load(tmp_path, extra=extra)
    assert lexicon.by_code["STATE001"].name == "Rigger"
    assert lexicon.by_code["ABCDE001"].name == "Widget Card"
    rows = RequirementReader(lexicon).read([""], ["State rigger or widgeteer required"]).mentions.to_pylist()
    assert [m["credential_code"] for m in rows] == ["STATE001", "ABCDE001"]


@pytest.mark.parametrize(
    ("credential", "form", "said"),
    [
        (CREDENTIAL.replace("ABCDE001", "AB1"), FORM, "malformed"),
        (CREDENTIAL + "ABCDE001,Again,card\n", FORM, "twice"),
        (CREDENTIAL, FORM + "other,ZZZZZ001,false,,,false,\n", "unknown code"),
        (CREDENTIAL, FORM.replace("card,ABCDE001,false", "card,ABCDE001,maybe"), "neither true nor false"),
        (CREDENTIAL, FORM.replace("role_word", "role"), "role_word is missing"),
        (CREDENTIAL, FORM + "®,ABCDE001,false,,,false,\n", "empty"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, credential: str, form: str, said: str) -> None:
    with pytest.raises(PermanentFailure, match=said):
        load(tmp_path, credential, form)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="missing"):
        Lexicon.load(tmp_path / "a.csv", tmp_path / "b.csv")


def test_spellings_follow() -> None:
    lexicon = Lexicon(
        [Credential("ABCDE001", "x")],
        [
            Form("driver's license", "ABCDE001"),
            Form("RN", "ABCDE001", case_sensitive=True),
            Form("Security+", "ABCDE001"),
            Form("health & safety card", "ABCDE001"),
        ],
    )
    texts = {form.text for form in lexicon.spellings()}
    assert {"driver's licence", "R.N.", "R.N", "Security +", "health and safety card"} <= texts


def test_a_certificate_is_also_a_certification_unless_a_licence_or_a_row_says_otherwise() -> None:
    lexicon = Lexicon(
        [
            Credential("ABCDE001", "x", "certificate"),
            Credential("ABCDE002", "y", "licence"),
            Credential("ABCDE003", "z"),
        ],
        [
            Form("kiln glazing certificate", "ABCDE001"),
            Form("insurance certification", "ABCDE002"),
            Form("drone certificate", "ABCDE001"),
            Form("drone certification", "ABCDE003"),
        ],
    )
    found = {(form.text, form.credential_code) for form in lexicon.spellings()}
    assert ("kiln glazing certification", "ABCDE001") in found
    assert ("insurance certificate", "ABCDE002") not in found
    assert ("drone certification", "ABCDE001") not in found


def test_fingerprint_follows_content_not_order() -> None:
    lexicon = Lexicon(CREDENTIALS, FORMS)
    assert lexicon.fingerprint() == Lexicon(CREDENTIALS[::-1], FORMS[::-1]).fingerprint()
    assert lexicon.fingerprint() != Lexicon(CREDENTIALS, FORMS[:-1]).fingerprint()


def test_a_reader_travels_to_another_process() -> None:
    reader = RequirementReader(Lexicon(CREDENTIALS, FORMS))
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.read([""], ["CPA required"]).mentions.equals(reader.read([""], ["CPA required"]).mentions)
