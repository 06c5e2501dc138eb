"""The monitoring checks: listed, and the declared ones made, mended and taken away."""

from __future__ import annotations

from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.api import Api

AVAILABLE = "/stack_provisioning/influxdb/available/checks"
ONE = "/stack_provisioning/influxdb/provision/check"
ALL = "/stack_provisioning/influxdb/provision/checks"
GONE = "/stack_decommissioning/influxdb/check"


def state(api: Api, name: str) -> Any:
    found = api.get(AVAILABLE).json()["available_checks"]
    return next(one["state"] for one in found if one["name"] == name)


def action(api: Api, name: str, *, overwrite: bool = False) -> Any:
    answer = api.post(ONE, {"check_name": name, "overwrite": overwrite})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0]["action"]


def test_a_check_is_made_left_mended_and_deleted(api: Api, client: Influx) -> None:
    name = "CPU CHECK"
    assert [action(api, name), action(api, name)] == ["created", "skipped"]
    (check,) = api.get("/influxdb/checks").json()["checks"]
    assert (check["check_name"], check["check_type"], check["check_status"]) == (
        name,
        "threshold",
        "active",
    )
    path = f"/influxdb/checks/{check['check_id']}"
    assert api.get(path).json()["query"]["name"] == name
    assert "usage_idle" in api.get(f"{path}/query").json()["query"]

    client.request("PATCH", f"/api/v2/checks/{check['check_id']}", json={"status": "inactive"})
    assert state(api, name) == "differs"
    assert [action(api, name), action(api, name, overwrite=True)] == ["skipped", "updated"]

    refused = api.delete(f"{GONE}/{name}")
    assert refused.status_code == 409
    assert "monitoring_checks.yaml" in refused.json()["detail"]
    file = api.settings.estate / "monitoring_checks.yaml"
    text = file.read_text()
    file.write_text("monitoring_checks: []\n")
    try:
        assert api.delete(f"{GONE}/{name}").status_code == 200
        assert api.delete(f"{GONE}/{name}").status_code == 404
    finally:
        file.write_text(text)
    assert api.get("/influxdb/checks").json()["checks"] == []


def test_all_declared_checks_are_made_once(api: Api, client: Influx) -> None:
    made = api.post(ALL, {}).json()
    names = [one["check_name"] for one in made["results"]]
    assert "DISK USAGE CHECK" in names
    # More than one page of InfluxDB's list, and some of these need buckets that are not there.
    actions = {one["check_name"]: one["action"] for one in made["results"]}
    assert actions["CPU CHECK"] == "created"
    again = api.post(ALL, {"overwrite": True}).json()
    assert {one["action"] for one in again["results"]} <= {"skipped", "failed"}
    listed = {one["check_name"] for one in api.get("/influxdb/checks").json()["checks"]}
    assert listed == {name for name, done in actions.items() if done == "created"}


def test_what_nobody_declared_is_told(api: Api) -> None:
    assert api.post(ONE, {"check_name": "NO CHECK"}).status_code == 404
    assert api.delete(f"{GONE}/NO CHECK").status_code == 404
    assert api.get("/influxdb/checks/0000000000000001").status_code == 404
    assert api.get("/influxdb/checks/0000000000000001/query").status_code == 404
    assert api.get("/influxdb/checks/..%2fbuckets").status_code in (404, 422)
    assert api.get("/influxdb/checks/CPU").status_code == 422
