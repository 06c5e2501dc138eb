"""Windows of time: `window`, `aggregateWindow`, `timedMovingAverage`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from influx_pipelines.embedded.engine.building import key_identity, merge
from influx_pipelines.embedded.engine.calendar import Bounds, Windows
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.columns import duplicate_column
from influx_pipelines.embedded.engine.registry import PACKAGES, Builtin, builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration

ENDLESS = Duration(0, 2**63 - 1)
NONE = Duration()
Names = tuple[str, str, str]  # of the columns of times, starts and stops
NAMES = ("_time", "_start", "_stop")
# What the real server does in one step with its windows; such a step keeps empty tables.
_FUSED = ("count", "mean", "sum")


@builtin("window")
def window(
    tables: Stream,
    every: Duration = NONE,
    period: Duration = NONE,
    offset: Duration = NONE,
    location: dict[str, Any] | None = None,
    *,
    run: Run,
    timeColumn: str = "_time",
    startColumn: str = "_start",
    stopColumn: str = "_stop",
    createEmpty: bool = False,
) -> Stream:
    """Rows by windows of time; first and last window are cut at the range."""
    if every == period == NONE:
        raise FluxError('window function requires at least one of "every" or "period" to be set')
    every, period = (every, period) if every != NONE else (period, period)
    period = period if period != NONE else every
    bounds, zone = bounds_of(tables), run.zone(location)
    names = (timeColumn, startColumn, stopColumn)
    if every == ENDLESS:
        return tables.following(endless(tables.tables, bounds, names))
    windows = Windows(every, period, offset, zone)
    every_one = windows.over(*bounds) if createEmpty else None
    cut = [part for t in tables.tables for part in _cut(t, windows, every_one, bounds, names, run)]
    storage = tables.pushable and not tables.grouped and every == period and offset >= NONE
    pushed = storage and zone == Zone() and names == NAMES
    return tables.following(merge(cut, whole=True), storage=pushed)


def bounds_of(tables: Stream) -> Bounds:
    """The bounds of the last `range`.

    Raises:
        FluxError: there was none.
    """
    if tables.bounds is None:
        raise FluxError("nil bounds passed to window; use range to set the window range")
    return tables.bounds


def endless(tables: Iterable[Table], bounds: Bounds, names: Names) -> list[Table]:
    """The rows of all tables in the one window of the range."""
    rows = (table for table in tables if len(table.column(names[0])))
    return merge((_bounded(table, *bounds, names) for table in rows), whole=True)


def _bounded(table: Table, start: int, stop: int, names: Names) -> Table:
    """A table as one window."""
    size = len(table)
    bounds = {names[1]: Time(start), names[2]: Time(stop)}
    cells = {name: [value] * size for name, value in bounds.items()}
    bounded = table.with_columns(dict.fromkeys(bounds, "time"), cells)
    bounded.key = {**{n: v for n, v in table.key.items() if n in table.types}, **bounds}
    return bounded


def _cut(
    table: Table,
    windows: Windows,
    every_one: list[Bounds] | None,
    bounds: Bounds,
    names: Names,
    run: Run,
) -> Iterator[Table]:
    """The windows of a table, rows in their order; what lies outside the range is one window."""
    times = table.times(names[0])
    if None in times:
        times = [0 if time is None else time for time in times]
    ordered = sorted(times)
    order = None if ordered == times else sorted(range(len(times)), key=times.__getitem__)
    wanted: Iterable[Bounds] = windows.around(ordered) if every_one is None else every_one
    if every_one is not None and times and not bounds[0] <= ordered[0] <= ordered[-1] < bounds[1]:
        wanted = dict.fromkeys([*every_one, *windows.around(ordered)])
    empty = _bounded(table.slice(0, 0), *bounds, names)
    for start, stop in wanted:
        first, last = bisect_left(ordered, start), bisect_left(ordered, stop)
        run.count("windows", 1)
        if windows.period != windows.every:
            run.count("rows made", last - first)
        low, high = max(start, bounds[0]), min(stop, bounds[1])
        if low >= high:
            low, high = bounds
        if first == last:  # of which there may be very many
            yield replace(empty, key={**empty.key, names[1]: Time(low), names[2]: Time(high)})
            continue
        rows = table.slice(first, last) if order is None else table.take(sorted(order[first:last]))
        yield _bounded(rows, low, high, names)


@builtin("aggregateWindow")
def aggregate_window(
    tables: Stream,
    every: Duration,
    fn: Callable[..., Any],
    *,
    run: Run,
    period: Duration = NONE,
    offset: Duration = NONE,
    location: dict[str, Any] | None = None,
    column: str = "_value",
    timeSrc: str = "_stop",
    timeDst: str = "_time",
    createEmpty: bool = True,
) -> Stream:
    """Each window by itself, then all of them as one table again; `_time` is the window's end."""
    bounds = bounds_of(tables)
    windowed = window(tables, every, period, offset, location, run=run, createEmpty=createEmpty)

    def reduce(parts: Stream) -> Stream:
        result = run.caller.call(fn, {"tables": parts, "column": column})
        if not isinstance(result, Stream):
            raise FluxError("fn must return a stream")
        return result

    reduced = reduce(windowed)
    parts = (_filled(table) if createEmpty else table for table in reduced.shown)
    timed = (duplicate_column(table, timeSrc, timeDst) for table in parts)
    whole = endless(timed, bounds, (timeDst, "_start", "_stop"))
    fused = isinstance(fn, Builtin) and fn.name in _FUSED and timeDst == "_time"
    alone = fused and timeSrc in ("_start", "_stop") and not windowed.storage
    if alone and not createEmpty and reduced.error is None:
        whole += _still_empty(tables, whole, bounds, reduce)
    stream = reduced.following(whole)
    stream.bounds = bounds
    return stream if fused or windowed.storage else stream.gathered(whole)


def _filled(table: Table) -> Table:
    """A row of null where a window is empty."""
    if len(table):
        return table
    return Table(table.key, table.types, {name: [table.key.get(name)] for name in table.types})


def _still_empty(
    tables: Stream, whole: list[Table], bounds: Bounds, reduce: Callable[[Stream], Stream]
) -> list[Table]:
    """A table without windows stays one, with the columns of its aggregate."""
    there = {key_identity(table.key) for table in whole}
    without = [
        table.slice(0, 0)
        for table in tables.tables
        if key_identity(_bounded(table, *bounds, NAMES).key) not in there
    ]
    reduced = [table.slice(0, 0) for table in reduce(tables.following(without)).tables]
    return [
        _bounded(t.with_columns({"_time": "time"}, {"_time": []}), *bounds, NAMES) for t in reduced
    ]


@builtin("timedMovingAverage")
def timed_moving_average(
    tables: Stream, every: Duration, period: Duration, *, run: Run, column: str = "_value"
) -> Stream:
    """The mean of each period, every so often."""
    mean = PACKAGES["universe"].members["mean"]
    return aggregate_window(
        tables, every, mean, run=run, period=period, column=column, createEmpty=False
    )
