"""The answers of the server as wide tables: time, tags, a column a field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.reading.pivoting import pivoted
from influx_pipelines.influx.reading.shape import tags_of
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.formats.arrow import CATEGORY, type_of
from influx_pipelines.transfer.manifest import Column, Role, Schema

if TYPE_CHECKING:
    from influx_pipelines.influx.reading.result import QueryResult

LONG = frozenset({"_time", "_value", "_field", "_measurement"})
Described = tuple[Schema, pa.Table]


def encoded(table: pa.Table) -> pa.Table:
    """A long table with the texts of its series as dictionaries, whatever the group key is."""
    for place, column in enumerate(table.schema):
        if column.type == pa.string() and column.name != "_value":
            table = table.set_column(place, column.name, table[place].cast(CATEGORY))
    return table


def with_empty_texts(table: pa.Table) -> pa.Table:
    """A long table of points, of which each has a value: an empty cell is an empty text."""
    values = table["_value"]
    if values.type != pa.string() or not values.null_count:
        return table
    return with_column(table, "_value", values.fill_null(""))


def with_column(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    """The table with other values in a column."""
    return table.set_column(table.column_names.index(name), name, values)


def by_measurement(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each measurement, without that column."""
    names = table["_measurement"]
    rows = table.drop_columns("_measurement")
    found = pc.unique(names).to_pylist()
    for name in found:
        yield name, rows if len(found) == 1 else rows.filter(pc.equal(names, name))


def is_number(kind: pa.DataType) -> bool:
    """Whether an aggregate such as the mean takes it."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def widened(measurement: str, tables: Sequence[pa.Table]) -> Described:
    """The points of one measurement as one table, sorted by the tags, then by the time.

    Raises:
        TransferError: a field has two types.
    """
    try:
        table = pivoted(tables)
    except ValueError as error:
        raise TransferError(
            f"Measurement {measurement!r}: {error} An export reads a shorter time when its window "
            "is shorter."
        ) from None
    tags = tags_of(table)
    fields = sorted({name for part in tables for name in pc.unique(part["_field"]).to_pylist()})
    names = ["_time", *tags, *fields]  # the order of the columns, which may be called otherwise
    roles: list[Role] = ["time"]
    roles += ["tag"] * len(tags)
    roles += ["field"] * len(fields)
    return _described(measurement, table, names, roles)


def of_result(found: QueryResult) -> list[Described]:
    """The tables of a script's answer: long ones widened, others with their columns as they are.

    In those the text columns of the group key are tags and the rest are fields; without a column
    `_measurement` the name of the result stands for it.
    """
    long: dict[str, list[pa.Table]] = {}
    wide: list[Described] = []
    for table in (table for table in found.tables if len(table)):
        names = table.data.column_names
        data = table.data.drop_columns([name for name in ("_start", "_stop") if name in names])
        parts = by_measurement(data) if "_measurement" in names else [(table.result, data)]
        for name, part in parts:
            if set(names) >= LONG:
                long.setdefault(name, []).append(encoded(part))
            else:
                wide.append(_as_it_is(name, part, table.group))
    return [widened(name, tables) for name, tables in sorted(long.items())] + wide


def _as_it_is(name: str, table: pa.Table, group: Sequence[str]) -> Described:
    def role(column: pa.Field) -> Role:
        if column.name == "_time":
            return "time"
        return "tag" if column.name in group and type_of(column.type) == "string" else "field"

    return _described(name, table, table.column_names, [role(column) for column in table.schema])


def _described(
    measurement: str, table: pa.Table, names: Sequence[str], roles: Sequence[Role]
) -> Described:
    """The table with its schema; the column of the time is called `time`."""
    columns = [
        "time" if role == "time" and "time" not in table.column_names else column
        for column, role in zip(table.column_names, roles, strict=True)
    ]
    schema = Schema(
        measurement=measurement,
        columns=tuple(
            Column(
                column=column,
                name="time" if role == "time" else name,
                role=role,
                type=type_of(kind),
            )
            for column, name, role, kind in zip(
                columns, names, roles, table.schema.types, strict=True
            )
        ),
    )
    return schema, table.rename_columns(columns)
