"""Tables as line protocol, chunk by chunk."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx import tables
from influx_pipelines.influx.lineprotocol import UNIT
from influx_pipelines.influx.writing.casting import kind_of
from influx_pipelines.influx.writing.chunk import Chunk
from influx_pipelines.influx.writing.layout import Columns, Layout
from influx_pipelines.influx.writing.lines import lines_of
from influx_pipelines.influx.writing.points import Points, points_of
from influx_pipelines.influx.writing.repeats import Trail, Untimed

CHUNK_ROWS = 25_000
MOST_BYTES = 5 << 20  # of a chunk, about; longer rows make shorter chunks
NUMBER_BYTES = 18


def chunks(table: Any, layout: Layout, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The points of a table as chunks of lines.

    A table in memory is judged whole before its first chunk, an iterator batch by batch.

    Raises:
        UnwritableError: see `points_of`.
    """
    # A repeat after a lost answer must not make a second point: rows without a time get one here.
    now = clock.time_ns() // UNIT[layout.precision]
    for points in _judged(table, layout, rows):
        trail = Trail(points) if len(points) else None
        yield Chunk(lines_of(points, layout.head, now), points.rows, points.skipped, trail)


def _judged(table: Any, layout: Layout, rows: int) -> Iterator[Points]:
    """The points of a table, those of one in memory only when all of them can be written."""
    found = _points(table, layout, rows)
    if not tables.is_in_memory(table):
        return found
    first = list(islice(found, 2))
    if len(first) < 2:
        return iter(first)
    for _ in found:
        pass
    return _points(table, layout, rows)


def serialize(table: Any, layout: Layout, rows: int = CHUNK_ROWS) -> Iterator[bytes]:
    """Line protocol in blocks of whole lines; nothing is sent.

    Raises:
        UnwritableError: a row cannot be written; blocks of rows before it may be out already.
    """
    now = clock.time_ns() // UNIT[layout.precision]
    for points in _points(table, layout, rows):
        yield lines_of(points, layout.head, now)


def _points(table: Any, layout: Layout, rows: int) -> Iterator[Points]:
    first_row, schema, columns, untimed = 0, None, None, Untimed()
    batches = tables.record_batches(
        table,
        rows,
        time=layout.time,
        declared=layout.declared,
        complete=bool(layout.owner),
    )
    for batch in batches:
        if not batch.num_columns:  # `DataFrame([])`: no row came that could name any
            continue
        if columns is None or schema is not batch.schema:
            schema, columns = batch.schema, layout.columns(batch.schema)
        for part in _small(batch, columns):
            points = points_of(part, columns, layout.precision, first_row)
            first_row += len(part)
            if points.times is None:
                untimed.add(points)
            yield points


def _small(batch: pa.RecordBatch, columns: Columns) -> Iterator[pa.RecordBatch]:
    """The batch, or halves of it as long as their text would be too long."""
    if len(batch) > 1 and _line_bytes(batch, columns) > MOST_BYTES:
        middle = len(batch) // 2
        yield from _small(batch.slice(0, middle), columns)
        yield from _small(batch.slice(middle), columns)
    else:
        yield batch


def _line_bytes(batch: pa.RecordBatch, columns: Columns) -> int:
    """The length of the batch's lines, about."""
    total = len(batch) * NUMBER_BYTES  # the time
    for column in [*columns.tags, *columns.fields]:
        total += len(batch) * (len(column.key) + 2) + _length(batch[column.name])
    return total


def _length(column: pa.Array) -> int:
    """The bytes of a column's values; a repeated text counts each time."""
    codes = None
    if isinstance(column, pa.DictionaryArray):
        codes, column = column.indices, column.dictionary
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    if kind_of(column.type) is not str:
        return NUMBER_BYTES * len(column if codes is None else codes)
    lengths = pc.binary_length(column)
    return pc.sum(lengths if codes is None else lengths.take(codes)).as_py() or 0
