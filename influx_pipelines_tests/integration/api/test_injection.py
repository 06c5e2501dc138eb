"""Texts of every kind in every parameter: they are values, never a part of a query."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.api import WEBHOOK, Api, posted

HOSTILE = [
    '" or true or r.location == "',
    '") |> yield(name: "x") //',
    "${params.bucket}",
    "\\",
    '"\n)|>range(start:0)//',
    "' OR '1'='1",
    "'; DROP TABLE alert_status; --",
    "%",
    "_",
    "a%' --",
    "*",
    "\x00",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=20))
# Nothing that was written is called so.
MARK = "\u2042"
BOUNDED = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", autouse=True)
def stored(api: Api, client: Influx) -> None:
    """One of everything that a query could give away."""
    secret = {"location": "secret", "height": 1}
    assert api.post("/write/waves/insert", secret).status_code == 201
    assert api.post("/influxdb/alert", posted(host="secret"), token=WEBHOOK).status_code == 200
    client.write_lines(b"cpu,host=secret,cpu=cpu-total usage_user=1", bucket="monitoring")


def answered(api: Api, path: str, status: set[int], **asked: Any) -> Any:
    answer = api.get(path, **asked)
    assert answer.status_code in status, (answer.status_code, answer.text)
    assert "secret" not in answer.text
    return answer.json()


@BOUNDED
@given(text=TEXTS)
def test_a_text_reads_nothing_but_what_is_called_so(api: Api, text: str) -> None:
    asked = text + MARK
    assert answered(api, "/read/waves/query", {200}, location=asked)["records"] == []
    for page in ("cpu", "network"):
        answered(api, f"/influxdb/metrics/{page}", {404}, host=asked)
    for name in ("check_name", "sensor_type"):
        assert answered(api, "/influxdb/alerts", {200}, **{name: asked})["alerts"] == []
    for tag in (f"host={asked}", f"{asked}=secret".replace("==", "=")):
        answered(api, "/influxdb/alerts", {200, 422}, tag=tag)
    for name in ("range_h", "limit", "days", "cursor", "start", "min_height"):
        for path in ("/influxdb/metrics/cpu", "/influxdb/alerts", "/read/waves/query"):
            answered(api, path, {422}, **{name: asked})
    part = quote(asked, safe="")
    answered(api, f"/read/{part}/list", {404})
    answered(api, f"/influxdb/checks/{part}", {404, 422})


@BOUNDED
@given(text=TEXTS)
@example(text="a,b=c d")
def test_a_text_that_is_stored_comes_back_as_it_was(api: Api, text: str) -> None:
    location = f"{text}{MARK}".strip()
    answer = api.post("/write/waves/insert", {"location": location, "height": 2})
    if answer.status_code == 422:  # what line protocol cannot hold
        assert "location" in answer.json()["detail"]
        return
    assert answer.status_code == 201, answer.text
    found = api.get("/read/waves/query", location=location).json()["records"]
    assert {record["location"] for record in found} == {location.lower()}
