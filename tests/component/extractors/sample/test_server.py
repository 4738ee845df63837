"""Each manner of the services, and each fault that can be switched on."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from typing import Any

import pytest
import requests

from extractors.sample import SampleManifest, SampleServices
from extractors.sample.server import API_KEY, CONTACT

AGENT = {"User-Agent": "credential-currency/0 (+https://state.example; data@state.example)"}
KEY = {"X-API-Key": API_KEY}


def get(services: SampleServices, service: str, path: str, **options: Any) -> requests.Response:
    return requests.get(services.url(service) + path, timeout=5, **options)


# ----------------------------------------------------------------------------------------------- 1. Projections Central


@pytest.mark.parametrize("size", ["5", "20", "200", "500", "2000", "abc"])
def test_an_odd_page_size_is_404_in_plain_words(services: SampleServices, size: str) -> None:
    answer = get(services, "projections_central", f"/Projections/LongTermRestJson?items_per_page={size}")
    assert (answer.status_code, answer.text) == (404, "No results found.")


def test_an_area_without_data_gives_the_same_404(services: SampleServices) -> None:
    for path in (
        "/LongTermRestJson/32",
        "/LongTermRestJson/088",
        "/ShortTermRestJson/1",
        "/LongTermRestJson/88/99-9999",
    ):
        answer = get(services, "projections_central", "/Projections" + path)
        assert (answer.status_code, answer.text) == (404, "No results found.")


def test_pages_are_counted_from_zero_and_hold_every_row_once(services: SampleServices) -> None:
    first = get(services, "projections_central", "/Projections/LongTermRestJson").json()
    pager = first["pager"]
    assert (pager["current_page"], pager["items_per_page"], len(first["rows"])) == (0, 100, 100)
    rows = []
    for page in range(pager["total_pages"]):
        body = get(
            services, "projections_central", f"/Projections/LongTermRestJson?page={page}&items_per_page=100"
        ).json()
        assert body["pager"]["current_page"] == page
        rows.extend(body["rows"])
    assert len(rows) == pager["total_items"] == len({(r["STFIPS"], r["OccCode"]) for r in rows})
    beyond = get(services, "projections_central", "/Projections/LongTermRestJson?page=99").json()
    assert beyond["pager"]["current_page"] == pager["total_pages"] - 1


def test_areas_and_codes_are_joined_by_plus(services: SampleServices) -> None:
    both = get(services, "projections_central", "/Projections/LongTermRestJson/88+0?items_per_page=1000").json()["rows"]
    assert {r["STFIPS"] for r in both} == {"0", "88"} and both[0]["Area"].startswith(" United States")
    one = get(services, "projections_central", "/Projections/ShortTermRestJson/all/29-1141+13-2011").json()["rows"]
    assert {r["OccCode"] for r in one} == {"29-1141", "13-2011"}
    assert {(r["BaseYear"], r["ProjYear"]) for r in one} == {("2025", "2027")}


def test_only_one_cycle_is_served_and_it_can_be_changed(services: SampleServices) -> None:
    def years() -> set[str]:
        rows = get(services, "projections_central", "/Projections/LongTermRestJson/88?items_per_page=1000").json()[
            "rows"
        ]
        return {r["BaseYear"] for r in rows}

    assert years() == {"2024"}
    services.serve_cycle("2022-2032")
    assert years() == {"2022"}
    with pytest.raises(ValueError, match="no long cycle"):
        services.serve_cycle("1999-2009")


# ----------------------------------------------------------------------------------------------------------- 2. bls.gov


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("credential-currency/0 (+https://state.example)", 200),
        ("credential-currency/0 (data@state.example)", 200),
        ("credential-currency/0", 403),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", 403),
        ("python-requests/2.32", 403),
        ("", 403),
    ],
)
def test_bls_wants_a_contact(services: SampleServices, agent: str, status: int) -> None:
    path = "/oes/special-requests/oesm25nat.zip"
    assert get(services, "bls", path, headers={"User-Agent": agent}).status_code == status


def test_bls_zip_with_validators(services: SampleServices) -> None:
    path = "/oes/special-requests/oesm24st.zip"
    answer = get(services, "bls", path, headers=AGENT)
    assert answer.headers["Content-Type"] == "application/x-zip-compressed"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["oesm24st/state_M2024_dl.xlsx"]
    again = get(services, "bls", path, headers={**AGENT, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = get(services, "bls", path, headers={**AGENT, "If-Modified-Since": answer.headers["Last-Modified"]})
    assert since.status_code == 304
    changed = get(services, "bls", path, headers={**AGENT, "If-None-Match": '"other"'})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "path", ["/oes/special-requests/oesm19st.zip", "/oes/tables.htm", "/oes/special-requests/../manifest.json"]
)
def test_a_missing_bls_file_is_200_with_a_page(services: SampleServices, path: str) -> None:
    answer = get(services, "bls", path, headers=AGENT)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert answer.content.startswith(b"<!DOCTYPE html>")


def test_a_release_can_be_held_back(services: SampleServices) -> None:
    services.withhold("oesm25*")
    path = "/oes/special-requests/oesm25nat.zip"
    assert get(services, "bls", path, headers=AGENT).headers["Content-Type"].startswith("text/html")
    services.publish("oesm25*")
    assert get(services, "bls", path, headers=AGENT).content[:4] == b"PK\x03\x04"


def test_soc_tables(services: SampleServices) -> None:
    for path in (
        "/soc/2018/soc_structure_2018.xlsx",
        "/soc/2018/soc_2010_to_2018_crosswalk.xlsx",
        "/oes/oes_2019_hybrid_structure.xlsx",
    ):
        assert get(services, "bls", path, headers=AGENT).content[:4] == b"PK\x03\x04", path


# --------------------------------------------------------------------------------------------------------------- O*NET


def test_onet_downloads(services: SampleServices) -> None:
    for path in (
        "/dl_files/database/db_31_0_csv.zip",
        "/dl_files/database/db_30_1_text.zip",
        "/taxonomy/2019/soc/2019_to_SOC_Crosswalk.xlsx?fmt=xlsx",
    ):
        assert get(services, "onet", path).content[:4] == b"PK\x03\x04", path
    assert get(services, "onet", "/taxonomy/2019/soc/2019_to_SOC_Crosswalk.csv").text.startswith("O*NET-SOC 2019 Code,")
    assert get(services, "onet", "/dl_files/database/db_31_1_csv.zip").status_code == 404
    assert "db_31_0_csv.zip" in get(services, "onet", "/database.html").text


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}])
def test_web_services_without_the_key_answer_401_without_a_body(
    services: SampleServices, headers: dict[str, str]
) -> None:
    answer = get(services, "onet_api", "/database", headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")


def test_web_services_tables(services: SampleServices) -> None:
    index = get(services, "onet_api", "/database", headers=KEY).json()
    assert isinstance(index, list) and {"info", "rows", "table_id", "title", "description"} == set(index[0])
    info = requests.get(index[0]["info"], headers=KEY, timeout=5).json()
    assert info["column"][0]["column_id"] == "onetsoc_code" and "/31.0/" in info["data_dictionary"]
    rows = requests.get(index[0]["rows"], headers=KEY, timeout=5).json()
    assert (rows["start"], rows["end"], len(rows["row"])) == (1, 20, 20)


def test_next_is_there_until_the_last_window(services: SampleServices, sample: SampleManifest) -> None:
    url: str | None = services.url("onet_api") + "/database/rows/job_zones?start=1&end=100"
    rows: list[dict[str, Any]] = []
    windows = 0
    while url:
        body = requests.get(url, headers=KEY, timeout=5).json()
        rows.extend(body["row"])
        url, windows = body.get("next"), windows + 1
    assert windows == 3 and len(rows) == body["total"] == len({r["onetsoc_code"] for r in rows})
    assert [r["onetsoc_code"] for r in rows if r["job_zone"] is None] == ["17-2112.00"]
    assert all(isinstance(r["job_zone"], int) for r in rows if r["job_zone"] is not None)


@pytest.mark.parametrize(
    "path",
    [
        "/database/rows/job_zones?start=1&end=10000",
        "/database/rows/job_zones?start=0&end=5",
        "/database/rows/job_zones?start=x",
        "/database/rows/no_such_table",
        "/online/occupations/99-9999.00/details/job_zone",
        "/online/occupations/17-2112.00/details/job_zone",
        "/online/occupations/15-2051.00/details/education",
    ],
)
def test_422_is_json_with_an_error(services: SampleServices, path: str) -> None:
    answer = get(services, "onet_api", path, headers=KEY)
    assert answer.status_code == 422 and list(answer.json()) == ["error"]


def test_a_window_of_2000_is_the_largest(services: SampleServices) -> None:
    answer = get(services, "onet_api", "/database/rows/education?start=1&end=2000", headers=KEY)
    assert answer.status_code == 200 and len(answer.json()["row"]) == 2000
    assert get(services, "onet_api", "/database/rows/education?start=1&end=2001", headers=KEY).status_code == 422


def test_occupation_details(services: SampleServices) -> None:
    zone = get(services, "onet_api", "/online/occupations/29-1141.00/details/job_zone", headers=KEY).json()
    assert zone["code"] == 3 and zone["svp_range"] == "(6.0 to < 7.0)"
    education = get(services, "onet_api", "/online/occupations/29-1141.00/details/education", headers=KEY).json()
    assert set(education["response"][0]) == {"code", "title", "percentage_of_respondents"}
    listing = get(services, "onet_api", "/online/occupations", headers=KEY).json()
    assert listing["total"] == 215 and len(listing["occupation"]) == 20 and "next" in listing


# -------------------------------------------------------------------------------------------------------------- faults

PATH = "/Projections/LongTermRestJson/88?items_per_page=1000"


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "408", "422", "429", "500", "502", "503", "504"])
def test_status_faults_pass_after_their_budget(services: SampleServices, status: str) -> None:
    services.fault("/Projections/*", status, 2, retry_after="3")
    answers = [get(services, "projections_central", PATH) for _ in range(3)]
    assert [a.status_code for a in answers] == [int(status), int(status), 200]
    assert answers[0].headers["Retry-After"] == "3"


def test_a_fault_can_begin_later_and_be_cleared(services: SampleServices) -> None:
    services.fault("/Projections/*", "500", None, skip=1)
    assert [get(services, "projections_central", PATH).status_code for _ in range(3)] == [200, 500, 500]
    services.clear_faults()
    assert get(services, "projections_central", PATH).status_code == 200
    with pytest.raises(ValueError, match="unknown fault"):
        services.fault("*", "flood")


def test_html_empty_and_garbage(services: SampleServices) -> None:
    path = "/oes/special-requests/oesm25nat.zip"
    services.fault(path, "html")
    assert get(services, "bls", path, headers=AGENT).headers["Content-Type"] == "text/html"
    services.fault(path, "empty")
    assert get(services, "bls", path, headers=AGENT).content == b""
    services.fault("/Projections/*", "garbage")
    with pytest.raises(json.JSONDecodeError):
        get(services, "projections_central", PATH).json()


def test_truncated_reset_and_timeout(services: SampleServices) -> None:
    services.fault("/Projections/*", "truncated")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        get(services, "projections_central", PATH)
    services.fault("/Projections/*", "reset")
    with pytest.raises(requests.exceptions.ConnectionError):
        get(services, "projections_central", PATH)
    services.fault("/Projections/*", "timeout")
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(services.url("projections_central") + PATH, timeout=0.2)
    assert get(services, "projections_central", PATH).status_code == 200


def test_stopping_does_not_wait_for_a_silent_request(sample: SampleManifest) -> None:
    services = SampleServices(sample.folder).start()
    services.fault("/Projections/*", "timeout", delay_s=60)
    url = services.url("projections_central") + PATH

    def ask() -> None:
        with pytest.raises(requests.exceptions.RequestException):
            requests.get(url, timeout=20)

    client = threading.Thread(target=ask)
    client.start()
    while not services.seen("/Projections/*"):
        time.sleep(0.01)
    begun = time.monotonic()
    services.stop()
    client.join(5)
    assert not client.is_alive() and time.monotonic() - begun < 5


def test_redirect_to_another_host(services: SampleServices) -> None:
    services.fault("/database", "redirect", location=services.url("onet") + "/database.html")
    answer = get(services, "onet_api", "/database", headers=KEY)
    assert answer.url.endswith("/database.html") and answer.status_code == 200


def test_repeated_page_and_wrong_total(services: SampleServices) -> None:
    base = "/Projections/LongTermRestJson?items_per_page=100"
    services.fault("/Projections/*", "repeated_page", None)
    pages = [get(services, "projections_central", f"{base}&page={n}").json() for n in (0, 1)]
    assert pages[0]["rows"] == pages[1]["rows"] and pages[1]["pager"]["current_page"] == 1
    single = [get(services, "projections_central", f"{PATH}&page={n}").json() for n in (0, 1)]
    assert single[0]["pager"]["total_pages"] == 2 and single[0]["rows"] == single[1]["rows"]
    services.clear_faults()
    total = get(services, "projections_central", base).json()["pager"]["total_items"]
    services.fault("/Projections/*", "wrong_total")
    assert get(services, "projections_central", base).json()["pager"]["total_items"] == total + 7
    windows = [f"/database/rows/education?start={s}&end={s + 999}" for s in (1, 1001)]
    services.fault("/database/rows/*", "repeated_page", None)
    first, second = (get(services, "onet_api", w, headers=KEY).json() for w in windows)
    assert first["row"] == second["row"] and second["start"] == 1001


# ------------------------------------------------------------------------------------------------------- the rest of it


def test_environment_and_the_record_of_requests(services: SampleServices) -> None:
    plain = services.environment()
    assert plain["CURRENCY_CONTACT"] == CONTACT and plain["CURRENCY_SAMPLE"] == "1"
    hosts = [v for k, v in plain.items() if k.endswith("_URL")]
    assert len(set(hosts)) == 4 and all(h.startswith("http://127.0.0.1:") for h in hosts)
    assert "ONET_API_KEY" not in plain
    full = services.environment(with_key=True, fast=True)
    assert full["ONET_API_KEY"] == API_KEY and full["CURRENCY_HTTP_PACE_S"] == "0"
    get(services, "onet_api", "/about?x=1", headers=KEY)
    (request,) = services.seen("/about")
    assert (request.service, dict(request.query)) == ("onet_api", {"x": "1"})
    assert request.headers["x-api-key"] == API_KEY


def test_everything_served_says_that_it_is_a_sample(services: SampleServices) -> None:
    assert get(services, "projections_central", PATH).headers["X-Sample"].startswith("SAMPLE DATA")
    assert requests.post(services.url("onet_api") + "/database", timeout=5).status_code == 405
