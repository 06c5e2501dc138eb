"""CSV with a header: time, tags, fields; an empty cell is null, `""` is an empty text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.formats.arrow import arrow_schema
from influx_pipelines.transfer.formats.files import readable, writable
from influx_pipelines.transfer.manifest import Schema

BLOCK = 8 << 20  # bytes; a row of several texts of a mebibyte fits in


def write(table: pa.Table, path: Path, *, zipped: bool = False) -> None:
    """Write a wide table."""
    with writable(path, zipped=zipped) as file:
        pa.csv.write_csv(table, file)


def read(path: Path, schema: Schema) -> Iterator[pa.RecordBatch]:
    """Batches with exactly the types of the schema.

    Raises:
        TransferError: a cell is not of its type, or the columns are others.
    """
    return batches(path, options(arrow_schema(schema), [c.column for c in schema.columns]))


def options(
    types: Mapping[str, pa.DataType] | pa.Schema, columns: Sequence[str] = ()
) -> pa.csv.ConvertOptions:
    """How cells are read: these types, the others as they look; only these columns, or all."""
    return pa.csv.ConvertOptions(
        column_types=types,
        include_columns=list(columns),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )


def batches(path: Path, options: pa.csv.ConvertOptions) -> Iterator[pa.RecordBatch]:
    """Batches of a file; line breaks in quoted cells are kept.

    Raises:
        TransferError: the file is no CSV, or a cell is not of its type.
    """
    with readable(path) as file:
        try:
            yield from pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(block_size=BLOCK),
                parse_options=pa.csv.ParseOptions(newlines_in_values=True),
                convert_options=options,
            )
        except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
            raise TransferError(f"{path}: {str(error).splitlines()[0][:300]}") from None
