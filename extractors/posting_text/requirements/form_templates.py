"""Templates of forms: one row of the lexicon that stands for many wordings (J10).

Belongs here: what a cell of `credential_form.csv` may hold beside plain words, and the forms that come of it. Does not
belong here: spellings that need no row (`lexicon`), what a form means in a text (`mentions`).

    a; b                      two forms
    {licensed;registered} X   alternatives within a form; an empty one leaves the word out
    @licence(X|Y)             all wordings of a family (kind `wording` of `credential_form_part.csv`) with X for $1
                              and Y for $2; wordings with a $ that the row does not give are left out
    $certified                in `needs` and `excludes`: a named list of context words (kind `context`)

A wording of a family gives way to a form that some row gives in so many words, whichever its credential. The family
whose only wording is $1 gives way to the other families as well: `@also(X certificate)` is a form where nobody has it.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from extractors.failures import PermanentFailure

WORDING, CONTEXT = "wording", "context"
PARTS = "credential_form_part.csv"
_BRACES = re.compile(r"\{([^{}]*)\}")
_FAMILY = re.compile(r"@(\w+)\((.*)\)")
_MARKS = re.compile(r"[{};@]")
_BRACKETS = re.compile(r"[{}()]")


@dataclass(frozen=True)
class Wording:
    """One wording of a family.

    Attributes:
        text: with $1, $2, ...
        needs: added to the row's own.
        role_word: see `lexicon.Form`.
    """

    text: str
    needs: tuple[str, ...]
    role_word: bool

    @property
    def is_meek(self) -> bool:
        """Whether its forms give way to every other form, whatever its family: the words as given."""
        return self.text == "$1" and not self.needs


@dataclass(frozen=True)
class Parts:
    """Named lists and families.

    Attributes:
        contexts: list -> its words joined by "|".
        families: family -> wordings.
    """

    contexts: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)

    @classmethod
    def beside(cls, form_csv: Path) -> Parts:
        """The parts in the folder of the forms; none where the file is missing."""
        path = form_csv.with_name(PARTS)
        if not path.exists():
            return cls()
        contexts: dict[str, str] = {}
        families: dict[str, list[Wording]] = {}
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                name, text = row["part"], row["words"]
                if row["kind"] == CONTEXT:
                    contexts[name] = text
                elif row["kind"] == WORDING:
                    needs = tuple(w for w in row["needs"].split("|") if w)
                    families.setdefault(name, []).append(Wording(text, needs, row["role_word"] == "true"))
                else:
                    raise _broken(
                        f"the part {name!r} is of the unknown kind {row['kind'][:20]!r}", "wording or context"
                    )
        return cls(contexts, {name: tuple(found) for name, found in families.items()})

    def context(self, cell: str) -> str:
        """A cell of `needs` or `excludes` with its lists written out."""
        if "$" not in cell:
            return cell
        out: list[str] = []
        for word in cell.split("|"):
            if not word.startswith("$"):
                out.append(word)
            elif word[1:] in self.contexts:
                out.extend(self.contexts[word[1:]].split("|"))
            else:
                raise _broken(f"{word!r} is no known list of context words", "a part of kind context")
        return "|".join(dict.fromkeys(out))

    def expand(self, cell: str) -> Iterator[tuple[str, Wording | None]]:
        """Every form of a cell, with the wording of the family that gave it."""
        if not _MARKS.search(cell):
            yield cell, None
            return
        for item in _items(cell):
            family = _FAMILY.fullmatch(item)
            if family is None:
                if "@" in item:
                    raise _broken(f"the form {item[:60]!r} is no call of a family", "@family(word|word)")
                yield from ((text, None) for text in _alternatives(item))
                continue
            if family[1] not in self.families:
                raise _broken(f"{family[1]!r} is no known family of forms", "a part of kind wording")
            given = family[2].split("|") if family[2] else []
            for wording in self.families[family[1]]:
                text = wording.text
                for number, word in enumerate(given, start=1):
                    if word:
                        text = text.replace(f"${number}", word.strip())
                if "$" not in text:
                    yield from ((one, wording) for one in _alternatives(text))


def _items(cell: str) -> Iterator[str]:
    """The cell's parts between semicolons outside braces and brackets of families."""
    if not _BRACKETS.search(cell):
        yield from (item for part in cell.split(";") if (item := part.strip()))
        return
    depth, begin = 0, 0
    for at, sign in enumerate(cell):
        if sign in "{(":
            depth += 1
        elif sign in "})":
            depth -= 1
        elif sign == ";" and depth == 0:
            if item := cell[begin:at].strip():
                yield item
            begin = at + 1
    if depth:
        raise _broken(f"the form {cell[begin:][:60]!r} has odd brackets", "pairs of brackets and braces")
    if item := cell[begin:].strip():
        yield item


def _alternatives(text: str) -> Iterator[str]:
    """The text with each alternative of its braces."""
    if "{" not in text:
        if "}" in text:
            raise _broken(f"the form {text[:60]!r} closes what it did not open", "pairs of braces, none inside another")
        yield text
        return
    parts = _BRACES.split(text)
    if any(sign in part for part in parts for sign in "{}"):
        raise _broken(f"the form {text[:60]!r} has odd braces", "pairs of braces, none inside another")
    choices = [[part] if at % 2 == 0 else part.split(";") for at, part in enumerate(parts)]
    for chosen in itertools.product(*choices):
        yield " ".join("".join(chosen).split())


def _broken(found: str, expected: str) -> PermanentFailure:
    return PermanentFailure(found, where=PARTS, expected=expected, remedy="Correct the row and run again.")
