"""How long a condition has held: stateTracking, stateCount, stateDuration."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.rolling import SECOND, nanoseconds, times_of
from influx_pipelines.embedded.engine.operators import truth
from influx_pipelines.embedded.engine.registry import Fn, builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.flux.durations import Duration


@builtin("stateTracking")
def state_tracking(
    tables: Stream,
    fn: Fn,
    countColumn: str = "",
    durationColumn: str = "",
    durationUnit: Duration = SECOND,
    timeColumn: str = "_time",
    *,
    run: Run,
) -> Stream:
    """Rows and time since a condition holds; -1 where it does not."""
    if durationColumn and durationUnit <= Duration():
        raise FluxError("state tracking duration unit must be greater than zero")
    length = nanoseconds(durationUnit) if durationColumn else 1
    test = run.caller.row_function(fn)

    def track(table: Table) -> Table:
        table.column(timeColumn)
        holds = [truth(test(row)) is True for row in table.rows()]
        tracked = {}
        if countColumn:
            tracked[countColumn] = _counts(holds)
        if durationColumn:
            tracked[durationColumn] = _durations(holds, times_of(table, timeColumn), length)
        return table.with_columns(dict.fromkeys(tracked, "int"), tracked)

    return tables.each(track)


def _counts(holds: list[bool]) -> list[int]:
    counts, count = [], 0
    for held in holds:
        count = count + 1 if held else 0
        counts.append(count or -1)
    return counts


def _durations(holds: list[bool], times: list[Any], length: int) -> list[int]:
    durations, start, last = [], None, 0
    for held, time in zip(holds, times, strict=True):
        if time < last:
            raise FluxError("got an out-of-order timestamp")
        start, last = (time if start is None else start) if held else None, time
        durations.append(-1 if start is None else (time - start) // length)
    return durations


@builtin("stateCount")
def state_count(tables: Stream, fn: Fn, *, run: Run, column: str = "stateCount") -> Stream:
    """The number of rows in a row for which a condition holds."""
    return state_tracking(tables, fn, column, run=run)


@builtin("stateDuration")
def state_duration(
    tables: Stream,
    fn: Fn,
    *,
    run: Run,
    column: str = "stateDuration",
    timeColumn: str = "_time",
    unit: Duration = SECOND,
) -> Stream:
    """The time since a condition holds."""
    return state_tracking(tables, fn, "", column, unit, timeColumn, run=run)
