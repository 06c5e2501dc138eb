"""Lists of statuses: filtered by check **and series**, page by page, fast at a million rows.

A filter is first answered by the series, of which there are few. The statuses then come from one
index scan for each check, series or level that is asked for, each in the order of the page and no
longer than it; the database never sorts or counts what the page does not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload

from influx_pipelines.alerts.instants import to_nanoseconds
from influx_pipelines.alerts.levels import LEVELS
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, AlertTag

MAX_PAGE = 1000
# More scans than this cost more than one through the newest statuses of all series.
MAX_SCANS = 40
MAX_TAG = 250


class BadCursor(ValueError):
    """A cursor that no page of ours gave."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; what is left out is not asked.

    `active` is a matter of the series: its newest status is not ok. `latest_only` leaves the newest
    status of each series. Texts of checks are compared without regard to case.
    """

    organisation: str
    since: datetime | None = None
    until: datetime | None = None
    levels: frozenset[str] = frozenset(LEVELS)
    check_id: str = ""
    check_name: str = ""  # a part of it
    first_word: str = ""  # of the check's name: the "sensor type"
    tags: Mapping[str, str] = field(default_factory=dict)
    active: bool | None = None
    latest_only: bool = False

    @property
    def of_series(self) -> bool:
        """Whether it asks for more than a check and a level."""
        return bool(self.tags) or self.active is not None

    @property
    def of_checks(self) -> bool:
        """Whether it asks for certain checks."""
        return bool(self.check_id or self.check_name or self.first_word)


@dataclass(frozen=True, slots=True)
class Page:
    """Statuses with their series, newest first; `cursor` gives the next page, "" after the last."""

    statuses: Sequence[AlertStatus]
    cursor: str


def statuses(session: Session, asked: Filter, *, limit: int = 100, cursor: str = "") -> Page:
    """One page of statuses.

    Raises:
        BadCursor: the cursor is none.
        ValueError: a limit that is not within 1 to 1000.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise ValueError(f"limit: 1 to {MAX_PAGE}")
    after = _after(cursor) if cursor else None
    if asked.latest_only:
        found = session.scalars(latest_query(asked, after, limit + 1)).unique().all()
    else:
        query = ids_query(session, asked, after, limit + 1)
        ids = session.scalars(query).all() if query is not None else []
        rows = select(AlertStatus).where(AlertStatus.id.in_(ids))
        newest_first = rows.order_by(AlertStatus.status_time.desc(), AlertStatus.id.desc())
        found = session.scalars(newest_first.options(joinedload(AlertStatus.series))).all()
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], f"{last.status_time}.{last.id}" if last else "")


def latest_query(
    asked: Filter, after: tuple[int, int] | None, limit: int
) -> Select[tuple[AlertStatus]]:
    """The newest status of each series."""
    order = (AlertSeries.newest_time, AlertSeries.newest_id)
    query = (
        select(AlertStatus)
        .join(AlertSeries, AlertSeries.newest_id == AlertStatus.id)
        .options(contains_eager(AlertStatus.series))
        .where(*series_conditions(asked), AlertSeries.level.in_(asked.levels))
        .where(*within(asked, AlertSeries.newest_time))
        .order_by(*(column.desc() for column in order))
        .limit(limit)
    )
    return query.where(tuple_(*order) < after) if after else query


def ids_query(
    session: Session, asked: Filter, after: tuple[int, int] | None, limit: int
) -> Select[tuple[int]] | None:
    """The ids of a page: a scan a check, series or level, put together. None: nothing can match."""
    scans = [_scan(asked, condition, after, limit) for condition in scan_conditions(session, asked)]
    if not scans:
        return None
    together = union_all(*scans).subquery() if len(scans) > 1 else scans[0].subquery()
    columns = together.c
    return select(columns.id).order_by(columns.status_time.desc(), columns.id.desc()).limit(limit)


def _scan(
    asked: Filter, condition: ColumnElement[bool], after: tuple[int, int] | None, limit: int
) -> Select[Any]:
    order = (AlertStatus.status_time, AlertStatus.id)
    query = select(*order).where(condition, *within(asked, AlertStatus.status_time))
    if after:
        query = query.where(tuple_(*order) < after)
    limited = query.order_by(*(column.desc() for column in order)).limit(limit).subquery()
    return select(limited.c.status_time, limited.c.id)


def scan_conditions(session: Session, asked: Filter) -> list[ColumnElement[bool]]:
    """What each scan looks for: every one is the beginning of an index that ends in the time."""
    levels = sorted(asked.levels)
    every = set(levels) == set(LEVELS)
    by_level = [AlertStatus.level == level for level in levels]
    if asked.of_series or _others(session, asked.organisation):
        ids = session.scalars(select(AlertSeries.id).where(*series_conditions(asked))).all()
        if len(ids) * (1 if every else len(levels)) > MAX_SCANS:
            # An expression, lest the index of the series be taken for this, and all be sorted.
            among = (AlertStatus.series_id + 0).in_(ids)
            return [among] if every else [and_(level, among) for level in by_level]
        mine = [AlertStatus.series_id == one for one in ids]
        return mine if every else [and_(one, level) for one in mine for level in by_level]
    if asked.of_checks:
        query = select(AlertSeries.check_id).where(*series_conditions(asked)).distinct()
        checks = [AlertStatus.check_id == one for one in session.scalars(query)]
        return [and_(check, level) for check in checks for level in by_level]
    return [AlertStatus.status_time.is_not(None)] if every else by_level


def _others(session: Session, organisation: str) -> bool:
    """Whether the database holds series of another organisation."""
    query = select(AlertSeries.id).where(AlertSeries.organisation != organisation).limit(1)
    return session.scalar(query) is not None


def series_conditions(asked: Filter) -> list[ColumnElement[bool]]:
    """What a series has to be."""
    name = AlertSeries.check_name
    found: list[ColumnElement[bool]] = [AlertSeries.organisation == asked.organisation]
    if asked.check_id:
        found.append(AlertSeries.check_id == asked.check_id)
    if asked.check_name:
        found.append(name.icontains(asked.check_name, autoescape=True))
    if asked.first_word:
        word = asked.first_word
        same = func.lower(name) == func.lower(word)
        found.append(or_(same, name.istartswith(word + " ", autoescape=True)))
    if asked.active is not None:
        found.append(AlertSeries.level != "ok" if asked.active else AlertSeries.level == "ok")
    for tag, value in asked.tags.items():
        having = select(AlertTag.series_id).where(
            AlertTag.name == tag[:MAX_TAG], AlertTag.value == value[:MAX_TAG]
        )
        found.append(AlertSeries.id.in_(having))
    return found


def within(asked: Filter, column: Any) -> list[ColumnElement[bool]]:
    """The time that is asked for, of a column of nanoseconds."""
    found = []
    if asked.since:
        found.append(column >= to_nanoseconds(asked.since))
    if asked.until:
        found.append(column < to_nanoseconds(asked.until))
    return found


def _after(cursor: str) -> tuple[int, int]:
    time, _, number = cursor.partition(".")
    try:
        return int(time), int(number)
    except ValueError:
        raise BadCursor("cursor: take it from the page before") from None
