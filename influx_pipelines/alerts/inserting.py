"""Inserts that pass over what is there already, however many writers there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from influx_pipelines.alerts.models import Base


def insert_new(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    returning: Sequence[str] = (),
) -> Sequence[Row]:
    """Insert the rows that break no unique constraint; returns columns of those.

    A row that another transaction is just inserting is waited for.
    """
    if not rows:
        return []
    table = model.__table__
    insert: Any = postgresql.insert if _is_postgresql(session) else sqlite.insert
    statement = insert(table).on_conflict_do_nothing()
    if not returning:
        session.execute(statement, rows)
        return []
    statement = statement.returning(*(table.c[name] for name in returning))
    return session.execute(statement, rows).all()


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def only_one(session: Session, lock: int) -> None:
    """Wait until no other transaction holds this lock; on SQLite one writes at a time anyway."""
    if _is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(lock)))
