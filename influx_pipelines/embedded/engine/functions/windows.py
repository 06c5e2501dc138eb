"""Windows of time: `window`, `aggregateWindow`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from influx_pipelines.embedded.engine.calendar import Windows
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, merge
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.flux.durations import Duration

ENDLESS = Duration(0, 2**63 - 1)
NONE = Duration()


@builtin("window", refuses=("location",))
def window(
    tables: Stream,
    every: Duration,
    period: Duration | None = None,
    offset: Duration = NONE,
    timeColumn: str = "_time",
    startColumn: str = "_start",
    stopColumn: str = "_stop",
    createEmpty: bool = False,
) -> Stream:
    """Rows by windows of time; first and last window are cut at the range."""
    if tables.bounds is None:
        raise FluxError("nil bounds passed to window; use range to set the window range")
    names = (timeColumn, startColumn, stopColumn)
    if every == ENDLESS:
        cut = [_window(t, *tables.bounds, names) for t in tables.tables if len(t)]
    else:
        windows = Windows(every, period or every, offset)
        cut = [
            part
            for table in tables.tables
            for part in _split(table, windows, tables.bounds, names, createEmpty)
        ]
    return tables.following(merge(cut), storage=tables.storage)


def _window(table: Table, start: int, stop: int, names: tuple[str, str, str]) -> Table:
    """A table as one window."""
    size = len(table)
    bounds = {names[1]: Time(start), names[2]: Time(stop)}
    return Table(
        {**table.key, **bounds},
        {**table.types, **dict.fromkeys(bounds, "time")},
        {**table.columns, **{name: [value] * size for name, value in bounds.items()}},
    )


def _split(
    table: Table,
    windows: Windows,
    bounds: tuple[int, int],
    names: tuple[str, str, str],
    create_empty: bool,
) -> list[Table]:
    times = table.column(names[0])
    kept = [i for i, time in enumerate(times) if time is not None]
    if len(kept) < len(times) or any(times[a] > times[b] for a, b in pairwise(kept)):
        table = table.take(sorted(kept, key=lambda i: times[i]))
        times = table.columns[names[0]]
    result = []
    for start, stop in _wanted(windows, bounds, times, create_empty):
        low, high = max(start, bounds[0]), min(stop, bounds[1])
        first, last = bisect_left(times, low), bisect_left(times, high)
        if create_empty or first < last:
            result.append(_window(table.slice(first, last), low, high, names))
    return result


def _wanted(windows: Windows, bounds: tuple[int, int], times: list[Any], create_empty: bool) -> Any:
    if create_empty:
        return windows.starts(*bounds)
    return _occupied(windows, bounds, times)


def _occupied(
    windows: Windows, bounds: tuple[int, int], times: list[Any]
) -> Iterator[tuple[int, int]]:
    """Only windows that hold rows: a long gap costs nothing."""
    last = None
    for time in dict.fromkeys(times):
        if not bounds[0] <= time < bounds[1]:
            continue
        for start, stop in windows.starts(time, time + 1):
            if last is None or start > last:
                last = start
                yield start, stop


@builtin("aggregateWindow", refuses=("location",))
def aggregate_window(
    tables: Stream,
    every: Duration,
    fn: Callable[..., Any],
    *,
    run: Run,
    period: Duration | None = None,
    offset: Duration = NONE,
    column: str = "_value",
    timeSrc: str = "_stop",
    timeDst: str = "_time",
    createEmpty: bool = True,
) -> Stream:
    """Each window by itself, then all of them as one table again; `_time` is the window's end."""
    bounds = tables.bounds
    if bounds is None:
        raise FluxError("nil bounds passed to window; use range to set the window range")
    windowed = window(tables, every, period, offset, createEmpty=createEmpty)
    windowed.storage = tables.storage
    reduced = run.caller.call(fn, {"tables": windowed, "column": column})
    if not isinstance(reduced, Stream):
        raise FluxError("fn must return a stream")
    parts = _with_empty(windowed, reduced, column) if createEmpty else reduced.shown
    timed = [_timed(table, timeSrc, timeDst) for table in parts]
    whole = [_window(t, *bounds, (timeDst, "_start", "_stop")) for t in timed]
    if not createEmpty:
        whole += _still_empty(tables, whole, bounds)
    result = merge([_sorted(table, timeDst) for table in merge(whole)])
    stream = tables.following(result)
    stream.error = reduced.error
    return stream


def _with_empty(windowed: Stream, reduced: Stream, column: str) -> list[Table]:
    """A row of null where a selector found no row in a window."""
    filled = []
    for table in reduced.shown:
        if len(table) or "_start" not in table.key:
            filled.append(table)
            continue
        types = {n: k for n, k in table.types.items() if n in table.key or n == column}
        cells: dict[str, list[Any]] = {n: [table.key.get(n)] for n in types}
        filled.append(Table(table.key, types, cells))
    return filled


def _still_empty(tables: Stream, whole: list[Table], bounds: tuple[int, int]) -> list[Table]:
    """A table without rows stays one, with the columns that the others have."""
    types = whole[0].types if whole else {}
    return [
        _window(Table(t.key, types, {n: [] for n in types}), *bounds, ("", "_start", "_stop"))
        for t in tables.tables
        if not len(t) and types
    ]


def _timed(table: Table, source: str, target: str) -> Table:
    if source not in table.types:
        raise FluxError(f'column "{source}" does not exist')
    columns = {**table.columns, target: list(table.columns[source])}
    types = {**table.types, target: table.types[source]}
    return replace(table, columns=columns, types=types)


def _sorted(table: Table, name: str) -> Table:
    times = table.columns[name]
    order = sorted(range(len(table)), key=lambda i: times[i])
    return table if order == list(range(len(table))) else table.take(order)
