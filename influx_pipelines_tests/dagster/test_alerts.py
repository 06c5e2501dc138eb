"""The alerts as assets: what they tell, and when their checks fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import delete

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import AlertStatus, Watermark
from influx_pipelines.defs.alerts.assets import incidents, statuses
from influx_pipelines.defs.alerts.automation import new_statuses
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import AlertStoreResource, InfluxDBResource
from influx_pipelines_tests.dagster.conftest import World

TAGS = ["_check_id", "_check_name", "_level", "_source_measurement", "_type", "host"]


def _write(influx: Influx, level: str, ago: timedelta, host: str = "a") -> None:
    row = {
        "time": datetime.now(UTC) - ago,
        "_check_id": "00000000000000aa",
        "_check_name": "load",
        "_level": level,
        "_source_measurement": "cpu",
        "_type": "threshold",
        "host": host,
        "_message": f"{host} is {level}",
    }
    influx.write([row], bucket="_monitoring", measurement="statuses", tags=TAGS)


class Alerts:
    """The alert assets of a fresh organisation with a fresh database."""

    def __init__(self, world: World, file: Path) -> None:
        self.world = world
        self.database = Database(f"sqlite:///{file}")
        store = AlertStoreResource(url=f"sqlite:///{file}")
        self.resources = {**world.resources, "alert_store": store}
        self.cursor: str | None = None

    def run(self) -> tuple[dict[str, dict[str, Any]], dict[str, bool]]:
        """Metadata by asset, and what the checks say."""
        results = {
            "statuses": statuses(dg.build_asset_context(), **self.resources),
            "incidents": incidents(**self.resources),
        }
        checks = [check for one in results.values() for check in one.check_results]
        return (
            {name: dict(one.metadata) for name, one in results.items()},
            {str(check.check_name): bool(check.passed) for check in checks},
        )

    def tick(self) -> dg.SensorResult | dg.SkipReason:
        context = dg.build_sensor_context(instance=self.world.instance, cursor=self.cursor)
        result = new_statuses(context, **self.resources)
        if isinstance(result, dg.SensorResult):
            self.cursor = result.cursor
        return result


@pytest.fixture
def alerts(world: World, tmp_path: Path) -> Alerts:
    return Alerts(world, tmp_path / "alerts.db")


def test_the_assets_tell_what_is_wrong_with_a_picture(alerts: Alerts) -> None:
    _write(alerts.world.client, "crit", timedelta(minutes=3))
    _write(alerts.world.client, "ok", timedelta(minutes=3), "b")
    metadata, passed = alerts.run()
    assert metadata["statuses"]["new"] == 2
    assert metadata["statuses"]["series_by_level"].value == {"crit": 1, "ok": 1}
    assert metadata["incidents"]["critical"] == 1
    assert metadata["incidents"]["timeline"].value.startswith("![incidents](data:image/png")
    assert passed == {"no_gap": True, "nothing_lost": True, "acknowledged": True}


def test_no_gap_fails_when_a_status_is_missing_in_the_table(alerts: Alerts) -> None:
    _write(alerts.world.client, "crit", timedelta(hours=5))
    _write(alerts.world.client, "ok", timedelta(hours=4))
    alerts.run()
    with alerts.database.session() as session:
        session.execute(delete(AlertStatus).where(AlertStatus.level == "crit"))
    _, passed = alerts.run()
    assert passed["no_gap"] is False, "it is older than the overlap that is read again"


def test_nothing_lost_fails_after_an_outage_longer_than_influxdb_keeps(alerts: Alerts) -> None:
    alerts.database.migrate()
    with alerts.database.session() as session:
        old = datetime.now(UTC) - timedelta(days=8)
        org = alerts.world.client.org
        session.add(Watermark(organisation=org, road="statuses", read_until=old))
    assert alerts.run()[1]["nothing_lost"] is False
    assert alerts.run()[1]["nothing_lost"] is True


def test_acknowledged_fails_when_nobody_cares_for_a_day(alerts: Alerts) -> None:
    for hours in (30, 0.1):
        _write(alerts.world.client, "crit", timedelta(hours=hours))
    assert alerts.run()[1]["acknowledged"] is False


def test_the_sensor_asks_when_a_level_changed_that_nobody_told_of(alerts: Alerts) -> None:
    first = alerts.tick()
    assert isinstance(first, dg.SensorResult), "the first time, whatever happened"
    assert isinstance(alerts.tick(), dg.SkipReason)
    _write(alerts.world.client, "crit", timedelta(minutes=3))
    keys = {str(alerts.tick().run_requests[0].run_key) for _ in range(2)}  # type: ignore[index]
    assert len(keys) == 1, "one run, however often it is asked for"
    alerts.run()
    _write(alerts.world.client, "crit", timedelta(minutes=2))
    assert isinstance(alerts.tick(), dg.SkipReason), "what goes on is no news"
    _write(alerts.world.client, "ok", timedelta(minutes=1))
    assert isinstance(alerts.tick(), dg.SensorResult)


def test_the_sensor_says_why_it_cannot_look(alerts: Alerts, tmp_path: Path) -> None:
    influx = InfluxDBResource(url="http://127.0.0.1:9", token="t", org="o", retry_seconds=0)
    alerts.resources["influx"] = influx
    skipped = alerts.tick()
    assert isinstance(skipped, dg.SkipReason)
    assert "could not be looked for" in (skipped.skip_message or "")
    alerts.resources["influx"] = alerts.world.resource
    nowhere = f"sqlite:///{tmp_path}/no/such/folder/alerts.db"
    alerts.resources["alert_store"] = AlertStoreResource(url=nowhere)
    skipped = alerts.tick()
    assert isinstance(skipped, dg.SkipReason)
    assert "database of the alerts" in (skipped.skip_message or "")
