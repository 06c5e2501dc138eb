"""Times: `now`, `experimental.addDuration`, `date.truncate` and their kin."""

from __future__ import annotations

from influx_pipelines.embedded.engine.calendar import add_duration, truncate
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.flux.durations import Duration


@builtin("now")
def now(*, run: Run) -> Time:
    """The time at which the run began."""
    return run.started


@builtin("experimental.addDuration", refuses=("location",))
def add(d: Duration, to: Time | Duration, *, run: Run) -> Time:
    """So much later."""
    return add_duration(run.time(to), d)


@builtin("experimental.subDuration", refuses=("location",))
def subtract(d: Duration, from_: Time | Duration, *, run: Run) -> Time:
    """So much earlier."""
    return add_duration(run.time(from_), -d)


@builtin("date.truncate", refuses=("location",))
def truncate_(t: Time | Duration, unit: Duration, *, run: Run) -> Time:
    """The start of the unit that holds the time."""
    if unit.months < 0 or unit.nanoseconds < 0 or not (unit.months or unit.nanoseconds):
        raise FluxError("unit must be a positive duration")
    return Time(truncate(run.time(t), unit, Duration()))
