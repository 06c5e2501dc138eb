"""How values are spread: median, quantile, mode, histogram; the area below them: integral."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.aggregates import aggregate, present
from influx_pipelines.embedded.engine.functions.grouping import NUMBERS
from influx_pipelines.embedded.engine.functions.rolling import SECOND, nanoseconds, times_of
from influx_pipelines.embedded.engine.functions.selectors import zero_nulls
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, sort_key
from influx_pipelines.embedded.engine.tdigest import Digest
from influx_pipelines.flux.durations import Duration

ESTIMATE = "estimate_tdigest"


@builtin("quantile")
def quantile(
    tables: Stream,
    q: float,
    column: str = "_value",
    method: str = ESTIMATE,
    compression: float = 0.0,
) -> Stream:
    """The value below which a share of the values lies: estimated, between two, or a whole row."""
    if not 0 <= q <= 1:
        raise FluxError("quantile must be between 0 and 1")
    if compression > 0 and method != ESTIMATE:
        raise FluxError("compression parameter is only valid for method estimate_tdigest")
    if method == "exact_selector":  # the real server does not honour `column` here
        return tables.each(lambda table: _row_at(table, q))

    def estimate(values: list[Any], kind: str) -> float | None:
        values = present(values)
        digest = Digest(map(float, values), compression or 1000.0)
        return digest.quantile(q) if values else None

    def exact(values: list[Any], kind: str) -> float | None:
        values = sorted(present(values))
        place = q * (len(values) - 1)
        below, above = math.floor(place), math.ceil(place)
        if not values or below == above:
            return values[below] if values else None
        return float(values[below] * (above - place) + values[above] * (place - below))

    if method == ESTIMATE:
        return aggregate(tables, "quantile", column, estimate, gives="float")
    if method == "exact_mean":
        return aggregate(tables, "quantile", column, exact, takes=("float",))
    raise FluxError(f"unknown method {method}")


def _row_at(table: Table, q: float) -> Table:
    values = table.column("_value")
    rows = [i for i, value in enumerate(values) if value is not None]
    if not rows:
        cells = {name: [table.key.get(name)] for name in table.types}
        return Table(table.key, table.types, cells)
    rows.sort(key=lambda row: sort_key(values[row]))
    return zero_nulls(table.take([rows[max(math.ceil(q * len(rows)) - 1, 0)]]))


@builtin("median")
def median(
    tables: Stream, column: str = "_value", method: str = ESTIMATE, compression: float = 0.0
) -> Stream:
    """The value in the middle."""
    return quantile(tables, 0.5, column, method, compression)


@builtin("mode")
def mode(tables: Stream, column: str = "_value") -> Stream:
    """The most frequent values in their order, null when all are equally frequent."""

    def select(table: Table) -> Table:
        if column in table.key or column not in table.types:
            kind, found = table.types.get(column, "string"), [table.key.get(column, "")]
        else:
            kind, found = table.types[column], []
            for part in table.parts():  # each part by itself, as the real server does
                found += _most_frequent(present(part.columns[column]))
        return table.keyed({"_value": kind}, {"_value": found})

    return tables.each(select)


def _most_frequent(values: list[Any]) -> list[Any]:
    counts = Counter(values)
    most = max(counts.values(), default=0)
    found = sorted(value for value, count in counts.items() if count == most)
    return [None] if len(found) == len(counts) else found


@builtin("histogram")
def histogram(
    tables: Stream,
    bins: list[Any],
    column: str = "_value",
    upperBoundColumn: str = "le",
    countColumn: str = "_value",
    normalize: bool = False,
) -> Stream:
    """How many values are not above each bound."""
    if not all(isinstance(bound, float) for bound in bins):
        raise FluxError("expected float (argument bins)")

    bounds = sorted(bins)

    def count(table: Table) -> Table:
        values = present(table.column(column))
        if table.types[column] != "float":
            raise FluxError(f'column "{column}" must be a float got {table.types[column]}')
        places = sorted(bisect_left(bounds, value) for value in values)
        if places and places[-1] == len(bounds):
            raise FluxError("found value greater than any bin")
        counts = [float(bisect_left(places, place + 1)) for place in range(len(bounds))]
        if normalize:
            counts = [n / len(values) if values else math.nan for n in counts]
        kinds = {upperBoundColumn: "float", countColumn: "float"}
        return table.keyed(kinds, {upperBoundColumn: bounds, countColumn: counts})

    return tables.gathered(count(table) for table in tables.tables)


@builtin("integral")
def integral(
    tables: Stream,
    unit: Duration = SECOND,
    column: str = "_value",
    timeColumn: str = "_time",
    interpolate: str = "",
) -> Stream:
    """The area below the line through the values, up to the bounds of the range when asked."""
    length = nanoseconds(unit)

    def area(table: Table) -> Table:
        for bound in ("_start", "_stop"):
            if bound not in table.key:
                raise FluxError(f"integral function needs {bound} column to be part of group key")
        table.column(column)
        if column in table.key or table.types[column] not in NUMBERS:
            raise FluxError(f"cannot perform integral over {table.types[column]}")
        line = [point for part in table.parts() for point in _line(part, column, timeColumn)]
        if interpolate == "linear" and line:
            line = _stretched(line, table.key["_start"], table.key["_stop"])
        pieces = [(v + w) / 2 * (u - t) / length for (t, v), (u, w) in pairwise(line)]
        return table.keyed({column: "float"}, {column: [sum(pieces, 0.0)]})

    return tables.each(area)


def _line(table: Table, column: str, time_column: str) -> list[tuple[int, float]]:
    """Time and value of each row but those of the same time."""
    line, last = [], 0
    for i, time in enumerate(times_of(table, time_column)):
        if time < last:
            raise FluxError("integral found out-of-order times in time column")
        value = table.columns[column][i]
        if value is not None and (time != last or not i):
            line.append((time, float(value)))
        last = time
    return line


def _stretched(line: list[tuple[int, float]], start: int, stop: int) -> list[tuple[int, float]]:
    """The line drawn on to both bounds."""
    if len(line) == 1:
        return [(start, line[0][1]), (stop, line[0][1])]
    (t0, v0), (t1, v1) = line[:2]
    (t2, v2), (t3, v3) = line[-2:]
    first = [(start, v0 - (v1 - v0) / (t1 - t0) * (t0 - start))] if start < t0 else []
    return [*first, *line, (stop, v3 + (v3 - v2) / (t3 - t2) * (stop - t3))]
