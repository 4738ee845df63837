"""The credentials that we know, and the ways in which postings write them (J10).

Belongs here: reading and checking the two lists (`credential.csv`, `credential_form.csv`), and the spellings that
need no row
of their own. Does not belong here: how a text is searched (`matcher`), what a sentence says about a credential
(`cues`).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from extractors.failures import PermanentFailure
from extractors.posting_text.requirements.form_templates import PARTS, Parts
from extractors.posting_text.requirements.matcher import fold

_CODE = re.compile(r"[A-Z]{5}\d{3}")
# A credential of a whole family, for texts that name no member: "AWS certification (level not stated)".
_GENERAL = re.compile(r"\bnot (?:stated|specified)\b", re.IGNORECASE)
_CONNECTOR = re.compile(r"\s+and\s+|\s+or\s+|\s*&\s*|\s*/\s*|\s*,\s+")
_TRUE, _FALSE = {"true", "t", "1", "yes"}, {"false", "f", "0", "no", ""}
_FORM_COLUMNS = ("form", "credential_code", "case_sensitive", "needs", "excludes", "role_word")
_CREDENTIAL_COLUMNS = ("credential_code", "credential_name", "credential_type")

IN_LIST, LONG_FORM, IN_AD, IN_TITLE, LINKED = "@list", "@long", "@ad:", "@title:", "@linked"
SHARED = "@shared"
_TIED = frozenset({LINKED, SHARED})
_CERTIFICATION = " certification"
# "FRC certification" gives no bare FRC
_LONG_PAPER = 18
_PAPERS = {"certificate": "certification", "certification": "certificate"}
_NAME = re.compile(r"[A-Z0-9]\S*(?: [A-Z0-9&]\S*)*")


@dataclass(frozen=True)
class Credential:
    """A named certification, licence, registration, permit, card or certificate.

    Attributes:
        code: five letters of the issuer and three digits (P11).
        name: as published.
        type: certification | licence | registration | certificate | badge | card | permit | degree.
    """

    code: str
    name: str
    type: str = "certification"

    @property
    def is_licence(self) -> bool:
        """Whether the law asks for it: a bare mention then reads as a requirement."""
        return self.type in ("licence", "license", "registration", "permit")


@dataclass(frozen=True)
class Form:
    """One way to write a credential.

    Attributes:
        text: as written.
        credential_code: of the credential; a form with rows for several codes ("Class A or B CDL") stands for each of
            them.
        case_sensitive: "RN" but not "rn".
        needs: words of which one must occur in the sentence or its heading; "@list": it stands in a list of
            credentials;
            "@long": another form of the same credential, one that needs nothing, occurs elsewhere in the text;
            "@ad:NHS": the word stands anywhere in the posting, title included; "@title:nurse": in the title. "@linked"
            is asked for besides: the sentence ties it to a word for a certificate or licence (`linking`). "@shared",
            for names that are also plain words: it is a member of a list that shares such a word.
        excludes: words that forbid it in the sentence, or ("@ad:...") anywhere in the posting.
        role_word: it is also the word for a person or job: alone it is no mention.
        is_generated: a spelling that we derived from a row.
    """

    text: str
    credential_code: str
    case_sensitive: bool = False
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    role_word: bool = False
    is_generated: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Credentials and their forms.

    Args:
        credentials: each code once.
        forms: rows as given; `spellings` adds the derived ones.

    Attributes:
        by_code: code -> credential.
        general: codes whose name ends in "(level not stated)" and the like: they give way to a member of their family.
        family: code -> first word of its name; a family is this word and the issuer.
    """

    credentials: Sequence[Credential]
    forms: Sequence[Form]
    by_code: dict[str, Credential] = field(init=False, repr=False, compare=False)
    general: frozenset[str] = field(init=False, repr=False, compare=False)
    family: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code: dict[str, Credential] = {}
        for credential in self.credentials:
            if credential.code in by_code:
                raise _broken(f"the code {credential.code} stands twice", "each credential_code once")
            by_code[credential.code] = credential
        for form in self.forms:
            if form.credential_code not in by_code:
                raise _broken(
                    f"the form {form.text!r} names the unknown code {form.credential_code!r}",
                    "a credential_code of the credential list",
                )
            if not fold(form.text):
                raise _broken(f"a form of {form.credential_code} is empty", "letters or digits")
        object.__setattr__(self, "by_code", by_code)
        general = frozenset(c.code for c in self.credentials if _GENERAL.search(c.name))
        object.__setattr__(self, "general", general)
        object.__setattr__(self, "family", {c.code: c.name.split()[0].lower() for c in self.credentials})

    @classmethod
    def load(
        cls, credential_csv: Path, form_csv: Path, extra: Sequence[tuple[Credential, Sequence[Form]]] = ()
    ) -> Lexicon:
        """Read the two lists, and add a state's own.

        Args:
            credential_csv: at least credential_code, credential_name, credential_type.
            form_csv: form, credential_code, case_sensitive, needs, excludes, role_word; needs and excludes joined by
                "|"; a form may be a template, see `form_templates`. Rows of `<name>_*.csv` beside it follow, in their
                names' order.
            extra: credentials of a state's list with their forms. A code that is known already keeps its own name and
                type.

        Raises:
            PermanentFailure: a column is missing, a code is malformed, unknown or doubled, a flag is neither true nor
                false.
        """
        credentials = [
            Credential(
                row["credential_code"].strip(), row["credential_name"].strip(), row["credential_type"].strip().lower()
            )
            for row in _rows(credential_csv, _CREDENTIAL_COLUMNS)
        ]
        for credential in credentials:
            if not _CODE.fullmatch(credential.code):
                raise _broken(
                    f"the code {credential.code!r} is malformed",
                    "five capital letters and three digits",
                    credential_csv,
                )
        forms = _forms(form_csv)
        known = {credential.code for credential in credentials}
        for credential, more in extra:
            if credential.code not in known:
                known.add(credential.code)
                credentials.append(credential)
            forms.extend(more)
        return cls(credentials, forms)

    def spellings(self) -> list[Form]:
        """Every form with the spellings that follow from it; a form that a row gives itself is never overridden.

        "driver's license" also as "licence"; "R.N." beside a case-sensitive "RN"; "Security +" beside "Security+";
        "&" beside "and"; "X certification" beside "X certificate"; a form of two credentials for both.
        Dashes, apostrophes, plurals and (R) signs are the matcher's business.
        """
        given = {(fold(form.text), form.credential_code) for form in self.forms}
        out = list(self.forms)
        for form in self.forms:
            for text in _variants(form):
                key = (fold(text), form.credential_code)
                if key not in given:
                    given.add(key)
                    out.append(
                        Form(
                            text,
                            form.credential_code,
                            form.case_sensitive,
                            form.needs,
                            form.excludes,
                            form.role_word,
                            True,
                        )
                    )
        papers = self._papers(given)
        out += papers
        out += self._joint(out)
        # "Linux certification" is known: "Linux and Cisco certifications" names it as well
        texts = {fold(form.text) for form in out}
        for form in (*self.forms, *(paper for paper in papers if len(paper.text) > _LONG_PAPER)):
            if form.text.endswith(_CERTIFICATION) and not form.role_word and _TIED.isdisjoint(form.needs):
                text = form.text.removesuffix(_CERTIFICATION)
                key = (fold(text), form.credential_code)
                if key[0] in texts or key in given or len(text) < 3 or not _NAME.fullmatch(text):
                    continue
                given.add(key)
                case = form.case_sensitive or text.isupper()
                out.append(Form(text, form.credential_code, case, (*form.needs, SHARED), form.excludes, False, True))
        return out

    def _papers(self, given: set[tuple[str, str]]) -> list[Form]:
        """ "X certificate" also as "X certification", and the other way round, unless a row gives it itself.

        Args:
            given: (folded form, code) so far; what is added here is added there.
        """
        texts = {text for text, _ in given}
        out: list[Form] = []
        for form in self.forms:
            head, _, last = form.text.rpartition(" ")
            other = _PAPERS.get(last)
            if other is None or form.role_word or not _TIED.isdisjoint(form.needs):
                continue
            if other == "certificate" and self.by_code[form.credential_code].is_licence:
                continue  # "insurance certification" is a licence, an insurance certificate is none
            text = f"{head} {other}"
            if fold(text) not in texts:
                given.add((fold(text), form.credential_code))
                out.append(replace(form, text=text, is_generated=True))
        return out

    def _joint(self, forms: Sequence[Form]) -> list[Form]:
        """Forms that name two credentials ("BLS and ACLS", "first aid/CPR") stand for both, whichever row gives them.

        The longest form wins in a text, so that without these the second credential would be hidden. Each keeps what
        its own form needs.
        """
        compound = [
            (form, fold(form.text), [fold(part) for part in _CONNECTOR.split(form.text)])
            for form in forms
            if not _TIED.intersection(form.needs) and _CONNECTOR.search(form.text)
        ]
        whole: dict[str, set[str]] = {text: set() for _, text, _ in compound}
        named: dict[str, dict[str, tuple[str, ...]]] = {part: {} for *_, parts in compound for part in parts}
        for form in forms:
            text, code = fold(form.text), form.credential_code
            if text in whole:
                whole[text].add(code)
            if text in named and not _TIED.intersection(form.needs):
                named[text].setdefault(code, form.needs)
        out: list[Form] = []
        for form, text, parts in compound:
            if len(parts) < 2 or not all(named[part] for part in parts):
                continue
            given = whole[text]
            needs = {code: words for part in parts for code, words in named[part].items() if code not in given}
            out.extend(
                Form(form.text, code, form.case_sensitive, needs[code], form.excludes, form.role_word, True)
                for code in sorted(needs)
            )
        return out

    def fingerprint(self) -> str:
        """Changes with anything that changes what is read."""
        digest = hashlib.sha256()
        for credential in sorted(self.credentials, key=lambda c: c.code):
            digest.update(repr(credential).encode())
        for form in sorted(map(repr, self.forms)):
            digest.update(form.encode())
        return digest.hexdigest()[:16]


def form_files(form_csv: Path) -> list[Path]:
    """The files that the forms come from, in the order in which they are read: their content decides what is read."""
    parts = form_csv.with_name(PARTS)
    more = sorted(set(form_csv.parent.glob(f"{form_csv.stem}_*{form_csv.suffix}")) - {parts})
    return [path for path in (form_csv, *more, parts) if path.exists()]


def _forms(path: Path) -> list[Form]:
    """The forms that the rows stand for, each once; what a row says in so many words precedes a family's wording."""
    parts = Parts.beside(path)
    plain: dict[tuple[str, str], Form] = {}
    taken: set[str] = set()
    worded: dict[tuple[str, str], Form] = {}
    meek: dict[tuple[str, str], Form] = {}
    lists: dict[str, tuple[str, ...]] = {}
    more = [file for file in form_files(path) if file not in (path, path.with_name(PARTS))]
    for row in [row for file in (path, *more) for row in _rows(file, _FORM_COLUMNS)]:
        code, case = row["credential_code"].strip(), _flag(row["case_sensitive"], path)
        is_role = _flag(row["role_word"], path)
        for column in ("needs", "excludes"):
            if row[column] not in lists:
                lists[row[column]] = _words(parts.context(row[column]))
        needs, excludes = lists[row["needs"]], lists[row["excludes"]]
        for text, wording in parts.expand(row["form"].strip()):
            if wording is None:
                taken.add(text.lower())
                exact = case or (
                    not (needs or excludes or is_role or len(text) > 4) and text.isalpha() and text.isupper()
                )
                plain.setdefault((text, code), Form(text, code, exact, needs, excludes, is_role))
            elif wording.is_meek:
                meek.setdefault((text, code), Form(text, code, case, needs, excludes, is_role))
            else:
                # initials that only a certificate word beside them makes a name are initials
                exact = case or (not _TIED.isdisjoint(wording.needs) and text.isupper())
                both = (*needs, *wording.needs) if wording.needs else needs
                role = is_role or wording.role_word
                worded.setdefault((text, code), Form(text, code, exact, both, excludes, role))
    out = list(plain.values())
    out.extend(form for (text, _), form in worded.items() if text.lower() not in taken)
    if meek:
        taken.update(text.lower() for (text, _), form in worded.items() if _TIED.isdisjoint(form.needs))
        out.extend(form for (text, _), form in meek.items() if text.lower() not in taken)
    return out


def _variants(form: Form) -> Iterable[str]:
    text = form.text
    lower = text.lower()
    if "licens" in lower:
        yield re.sub(r"(?i)(licen)s(es?\b|e$)", r"\1c\2", text)
    if "licenc" in lower:
        yield re.sub(r"(?i)(licen)c(es?\b|e$)", r"\1s\2", text)
    if form.case_sensitive and re.fullmatch(r"[A-Z]{2,5}", text):
        yield ".".join(text) + "."
        yield ".".join(text)
    if text.endswith("+") and re.search(r"\w\+$", text):
        yield text[:-1] + " +"
    if " & " in text:
        yield text.replace(" & ", " and ")
    elif " and " in text:
        yield text.replace(" and ", " & ")


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in columns if c not in (reader.fieldnames or ())]
            if missing:
                raise _broken(f"the column {missing[0]} is missing", ", ".join(columns), path)
            return [{k: v or "" for k, v in row.items() if k is not None} for row in reader]
    except FileNotFoundError:
        raise _broken("the file is missing", "the list of credentials or of their forms", path) from None


def _words(cell: str) -> tuple[str, ...]:
    words = (word.strip() for word in cell.split("|"))
    return tuple(word if word.startswith((IN_AD, IN_TITLE)) else word.lower() for word in words if word)


def _flag(cell: str, path: Path) -> bool:
    word = cell.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise _broken(f"the flag {cell[:20]!r} is neither true nor false", "true or false", path)


def _broken(found: str, expected: str, path: Path | None = None) -> PermanentFailure:
    where = path.name if path else "credential lexicon"
    return PermanentFailure(found, where=where, expected=expected, remedy="Correct the row and run again.")
