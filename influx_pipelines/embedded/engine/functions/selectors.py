"""Whole rows of each table: first, last, min, max, unique, distinct, keyValues, highest, lowest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.aggregates import mean
from influx_pipelines.embedded.engine.functions.grouping import WIRE_KINDS, group
from influx_pipelines.embedded.engine.functions.index import ask_index
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


def _register(name: str, choose: Callable[..., int], *, by_time: bool) -> Callable[..., Stream]:
    """One row of those with a value: by their time in storage, by their order in memory."""

    @builtin(name)
    def select(tables: Stream, column: str = "_value") -> Stream:
        pushed = tables.pushable and column == "_value"

        def row(table: Table) -> Table:
            values, kind = table.column(column), table.types[column]
            if kind in ("string", "bool") and not by_time:
                raise _no_order(name, kind, pushed)
            order = range(len(values)) if by_time else values
            if by_time and pushed:
                order = table.columns["_time"]
            rows = [i for i, value in enumerate(values) if value is not None]
            if not rows:
                return table.slice(0, 0)
            taken = table.take([choose(rows, key=order.__getitem__)])
            return taken if pushed or name == "first" else zero_nulls(taken)

        return tables.each(row, pushed=pushed)

    return select


def _latest(rows: list[int], key: Callable[[int], Any]) -> int:
    return max(reversed(rows), key=key)


_register("first", min, by_time=True)
last = _register("last", _latest, by_time=True)
max_ = _register("max", max, by_time=False)
min_ = _register("min", min, by_time=False)


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

    return ask_index(tables, column) or tables.each(select)


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
