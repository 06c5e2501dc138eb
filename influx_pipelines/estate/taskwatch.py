"""What is wrong with tasks on a server, which tells nobody itself: inactive, late, failed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from influx_pipelines.estate.kinds.task import TaskKind, TaskScript
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.tasktimes import overdue
from influx_pipelines.influx.buckets import BucketCalls
from influx_pipelines.influx.errors import IncompleteList, NotFound
from influx_pipelines.influx.models import Task
from influx_pipelines.influx.redact import hide_paths
from influx_pipelines.influx.session import Session
from influx_pipelines.influx.taskruns import TaskRuns

MOST_LOGS = 20
LAST_RUNS = 5
SYSTEM_BUCKET = "_tasks"

Rows = list[dict[str, str]]


def listed(client: BucketCalls) -> tuple[Task, ...]:
    """All tasks without their scripts: four requests for a thousand.

    Raises:
        IncompleteList: the token is inactive or narrow, and an empty list would say nothing.
        InfluxError: the server did not answer.
    """
    if client.find_bucket(SYSTEM_BUCKET) is None:
        raise IncompleteList(
            f"The token sees no bucket {SYSTEM_BUCKET} at {client.url}, which every organization "
            "has: it is inactive or may not read everything. Nothing was concluded from its list "
            "of tasks."
        )
    return TaskKind.collection.all(client, type="basic")


def picture(declared: Mapping[str, TaskScript], found: Iterable[Task], now: datetime) -> str:
    """A hash of what is wrong with which task: another one when trouble comes or goes."""
    found = tuple(found)
    troubles = [f"{row['task']}\0{row['trouble']}" for row in not_running(declared, found)]
    troubles += [f"{row['task']}\0late" for row in late(found, now)]
    troubles += [f"{task.name}\0failed" for task in _failing(found)]
    return hashlib.sha256("\n".join(sorted(troubles)).encode()).hexdigest()[:16]


def not_running(declared: Mapping[str, TaskScript], found: Iterable[Task]) -> Rows:
    """The tasks that are declared active, and are missing or inactive, whoever made them."""
    # Where a name is there several times, one of ours is the one that counts.
    status = {task.name: task.status for task in sorted(found, key=_is_ours)}
    return [
        {"task": name, "trouble": status.get(name, "missing")}
        for name, script in declared.items()
        if script.status == "active" and status.get(name) != "active"
    ]


def late(found: Iterable[Task], now: datetime) -> Rows:
    """Our active tasks with a run that should be over and is not, those too that never ran."""
    rows = []
    for task in _ours(found):
        last = task.latest_completed or task.created_at  # a server starts with the one as the other
        if task.status != "active" or last is None:
            continue
        if due := overdue(task, last, now):
            rows.append(
                {
                    "task": task.name,
                    "schedule": task.cron or task.every,
                    "missed": due.isoformat(timespec="seconds"),
                    "last_run": last.isoformat(timespec="seconds")
                    if task.last_run_status
                    else "never",
                }
            )
    return rows


def failed(client: Session, found: Iterable[Task]) -> Rows:
    """Our tasks whose last run failed, at most 20 of them with the log of the run.

    The error that the server keeps with a task is often `Completed(failed)` and nothing else.

    Raises:
        InfluxError: the server did not answer.
    """
    rows = []
    for number, task in enumerate(_failing(found)):
        log = _log(client, task) if number < MOST_LOGS else ""
        rows.append({"task": task.name, "log": log or hide_paths(task.last_run_error)})
    return rows


def _failing(found: Iterable[Task]) -> list[Task]:
    return [task for task in _ours(found) if task.last_run_status == "failed"]


def _ours(found: Iterable[Task]) -> list[Task]:
    return list(filter(_is_ours, found))


def _is_ours(task: Task) -> bool:
    return task.description.endswith(MARKER)


def _log(client: Session, task: Task) -> str:
    """The log of the newest run that failed."""
    try:
        runs = TaskRuns(client, task.id).newest(LAST_RUNS)
    except NotFound:  # deleted meanwhile
        return ""
    return next((run.log for run in runs if run.status == "failed"), "")
