"""The rows of the series that statuses belong to: found or made, and held until the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from influx_pipelines.alerts.inserting import insert_new
from influx_pipelines.alerts.models import AlertCheck, AlertSeries, AlertTag
from influx_pipelines.alerts.statuses import Status

MAX_TAG = 250
NEVER = -(2**63)
SeriesKey = tuple[str, str, str]


def key_of(status: Status) -> SeriesKey:
    """The key of a status's series."""
    return (status.organisation, status.check_id, status.series_key)


def locked_series(
    session: Session, statuses: Sequence[Status], seen_at: datetime
) -> dict[SeriesKey, AlertSeries]:
    """The series of the statuses; no other transaction moves their incidents meanwhile.

    No two writers wait for each other: what is missing is made before anything is locked, both in
    one order everywhere. A transaction calls this once, then.
    """
    wanted = {key_of(status): status for status in statuses}
    keys = sorted(wanted)
    found = _select(session, keys, lock=len(keys) == 1)
    missing = [wanted[key] for key in keys if key not in found]
    if missing:
        _insert(session, missing, seen_at)
    if missing or len(keys) > 1:
        found = _select(session, keys, lock=True)
    return found


def _select(
    session: Session, keys: Sequence[SeriesKey], *, lock: bool
) -> dict[SeriesKey, AlertSeries]:
    columns = (AlertSeries.organisation, AlertSeries.check_id, AlertSeries.series_key)
    query = select(AlertSeries).where(tuple_(*columns).in_(keys)).order_by(AlertSeries.id)
    # Rows that the session knows from before the lock may be of yesterday.
    query = query.execution_options(populate_existing=True)
    rows = session.scalars(query.with_for_update(key_share=True) if lock else query).all()
    return {(row.organisation, row.check_id, row.series_key): row for row in rows}


def _insert(session: Session, statuses: Sequence[Status], seen_at: datetime) -> None:
    checks = {(status.organisation, status.check_id): status for status in statuses}
    insert_new(session, AlertCheck, [_check(one, seen_at) for one in checks.values()])
    made = insert_new(
        session, AlertSeries, [_series(one) for one in statuses], returning=("id", "series_key")
    )
    ids = {row.series_key: row.id for row in made}
    tags = [
        {"series_id": ids[one.series_key], "name": name[:MAX_TAG], "value": value[:MAX_TAG]}
        for one in statuses
        if one.series_key in ids
        for name, value in one.tags.items()
    ]
    insert_new(session, AlertTag, tags)


def _check(status: Status, seen_at: datetime) -> dict[str, object]:
    return {
        "organisation": status.organisation,
        "check_id": status.check_id,
        "name": status.check_name,
        "type": status.check_type,
        "every_seconds": None,
        "tag_names": None,
        "float_fields": None,
        "text_fields": None,
        "ran_at": None,
        "seen_at": seen_at,
    }


def _series(status: Status) -> dict[str, object]:
    return {
        "organisation": status.organisation,
        "check_id": status.check_id,
        "series_key": status.series_key,
        "check_name": status.check_name,
        "check_type": status.check_type,
        "source_measurement": status.source_measurement,
        "tags": dict(status.tags),
        "guessed": status.guessed,
        "level": status.level,
        "newest_id": None,
        "newest_time": NEVER,
        "newest_source": NEVER,
    }
