"""The endpoint and the rule that are shipped: from host metrics to people, through InfluxDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines import estate
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.delivery.worker import deliver_due
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.host import HostSampler
from influx_pipelines.sources.write import write_samples
from influx_pipelines_tests.api import WEBHOOK, Api, posted, serving, settings_of
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.receiver import Receiver
from influx_pipelines_tests.taskrun import run_task

KINDS = ("bucket", "secret", "notification_endpoint", "notification_rule", "monitoring_check")
CHECK, HOST = "MEMORY CHECK", "web-1"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def api(
    server: Connection, influx: Influx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Api]:
    """An API that made its webhook token itself, and the shipped estate that posts to it."""
    settings = settings_of(home=tmp_path, webhook_token=None)
    with serving(settings, replace(server, org=influx.org)) as api:
        monkeypatch.setenv("INFLUX_PIPELINES_API_URL", api.url)
        ledger = Ledger.open(tmp_path / "ledger.json", influx.url, influx.org_id)
        declared, observed = load(ROOT / "estate"), estate.observe(influx, KINDS)
        planned = estate.plan(declared, observed, ledger, kinds=KINDS)
        assert not estate.apply(planned, influx, ledger).failed
        token = (tmp_path / "api" / "webhook.token").read_text().strip()
        assert token not in str(planned.to_json())
        yield api


@contextmanager
def people(folder: Path) -> Iterator[tuple[Receiver, AlertsConfig]]:
    """A receiver that speaks as Slack does, and the configuration that names it."""
    with Receiver() as slack:
        (folder / "address").write_text(slack.slack)
        channel = {"name": "ops", "file": str(folder / "address")}
        yield slack, AlertsConfig.model_validate({"channels": [channel], "default": ["ops"]})


def task_of(client: Influx, kind: str, name: str) -> str:
    found = client.request("GET", f"/api/v2/{kind}", params={"orgID": client.org_id, "limit": 100})
    return next(one["taskID"] for one in found[kind] if one["name"].startswith(name))


def watched(client: Influx, at: datetime, available: float) -> None:
    """A sample of this machine, but for its memory; then the check and the rule, as due."""
    sample = HostSampler(HOST).sample()
    for rows in sample.rows.values():
        for row in rows:
            row["time"] = at - timedelta(seconds=20)
    sample.rows["mem"][0]["available_percent"] = available
    write_samples(client, "monitoring", [sample])
    run_task(client, task_of(client, "checks", CHECK), at)
    run_task(client, task_of(client, "notificationRules", "alerts to"), at + timedelta(seconds=5))


def test_host_metrics_reach_people_through_the_shipped_webhook_and_so_does_their_end(
    api: Api, influx: Influx, tmp_path: Path
) -> None:
    database = Database.of(api.settings)
    texts: list[Any] = []
    with people(tmp_path) as (slack, config):
        for at, available in ((NOW - timedelta(minutes=1), 4.0), (NOW, 70.0)):
            watched(influx, at, available)
            assert deliver_due(database, config).sent == 1
            texts.append(slack.taken[-1]["attachments"][0]["text"])
    database.close()
    assert texts == [
        f"crit: {CHECK}: {HOST} has 4 % available",
        f"Resolved after 1 min: ok: {CHECK}: {HOST} has 70 % available",
    ]
    ended, begun = api.get("/influxdb/alerts").json()["alerts"]
    assert (begun["check_name"], begun["severity"]) == (CHECK, "critical")
    assert (ended["tags"]["host"], ended["origin"]) == (HOST, "webhook")
    # The token that the tests give to others is none here.
    assert api.post("/influxdb/alert", posted(), token=WEBHOOK).status_code == 401
