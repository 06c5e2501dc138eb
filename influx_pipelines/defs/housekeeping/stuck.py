"""Runs that wait or go on for longer than they should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from influx_pipelines.defs.housekeeping.streaks import subjects_of

WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
GOING_ON = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
MAX_RUNTIME = "dagster/max_runtime"
GRACE = timedelta(minutes=10)  # in which Dagster itself ends a run that takes too long
AT_ONCE = 500


@dataclass(frozen=True)
class Stuck:
    """A run of an asset or job, and since when it is stuck."""

    subject: str
    run_id: str
    since: datetime
    state: str


def stuck_runs(
    instance: dg.DagsterInstance, now: datetime, queued: timedelta, started: timedelta
) -> list[Stuck]:
    """The runs that are past their bound, the oldest first; at most 500 of each kind are seen."""
    found = []
    for statuses, bound in ((WAITING, queued), (GOING_ON, started)):
        wanted = dg.RunsFilter(statuses=statuses, created_before=now)
        for record in instance.get_run_records(wanted, limit=AT_ONCE, ascending=True):
            run = record.dagster_run
            longest = max(bound, _own(run)) if statuses is GOING_ON else bound
            begun = record.create_timestamp
            if statuses is GOING_ON and record.start_time:
                begun = datetime.fromtimestamp(record.start_time, now.tzinfo)
            if begun + longest <= now:
                found += [
                    Stuck(subject, run.run_id, begun + longest, run.status.value.lower())
                    for subject in subjects_of(run)
                ]
    return sorted(found, key=lambda one: one.since)


def _own(run: dg.DagsterRun) -> timedelta:
    try:
        return timedelta(seconds=float(run.tags.get(MAX_RUNTIME, 0))) + GRACE
    except ValueError:
        return timedelta()
