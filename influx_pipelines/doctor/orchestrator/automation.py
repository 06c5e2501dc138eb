"""Schedules and sensors: stopped by somebody, or failing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from influx_pipelines.defs.ci.orchestrator.health import Rows
from influx_pipelines.doctor.result import Result, green, red, yellow

STARTED = "Start them on the page Automation of Dagster, or set INFLUX_PIPELINES_AUTOMATION."
SHOWN = "The page Automation of Dagster shows the error of the tick."


def automation(
    states: Mapping[str, str], names: Collection[str] | None, ticks: Rows, *, wanted: bool
) -> Iterator[Result]:
    """Judge what is stored.

    Args:
        states: by name: RUNNING, STOPPED, or DECLARED_IN_CODE, which runs. Without one it follows
            the code, and no daemon has seen it yet.
        names: those of the code; None when it cannot be loaded. Others are remains.
        ticks: the last tick of each that runs, as `read_health` tells them.
        wanted: whether the settings say that schedules and sensors run.
    """
    known = {name: state for name, state in states.items() if names is None or name in names}
    stopped = sorted(name for name, state in known.items() if state == "STOPPED")
    if stopped and wanted:
        text = f"Stopped, while INFLUX_PIPELINES_AUTOMATION is running: {', '.join(stopped)}."
        yield red("automation", text, STARTED)
    elif stopped:
        yield yellow("automation", f"Stopped by hand: {', '.join(stopped)}.", STARTED)
    failing = [row["automation"] for row in ticks if row["status"] == "FAILURE"]
    if found := sorted(name for name in failing if name in known):
        yield yellow("automation", f"The last tick failed: {', '.join(found)}.", SHOWN)
    if not stopped and not failing:
        yield green("automation", f"{len(known)} were seen running, none is stopped or failing")
