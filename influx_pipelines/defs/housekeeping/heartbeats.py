"""Daemons without a heartbeat, as alerts.

A daemon that is dead runs no sensor and sends no message. So it is whoever else delivers messages
that looks at the daemons: `influx-pipelines alerts deliver`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from influx_pipelines.alerts.database import Database

CHECK = "daemon heartbeat"
SILENT = timedelta(minutes=5)  # a beat comes every half a minute


def watch_daemons(
    instance: dg.DagsterInstance, database: Database, org: str, owner: str, now: datetime
) -> list[str]:
    """Record the daemons that are silent, and those that are back; returns the silent ones."""
    from influx_pipelines.alerts.orchestrator import going_on, status_of
    from influx_pipelines.alerts.store import record

    statuses, silent = [], []
    with database.session() as session:
        dead = {tags["daemon"] for tags in going_on(session, org, CHECK)}
        for name, status in sorted(instance.get_daemon_statuses().items()):
            if status.last_heartbeat is None or not status.required:
                continue
            beat = datetime.fromtimestamp(status.last_heartbeat.timestamp, UTC)
            daemon, tags = name.lower(), {"daemon": name.lower(), "owner": owner}
            if now - beat > SILENT:
                silent.append(daemon)
                text = f"{daemon}: no heartbeat since {beat:%Y-%m-%d %H:%M} UTC"
                statuses.append(status_of(org, CHECK, "crit", text, beat + SILENT, tags))
            elif daemon in dead:
                statuses.append(status_of(org, CHECK, "ok", f"{daemon} is alive", beat, tags))
        record(session, statuses)
    return silent
