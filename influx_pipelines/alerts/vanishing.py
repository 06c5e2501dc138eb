"""Incidents whose series fell silent: a deadman out of its check's sight, a finding of once.

InfluxDB says nothing then. A series that is silent for several periods of its check, although all
was read, is over without having recovered, and that is what is told.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts import orchestrator
from influx_pipelines.alerts.actions import end, locked_incident
from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.findings import TYPE
from influx_pipelines.alerts.models import AlertCheck, AlertSeries, Incident

OTHERS = (TYPE, orchestrator.TYPE)  # no checks of InfluxDB
PERIODS = 3
LEAST = timedelta(minutes=15)  # findings too: their tasks look every 2m30s, 5 minutes late
# A check whose period was never read, or that does not run any more: it was deleted, or the server
# was down, and then it is too early to say that a series fell silent.
UNKNOWN = timedelta(days=1)


def end_vanished(
    database: Database, organisation: str, read_until: datetime, *, findings: bool
) -> Collection[int]:
    """End the incidents that are silent too long before `read_until`; returns their numbers.

    Args:
        database: each incident is ended in a transaction of its own.
        organisation: its name.
        read_until: up to here everything was read; silence after it means nothing.
        findings: whether that is true of the findings, or of the statuses.
    """
    with database.reading() as session:
        silent = _silent(session, organisation, read_until, findings=findings)
    ended = []
    for incident_id, before in silent:
        with database.session() as session:
            if _end(session, incident_id, read_until, before):
                ended.append(incident_id)
    return ended


def _silent(
    session: Session, organisation: str, read_until: datetime, *, findings: bool
) -> list[tuple[int, datetime]]:
    """Incidents that may be silent too long, and since before when."""
    query = (
        select(Incident.id, AlertCheck.type, AlertCheck.every_seconds, AlertCheck.ran_at)
        .join(Incident.series)
        .join(
            AlertCheck,
            (AlertCheck.organisation == AlertSeries.organisation)
            & (AlertCheck.check_id == AlertSeries.check_id),
        )
        .where(Incident.state != "resolved", Incident.last_seen_at < read_until - LEAST)
        .where(AlertSeries.organisation == organisation)
        .where((AlertCheck.type == TYPE) if findings else AlertCheck.type.not_in(OTHERS))
    )
    # Nobody asks when the tasks ran; a server that ran its checks ran them, too.
    server_ran = session.scalar(
        select(func.max(AlertCheck.ran_at)).where(AlertCheck.organisation == organisation)
    )
    return [
        (
            row.id,
            heard_before(
                row.type, row.every_seconds, server_ran if findings else row.ran_at, read_until
            ),
        )
        for row in session.execute(query)
    ]


def heard_before(
    check_type: str, every_seconds: int | None, ran_at: datetime | None, read_until: datetime
) -> datetime:
    """A series of the check that was heard last before this time fell silent."""
    if check_type == TYPE:
        every_seconds, ran_at = 0, ran_at or read_until
    if every_seconds is None or ran_at is None:
        return read_until - UNKNOWN
    silence = max(LEAST, PERIODS * timedelta(seconds=every_seconds))
    return max(min(read_until, ran_at) - silence, read_until - max(silence, UNKNOWN))


def _end(session: Session, incident_id: int, read_until: datetime, before: datetime) -> bool:
    incident = locked_incident(session, incident_id)
    if incident is None or incident.state == "resolved" or incident.last_seen_at >= before:
        return False
    message = f"no status since {incident.last_seen_at:%Y-%m-%d %H:%M} UTC: {incident.message}"
    end(session, incident, "vanished", message, read_until)
    return True
