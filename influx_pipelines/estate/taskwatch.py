"""What is wrong with tasks on a server, which tells nobody itself: inactive, late, failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from influx_pipelines.estate.kinds.task import TaskScript
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.flux.durations import parse_flux, parse_go
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import Task
from influx_pipelines.influx.session import Session

MOST_LOGS = 20
LAST_RUNS = 5
SLACK = timedelta(minutes=5)

Rows = list[dict[str, str]]


def not_running(declared: Mapping[str, TaskScript], found: Iterable[Task]) -> Rows:
    """The tasks that are declared active, and are missing or inactive."""
    status = {task.name: task.status for task in _ours(found)}
    return [
        {"task": name, "trouble": status.get(name, "missing")}
        for name, script in declared.items()
        if script.status == "active" and status.get(name) != "active"
    ]


def late(found: Iterable[Task], now: datetime) -> Rows:
    """Our active tasks whose last run is longer ago than two periods, their offset and 5 minutes.

    Those with a cron expression are not judged.
    """
    rows = []
    for task in _ours(found):
        if task.status != "active" or not task.every or task.latest_completed is None:
            continue
        period = timedelta(seconds=parse_flux(task.every).seconds)
        offset = timedelta(seconds=parse_go(task.offset or "0").seconds)
        age = now - task.latest_completed
        if age > 2 * period + offset + SLACK:
            completed = task.latest_completed.isoformat(timespec="seconds")
            rows.append({"task": task.name, "every": task.every, "completed": completed})
    return rows


def failed(client: Session, found: Iterable[Task]) -> Rows:
    """Our tasks whose last run failed, at most 20 of them with the log of the run.

    The error that the server keeps with a task is often `Completed(failed)` and nothing else.

    Raises:
        InfluxError: the server did not answer.
    """
    bad = [task for task in _ours(found) if task.last_run_status == "failed"]
    rows = []
    for number, task in enumerate(bad):
        log = _log(client, task) if number < MOST_LOGS else ""
        rows.append({"task": task.name, "log": log or task.last_run_error})
    return rows


def _ours(found: Iterable[Task]) -> list[Task]:
    return [task for task in found if task.description.endswith(MARKER)]


def _log(client: Session, task: Task) -> str:
    """The log of the newest run that failed."""
    path = f"/api/v2/tasks/{task.id}/runs"
    try:
        runs = client.request("GET", path, params={"limit": LAST_RUNS})["runs"]
    except NotFound:  # deleted meanwhile
        return ""
    for run in runs:
        if run["status"] == "failed":
            messages = [line["message"] for line in run.get("log") or []]
            return "; ".join(text for text in messages if not text.startswith("Started task"))
    return ""
