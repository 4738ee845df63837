"""What Alder supplies beside the postings: its credential list so far, its programmes, and a fictional CIP crosswalk.

Headers are the documented layouts (names of the raw tables). The list shows what a state's list goes through: a tier
that changed, an entry that ended, one that was deleted, steps to other credentials, an occupation code of SOC 2010, and
an entry that no lexicon knows. Programmes and credentials are such that some of each find no partner.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from extractors.model import RawTable
from extractors.raw_tables_credentials import CREDENTIAL_LIST, TRAINING_PROGRAMS
from extractors.sample import occupations, state
from extractors.sample.credentials import CREDENTIALS
from extractors.sample.packing import Row, csv_bytes
from extractors.sample.postings.titles import UNCODABLE

Json = dict[str, Any]
LIST_VINTAGE, PROGRAM_VINTAGE, CIP_VINTAGE = "2026", "2026", "2020"
LIST_NAME = f"Alder credentials of value, cycle 2024 ({state.MARK})"

# Credential|tier|first day|last day|step|hours|credits|audience|SOC codes (2018, or as they were)|deleted on
_LIST = """
rn|1|2025-07-01||||30|PS|29-1141|
rn|2|2024-07-01|2025-06-30|||30|PS|29-1141|
bls|2|2024-07-01|||4.5||HS PS WF|29-1141 31-1131|
acls|2|2024-07-01|||16||PS WF|29-1141|
rdh|1|2024-07-01||||24|PS|29-2021|
rrt|1|2024-07-01||||24|PS|29-1126|
mls|1|2024-07-01||||24|PS|29-2011|
cpa|1|2024-07-01||||9|PS|13-2011|
pmp|2|2024-07-01|||35||WF|13-1082|
netplus|1|2024-07-01||||3|HS PS|15-1299|
secplus|1|2024-07-01||||3|HS PS|15-1299|
ccna|1|2024-07-01||||6|HS PS|15-1299|
aws|2|2024-07-01||||3|PS WF|15-1132|
elec|1|2024-07-01|||8000||WF|47-2111|
osha10|2|2024-07-01|||10||HS WF|47-2111|
atp|1|2024-07-01|||1500||PS|53-2011|
teach|1|2024-07-01||||30|PS|25-2021 25-2031|
post|2|2024-07-01||||12|WF|33-3051|
cissp|2|2024-07-01||||3|WF|15-1299|
cfe|2|2024-07-01||||3|PS WF|13-2099|
ea|2|2024-07-01|2026-06-30|||3|PS|13-2011|
servsafe|2|2024-07-01|2025-12-31||8||HS|35-2014|
shrm|2|2024-07-01|||||WF|13-1071|2025-03-01
cna|2|2024-07-01||yes|75|4|HS|31-1131|
aplus|2|2024-07-01||yes|120|3|HS|15-1232|
"""
OWN_NAME = f"Alder Timber Grader Card ({state.MARK})"

# CIP code|title|SOC codes of the sample that the fictional extract joins to it
_CIP = """
11.0701|Computer Science.|15-1252 15-1253
11.1003|Computer and Information Systems Security.|15-1299 15-1212
12.0401|Cosmetology/Cosmetologist, General.|39-5012
12.0503|Culinary Arts/Chef Training.|35-1011 35-2014
13.1202|Elementary Education and Teaching.|25-2021
13.1205|Secondary Education and Teaching.|25-2031
43.0107|Criminal Justice/Police Science.|33-3051
46.0302|Electrician.|47-2111
48.0508|Welding Technology/Welder.|51-4121
50.0901|Music, General.|27-2042
51.0602|Dental Hygiene/Hygienist.|29-1292
51.0908|Respiratory Care Therapy/Therapist.|29-1126
51.3801|Registered Nursing/Registered Nurse.|29-1141
51.3902|Nursing Assistant/Aide and Patient Care Assistant/Aide.|31-1131
52.0301|Accounting.|13-2011
99.0000|Residency programs of the sample.|
"""
# Id|programme|provider|CIP code|credential that it names|licence that it names|flag|tuition|hours
_PROGRAMS = """
P01|Registered Nursing|Larchford Community College|51.3801||rn|false|9800|1800
P02|Accounting|Larchford Community College|52.0301|||false|8200|
P03|Dental Hygiene|Mereport Technical College|51.0602||rdh|false|14500|2100
P04|Software Development|Mereport Technical College|11.0701|aws||true|9100|
P05|Cybersecurity|Larchford Community College|11.1003|secplus||true|8700|900
P06|Electrical Trades|Uplands Skills Center|46.0302||elec|false|6400|1200
P07|Elementary Teaching|Alder State College|13.1202||teach|false|21000|
P08|Respiratory Care|Mereport Technical College|51.0908|rrt||true|13200|1900
P09|Cosmetology|Plains Beauty School|12.0401|||true|11800|1500
P10|Culinary Arts|Plains Career Center|12.0503|servsafe||true|5200|600
P11|Music|Alder State College|50.0901|||false|18000|
P12|Welding|Uplands Skills Center|48.0508|weld||true|4800|700
P13|Computer Repair|Plains Career Center||aplus||true|3100|320
P14|Police Science|Larchford Community College|43.0107|post||true|5600|800
P15|Nursing Assistant|Plains Career Center|51.3902|cna||true|1200|75
"""


def _split(block: str) -> list[list[str]]:
    return [line.split("|") for line in block.strip().splitlines()]


def entries() -> list[list[str]]:
    """The rows of the state's own list: credential, tier, first day, last day, step … deleted on."""
    return _split(_LIST)


def _table(table: RawTable, rows: list[Json], leave_out: tuple[str, ...]) -> bytes:
    header = [c.name for c in table.columns if c.name not in leave_out]
    cells: list[Row] = [[row.get(name) for name in header] for row in rows]
    return csv_bytes([header, *cells])


def credential_list_csv() -> bytes:
    """The state's list: one row per credential, period and occupation."""
    codes: dict[str, str] = {}
    rows: list[Json] = []
    for key, tier, first, last, step, hours, credit, audience, socs, deleted in _split(_LIST):
        credential = CREDENTIALS[key]
        code = codes.setdefault(key, f"ALD-{len(codes) + 1:03d}")
        rows.extend(
            {
                "state_postal": state.POSTAL,
                "list_name": LIST_NAME,
                "source_code": code,
                "credential_name": credential.name,
                "soc_code": soc,
                "tier": f"Tier {tier}",
                "effective_from": first,
                "effective_to": last,
                "is_stepping_stone": "true" if step else "false",
                "training_hours": hours,
                "postsecondary_credits": credit,
                "audience": audience.replace(" ", "|"),
                "is_deleted": "true" if deleted else "false",
                "deleted_on": deleted,
            }
            for soc in socs.split()
        )
    rows.append(
        {
            **rows[-1],
            "source_code": f"ALD-{len(codes) + 1:03d}",
            "credential_name": OWN_NAME,
            "soc_code": "45-4029",
            "is_stepping_stone": "false",
        }
    )
    return _table(CREDENTIAL_LIST, rows, ("dirt",))


def cip_soc_csv() -> bytes:
    """The crosswalk's own header; the title carries the mark."""
    rows: list[Row] = [["SOC2018Code", "SOC2018Title", "CIP2020Code", "CIP2020Title"]]
    for cip, title, socs in _split(_CIP):
        marked = f"{title} ({state.MARK})"
        for soc in socs.split() or ["99-9999"]:
            known = occupations.detailed().get(soc)
            rows.append([soc, known.title if known else "NO MATCH", cip, marked])
    return csv_bytes(rows)


def programs_csv() -> bytes:
    """The state's programmes."""
    rows = [
        {
            "state_postal": state.POSTAL,
            "program_id": number,
            "program_name": name,
            "provider_name": f"{provider} ({state.MARK})",
            "cip_code": cip,
            "credential_name": CREDENTIALS[credential].name if credential else None,
            "licence_name": CREDENTIALS[licence].name if licence else None,
            "leads_to_credential": flag,
            "tuition_usd": tuition,
            "training_hours": hours,
        }
        for number, name, provider, cip, credential, licence, flag, tuition, hours in _split(_PROGRAMS)
    ]
    return _table(TRAINING_PROGRAMS, rows, ("has_flag_conflict",))


def verdicts_csv() -> bytes:
    """A filled review file about occupations: a person could not tell these titles either (J7)."""
    header = ("title", "verdict", "posting_feed", "posting_id", "reviewer_role", "review_date", "note")
    rows: list[Row] = [(title, "none", "", "", "labor market analyst", "2026-06-15", state.MARK) for title in UNCODABLE]
    return csv_bytes([header, *rows])


def lists_truth(as_of: str, area: Json) -> Json:
    """What changes against the state's list on `as_of`, and which programmes and credentials find no partner.

    Args:
        area: the state's entry of the truth about postings.
    """
    day_before = (dt.date.fromisoformat(as_of) - dt.timedelta(days=1)).isoformat()
    in_force = {
        CREDENTIALS[key].code: f"Tier {tier}"
        for key, tier, first, last, step, _, _, _, _, deleted in _split(_LIST)
        if first <= day_before and (not last or day_before <= last) and not step and not deleted
    }
    now = set(area["preliminary"])
    passing = {
        line["line_code"]: {c["credential_code"] for c in line["credentials"] if c["outcome"] == "pass"}
        for line in area["lines"]
        if line["is_priority"]
    }
    socs_of = {cip: socs.split() for cip, _, socs in _split(_CIP)}
    links: dict[str, set[str]] = {}
    for number, _, _, cip, credential, licence, *_ in _split(_PROGRAMS):
        named = {CREDENTIALS[key].code for key in (credential, licence) if key} & now
        for code, credentials in passing.items():
            if set(occupations.lines()[code].components or (code,)) & set(socs_of.get(cip, [])):
                named |= credentials
        links[number] = named
    reached: set[str] = set().union(*links.values())
    return {
        "list_before": {
            "in_force": dict(sorted(in_force.items())),
            "unknown_to_the_lexicon": [OWN_NAME],
            "added": sorted(now - set(in_force)),
            "removed": sorted(set(in_force) - now),
            "retained": sorted(now & set(in_force)),
        },
        "pathways": {
            "credentials_of_program": {number: sorted(codes) for number, codes in links.items()},
            "programs_without_credential": sorted(number for number, codes in links.items() if not codes),
            "credentials_without_program": sorted(now - reached),
        },
    }
