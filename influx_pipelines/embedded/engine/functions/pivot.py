"""Rows into columns."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, TableBuilder, key_identity
from influx_pipelines.embedded.engine.values import to_text


@builtin("pivot")
def pivot(tables: Stream, rowKey: list[str], columnKey: list[str], valueColumn: str) -> Stream:
    """A column for each value of the column key, a row for each row key, in order of appearance."""
    if set(rowKey) & set(columnKey):
        raise FluxError("column name found in both rowKey and columnKey")
    if valueColumn in (*rowKey, *columnKey):
        raise FluxError("value column must not be in rowKey or columnKey")
    groups: dict[Any, _Pivot] = {}
    for table in tables.tables:
        for name in (*rowKey, *columnKey, valueColumn):
            table.column(name)
        key = {n: v for n, v in table.key.items() if n not in columnKey and n != valueColumn}
        target = groups.setdefault(key_identity(key), _Pivot(key, table, rowKey))
        target.add(table, rowKey, columnKey, valueColumn)
    return tables.following([group.build() for group in groups.values()])


class _Pivot:
    """One table in the making."""

    def __init__(self, key: dict[str, Any], table: Table, row_key: list[str]) -> None:
        names = [n for n in table.types if n in key or n in row_key]
        self.builder = TableBuilder(key, {n: table.types[n] for n in names}, {n: [] for n in names})
        self.rows: dict[Any, int] = {}

    def add(self, table: Table, row_key: list[str], column_key: list[str], value: str) -> None:
        """Put the cells of a table in their places."""
        builder = self.builder
        row_columns = [table.columns[name] for name in row_key]
        label_columns = [table.columns[name] for name in column_key]
        kind = table.types[value]
        for index, cell in enumerate(table.columns[value]):
            values = tuple(column[index] for column in row_columns)
            place = self.rows.get(values)
            if place is None:
                place = self.rows[values] = builder.count
                builder.count += 1
                shown = {**builder.key, **dict(zip(row_key, values, strict=True))}
                for name, column in builder.columns.items():
                    column.append(shown.get(name))
            labels = (column[index] for column in label_columns)
            label = "_".join("" if v is None else to_text(v) for v in labels)
            builder.add_type(label, kind)
            builder.columns[label][place] = cell

    def build(self) -> Table:
        """The table."""
        return self.builder.build()


def fields_as_columns(tables: Stream) -> Stream:
    """`schema.fieldsAsCols`: one column a field, one row a time."""
    return pivot(tables, ["_time"], ["_field"], "_value")
