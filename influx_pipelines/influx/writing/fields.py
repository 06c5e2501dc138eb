"""Columns as the values of fields."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import MAX_STRING, UnwritableError
from influx_pipelines.influx.writing.casting import cast, kind_of
from influx_pipelines.influx.writing.layout import Column
from influx_pipelines.influx.writing.texts import as_text, bytes_of, decoded, entries_of


def field_values(column: pa.Array, field: Column, first_row: int) -> pa.Array:
    """The values of a field: floats, integers, booleans or text; null is what is no number.

    Raises:
        UnwritableError: a value is not of the declared type, too long or holds a carriage return,
            or the column holds what is no field.
    """
    if field.declared is not None:
        column = cast(column, field.declared, field.name, first_row)
    kind = column.type
    if pa.types.is_null(kind):
        return column
    known = kind_of(kind)
    if known is None:
        raise UnwritableError(f"field {field.name!r} holds {kind}: {_hint(kind)}")
    if known is str:
        column = as_text(column)
        _judge_length(column, field.name, first_row)
        _judge_line_ends(column, field.name, first_row)
    return _finite(column) if known is float else column


def _finite(column: pa.Array) -> pa.Array:
    """The floats that are numbers; half floats as single ones, which hold each of them exactly."""
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    values = pc.fill_null(column, 0).to_numpy()
    finite = np.isfinite(values)
    if finite.all():
        return column
    return pa.array(values, mask=~(finite & pc.is_valid(column).to_numpy(zero_copy_only=False)))


def _judge_length(column: pa.Array, name: str, first_row: int) -> None:
    if (pc.max(pc.binary_length(entries_of(column))).as_py() or 0) <= MAX_STRING:
        return
    for row, length in enumerate(pc.binary_length(decoded(column)).to_pylist(), first_row):
        if (length or 0) > MAX_STRING:
            raise UnwritableError(
                f"row {row}, field {name!r}: {length} bytes of text, InfluxDB holds {MAX_STRING}"
            )


def _judge_line_ends(column: pa.Array, name: str, first_row: int) -> None:
    """Refuse what a query gives back as another text: CR LF becomes LF, a CR alone is lost."""
    if b"\r" not in bytes_of(entries_of(column)):
        return
    found = pc.match_substring(decoded(column), "\r")
    row = first_row + pc.index(found, True).as_py()
    raise UnwritableError(
        f"row {row}, field {name!r}: a carriage return, which queries give back broken; replace "
        r"'\r\n' by '\n' before"
    )


def _hint(kind: pa.DataType) -> str:
    """What to do with a column of that type."""
    types = pa.types
    if types.is_temporal(kind):
        return "cast it to int64 or to text (a time as a field is one of these)"
    if types.is_decimal(kind):
        return "cast it to float64 or to text"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return "decode it to text"
    if types.is_struct(kind) or types.is_map(kind):
        return "give each part a column of its own (`flatten`)"
    if types.is_nested(kind):
        return "give each item a row or a column of its own"
    return "write numbers, texts or booleans"
