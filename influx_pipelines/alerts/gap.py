"""Whether everything that InfluxDB keeps is in the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.models import AlertSeries, AlertStatus
from influx_pipelines.influx.client import Influx

COUNTS = """
from(bucket: "_monitoring")
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "statuses" and r._field == "_message")
    |> group(columns: ["_check_id"])
    |> count()
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """Statuses of one check: how many InfluxDB has, and how many of them are missing here."""

    check_id: str
    in_influxdb: int
    missing: int


def gaps(client: Influx, session: Session, start: datetime, stop: datetime) -> list[Gap]:
    """The number of statuses of each check between two times, there and here.

    Raises:
        InfluxError: the query failed.
    """
    params = {"start": start, "stop": stop}
    there = {row["_check_id"]: row["_value"] for row in client.query(COUNTS, params).rows()}
    query = (
        select(AlertStatus.check_id, func.count())
        .join(AlertStatus.series)
        .where(AlertSeries.organisation == client.org, AlertStatus.check_id.in_(there))
        .where(AlertStatus.status_time >= to_nanoseconds(start))
        .where(AlertStatus.status_time < to_nanoseconds(stop))
        .group_by(AlertStatus.check_id)
    )
    here = dict(session.execute(query).tuples().all())
    return [
        Gap(check, count, max(0, count - here.get(check, 0)))
        for check, count in sorted(there.items())
    ]
