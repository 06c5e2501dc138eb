"""A plan and what became of it, as metadata."""

from __future__ import annotations

from typing import Any

from influx_pipelines import metadata
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.plan import Plan


def apply_metadata(planned: Plan, applied: Applied, url: str) -> dict[str, Any]:
    """Tables of the changes and of what was found, and a line for people."""
    changes = [
        {**result.change.row(), "state": result.state, "reason": result.error}
        for result in applied.results
    ]
    values: dict[str, Any] = {
        "summary": applied.summary(),
        "server": metadata.link(url),
        "plan": metadata.table(changes, empty="nothing to change"),
        "found": metadata.table([finding.row() for finding in planned.findings]),
        "fingerprint": planned.fingerprint,
    }
    if planned.losses:
        values["would_lose"] = metadata.names(planned.losses)
    return values
