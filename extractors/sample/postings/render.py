"""Rows of numbers to a batch of postings: text, cells and truth, column by column through Arrow.

A text is one row of a matrix of piece numbers; `take` and `binary_join` turn the matrix into strings. No sentence is
formatted row by row, so a million texts of 2 kB take seconds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from extractors.sample import occupations, state
from extractors.sample.postings import copies, draws, wording
from extractors.sample.postings.copies import EDITED, ORIGINAL, OTHER_SITE, TRUNCATED, Rows
from extractors.sample.postings.jobs import FEEDS, NLX, ONET_2019, SLOTS, SOC_2010, Ints, Jobs
from extractors.sample.postings.titles import TITLES
from extractors.sample.postings.wording import (
    AFTER_HIRE,
    CLASS_NAMES,
    MENTION,
    NEGATED,
    PREFERRED,
    REQUIRED,
    Group,
    Vocabulary,
)

Pieces = npt.NDArray[np.int32]
TEXT_LENGTH = 2000
_FRAME_LENGTH = 1160  # characters of an ad without its duties
_DUTY_LENGTH = 84
_EPOCH = dt.date(1970, 1, 1)

_STRING = pa.string()
SCHEMA = pa.schema(
    [
        pa.field("posting_key", pa.int64()),
        *(pa.field(name, _STRING) for name in ("feed", "source_type", "posting_id", "requisition_id", "url")),
        *(pa.field(name, _STRING) for name in ("title", "employer")),
        pa.field("is_staffing", pa.bool_()),
        *(pa.field(name, _STRING) for name in ("location_text", "city", "state_postal")),
        *(pa.field(name, _STRING) for name in ("county_fips", "zip_code", "country")),
        pa.field("posted_date", pa.date32()),
        pa.field("expired_date", pa.date32()),
        pa.field("posted_month", _STRING),
        pa.field("salary_min", pa.float64()),
        pa.field("salary_max", pa.float64()),
        pa.field("salary_unit", _STRING),
        pa.field("source_soc_code", _STRING),
        pa.field("source_soc_taxonomy", _STRING),
        pa.field("position_count", pa.int64()),
        pa.field("description", _STRING),
        # the truth
        pa.field("job_id", pa.int64()),
        pa.field("content_id", pa.int64()),
        pa.field("is_sibling", pa.bool_()),
        pa.field("copy_kind", _STRING),
        pa.field("true_employer", _STRING),
        pa.field("true_region", _STRING),
        pa.field("true_soc_code", _STRING),
        pa.field("true_onet_code", _STRING),
        pa.field("true_positions", pa.int64()),
        pa.field("true_education", _STRING),
        pa.field("true_experience_years", pa.int64()),
        pa.field("true_credential_codes", pa.list_(_STRING)),
        pa.field("true_credential_classes", pa.list_(_STRING)),
        pa.field("true_or_groups", pa.list_(pa.int32())),
    ]
)
TRUTH_COLUMNS = tuple(SCHEMA.names[SCHEMA.get_field_index("job_id") :])


class Renderer:
    """Turns rows into batches with one vocabulary.

    Args:
        text_length: mean number of characters of a description; at least about 1,500.
        scale: the state's scale, for the codes of its regions.
    """

    def __init__(self, seed: int, vocabulary: Vocabulary, text_length: int = TEXT_LENGTH, scale: int = 1) -> None:
        self.seed, self.words = seed, vocabulary
        self.duties = max(2, round((text_length - _FRAME_LENGTH) / _DUTY_LENGTH))
        self._pool = pa.array(vocabulary.pieces, pa.string())
        places = vocabulary.towns
        regions = [region.code for region in state.regions(scale)]
        self._town_columns = {
            "city": pa.array([p.name for p in places]),
            "location_text": pa.array([f"{p.name}, {state.POSTAL}" for p in places]),
            "county_fips": pa.array([p.county_fips or None for p in places]),
            "zip_code": pa.array([p.zip_code for p in places]),
            "true_region": pa.array([regions[p.region] if p.region >= 0 else None for p in places]),
        }
        majors = list(dict.fromkeys(t.major for t in TITLES.all))
        self._actions = np.array([vocabulary.actions[t.major].first for t in TITLES.all], dtype=np.int32)
        self._action_counts = np.array([vocabulary.actions[t.major].count for t in TITLES.all])
        assert all(major in vocabulary.actions for major in majors)
        self._form_first = np.array(vocabulary.form_first)
        self._form_count = np.array(vocabulary.form_count)
        self._code_columns()

    def batch(self, jobs: Jobs, rows: Rows) -> pa.RecordBatch:
        """The postings of `rows`, in their order, with `SCHEMA`."""
        content, of, kind = jobs.content[rows.of], rows.of, rows.kind
        ids = jobs.job[of] * 8 + rows.copy
        title, town = jobs.title[of], jobs.town[of]
        first = kind == ORIGINAL
        shown_kind = np.where(first & (jobs.tie[of] > 0), copies.OTHER_SITE + jobs.tie[of], kind)
        is_nlx = rows.feed == NLX
        shown_positions = np.where((rows.feed != 0) & (jobs.positions[of] > 0), jobs.positions[of], -1)
        expires = rows.day + 20 + draws.pick(self.seed, "expires", ids, 40)
        names = posting_ids(self.seed, ids)
        feed = _choice(FEEDS, rows.feed)
        pay, wide = jobs.pay_low[of], jobs.pay_width[of]
        columns: dict[str, pa.Array] = {
            "posting_key": posting_keys(rows.feed, names),
            "feed": feed,
            "source_type": _choice(("aggregator", "aggregator", "board"), rows.feed),
            "posting_id": pa.array(names),
            "requisition_id": _numbered("R-", jobs.requisition[of], is_nlx & (jobs.requisition[of] > 0)),
            "url": pc.binary_join_element_wise("https://", feed, ".example/", pa.array(names), ""),
            "title": self._titles(jobs, rows, ids),
            "employer": self._employers(jobs, rows, ids),
            "is_staffing": pa.array(np.zeros(len(rows), dtype=bool)),
            "state_postal": pa.repeat(state.POSTAL, len(rows)),
            "country": pa.repeat("US", len(rows)),
            "posted_date": pa.array(rows.day.astype(np.int32)).cast(pa.date32()),
            "expired_date": pa.array(expires.astype(np.int32)).cast(pa.date32()),
            "posted_month": _months(rows.day),
            "salary_min": _floats(pay, pay > 0),
            "salary_max": _floats(pay + wide, pay > 0),
            "salary_unit": _masked_choice(("hour",), np.zeros(len(rows), dtype=np.int64), pay > 0),
            "position_count": pa.array(shown_positions, mask=shown_positions < 0),
            "description": self.descriptions(jobs, rows, ids),
            "job_id": pa.array(jobs.job[of]),
            "content_id": pa.array(content),
            "is_sibling": pa.array(jobs.tie[of] == 1),
            "copy_kind": _choice(copies.KIND_NAMES, shown_kind),
            "true_employer": self._from_pool(self.words.employers, jobs.employer[of]),
            "true_soc_code": self._soc.take(pa.array(title)),
            "true_onet_code": self._onet.take(pa.array(title)),
            "true_positions": pa.array(np.maximum(jobs.positions[of], 1)),
            "true_education": _choice(wording.EDUCATION_LEVELS, jobs.education[of]),
            "true_experience_years": pa.array(np.array(wording.EXPERIENCE_YEARS)[jobs.years[of]]),
            **self._source_codes(title, np.where(is_nlx | (jobs.coding[of] != SOC_2010), jobs.coding[of], ONET_2019)),
            **_truth_of_credentials(jobs, of),
        }
        for name, table in self._town_columns.items():
            columns[name] = table.take(pa.array(town))
        return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)

    # --------------------------------------------------------------------------------------------------- text

    def descriptions(self, jobs: Jobs, rows: Rows, ids: Ints) -> pa.Array:
        """The texts of the rows."""
        matrix = self._matrix(jobs, rows, ids)
        texts = _joined(self._pool, matrix)
        cut = np.flatnonzero(rows.kind == TRUNCATED)
        if not len(cut):
            return texts
        part = 0.45 + 0.3 * draws.share(self.seed, "cut", ids[cut])
        short = []
        for text, share in zip(texts.take(pa.array(cut)).to_pylist(), part, strict=True):
            short.append(text[: text.rfind("\n", 0, int(len(text) * share))] + "\n...")
        mask = np.zeros(len(rows), dtype=bool)
        mask[cut] = True
        return pc.replace_with_mask(texts, pa.array(mask), pa.array(short, pa.string()))

    def _matrix(self, jobs: Jobs, rows: Rows, ids: Ints) -> Pieces:
        """[rows, pieces of a text] numbers of pieces; 0 is an empty piece."""
        seed, words, of = self.seed, self.words, rows.of
        content, title = jobs.content[of], jobs.title[of]
        other_site = rows.kind == OTHER_SITE
        columns: list[Ints] = []

        def say(group: Group, purpose: str, which: Ints = content) -> None:
            columns.append(group.first + draws.pick(seed, purpose, which, group.count))

        def say_some(group: Group, purpose: str, number: int, which: Ints = content) -> None:
            """`number` different pieces of a group: steps of 3 never meet in groups that 3 does not divide."""
            start = draws.pick(seed, purpose, which, group.count)
            columns.extend(group.first + (start + 3 * n) % group.count for n in range(number))

        site = np.where(other_site, 1 + draws.pick(seed, "site head", ids, words.site_heads.count - 1), 0)
        columns.append(words.site_heads.first + site)
        frame = draws.pick(seed, "opening", content, words.openings[0].count)
        columns.append(words.openings[0].first + frame)
        columns.append(words.employers.first + jobs.employer[of])
        columns.append(words.openings[1].first + frame)
        columns.append(words.title.first + title)
        columns.append(words.openings[2].first + frame)
        columns.append(words.sites.first + jobs.town[of])
        columns.append(words.openings[3].first + frame)
        say(words.about_heads, "about", jobs.employer[of])
        say_some(words.about, "about us", 3, jobs.employer[of])
        say(words.duty_heads, "duty head")
        columns.append(np.where(title < TITLES.first_uncodable, words.core.first + title, 0))
        self._say_duties(columns, title, content, rows, ids)
        say(words.requirement_heads, "requirement head")
        columns.append(words.education.first + jobs.education[of])
        columns.append(words.experience.first + jobs.years[of])
        self._ask(columns, jobs, rows, (REQUIRED, AFTER_HIRE, NEGATED))
        say_some(words.general, "general", 4)
        say(words.preferred_heads, "preferred head")
        self._ask(columns, jobs, rows, (PREFERRED,))
        say_some(words.bonus, "bonus", 3)
        say(words.benefit_heads, "benefit head", jobs.employer[of])
        say_some(words.benefits, "benefits", 4, jobs.employer[of])
        self._ask(columns, jobs, rows, (MENTION,))
        low = jobs.pay_low[of]
        columns.append(np.where(low > 0, words.pay.first + np.clip(low - 8, 0, words.pay.count - 1), 0))
        high = np.clip(low + jobs.pay_width[of] - 8, 0, words.pay_to.count - 1)
        columns.append(np.where(low > 0, words.pay_to.first + high, 0))
        say(words.equal, "equal", jobs.employer[of])
        reachable = ~other_site & (draws.share(seed, "reachable", content) < 0.4)
        columns.append(np.where(reachable, words.mail.first + jobs.employer[of], 0))
        columns.append(np.where(reachable, words.phone.first + jobs.employer[of] % words.phone.count, 0))
        say(words.mark, "mark")
        foot = np.where(other_site, 1 + draws.pick(seed, "site foot", ids, words.site_feet.count - 1), 0)
        columns.append(words.site_feet.first + foot)
        return np.stack(columns, axis=1).astype(np.int32)

    def _say_duties(self, columns: list[Ints], title: Ints, content: Ints, rows: Rows, ids: Ints) -> None:
        """The duties; an edited repost has one to three of them in other words."""
        edits = np.where(rows.kind == EDITED, 1 + draws.pick(self.seed, "edits", ids, max(1, self.duties // 3)), 0)
        first = draws.pick(self.seed, "first edit", ids, self.duties)
        for n in range(self.duties):
            is_edited = (edits > 0) & ((n - first) % self.duties < edits)
            key = np.where(is_edited, ids * 4 + 3, content * 32 + 1)
            action = draws.pick(self.seed, f"action {n}", key, self._action_counts[title])
            columns.append(self._actions[title] + action)
            columns.append(self.words.tails.first + draws.pick(self.seed, f"tail {n}", key, self.words.tails.count))

    def _ask(self, columns: list[Ints], jobs: Jobs, rows: Rows, kinds: tuple[int, ...]) -> None:
        """What the ad says about credentials in one section: a sentence per slot of these kinds."""
        words, content = self.words, jobs.content[rows.of]
        for slot in range(SLOTS):
            phrase, kind = jobs.phrase[rows.of, slot], jobs.kind[rows.of, slot]
            form = self._form_first[phrase] + draws.pick(self.seed, f"form {slot}", content, self._form_count[phrase])
            piece = np.zeros(len(rows), dtype=np.int64)
            for wanted in kinds:
                variants = words.variants[wanted]
                variant = draws.pick(self.seed, f"asking {slot}", content, variants)
                found = kind == wanted
                piece[found] = (words.asking_first[wanted] + form * variants + variant)[found]
            columns.append(piece)

    # ------------------------------------------------------------------------------------------------- cells

    def _titles(self, jobs: Jobs, rows: Rows, ids: Ints) -> pa.Array:
        """Title and shift; other sites write it loud or add the town."""
        words, of = self.words, rows.of
        style = np.where(rows.kind == OTHER_SITE, draws.pick(self.seed, "style", ids, 3), 0)
        matrix = np.stack(
            [
                np.where(style == 1, words.loud_title.first, words.title.first) + jobs.title[of],
                words.shifts.first + jobs.shift[of],
                np.where(style == 2, words.joint.first, 0),
                np.where(style == 2, words.sites.first + jobs.town[of], 0),
            ],
            axis=1,
        )
        return _joined(self._pool, matrix.astype(np.int32))

    def _employers(self, jobs: Jobs, rows: Rows, ids: Ints) -> pa.Array:
        """The employer; other sites write some names with a legal form or in capitals."""
        variant = np.where(rows.kind == OTHER_SITE, draws.pick(self.seed, "writes employer", ids, 3), 0)
        first = np.array([group.first for group in self.words.employer_variants])
        return self._pool.take(pa.array(first[variant] + jobs.employer[rows.of]))

    def _from_pool(self, group: Group, number: Ints) -> pa.Array:
        return self._pool.take(pa.array(group.first + number))

    def _code_columns(self) -> None:
        old = old_codes()
        self._soc = pa.array([t.soc_code or None for t in TITLES.all])
        self._onet = pa.array([t.onet_code or None for t in TITLES.all])
        self._old = pa.array([old.get(t.soc_code) for t in TITLES.all], pa.string())
        self._has_old = np.array([t.soc_code in old for t in TITLES.all])

    def _source_codes(self, title: Ints, coding: Ints) -> dict[str, pa.Array]:
        """What the source says: O*NET-SOC 2019 in eight digits, SOC 2010 bare, or nothing."""
        old = (coding == SOC_2010) & self._has_old[title]
        new = (coding == ONET_2019) | ((coding == SOC_2010) & ~old)
        codes = pc.if_else(pa.array(old), self._old.take(pa.array(title)), self._onet.take(pa.array(title)))
        none = ~(old | new)
        return {
            "source_soc_code": pc.if_else(pa.array(none), pa.scalar(None, pa.string()), codes),
            "source_soc_taxonomy": _masked_choice(("onet_soc_2019", "soc_2010"), old.astype(np.int64), ~none),
        }


@cache
def old_codes() -> dict[str, str]:
    """SOC 2018 code to a SOC 2010 code all of whose successors lie in one and the same line of the projections.

    A source that still codes in 2010 then leaves no doubt about the line, even where the code was split.
    """
    line_of = {part: code for code, line in occupations.lines().items() for part in line.components or (code,)}
    successors: dict[str, set[str]] = {}
    for old, _, new, _ in occupations.soc_2010_rows():
        successors.setdefault(old, set()).add(new)
    result: dict[str, str] = {}
    for old, news in successors.items():
        lines = {line_of.get(new) for new in news}
        if len(lines) == 1 and None not in lines:
            for new in news:
                result.setdefault(new, old)
    return result


def posting_ids(seed: int, ids: Ints) -> list[str]:
    """Sixteen hexadecimal digits per row, each once."""
    return [f"{value:016x}" for value in draws.raw(seed, "posting id", ids).tolist()]


def posting_keys(feed: Ints, names: list[str]) -> pa.Array:
    """The first 64 bits of BLAKE2b over feed, unit separator and id, signed (the key of the raw table)."""
    heads = [f"{name}\x1f".encode() for name in FEEDS]
    digests = b"".join(
        hashlib.blake2b(heads[f] + name.encode(), digest_size=8).digest()
        for f, name in zip(feed.tolist(), names, strict=True)
    )
    return pa.array(np.frombuffer(digests, dtype=">i8").astype(np.int64))


def _joined(pool: pa.Array, matrix: Pieces) -> pa.Array:
    """The rows of a matrix of piece numbers as strings."""
    count, width = matrix.shape
    offsets = pa.array(np.arange(0, count * width + 1, width, dtype=np.int32))
    lists = pa.ListArray.from_arrays(offsets, pool.take(pa.array(matrix.ravel())))
    return pc.binary_join(lists, "")


def _truth_of_credentials(jobs: Jobs, of: Ints) -> dict[str, pa.Array]:
    """Codes, classes and OR-groups as lists; negations are no mention; alternatives of a slot share its number."""
    phrases = wording.phrases()
    codes = [[wording.CREDENTIALS[k].code for k in phrase.keys] for phrase in phrases]
    most = max(map(len, codes))
    table = np.array([c + [""] * (most - len(c)) for c in codes], dtype=object)
    used = np.array([[n < len(c) for n in range(most)] for c in codes])
    phrase, kind = jobs.phrase[of], jobs.kind[of]
    said = (kind > 0) & (kind != NEGATED)
    mask = said[:, :, None] & used[phrase]
    offsets = pa.array(np.concatenate([[0], np.cumsum(mask.sum(axis=(1, 2)))]).astype(np.int32))
    numbers = (phrase[:, :, None] * most + np.arange(most))[mask]
    pool = pa.array(list(table.ravel()), pa.string())
    shape = mask.shape
    classes = np.broadcast_to(kind[:, :, None], shape)[mask]
    several = np.broadcast_to((used.sum(axis=1) > 1)[phrase][:, :, None], shape)[mask]
    slots = np.broadcast_to(np.arange(SLOTS)[None, :, None] + 1, shape)[mask]
    groups = pa.array(slots.astype(np.int32), mask=~several)
    return {
        "true_credential_codes": pa.ListArray.from_arrays(offsets, pool.take(pa.array(numbers))),
        "true_credential_classes": pa.ListArray.from_arrays(offsets, _choice(CLASS_NAMES, classes)),
        "true_or_groups": pa.ListArray.from_arrays(offsets, groups),
    }


def _choice(names: tuple[str, ...], which: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(which))


def _masked_choice(names: tuple[str, ...], which: Ints, valid: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(which, mask=~valid))


def _floats(values: Ints, valid: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values.astype(np.float64), mask=~valid)


def _numbered(prefix: str, values: Ints, valid: npt.NDArray[np.bool_]) -> pa.Array:
    numbers = pa.array(values, mask=~valid).cast(pa.string())
    return pc.binary_join_element_wise(prefix, numbers, "")


def _months(day: Ints) -> pa.Array:
    """YYYY-MM of each day."""
    months = (np.datetime64("1970-01-01", "D") + day).astype("datetime64[M]")
    seen, where = np.unique(months, return_inverse=True)
    return pa.array([str(m) for m in seen], pa.string()).take(pa.array(where))


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days
