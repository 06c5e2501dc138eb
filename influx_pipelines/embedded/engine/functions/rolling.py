"""Columns worked through row by row: difference, derivative, sums, averages, elapsed time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, not_supported
from influx_pipelines.embedded.engine.functions.aggregates import present
from influx_pipelines.embedded.engine.functions.grouping import NUMBERS
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import wrapped
from influx_pipelines.flux.durations import Duration

SECOND = Duration(0, 1_000_000_000)
MONTH = 365.25 * 24 * 3600 * 1e9 / 12  # what the real server takes a month for here
FLOATS = dict.fromkeys(NUMBERS, "float")
Walk = Callable[[list[Any], str], Iterator[Any]]


def nanoseconds(unit: Duration) -> int:
    """The length of a unit.

    Raises:
        FluxError: it is not positive, which the real server lets pass here and there.
    """
    length = unit.nanoseconds + int(unit.months * MONTH)
    if length <= 0:
        raise not_supported("a unit of no or negative length")
    return length


def _walked(table: Table, columns: list[str] | None, kinds: dict[str, str], walk: Walk) -> Table:
    """The columns walked through; `kinds` tells what becomes of which type.

    Raises:
        FluxError: a column of another type.
    """
    names = [n for n in table.types if n in (["_value"] if columns is None else columns)]
    for name in names:
        if table.types[name] not in kinds:
            raise FluxError(f'unsupported column type "{table.types[name]}" of column "{name}"')
    return table.with_columns(
        {name: kinds[table.types[name]] for name in names},
        {name: list(walk(table.columns[name], table.types[name])) for name in names},
    )


def times_of(table: Table, column: str) -> list[Any]:
    """A column of times without nulls.

    Raises:
        FluxError: it is not there, not of times, or has nulls.
    """
    times = table.column(column)
    if table.types[column] != "time" or None in times:
        raise FluxError(f'column "{column}" must hold a time in every row')
    return times


@builtin("difference")
def difference(
    tables: Stream,
    nonNegative: bool = False,
    columns: list[str] | None = None,
    keepFirst: bool = False,
    initialZero: bool = False,
) -> Stream:
    """Each value less the one before it; what falls is a reset when only rises count."""
    kinds = {"int": "int", "uint": "int", "float": "float"}

    def walk(values: list[Any], kind: str) -> Iterator[Any]:
        last = None
        for value in values:
            if value is None or last is None:
                first = 0.0 if kind == "float" else 0
                yield first if value is not None and keepFirst and initialZero else None
            else:
                change, after = (wrapped(v, kinds[kind]) for v in (value - last, value))
                if nonNegative and change < 0:
                    change = after if initialZero and after >= 0 else None
                yield change
            last = last if value is None else value

    first = 0 if keepFirst else 1
    return tables.each(lambda t: _walked(t, columns, kinds, walk).slice(first, None))


@builtin("derivative")
def derivative(
    tables: Stream,
    unit: Duration = SECOND,
    nonNegative: bool = False,
    columns: list[str] | None = None,
    timeColumn: str = "_time",
    initialZero: bool = False,
) -> Stream:
    """The rate of change per unit of time; of rows of one time the first counts."""
    length = nanoseconds(unit)

    def derive(table: Table) -> Table:
        times = times_of(table, timeColumn)
        rows = [i for i, time in enumerate(times) if not i or time != times[i - 1]]
        table = table.take(rows)
        times = table.columns[timeColumn]

        def walk(values: list[Any], kind: str) -> Iterator[Any]:
            last, then = None, 0
            for time, value in zip(times, values, strict=True):
                if value is None or last is None:
                    yield None
                elif nonNegative and last > value:
                    yield 0.0 if initialZero else None
                else:
                    yield float(value - last) / ((time - then) / length)
                last, then = (last, then) if value is None else (value, time)

        if times != sorted(times):
            raise FluxError("derivative found out-of-order times in time column")
        return _walked(table, columns, FLOATS, walk).slice(1, None)

    return tables.each(derive)


@builtin("cumulativeSum")
def cumulative_sum(tables: Stream, columns: list[str] | None = None) -> Stream:
    """The sum of all values so far, also where there is none."""

    def walk(values: list[Any], kind: str) -> Iterator[Any]:
        total: Any = 0.0 if kind == "float" else 0
        for value in values:
            total += 0 if value is None else value
            yield wrapped(total, kind)

    def add(table: Table) -> Table:
        wanted = ["_value"] if columns is None else columns
        names = [name for name in wanted if table.types.get(name) in NUMBERS]
        return _walked(table, names, {kind: kind for kind in NUMBERS}, walk)

    return tables.each(add)


@builtin("increase")
def increase(tables: Stream, columns: list[str] | None = None) -> Stream:
    """The sum of all rises; a fall is a counter that began anew."""
    rises = difference(tables, True, columns, keepFirst=True, initialZero=True)
    return cumulative_sum(rises, columns)


@builtin("elapsed")
def elapsed(
    tables: Stream, unit: Duration = SECOND, timeColumn: str = "_time", columnName: str = "elapsed"
) -> Stream:
    """Whole units of time since the row before, reckoned in floats as the real server does."""
    length = float(nanoseconds(unit))

    def measure(table: Table) -> Table:
        if columnName in table.types:
            text = f"table builder already has column with label {columnName}"
            raise FluxError(text, "internal error")
        cells = table.column(timeColumn)
        if table.types[timeColumn] != "time":
            return table.slice(0, 0)
        times = [float(time or 0) for time in cells]
        passed = [int((b - a) / length) for a, b in pairwise(times)]
        return table.slice(1, None).with_columns({columnName: "int"}, {columnName: passed})

    return tables.gathered(measure(table) for table in tables.tables)


@builtin("movingAverage")
def moving_average(tables: Stream, n: int, *, run: Run) -> Stream:
    """The mean of the last n values; far too short a table gives an empty table and its mean."""
    if n <= 0:
        raise FluxError(f"cannot take moving average with a period of {n} (must be greater than 0)")

    def walk(values: list[Any], kind: str) -> Iterator[float | None]:
        window: deque[Any] = deque(maxlen=n)
        for value in values:
            run.caller.deadline.check()
            window.append(value)
            there = present(list(window))
            yield sum(map(float, there)) / len(there) if there else None

    def average(table: Table) -> list[Table]:
        table.column("_value")
        averaged = _walked(table, None, FLOATS, walk)
        far_too_short = 0 < len(table) < n - 1
        forced = [averaged.slice(len(table) - 1, None)] if far_too_short else []
        return [averaged.slice(n - 1, None), *forced]

    return tables.following([part for table in tables.tables for part in average(table)])
