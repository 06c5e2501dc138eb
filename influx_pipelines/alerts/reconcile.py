"""The certain road into the store: what lies in InfluxDB is read back, from a watermark on.

Webhooks are for speed: a broken delivery leaves no trace and is never repeated by InfluxDB. What
was written while nobody listened is found here, up to the seven days that the server keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx_pipelines.alerts import findings, monitoring
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.knowledge import Lesson, learn
from influx_pipelines.alerts.models import Watermark
from influx_pipelines.alerts.readback import Row
from influx_pipelines.alerts.settling import settle
from influx_pipelines.alerts.statuses import BadStatus, Status
from influx_pipelines.alerts.store import AT_ONCE, Recorded, record
from influx_pipelines.alerts.vanishing import end_vanished
from influx_pipelines.influx.client import Influx

KEPT = timedelta(days=7)  # by the bucket _monitoring
# A run that was late writes the time that it was due; two clocks differ.
OVERLAP = timedelta(hours=1)
WINDOW = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Road:
    """A bucket that holds statuses: how it is read, and how a row becomes one."""

    name: str
    read: Callable[[Influx, datetime, datetime], list[Row]]
    status_of: Callable[[str, Row], Status]


STATUSES = Road("statuses", monitoring.read_statuses, monitoring.status_of)


def findings_road(bucket: str) -> Road:
    """The findings of the application tasks."""
    return Road(
        "findings",
        lambda client, start, stop: findings.read_findings(client, bucket, start, stop),
        findings.status_of,
    )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one reconciliation did.

    `lost` is the time of which the server kept nothing: longer ago than its seven days, and never
    read. `refused` counts rows that are no statuses, `vanished` incidents that ended in silence.
    """

    read_from: datetime
    read_until: datetime
    recorded: Recorded
    refused: int
    settled: int
    vanished: int
    lost: timedelta


def reconcile(
    client: Influx, database: Database, road: Road = STATUSES, now: datetime | None = None
) -> Reconciled:
    """Read a bucket from the watermark to now, and record what is new.

    The watermark moves on window by window: what breaks off goes on there.

    Raises:
        InfluxError: a read failed; what was read before is recorded.
        sqlalchemy.exc.DBAPIError: the database is down.
    """
    now = now or utc_now()
    watermark = _watermark(database, client.org, road)
    start = max(watermark - OVERLAP, now - KEPT) if watermark else now - KEPT
    if road is STATUSES:
        with database.session() as session:
            learn(session, client.org, monitoring.read_checks(client), now)
    recorded, refused, settled = Recorded(), 0, 0
    for first, last in _windows(start, now):
        statuses, bad = _statuses(client, road, first, last)
        settled += _learn(client, database, road, statuses, now)
        recorded += _record(client, database, road, statuses, last)
        refused += bad
    vanished = end_vanished(database, client.org, now, findings=road is not STATUSES)
    lost = max(start - watermark, timedelta()) if watermark else timedelta()
    return Reconciled(start, now, recorded, refused, settled, len(vanished), lost)


def read_until(database: Database, organisation: str, road: Road = STATUSES) -> datetime | None:
    """Up to when a bucket was read; None before the first time."""
    return _watermark(database, organisation, road)


def _watermark(database: Database, organisation: str, road: Road) -> datetime | None:
    with database.reading() as session:
        found = session.get(Watermark, (organisation, road.name))
        return found.read_until if found else None


def _windows(start: datetime, stop: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < stop:
        last = min(start + WINDOW, stop)
        yield start, last
        start = last


def _statuses(
    client: Influx, road: Road, start: datetime, stop: datetime
) -> tuple[list[Status], int]:
    """The statuses of a window, oldest first, and how many rows are none."""
    found, refused = [], 0
    for row in road.read(client, start, stop):
        try:
            found.append(road.status_of(client.org, row))
        except BadStatus:
            refused += 1
    return sorted(found, key=lambda status: status.order), refused


def _learn(
    client: Influx, database: Database, road: Road, statuses: list[Status], now: datetime
) -> int:
    lessons: list[Lesson] = monitoring.lessons_of(statuses) if road is STATUSES else []
    if not lessons:
        return 0
    with database.session() as session:
        learn(session, client.org, lessons, now)
        return settle(session, client.org, now)


def _record(
    client: Influx, database: Database, road: Road, statuses: list[Status], until: datetime
) -> Recorded:
    """In short transactions: a webhook must not wait for a day of statuses."""
    done = Recorded()
    for at in range(0, len(statuses), AT_ONCE):
        with database.session() as session:
            done += record(session, statuses[at : at + AT_ONCE])
    with database.session() as session:
        session.merge(Watermark(organisation=client.org, road=road.name, read_until=until))
    return done
