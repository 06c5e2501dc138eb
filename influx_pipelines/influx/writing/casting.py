"""Columns as the types that were declared for them, without loss or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.measurement import TYPE_NAMES, FieldType

ARROW_TYPES: dict[Any, pa.DataType] = {
    float: pa.float64(),
    int: pa.int64(),
    str: pa.string(),
    bool: pa.bool_(),
    "unsigned": pa.uint64(),
}


def cast_batch(
    batch: pa.RecordBatch, types: Mapping[str, FieldType | None], first_row: int
) -> pa.RecordBatch:
    """The batch with some columns as their declared types; None takes them as they are.

    Raises:
        UnwritableError: a value is not of its type; the message names its row.
    """
    for place, name in enumerate(batch.schema.names):
        declared = types.get(name)
        if declared is None:
            continue
        column = cast(batch.column(place), declared, name, first_row)
        if column is not batch.column(place):
            batch = batch.set_column(place, name, column)
    return batch


def kind_of(kind: pa.DataType) -> FieldType | None:
    """The type of field that an Arrow type is written as; None when there is none."""
    types = pa.types
    if types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if types.is_floating(kind):
        return float
    if types.is_integer(kind):
        return int if types.is_signed_integer(kind) else "unsigned"
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return str
    return bool if types.is_boolean(kind) else None


def cast(column: pa.Array, declared: FieldType, name: str, first_row: int) -> pa.Array:
    """A column as its declared type: integers as floats, whole floats as integers, no other.

    Raises:
        UnwritableError: a value is not of that type.
    """
    target = ARROW_TYPES[declared]
    found = kind_of(column.type)
    if found == declared:
        return column
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), target)
    numbers = (int, float, "unsigned")
    if found not in numbers or declared not in numbers:
        raise UnwritableError(
            f"field {name!r} is declared {TYPE_NAMES[declared]} but the column holds {column.type}"
            f"{_example(column, first_row)}"
        )
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if found is float:  # what is no number is no field
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    try:
        return pc.cast(column, target)
    except pa.ArrowInvalid:
        row, value = _first_misfit(column, target)
        raise UnwritableError(
            f"row {first_row + row}, column {name!r}: {value!r} is declared "
            f"{TYPE_NAMES[declared]} and cannot be one without loss"
        ) from None


def _example(column: pa.Array, first_row: int) -> str:
    for row, value in enumerate(column):
        if value.is_valid:
            return f", {value.as_py()!r} in row {first_row + row}"
    return ""


def _first_misfit(column: pa.Array, target: pa.DataType) -> tuple[int, Any]:
    """Row and value of the first value that cannot be cast."""
    start, stop = 0, len(column)
    while stop - start > 1:  # the first half that fails holds it
        middle = (start + stop) // 2
        try:
            pc.cast(column.slice(start, middle - start), target)
            start = middle
        except pa.ArrowInvalid:
            stop = middle
    return start, column[start].as_py()
