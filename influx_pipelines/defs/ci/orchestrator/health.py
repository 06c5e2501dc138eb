"""How the orchestrator itself does: its queue, the ticks of its automation, its daemons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg

from influx_pipelines.influx.measurement import Field, Measurement, Tag

WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
RUNNING = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
LONGEST_QUEUED = 600.0
LONGEST_LAG = 120.0

Rows = list[dict[str, Any]]


class QueuePoint(Measurement, name="dagster_queue", precision="s"):
    """Runs that wait, and runs that are on."""

    queued = Field(int, "", "Runs that wait.")
    running = Field(int, "", "Runs that are on.")
    oldest_seconds = Field(float, "s", "How long the oldest of those that wait has waited.")


class TickPoint(Measurement, name="dagster_tick", precision="s"):
    """The last tick of a schedule or a sensor that is switched on."""

    automation = Tag("Name of the schedule or sensor.")
    kind = Tag("schedule or sensor.")
    status = Field(str, "", "How it ended.")
    lag_seconds = Field(float, "s", "How long after it was due it was over, or began (sensors).")
    age_seconds = Field(float, "s", "How long ago it was.")


class DaemonPoint(Measurement, name="dagster_daemon", precision="s"):
    """A part of the daemon that has ever been seen."""

    daemon = Tag("Which one.")
    healthy = Field(bool, "", "Dagster's judgement.")
    heartbeat_seconds = Field(float, "s", "Age of its last heartbeat.")
    errors = Field(int, "", "Errors that its last heartbeat told.")


@dataclass(frozen=True)
class Health:
    """Rows by measurement."""

    queue: Rows = field(default_factory=list)
    ticks: Rows = field(default_factory=list)
    daemons: Rows = field(default_factory=list)


def read_health(instance: dg.DagsterInstance, now: datetime) -> Health:
    """The state of an instance at this moment."""
    return Health(_queue(instance, now), _ticks(instance, now), _daemons(instance, now))


def late(health: Health) -> Rows:
    """What takes too long or failed: what it is, its seconds, and their limit.

    Ticks and heartbeats are judged where a daemon is alive at all: `make run` needs none.
    """
    found: list[tuple[str, float, float | None]] = [
        ("oldest run in the queue", row["oldest_seconds"], LONGEST_QUEUED)
        for row in health.queue
        if row["oldest_seconds"] > LONGEST_QUEUED
    ]
    if any(row["healthy"] for row in health.daemons):
        found += [
            (f"{row['kind']} {row['automation']}", row["lag_seconds"], LONGEST_LAG)
            for row in health.ticks
            if row["lag_seconds"] > LONGEST_LAG
        ]
        found += [
            (f"{row['kind']} {row['automation']}, whose last tick failed", row["age_seconds"], None)
            for row in health.ticks
            if row["status"] == "FAILURE"
        ]
        found += [
            (f"daemon {row['daemon']}", row["heartbeat_seconds"], None)
            for row in health.daemons
            if not row["healthy"]
        ]
    return [{"what": what, "seconds": seconds, "limit": limit} for what, seconds, limit in found]


def _queue(instance: dg.DagsterInstance, now: datetime) -> Rows:
    waiting = dg.RunsFilter(statuses=WAITING)
    oldest = instance.get_run_records(waiting, limit=1, ascending=True)
    age = (now - oldest[0].create_timestamp).total_seconds() if oldest else 0.0
    return [
        {
            "time": now,
            "queued": instance.get_runs_count(waiting),
            "running": instance.get_runs_count(dg.RunsFilter(statuses=RUNNING)),
            "oldest_seconds": max(age, 0.0),
        }
    ]


def _ticks(instance: dg.DagsterInstance, now: datetime) -> Rows:
    rows = []
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=2)
        if not state.is_running or not ticks:
            continue
        sensor = state.instigator_type.value == "SENSOR"
        interval = getattr(state.instigator_data, "min_interval", None) or 0
        lag = sensor_lag(ticks, interval) if sensor else schedule_lag(ticks[0], now)
        rows.append(
            {
                "time": now,
                "automation": state.instigator_name,
                "kind": "sensor" if sensor else "schedule",
                "status": ticks[0].status.value,
                "lag_seconds": max(lag, 0.0),
                "age_seconds": max(now.timestamp() - ticks[0].timestamp, 0.0),
            }
        )
    return rows


def schedule_lag(tick: Any, now: datetime) -> float:
    """Seconds from when a tick was due, which is its time, until it was over."""
    return float((tick.end_timestamp or now.timestamp()) - tick.timestamp)


def sensor_lag(ticks: Any, interval: float) -> float:
    """Seconds by which the newest tick began later than the interval after the one before."""
    if len(ticks) < 2:
        return 0.0
    return float(ticks[0].timestamp - ticks[1].timestamp - interval)


def _daemons(instance: dg.DagsterInstance, now: datetime) -> Rows:
    return [
        {
            "time": now,
            "daemon": name.lower(),
            "healthy": bool(status.healthy),
            "heartbeat_seconds": max(now.timestamp() - beat.timestamp, 0.0),
            "errors": len(beat.errors or ()),
        }
        for name, status in instance.get_daemon_statuses().items()
        if (beat := status.last_heartbeat) is not None and status.required
    ]
