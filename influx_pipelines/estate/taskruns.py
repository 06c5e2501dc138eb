"""The finished runs of tasks, copied out of `_tasks`, where the server drops them after three days.

A run keeps its time and its tags (task and status), so that a second copy changes nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.client import Influx

if TYPE_CHECKING:
    from influx_pipelines.influx.reading.result import QueryResult

BUCKET = "task_runs"
SYSTEM_BUCKET = "_tasks"
WINDOW = "-4d"

FIELDS = ("runID", "name", "scheduledFor", "startedAt", "finishedAt", "logs")

Rows = list[dict[str, Any]]


def runs(client: Influx, bucket: str) -> QueryResult:
    """The finished runs of the last four days that a bucket holds: a row each, with its fields.

    Raises:
        InfluxError: the query failed.
    """
    return client.read(bucket, "runs", fields=FIELDS, start=WINDOW)


def copy_runs(client: Influx) -> Rows:
    """Copy the finished runs that the server still has; they are returned.

    Raises:
        InfluxError: they could not be read, or there is no bucket for them.
    """
    found = runs(client, SYSTEM_BUCKET)
    if len(found):
        table = found.arrow()  # its times are whole nanoseconds
        client.write(
            table, bucket=BUCKET, measurement="runs", tags=["taskID", "status"], time="_time"
        )
    return found.rows()


def succeeded(client: Influx, task_id: str, start: datetime, stop: datetime) -> set[datetime]:
    """The times in [start, stop) for which the copies have a run of a task that succeeded.

    Raises:
        InfluxError: the query failed.
    """
    if client.find_bucket(BUCKET) is None:
        return set()
    tags = {"taskID": task_id, "status": "success"}
    # A run is never earlier than the time that it is for.
    found = client.read(BUCKET, "runs", fields=("scheduledFor",), tags=tags, start=start)
    moments = {datetime.fromisoformat(row["scheduledFor"]) for row in found.rows()}
    return {moment for moment in moments if start <= moment < stop}


def by_task(found: Rows) -> Rows:
    """How many runs each task had, by how they ended, and when the newest one was."""
    counts = Counter((row["name"] or "", row["status"]) for row in found)
    newest: dict[tuple[str, str], Any] = {}
    for row in found:
        key = row["name"] or "", row["status"]
        newest[key] = max(row["_time"], newest.get(key, row["_time"]))
    return [
        {
            "task": name,
            "status": status,
            "runs": count,
            "newest": newest[name, status].isoformat(timespec="seconds"),
        }
        for (name, status), count in sorted(counts.items())
    ]


def missing(there: Rows, copied: Rows) -> int:
    """How many of the server's runs have no copy."""
    return len(_identities(there) - _identities(copied))


def _identities(found: Rows) -> set[tuple[Any, ...]]:
    return {(row["_time"], row["taskID"], row["status"]) for row in found}
