"""Columns: keep, drop, rename, duplicate, set, fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import (
    Stream,
    Table,
    column_type,
    merge,
)


def _chooser(
    columns: list[str] | None, fn: Callable[..., Any] | None, run: Run, name: str
) -> Callable[[str], bool]:
    if (columns is None) == (fn is None):
        raise FluxError(f"{name}: exactly one of columns and fn is needed")
    if columns is not None:
        wanted = set(columns)
        return lambda column: column in wanted
    return lambda column: bool(run.caller.call(fn, {"column": column}))


@builtin("keep")
def keep(
    tables: Stream,
    *,
    run: Run,
    columns: list[str] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """Only some columns; tables whose group key becomes the same are put together."""
    chosen = _chooser(columns, fn, run, "keep")
    kept = [t.select([name for name in t.types if chosen(name)]) for t in tables.tables]
    return tables.following(merge(kept))


@builtin("drop")
def drop(
    tables: Stream,
    *,
    run: Run,
    columns: list[str] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """All but some columns."""
    chosen = _chooser(columns, fn, run, "drop")
    kept = [t.select([name for name in t.types if not chosen(name)]) for t in tables.tables]
    return tables.following(merge(kept))


@builtin("rename")
def rename(
    tables: Stream,
    *,
    run: Run,
    columns: dict[str, Any] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """Other names for columns, in the group key too."""
    if (columns is None) == (fn is None):
        raise FluxError("exactly one of columns and fn is needed")
    return tables.following([_rename(table, columns, fn, run) for table in tables.tables])


def _rename(table: Table, columns: dict[str, Any] | None, fn: Any, run: Run) -> Table:
    for name in columns or {}:
        if name not in table.types:
            raise FluxError(f'rename error: column "{name}" doesn\'t exist')
    new = {
        name: (columns or {}).get(name, name)
        if fn is None
        else run.caller.call(fn, {"column": name})
        for name in table.types
    }
    if len(set(new.values())) < len(new):
        raise FluxError("column already exists with that name")
    return Table(
        {new[name]: value for name, value in table.key.items()},
        {new[name]: kind for name, kind in table.types.items()},
        {new[name]: values for name, values in table.columns.items()},
    )


@builtin("duplicate")
def duplicate(tables: Stream, column: str, as_: str) -> Stream:
    """A copy of a column under another name; an existing one is replaced."""
    result = []
    for table in tables.tables:
        if column not in table.types:
            raise FluxError(f'duplicate error: column "{column}" doesn\'t exist')
        types = {**table.types, as_: table.types[column]}
        columns = {**table.columns, as_: list(table.columns[column])}
        key = {n: v for n, v in table.key.items() if n != as_}
        if as_ in table.key and len(set(columns[as_])) == 1:
            key = {**table.key, as_: columns[as_][0]}
        result.append(Table(key, types, columns))
    return tables.following(result)


@builtin("set")
def set_(tables: Stream, key: str, value: str) -> Stream:
    """One text in every row of a column."""
    result = []
    for table in tables.tables:
        if table.types.get(key, "string") != "string":
            raise FluxError(f"panic: column {key} is not a string", "internal error")
        group = {**table.key, key: value} if key in table.key else table.key
        types = {**table.types, key: "string"}
        result.append(Table(group, types, {**table.columns, key: [value] * len(table)}))
    return tables.following(merge(result))


@builtin("fill")
def fill(
    tables: Stream, column: str = "_value", value: Any = None, usePrevious: bool = False
) -> Stream:
    """A value for every null of a column, or the one before it."""
    if (value is None) == (not usePrevious):
        raise FluxError("exactly one of value and usePrevious is needed")
    return tables.following([_fill(t, column, value, usePrevious) for t in tables.tables])


def _fill(table: Table, column: str, value: Any, previous: bool) -> Table:
    types, columns = dict(table.types), dict(table.columns)
    if column not in types:
        if previous:
            raise FluxError(f'fill column not found: "{column}"')
        types[column], columns[column] = column_type(value), [value] * len(table)
        return Table(table.key, types, columns)
    if not previous and types[column] != column_type(value):
        raise FluxError(f"fill column type mismatch: {types[column]} and {column_type(value)}")
    filled, last = [], None if previous else value
    for cell in columns[column]:
        filled.append(last if cell is None else cell)
        last = cell if previous and cell is not None else last
    columns[column] = filled
    key = table.key
    if column in key and key[column] is None and not previous:
        key = {**key, column: value}
    return Table(key, types, columns)
