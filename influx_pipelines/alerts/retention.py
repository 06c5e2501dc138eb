"""History is kept for a time, and what goes on is kept whatever its age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Delete, Select, delete, func, select
from sqlalchemy.orm import Session, aliased

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.models import (
    AlertSeries,
    AlertStatus,
    Delivery,
    Incident,
    Notice,
    Silence,
)

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
    incidents = _old_incidents(before)
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


def expire_repeats(database: Database, keep: timedelta, now: datetime) -> int:
    """Delete repeats that were told before `keep`, with their deliveries; returns how many.

    An incident that goes on for years is told again every few hours, and `expire` keeps it whole.
    Its beginning and its newest message stay: who was told of it is told of its end. What still
    waits to be sent stays, too.
    """
    old = _old_repeats(now - keep).limit(AT_ONCE)
    return _all(database, delete(Notice).where(Notice.id.in_(old)))


def overdue(session: Session, keep: timedelta, now: datetime) -> int:
    """How many incidents and repeats are there that should be gone."""
    old = (_old_incidents(now - keep), _old_repeats(now - keep))
    return sum(session.scalar(select(func.count()).select_from(one.subquery())) or 0 for one in old)


def _old_incidents(before: datetime) -> Select[tuple[int]]:
    return select(Incident.id).where(Incident.state == "resolved", Incident.resolved_at < before)


def _old_repeats(before: datetime) -> Select[tuple[int]]:
    newer = aliased(Notice)
    newest = (
        select(func.max(newer.id))
        .where(newer.incident_id == Notice.incident_id, newer.state == "routed")
        .scalar_subquery()
    )
    unsent = select(Delivery.id).where(
        Delivery.notice_id == Notice.id, Delivery.next_try_at.is_not(None)
    )
    return (
        select(Notice.id)
        .where(Notice.kind == "repeat", Notice.state != "waiting")
        .where(Notice.happened_at < before, Notice.id < newest, ~unsent.exists())
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
