"""History is kept for a time, and what goes on is kept whatever its age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Delete, delete, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident, Silence

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Expired:
    """How many rows were deleted."""

    statuses: int
    incidents: int
    series: int
    silences: int


def expire(database: Database, keep: timedelta, now: datetime) -> Expired:
    """Delete statuses and resolved incidents (with their deliveries) that are older than `keep`.

    Statuses of an incident that is not over stay, and the series of whatever stays. It is done in
    short transactions, so that nobody waits for it.
    """
    before = now - keep
    going_on = select(Incident.series_id).where(Incident.state != "resolved")
    statuses = (
        select(AlertStatus.id)
        .where(AlertStatus.status_time < to_nanoseconds(before))
        .where(AlertStatus.series_id.not_in(going_on))
    )
    incidents = select(Incident.id).where(
        Incident.state == "resolved", Incident.resolved_at < before
    )
    series = (
        select(AlertSeries.id)
        .where(AlertSeries.newest_time < to_nanoseconds(before))
        .where(AlertSeries.id.not_in(select(Incident.series_id)))
        .where(~select(AlertStatus.id).where(AlertStatus.series_id == AlertSeries.id).exists())
    )
    silences = select(Silence.id).where(Silence.ends_at < before)
    return Expired(
        _all(database, delete(AlertStatus).where(AlertStatus.id.in_(statuses.limit(AT_ONCE)))),
        _all(database, delete(Incident).where(Incident.id.in_(incidents.limit(AT_ONCE)))),
        _all(database, delete(AlertSeries).where(AlertSeries.id.in_(series.limit(AT_ONCE)))),
        _all(database, delete(Silence).where(Silence.id.in_(silences.limit(AT_ONCE)))),
    )


def _all(database: Database, statement: Delete) -> int:
    deleted = 0
    while True:
        with database.session() as session:
            count = _run(session, statement)
        deleted += count
        if count < AT_ONCE:
            return deleted


def _run(session: Session, statement: Delete) -> int:
    done = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(done, CursorResult)
    return int(done.rowcount)
