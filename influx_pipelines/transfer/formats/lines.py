"""Line protocol: a row is a line, without the fields that are null in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa

from influx_pipelines.influx import lineprotocol
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.layout import Column, Columns
from influx_pipelines.influx.writing.lines import lines_of
from influx_pipelines.influx.writing.points import points_of
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.formats.files import readable, writable
from influx_pipelines.transfer.manifest import Schema

ROWS = 10_000  # of a block
BLOCK = 4 << 20  # bytes of a block that is read, and of Arrow that becomes one


def write(table: pa.Table, schema: Schema, path: Path, *, zipped: bool) -> None:
    """Write a wide table.

    Raises:
        TransferError: it has no time, or line protocol cannot hold a name or a value.
    """
    with writable(path, zipped=zipped) as file:
        for block in of_batches(table.to_batches(), schema):
            file.write(block)


def read(path: Path) -> Iterator[bytes]:
    """The file in blocks; a line may go on in the next one.

    Raises:
        TransferError: a zipped file cannot be read.
    """
    with readable(path) as file:
        while block := file.read(BLOCK):
            yield block


def of_batches(
    batches: Iterable[pa.RecordBatch], schema: Schema, precision: str = "ns"
) -> Iterator[bytes]:
    """Wide batches as blocks of whole lines.

    Args:
        batches: with the columns of the schema.
        schema: which of them are tags, fields and the time, and what these are called.
        precision: of a time column of integers, and of the lines.

    Raises:
        TransferError: line protocol cannot hold a name or a value.
    """
    try:
        head, columns = lineprotocol.measurement_text(schema.measurement), _columns(schema)
        row = 0
        for part in chain.from_iterable(map(_small, batches)):
            yield lines_of(points_of(part, columns, precision, row), head, 0)
            row += len(part)
    except UnwritableError as error:
        raise TransferError(f"Measurement {schema.measurement!r}: {error}") from None


def _columns(schema: Schema) -> Columns:
    """The columns with their escaped names; those that a writer refuses are in the data already."""
    times = schema.of_role("time")
    if not times:
        raise UnwritableError("there is no column `_time`, which every line needs")

    def escaped(role: str) -> list[Column]:
        found = sorted((c for c in schema.columns if c.role == role), key=lambda c: c.name.encode())
        return [
            Column(c.column, lineprotocol.escaped(c.name, lineprotocol.KEY_ESCAPES)) for c in found
        ]

    return Columns(escaped("tag"), escaped("field"), times[0].column)


def _small(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in slices that are neither long nor heavy."""
    rows = max(1, min(ROWS, len(batch) * BLOCK // max(batch.nbytes, 1)))
    for start in range(0, len(batch), rows):
        yield batch.slice(start, rows)
