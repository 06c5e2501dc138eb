"""The incidents of a series in the tables, moved by what `lifecycle` says.

Whoever moves them holds the row of the series: no two transactions do at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.lifecycle import Course, Event, Seen, advance
from influx_pipelines.alerts.models import Incident, Notice

MERGED = "merged"
COURSE = tuple(Course.__dataclass_fields__)


def follow(session: Session, series_id: int, seen: Sequence[Seen], now: datetime) -> None:
    """Move the incidents of a series by statuses that are newer than all before, oldest first."""
    incident = newest_incident(session, series_id)
    for one in seen:
        step = advance(course_of(incident) if incident else None, one)
        if step.course is None:
            continue
        if step.begins or incident is None:
            incident = new_incident(session, series_id, step.course)
        else:
            set_course(incident, step.course)
            session.flush()
        if step.event:
            tell(session, incident, [step.event], now)


def newest_incident(session: Session, series_id: int) -> Incident | None:
    """The incident of a series that was opened last."""
    return session.scalars(_of(series_id).order_by(Incident.opened_at.desc()).limit(1)).first()


def incidents_of(session: Session, series_id: int) -> Sequence[Incident]:
    """The incidents of a series, oldest first."""
    return session.scalars(_of(series_id).order_by(Incident.opened_at)).all()


def _of(series_id: int) -> Select[tuple[Incident]]:
    # One that was joined to an earlier one is history.
    return select(Incident).where(Incident.series_id == series_id, Incident.resolution != MERGED)


def course_of(incident: Incident) -> Course:
    """The incident as the lifecycle knows it."""
    return Course(**{name: getattr(incident, name) for name in COURSE})


def new_incident(session: Session, series_id: int, course: Course) -> Incident:
    """Insert an incident."""
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
