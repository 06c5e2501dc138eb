"""Statuses into the tables: the same one by two roads, in any order, any number of times, is one.

Incidents, and what is to be told of them, change in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from influx_pipelines.alerts.incidents import NoticeRow, follow, newest_incidents, tell
from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.instants import from_nanoseconds, utc_now
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.lifecycle import Seen
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident
from influx_pipelines.alerts.replay import replay
from influx_pipelines.alerts.serieslock import key_of, locked_series
from influx_pipelines.alerts.statuses import Status

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many statuses were new, and how many were known."""

    new: int = 0
    known: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.new + other.new, self.known + other.known)


def record(
    session: Session, statuses: Iterable[Status], *, now: datetime | None = None
) -> Recorded:
    """Store what is new, advance the incidents of its series, and queue what is to be told.

    Args:
        session: a transaction of `Database.session`; it is the caller who commits it.
        statuses: of any checks and times; a repeated one is stored once. With many, give 500 a
            transaction: whoever else writes waits.
        now: when they were first seen, for tests.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is down, or busy for too long.
    """
    seen_at, given = now or utc_now(), list(statuses)
    if not given:
        return Recorded()
    # The last one wins, as it does in InfluxDB.
    unique = {(key_of(one), one.level, one.status_time): one for one in given}.values()
    series = locked_series(session, list(unique), seen_at)
    rows = {(series[key_of(one)].id, one.level, one.status_time): one for one in unique}
    inserted = insert_new(
        session,
        AlertStatus,
        [_row(one, row[0], seen_at) for row, one in sorted(rows.items(), key=lambda at: at[0])],
        returning=("id", "series_id", "level", "status_time"),
    )
    fresh: dict[int, list[tuple[Status, int]]] = {}
    for found in inserted:
        status = rows[found.series_id, found.level, found.status_time]
        fresh.setdefault(found.series_id, []).append((status, found.id))
    newest = newest_incidents(session, list(fresh))
    notices: list[NoticeRow] = []
    for one in series.values():
        if one.id in fresh:
            in_order = sorted(fresh[one.id], key=lambda new: new[0].order)
            notices += _advance(session, one, newest.get(one.id), in_order, seen_at)
    session.flush()
    tell(session, notices)
    return Recorded(len(inserted), len(given) - len(inserted))


def _advance(
    session: Session,
    series: AlertSeries,
    incident: Incident | None,
    fresh: Sequence[tuple[Status, int]],
    seen_at: datetime,
) -> list[NoticeRow]:
    """Bring the series' newest status and its incidents up to date; returns what is to be told."""
    known = (series.newest_time, series.newest_source, RANK[series.level])
    newest, newest_id = fresh[-1]
    in_order = fresh[0][0].order > known
    if newest.order > known:
        series.level = newest.level
        series.newest_id = newest_id
        series.newest_time = newest.status_time
        series.newest_source = newest.source_time or 0
        series.check_name = newest.check_name
    seen = [Seen(from_nanoseconds(one.status_time), one.level, one.message) for one, _ in fresh]
    if in_order:
        return follow(session, series.id, incident, seen, seen_at)
    session.flush()
    return replay(session, series.id, seen[0].time, seen_at)


def _row(status: Status, series_id: int, seen_at: datetime) -> dict[str, Any]:
    return {
        "series_id": series_id,
        "check_id": status.check_id,
        "level": status.level,
        "status_time": status.status_time,
        "source_time": status.source_time,
        "message": status.message,
        "fields": dict(status.fields),
        "raw": dict(status.raw),
        "origin": status.origin,
        "first_seen_at": seen_at,
    }
