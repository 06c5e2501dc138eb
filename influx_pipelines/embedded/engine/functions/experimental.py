"""Columns and group keys from records: `experimental.set`, `experimental.group`, and a `map`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, column_type, merge
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.grouping import group
from influx_pipelines.embedded.engine.functions.rows import mapped_record, regroup
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Row


@builtin("experimental.set")
def set_columns(tables: Stream, o: dict[str, Any]) -> Stream:
    """The values of a record in every row."""
    kinds = {name: column_type(value) for name, value in o.items()}
    result = []
    for table in tables.tables:
        cells = {name: [value] * len(table) for name, value in o.items()}
        result.append(table.with_columns(kinds, cells).with_key(o))
    return tables.following(merge(result))


@builtin("experimental.group")
def group_more(tables: Stream, columns: list[str], mode: str) -> Stream:
    """Rows by the columns of the group key and some more."""
    if mode != "extend":
        raise FluxError(f'invalid group mode "{mode}"; experimental.group requires mode "extend"')
    return extend(tables, columns)


def extend(tables: Stream, columns: list[str]) -> Stream:
    """The same for functions of ours."""
    parts: list[Table] = []
    for table in tables.tables:
        for name in columns:
            if name not in table.types:
                raise FluxError(f'unknown column "{name}"')
        if len(table):
            parts += group(tables.following([table]), [*table.key, *columns]).tables
    return tables.following(merge(parts))


def map_rows(tables: Stream, function: Callable[[Row], Row]) -> Stream:
    """`map` with a function of Python's that gives every column again."""

    def mapped(table: Table) -> Table:
        builder = TableBuilder(table.key)
        for row in table.rows():
            builder.add_row(mapped_record(function, row))
        builder.add_types(table.types)
        return builder.build()

    return regroup(tables, mapped)
