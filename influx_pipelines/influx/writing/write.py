"""Tables and ready lines to a bucket; see `Influx.write` and `Influx.write_lines`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.errors import PartialWrite
from influx_pipelines.influx.lineprotocol import check_precision
from influx_pipelines.influx.writing.chunk import Chunk
from influx_pipelines.influx.writing.layout import Layout
from influx_pipelines.influx.writing.readylines import line_chunks
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.influx.writing.send import Sender
from influx_pipelines.influx.writing.serializer import CHUNK_ROWS, chunks
from influx_pipelines.influx.writing.store import Store

if TYPE_CHECKING:
    from influx_pipelines.influx.session import Session


def write(
    influx: Session, table: Any, bucket: str, layout: Layout, in_flight: int, chunk_rows: int
) -> WriteResult:
    """Write the points of a table."""
    if chunk_rows < 1:
        raise ValueError(f"chunk_rows is {chunk_rows}: a request has at least one row")
    store = Store(influx, bucket, layout.precision)
    return _send(store, chunks(table, layout, chunk_rows), in_flight, repr(layout.measurement))


def write_lines(
    influx: Session, lines: bytes | Iterable[bytes], bucket: str, precision: str, in_flight: int
) -> WriteResult:
    """Write line protocol as it is."""
    check_precision(precision)
    store = Store(influx, bucket, precision, "line")
    return _send(store, line_chunks(lines, CHUNK_ROWS), in_flight, "the given lines")


def _send(store: Store, parts: Iterator[Chunk], in_flight: int, name: str) -> WriteResult:
    result = Sender(lambda chunk: store.store(chunk.body, chunk.rows), in_flight).send(parts)
    if result.dropped:
        told = [str(conflict) for conflict in result.conflicts] or result.reasons
        raise PartialWrite(
            f"{result.dropped} points of {name} were refused by bucket {store.bucket!r}, "
            f"{result.points} are stored: {'; '.join(told[:3])}",
            dropped=result.dropped,
            reasons=result.reasons,
            result=result,
        )
    return result
