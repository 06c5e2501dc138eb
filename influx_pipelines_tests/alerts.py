"""Statuses for tests, and what the captured deliveries hold."""

from __future__ import annotations

from typing import Any

from influx_pipelines.alerts.statuses import Status

MINUTE = 60 * 10**9
START = 1_795_305_600 * 10**9


def status(level: str = "crit", minute: float = 0, **given: Any) -> Status:
    """A status of the check `load` on host a, so many minutes after the start."""
    tags = {"host": given.pop("host", "a"), **given.pop("tags", {})}
    values: dict[str, Any] = {
        "organisation": "test",
        "check_id": "00000000000000aa",
        "check_name": "load",
        "check_type": "threshold",
        "level": level,
        "message": f"load is {level} on {tags['host']}",
        "status_time": START + round(minute * MINUTE),
        "source_measurement": "cpu",
        "tags": tags,
        "fields": {"usage": 95.5},
        "origin": "reconcile",
    }
    return Status(**{**values, **given})
