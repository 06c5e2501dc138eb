"""The incidents of late, for people: rows of a table, and bars of a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from influx_pipelines.alerts.listing import Filter, statuses
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, Incident

COLOURS = {"crit": "#c0392b", "warn": "#e69f00", "unknown": "#7f8c8d", "info": "#3498db"}


def recent_incidents(
    session: Session, organisation: str, since: datetime, limit: int = 200
) -> Sequence[Incident]:
    """Incidents that are not over, or ended since a time; those that are not over come first."""
    query = (
        select(Incident)
        .join(Incident.series)
        .where(AlertSeries.organisation == organisation)
        .where(or_(Incident.state != "resolved", Incident.resolved_at >= since))
        .order_by(Incident.state == "resolved", Incident.opened_at.desc())
        .options(joinedload(Incident.series))
    )
    return session.scalars(query.limit(limit)).all()


def forgotten(session: Session, organisation: str, before: datetime) -> Sequence[Incident]:
    """Critical incidents that nobody acknowledged, opened before a time."""
    query = (
        select(Incident)
        .join(Incident.series)
        .where(AlertSeries.organisation == organisation)
        .where(Incident.state == "open", Incident.level == "crit", Incident.opened_at < before)
        .order_by(Incident.opened_at)
        .options(joinedload(Incident.series))
    )
    return session.scalars(query.limit(200)).all()


def series_by_level(session: Session, organisation: str) -> dict[str, int]:
    """How many series are at each level now."""
    query = select(AlertSeries.level, func.count()).where(AlertSeries.organisation == organisation)
    return dict(session.execute(query.group_by(AlertSeries.level)).tuples().all())


def newest_statuses(session: Session, organisation: str, limit: int = 20) -> Sequence[AlertStatus]:
    """The newest status of each series, newest first."""
    return statuses(session, Filter(organisation, latest_only=True), limit=limit).statuses


def name_of(series: AlertSeries) -> str:
    """Check and tags, as people call a series."""
    tags = ", ".join(str(value) for _, value in sorted(series.tags.items()))
    return f"{series.check_name} ({tags})" if tags else series.check_name


def incident_row(incident: Incident) -> dict[str, Any]:
    """An incident as a row of a table."""
    ended = incident.resolved_at
    return {
        "number": incident.id,
        "state": incident.state if not ended else f"{incident.state}: {incident.resolution}",
        "level": incident.level,
        "worst": incident.peak_level,
        "series": name_of(incident.series),
        "opened": f"{incident.opened_at:%Y-%m-%d %H:%M}",
        "resolved": f"{ended:%Y-%m-%d %H:%M}" if ended else "",
        "statuses": incident.statuses,
        "message": incident.message,
    }


def timeline_rows(
    incidents: Sequence[Incident], since: datetime, now: datetime
) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """Start, end and colour of each incident, by series."""
    rows: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for one in incidents:
        start, end = max(one.opened_at, since), one.resolved_at or now
        rows.setdefault(name_of(one.series), []).append((start, end, COLOURS[one.peak_level]))
    return rows
