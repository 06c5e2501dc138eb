"""Whole rows of each table: first, last, min, max, unique, distinct, top, bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, sorting_by
from influx_pipelines.embedded.engine.values import Time, Uint

_ZERO: dict[str, Any] = {
    "int": 0,
    "uint": Uint(0),
    "float": 0.0,
    "string": "",
    "bool": False,
    "time": Time(0),
}


def _select(
    tables: Stream, name: str, column: str, choose: Callable[[Table, list[int]], int]
) -> Stream:
    result = []
    for table in tables.tables:
        values = table.column(column)
        present = [i for i, value in enumerate(values) if value is not None]
        if not present:
            result.append(table.slice(0, 0))
            continue
        row = table.take([choose(table, present)])
        result.append(row if name == "first" else _zero_nulls(row))
    return tables.following(result)


def _zero_nulls(row: Table) -> Table:
    """`last`, `max` and `min` give the nulls of other columns as zero (seen on 2.9.1)."""
    for name, column in row.columns.items():
        if column[0] is None and name not in row.key:
            row.columns[name] = [_ZERO[row.types[name]]]
    return row


def _latest(tables: Stream) -> Callable[[Table, list[int]], int]:
    if tables.storage:
        return lambda table, rows: max(rows, key=lambda i: (table.columns["_time"][i], i))
    return lambda table, rows: rows[-1]


def _earliest(tables: Stream) -> Callable[[Table, list[int]], int]:
    if tables.storage:
        return lambda table, rows: min(rows, key=lambda i: table.columns["_time"][i])
    return lambda table, rows: rows[0]


@builtin("first")
def first(tables: Stream, column: str = "_value") -> Stream:
    """The first row with a value; in storage the earliest."""
    return _select(tables, "first", column, _earliest(tables))


@builtin("last")
def last(tables: Stream, column: str = "_value") -> Stream:
    """The last row with a value; in storage the latest."""
    return _select(tables, "last", column, _latest(tables))


def _check_ordered(tables: Stream, name: str, column: str) -> None:
    for table in tables.tables:
        kind = table.types.get(column)
        if kind in ("string", "bool"):
            if tables.storage:
                raise FluxError(
                    f"panic: unsupported for aggregate {name}: {kind}", "internal error"
                )
            selector = f"*universe.{name.capitalize()}Selector"
            raise FluxError(f"{selector} has no implementation for type {kind}")


@builtin("max")
def max_(tables: Stream, column: str = "_value") -> Stream:
    """The first row with the greatest value."""
    _check_ordered(tables, "max", column)
    return _select(
        tables, "max", column, lambda t, rows: max(rows, key=lambda i: t.columns[column][i])
    )


@builtin("min")
def min_(tables: Stream, column: str = "_value") -> Stream:
    """The first row with the smallest value."""
    _check_ordered(tables, "min", column)
    return _select(
        tables, "min", column, lambda t, rows: min(rows, key=lambda i: t.columns[column][i])
    )


@builtin("unique")
def unique(tables: Stream, column: str = "_value") -> Stream:
    """The first row of each value."""
    result = []
    for table in tables.tables:
        seen: dict[Any, int] = {}
        for index, value in enumerate(table.column(column)):
            seen.setdefault(value, index)
        result.append(table.take(list(seen.values())))
    return tables.following(result)


@builtin("distinct")
def distinct(tables: Stream, column: str = "_value") -> Stream:
    """The different values of a column as `_value`; one null where there is no such column."""
    result = []
    for table in tables.tables:
        values = list(dict.fromkeys(table.columns.get(column) or []))
        if column not in table.types:
            values = [None] if len(table) else []
        kind = table.types.get(column, "string")
        size = len(values)
        key = {n: v for n, v in table.key.items() if n != "_value"}
        types = {**{n: table.types[n] for n in key}, "_value": kind}
        columns = {**{n: [v] * size for n, v in key.items()}, "_value": values}
        result.append(Table(key, types, columns))
    return tables.following(result)


@builtin("top")
def top(tables: Stream, n: int, columns: list[str] | None = None) -> Stream:
    """The rows with the greatest values, greatest first."""
    return _ends(tables, n, columns, reverse=True)


@builtin("bottom")
def bottom(tables: Stream, n: int, columns: list[str] | None = None) -> Stream:
    """The rows with the smallest values, smallest first."""
    return _ends(tables, n, columns, reverse=False)


def _ends(tables: Stream, n: int, columns: list[Any] | None, *, reverse: bool) -> Stream:
    names = columns or ["_value"]
    result = []
    for table in tables.tables:
        order = list(range(len(table)))
        for name in reversed(names):
            values = table.column(name)
            order = sorted(order, key=sorting_by(values), reverse=reverse)
        result.append(table.take(order[:n]))
    return tables.following(result)
