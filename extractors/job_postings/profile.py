"""Exact counts by posting month, and a small narrow sample, while the rows stream by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractors.raw_tables_postings import JOB_POSTINGS, MONTH_PROFILE

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

SAMPLE_ROWS = 50_000
NARROW = tuple(c.name for c in JOB_POSTINGS.columns if c.name != "description")
_SUMS = tuple(
    c.name for c in MONTH_PROFILE.columns if c.name.endswith(("_count", "_sum")) and c.name != "distinct_employer_count"
)
_PLACES = ("location_text", "city", "state_postal", "county_fips", "zip_code")
_CREDENTIALS = ("credentials_required", "credentials_preferred", "credentials_unspecified")


def month_code(days: np.ndarray) -> np.ndarray:
    """Months since 1970-01 of days since 1970-01-01."""
    import numpy as np

    months: np.ndarray = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def month_name(code: int) -> str:
    """YYYY-MM of months since 1970-01."""
    return f"{1970 + code // 12:04d}-{code % 12 + 1:02d}"


class MonthProfile:
    """Sums per month; memory grows with the months and with the different employers of each."""

    def __init__(self) -> None:
        self._sums: dict[int, dict[str, int]] = {}
        self._days: dict[int, tuple[int, int]] = {}
        self._employers: dict[int, set[int]] = {}

    def add(self, columns: dict[str, pa.Array], masked: dict[str, np.ndarray], months: np.ndarray) -> None:
        """Count a batch of used rows. `masked`: masked_email_count, masked_phone_count, markup_count per row."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        present, where = np.unique(months, return_inverse=True)
        measures: dict[str, Any] = dict(masked)
        measures["row_count"] = np.ones(len(months))
        for name, column in (("title", "title"), ("employer", "employer"), ("text", "description")):
            measures[f"{name}_null_count"] = _numpy(pc.is_null(columns[column]))
        measures["place_null_count"] = np.all([_numpy(pc.is_null(columns[c])) for c in _PLACES], axis=0)
        measures["salary_count"] = _numpy(
            pc.or_(pc.is_valid(columns["salary_min"]), pc.is_valid(columns["salary_max"]))
        )
        measures["source_soc_count"] = _numpy(pc.is_valid(columns["source_soc_code"]))
        measures["credential_named_count"] = np.any([_numpy(pc.is_valid(columns[c])) for c in _CREDENTIALS], axis=0)
        measures["requisition_count"] = _numpy(pc.is_valid(columns["requisition_id"]))
        measures["position_count_sum"] = _numpy(pc.fill_null(columns["position_count"], 0))
        measures["text_length_sum"] = _numpy(pc.fill_null(pc.binary_length(columns["description"]), 0))
        sums: dict[str, Any] = {}
        for name in _SUMS:
            if len(present) == 1:
                sums[name] = [np.sum(measures[name], dtype=np.float64)]
            else:
                sums[name] = np.bincount(where, weights=measures[name], minlength=len(present))
        days = _numpy(columns["posted_date"].cast(pa.int32()))
        employer = columns["employer"].dictionary_encode()
        hashes = np.zeros(len(employer.dictionary), np.uint64)
        _hash(employer.dictionary, hashes)
        indices = employer.indices
        valid = _numpy(indices.is_valid())
        codes = _numpy(indices.fill_null(0))
        for position, month in enumerate(present.tolist()):
            total = self._sums.setdefault(month, dict.fromkeys(_SUMS, 0))
            for name in _SUMS:
                total[name] += round(sums[name][position])
            here = where == position
            low, high = int(days[here].min()), int(days[here].max())
            first, last = self._days.get(month, (low, high))
            self._days[month] = (min(first, low), max(last, high))
            self._employers.setdefault(month, set()).update(hashes[np.unique(codes[here & valid])].tolist())

    def table(self, dataset: str, capture_id: str) -> pa.Table:
        """The raw table `job_postings__month_profile`, one row per month, with dataset, capture_id, row_number."""
        import pyarrow as pa

        types = {"string": pa.string(), "int64": pa.int64(), "date": pa.date32()}
        rows = []
        for number, month in enumerate(sorted(self._sums), start=1):
            first, last = self._days[month]
            rows.append(
                {
                    "dataset": dataset,
                    "capture_id": capture_id,
                    "row_number": number,
                    "posted_month": month_name(month),
                    **self._sums[month],
                    "distinct_employer_count": len(self._employers[month]),
                    "earliest_date": first,
                    "latest_date": last,
                }
            )
        fields = [("dataset", pa.string()), ("capture_id", pa.string()), ("row_number", pa.int64())]
        fields += [(c.name, types[c.type]) for c in MONTH_PROFILE.columns]
        arrays = [
            pa.array([r[n] for r in rows], pa.int32()).cast(t)
            if t == pa.date32()
            else pa.array([r[n] for r in rows], t)
            for n, t in fields
        ]
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


class NarrowSample:
    """At most SAMPLE_ROWS rows without the text: those with the smallest scrambled key, so the same rows every time."""

    def __init__(self, rows: int = SAMPLE_ROWS) -> None:
        self._rows = rows
        self._parts: list[pa.Table] = []
        self._ranks: list[np.ndarray] = []
        self._bar: int | None = None
        self._held = 0

    def add(self, table: pa.Table, keys: np.ndarray) -> None:
        """Offer rows: a table without description and their posting keys."""
        import numpy as np
        import pyarrow as pa

        ranks = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        ranks ^= ranks >> np.uint64(31)
        if self._bar is not None:
            chosen = np.flatnonzero(ranks < np.uint64(self._bar))
            table, ranks = table.take(pa.array(chosen)), ranks[chosen]
        if not ranks.size:
            return
        self._parts.append(table)
        self._ranks.append(ranks)
        self._held += ranks.size
        if self._held > 2 * self._rows:
            self._shrink()

    def _shrink(self) -> None:
        import numpy as np
        import pyarrow as pa

        ranks = np.concatenate(self._ranks)
        keep = np.sort(np.argsort(ranks, kind="stable")[: self._rows])
        self._parts = [pa.concat_tables(self._parts).combine_chunks().take(pa.array(keep))]
        self._ranks = [ranks[keep]]
        self._held = keep.size
        if keep.size == self._rows:
            self._bar = int(self._ranks[0].max())

    def table(self) -> pa.Table | None:
        """The sample in order of row numbers; None when nothing was offered."""
        if not self._parts:
            return None
        self._shrink()
        return self._parts[0].sort_by("row_number")


def _numpy(array: Any) -> np.ndarray:
    found: np.ndarray = array.to_numpy(zero_copy_only=False)
    return found


def _hash(values: pa.Array, hashes: np.ndarray) -> None:
    from extractors.job_postings.cleaning import hash_into

    if len(values):
        hash_into(values, hashes)
