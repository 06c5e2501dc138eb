"""The columns that a wide read has whatever was found: asked for, or declared with their types."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pyarrow as pa

from influx_pipelines.influx.reading.datatypes import CATEGORY
from influx_pipelines.influx.reading.selection import Selection

if TYPE_CHECKING:
    from influx_pipelines.influx.measurement import Measurement

OF_FLOATS = ("mean", "median", "stddev")  # whose results are floats, of integers too


def declared_fields(declared: type[Measurement]) -> dict[str, pa.DataType]:
    """The Arrow types of a measurement's fields."""
    schema = declared.schema()
    return {name: schema.field(name).type for name in declared.fields}


def tags_of(wide: pa.Table) -> list[str]:
    """The tags of a wide table: its text fields are no dictionaries."""
    return [column.name for column in wide.schema if pa.types.is_dictionary(column.type)]


def free_name(field: str, taken: Collection[str]) -> str:
    """The column of a field: `name_field` beside a tag of that name."""
    while field in taken:
        field += "_field"
    return field


def shaped(wide: pa.Table, selection: Selection, declared: type[Measurement] | None) -> pa.Table:
    """Asked and declared columns in their order, with nulls where nothing was found.

    Raises:
        ValueError: the values of a field are not of its declared type.
    """
    if selection.fields is None:
        return wide
    tags = tags_of(wide)
    types = declared_fields(declared) if declared else {}
    names = [*(declared.tags if declared else ()), *tags]
    columns = {"_time": wide.column("_time")}
    for name in dict.fromkeys(names):
        columns[name] = wide.column(name) if name in tags else _nulls(wide, CATEGORY)
    for field in selection.fields:
        there = free_name(field, ["_time", *tags])
        kind = _type_of_result(types[field], selection) if field in types else None
        found = wide.column(there) if there in wide.column_names else None
        if found is None:
            found = _nulls(wide, kind or pa.null())
        columns[free_name(field, columns)] = _cast(field, found, kind)
    return pa.table(columns)


def _type_of_result(kind: pa.DataType, selection: Selection) -> pa.DataType:
    """What the function of a selection makes of a declared type."""
    if selection.every is None:
        return kind
    if selection.fn == "count":
        return pa.int64()
    return pa.float64() if selection.fn in OF_FLOATS else kind


def _nulls(wide: pa.Table, kind: pa.DataType) -> pa.Array:
    return pa.nulls(len(wide), kind)


def _cast(field: str, values: pa.ChunkedArray, kind: pa.DataType | None) -> pa.ChunkedArray:
    if kind is None or values.type == kind:
        return values
    try:
        return values.cast(kind)
    except pa.ArrowException as error:
        raise ValueError(
            f"The field {field!r} is declared as {kind} and stored as {values.type}: {error}"
        ) from None
