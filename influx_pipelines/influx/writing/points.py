"""A record batch as the parts of its points: checked, cast, nulls for what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import MAX_STRING, UnwritableError, fault_of
from influx_pipelines.influx.writing.casting import cast, kind_of
from influx_pipelines.influx.writing.layout import Column, Columns
from influx_pipelines.influx.writing.pieces import bytes_of
from influx_pipelines.influx.writing.times import Stamps, stamps

FEW = 4  # a dictionary is kept when its values are picked that often


@dataclass
class Points:
    """Points of a batch; a null tag or field is left out of its line.

    Attributes:
        rows: number of each point's row in the whole table.
        tags: text by column, empty values as nulls.
        fields: numbers, booleans and texts by column; only finite numbers; none is all null.
        times: integers in the precision; None means now.
        skipped: rows without any field, which are no points.
    """

    rows: Stamps
    tags: list[tuple[Column, pa.Array]]
    fields: list[tuple[Column, pa.Array]]
    times: Stamps | None
    skipped: int = field(default=0)

    def __len__(self) -> int:
        return len(self.rows)


def points_of(batch: pa.RecordBatch, columns: Columns, precision: str, first_row: int) -> Points:
    """The points of a batch.

    Raises:
        UnwritableError: InfluxDB cannot hold a value, or would give it back broken; the message
            names row, column and reason.
    """
    times = None
    if columns.time is not None:
        times = stamps(batch[columns.time], precision, columns.time, first_row)
    tags = [(tag, _tag(batch[tag.name], tag.name, first_row)) for tag in columns.tags]
    fields = [(x, _field(batch[x.name], x, first_row)) for x in columns.fields]
    points = Points(
        np.arange(first_row, first_row + len(batch)),
        [(tag, column) for tag, column in tags if column.null_count < len(column)],
        [(x, column) for x, column in fields if column.null_count < len(column)],
        times,
    )
    return _without_empty_rows(points)


def _without_empty_rows(points: Points) -> Points:
    gapped = [column for _, column in points.fields if column.null_count]
    if points.fields and len(gapped) < len(points.fields):
        return points
    kept = np.zeros(len(points), bool)
    for column in gapped:
        kept |= pc.is_valid(column).to_numpy(zero_copy_only=False)
    if kept.all():
        return points
    mask = pa.array(kept)
    return Points(
        points.rows[kept],
        [(tag, column.filter(mask)) for tag, column in points.tags],
        [(x, column.filter(mask)) for x, column in points.fields],
        None if points.times is None else points.times[kept],
        int(len(kept) - kept.sum()),
    )


# ---------------------------------------------------------------------- tags


def _tag(column: pa.Array, name: str, first_row: int) -> pa.Array:
    """A tag as text, empty values as nulls."""
    kind = column.type
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if kind_of(kind) in (None, float):
        raise UnwritableError(
            f"tag {name!r} holds {kind}: a tag is text, a boolean or an integer; cast it to text, "
            "or make it a field"
        )
    column = _text(column)
    values = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    raw = bytes_of(values)
    if b"\\" in raw or b"\n" in raw or b"\r" in raw:
        _check_values(column, name, first_row)
    if pc.any(pc.equal(pc.binary_length(values), 0)).as_py():
        column = _text(column, decoded=True)
        column = pc.if_else(pc.equal(pc.binary_length(column), 0), None, column)
    return column


def _check_values(column: pa.Array, name: str, first_row: int) -> None:
    """Judge the distinct values, and find the row of one that cannot be written."""
    for value in pc.unique(_text(column, decoded=True)).to_pylist():
        if value is not None and (fault := fault_of(value)):
            row = first_row + pc.index(_text(column, decoded=True), value).as_py()
            raise UnwritableError(f"row {row}, tag {name!r}: value {value!r} {fault}")


def _text(column: pa.Array, *, decoded: bool = False) -> pa.Array:
    """Text, booleans or integers as text; a dictionary stays one where its values repeat."""
    if isinstance(column, pa.DictionaryArray):
        values = column.dictionary.cast(pa.string())
        if len(values) * FEW <= len(column) and not decoded:
            return pa.DictionaryArray.from_arrays(column.indices, values)
        column = values.take(column.indices)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


# ---------------------------------------------------------------------- fields


def _field(column: pa.Array, about: Column, first_row: int) -> pa.Array:
    """A field as a float, integer, boolean or text, without what is no finite number."""
    if about.declared is not None:
        column = cast(column, about.declared, about.name, first_row)
    kind = column.type
    if pa.types.is_null(kind):
        return column
    known = kind_of(kind)
    if known is None:
        raise UnwritableError(f"field {about.name!r} holds {kind}: {_hint(kind)}")
    if known is str:
        column = _text(column)
        _check_length(column, about.name, first_row)
        return column
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    return _finite(column) if known is float else column


def _finite(column: pa.Array) -> pa.Array:
    """The floats that are numbers; half floats as single ones, which holds all of them exactly."""
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    values = pc.fill_null(column, 0).to_numpy()
    finite = np.isfinite(values)
    if finite.all():
        return column
    return pa.array(values, mask=~(finite & pc.is_valid(column).to_numpy(zero_copy_only=False)))


def _check_length(column: pa.Array, name: str, first_row: int) -> None:
    text = column.dictionary if isinstance(column, pa.DictionaryArray) else column
    if (pc.max(pc.binary_length(text)).as_py() or 0) <= MAX_STRING:
        return
    lengths = pc.binary_length(_text(column, decoded=True)).to_pylist()
    for row, length in enumerate(lengths, first_row):
        if (length or 0) > MAX_STRING:
            raise UnwritableError(
                f"row {row}, field {name!r}: {length} bytes of text, InfluxDB holds {MAX_STRING}"
            )


def _hint(kind: pa.DataType) -> str:
    types = pa.types
    if types.is_temporal(kind):
        return "cast it to int64 or to text (a time as a field is one of these)"
    if types.is_decimal(kind):
        return "cast it to float64 or to text"
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return "decode it to text"
    if types.is_struct(kind) or types.is_map(kind):
        return "give each part a column of its own (`flatten`)"
    return "write numbers, texts or booleans"
