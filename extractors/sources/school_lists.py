"""Three lists of a state without any person in them (datasets `school_directory`, `course_crosswalk` and
`vendor_exam_crosswalk`).

The documented layouts (header = column names of the raw table, or the CEDS names beside them), shortest form:

    district_code,district_name,school_code,school_name,effective_from
    0101,Alder Falls,0101-01,Alder Falls High School,2020-07-01

    course_code,course_title,pathway_code,pathway_title,cip_code,credential_code,is_capstone,effective_from
    C4711,Welding II,P48W,Welding,48.0508,AWSXX001,true,2022-07-01

    vendor_code,vendor_exam_code,vendor_exam_name,credential_code,effective_from,effective_to
    QUILL,Q-100,Business Writing,QUILL001,2022-07-01,

`state_postal` comes from the dataset's `@XX`; `is_capstone` is false where it is empty or absent. A CIP code and a
county code that lost their leading zero in a spreadsheet get it back. Codes of districts, schools, courses and
pathways are the state's own and stay as they are written. Serves P12, P15, P18, P20.
"""

from __future__ import annotations

from collections.abc import Sequence

from extractors import schema
from extractors.model import Capture, FetchedFile, ParsedTable, RawTable, split_dataset
from extractors.raw_tables_schools import COURSE_CROSSWALK, SCHOOL_DIRECTORY, VENDOR_EXAM_CROSSWALK
from extractors.sources.cip_soc_crosswalk import to_cip

TABLES = {
    "school_directory": SCHOOL_DIRECTORY,
    "course_crosswalk": COURSE_CROSSWALK,
    "vendor_exam_crosswalk": VENDOR_EXAM_CROSSWALK,
}
COUNTY_DIGITS = 5
_OPTIONAL = ("state_postal", "is_capstone")


def _layout(table: RawTable) -> schema.ColumnMap:
    return schema.identity_map(table, _OPTIONAL)


def vintage_of(files: Sequence[FetchedFile], dataset: str = "") -> str:
    """The newest year in which a row begins to hold; a list that has not changed since needs a declared vintage."""
    table = TABLES[split_dataset(dataset)[0]]
    found = schema.newest_year(files, table, [_layout(table)], "effective_from")
    if found is None:
        raise schema.declare_vintage([f.name for f in files], "a column effective_from, or a declared year")
    return found


def parse(capture: Capture) -> list[ParsedTable]:
    """The state's file -> the raw table of its dataset."""
    postal = schema.state_of(capture)
    table = TABLES[split_dataset(capture.dataset)[0]]
    rules = schema.Rules(
        defaults={"state_postal": postal, "is_capstone": False},
        fixes={
            "state_postal": schema.own_state_only(postal),
            "cip_code": to_cip,
            "county_fips": schema.pad(COUNTY_DIGITS),
        },
    )
    return [schema.parse_files(capture, table, [_layout(table)], rules)]
