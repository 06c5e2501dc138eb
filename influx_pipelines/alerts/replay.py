"""Statuses that come late: the incidents become what they would be, had all come in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.incidents import (
    MERGED,
    NoticeRow,
    course_of,
    incidents_of,
    new_incident,
    notice_row,
    set_course,
)
from influx_pipelines.alerts.instants import from_nanoseconds, to_nanoseconds
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.lifecycle import REOPEN_WITHIN, Course, Event, Seen, fold
from influx_pipelines.alerts.models import AlertStatus, Incident

# Ends that no status tells of.
OTHER_ENDS = ("vanished", "by hand")


@dataclass(slots=True)
class Claim:
    """A course, what is to be told of it, and the incident that it goes on with."""

    course: Course
    events: list[Event]
    incident: Incident | None


def replay(session: Session, series_id: int, since: datetime, now: datetime) -> list[NoticeRow]:
    """Make the incidents of a series anew from its statuses since a time.

    An incident keeps its number, and what was told of it; a late good status may split one in
    two, a late bad one may join two. Returns what is to be told, what was told before too.
    """
    known = [
        one
        for one in incidents_of(session, series_id)
        if not one.resolved_at or one.resolved_at + REOPEN_WITHIN >= since
    ]
    # What is bad before this is of an incident that is over.
    start = min([since, *(one.opened_at for one in known)])
    free = list(known)
    claims = []
    for course, events in fold(_seen(session, series_id, start, known)):
        mine = next((one for one in free if _overlap(course_of(one), course)), None)
        if mine:
            free.remove(mine)
        claims.append(Claim(course, events, mine))
    return _write(session, series_id, claims, free, now)


def _overlap(one: Course, other: Course) -> bool:
    return one.opened_at <= other.ends and other.opened_at <= one.ends


def _write(
    session: Session,
    series_id: int,
    claims: Sequence[Claim],
    joined: Sequence[Incident],
    now: datetime,
) -> list[NoticeRow]:
    """Ended ones first: there is never more than one unresolved incident a series."""
    for gone in joined:
        gone.state, gone.resolution, gone.next_repeat_at = "resolved", MERGED, None
        gone.resolved_at = gone.resolved_at or gone.last_seen_at
    for claim in claims:
        if claim.incident and claim.course.resolved_at:
            set_course(claim.incident, claim.course)
    session.flush()
    notices = []
    for claim in claims:
        incident = claim.incident
        if incident is None:
            incident = new_incident(session, series_id, claim.course)
        else:
            set_course(incident, claim.course)
        notices += [notice_row(incident, event, now) for event in claim.events]
    return notices


def _seen(
    session: Session, series_id: int, start: datetime, known: Sequence[Incident]
) -> list[Seen]:
    """The statuses of a series from a time on, and the ends of which no status tells."""
    query = select(
        AlertStatus.status_time, AlertStatus.source_time, AlertStatus.level, AlertStatus.message
    ).where(AlertStatus.series_id == series_id, AlertStatus.status_time >= to_nanoseconds(start))
    rows = sorted(
        session.execute(query),
        key=lambda row: (row.status_time, row.source_time or 0, RANK[row.level]),
    )
    seen = [Seen(from_nanoseconds(row.status_time), row.level, row.message) for row in rows]
    for incident in known:
        if incident.resolution in OTHER_ENDS and incident.resolved_at:
            end = Seen(incident.resolved_at, "ok", incident.message, incident.resolution)
            later = next((i for i, one in enumerate(seen) if one.time > end.time), len(seen))
            seen.insert(later, end)
    return seen
