"""What the application tasks found (`multiapp_`), as statuses.

A finding says that something is wrong at a time; nothing says when it is over. An incident of
findings therefore ends when nothing is found any more.
"""

from __future__ import annotations

from datetime import datetime

from influx_pipelines.alerts.readback import Row, read_rows
from influx_pipelines.alerts.statuses import BadStatus, Status, storable
from influx_pipelines.alerts.webhook import level_of
from influx_pipelines.influx.client import Influx

TYPE = "finding"
# Of the row itself; the other tags say where it was found.
MARKS = frozenset({"check", "level", "fingerprint"})
PREFIX = "finding:"


def read_findings(client: Influx, bucket: str, start: datetime, stop: datetime) -> list[Row]:
    """The rows of all findings between two times.

    Raises:
        InfluxError: the query failed, or there is no such bucket.
    """
    return read_rows(client, bucket, start, stop)


def status_of(organisation: str, row: Row) -> Status:
    """A row as a status of the check `finding:<check>`.

    Raises:
        BadStatus: the row has no check or no level: no task of ours wrote it.
    """
    tags, fields = storable(row.tags), storable(row.fields)
    check = tags.get("check")
    if not check:
        raise BadStatus("check: a finding says which check found it")
    return Status(
        organisation=organisation,
        check_id=PREFIX + check,
        check_name=check,
        check_type=TYPE,
        level=level_of(tags.get("level")),
        message=str(fields.pop("message", "")),
        status_time=row.time,
        source_time=row.time,
        source_measurement=row.measurement,
        tags={name: value for name, value in tags.items() if name not in MARKS},
        fields=fields,
        raw={**tags, **fields, "_time": row.time},
        origin="finding",
    )
