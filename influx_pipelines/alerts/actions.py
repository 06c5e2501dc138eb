"""What a person does with an incident, and the end of one that fell silent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from influx_pipelines.alerts.incidents import course_of, notice_row, set_course, tell
from influx_pipelines.alerts.lifecycle import Seen, advance
from influx_pipelines.alerts.models import AlertSeries, Incident

# A lock that lets other tables refer to the row meanwhile.
ROW = {"key_share": True}
Resolution = Literal["by hand", "vanished"]


def acknowledge(session: Session, incident_id: int, *, by: str, now: datetime) -> Incident | None:
    """Somebody takes care: no repeats until it gets worse. None: there is no such incident.

    One that is over, or acknowledged, stays as it is.
    """
    incident = locked_incident(session, incident_id)
    if incident and incident.state == "open":
        incident.state, incident.next_repeat_at = "acknowledged", None
        incident.acknowledged_at, incident.acknowledged_by = now, by
    return incident


def resolve(session: Session, incident_id: int, *, now: datetime) -> Incident | None:
    """End an incident by hand; a bad status soon afterwards opens it again.

    None: there is no such incident. One that is over stays as it is.
    """
    incident = locked_incident(session, incident_id)
    if incident:
        end(session, incident, "by hand", incident.message, now)
    return incident


def end(
    session: Session, incident: Incident, resolution: Resolution, message: str, now: datetime
) -> None:
    """End an incident of which no status says that it is over; it has to be locked."""
    step = advance(course_of(incident), Seen(now, "ok", message, resolution))
    if step.course and step.event:
        set_course(incident, step.course)
        session.flush()
        tell(session, [notice_row(incident, step.event, now)])


def locked_incident(session: Session, incident_id: int) -> Incident | None:
    """The incident as it is now; nobody else moves it until the commit."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        return None
    session.get_one(AlertSeries, incident.series_id, with_for_update=ROW)
    session.refresh(incident, with_for_update=ROW)
    return incident
