"""From the metrics of this machine to an incident, a message to people, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from influx_pipelines import estate
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.delivery.worker import deliver_due
from influx_pipelines.alerts.models import AlertStatus, Incident
from influx_pipelines.alerts.reconcile import reconcile
from influx_pipelines.estate.kinds.check import CheckKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.host import HostSampler
from influx_pipelines.sources.write import write_samples
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.receiver import Receiver
from influx_pipelines_tests.taskrun import run_task

CHECK, HOST = "MEMORY CHECK", "chain"


def _provision(client: Influx, folder: Path) -> str:
    """The shipped buckets and checks; returns the task of the memory check."""
    declared, kinds = load(ROOT / "estate"), ("bucket", CheckKind.name)
    ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
    planned = estate.plan(declared, estate.observe(client, kinds), ledger, kinds=kinds)
    assert not estate.apply(planned, client, ledger).failed
    listed = client.request("GET", "/api/v2/checks", params={"orgID": client.org_id})["checks"]
    return next(one["taskID"] for one in listed if one["name"] == CHECK)


def _sample(client: Influx, when: datetime, available: float) -> None:
    """A real sample of this machine, but for its time and how much memory is available."""
    sample = HostSampler(HOST).sample()
    for rows in sample.rows.values():
        for row in rows:
            row["time"] = when - timedelta(seconds=20)
    sample.rows["mem"][0]["available_percent"] = available
    write_samples(client, "monitoring", [sample])


@pytest.fixture
def told(alerts_database: Database, tmp_path: Path) -> Iterator[Callable[[], list[tuple]]]:
    """Sends what is due to a receiver that speaks as Slack does; returns all that it took."""
    with Receiver() as slack:
        (tmp_path / "address").write_text(slack.slack)
        channel = {"name": "ops", "file": str(tmp_path / "address")}
        config = AlertsConfig.model_validate({"channels": [channel], "default": ["ops"]})

        def send() -> list[tuple]:
            assert deliver_due(alerts_database, config).failed == 0
            assert set(slack.ids.values()) == {1}
            taken = [one["attachments"][0] for one in slack.taken]
            return [(one["color"], one["text"]) for one in taken]

        yield send


def test_host_metrics_become_an_incident_a_message_and_its_end(
    influx: Influx,
    alerts_database: Database,
    tmp_path: Path,
    told: Callable[[], list[tuple]],
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    task = _provision(influx, tmp_path)
    for minutes_ago, available in ((30, 60.0), (20, 12.0), (10, 4.0)):
        when = now - timedelta(minutes=minutes_ago)
        _sample(influx, when, available)
        run_task(influx, task, when)
    assert reconcile(influx, alerts_database).recorded.new == 3
    with alerts_database.reading() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.state, incident.level, incident.changes) == ("open", "crit", 1)
        assert incident.opened_at == now - timedelta(minutes=20)
        assert incident.series.tags == {"host": HOST}
        assert incident.message == f"crit: {CHECK}: {HOST} has 4 % available"
        newest = session.get_one(AlertStatus, incident.series.newest_id)
        assert newest.fields == {"available_percent": 4.0}
    bad = [
        ("warning", f"warn: {CHECK}: {HOST} has 12 % available"),
        ("danger", f"crit: {CHECK}: {HOST} has 4 % available"),
    ]
    assert told() == bad
    _sample(influx, now, 70.0)
    run_task(influx, task, now)
    reconcile(influx, alerts_database)
    with alerts_database.reading() as session:
        ended = session.scalars(select(Incident)).one()
        assert (ended.state, ended.resolution) == ("resolved", "recovered")
        assert ended.resolved_at == now
    end = ("good", f"Resolved after 20 min: ok: {CHECK}: {HOST} has 70 % available")
    assert told() == [*bad, end]
