"""Parquet: one file a measurement and window, below folders in Hive's style."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from influx_pipelines.transfer.errors import TransferError

ROWS = 50_000  # of a batch


def write(table: pa.Table, path: Path) -> None:
    """Write a wide table."""
    pa.parquet.write_table(table, path, compression="zstd")


def read(path: Path) -> Iterator[pa.RecordBatch]:
    """Batches of a file.

    Raises:
        TransferError: the file is no Parquet.
    """
    try:
        with pa.parquet.ParquetFile(path) as file:
            yield from file.iter_batches(ROWS)
    except (pa.ArrowInvalid, OSError) as error:
        raise TransferError(f"{path}: {str(error).splitlines()[0][:300]}") from None
