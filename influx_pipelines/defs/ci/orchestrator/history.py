"""The finished runs of a Dagster instance, read from its event log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg

from influx_pipelines.defs.ci.orchestrator.points import NONE, Run, Step, failure_class

FINISHED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
EVENTS = {
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_UP_FOR_RETRY,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}
LAUNCHERS = {
    "dagster/schedule_name": "schedule",
    "dagster/sensor_name": "sensor",
    "dagster/backfill": "backfill",
}
AT_ONCE = 100


def finished_runs(instance: dg.DagsterInstance, since: datetime) -> list[str]:
    """IDs of the runs that have ended, and changed since then; the oldest first."""
    wanted = dg.RunsFilter(statuses=FINISHED, updated_after=since)
    return list(reversed(instance.get_run_ids(wanted)))


def read_runs(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> list[Run]:
    """The runs with their steps; one that was deleted meanwhile is left out."""
    found = []
    for start in range(0, len(run_ids), AT_ONCE):
        wanted = dg.RunsFilter(run_ids=list(run_ids[start : start + AT_ONCE]))
        for record in instance.get_run_records(wanted, ascending=True):
            events = instance.get_records_for_run(record.dagster_run.run_id, of_type=EVENTS)
            found.append(_run(record, [one.event_log_entry for one in events.records]))
    return found


def _run(record: dg.RunRecord, entries: Sequence[dg.EventLogEntry]) -> Run:
    run = record.dagster_run
    ended = record.end_time or record.update_timestamp.timestamp()
    steps = _steps(entries, ended)
    return Run(
        id=run.run_id,
        job=run.job_name,
        status=run.status.value,
        launched_by=_launcher(run.tags),
        created=record.create_timestamp.timestamp(),
        began=record.start_time,
        ended=ended,
        partition=_partition(run.tags),
        failure=_failure(run.status, steps, entries),
        retries=_retries(run.tags),
        steps=steps,
    )


@dataclass
class _Trace:
    """What the events tell of a step so far."""

    began: float | None = None
    ended: float | None = None
    status: str = "INTERRUPTED"
    failure: str = NONE
    retries: int = 0
    assets: set[str] = field(default_factory=set)


def _steps(entries: Iterable[dg.EventLogEntry], ended: float) -> tuple[Step, ...]:
    """The steps that began; one without an end was alive until that of its run."""
    traces: dict[str, _Trace] = defaultdict(_Trace)
    for entry in entries:
        event = entry.dagster_event
        if event is not None and event.step_key:
            _follow(traces[event.step_key], event, entry.timestamp)
    return tuple(
        Step(
            key=key,
            began=trace.began,
            ended=trace.ended or ended,
            status=trace.status,
            assets=tuple(sorted(trace.assets)),
            failure=trace.failure,
            retries=trace.retries,
        )
        for key, trace in traces.items()
        if trace.began is not None
    )


def _follow(trace: _Trace, event: dg.DagsterEvent, when: float) -> None:
    kind = event.event_type
    if kind == dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED and event.asset_key is not None:
        trace.assets.add(event.asset_key.to_user_string())
    elif kind == dg.DagsterEventType.STEP_START:
        trace.began = when if trace.began is None else trace.began
    elif kind == dg.DagsterEventType.STEP_UP_FOR_RETRY:
        trace.retries += 1
    elif kind == dg.DagsterEventType.STEP_SUCCESS:
        trace.status, trace.ended = "SUCCESS", when
    elif kind == dg.DagsterEventType.STEP_FAILURE:
        trace.status, trace.ended = "FAILURE", when
        trace.failure = failure_class(_chain(event.step_failure_data.error))


def _failure(
    status: dg.DagsterRunStatus, steps: Iterable[Step], entries: Iterable[dg.EventLogEntry]
) -> str:
    """Why a run failed: its first failed step, else its own exception, else Dagster's reason."""
    if status != dg.DagsterRunStatus.FAILURE:
        return NONE
    for step in sorted(steps, key=lambda step: step.ended):
        if step.failure != NONE:
            return step.failure
    for entry in entries:
        event = entry.dagster_event
        if event is not None and event.event_type == dg.DagsterEventType.RUN_FAILURE:
            data = event.job_failure_data
            if data.error is not None:
                return failure_class(_chain(data.error))
            if data.failure_reason is not None:
                return str(data.failure_reason.value)
    return "unknown"


def _chain(error: Any) -> list[str]:
    """Names of the classes of an exception and its causes, the outermost one first."""
    names = []
    while error is not None:
        names.append(error.cls_name or "unknown")
        error = error.cause
    return names


def _launcher(tags: Mapping[str, str]) -> str:
    return next((who for tag, who in LAUNCHERS.items() if tag in tags), "hand")


def _retries(tags: Mapping[str, str]) -> int:
    number = tags.get("dagster/retry_number", "")
    return int(number) if number.isdecimal() else 0


def _partition(tags: Mapping[str, str]) -> str:
    start, end = (tags.get(f"dagster/asset_partition_range_{edge}") for edge in ("start", "end"))
    return f"{start}...{end}" if start else tags.get("dagster/partition", "")
