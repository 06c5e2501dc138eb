"""Answers in small batches, for which little memory is enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from influx_pipelines.influx.client import Influx

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 256 << 10  # bytes of text; several are parsed or wait at a time


def named_batches(client: Influx, flux: str) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of an answer, with the name of their result.

    Raises:
        InfluxError: as `Influx.stream`.
    """
    from influx_pipelines.influx.reading import run

    with closing(run.named(client, flux, piece=PIECE)) as found:
        for name, batch in found:
            if len(batch):
                yield name, batch


def batches(client: Influx, flux: str) -> Iterator[pa.RecordBatch]:
    """The rows of an answer.

    Raises:
        InfluxError: as `Influx.stream`.
    """
    for _, batch in named_batches(client, flux):
        yield batch
