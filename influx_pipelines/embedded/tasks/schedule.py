"""When a task is due."""

from __future__ import annotations

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.values import format_time, unbounded_time
from influx_pipelines.embedded.tasks.durations import go_duration
from influx_pipelines.flux.cron import Cron, Every, read_cron

SECOND = 1_000_000_000


def seconds(text: str) -> int:
    """The whole seconds of a time."""
    return unbounded_time(text) // SECOND


def text_of(moment: int) -> str:
    """A time of whole seconds."""
    return format_time(moment * SECOND)


def schedule_of(task: Document) -> Cron | Every:
    """The schedule of a task."""
    return read_cron(task.get("cron") or f"@every {task['every']}")


def next_run(task: Document, now: int) -> tuple[int, int]:
    """The next time that a task is scheduled for, and when its run begins, in seconds.

    Of several times that were missed only the last one counts.

    Raises:
        ValueError: there is no next time.
    """
    schedule, offset = schedule_of(task), go_duration(task.get("offset", "")) // SECOND
    latest = max(seconds(task[name]) for name in ("latestCompleted", "latestScheduled"))
    found = schedule.after(latest)
    while found + offset <= now and (later := schedule.after(found)) + offset <= now:
        found = later
    return found, found + offset
