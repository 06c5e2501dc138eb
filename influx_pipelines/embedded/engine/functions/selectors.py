"""Whole rows of each table: first, last, min, max, unique, distinct, keyValues, highest, lowest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.aggregates import mean
from influx_pipelines.embedded.engine.functions.grouping import WIRE_KINDS, group
from influx_pipelines.embedded.engine.functions.rows import bottom, top
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time, Uint

_ZERO: dict[str, Any] = {
    "int": 0,
    "uint": Uint(0),
    "float": 0.0,
    "string": "",
    "bool": False,
    "time": Time(0),
}
Choose = Callable[[list[int], Table], int]


def _select(
    tables: Stream, name: str, column: str, in_storage: Choose, in_memory: Choose
) -> Stream:
    pushed = tables.pushable and column == "_value"

    def row(table: Table) -> Table:
        values, kind = table.column(column), table.types[column]
        if name in ("min", "max") and kind in ("string", "bool"):
            raise _no_order(name, kind, pushed)
        present = [i for i, value in enumerate(values) if value is not None]
        if not present:
            return table.slice(0, 0)
        chosen = (in_storage if pushed else in_memory)(present, table)
        taken = table.take([chosen])
        return taken if pushed or name == "first" else zero_nulls(taken)

    return tables.each(row, pushed=pushed)


def _no_order(name: str, kind: str, pushed: bool) -> FluxError:
    if pushed:
        text = f"panic: unsupported for aggregate {name}: {WIRE_KINDS.get(kind, kind)}"
        return FluxError(text, "internal error")
    selector = f"*universe.{name.capitalize()}Selector"
    return FluxError(f"invalid use of function: {selector} has no implementation for type {kind}")


def zero_nulls(row: Table) -> Table:
    """`last`, `max` and `min` give the nulls of other columns as zero (seen on 2.9.1)."""
    nulls = [n for n, column in row.columns.items() if column == [None] and n not in row.key]
    return row.with_columns({}, {name: [_ZERO[row.types[name]]] for name in nulls})


@builtin("first")
def first(tables: Stream, column: str = "_value") -> Stream:
    """The first row with a value; in storage the earliest."""
    return _select(
        tables,
        "first",
        column,
        lambda rows, table: min(rows, key=table.columns["_time"].__getitem__),
        lambda rows, table: rows[0],
    )


@builtin("last")
def last(tables: Stream, column: str = "_value") -> Stream:
    """The last row with a value; in storage the latest."""
    return _select(
        tables,
        "last",
        column,
        lambda rows, table: max(reversed(rows), key=table.columns["_time"].__getitem__),
        lambda rows, table: rows[-1],
    )


@builtin("max")
def max_(tables: Stream, column: str = "_value") -> Stream:
    """The first row with the greatest value."""

    def choose(rows: list[int], table: Table) -> int:
        return max(rows, key=table.columns[column].__getitem__)

    return _select(tables, "max", column, choose, choose)


@builtin("min")
def min_(tables: Stream, column: str = "_value") -> Stream:
    """The first row with the smallest value."""

    def choose(rows: list[int], table: Table) -> int:
        return min(rows, key=table.columns[column].__getitem__)

    return _select(tables, "min", column, choose, choose)


@builtin("unique")
def unique(tables: Stream, column: str = "_value") -> Stream:
    """The first row of each value."""

    def select(table: Table) -> Table:
        seen: dict[Any, int] = {}
        for index, value in enumerate(table.column(column)):
            seen.setdefault(value, index)
        return table.take(list(seen.values()))

    return tables.each(select)


@builtin("distinct")
def distinct(tables: Stream, column: str = "_value") -> Stream:
    """The different values of a column as `_value`; an empty text where there is no such column."""

    def select(table: Table) -> Table:
        values = [""] if column not in table.types else list(dict.fromkeys(table.columns[column]))
        values = [table.key[column]] if column in table.key else values
        return table.keyed({"_value": table.types.get(column, "string")}, {"_value": values})

    return tables.each(select)


@builtin("keyValues")
def key_values(tables: Stream, keyColumns: list[str]) -> Stream:
    """The different values of some columns, which must be of one type; of all nulls only one."""

    def select(table: Table) -> Table:
        names = [name for name in keyColumns if name in table.types]
        kinds = {table.types[name] for name in names}
        if len(kinds) != 1:
            raise FluxError("keyColumns must be there and all of the same type")
        found: dict[Any, tuple[str, Any]] = {}
        for row in zip(*(table.columns[name] for name in names), strict=True):
            for pair in zip(names, row, strict=True):
                found.setdefault(None if pair[1] is None else pair, pair)
        columns = {"_key": [n for n, _ in found.values()], "_value": [v for _, v in found.values()]}
        return table.keyed({"_key": "string", "_value": kinds.pop()}, columns)

    return tables.each(select)


def _extreme(name: str, reduce: Callable[..., Stream], choose: Callable[..., Stream]) -> None:
    """One row of each group, then the highest or lowest of them."""

    @builtin(name)
    def extreme(
        tables: Stream, n: int, column: str = "_value", groupColumns: list[str] | None = None
    ) -> Stream:
        return choose(group(reduce(group(tables, groupColumns), column)), n, [column])


_extreme("highestMax", max_, top)
_extreme("highestAverage", mean, top)
_extreme("highestCurrent", last, top)
_extreme("lowestMin", min_, bottom)
_extreme("lowestAverage", mean, bottom)
_extreme("lowestCurrent", last, bottom)
