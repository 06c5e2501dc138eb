"""One row for each table: count, sum, mean and their kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, TableBuilder
from influx_pipelines.embedded.engine.values import Uint, wrap_int

NUMBERS = ("int", "uint", "float")
Fold = Callable[[list[Any], str], Any]


def aggregate(
    tables: Stream,
    name: str,
    column: str,
    fold: Fold,
    *,
    takes: tuple[str, ...] = NUMBERS,
    gives: str | None = None,
) -> Stream:
    """One row a table: the group key and the folded column.

    `fold` gets the values with nulls and their type; `gives` is the type of the result, by
    default that of the column.
    """
    result: list[Table] = []
    for table in tables.tables:
        values = table.column(column)
        kind = table.types[column]
        if column in table.key:
            raise FluxError("cannot aggregate columns that are part of the group key")
        if kind not in takes:
            return _refused(tables, result, name, kind)
        cell = fold(values, kind)
        names = [n for n in table.types if n in table.key or (n == column and tables.storage)]
        types = {n: table.types[n] for n in names}
        columns: dict[str, list[Any]] = {n: [table.key.get(n)] for n in names}
        types[column], columns[column] = gives or kind, [cell]
        result.append(Table(table.key, types, columns))
    return tables.following(result, storage=False)


def _refused(tables: Stream, done: list[Table], name: str, kind: str) -> Stream:
    """Storage answers what came before and breaks off; memory refuses the whole."""
    if tables.storage and done:
        broken = tables.following(done)
        broken.error = f"unsupported input type for {name} aggregate: {kind}"
        return broken
    raise FluxError(f"unsupported aggregate column type {kind}")


def _present(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _sum(values: list[Any], kind: str) -> Any:
    present = _present(values)
    if not present:
        return None
    if kind == "float":
        return math.fsum(present) if all(map(math.isfinite, present)) else sum(present)
    return Uint(sum(present) % 2**64) if kind == "uint" else wrap_int(sum(present))


def _mean(values: list[Any], kind: str) -> float | None:
    present = _present(values)
    return float(sum(present)) / len(present) if present else None


def _spread(values: list[Any], kind: str) -> Any:
    present = _present(values)
    return type(present[0])(max(present) - min(present)) if present else None


@builtin("count")
def count(tables: Stream, column: str = "_value") -> Stream:
    """The number of rows, nulls too."""
    everything = (*NUMBERS, "string", "bool", "time")
    return aggregate(tables, "count", column, lambda v, _: len(v), takes=everything, gives="int")


@builtin("sum")
def sum_(tables: Stream, column: str = "_value") -> Stream:
    """The sum without nulls; null over nothing."""
    return aggregate(tables, "sum", column, _sum)


@builtin("mean")
def mean(tables: Stream, column: str = "_value") -> Stream:
    """The mean without nulls, a float; null over nothing."""
    return aggregate(tables, "mean", column, _mean, gives="float")


@builtin("spread")
def spread(tables: Stream, column: str = "_value") -> Stream:
    """The greatest less the smallest."""
    return aggregate(tables, "spread", column, _spread)


@builtin("stddev")
def stddev(tables: Stream, column: str = "_value", mode: str = "sample") -> Stream:
    """The standard deviation of the sample or the population; NaN of a single value."""
    if mode not in ("sample", "population"):
        raise FluxError(f'unknown mode "{mode}": sample or population')

    def fold(values: list[Any], kind: str) -> float | None:
        present = _present(values)
        if not present:
            return None
        middle = sum(present) / len(present)
        squares = math.fsum((value - middle) ** 2 for value in present)
        size = len(present) - (mode == "sample")
        return math.sqrt(squares / size) if size else math.nan

    return aggregate(tables, "stddev", column, fold, gives="float")


@builtin("reduce")
def reduce(tables: Stream, fn: Callable[..., Any], identity: dict[str, Any], *, run: Run) -> Stream:
    """One record a table, folded row by row; the group key stays."""
    result = []
    for table in tables.tables:
        accumulator = identity
        for row in table.rows():
            accumulator = run.caller.call(fn, {"r": row, "accumulator": accumulator})
        builder = TableBuilder(table.key)
        builder.add_row({**table.key, **accumulator})
        result.append(builder.build())
    return tables.following(result)
