"""Rows: yield, map, sort, limit, tail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, in_map
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import (
    COLUMN_TYPES,
    Stream,
    Table,
    TableBuilder,
    key_identity,
    sorting_by,
)
from influx_pipelines.embedded.engine.values import Row, type_of


@builtin("yield")
def yield_(tables: Stream, *, run: Run, name: str = "_result") -> Stream:
    """Give the stream a name in the answer."""
    stream = tables.following(tables.shown, storage=tables.storage)
    run.add_result(name, stream)
    stream.yielded = True
    return stream


@builtin("map")
def map_(tables: Stream, fn: Callable[..., Any], *, run: Run, mergeKey: bool = False) -> Stream:
    """A record for every row; a changed group column moves the row to another table."""
    function = run.caller.row_function(fn)
    builders: dict[Any, TableBuilder] = {}
    for table in tables.tables:
        seen: dict[str, str] = {}
        for row in table.rows():
            record = mapped_record(function, row)
            if mergeKey:
                record = {**table.key, **record}
            key = {n: record[n] for n in table.key if n in record}
            identity = key_identity(key)
            builder = builders.get(identity) or builders.setdefault(identity, TableBuilder(key))
            builder.add_row(record)
            _remember_nulls(record, table, seen)
        _add_null_columns(builders, seen)
    return tables.following([builder.build() for builder in builders.values()])


def mapped_record(function: Callable[[Row], Any], row: Row) -> dict[str, Any]:
    """What a map function returns, which the columns of a table must be able to hold.

    Raises:
        FluxError: they are not; also for an error of Go's own, which `map` turns into a 400.
    """
    try:
        record = function(row)
    except FluxError as error:
        raise in_map(error) from None
    if not isinstance(record, dict):
        raise FluxError("map function must return a record")
    for name, value in record.items():
        if value is not None and type_of(value) not in COLUMN_TYPES:
            what = f'map object property "{name}" is {type_of(value)} type'
            raise FluxError(f"{what} which is not supported in a flux table")
    return record


def _remember_nulls(record: dict[str, Any], table: Table, seen: dict[str, str]) -> None:
    """A column that is null throughout keeps its type when it was there before."""
    for name, value in record.items():
        if value is None and name in table.types:
            seen[name] = table.types[name]


def _add_null_columns(builders: dict[Any, TableBuilder], seen: dict[str, str]) -> None:
    for builder in builders.values():
        for name, kind in seen.items():
            if name not in builder.types:
                builder.add_type(name, kind)


@builtin("sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """Each table by some columns, null first; a column that is not there changes nothing."""
    wanted = ["_value"] if columns is None else columns
    result = []
    for table in tables.tables:
        order = list(range(len(table)))
        for name in reversed([n for n in wanted if n in table.types]):
            values = table.columns[name]
            order = sorted(order, key=sorting_by(values), reverse=desc)
        result.append(table.take(order))
    return tables.following(result)


@builtin("limit")
def limit(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The first rows of each table; a table that the offset empties goes."""
    if n < 0 or offset < 0:
        raise FluxError("n and offset must not be negative")
    cut = [table.slice(offset, offset + n) for table in tables.tables]
    emptied = [offset and len(t) and not len(c) for c, t in zip(cut, tables.tables, strict=True)]
    return tables.following([c for c, gone in zip(cut, emptied, strict=True) if not gone])


@builtin("tail")
def tail(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The last rows of each table."""
    if n < 0 or offset < 0:
        raise FluxError("n and offset must not be negative")
    result = []
    for table in tables.tables:
        stop = max(len(table) - offset, 0)
        result.append(table.slice(max(stop - n, 0), stop))
    return tables.following(result)
