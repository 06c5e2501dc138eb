"""The incidents of a series in the tables, moved by what `lifecycle` says.

Whoever moves them holds the row of the series: no two transactions do at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.lifecycle import Course, Event, Seen, advance
from influx_pipelines.alerts.models import Incident, Notice

MERGED = "merged"
NoticeRow = dict[str, Any]
COURSE = tuple(Course.__dataclass_fields__)


def follow(
    session: Session, series_id: int, newest: Incident | None, seen: Sequence[Seen], now: datetime
) -> list[NoticeRow]:
    """Move the incidents of a series by statuses that are newer than all before, oldest first.

    `newest` is the incident that was opened last. Returns what is to be told.
    """
    incident, notices = newest, []
    for one in seen:
        step = advance(course_of(incident) if incident else None, one)
        if step.course is None:
            continue
        if step.begins or incident is None:
            incident = new_incident(session, series_id, step.course)
        else:
            set_course(incident, step.course)
        if step.event:
            notices.append(notice_row(incident, step.event, now))
    return notices


def newest_incidents(session: Session, series_ids: Sequence[int]) -> dict[int, Incident]:
    """The incident that was opened last, by series, locked; in one order, as everywhere."""
    last = (
        select(Incident.series_id, func.max(Incident.opened_at).label("opened_at"))
        .where(Incident.series_id.in_(series_ids), Incident.resolution != MERGED)
        .group_by(Incident.series_id)
        .subquery()
    )
    query = select(Incident).join(
        last,
        (Incident.series_id == last.c.series_id) & (Incident.opened_at == last.c.opened_at),
    )
    query = query.where(Incident.resolution != MERGED).order_by(Incident.id)
    found = session.scalars(query.with_for_update(key_share=True, of=Incident))
    return {incident.series_id: incident for incident in found}


def incidents_of(session: Session, series_id: int) -> Sequence[Incident]:
    """The incidents of a series, oldest first; one that was joined to another is history."""
    query = select(Incident).where(Incident.series_id == series_id, Incident.resolution != MERGED)
    return session.scalars(query.order_by(Incident.opened_at)).all()


def course_of(incident: Incident) -> Course:
    """The incident as the lifecycle knows it."""
    return Course(**{name: getattr(incident, name) for name in COURSE})


def new_incident(session: Session, series_id: int, course: Course) -> Incident:
    """Insert an incident; the end of the one before has to come first."""
    session.flush()
    state = "resolved" if course.resolved_at else "open"
    incident = Incident(series_id=series_id, state=state, **asdict(course))
    session.add(incident)
    session.flush()
    return incident


def set_course(incident: Incident, course: Course) -> None:
    """Bring an incident to where the lifecycle says; one that got worse is open again."""
    worsened = RANK[course.level] > RANK[incident.level]
    for name in COURSE:
        setattr(incident, name, getattr(course, name))
    if course.resolved_at:
        incident.state, incident.next_repeat_at = "resolved", None
    elif incident.state == "resolved" or worsened:
        # Whoever acknowledged it has not seen this.
        incident.state, incident.acknowledged_at, incident.acknowledged_by = "open", None, ""


def notice_row(incident: Incident, event: Event, now: datetime) -> NoticeRow:
    """Something to tell, for `tell`."""
    return {
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


def tell(session: Session, notices: Sequence[NoticeRow]) -> None:
    """Queue what is to be told; what was queued before stays as it is."""
    insert_new(session, Notice, notices)
