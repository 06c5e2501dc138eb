"""The incidents of a series in the tables, moved by what `lifecycle` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.instants import from_nanoseconds, to_nanoseconds
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.lifecycle import REOPEN_WITHIN, Course, Event, Seen, advance, fold
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident, Notice
from influx_pipelines.alerts.statuses import Status

COURSE = tuple(Course.__dataclass_fields__)
# Ends that no status tells of.
OTHER_ENDS = ("vanished", "by hand")


def follow(
    session: Session,
    series: AlertSeries,
    fresh: Sequence[Status],
    *,
    in_order: bool,
    now: datetime,
) -> None:
    """Move the incidents of a series by its new statuses, oldest first.

    Statuses that come late are put into their place: the incidents become those that they would
    be, had all come in order.
    """
    if not in_order:
        _replay(session, series, from_nanoseconds(fresh[0].status_time), now)
        return
    incident = _newest(session, series.id)
    for status in fresh:
        seen = Seen(from_nanoseconds(status.status_time), status.level, status.message)
        step = advance(course_of(incident) if incident else None, seen)
        if step.course is None:
            continue
        if step.begins or incident is None:
            incident = _new(session, series.id, step.course)
        else:
            _apply(incident, step.course)
            session.flush()
        if step.event:
            tell(session, incident, [step.event], now)


def course_of(incident: Incident) -> Course:
    """The incident as the lifecycle knows it."""
    return Course(**{name: getattr(incident, name) for name in COURSE})


def tell(session: Session, incident: Incident, events: Sequence[Event], now: datetime) -> None:
    """Queue what is to be told of an incident; what was queued before stays as it is."""
    rows = [
        {
            "incident_id": incident.id,
            "kind": event.kind,
            "number": event.number,
            "level": event.seen.level,
            "message": event.seen.message,
            "happened_at": event.seen.time,
            "state": "waiting",
            "due_at": now,
            "reason": "",
        }
        for event in events
    ]
    insert_new(session, Notice, rows)


def _newest(session: Session, series_id: int) -> Incident | None:
    query = select(Incident).where(Incident.series_id == series_id)
    return session.scalars(query.order_by(Incident.opened_at.desc()).limit(1)).first()


def _new(session: Session, series_id: int, course: Course) -> Incident:
    state = "resolved" if course.resolved_at else "open"
    incident = Incident(series_id=series_id, state=state, **asdict(course))
    session.add(incident)
    session.flush()
    return incident


def _apply(incident: Incident, course: Course) -> None:
    worsened = RANK[course.level] > RANK[incident.level]
    for name in COURSE:
        setattr(incident, name, getattr(course, name))
    if course.resolved_at:
        incident.state, incident.next_repeat_at = "resolved", None
    elif incident.state == "resolved" or worsened:
        # Whoever acknowledged it has not seen this.
        incident.state, incident.acknowledged_at, incident.acknowledged_by = "open", None, ""


def _replay(session: Session, series: AlertSeries, since: datetime, now: datetime) -> None:
    known = session.scalars(
        select(Incident).where(Incident.series_id == series.id).order_by(Incident.opened_at)
    ).all()
    over = [one for one in known if one.resolved_at and one.resolved_at + REOPEN_WITHIN < since]
    start = max((one.resolved_at for one in over if one.resolved_at), default=None)
    known = [one for one in known if one not in over]
    courses = fold(_seen(session, series.id, start, known))
    claimed: list[tuple[Incident | None, Course, list[Event]]] = []
    free = list(known)
    for course, events in courses:
        mine = next((one for one in free if _overlap(one, course)), None)
        if mine:
            free.remove(mine)
        claimed.append((mine, course, events))
    _write(session, series.id, claimed, free, now)


def _overlap(incident: Incident, course: Course) -> bool:
    return incident.opened_at <= course.ends and course.opened_at <= course_of(incident).ends


def _write(
    session: Session,
    series_id: int,
    claimed: Sequence[tuple[Incident | None, Course, list[Event]]],
    swallowed: Sequence[Incident],
    now: datetime,
) -> None:
    """Ended ones first: there is never more than one unresolved incident a series."""
    for gone in swallowed:
        gone.state, gone.resolution = "resolved", "merged"
        gone.resolved_at = gone.resolved_at or gone.last_seen_at
    for incident, course, _ in claimed:
        if incident and course.resolved_at:
            _apply(incident, course)
    session.flush()
    for incident, course, events in claimed:
        if incident is None:
            incident = _new(session, series_id, course)
        else:
            _apply(incident, course)
            session.flush()
        tell(session, incident, events, now)


def _seen(
    session: Session, series_id: int, after: datetime | None, known: Sequence[Incident]
) -> list[Seen]:
    """The statuses of a series after a time, and the ends of which no status tells."""
    query = select(
        AlertStatus.status_time, AlertStatus.source_time, AlertStatus.level, AlertStatus.message
    ).where(AlertStatus.series_id == series_id)
    if after:
        query = query.where(AlertStatus.status_time >= to_nanoseconds(after) + 1000)
    rows = [
        ((row.status_time, row.source_time or 0, RANK[row.level]), row)
        for row in session.execute(query)
    ]
    rows.sort(key=lambda at: at[0])
    seen = [Seen(from_nanoseconds(row.status_time), row.level, row.message) for _, row in rows]
    for incident in known:
        if incident.resolution in OTHER_ENDS and incident.resolved_at:
            end = Seen(incident.resolved_at, "ok", incident.message, incident.resolution)
            later = next((i for i, one in enumerate(seen) if one.time > end.time), len(seen))
            seen.insert(later, end)
    return seen
