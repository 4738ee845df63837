"""An honest reader finds in the sample's texts what its truth says: nothing there is ambiguous."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from extractors.posting_text.requirements.lexicon import Lexicon
from extractors.posting_text.requirements.reader import RequirementReader
from extractors.sample.postings import files

SEEDS = Path(__file__).parents[4] / "dbt_project" / "seeds" / "reference"
STRENGTH = {"required": 0, "preferred": 1, "after_hire": 2, "mention": 3}


def test_every_mention_is_found_with_its_class_and_no_other() -> None:
    rows = [r for r in files.good_rows(1).to_pylist() if r["copy_kind"] != "truncated_repost"]
    reader = RequirementReader(Lexicon.load(SEEDS / "credential.csv", SEEDS / "credential_form.csv"))
    mentions = reader.read([r["title"] for r in rows], [r["description"] for r in rows]).mentions.to_pylist()
    read: dict[int, dict[str, str]] = defaultdict(dict)
    grouped: dict[int, set[str]] = defaultdict(set)
    for mention in mentions:
        if mention["is_negated"]:
            continue
        code, kind = mention["credential_code"], mention["requirement"]
        if code not in read[mention["row"]] or STRENGTH[kind] < STRENGTH[read[mention["row"]][code]]:
            read[mention["row"]][code] = kind
        if mention["or_group"] is not None:
            grouped[mention["row"]].add(code)
    wrong: Counter[tuple[str, str | None, str | None]] = Counter()
    for number, row in enumerate(rows):
        meant = dict(zip(row["true_credential_codes"], row["true_credential_classes"], strict=True))
        for code in set(meant) | set(read[number]):
            if meant.get(code) != read[number].get(code):
                wrong[code, meant.get(code), read[number].get(code)] += 1
        alternatives = {c for c, g in zip(row["true_credential_codes"], row["true_or_groups"], strict=True) if g}
        assert alternatives <= grouped[number] or alternatives - set(read[number]), row["posting_id"]
    assert not wrong, wrong.most_common(10)
