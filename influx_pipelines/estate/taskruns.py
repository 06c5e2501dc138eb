"""The finished runs of tasks, copied out of `_tasks`, where the server drops them after three days.

A run keeps its time and its tags (task and status), so that a second copy changes nothing. A run is
kept at the time when it began and comes to `_tasks` when it is over: which ones are new is found by
comparing, not by a last time.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.redact import ADDRESS, HOST_ALONE

if TYPE_CHECKING:
    import pyarrow as pa

BUCKET = "task_runs"
SYSTEM_BUCKET = "_tasks"
WINDOW = "-4d"
SLICE = timedelta(hours=1)  # that is copied at once: logs are long
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FIELDS = ("runID", "name", "scheduledFor", "startedAt", "finishedAt", "logs")

Rows = list[dict[str, Any]]
Identity = tuple[datetime, str, str]  # when it began, task, status


def listed(client: Influx, bucket: str) -> Rows:
    """The finished runs of the last four days that a bucket holds, without their logs.

    Raises:
        InfluxError: the query failed.
    """
    return client.read(bucket, "runs", fields=("name", "runID"), start=WINDOW).rows()


def copy_runs(client: Influx) -> Rows:
    """Copy the finished runs that have no copy yet; all that the server still has are returned.

    Raises:
        InfluxError: they could not be read, or there is no bucket for them.
    """
    there = listed(client, SYSTEM_BUCKET)
    new = uncopied(there, listed(client, BUCKET))
    for start in sorted({moment - (moment - EPOCH) % SLICE for moment, _, _ in new}):
        found = client.read(SYSTEM_BUCKET, "runs", fields=FIELDS, start=start, stop=start + SLICE)
        table = _without_addresses(found.arrow())  # its times are whole nanoseconds
        client.write(
            table, bucket=BUCKET, measurement="runs", tags=["taskID", "status"], time="_time"
        )
    return there


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


def _without_addresses(table: pa.Table) -> pa.Table:
    """The runs without the paths of addresses: that of a webhook stands in the log of its error."""
    import pyarrow.compute as pc

    logs = pc.replace_substring_regex(table["logs"], pattern=ADDRESS, replacement=HOST_ALONE)
    return table.set_column(table.column_names.index("logs"), "logs", logs)


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


def uncopied(there: Rows, copied: Rows) -> set[Identity]:
    """Which of the server's runs have no copy."""
    return _identities(there) - _identities(copied)


def _identities(found: Rows) -> set[Identity]:
    return {(row["_time"], row["taskID"], row["status"]) for row in found}
