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
    """Columns of the statuses of a check, beside those that begin with `_`.

    A text that is neither a known tag nor a known field may be a tag that is new.
    """

    tags: frozenset[str] = frozenset()
    floats: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()  # fields

    def __or__(self, other: Columns) -> Columns:
        return Columns(self.tags | other.tags, self.floats | other.floats, self.texts | other.texts)


@dataclass(frozen=True, slots=True)
class Known:
    """The checks of one organisation whose columns are known, by id."""

    organisation: str
    columns: Mapping[str, Columns] = field(default_factory=dict)


def known_columns(session: Session, organisation: str) -> Known:
    """All that was learned so far of an organisation's checks."""
    query = select(AlertCheck).where(AlertCheck.organisation == organisation)
    learned = {
        row.check_id: _columns(row) for row in session.scalars(query) if row.tag_names is not None
    }
    return Known(organisation, learned)


def _columns(row: AlertCheck) -> Columns:
    named = (row.tag_names, row.float_fields, row.text_fields)
    return Columns(*(frozenset(names or ()) for names in named))


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
            columns = _columns(row) | lesson.columns
            row.tag_names, row.float_fields = sorted(columns.tags), sorted(columns.floats)
            row.text_fields = sorted(columns.texts)


def _row(session: Session, organisation: str, lesson: Lesson, seen_at: datetime) -> AlertCheck:
    key = {"organisation": organisation, "check_id": lesson.check_id}
    learned = ("tag_names", "float_fields", "text_fields", "every_seconds", "ran_at")
    new = dict.fromkeys(learned)
    given = {"name": lesson.name, "type": lesson.type, "seen_at": seen_at}
    insert_new(session, AlertCheck, [{**key, **new, **given}])
    return session.get_one(
        AlertCheck, (organisation, lesson.check_id), with_for_update={"key_share": True}
    )
