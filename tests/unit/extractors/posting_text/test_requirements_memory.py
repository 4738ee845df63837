"""What a reader remembers: lines, steps, its vocabulary on disk. None of it may change what is read."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from extractors.posting_text import lines
from extractors.posting_text.requirements import Readings, RequirementReader, automaton, vocabulary_file
from extractors.posting_text.requirements.posting import NeedsPosting
from extractors.posting_text.requirements.vocabulary import Vocabulary, build
from tests.unit.extractors.posting_text.requirements_lexicon import reader

PARTS = (
    "Requirements:", "Preferred:", "• CPR", "• BLS or ACLS", "CPA required.", "Must hold one of the following:",
    "Series 7, 63 and 66", "Bachelor's degree", "Master's degree", "2 years of experience", "5 years of experience",
    "CDL", "Class A CDL", "• RN", "We pay your CPA exam.", "Duties", "• lifts boxes", "Our team has CNAs.",
    "and a valid driver's license", "Benefits: BLS card paid", "(or PHR)", "e.g. A+", "Security+ preferred", "",
)  # fmt: skip


@pytest.fixture
def texts() -> list[str]:
    draw = random.Random(3)
    ends = ("\n", "\n\n", "\n ", " ", "\n\t", "\n\u00a0", "\n• ")
    return ["".join(draw.choice(PARTS) + draw.choice(ends) for _ in range(draw.randrange(12))) for _ in range(250)]


def _fresh() -> RequirementReader:
    return RequirementReader(reader().lexicon)


def _same(one: Readings, two: Readings) -> None:
    for name in ("mentions", "requirements", "sentences"):
        assert getattr(one, name).equals(getattr(two, name)), name


def _cut(texts: list[str]) -> list[tuple[int, str]]:
    found = lines.Lines()
    cut = found.cut(lines.plain(texts))
    data = cut.data.tobytes()
    parts = [data[a:b].decode() for a, b in zip(cut.new_start, cut.new_stop, strict=True)]
    assert all(
        texts[t][c:].startswith(parts[n - cut.first_new])
        for t, c, n in zip(cut.text.tolist(), cut.char.tolist(), cut.line.tolist(), strict=True)
    )
    return [(t, parts[n - cut.first_new]) for t, n in zip(cut.text.tolist(), cut.line.tolist(), strict=True)]


def test_a_line_ends_where_no_sentence_can_go_on() -> None:
    assert _cut(["One\nTwo\n\n• Three", "", "\n\n", "wraps\nhere and\n  here\nBut not 4\n5"]) == [
        (0, "One\n"), (0, "Two\n"), (0, "• Three"), (3, "wraps\nhere and\n  here\n"), (3, "But not 4\n"), (3, "5"),
    ]  # fmt: skip


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u2028", "\u3000", "\t", "\r", "\u1680"])
def test_blanks_of_all_kinds_may_precede_what_goes_on(blank: str) -> None:
    assert len(_cut([f"A sentence\n{blank}that goes on"])) == 1


def test_characters_of_several_bytes_count_as_one() -> None:
    text = "Zürich – café\nÉtude 😀 naïve über\nA\n" * 3 + "Ende"
    assert "".join(part for _, part in _cut([text])) == text


def test_equal_lines_have_one_number_however_many_there_are() -> None:
    draw = random.Random(1)
    many = [f"Line {draw.randrange(60_000)}" for _ in range(150_000)]
    found = lines.Lines()
    numbers = [found.cut(lines.plain(["\n".join(many[i : i + 50_000])])).line for i in range(0, 150_000, 50_000)]
    ends = {49_999, 99_999, 149_999}  # the last line of a text has no line end: it is another one
    of: dict[str, int] = {}
    for at, (text, number) in enumerate(zip(many, np.concatenate(numbers).tolist(), strict=True)):
        assert at in ends or of.setdefault(text, number) == number
    assert len(set(of.values())) == len(of)


def test_what_was_read_before_changes_nothing(texts: list[str]) -> None:
    titles = ["CDL driver" if number % 3 else "" for number in range(len(texts))]
    known = _fresh()
    whole = known.read(titles, texts)
    _same(whole, known.read(titles, texts))
    parts = [_fresh().read([""] * 50, texts[i : i + 50]) for i in range(0, len(texts), 50)]
    for name in ("mentions", "requirements"):
        alone = pa.concat_tables([getattr(part, name) for part in parts]).drop_columns(["row"])
        assert getattr(known.read([""] * len(texts), texts), name).drop_columns(["row"]).equals(alone)


def test_a_reader_that_forgets_reads_the_same(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fresh().read([""] * len(texts), texts)
    monkeypatch.setattr(lines, "MOST", 1)
    forgetful = _fresh()
    for _ in range(3):
        _same(whole, forgetful.read([""] * len(texts), texts))
    assert len(forgetful._said) <= len({line for text in texts for line in text.split("\n")}) * 12


def test_lines_that_were_cut_and_never_read_are_read_later(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fresh().read([""] * len(texts), texts)
    interrupted = _fresh()
    interrupted.cut(texts)
    _same(whole, interrupted.read([""] * len(texts), texts))
    broken = _fresh()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(RequirementReader, "_weight", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        broken.read([""] * len(texts), texts)
    _same(whole, broken.read([""] * len(texts), texts))


def test_postings_read_as_a_whole_and_line_by_line_are_the_same(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_line = _fresh().read([""] * len(texts), texts)

    class Whole(automaton.Posting):
        def take(self, *_: object) -> None:
            raise NeedsPosting

    monkeypatch.setattr(automaton, "Posting", Whole)
    _same(by_line, _fresh().read([""] * len(texts), texts))


# ----------------------------------------------------------------------------------------------- the vocabulary on disk


def _never() -> Vocabulary:
    raise AssertionError("it was there")


def _built() -> Vocabulary:
    return build(reader().lexicon)


def test_a_kept_vocabulary_reads_as_the_built_one(tmp_path: Path, texts: list[str]) -> None:
    file = tmp_path / "kept" / "v.bin"
    built = vocabulary_file.kept(file, _built)
    kept = vocabulary_file.kept(file, _never)
    assert (tuple(kept.forms), kept.credentials) == (built.forms, built.credentials)
    phrases = range(len(built.matcher.first) - 1)
    assert [kept.meaning[phrase] for phrase in phrases] == [built.meaning[phrase] for phrase in phrases]
    assert kept.families == built.families
    assert (kept.family_of, kept.ad_words_in) == (built.family_of, built.ad_words_in)
    lexicon = reader().lexicon
    _same(
        RequirementReader(lexicon, vocabulary=built).read([""] * len(texts), texts),
        RequirementReader(lexicon, vocabulary=kept).read([""] * len(texts), texts),
    )


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_vocabulary_is_built_again(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "v.bin"
    vocabulary_file.save(_built(), file)
    good = file.read_bytes()
    bad = {"cut": good[:-7], "flipped": good[:5000] + bytes([good[5000] ^ 1]) + good[5001:], "empty": b""}[damage]
    file.write_bytes(bad)
    assert vocabulary_file.load(file) is None and not vocabulary_file.is_whole(file)
    vocabulary_file.kept(file, _built)
    assert file.read_bytes() == good and vocabulary_file.load(file) is not None
