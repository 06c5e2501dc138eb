"""The daily work of the project, and what is there when it is done.

`python -m influx_pipelines_tests.cluster.work` does it in one process.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident
from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings
from influx_pipelines_tests.contents import Value, contents

FIRST, LAST, DAYS = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC), 30
BUCKET = "WeatherAPI"
TAGS = ["_check_id", "_check_name", "_level", "_source_measurement", "_type", "host"]
KINDS = {
    "tasks": "name",
    "checks": "name",
    "dashboards": "name",
    "labels": "name",
    "variables": "name",
    "notificationEndpoints": "name",
    "notificationRules": "name",
    "authorizations": "description",
}


@dataclass(frozen=True)
class Work:
    """Assets that are made in one run."""

    assets: tuple[str, ...]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> list[dg.AssetKey]:
        return [dg.AssetKey(name.split("/")) for name in self.assets]


ESTATE = Work(
    tuple(
        f"influx/{name}"
        for name in (
            "server buckets labels secrets tokens variables telegraf_configs tasks "
            "monitoring_checks notification_endpoints notification_rules dashboards"
        ).split()
    )
)
INGEST = Work(
    ("weather/history",),
    {
        "dagster/asset_partition_range_start": f"{FIRST:%Y-%m-%d}",
        "dagster/asset_partition_range_end": f"{LAST:%Y-%m-%d}",
    },
)
BACKUP = Work(("backups/backup", "backups/inventory"))
ALERTS = Work(("alerts/statuses", "alerts/incidents"))
DAILY = (ESTATE, INGEST, BACKUP, ALERTS)


@dataclass(frozen=True)
class Result:
    """What there is on the server and in the home folder."""

    buckets: dict[str, int]
    objects: dict[str, list[str]]
    points: set[Value]
    backups: list[tuple[bool, int]]
    statuses: list[tuple[str, str, int]]
    incidents: int


def say(influx: Influx, until: datetime) -> None:
    """What a check says of two hosts, a minute apart."""
    levels = {"a": ("ok", "crit", "crit", "ok"), "b": ("warn", "warn", "crit", "crit")}
    rows = [
        {
            "time": until - timedelta(minutes=20 - minute),
            "_check_id": "00000000000000aa",
            "_check_name": "load",
            "_level": level,
            "_source_measurement": "cpu",
            "_type": "threshold",
            "host": host,
            "_message": f"{host} is {level}",
            "_source_timestamp": round(until.timestamp()) * 10**9,
        }
        for host, said in levels.items()
        for minute, level in enumerate(said)
    ]
    influx.write(rows, bucket="_monitoring", measurement="statuses", tags=TAGS)


def result(influx: Influx, settings: Settings) -> Result:
    """Everything that the daily work makes, each thing as often as it is there."""
    objects = {
        kind: sorted(str(one.get(name)) for one in _listed(influx, kind))
        for kind, name in KINDS.items()
    }
    database = Database.of(settings)
    with database.reading() as session:
        series = {one.id: one.tags["host"] for one in session.scalars(select(AlertSeries))}
        statuses = [
            (series[one.series_id], one.level, one.status_time)
            for one in session.scalars(select(AlertStatus))
        ]
        incidents = len(session.scalars(select(Incident)).all())
    database.close()
    found = take_inventory(settings.backups).listed if settings.backups.exists() else []
    return Result(
        {bucket.name: bucket.retention_seconds for bucket in influx.buckets()},
        objects,
        contents(influx, BUCKET, FIRST, DAYS),
        [(one.good, len(one.backup.record.buckets) if one.backup.record else 0) for one in found],
        sorted(statuses),
        incidents,
    )


def _listed(influx: Influx, kind: str) -> list[dict[str, object]]:
    asked = {"orgID": influx.org_id, "limit": 100}
    answer = influx.request("GET", f"/api/v2/{kind}", params=asked)
    return list(answer[kind])


def main() -> None:
    from influx_pipelines.definitions import defs

    job = defs().resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        for work in DAILY:
            done = job.execute_in_process(
                instance=instance, asset_selection=work.keys, tags=work.tags
            )
            if not done.success:
                sys.exit(f"{work} failed")


if __name__ == "__main__":
    main()
