"""Records: inserted, filtered by location and least height, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.api import Api

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = {"start": BEGIN.isoformat(), "stop": (BEGIN + timedelta(days=1)).isoformat()}
INSERT, QUERY, LIST = "/write/waves/insert", "/read/waves/query", "/read/waves/list"


@pytest.fixture(scope="module", autouse=True)
def waves(api: Api) -> None:
    """Twelve records of two places, at six times."""
    for number in range(12):
        at = (BEGIN + timedelta(hours=number // 2)).isoformat()
        place = ("Hanalei", "north shore")[number % 2]
        answer = api.post(INSERT, {"location": place, "height": number * 0.5, "time": at})
        assert answer.status_code == 201, answer.text


def heights(api: Api, path: str = QUERY, **asked: Any) -> list[float]:
    answer = api.get(path, **asked)
    assert answer.status_code == 200, answer.text
    return [record["height"] for record in answer.json()["records"]]


def test_a_record_is_answered_as_it_is_stored(api: Api) -> None:
    """The replaced system answered 200 with a location that was not the stored one."""
    given = {"location": " Waimea Bay ", "height": 3, "time": "2025-01-01T10:00:00+02:00"}
    answer = api.post(INSERT, given)
    assert answer.status_code == 201
    stored = {"location": "waimea bay", "height": 3.0, "time": "2025-01-01T08:00:00Z"}
    assert answer.json() == {"bucket": "waves", **stored}
    assert api.get(QUERY, location="WAIMEA bay").json()["records"] == [stored]


def test_the_least_height_is_a_number(api: Api) -> None:
    """The replaced system compared the name of the field with a text, and everything passed."""
    start = BEGIN.isoformat()
    assert heights(api, min_height=4.5, start=start) == [5.5, 5.0, 4.5]
    assert heights(api, min_height=4.5, location="hanalei", start=start) == [5.0]
    assert heights(api, min_height=0, location="hanalei", start=start)[-1] == 0.0
    assert heights(api, min_height=-1, start=start)[-1] == 0.0


def test_everything_is_listed_and_a_span_of_it(api: Api) -> None:
    """The replaced system listed ten minutes."""
    start, stop = BEGIN + timedelta(hours=1), BEGIN + timedelta(hours=2)
    assert set(heights(api, LIST)) >= {number * 0.5 for number in range(12)}
    assert sorted(heights(api, LIST, start=start.isoformat(), stop=stop.isoformat())) == [1.0, 1.5]


@pytest.mark.parametrize("limit", [1, 3, 5])
def test_pages_join_to_the_whole(api: Api, limit: int) -> None:
    """Two records of one time come on two pages when a page ends between them."""
    asked: dict[str, Any] = {**SPAN, "limit": limit}
    found: list[float] = []
    while True:
        page = api.get(LIST, **asked).json()
        found += [record["height"] for record in page["records"]]
        if not page["next_cursor"]:
            break
        asked["cursor"] = page["next_cursor"]
    assert found == heights(api, LIST, **SPAN)
    assert len(found) == 12


def test_a_point_without_location_is_a_record_without_one(api: Api, client: Influx) -> None:
    """One such point made the replaced system answer 500."""
    line = f"surf_heights height=9 {int(BEGIN.timestamp()) - 60}"
    client.write_lines(line.encode(), bucket="waves", precision="s")
    record = api.get(LIST, stop=BEGIN.isoformat(), limit=1).json()["records"][0]
    assert (record["location"], record["height"]) == (None, 9.0)


@pytest.mark.parametrize("bucket", ["hidden", "monitoring", "_monitoring", "nothing", 'x") |> y('])
def test_a_bucket_that_no_file_declares_for_the_api_is_not_found(api: Api, bucket: str) -> None:
    """`hidden` and `monitoring` are there, and declared without `api: true`."""
    for answer in (
        api.get(f"/read/{bucket}/list"),
        api.post(f"/write/{bucket}/insert", {"location": "a", "height": 1}),
    ):
        assert answer.status_code == 404
        assert "api: true" in answer.json()["detail"]


def test_a_declared_bucket_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.get("/read/gone/list").status_code == 404
    assert api.post("/write/gone/insert", {"location": "a", "height": 1}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"location": "", "height": 1},
        {"location": "  ", "height": 1},
        {"location": "a", "height": "high"},
        {"location": "a", "height": 1, "time": "2026-01-01T00:00:00"},
        {"location": "a", "height": 1, "time": "2500-01-01T00:00:00Z"},
        {"location": "a\nb", "height": 1},
    ],
)
def test_a_record_that_cannot_be_stored_is_told(api: Api, body: dict[str, Any]) -> None:
    answer = api.post(INSERT, body)
    assert answer.status_code == 422, answer.text


def test_a_height_of_another_type_than_the_stored_one_is_told(api: Api, client: Influx) -> None:
    bucket = client.create_bucket("conflict", retention_seconds=0)
    client.write_lines(b"surf_heights,location=a height=1i", bucket=bucket.name)
    (api.settings.estate / "conflict.yaml").write_text("- {name: conflict, api: true}\n")
    answer = api.post("/write/conflict/insert", {"location": "a", "height": 1.5})
    assert answer.status_code == 422
    assert "height" in answer.json()["detail"]
    assert heights(api, "/read/conflict/list") == [1.0]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": 10_001},
        {"cursor": "x"},
        {"cursor": "1.-1"},
        {"min_height": "nan"},
        {"min_height": "tall"},
        {"start": "yesterday"},
    ],
)
def test_what_cannot_be_asked_is_told(api: Api, asked: dict[str, Any]) -> None:
    assert api.get(QUERY, **asked).status_code == 422
