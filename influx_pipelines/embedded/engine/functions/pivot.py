"""Rows into columns."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, key_identity
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, plain_error
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time, format_time, to_text


@builtin("pivot")
def pivot(
    tables: Stream, rowKey: list[str], columnKey: list[str], valueColumn: str, *, run: Run
) -> Stream:
    """A column for each value of the column key, a row for each row key, in order of appearance."""
    if set(rowKey) & set(columnKey):
        raise FluxError("column name found in both rowKey and columnKey")
    if valueColumn in (*rowKey, *columnKey):
        raise FluxError("value column must not be in rowKey or columnKey")
    groups: dict[Any, _Pivot] = {}
    for table in tables.tables:
        for name in (*rowKey, *columnKey, valueColumn):
            table.column(name)
        left = [n for n in table.types if n not in columnKey and n != valueColumn]
        key = {n: table.key[n] for n in left if n in table.key}
        target = groups.setdefault(key_identity(key), _Pivot(key, table, rowKey, run))
        target.add(table, rowKey, columnKey, valueColumn)
    return tables.gathered(group.builder.build() for group in groups.values())


class _Pivot:
    """One table in the making."""

    def __init__(self, key: dict[str, Any], table: Table, row_key: list[str], run: Run) -> None:
        self.run = run
        self.fixed = [n for n in table.types if n in key or n in row_key]
        kinds = {name: table.types[name] for name in self.fixed}
        self.builder = TableBuilder(key, kinds, {name: [] for name in kinds})
        self.rows: dict[Any, int] = {}

    def add(self, table: Table, row_key: list[str], column_key: list[str], value: str) -> None:
        """Put the cells of a table in their places."""
        if any(table.types.get(name) != self.builder.types[name] for name in self.fixed):
            raise plain_error("panic: columns of one name are of several types")
        row_columns = [table.columns[name] for name in row_key]
        label_columns = [table.columns[name] for name in column_key]
        labels: dict[Any, list[Any]] = {}
        for index, cell in enumerate(table.columns[value]):
            place = self._place(tuple(column[index] for column in row_columns), row_key)
            cells = tuple(column[index] for column in label_columns)
            column = labels.get(cells)
            if column is None:
                column = labels[cells] = self._column(cells, table.types[value])
            column[place] = cell

    def _place(self, values: tuple[Any, ...], row_key: list[str]) -> int:
        builder = self.builder
        place = self.rows.get(values)
        if place is None:
            place = self.rows[values] = builder.count
            builder.count += 1
            self._count(len(builder.columns))
            shown = {**builder.key, **dict(zip(row_key, values, strict=True))}
            for name, column in builder.columns.items():
                column.append(shown.get(name))
        return place

    def _column(self, cells: tuple[Any, ...], kind: str) -> list[Any]:
        label = "_".join(map(_label, cells))
        if label in self.fixed:
            raise FluxError(f'value "{label}" appears in a column key column, but a column exists')
        try:
            self.builder.add_type(label, kind)
        except FluxError:
            raise plain_error(f"panic: column {label} is not of type {kind}") from None
        self._count(self.builder.count)
        return self.builder.columns[label]

    def _count(self, cells: int) -> None:
        """A pivot can make many cells of few rows."""
        self.run.count("rows made", cells // 8)


def _label(value: Any) -> str:
    match value:
        case None:
            return "null"
        case Time():
            return format_time(value)
        case float() if math.isfinite(value):
            digits = Decimal(repr(value)).normalize().as_tuple().digits
            return f"{value:.{len(digits) - 1}E}"
    return to_text(value)


@builtin("influxdata/influxdb/schema.fieldsAsCols")
@builtin("influxdata/influxdb/v1.fieldsAsCols")
def fields_as_columns(tables: Stream, *, run: Run) -> Stream:
    """One column a field, one row a time."""
    return pivot(tables, ["_time"], ["_field"], "_value", run=run)
