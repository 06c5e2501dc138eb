"""How many there are: exact as far as anybody reads it, at least as many beyond."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.listing import (
    Filter,
    latest_query,
    scan_conditions,
    series_conditions,
    within,
)
from influx_pipelines.alerts.models import AlertCheck, AlertSeries, AlertStatus

# Counting a million rows takes longer than any page of them.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Statuses in the time that was asked for, those of them that match, and the series' state.

    `total` and `matching` go up to 10,000: so many or more. `active` and `cleared` count series.
    """

    total: int
    matching: int
    active: int
    cleared: int


def counts(session: Session, asked: Filter) -> Counts:
    """Counts beside a page of `listing.statuses`."""
    everything = Filter(asked.organisation, since=asked.since, until=asked.until)
    of_series = replace(asked, active=None)
    query = select(AlertSeries.level, func.count()).where(*series_conditions(of_series))
    states = dict(session.execute(query.group_by(AlertSeries.level)).tuples().all())
    cleared = states.pop("ok", 0)
    return Counts(
        total=_matching(session, everything),
        matching=_matching(session, asked),
        active=sum(states.values()),
        cleared=cleared,
    )


def check_names(session: Session, organisation: str) -> list[str]:
    """The names of all checks that were seen, in alphabetical order."""
    query = select(AlertCheck.name).where(AlertCheck.organisation == organisation).distinct()
    return sorted(session.scalars(query))


def _matching(session: Session, asked: Filter) -> int:
    if asked.latest_only:
        return _count(session, latest_query(asked, None, COUNTED))
    found = 0
    for condition in scan_conditions(session, asked):
        ids = select(AlertStatus.id).where(condition, *within(asked, AlertStatus.status_time))
        found += _count(session, ids.limit(COUNTED - found))
        if found >= COUNTED:
            break
    return found


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0
