"""The sample's exports of postings against their truth: read from the written files, counted again with other code."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from extractors.sample import SampleManifest, occupations, state
from extractors.sample.postings.design import WINDOW

Row = dict[str, Any]
FEEDS = ("lightcast", "nlx", "boards")


@pytest.fixture(scope="module")
def truth(sample: SampleManifest) -> dict[str, Any]:
    postings: dict[str, Any] = sample.truth()["postings"]
    return postings


@pytest.fixture(scope="module")
def per_row(sample_folder: Path) -> dict[str, Row]:
    with (sample_folder / "truth_postings.csv").open(newline="") as stream:
        return {row["posting_id"]: row for row in csv.DictReader(stream)}


def _lightcast(row: dict[str, str]) -> Row:
    return {
        "id": row["ID"], "title": row["TITLE_RAW"], "text": row["BODY"], "day": row["POSTED"],
        "employer": row["COMPANY_NAME"], "city": row["CITY_NAME"].removesuffix(", XA"), "county": row["COUNTY"],
        "code": row["ONET_2019"], "credentials": json.loads(row["CERTIFICATIONS_NAME"]),
    }  # fmt: skip


def _nlx(row: dict[str, str]) -> Row:
    return {
        "id": row["system_job_id"], "title": row["title"], "text": row["description"], "day": row["created_date"][:10],
        "employer": row["application_company"], "city": row["city"], "zip": row["zipcode"],
        "code": row["classifications_onet_code_25"] or row["classifications_onet_code"],
        "old": row["classifications_onet_code"], "positions": row["parameters_positions_max"],
    }  # fmt: skip


def _board(row: dict[str, Any]) -> Row:
    markup = html.unescape(row["description"])
    text = re.sub(r"</?p>|</li>", "\n", markup).replace("<li>", "• ")
    return {
        "id": row["@id"], "title": row["title"], "text": html.unescape(text), "day": row["datePosted"],
        "employer": row["hiringOrganization"]["name"], "city": row["jobLocation"]["address"]["addressLocality"],
        "zip": row["jobLocation"]["address"]["postalCode"], "code": row.get("occupationalCategory", ""),
        "positions": str(row.get("totalJobOpenings", "")),
    }  # fmt: skip


@pytest.fixture(scope="module")
def exported(sample: SampleManifest, truth: dict[str, Any]) -> dict[str, list[Row]]:
    """Every record of the files, as it stands there."""
    result: dict[str, list[Row]] = {}
    for feed in truth["feeds"]:
        content = (sample.folder / feed["file"]).read_text(encoding="utf-8")
        if feed["feed"] == "boards":
            lines = content.splitlines()
            good = []
            for line in lines:
                try:
                    good.append(_board(json.loads(line)))
                except json.JSONDecodeError:
                    good.append({"id": None})
            result["boards"] = good
        else:
            read = _lightcast if feed["feed"] == "lightcast" else _nlx
            result[feed["feed"]] = [read(row) for row in csv.DictReader(io.StringIO(content, newline=""))]
    return result


def used(rows: list[Row]) -> list[Row]:
    """The rows that an honest reader keeps: the first of each id, with a title and a day."""
    seen: dict[str, Row] = {}
    for row in rows:
        if row["id"] is None or not row["title"]:
            continue
        try:
            dt.date.fromisoformat(row["day"])
        except ValueError:
            continue
        seen.setdefault(row["id"], row)
    return list(seen.values())


def test_records_and_bad_rows_are_as_many_as_the_truth_says(
    exported: dict[str, list[Row]], truth: dict[str, Any], per_row: dict[str, Row]
) -> None:
    for feed in truth["feeds"]:
        rows = exported[feed["feed"]]
        assert len(rows) == feed["records"]
        kept = used(rows)
        assert len(kept) == feed["good"]
        assert {r["id"] for r in kept} == {i for i, t in per_row.items() if t["feed"] == feed["feed"]}
        assert sum(r["id"] is None for r in rows) == feed.get("broken_record", 0)
        assert sum(r["id"] is not None and not r["title"] for r in rows) == feed["empty_title"] == 2
        first = {r["id"]: r for r in reversed(rows) if r["id"]}
        again = [r for r in rows if r["id"] and r is not first[r["id"]]]
        same = [r for r in again if r["text"] == first[r["id"]]["text"]]
        assert len(same) == feed["repeated_row"] and len(again) - len(same) == feed["id_with_two_texts"]
        assert sum("@" in r["text"] for r in kept) == feed["email_rows"]
        assert sum("555-01" in r["text"] for r in kept) == feed["phone_rows"]


def test_each_layout_tells_what_its_source_tells(exported: dict[str, list[Row]], per_row: dict[str, Row]) -> None:
    counties = {c.fips: r.code for r in state.regions() for c in r.counties}
    zips = {z: r.code for r in state.regions() for z in r.zips}
    for feed in FEEDS:
        for row in used(exported[feed]):
            meant = per_row[row["id"]]
            assert row["day"] == meant["posted_date"] and row["city"] == meant["city"]
            region = counties.get(row["county"], "") if feed == "lightcast" else zips.get(row["zip"], "")
            assert region == meant["region"]
            assert row["employer"].lower().removesuffix(", inc.") == meant["employer"].lower()
            assert (row["code"] != "") == (meant["source_soc_code"] != "")
            if feed != "nlx" and row["code"]:
                assert row["code"][:7] == meant["soc_code"]
            if feed != "lightcast":
                assert row["positions"] in ("", meant["positions"])
    assert any(row["old"] for row in exported["nlx"])


def test_one_opening_reads_the_same_in_every_layout(exported: dict[str, list[Row]], per_row: dict[str, Row]) -> None:
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for feed in FEEDS:
        for row in used(exported[feed]):
            meant = per_row[row["id"]]
            if meant["copy_kind"] == "original" or meant["copy_kind"] == "other_site":
                lines = {line.strip() for line in row["text"].splitlines() if line.startswith("• ")}
                texts[meant["job_id"]][feed] = "\n".join(sorted(lines))
    several = [t for t in texts.values() if len(t) > 1]
    assert len(several) > 100 and all(len(set(t.values())) == 1 for t in several)


@pytest.fixture(scope="module")
def openings(exported: dict[str, list[Row]], per_row: dict[str, Row]) -> list[dict[str, Any]]:
    """True openings of the window, gathered from the rows of the files: whole ads only, any of them speaks."""
    result: dict[str, dict[str, Any]] = {}
    for feed in FEEDS:
        for row in used(exported[feed]):
            meant = per_row[row["id"]]
            if not WINDOW[0].isoformat() <= row["day"] <= WINDOW[1].isoformat():
                continue
            one = result.setdefault(
                meant["job_id"],
                {"soc": meant["soc_code"], "region": meant["region"], "employer": meant["employer"], "positions": 1},
            )
            one["positions"] = max(one["positions"], int(row.get("positions") or 1))
            codes, kinds = meant["credential_codes"].split("|"), meant["credential_classes"].split("|")
            one["asks"] = dict(zip(codes, kinds, strict=True)) if codes != [""] else {}
    return list(result.values())


def test_every_count_of_every_line_and_area(openings: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    assert truth["unique_postings"] == len(openings)
    compared = 0
    for area in truth["areas"]:
        inside = [o for o in openings if area["region_code"] in (None, o["region"])]
        assert len(inside) == area["unique_postings"]
        for line in area["lines"]:
            parts = occupations.lines()[line["line_code"]].components or (line["line_code"],)
            mine = [o for o in inside if o["soc"] in parts]
            assert len(mine) == line["unique_postings"]
            assert sum(min(o["positions"], 50) for o in mine) == line["weighted_postings"]
            assert len({o["employer"] for o in mine}) == line["employers"]
            asks: dict[str, Counter[str]] = defaultdict(Counter)
            employers: dict[str, set[str]] = defaultdict(set)
            for o in mine:
                for code, kind in o["asks"].items():
                    asks[code][kind] += 1
                    if kind != "mention":
                        employers[code].add(o["employer"])
            assert set(asks) == {c["credential_code"] for c in line["credentials"]}
            for c in line["credentials"]:
                code = c["credential_code"]
                got = {k: asks[code][k] for k in ("required", "preferred", "after_hire", "mention")}
                assert got == {k: c[k] for k in got}
                assert c["postings"] == got["required"] + got["preferred"] + got["after_hire"]
                assert c["employers"] == len(employers[code])
                assert c["pct_postings"] == pytest.approx(100 * c["postings"] / len(mine), abs=1e-6)
                low, high = c["wilson_pct"]
                assert low - 1e-9 <= c["pct_postings"] <= high + 1e-9
                passes = c["pct_postings"] >= 5 and c["postings"] >= 10 and c["employers"] >= 3
                assert (c["outcome"] == "pass") == (passes and line["is_priority"])
                compared += 1
    assert compared > 200


def test_preliminary_lists_are_what_passes(truth: dict[str, Any], sample: SampleManifest) -> None:
    by_area = {a["area_id"]: a for a in truth["areas"]}
    for area in truth["areas"]:
        passed = {c["credential_code"] for x in area["lines"] for c in x["credentials"] if c["outcome"] == "pass"}
        assert area["preliminary"] == sorted(passed) == truth["preliminary"][area["area_id"]]
        assert truth["preliminary_by_evidence"]["asked"][area["area_id"]] == area["preliminary"]
        for stricter, looser in (("required", "required_or_preferred"), ("required_or_preferred", "asked")):
            kept = truth["preliminary_by_evidence"]
            assert set(kept[stricter][area["area_id"]]) <= set(kept[looser][area["area_id"]])
    assert by_area["XA"]["priority_lines"] == sample.truth()["lists"][0]["listed"]


def test_the_sample_shows_every_outcome(truth: dict[str, Any]) -> None:
    states, *regions = truth["areas"]
    found = {
        (x["line_code"], truth["credential_names"][c["credential_code"]]): (tuple(c["missed_tests"]), c)
        for x in states["lines"]
        if x["is_priority"]
        for c in x["credentials"]
    }
    missed = Counter(m for m, c in found.values() if c["outcome"] in ("near_miss", "fail"))
    assert missed[("min_pct_postings",)] and missed[("min_postings",)] and missed[("min_employers",)]
    outcomes = Counter(c["outcome"] for _, c in found.values())
    assert {"pass", "near_miss", "fail", "not_evidence"} <= set(outcomes)
    assert any(c["outcome"] == "pass" and c["is_borderline"] for _, c in found.values())
    assert any(c["outcome"] == "near_miss" and c["is_borderline"] for _, c in found.values())
    assert any(c["outcome"] == "pass" and c["postings"] == 10 for _, c in found.values())
    assert any(c["outcome"] == "near_miss" and c["postings"] == 9 for _, c in found.values())
    # passes in one region alone: once on a line that the state lists too, once on a line that only the region lists
    only_there = [set(r["preliminary"]) - set(states["preliminary"]) for r in regions]
    assert sum(map(bool, only_there)) == 2
    assert any(s["area_id"] == "XA" for s in truth["stepping_stones"])
    assert truth["preliminary_by_evidence"]["required"]["XA"] != states["preliminary"]


def test_ads_before_and_after_the_window_would_change_the_list(per_row: dict[str, Row]) -> None:
    days = Counter(
        "before" if row["posted_date"] < "2025-07-01" else "after" if row["posted_date"] > "2026-06-30" else "inside"
        for row in per_row.values()
    )
    assert days["before"] > 100 and days["after"] > 150 and days["inside"] > 1_500
    border = {"2025-06-30", "2025-07-01", "2026-06-30", "2026-07-01"}
    assert not border & {row["posted_date"] for row in per_row.values()}
    spans = defaultdict(set)
    for row in per_row.values():
        spans[row["job_id"]].add((row["posted_date"] >= "2025-07-01") + (row["posted_date"] > "2026-06-30"))
    assert all(len(sides) == 1 for sides in spans.values())


def test_hard_titles_and_unmapped_places_are_few_and_known(per_row: dict[str, Row], truth: dict[str, Any]) -> None:
    assert truth["uncodable_openings"] == 40 and truth["unmapped_openings"] == 7
    hard = [row for row in per_row.values() if not row["soc_code"]]
    assert all(not row["source_soc_code"] and not row["credential_codes"] for row in hard)
    assert 0.15 < sum(not row["source_soc_code"] for row in per_row.values()) / len(per_row) < 0.35


def test_duplicates_are_counted(per_row: dict[str, Row], truth: dict[str, Any]) -> None:
    sizes = Counter(row["job_id"] for row in per_row.values())
    assert truth["duplicates"]["rows"] == len(per_row) == sum(f["good"] for f in truth["feeds"])
    assert truth["duplicates"]["openings"] == len(sizes)
    assert truth["duplicates"]["pairs"] == sum(n * (n - 1) // 2 for n in sizes.values())
    kinds = Counter(row["copy_kind"] for row in per_row.values())
    assert dict(kinds) == truth["duplicates"]["rows_by_kind"] and len(kinds) == 8


def test_captures_of_postings_carry_feed_and_delivery(sample: SampleManifest) -> None:
    entries = [e for e in sample.datasets if e.dataset == "job_postings"]
    assert [e.captured_as for e in entries] == [f"job_postings@XA+{feed}+2026-10" for feed in FEEDS]
    assert [e.rows for e in entries] == [f["records"] for f in sample.truth()["postings"]["feeds"]]
