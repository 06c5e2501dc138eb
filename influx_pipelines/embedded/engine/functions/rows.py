"""Rows: yield, map, sort, limit, tail, top, bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, merge
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, in_map
from influx_pipelines.embedded.engine.inference import record_types
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.sorting import first_ordered, ordered
from influx_pipelines.embedded.engine.table import COLUMN_TYPES, Stream, Table, sort_key
from influx_pipelines.embedded.engine.values import Function, Row, type_of
from influx_pipelines.embedded.engine.vectors import on_columns


@builtin("yield")
def yield_(tables: Stream, *, run: Run, name: str = "_result") -> Stream:
    """Give the stream a name in the answer."""
    stream = tables.following(tables.shown)
    run.add_result(name, stream)
    stream.yielded = True
    return stream


@builtin("map")
def map_(tables: Stream, fn: Callable[..., Any], *, run: Run, mergeKey: bool = False) -> Stream:
    """A record for every row; a changed group column moves the row to another table."""
    function = run.caller.row_function(fn)

    def mapped(table: Table) -> Table:
        builder = TableBuilder(table.key)
        for row in table.rows():
            record = mapped_record(function, row)
            builder.add_row({**table.key, **record} if mergeKey else record)
        builder.add_types(record_types(fn, {"r": table.types}))
        return builder.build()

    in_order = isinstance(fn, Function) and on_columns(fn.node)
    return regroup(tables, mapped, in_order=in_order)


def regroup(tables: Stream, change: Callable[[Table], Table], *, in_order: bool = False) -> Stream:
    """Parts of tables with changed rows, which may have another group key than before."""
    changed = [change(part) for t in tables.tables for part in t.parts() if len(part)]
    ordered_parts = changed if in_order else [part.select(sorted(part.types)) for part in changed]
    return tables.following(merge(group for part in ordered_parts for group in _groups(part)))


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


def _groups(table: Table) -> list[Table]:
    """By the group columns whose values differ, in their order.

    The real server sorts the rows and takes the key from the row that stood at this place before.
    """
    names = [name for name in table.types if name in table.key]
    mixed = [n for n in names if any(v != table.columns[n][0] for v in table.columns[n])]
    if not mixed:
        return [replace(table, key={name: table.columns[name][0] for name in names})]
    order = list(range(len(table)))
    for name in reversed(mixed):
        order.sort(key=[sort_key(value) for value in table.columns[name]].__getitem__)
    cells = [[table.columns[name][row] for name in mixed] for row in order]
    starts = [i for i in range(len(order)) if not i or cells[i] != cells[i - 1]]
    return [
        replace(table.take(order[i:j]), key={name: table.columns[name][i] for name in names})
        for i, j in zip(starts, [*starts[1:], len(order)], strict=True)
    ]


@builtin("sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """Each table by some columns, null first; a column that is not there changes nothing."""
    wanted = ["_value"] if columns is None else columns
    stream = tables.each(lambda table: ordered(table, wanted, desc))
    stream.unsorted = tables, wanted, desc
    return stream


@builtin("limit")
def limit(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The first rows of each table; a table that the offset empties goes."""
    if offset < 0:
        raise FluxError(f"limit offset cannot be negative ({offset})")
    if tables.unsorted and not offset and not tables.shared:
        return _sort_and_limit(*tables.unsorted, n)
    count = max(n, 0)
    return tables.each(
        lambda t: None if count and 0 < len(t) <= offset else t.slice(offset, offset + count)
    )


def _sort_and_limit(tables: Stream, columns: list[str], desc: bool, n: int) -> Stream:
    return tables.each(lambda table: first_ordered(table, columns, desc, n))


def _register(name: str, *, desc: bool) -> Callable[..., Stream]:
    """The rows with the greatest values, greatest first, or with the smallest."""

    @builtin(name)
    def best(tables: Stream, n: int, columns: list[str] | None = None) -> Stream:
        return _sort_and_limit(tables, ["_value"] if columns is None else columns, desc, n)

    return best


top = _register("top", desc=True)
bottom = _register("bottom", desc=False)


@builtin("tail")
def tail(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The last rows of each table."""
    if offset < 0:
        raise FluxError("offset must not be negative")

    def last(table: Table) -> Table:
        stop = max(len(table) - offset, 0)
        return table.slice(max(stop - max(n, 0), 0), stop)

    return tables.each(last)
