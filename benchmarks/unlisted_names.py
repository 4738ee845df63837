"""Names of credentials that the lexicon lacks, beside the labels; the second line of `credential_reading`.

A pair labelled `none-in-lexicon-...` is found where a name of the posting (`requirements/unlisted.py`) overlaps its
words; a name that overlaps no such pair is extra. Extra names are not all wrong: some are credentials that the lexicon
has and the labels count under its code, some that nobody labelled.

Few labelled pairs lack a row, so the lexicon is also made poorer: a fifth of its credentials is taken away at a time,
and the pairs that are lost so are looked for by name, in the halves that are open to whoever writes rules.

    python -m benchmarks.unlisted_names

"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

LACKING = "none-in-lexicon-"
FOLDS = 5


class Posting(Protocol):
    """A posting: hash of the text as the file has it, that text, and what landing makes of it."""

    @property
    def sha256(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def raw(self) -> str: ...


class Tally(Protocol):
    """Hits and misses of the lexicon alone."""

    both: int
    extra: int
    missed: int


@dataclass
class Unlisted:
    """Names that the lexicon lacks, beside the labels; the unit is posting x name.

    Attributes:
        labelled, found: pairs labelled as lacking in the lexicon, and those that a name overlaps.
        right_class: found in the labelled class.
        read, extra: names read, and those that overlap no such pair.
        listed: of the extra ones those that overlap another labelled credential, which the lexicon has.
    """

    labelled: int = 0
    found: int = 0
    right_class: int = 0
    read: int = 0
    extra: int = 0
    listed: int = 0

    def compare(
        self,
        postings: Sequence[Posting],
        names: Sequence[dict[str, Any]],
        labels: Sequence[dict[str, str]],
        classes: Sequence[str],
        strict: bool,
    ) -> None:
        """Count; labels give places in the text as the file has it, names in the cleaned one.

        Args:
            postings: read.
            names: `Readings.unlisted`, as rows.
            labels: of these postings.
            classes: in order of strength.
            strict: leave out what the labeller doubted, and names that overlap it.
        """
        by_sha = {p.sha256: p for p in postings}
        mine: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name in names:
            mine[postings[name["row"]].sha256].append(name)
        met: dict[tuple[str, str], bool] = {(sha, n["name"]): False for sha, found in mine.items() for n in found}
        others: set[tuple[str, str]] = set()
        for row in labels:
            sha = row["text_sha256"]
            if row["class"] == "none" or sha not in by_sha:
                continue
            spans = places(by_sha[sha], int(row["span_start"]), int(row["span_end"]))
            over = [n for n in mine[sha] if any(s < n["span_end"] and n["span_start"] < e for s, e in spans)]
            if strict and row["is_doubtful"] == "true":
                for n in over:
                    met.pop((sha, n["name"]), None)
                continue
            if not row["credential_code"].startswith(LACKING):
                others.update((sha, n["name"]) for n in over)
                continue
            self.labelled += 1
            self.found += bool(over)
            self.right_class += bool(over) and max((n["requirement"] for n in over), key=classes.index) == row["class"]
            met.update(((sha, n["name"]), True) for n in over if (sha, n["name"]) in met)
        self.read = len(met)
        extra = {key for key, is_met in met.items() if not is_met}
        self.extra, self.listed = len(extra), len(extra & others)

    def figures(self, tally: Tally) -> dict[str, int]:
        """Everything that was counted, and precision and recall of lexicon and names together as shares of pairs."""
        return {
            "labelled": self.labelled, "found": self.found, "right class": self.right_class, "read": self.read,
            "extra": self.extra, "extra, of another label": self.listed,
            "hits": tally.both + self.found,
            "read in all": tally.both + tally.extra + self.found + self.extra,
            "labelled in all": tally.both + tally.missed,
        }  # fmt: skip

    def in_words(self, tally: Tally) -> str:
        """One line for a person."""
        told = self.figures(tally)
        return (
            f"  with unlisted names: precision {told['hits']}/{told['read in all']}, recall "
            f"{told['hits']}/{told['labelled in all']}; {self.found} of {self.labelled} that the lexicon lacks found, "
            f"{self.right_class} in their class; {self.extra} extra of {self.read} names, {self.listed} of them within "
            "another label"
        )


def places(posting: Posting, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words at [start, end) of the text as the file has it stand in the cleaned text."""
    from extractors.job_postings.cleaning import clean_text

    words = (clean_text(posting.raw[start:end], multiline=True) or "").split()
    if not words:
        return []
    pattern = r"\s*".join(re.escape(word) for word in words)
    return [found.span() for found in re.finditer(pattern, posting.text)]


def poorer(folder: Path) -> Unlisted:
    """All folds together: pairs whose credential was taken away, found by name; names beside them."""
    from benchmarks.credential_reading import CLASSES, LABELS, REFERENCE, load
    from extractors.posting_text.requirements import Lexicon, RequirementReader

    with LABELS.open(encoding="utf-8", newline="") as file:
        labels = [row for row in csv.DictReader(file) if row["half"] in ("rules", "development")]
    postings = load(folder, {row["text_sha256"] for row in labels})
    whole = Lexicon.load(REFERENCE / "credential.csv", REFERENCE / "credential_form.csv")
    total = Unlisted()
    for fold in range(FOLDS):
        lexicon = Lexicon(
            [c for c in whole.credentials if _fold(c.code) != fold],
            [form for form in whole.forms if _fold(form.credential_code) != fold],
        )
        names = RequirementReader(lexicon).read([p.title for p in postings], [p.text for p in postings]).unlisted
        found = Unlisted()
        # what the whole lexicon lacks is left out, with the names that overlap it
        found.compare(postings, names.to_pylist(), [_lost(row, fold) for row in labels], CLASSES, strict=True)
        for counted in vars(total):
            setattr(total, counted, getattr(total, counted) + getattr(found, counted))
    return total


def _lost(row: dict[str, str], fold: int) -> dict[str, str]:
    code = row["credential_code"]
    lacked = code.startswith(LACKING)
    gone = not lacked and _fold(code) == fold
    return {**row, "credential_code": LACKING + code if gone else code, "is_doubtful": str(lacked).lower()}


def _fold(code: str) -> int:
    return int(hashlib.md5(code.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def main() -> int:
    """Measure with the poorer lexicons and print."""
    from warehouse.paths import CHECKOUT

    folder = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data") / "postings"
    if not folder.exists():
        print(f"not measured: the real postings are not at hand ({folder})", file=sys.stderr)
        return 0
    found = poorer(folder)
    print(
        f"{found.found} of {found.labelled} pairs that the lexicon lacks found, {found.right_class} in their class; "
        f"{found.extra} extra of {found.read} names, {found.listed} of them within another label"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
