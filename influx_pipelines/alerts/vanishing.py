"""Incidents whose series fell silent: a deadman out of its check's sight, a finding of once.

InfluxDB says nothing then. A series that is silent for several periods of its check, although all
was read, is over without having recovered, and that is what is told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.actions import end, locked_incident
from influx_pipelines.alerts.findings import TYPE
from influx_pipelines.alerts.models import AlertCheck, AlertSeries, Incident

PERIODS = 3
LEAST = timedelta(minutes=15)  # findings too: their tasks look every 2m30s, 5 minutes late
UNKNOWN = timedelta(days=1)  # of a check whose period was never read


def end_vanished(
    session: Session, organisation: str, read_until: datetime, *, findings: bool
) -> Collection[int]:
    """End the incidents that are silent too long before `read_until`; returns their numbers.

    Args:
        session: a transaction of `Database.session`.
        organisation: its name.
        read_until: up to here everything was read; silence after it means nothing.
        findings: whether that is true of the findings, or of the statuses.
    """
    query = (
        select(Incident.id, AlertCheck.type, AlertCheck.every_seconds)
        .join(Incident.series)
        .join(
            AlertCheck,
            (AlertCheck.organisation == AlertSeries.organisation)
            & (AlertCheck.check_id == AlertSeries.check_id),
        )
        .where(Incident.state != "resolved", Incident.last_seen_at < read_until - LEAST)
        .where(AlertSeries.organisation == organisation)
        .where((AlertCheck.type == TYPE) if findings else (AlertCheck.type != TYPE))
        .order_by(AlertSeries.id)
    )
    ended = []
    for row in session.execute(query).all():
        if _end(session, row.id, read_until, silence_of(row.type, row.every_seconds)):
            ended.append(row.id)
    return ended


def silence_of(check_type: str, every_seconds: int | None) -> timedelta:
    """How long a series of a check may be silent."""
    if check_type == TYPE:
        return LEAST
    if every_seconds is None:
        return UNKNOWN
    return max(LEAST, PERIODS * timedelta(seconds=every_seconds))


def _end(session: Session, incident_id: int, read_until: datetime, longest: timedelta) -> bool:
    incident = locked_incident(session, incident_id)
    if incident is None or incident.state == "resolved":
        return False
    if incident.last_seen_at >= read_until - longest:
        return False
    message = f"no status since {incident.last_seen_at:%Y-%m-%d %H:%M} UTC: {incident.message}"
    end(session, incident, "vanished", message, read_until)
    return True
