"""Incidents that go on are told again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from influx_pipelines.alerts.incidents import notice_row, tell
from influx_pipelines.alerts.lifecycle import Event, Seen
from influx_pipelines.alerts.matching import facts_of
from influx_pipelines.alerts.models import Incident
from influx_pipelines.alerts.policy import Policy

AT_ONCE = 500
LOOK_AGAIN = timedelta(hours=1)  # at an incident without repeats: the policy may have changed


def queue_repeats(session: Session, policy: Policy, now: datetime) -> int:
    """Queue one repeat of each open incident whose interval is over; returns how many.

    Intervals that nobody saw the end of are passed over: a worker that slept for a day tells once.
    An acknowledged incident is not told again.
    """
    query = (
        select(Incident)
        .where(*is_due(now))
        .order_by(Incident.id)
        .options(joinedload(Incident.series, innerjoin=True))
        .with_for_update(key_share=True, of=Incident)
    )
    queued = 0
    for incident in session.scalars(query.limit(AT_ONCE)):
        queued += _queue(session, incident, policy, now)
    return queued


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of open incidents whose interval is over, or that have none yet."""
    over = or_(Incident.next_repeat_at.is_(None), Incident.next_repeat_at <= now)
    return Incident.state == "open", over


def _queue(session: Session, incident: Incident, policy: Policy, now: datetime) -> int:
    every = policy.repeat_of(facts_of(incident.series, incident.level))
    if every is None:
        incident.next_repeat_at = now + LOOK_AGAIN
        return 0
    if incident.next_repeat_at is None:
        incident.next_repeat_at = max(now, incident.opened_at) + every
        return 0
    incident.repeats += 1
    incident.next_repeat_at += every * ((now - incident.next_repeat_at) // every + 1)
    event = Event("repeat", incident.repeats, Seen(now, incident.level, incident.message))
    tell(session, [notice_row(incident, event, now)])
    return 1
