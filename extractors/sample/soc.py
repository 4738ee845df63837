"""The SOC files as agencies publish them, cut down to the codes of the sample.

Preamble rows, trailing blanks in headers, `(#)` marks in titles: as in the real files. The row counts of the real
classification (23/98/459/867 ...) do not hold here; the sample's own counts are in the manifest.
"""

from __future__ import annotations

from extractors.sample import occupations, state
from extractors.sample.packing import Row, csv_bytes, xlsx_bytes

STRUCTURE, CROSSWALK, HYBRID, ONET_TO_SOC = (
    "soc_structure_2018.xlsx",
    "soc_2010_to_2018_crosswalk.xlsx",
    "oes_2019_hybrid_structure.xlsx",
    "2019_to_SOC_Crosswalk.csv",
)
ONET_TO_SOC_XLSX = "2019_to_SOC_Crosswalk.xlsx"

STRUCTURE_HEADER = ("Major Group", "Minor Group", "Broad Group", "Detailed Occupation", None)
CROSSWALK_HEADER = ("2010 SOC Code", "2010 SOC Title", "2018 SOC Code", "2018 SOC Title")
HYBRID_HEADER = (
    "OES 2019 Estimates Code", "OES 2019 Estimates Title", "2018 SOC Code ", "2018 SOC Title",
    "OES 2018 Estimates Code", "OES 2018 Estimates Title", "2010 SOC Code", "2010 SOC Title", "NOTES",
)  # fmt: skip
ONET_HEADER = ("O*NET-SOC 2019 Code", "O*NET-SOC 2019 Title", "2018 SOC Code", "2018 SOC Title")

_EXCERPT = f"{state.MARK} EXCERPT: only the codes of the sample state; not the whole classification"


def structure_rows() -> list[Row]:
    """One row per code in classification order, its code in the column of its level."""
    rows: list[Row] = []
    seen: set[str] = set()

    def add(code: str, level: int, title: str) -> None:
        if code not in seen:
            seen.add(code)
            cells: list[str | None] = [None] * 4
            cells[level] = code
            rows.append([*cells, title])

    tree = sorted(occupations.detailed().values(), key=lambda d: (d.minor, d.broad, d.code))
    for d in tree:
        add(d.major, 0, occupations.majors()[d.major])
        add(d.minor, 1, occupations.minors()[d.minor])
        add(d.broad, 2, occupations.broads()[d.broad])
        add(d.code, 3, d.title)
    return rows


def files() -> dict[str, bytes]:
    """File name to content of the four SOC files (the O*NET one in both of its flavours)."""
    structure: list[Row] = [
        ["U.S. Bureau of Labor Statistics"],
        [_EXCERPT],
        [],
        ["2018 Standard Occupational Classification System"],
        [],
        STRUCTURE_HEADER,
        *structure_rows(),
    ]
    crosswalk: list[Row] = [
        ["U.S. Bureau of Labor Statistics"],
        [_EXCERPT],
        [],
        ["November 2017"],
        [],
        ["***Questions should be emailed to soc@bls.gov***"],
        [],
        [],
        CROSSWALK_HEADER,
        *occupations.soc_2010_rows(),
    ]
    hybrid: list[Row] = [
        ['The table below shows how OES data of two structures were combined to create a "hybrid" structure.'],
        [_EXCERPT],
        [],
        HYBRID_HEADER,
        *occupations.hybrid_rows(),
    ]
    descriptions: list[Row] = [
        ["Column", "Column description"],
        *([h, f"{state.MARK}: see the column"] for h in HYBRID_HEADER),
    ]
    onet = onet_rows()
    return {
        STRUCTURE: xlsx_bytes([("2018 Structure", structure)], _EXCERPT),
        CROSSWALK: xlsx_bytes([("Sorted by 2010", crosswalk)], _EXCERPT),
        HYBRID: xlsx_bytes([("OES2019 Hybrid", hybrid), ("Field descriptions", descriptions)], _EXCERPT),
        ONET_TO_SOC: csv_bytes([ONET_HEADER, *onet]),
        ONET_TO_SOC_XLSX: xlsx_bytes([("2019_to_SOC_Crosswalk", [[_EXCERPT], [], [], ONET_HEADER, *onet])], _EXCERPT),
    }


def onet_rows() -> list[Row]:
    """O*NET-SOC 2019 to SOC 2018; the O*NET-SOC title carries the SAMPLE mark, since a CSV has no room for a notice."""
    return [
        [o.code, f"{o.title} ({state.MARK})", o.soc_code, occupations.detailed()[o.soc_code].title]
        for o in occupations.onet_occupations()
    ]


def expected_counts() -> dict[str, dict[str, int]]:
    """What a complete copy of the sample's files holds (I13, I14): the counterpart of 23/98/459/867 and 840 to 867."""
    crosswalk, hybrid = occupations.soc_2010_rows(), occupations.hybrid_rows()
    return {
        "soc_structure": {
            "rows": len(structure_rows()),
            "major": len(occupations.majors()),
            "minor": len(occupations.minors()),
            "broad": len(occupations.broads()),
            "detailed": len(occupations.detailed()),
        },
        "soc_2010_2018": {
            "rows": len(crosswalk),
            "soc_2010_codes": len({r[0] for r in crosswalk}),
            "soc_2018_codes": len({r[2] for r in crosswalk}),
        },
        "soc_oews_hybrid": {
            "rows": len(hybrid),
            "oews_codes": len({r[0] for r in hybrid}),
            "soc_2018_codes": len({r[2] for r in hybrid}),
            "soc_2010_codes": len({r[6] for r in hybrid}),
        },
        "soc_onet": {
            "rows": len(occupations.onet_occupations()),
            "onetsoc_codes": len(occupations.onet_occupations()),
            "soc_codes": len({o.soc_code for o in occupations.onet_occupations()}),
        },
    }
