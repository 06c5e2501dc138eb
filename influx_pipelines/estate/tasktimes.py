"""The times of a task as the server counts them, in UTC: multiples of `every`, or by cron.

A run is for such a time, which is `now()` in its script; it begins the offset later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from influx_pipelines.flux.cron import Cron, Every, read_cron
from influx_pipelines.flux.durations import parse_go
from influx_pipelines.influx.models import Task

SLACK = timedelta(minutes=5)
MOST_PATIENCE = timedelta(hours=1)


def times(task: Task, start: datetime, stop: datetime) -> Iterator[datetime]:
    """Its times in [start, stop), in order.

    Raises:
        ValueError: its schedule cannot be read.
    """
    schedule = _schedule(task)
    moment = _after(schedule, start - timedelta(seconds=1))
    while moment is not None and moment < stop:
        yield moment
        moment = _after(schedule, moment)


def offset(task: Task) -> timedelta:
    """How long after its time a run begins."""
    return timedelta(seconds=parse_go(task.offset or "0").seconds)


def overdue(task: Task, last: datetime, now: datetime) -> datetime | None:
    """The time whose run should be over and is not, when the last one was for `last`.

    A run may be late by one period, at most an hour, and five minutes: a server that is busy, or
    was just started, catches up within that.

    Raises:
        ValueError: its schedule cannot be read.
    """
    schedule = _schedule(task)
    due = _after(schedule, last)
    following = due and _after(schedule, due)
    if due is None:
        return None
    period = following - due if following else MOST_PATIENCE
    patience = offset(task) + min(period, MOST_PATIENCE) + SLACK
    return due if now > due + patience else None


def _schedule(task: Task) -> Cron | Every:
    return read_cron(task.cron or f"@every {task.every}")


def _after(schedule: Cron | Every, moment: datetime) -> datetime | None:
    """The next time; None when the calendar of the schedule is over."""
    try:
        return datetime.fromtimestamp(schedule.after(int(moment.timestamp())), UTC)
    except ValueError:
        return None
