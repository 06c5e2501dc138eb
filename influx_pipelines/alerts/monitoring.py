"""What monitoring checks wrote to the bucket `_monitoring`, as statuses.

Only the measurement `statuses` is read: `notifications` misses some that were sent, and merges two
of one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from influx_pipelines.alerts.knowledge import Columns, Lesson
from influx_pipelines.alerts.readback import STATUSES, Row, read_rows
from influx_pipelines.alerts.statuses import Status, storable
from influx_pipelines.alerts.webhook import level_of
from influx_pipelines.flux.durations import DurationError, parse_flux
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, Unauthorized
from influx_pipelines.influx.paging import pages

BUCKET = "_monitoring"


def read_statuses(client: Influx, start: datetime, stop: datetime) -> list[Row]:
    """The rows of all statuses between two times.

    Raises:
        InfluxError: the query failed.
    """
    return read_rows(client, BUCKET, start, stop, STATUSES)


def status_of(organisation: str, row: Row) -> Status:
    """A row as a status.

    Raises:
        BadStatus: somebody else wrote into the bucket.
    """
    tags, fields = storable(row.tags), storable(row.fields)
    return Status(
        organisation=organisation,
        check_id=tags.get("_check_id", ""),
        check_name=tags.get("_check_name", ""),
        check_type=tags.get("_type", ""),
        level=level_of(tags.get("_level")),
        message=str(fields.get("_message", "")),
        status_time=row.time,
        source_time=fields.get("_source_timestamp"),
        source_measurement=tags.get("_source_measurement", ""),
        tags=_own(tags),
        fields=_own(fields),
        raw={**tags, **fields, "_time": row.time},
        origin="reconcile",
    )


def lessons_of(statuses: Iterable[Status]) -> list[Lesson]:
    """Which columns of each check are tags, and which fields are floats and texts."""
    learned: dict[str, Lesson] = {}
    for status in statuses:
        columns = Columns(
            frozenset(status.tags), _fields_of(status, float), _fields_of(status, str)
        )
        if before := learned.get(status.check_id):
            columns |= before.columns or Columns()
        learned[status.check_id] = Lesson(
            status.check_id, status.check_name, status.check_type, columns
        )
    return list(learned.values())


def _fields_of(status: Status, kind: type) -> frozenset[str]:
    return frozenset(name for name, value in status.fields.items() if isinstance(value, kind))


def _own(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if not name.startswith("_")}


def read_checks(client: Influx) -> list[Lesson]:
    """Name, type, period and last run of each check; nothing where the token may not list them.

    Raises:
        InfluxError: the list failed otherwise.
    """

    def page(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = client.request("GET", "/api/v2/checks", params={"orgID": client.org_id, **asked})
        return list(found["checks"])

    try:
        checks = pages(page)
    except (Forbidden, Unauthorized):
        return []
    return [
        Lesson(
            one["id"],
            storable(one["name"]),
            one["type"],
            every_seconds=_seconds(one),
            ran_at=_time(one.get("latestCompleted")),
        )
        for one in checks
    ]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _seconds(check: Mapping[str, Any]) -> int | None:
    try:
        return parse_flux(check.get("every") or "").seconds
    except DurationError:
        return None  # a check of type custom has its period in its script
