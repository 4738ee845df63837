"""Batches of postings -> credentials, education, experience, skills (J10).

Texts are cut into lines (`lines`), and what was not met before is read: phrases (`matcher`), then each different
sentence (`sentences`), then what the lines come to in a posting (`posting`), once for each standing before them
(`automaton`). Rows are laid out for all postings together (`rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractors.posting_text.garbage import uncollected
from extractors.posting_text.requirements import sections
from extractors.posting_text.requirements.lexicon import Lexicon
from extractors.posting_text.requirements.posting import Placed, Posting, title_rows
from extractors.posting_text.requirements.sentences import EMPTY, Sentence, SentenceReader
from extractors.posting_text.requirements.vocabulary import Vocabulary, build

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from extractors.posting_text.lines import Cut
    from extractors.posting_text.requirements.rows import Places

# What a reader remembers before it starts anew: different sentences, and rows of lines; some 600 MB with the lines.
_SENTENCES, _ROWS, _STEPS = 400_000, 2_000_000, 1_000_000
# What a line does: nothing; it ends a list (no bullet, and about a thing that the list may be about); more.
NOTHING, SOMETHING, A_BREAK = 0, 1, 2
# The number of all lines that do no more than that.
BREAKING = 0


@dataclass(frozen=True)
class Readings:
    """What a batch of postings asks for.

    Attributes:
        mentions: row, credential_code, requirement, or_group, form, span_start, span_end, cue, section, is_negated,
            sentence_hash.
            Spans count characters of the text, of the title where section is "title". Negated rows are no mentions;
            they are kept for review.
        requirements: row, kind, requirement, value, years, sentence_hash.
        sentences: sentence_hash, sentence: the words that decided; for the raw zone only.
        unlisted: credentials that the lexicon lacks, by name (`unlisted`): row, name, requirement, span_start,
            span_end, cue, section, sentence_hash.
    """

    mentions: pa.Table
    requirements: pa.Table
    sentences: pa.Table
    unlisted: pa.Table


class RequirementReader:
    """Reads postings with a lexicon. Remembers between batches; can be pickled, without what it remembers.

    Args:
        lexicon: the credentials.
        only_credentials: leave education, experience and skills out.
        vocabulary: of this lexicon, where it is at hand.
    """

    def __init__(self, lexicon: Lexicon, only_credentials: bool = False, vocabulary: Vocabulary | None = None) -> None:
        self.lexicon = lexicon
        self.only_credentials = only_credentials
        self._prepare(vocabulary or build(lexicon, only_credentials))

    def _prepare(self, vocabulary: Vocabulary) -> None:
        self._matcher = vocabulary.matcher
        self._sentences = SentenceReader(vocabulary, self.lexicon)
        self.forget()

    def forget(self) -> None:
        """Drop everything remembered so far."""
        import numpy as np

        from extractors.posting_text.lines import Lines
        from extractors.posting_text.requirements.automaton import Automaton
        from extractors.posting_text.requirements.rows import RowStore

        self._lines = Lines()
        self._store = RowStore()
        self._steps = Automaton(self.lexicon, self._store)
        # by the hash of a sentence and its place in the line
        self._known: dict[int, Sentence] = {}
        self._texts: dict[int, str] = {}
        # by the number of a line: its sentences; the rows of a title that it is a line of
        self._said: list[list[Placed] | None] = [[(EMPTY, 0, 0)]]
        self._content = np.zeros(1 << 15, np.uint8)  # by the number of a line: what it does
        self._read_to = self._lines.count
        self._titles: dict[int, tuple[int, int]] = {}

    def __getstate__(self) -> tuple[Lexicon, bool]:
        return self.lexicon, self.only_credentials

    def __setstate__(self, state: tuple[Lexicon, bool]) -> None:
        self.lexicon, self.only_credentials = state
        self._prepare(build(self.lexicon, self.only_credentials))

    def cut(self, texts: Sequence[str | None] | pa.Array) -> Cut:
        """The lines of the texts of a batch, to be read next; others than the reader may want them."""
        from extractors.posting_text.lines import MOST, plain

        if (
            self._lines.count != self._read_to  # something broke between cutting and reading
            or self._lines.count > MOST
            or len(self._known) > _SENTENCES
            or len(self._store) > _ROWS
            or self._steps.count > _STEPS
        ):
            self.forget()
        return self._lines.cut(plain(texts))

    def read(self, titles: Sequence[str | None] | pa.Array, texts: Sequence[str | None] | pa.Array | Cut) -> Readings:
        """Read a batch.

        Args:
            titles: of the postings; Arrow string arrays are read without copying.
            texts: plain text of the postings, in the same order; or what `cut` made of it just before.
        """
        from extractors.posting_text.lines import Cut, plain

        with uncollected():  # rows are many small tuples
            text_lines = self._known_lines(texts if isinstance(texts, Cut) else self.cut(texts))
            return self._read(self._known_lines(self._lines.cut(plain(titles))), text_lines)

    def _read(self, title_lines: Cut, text_lines: Cut) -> Readings:
        import numpy as np

        title_of, title_row = self._store.mentions(self._title_places(title_lines))
        at_mentions, at_requirements, at_unlisted = self._text_places(text_lines, self._title_words(title_lines))
        posting, row = self._store.mentions(at_mentions)
        posting, row = self._without_general(np.concatenate([title_of, posting]), np.concatenate([title_row, row]))
        of, requirement = self._store.requirements(at_requirements)
        names, name = self._store.mentions(at_unlisted)
        return Readings(
            self._store.mention_table(posting, row),
            self._store.requirement_table(of, requirement),
            self._deciding(np.concatenate([row["sentence"], requirement["sentence"], name["sentence"]])),
            self._store.unlisted_table(names, name),
        )

    # ------------------------------------------------------------------------------------------------ lines, sentences

    def _known_lines(self, cut: Cut) -> Cut:
        """The lines in which there is something; new ones are read."""
        import numpy as np

        fresh = len(cut.new_start)
        if fresh:
            self._said.extend([None] * fresh)
            spoken = self._read_lines(cut)
            end = cut.first_new + fresh
            while len(self._content) < end:
                self._content = np.concatenate([self._content, np.zeros_like(self._content)])
            self._content[cut.first_new : end] = NOTHING
            self._content[spoken] = [self._weight(self._said[line] or []) for line in spoken]
            self._read_to = end
        content = self._content[cut.line]
        kept = cut.where(content != NOTHING)
        kept.line[content[content != NOTHING] == A_BREAK] = BREAKING
        return kept

    def _weight(self, said: list[Placed]) -> int:
        """What a line may do to its posting; most that name a thing end up saying nothing about it."""
        if any(sentence[:8] != EMPTY[:8] or sentence.ad_words or sentence.unlisted for sentence, *_ in said):
            return SOMETHING
        return A_BREAK if any(not sentence.is_bullet for sentence, *_ in said) else NOTHING

    def _read_lines(self, cut: Cut) -> list[int]:
        """Read the new lines; returns the numbers of those in which there is something."""
        spoken = []
        scan = self._matcher.scan_parts(cut.data, cut.new_start, cut.new_stop)
        known, remembered = self._known, self._texts
        data = scan.data
        patterns, starts, stops = (column.tolist() for column in scan.hits.T)
        reader = self._sentences
        columns = scan.segments.T
        numbers = scan.hashes.tolist()
        keys = (scan.hashes + columns[5]).tolist()
        lines, begins, _, byte_begins, byte_ends, flags, firsts, lasts = (column.tolist() for column in columns)
        for at, line in enumerate(lines):
            sentence = known.get(keys[at])
            if sentence is None:
                text = str(data[byte_begins[at] : byte_ends[at]], "utf-8")
                first, last = firsts[at], lasts[at]
                sentence = reader.read(
                    text, patterns[first:last], starts[first:last], stops[first:last], begins[at], flags[at]
                )
                known[keys[at]] = sentence
                if sentence.mentions or sentence.requirements or sentence.unlisted:
                    remembered[numbers[at]] = text
            if sentence is not EMPTY:
                number = cut.first_new + line
                said = self._said[number]
                if said is None:
                    said = self._said[number] = []
                    spoken.append(number)
                said.append((sentence, begins[at], numbers[at]))
        return spoken

    # -------------------------------------------------------------------------------------------------- titles, texts

    def _title_places(self, cut: Cut) -> Places:
        import numpy as np

        from extractors.posting_text.requirements.rows import Places

        lines, of = np.unique(cut.line, return_inverse=True)
        for line in lines.tolist():
            if line not in self._titles:
                self._titles[line] = self._store.add_mentions(title_rows(self._said[line] or ()))
        rows = np.array([self._titles[line] for line in lines.tolist()], np.int64).reshape(-1, 2)[of]
        none = np.zeros(len(of), np.int32)
        return Places(cut.text.astype(np.int64), cut.char, rows[:, 0], rows[:, 1], none, none)

    def _title_words(self, cut: Cut) -> dict[int, set[str]]:
        """Posting -> words of its title that "@ad:" asks for."""
        found: dict[int, set[str]] = {}
        words = {
            line: {word for sentence, *_ in self._said[line] or () for word in sentence.ad_words}
            for line in set(cut.line.tolist())
        }
        for text, line in zip(cut.text.tolist(), cut.line.tolist(), strict=True):
            if words[line]:
                found.setdefault(text, set()).update(words[line])
        return found

    def _text_places(self, cut: Cut, title_words: dict[int, set[str]]) -> list[Places]:
        """Where the rows of mentions, of requirements and of names that the lexicon lacks stand."""
        import numpy as np

        from extractors.posting_text.requirements.rows import Places, together

        walk = self._steps.walk(cut.text, cut.line, cut.texts, self._said)
        easy = np.flatnonzero((walk.step >= 0) & (walk.hard[cut.text] == 0))
        rows = self._steps.rows[:, walk.step[easy]]
        places = []
        whole = self._whole_postings(cut, walk.hard, title_words)
        for kind in (0, 1, 2):
            first, size = rows[2 * kind], rows[2 * kind + 1]
            some = size > 0
            at = easy[some]
            common = Places(
                cut.text[at].astype(np.int64), cut.char[at], first[some], size[some], walk.group[at],
                walk.open_group[at],
            )  # fmt: skip
            none = np.zeros(len(whole), np.int32)
            own = Places(whole[:, 0], none, whole[:, 1 + 2 * kind], whole[:, 2 + 2 * kind], none, none)
            places.append(together([common, own]))
        return places

    def _whole_postings(self, cut: Cut, hard: NDArray[np.uint8], title_words: dict[int, set[str]]) -> NDArray[np.int64]:
        """Postings that no line decides for itself: [n, 7] number, rows of the three kinds."""
        import numpy as np

        lines = np.flatnonzero(hard[cut.text])
        postings: dict[int, list[Placed]] = {}
        columns = (cut.text, cut.line, cut.char)
        for text, line, char in zip(*(column[lines].tolist() for column in columns), strict=True):
            postings.setdefault(text, []).extend(
                (sentence, char + begin, number) for sentence, begin, number in self._said[line] or ()
            )
        found = []
        for text, sentences in postings.items():
            posting = Posting(self.lexicon, whole=sentences, title_words=title_words.get(text))
            for placed in sentences:
                posting.take(*placed)
            posting.finish()
            mentions = self._store.add_mentions(posting.mentions)
            requirements = self._store.add_requirements(posting.requirements)
            found.append((text, *mentions, *requirements, *self._store.add_mentions(posting.unlisted)))
        return np.array(found, np.int64).reshape(-1, 7)

    def _without_general(self, posting: NDArray[np.int64], row: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """ "CDL" gives way to "Class A CDL" where one of the two stands in the title."""
        import numpy as np

        strings = self._store.strings
        general, family = self.lexicon.general, self.lexicon.family
        is_general = np.isin(row["code"], strings.of(sorted(general)))
        titled = np.unique(posting[is_general & (row["section"] == strings[sections.TITLE])])
        if not len(titled):
            return posting, row
        at = np.flatnonzero(np.isin(posting, titled))
        codes = strings.array(row["code"][at]).to_pylist()
        numbers = posting[at].tolist()
        special = {(p, c[:5], family[c]) for p, c in zip(numbers, codes, strict=True) if c not in general}
        gone = [c in general and (p, c[:5], family[c]) in special for p, c in zip(numbers, codes, strict=True)]
        kept = np.ones(len(row), bool)
        kept[at[gone]] = False
        return posting[kept], row[kept]

    def _deciding(self, sentences: NDArray[np.int64]) -> pa.Table:
        """Each sentence that rows refer to, in the order in which they do first."""
        import numpy as np
        import pyarrow as pa

        used, first = np.unique(sentences, return_index=True)
        used = used[np.argsort(first)]
        words = [self._texts.get(number) for number in used.tolist()]
        return pa.table({"sentence_hash": pa.array(used), "sentence": pa.array(words, pa.string())})
