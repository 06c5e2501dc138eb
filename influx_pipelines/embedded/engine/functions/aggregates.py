"""One row for each table: count, sum, mean and their kin."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, column_type, key_identity
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.grouping import NUMBERS, WIRE_KINDS, Grouped
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import type_of, wrapped

PUSHED = ("count", "sum", "mean")  # what storage knows; of groups it knows no mean
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
    pushed = tables.pushable and column == "_value" and name in PUSHED

    def row(table: Table) -> Table:
        values, kind = table.column(column), table.types[column]
        if column in table.key:
            raise FluxError("cannot aggregate columns that are part of the group key")
        if kind not in takes:
            text = f"unsupported input type for {name} aggregate: {WIRE_KINDS.get(kind, kind)}"
            if pushed:
                raise FluxError(text, placed=True)
            raise FluxError(f"unsupported aggregate column type {kind}")
        folded = table.keyed({column: gives or kind}, {column: [fold(values, kind)]})
        return (
            folded.select(dict.fromkeys(["_start", "_stop", column, *folded.types]))
            if pushed
            else folded
        )

    if pushed and isinstance(tables, Grouped) and name != "mean":
        tables = tables.numeric() if name == "sum" else tables.counted()
    return tables.each(row, pushed=pushed)


def present(values: list[Any]) -> list[Any]:
    """Without nulls."""
    return [value for value in values if value is not None] if None in values else values


def _sum(values: list[Any], kind: str) -> Any:
    values = present(values)
    if not values:
        return None
    # sum() rounds floats differently from Python 3.12 on
    return wrapped(reduce(operator.add, values), kind)


def _mean(values: list[Any], kind: str) -> float | None:
    values = present(values)
    return float(_sum(values, kind)) / len(values) if values else None


def _spread(values: list[Any], kind: str) -> Any:
    values = present(values)
    return wrapped(max(values) - min(values), kind) if values else None


def _moments(values: list[Any]) -> tuple[int, float, float]:
    """The number of values and their second and third moment, updated value by value."""
    size, middle, second, third = 0, 0.0, 0.0, 0.0
    for value in present(values):
        size += 1
        delta = float(value) - middle
        step = delta / size
        term = delta * step * (size - 1)
        third += term * step * (size - 2) - 3 * step * second
        second += term
        middle += step
    return size, second, third


@builtin("stddev")
def stddev(tables: Stream, column: str = "_value", mode: str = "sample") -> Stream:
    """The standard deviation of the sample or the population; NaN of a single value."""
    if mode not in ("sample", "population"):
        raise FluxError(f'unknown mode "{mode}": sample or population')

    def fold(values: list[Any], kind: str) -> float | None:
        size, second, _ = _moments(values)
        if not size:
            return None
        size -= mode == "sample"
        return math.sqrt(second / size) if size else math.nan

    return aggregate(tables, "stddev", column, fold, gives="float")


def _skew(values: list[Any], kind: str) -> float | None:
    size, second, third = _moments(values)
    if not size:
        return None
    return math.sqrt(size) * third / second**1.5 if second else math.nan


def _register(
    name: str, fold: Fold, gives: str | None = None, takes: tuple[str, ...] = NUMBERS
) -> Callable[..., Stream]:
    @builtin(name)
    def folded(tables: Stream, column: str = "_value") -> Stream:
        return aggregate(tables, name, column, fold, gives=gives, takes=takes)

    return folded


# Nulls count as rows, and for nothing else; over no value at all the others are null.
_register("count", lambda values, _: len(values), "int", (*NUMBERS, "string", "bool"))
_register("sum", _sum)
_register("spread", _spread)
_register("skew", _skew, "float")
mean = _register("mean", _mean, "float")


def _alike(record: dict[str, Any], identity: dict[str, Any]) -> bool:
    kinds = {name: {type_of(value), "invalid"} for name, value in identity.items()}
    return record.keys() == kinds.keys() and all(type_of(v) in kinds[n] for n, v in record.items())


@builtin("reduce")
def reduce_(
    tables: Stream, fn: Callable[..., Any], identity: dict[str, Any], *, run: Run
) -> Stream:
    """One record a table, folded row by row; the group key stays unless the record changes it."""
    results: dict[Any, Table] = {}
    for table in tables.tables:
        record = identity
        for row in table.rows():
            record = run.caller.call(fn, {"r": row, "accumulator": record})
            if not isinstance(record, dict) or not _alike(record, identity):
                raise FluxError("expected the labels of the identity in what fn returns")
        key = {name: record.get(name, value) for name, value in table.key.items()}
        if any(record[name] is None for name in record.keys() - key.keys()):
            raise FluxError("null values are not supported in the reduce() function")
        builder = TableBuilder(key)
        for name in key:
            builder.add_type(name, table.types.get(name) or column_type(key[name]))
        builder.add_row({**key, **record})
        if key_identity(key) in results:
            raise FluxError("two reducers writing result to the same table")
        results[key_identity(key)] = builder.build()
    return tables.gathered(results.values())
