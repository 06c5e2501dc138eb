"""What is known of the checks: which columns of a status are tags, which fields are floats.

A webhook gets tags and fields flat and unmarked, and 95.0 as 95. `_monitoring` tells them apart,
so whoever reads there teaches whoever only listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.models import AlertCheck


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of the statuses of a check, beside those that begin with `_`."""

    tags: frozenset[str] = frozenset()
    floats: frozenset[str] = frozenset()

    def __or__(self, other: Columns) -> Columns:
        return Columns(self.tags | other.tags, self.floats | other.floats)


@dataclass(frozen=True, slots=True)
class Known:
    """The checks of one organisation whose columns are known, by id."""

    organisation: str
    columns: Mapping[str, Columns] = field(default_factory=dict)


def known_columns(session: Session, organisation: str) -> Known:
    """All that was learned so far of an organisation's checks."""
    query = select(AlertCheck.check_id, AlertCheck.tag_names, AlertCheck.float_fields).where(
        AlertCheck.organisation == organisation
    )
    learned = {
        row.check_id: Columns(frozenset(row.tag_names), frozenset(row.float_fields or ()))
        for row in session.execute(query)
        if row.tag_names is not None
    }
    return Known(organisation, learned)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a read of the server says of one check."""

    check_id: str
    name: str
    type: str
    columns: Columns | None = None
    every_seconds: int | None = None
    ran_at: datetime | None = None


def learn(
    session: Session, organisation: str, lessons: Iterable[Lesson], seen_at: datetime
) -> None:
    """Add to what is known; columns are added to, a name and a period are replaced."""
    for lesson in sorted(lessons, key=lambda lesson: lesson.check_id):
        row = _row(session, organisation, lesson, seen_at)
        row.name, row.type, row.seen_at = lesson.name, lesson.type, seen_at
        if lesson.every_seconds is not None:
            row.every_seconds = lesson.every_seconds
        row.ran_at = lesson.ran_at or row.ran_at
        if lesson.columns is not None:
            before = Columns(frozenset(row.tag_names or ()), frozenset(row.float_fields or ()))
            columns = before | lesson.columns
            row.tag_names, row.float_fields = sorted(columns.tags), sorted(columns.floats)


def _row(session: Session, organisation: str, lesson: Lesson, seen_at: datetime) -> AlertCheck:
    key = {"organisation": organisation, "check_id": lesson.check_id}
    new = {"tag_names": None, "float_fields": None, "every_seconds": None, "ran_at": None}
    given = {"name": lesson.name, "type": lesson.type, "seen_at": seen_at}
    insert_new(session, AlertCheck, [{**key, **new, **given}])
    return session.get_one(
        AlertCheck, (organisation, lesson.check_id), with_for_update={"key_share": True}
    )
