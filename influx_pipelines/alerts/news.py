"""Whether InfluxDB has something that the tables do not know: cheap enough to ask all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts import findings, monitoring
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.models import AlertSeries
from influx_pipelines.alerts.readback import STATUSES, Row, read_rows
from influx_pipelines.alerts.statuses import BadStatus, Status
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound

LAST = "    |> last()\n"


def newest_change(
    client: Influx, session: Session, findings_bucket: str, since: datetime, now: datetime
) -> datetime | None:
    """When a series last went to a level that the tables do not know of; None: they know all.

    One row a series and level is read. A status that says what the one before said is no news; it
    can wait for the next reconciliation.

    Raises:
        InfluxError: a query failed.
    """
    rows = read_rows(client, monitoring.BUCKET, since, now, STATUSES + LAST)
    statuses = _statuses(client.org, rows, monitoring.status_of)
    try:
        rows = read_rows(client, findings_bucket, since, now, LAST)
    except NotFound:
        rows = []
    newest: dict[tuple[str, str], Status] = {}
    for status in [*statuses, *_statuses(client.org, rows, findings.status_of)]:
        key = (status.check_id, status.series_key)
        if key not in newest or status.order > newest[key].order:
            newest[key] = status
    known = _known(session, client.org)
    changed = [
        status.status_time
        for key, status in newest.items()
        if key not in known or _differs(status, *known[key])
    ]
    return from_nanoseconds(max(changed)) if changed else None


def _differs(status: Status, level: str, time: int) -> bool:
    return status.level != level and status.status_time > time


def _statuses(
    organisation: str, rows: Iterable[Row], status_of: Callable[[str, Row], Status]
) -> list[Status]:
    found = []
    for row in rows:
        try:
            found.append(status_of(organisation, row))
        except BadStatus:
            continue
    return found


def _known(session: Session, organisation: str) -> dict[tuple[str, str], tuple[str, int]]:
    query = select(
        AlertSeries.check_id, AlertSeries.series_key, AlertSeries.level, AlertSeries.newest_time
    ).where(AlertSeries.organisation == organisation)
    return {
        (row.check_id, row.series_key): (row.level, row.newest_time)
        for row in session.execute(query)
    }
