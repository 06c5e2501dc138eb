"""The webhook and the list: what InfluxDB posts, stored once; filtered by check and series."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import AlertCheck, AlertSeries
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests import deliveries
from influx_pipelines_tests.api import WEBHOOK, Api, posted, serving, settings_of

ALERT, ALERTS = "/influxdb/alert", "/influxdb/alerts"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(
    request: pytest.FixtureRequest,
    connection: Connection,
    tmp_path_factory: pytest.TempPathFactory,
    alerts_url_of: Callable[[str], str],
) -> Iterator[Api]:
    """Each test on both databases."""
    home = tmp_path_factory.mktemp("alerts")
    settings = settings_of(home=home, alerts_url=alerts_url_of(request.param))
    with serving(settings, connection) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(api: Api) -> None:
    """No alert of another test."""
    database = Database.of(api.settings)
    with database.session() as session:
        session.query(AlertSeries).delete()
        session.query(AlertCheck).delete()
    database.close()


def store(api: Api, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        answer = api.post(ALERT, body, token=WEBHOOK)
        assert (answer.status_code, answer.json()["success"]) == (200, True), answer.text


def listed(api: Api, **asked: Any) -> list[dict[str, Any]]:
    answer = api.get(ALERTS, **asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["alerts"]
    return found


def test_everything_that_was_captured_is_stored_once(api: Api) -> None:
    """All that a real 2.9.1 was seen to send, repeats and retries among it, sent twice."""
    bodies = [one for _, record in deliveries.situations() for one in deliveries.posted(record)]
    store(api, *bodies, *bodies)
    texts = [
        {k: v for k, v in body.items() if isinstance(v, str) and k[0] != "_"} for body in bodies
    ]
    keys = {
        (b["_check_id"], b["_source_measurement"], b["_level"], b["_status_timestamp"], str(tags))
        for b, tags in zip(bodies, texts, strict=True)
    }
    found, cursor = 0, ""
    while True:
        page = api.get(ALERTS, days=90, limit=100, cursor=cursor).json()
        found += len(page["alerts"])
        if not (cursor := page["next_cursor"]):
            break
    assert found == len(keys)


def test_an_alert_is_told_with_all_that_was_sent(api: Api) -> None:
    body = posted()
    store(api, body)
    (found,) = listed(api)
    assert found["check_name"] == "CPU CHECK"
    assert (found["sensor_type"], found["severity"], found["status"]) == (
        "CPU",
        "critical",
        "active",
    )
    assert (found["tags"], found["fields"]) == ({"host": "web-1"}, {"usage_idle": 3.1})
    assert found["origin"] == "webhook"
    assert api.get("/influxdb/check-names").json()["check_names"] == ["CPU CHECK"]


def test_a_host_that_recovered_does_not_clear_the_other(api: Api) -> None:
    """The replaced system kept one state a check: a healthy host cleared the critical one."""
    store(
        api,
        posted("crit", -9, host="web-1"),
        posted("crit", -9, host="web-2"),
        posted("ok", -5, host="web-2"),
    )
    assert {one["tags"]["host"] for one in listed(api, status="active")} == {"web-1"}
    cleared = listed(api, status="cleared")
    assert [(one["tags"]["host"], one["severity"]) for one in cleared] == [
        ("web-2", "ok"),
        ("web-2", "critical"),
    ]
    newest = listed(api, latest_only=True)
    assert [(one["tags"]["host"], one["status"]) for one in newest] == [
        ("web-2", "cleared"),
        ("web-1", "active"),
    ]
    # A filter of levels does not make a recovered one active again.
    assert [one["tags"]["host"] for one in listed(api, status="active", exclude_ok=True)] == [
        "web-1"
    ]


@pytest.mark.parametrize(
    ("asked", "hosts"),
    [
        ({"severity": ["critical"]}, "a"),
        ({"severity": ["error"]}, "a"),
        ({"severity": ["warning", "info"]}, "bc"),
        ({"exclude_ok": True}, "abc"),
        ({"check_name": "emory"}, "d"),
        ({"sensor_type": "cpu"}, "abc"),
        ({"tag": ["host=b"]}, "b"),
        ({"tag": ["host=b", "rack=1"]}, ""),
        ({"status": "cleared"}, "d"),
        ({"limit": 2}, "ab"),
    ],
)
def test_each_filter(api: Api, asked: dict[str, Any], hosts: str) -> None:
    memory = {"_check_id": "0e4a6d1c2b3f4a5f", "_check_name": "MEMORY CHECK"}
    store(
        api,
        posted("crit", -1, host="a"),
        posted("warn", -2, host="b"),
        posted("info", -3, host="c"),
        posted("ok", -4, host="d", **memory),
    )
    assert "".join(one["tags"]["host"] for one in listed(api, **asked)) == hosts


def test_a_filter_that_is_written_wrong_is_told(api: Api) -> None:
    for path in (ALERTS, "/incidents", "/influxdb/metrics/cpu?host=a"):
        answer = api.get(path, chek_name="CPU")
        assert (answer.status_code, "chek_name" in answer.text) == (422, True), path


def test_pages_join_to_the_whole_with_counts(api: Api) -> None:
    store(api, *(posted("crit" if n % 3 else "ok", -n) for n in range(10)))
    first = api.get(ALERTS, limit=6).json()
    rest = api.get(ALERTS, limit=6, cursor=first["next_cursor"]).json()
    times = [one["time"] for one in first["alerts"] + rest["alerts"]]
    assert times == sorted(set(times), reverse=True)
    assert len(times) == 10
    assert rest["next_cursor"] == ""
    some = api.get(ALERTS, exclude_ok=True).json()
    assert (some["total_count"], some["filtered_count"]) == (10, 6)


@pytest.mark.parametrize(
    "change",
    [
        {"_level": "terrible"},
        {"_level": None},
        {"_check_id": 7},
        {"_check_id": ""},
        {"_check_name": ["a"]},
        {"_status_timestamp": "now"},
        {"_status_timestamp": 2**63},
        {"host": {"a": 1}},
    ],
)
def test_a_payload_of_wrong_types_is_told_by_its_member(api: Api, change: dict[str, Any]) -> None:
    answer = api.post(ALERT, {**posted(), **change}, token=WEBHOOK)
    assert answer.status_code == 422
    assert next(iter(change)) in answer.json()["detail"]
    assert listed(api) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"1" * 5000, b"[" * 100_000], ids=range(7)
)
def test_what_is_no_object_is_told(api: Api, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {WEBHOOK}", "Content-Type": "application/json"}
    answer = api.session.post(api.url + ALERT, data=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["success"] is False


def test_ten_megabytes_are_refused_announced_or_not(api: Api) -> None:
    headers = {"Authorization": f"Bearer {WEBHOOK}", "Content-Type": "application/json"}
    large = json.dumps(posted(host="x" * 10_000_000)).encode()
    parts = (large[n : n + 65536] for n in range(0, 2**21, 65536))
    for data in (large, parts):
        answer = api.session.post(api.url + ALERT, data=data, headers=headers)
        assert answer.status_code == 413
    assert listed(api) == []


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE alert_status; --",
        '") |> drop() //',
        "<script>alert(1)</script>",
        "nul \x00 and \ud800",
        "${jndi:ldap://x}",
        "a" * 5000,
    ],
)
def test_a_hostile_text_is_a_text(api: Api, text: str) -> None:
    store(api, posted(_check_name=text, _message=text, host=text))
    (found,) = listed(api)
    told = text.replace("\x00", "\ufffd").replace("\ud800", "?")
    assert (found["check_name"], found["message"]) == (told, told)
    assert found["tags"] == {"host": told}


def test_a_clock_that_is_wrong_is_stored_as_it_says(api: Api) -> None:
    store(api, posted(minute=60 * 24 * 365), posted(minute=-60 * 24 * 30), posted())
    assert len(listed(api)) == 2
    assert len(listed(api, days=90)) == 3


def test_a_flood_of_the_same_is_one(api: Api) -> None:
    body = posted()
    store(api, *[body] * 50)
    assert len(listed(api)) == 1
    assert api.get("/incidents").json()["incidents"][0]["statuses"] == 1


def test_an_incident_is_acknowledged_and_resolved(api: Api) -> None:
    store(api, posted())
    (incident,) = api.get("/incidents", state="open").json()["incidents"]
    path = f"/incidents/{incident['id']}"
    assert api.post(f"{path}/acknowledge", {"by": "anna"}).json()["acknowledged_by"] == "anna"
    assert api.get(path).json()["state"] == "acknowledged"
    assert api.post(f"{path}/resolve").json()["resolution"] == "by hand"
    assert api.get("/incidents", state=["open", "acknowledged"]).json()["incidents"] == []
    assert api.get("/incidents/999999").status_code == 404
    assert api.post(f"{path}/acknowledge", {}).status_code == 422


def test_incidents_have_pages(api: Api) -> None:
    store(api, *(posted(host=f"h{n}") for n in range(3)))
    first = api.get("/incidents", limit=2).json()
    rest = api.get("/incidents", limit=2, cursor=first["next_cursor"]).json()
    assert len(first["incidents"]) == 2
    assert len(rest["incidents"]) == 1
    assert rest["next_cursor"] is None


def test_a_silence_begins_and_ends(api: Api) -> None:
    wanted = {"matchers": {"host": "web-*"}, "minutes": 60, "reason": "disks", "by": "anna"}
    made = api.post("/silences", wanted)
    assert made.status_code == 201
    assert [one["id"] for one in api.get("/silences").json()["silences"]] == [made.json()["id"]]
    path = f"/silences/{made.json()['id']}"
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 404
    assert api.get("/silences").json()["silences"] == []
    assert api.post("/silences", {**wanted, "matchers": {}}).status_code == 422
