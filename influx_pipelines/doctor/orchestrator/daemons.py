"""The parts of Dagster's daemon, by their heartbeats."""

from __future__ import annotations

from influx_pipelines.defs.ci.orchestrator.health import Rows
from influx_pipelines.doctor.result import Result, green, red, yellow

MEND = "Run `make up`; why it ended is in logs/dagster.log of the home folder."


def daemons(beats: Rows, *, wanted: bool) -> Result:
    """Judge heartbeats.

    Args:
        beats: of the parts that were ever seen, as `read_health` tells them.
        wanted: whether the settings say that schedules and sensors run.
    """
    silent = [row for row in beats if not row["healthy"]]
    if not beats or len(silent) == len(beats):
        age = min((row["heartbeat_seconds"] for row in beats), default=None)
        text = "No daemon ever ran." if age is None else f"No heartbeat for {_span(age)}."
        text += " Nothing runs by itself."
        return red("daemons", text, MEND) if wanted else yellow("daemons", text, MEND)
    if silent:
        names = ", ".join(str(row["daemon"]) for row in silent)
        return red("daemons", f"Of some there is no heartbeat: {names}.", MEND)
    if failing := [str(row["daemon"]) for row in beats if row["errors"]]:
        text = f"Their last heartbeats tell of errors: {', '.join(failing)}."
        return yellow("daemons", text, "Look into logs/dagster.log of the home folder.")
    return green("daemons", f"{len(beats)} are alive")


def _span(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"
