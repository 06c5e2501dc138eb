"""Columns as the values of tags."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import UnwritableError, fault_of
from influx_pipelines.influx.writing.casting import kind_of
from influx_pipelines.influx.writing.layout import Column
from influx_pipelines.influx.writing.texts import as_text, bytes_of, decoded, entries_of


def tag_values(column: pa.Array, tag: Column, first_row: int) -> pa.Array:
    """The values of a tag as text, empty ones as nulls.

    Raises:
        UnwritableError: a value cannot be written, or the column holds what is no tag.
    """
    kind = column.type
    if pa.types.is_null(kind) or _is_missing(column):
        return pa.nulls(len(column), pa.string())
    if kind_of(kind) in (None, float):
        raise UnwritableError(
            f"tag {tag.name!r} holds {kind}: a tag is text, a boolean or an integer; cast it to "
            "text, or make it a field"
        )
    column = as_text(column)
    entries = entries_of(column)
    raw = bytes_of(entries)
    if b"\\" in raw or b"\n" in raw or b"\r" in raw:
        _judge(decoded(column), tag.name, first_row)
    if pc.any(pc.equal(pc.binary_length(entries), 0)).as_py():
        column = decoded(column)
        column = pc.if_else(pc.equal(pc.binary_length(column), 0), None, column)
    return column


def _is_missing(column: pa.Array) -> bool:
    """A column of NaN alone is how pandas reads a column of text in which nothing stands."""
    return pa.types.is_floating(column.type) and not pc.any(pc.equal(column, column)).as_py()


def _judge(column: pa.Array, name: str, first_row: int) -> None:
    """Look at the distinct values, and find the row of one that cannot be written."""
    for value in pc.unique(column).to_pylist():
        if value is not None and (fault := fault_of(value)):
            row = first_row + pc.index(column, value).as_py()
            raise UnwritableError(f"row {row}, tag {name!r}: value {value!r} {fault}")
