"""Real lists, registry samples and crosswalks about credentials, counted by the tests' own reading."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from extractors.failures import PermanentFailure
from extractors.model import Capture, FetchedFile, ParsedTable
from extractors.sources import REGISTRY
from warehouse.paths import CHECKOUT, DataRoot

DATA = Path(os.environ.get("CURRENCY_REALDATA_DIR") or CHECKOUT.parent / "shared" / "data")
INDUSTRY = DATA / "credentials" / "nj" / "TBLINDUSTRYCREDENTIAL_DATA_TABLE.csv"
LICENSES = DATA / "credentials" / "nj" / "TBLLICENSE_DATA_TABLE.csv"
PROGRAMS = DATA / "credentials" / "nj" / "nj_etpl_programs_2021_2023_no_contacts.csv.gz"
CIP_SOC = DATA / "labor" / "crosswalks" / "soc2018_cip2020_crosswalk.csv"
CTDL = DATA / "credentials" / "ctdl_samples"
SAMPLES = DATA.parent / "samples"
FINDER = SAMPLES / "careeronestop_v1_certificationfinder.json"
SCHEMA_FILE = "schema_ce_registry_credential.json"


def at_hand(*paths: Path) -> tuple[Path, ...]:
    """The paths; skips with a reason where one is absent."""
    missing = [p for p in paths if not p.exists()]
    if missing:
        pytest.skip(
            f"the real files are not at hand ({missing[0]}); set CURRENCY_REALDATA_DIR to the folder of the data"
        )
    return paths


def parse(dataset: str, *paths: Path) -> dict[str, ParsedTable]:
    """The tables of one capture of these files, their accounts closed."""
    capture = Capture(
        dataset, "2026-00000000", "2026", at_hand(*paths)[0].parent, tuple(p.name for p in paths), "draft", {}
    )
    parsed = REGISTRY[dataset.partition("@")[0]].parse(capture)
    for p in parsed:
        assert p.rows_in == p.table.num_rows + sum(p.excluded.values()) + len(p.quarantined)
    return {p.raw_table.name: p for p in parsed}


def published(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV as they are."""
    at_hand(path)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def dirt(table: ParsedTable) -> Counter[str]:
    return Counter(w for d in table.table["dirt"].to_pylist() if d for w in d.split("|"))


# ------------------------------------------------------------------------------------------------------- states' lists


def test_new_jerseys_industry_credentials() -> None:
    """2,041 rows, all used; blanks and deletions as the file has them."""
    table, source = parse("credential_list@NJ", INDUSTRY)["credentials"], published(INDUSTRY)
    rows = table.table.to_pylist()
    assert (table.rows_in, len(rows), table.excluded, table.quarantined) == (2041, 2041, {}, [])
    assert [r["source_code"] for r in rows] == [s["ID"] for s in source]
    assert [r["credential_name"] for r in rows] == [s["NAME"].strip() for s in source]
    assert sum(r["is_deleted"] for r in rows) == sum(s["ISDELETED"] == "1" for s in source) == 264
    assert sum(r["deleted_on"] is not None for r in rows) == sum(bool(s["DATEDELETED"]) for s in source) == 246
    assert dirt(table) == {
        "duplicate_name": 154,
        "surrounding_space": sum(s["NAME"] != s["NAME"].strip() for s in source),
        "double_space": sum("  " in s["NAME"].strip() for s in source),
        "truncated_name": 13,
        "soft_deleted": 264,
    }
    groups = Counter(REGISTRY["credential_list"].name_key(s["NAME"]) for s in source)
    assert (sum(n for n in groups.values() if n > 1), sum(n - 1 for n in groups.values())) == (154, 80)


def test_names_that_are_known_to_be_cut() -> None:
    rows = parse("credential_list@NJ", INDUSTRY)["credentials"].table.to_pylist()
    cut = {r["credential_name"] for r in rows if "truncated_name" in (r["dirt"] or "")}
    assert {
        "Master Business Continuity Professional (MBCP",
        "Lucent Technologies Certified Technical Expert:  Remote Acces",
    } < cut
    assert any(n.endswith("(Adult Echocardiograp") for n in cut) and any(n.endswith("Self-Assess") for n in cut)


def test_new_jerseys_licences() -> None:
    """228 rows; 223 codes, two of them repaired and six left empty."""
    table, source = parse("credential_list@NJ", LICENSES)["credentials"], published(LICENSES)
    rows = table.table.to_pylist()
    assert (table.rows_in, len(rows), table.excluded, table.quarantined) == (228, 228, {}, [])
    odd = {s["CODE"]: r["soc_code"] for s, r in zip(source, rows, strict=True) if "odd_code" in (r["dirt"] or "")}
    assert odd == {
        "989": None,
        "709": None,
        "708": None,
        "806": None,
        "511605": None,
        "99-9999.00": None,
        "13.2072.00": "13-2072",
        "41.2031.00": "41-2031",
    }
    usual = [(s["CODE"], r["soc_code"]) for s, r in zip(source, rows, strict=True) if s["CODE"] not in odd]
    assert all(soc == (code[:7] or None) for code, soc in usual)
    assert sum(r["soc_code"] is not None for r in rows) == 217
    assert dirt(table) == {"soft_deleted": 22, "duplicate_name": 10, "odd_code": 8, "double_space": 1}


def test_new_jerseys_programmes() -> None:
    """1,329 rows; 18 CIP codes get their zero back; 777 + 61 contradictions."""
    source = published(PROGRAMS)
    table = parse("training_programs@NJ", PROGRAMS)["programs"]
    rows = table.table.to_pylist()
    assert (table.rows_in, len(rows), table.excluded, table.quarantined) == (1329, 1329, {}, [])
    assert [r["cip_code"].replace(".", "") for r in rows] == [s["cipcode"].zfill(6) for s in source]
    cip = REGISTRY["cip_soc_crosswalk"]
    assert cip.restored_zeros(s["cipcode"] for s in source) == sum(len(s["cipcode"]) == 5 for s in source) == 18
    conflicts = Counter(r["leads_to_credential"] for r in rows if r["has_flag_conflict"])
    assert conflicts == {True: 777, False: 61}
    assert sum(r["credential_name"] is not None for r in rows) == sum(
        bool(s["industrycredentialname"].strip()) for s in source
    )
    assert sum(r["licence_name"] is not None for r in rows) == 165
    assert not any(str(r["program_name"]).startswith('"') or str(r["provider_name"]).startswith('"') for r in rows)
    assert sum(r["tuition_usd"] for r in rows) == sum(float(s["tuition"]) for s in source)


def test_programmes_and_lists_refer_to_each_other() -> None:
    """Both tables tell a credential by its ID: every licence of a programme is on the list under it."""
    licences = {
        r["source_code"]: r["credential_name"]
        for r in parse("credential_list@NJ", LICENSES)["credentials"].table.to_pylist()
    }
    awarded = {
        (s["licenseawarded"], s["licenseawardedname"].strip()) for s in published(PROGRAMS) if s["licenseawarded"]
    }
    assert awarded and all(licences[code] == name for code, name in awarded)


# ----------------------------------------------------------------------------------------------------------- crosswalk


def test_cip_to_soc() -> None:
    """6,093 pairs; 194 programmes without an occupation, 180 occupations without a programme."""
    table, source = parse("cip_soc_crosswalk", CIP_SOC)["pairs"], published(CIP_SOC)
    assert (table.rows_in, table.table.num_rows, table.excluded, table.quarantined) == (6093, 6093, {}, [])
    assert table.table["soc_code"].null_count == sum(s["SOC2018Code"] == "99-9999" for s in source) == 194
    assert table.table["cip_code"].null_count == sum(s["CIP2020Code"] == "99.9999" for s in source) == 180
    assert all(re.fullmatch(r"\d\d\.\d{4}", c) for c in table.table["cip_code"].drop_null().to_pylist())


# ------------------------------------------------------------------------------------------------ registry and finder


def test_ctdl_samples() -> None:
    """Nine examples and six fixtures: 28 nodes, five credentials, one record from before CTIDs."""
    at_hand(CTDL)
    tables = parse("credential_registry", *sorted(p for p in CTDL.glob("*.json") if p.name != SCHEMA_FILE))
    credentials = tables["credentials"]
    assert (credentials.rows_in, credentials.table.num_rows) == (28, 5)
    assert credentials.excluded == {
        "not a credential: ceterms:Course": 6,
        "not a credential: ceterms:CredentialOrganization": 9,
        "not a credential: ceterms:LearningProgram": 3,
        "not a credential: ceterms:Organization": 1,
        "not a credential: ceterms:QACredentialOrganization": 3,
    }
    assert [q["value"][:9] for q in credentials.quarantined] == ["urn:ctid:"]
    cota = next(r for r in credentials.table.to_pylist() if "COTA" in r["credential_name"])
    assert (cota["ctdl_type"], cota["status"], cota["owner_name"]) == ("ceterms:Certification", "Active", None)
    codes = Counter((r["ctid"] == cota["ctid"], r["framework"]) for r in tables["alignments"].table.to_pylist())
    assert codes == {(True, "occupation"): 2, (True, "industry"): 12}
    actions = {(r["action"], r["agent_name"]) for r in tables["quality_actions"].table.to_pylist()}
    assert ("recognized", "Example Town Cyber Security Jobs Center") in actions
    assert ("regulated", "Indiana University East") in actions


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("credentialengine_ctdl_graph_example.json", (1, 0, 1)),
        ("credentialengine_registry_search_envelope_shape.json", (1, 1, 1)),
        ("credentialengine_search_api_response_shape.json", (1, 1, 0)),
        ("credentialengine_ctdl_organization_example.json", (0, 0, 0)),
        ("credentialengine_cer_legacy_credential.json", (0, 0, 0)),
    ],
)
def test_shapes_of_the_registry(name: str, counts: tuple[int, int, int]) -> None:
    tables = parse("credential_registry", SAMPLES / name)
    assert tuple(t.table.num_rows for t in tables.values()) == counts


@pytest.mark.parametrize("path", [SAMPLES / "credentialengine_registry_404.json", CTDL / SCHEMA_FILE])
def test_what_is_no_record_of_the_registry(path: Path) -> None:
    with pytest.raises(PermanentFailure, match=r"the registry answers|the file holds"):
        parse("credential_registry", path)


def test_the_classes_of_the_registrys_own_schema() -> None:
    """Every class that the registry accepts as a credential is taken for one."""
    at_hand(CTDL)
    schema = (CTDL / SCHEMA_FILE).read_text(encoding="utf-8")
    classes = set(re.findall(r'"@type":\s*\{\s*"enum":\s*\[\s*"(ceterms:\w+)"', schema.split('"anyOf"')[0] + schema))
    credentials = {c for c in classes if f'"#/definitions/{c}"' in schema.partition('"definitions"')[0]}
    known = REGISTRY["credential_registry"]._CREDENTIAL_CLASS
    assert len(credentials) >= 20 and all(known.fullmatch(c) for c in credentials)


def test_a_real_answer_of_the_certification_finder() -> None:
    table = parse("certification_finder", FINDER)["certifications"]
    found: list[dict[str, Any]] = table.table.to_pylist()
    assert [(r["certification_id"], r["accreditors"], r["is_in_demand"]) for r in found] == [
        ("6126-C", "NCCA|MILITARY|ABNS", True),
        ("6132-C", "NCCA|ANSI|ABNS", True),
    ]


# ---------------------------------------------------------------------------------------------------------- end to end


@pytest.mark.parametrize(
    ("dataset", "paths", "options", "vintage", "used"),
    [
        ("credential_list", (INDUSTRY, LICENSES), {"state": "NJ"}, "2020", {"credentials": 2269}),
        ("training_programs", (PROGRAMS,), {"state": "NJ"}, "2023", {"programs": 1329}),
        ("cip_soc_crosswalk", (CIP_SOC,), {}, "2020", {"pairs": 6093}),
        ("certification_finder", (FINDER,), {"vintage": "2021-06"}, "2021-06", {"certifications": 2}),
        (
            "credential_registry",
            (SAMPLES / "credentialengine_registry_search_envelope_shape.json",),
            {"vintage": "2026-08"},
            "2026-08",
            {"credentials": 1, "alignments": 1, "quality_actions": 1},
        ),
    ],
)
def test_import_gate_and_acceptance(
    dataset: str, paths: tuple[Path, ...], options: dict[str, str], vintage: str, used: dict[str, int], tmp_path: Path
) -> None:
    """The one way in: import, parser, landing gate, acceptance; no check of the gate speaks up."""
    from extractors import ingest
    from orchestration.landing import land

    root = DataRoot(tmp_path / "data").ensure()
    result = ingest.import_file(root, dataset, at_hand(*paths), **options).raise_if_failed()
    assert result.capture is not None and result.capture.vintage == vintage
    landing = land(root, result.capture)
    assert landing.outcome == "accepted", landing.problem
    assert {name.partition("__")[2]: table.used for name, table in landing.tables.items()} == used
    assert all(check.success for table in landing.tables.values() for check in table.verdict.checks)


def test_the_files_show_their_vintage() -> None:
    """Newest year of creation, change and deletion."""
    at_hand(INDUSTRY, LICENSES, PROGRAMS)
    for source, path, vintage in (
        ("credential_list", INDUSTRY, "2020"),
        ("credential_list", LICENSES, "2020"),
        ("training_programs", PROGRAMS, "2023"),
    ):
        assert REGISTRY[source].vintage_of([FetchedFile(path.name, path)]) == vintage
