"""The endpoint and the rule that are shipped: from a status to the table, through InfluxDB."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.api import WEBHOOK, posted, serving, settings_of
from influx_pipelines_tests.conftest import ROOT

KINDS = ("bucket", "secret", "notification_endpoint", "notification_rule", "monitoring_check")


def run(client: Influx, task: str, due: datetime) -> None:
    path = f"/api/v2/tasks/{task}/runs"
    made = client.request("POST", path, json={"scheduledFor": f"{due:%Y-%m-%dT%H:%M:%SZ}"})
    deadline = time.monotonic() + 20
    while made["status"] not in ("success", "failed"):
        assert time.monotonic() < deadline, made
        time.sleep(0.02)
        made = client.request("GET", f"{path}/{made['id']}")
    assert made["status"] == "success", made["log"]


def test_a_status_comes_through_the_shipped_endpoint_with_the_token_that_was_made(
    server: Connection, influx: Influx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(home=tmp_path, webhook_token=None)
    with serving(settings, replace(server, org=influx.org)) as api:
        monkeypatch.setenv("INFLUX_PIPELINES_API_URL", api.url)
        declared, ledger = (
            load(ROOT / "estate"),
            Ledger.open(tmp_path / "ledger.json", influx.url, influx.org_id),
        )
        planned = estate.plan(declared, estate.observe(influx, KINDS), ledger, kinds=KINDS)
        assert not estate.apply(planned, influx, ledger).failed
        token = (tmp_path / "api" / "webhook.token").read_text().strip()
        assert token not in str(planned.to_json())

        now = datetime.now(UTC).replace(microsecond=0)
        row = {"time": now - timedelta(seconds=30), "host": "web-1", "available_percent": 3.0}
        influx.write([row], bucket="monitoring", measurement="mem", tags=["host"])
        (check,) = (c for c in declared_checks(influx) if c["name"] == "MEMORY CHECK")
        (rule,) = influx.request(
            "GET", "/api/v2/notificationRules", params={"orgID": influx.org_id}
        )["notificationRules"]
        run(influx, check["taskID"], now)
        run(influx, rule["taskID"], now + timedelta(seconds=5))
        (alert,) = api.get("/influxdb/alerts").json()["alerts"]
        assert (alert["check_name"], alert["severity"]) == ("MEMORY CHECK", "critical")
        assert (alert["tags"]["host"], alert["origin"]) == ("web-1", "webhook")
        # The token that the tests give to others is none here.
        assert api.post("/influxdb/alert", posted(), token=WEBHOOK).status_code == 401


def declared_checks(client: Influx) -> list[dict[str, str]]:
    found = client.request("GET", "/api/v2/checks", params={"orgID": client.org_id, "limit": 100})
    checks: list[dict[str, str]] = found["checks"]
    return checks
