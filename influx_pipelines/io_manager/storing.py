"""A table on its way to the server: judged, the window cleared where that is asked for, written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.io_manager.checking import checked
from influx_pipelines.io_manager.declared import Declared
from influx_pipelines.io_manager.part import Part
from influx_pipelines.io_manager.seen import Seen

if TYPE_CHECKING:
    import pyarrow as pa

    from influx_pipelines.influx.writing.layout import Layout

BATCH_ROWS = 25_000
IN_FLIGHT = 4


def store(client: Influx, declared: Declared, part: Part, table: Any) -> tuple[Seen, WriteResult]:
    """Write a table; of one in memory every row is judged before anything is deleted or sent.

    Raises:
        UnwritableError: it is no table, a row cannot be written, or is outside of the part.
        PartialWrite: the server dropped points; the others are stored.
        InfluxError: it does not answer, or refused it all.
    """
    from influx_pipelines.influx import tables
    from influx_pipelines.influx.writing.write import write

    # Another thread may be importing polars just now, when it has no such class yet.
    lazy: Any = getattr(sys.modules.get("polars"), "LazyFrame", ())
    if isinstance(table, lazy):
        table = table.collect()
    layout, seen = declared.layout(), Seen()
    rows: Any = seen.watch(checked(_batches(table, layout), declared, part))
    if tables.is_in_memory(table):
        rows = _whole(rows)
    if declared.replace is not None:
        _judge(rows, layout)
        _clear(client, declared, part)
    return seen, write(client, rows, declared.bucket, layout, IN_FLIGHT, BATCH_ROWS)


def _batches(table: Any, layout: Layout) -> Iterator[pa.RecordBatch]:
    from influx_pipelines.influx.tables import record_batches

    try:
        return record_batches(
            table,
            BATCH_ROWS,
            time=layout.time,
            declared=layout.declared,
            complete=bool(layout.owner),
        )
    except TypeError as error:
        raise UnwritableError(str(error)) from error


def _whole(batches: Iterator[pa.RecordBatch]) -> pa.Table | list[pa.RecordBatch]:
    """The rows as one table, which is judged whole before it is written; of several schemas no."""
    import pyarrow as pa

    found = list(batches)
    one = len({batch.schema for batch in found}) == 1
    return pa.Table.from_batches(found) if one else found


def _judge(rows: Any, layout: Layout) -> None:
    """Nothing is deleted for a table that cannot be written; of a stream that is not known yet."""
    from influx_pipelines.influx.tables import is_in_memory
    from influx_pipelines.influx.writing.serializer import serialize

    for _ in serialize(rows, layout, BATCH_ROWS) if is_in_memory(rows) else ():
        pass


def _clear(client: Influx, declared: Declared, part: Part) -> None:
    for tags in [{part.tag: key} for key in part.keys or ()] if part.tag else [{}]:
        client.delete(
            declared.bucket, declared.measurement, tags=tags, start=part.start, stop=part.stop
        )
