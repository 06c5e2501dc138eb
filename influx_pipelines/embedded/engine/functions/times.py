"""Columns of times: timeShift, truncateTimeColumn, hourSelection; time zones."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.calendar import Windows, add_duration
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.rows import regroup
from influx_pipelines.embedded.engine.registry import builtin, package
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration

UTC = {"zone": "UTC", "offset": Duration()}
HOUR = 3_600_000_000_000


@builtin("timezone.location")
def location(name: str) -> dict[str, Any]:
    """The record of a place."""
    record = {"zone": name, "offset": Duration()}
    Zone.of(record)
    return record


@builtin("timezone.fixed")
def fixed(offset: Duration) -> dict[str, Any]:
    """The record of clocks that are always so much ahead."""
    return {"zone": "UTC", "offset": offset}


@builtin("timeShift")
def time_shift(tables: Stream, duration: Duration, columns: list[str] | None = None) -> Stream:
    """Times moved, in the group key too."""
    names = ["_start", "_stop", "_time"] if columns is None else columns

    def moved(time: Time | None) -> Time | None:
        return None if time is None else add_duration(time, duration)

    def shift(table: Table) -> Table:
        there = [name for name in names if name in table.types]
        for name in there:
            if table.types[name] != "time":
                raise FluxError(f'column "{name}" is not of type time')
        shifted = table.with_columns({}, {n: list(map(moved, table.columns[n])) for n in there})
        return shifted.with_key({n: moved(table.key[n]) for n in there if n in table.key})

    stream = tables.each(shift)
    if tables.bounds is not None:
        low, high = (int(add_duration(bound, duration)) for bound in tables.bounds)
        stream.bounds = low, high
    return stream


@builtin("truncateTimeColumn")
def truncate_time_column(
    tables: Stream, unit: Duration, *, run: Run, timeColumn: str = "_time"
) -> Stream:
    """`_time` cut to a unit; the real server takes another column and does not honour it."""
    windows = Windows(unit, unit, Duration(), run.zone(None))

    def cut(table: Table) -> Table:
        times = table.times("_time")
        if None in times:
            raise FluxError("cannot truncate a null time")
        starts = [Time(windows.bounds(windows.latest(time))[0]) for time in times]
        return table.with_columns({"_time": "time"}, {"_time": starts})

    return regroup(tables, cut)


@builtin("hourSelection")
def hour_selection(
    tables: Stream,
    start: int,
    stop: int,
    *,
    run: Run,
    location: dict[str, Any] | None = None,
    timeColumn: str = "_time",
) -> Stream:
    """The rows of some hours of the day, over midnight when stop comes before start."""
    zone = run.zone(location)
    if not (0 <= start <= 23 and 0 <= stop <= 23):
        raise FluxError("start and stop must be between 0 and 23")

    def chosen(time: int | None) -> bool:
        if time is None:
            return False
        hour = add_duration(zone.clock(time), zone.offset) // HOUR % 24
        return start <= hour <= stop if start <= stop else hour >= start or hour <= stop

    def select(table: Table) -> Table:
        return table.take([i for i, t in enumerate(table.times(timeColumn)) if chosen(t)])

    return tables.each(select)


package("timezone").members["utc"] = UTC
