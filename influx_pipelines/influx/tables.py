"""Every kind of table as Arrow record batches, slice by slice: memory stays flat."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from influx_pipelines.influx import frames
from influx_pipelines.influx.rows import Rows

TIME = "time"
MOST_BYTES = 16 << 20  # of short batches that are put together
TAKES = (
    "a pandas or polars frame, an Arrow table, record batch or reader, an iterator of these, or "
    "rows as dicts"
)


def record_batches(
    table: Any,
    rows: int,
    *,
    time: str | None = TIME,
    declared: Mapping[str, Any] | None = None,
    complete: bool = False,
) -> Iterator[pa.RecordBatch]:
    """The table as record batches of at most so many rows.

    A table with a schema gives one batch at least, so that its names can be judged.

    Args:
        table: a pandas or polars frame, an Arrow table, batch or reader, anything with
            `__arrow_c_stream__`, an iterator of these, or rows as dicts.
        rows: of a batch, at most.
        time: the name for the DatetimeIndex of a pandas frame that has no such column; None leaves
            it out.
        declared: columns of rows as dicts whose type is declared and seen to batch by batch
            later, with that type.
        complete: rows as dicts have all declared columns; a key that is nowhere is null.

    Raises:
        UnwritableError: values of a column do not fit together, or cannot be written.
        TypeError: it is no table.
    """
    if _is_pandas(table):
        return frames.batches(table, rows, time)
    if isinstance(table, pa.RecordBatch):
        return _slices(pa.Table.from_batches([table]), rows)
    if isinstance(table, pa.Table):
        return _slices(table, rows)
    if isinstance(table, pa.RecordBatchReader):
        return _regrouped(table, rows, time)
    if hasattr(table, "__arrow_c_stream__"):
        return _regrouped(_stream(table), rows, time)
    if isinstance(table, Mapping | str | bytes) or not isinstance(table, Iterable):
        raise TypeError(f"a {type(table).__name__} is no table: give {TAKES}")
    iterator = iter(table)
    first = list(islice(iterator, 1))
    every = chain(first, iterator)
    if first and isinstance(first[0], Mapping):
        dicts = table if isinstance(table, Sequence) else every
        return Rows(rows, declared or {}, complete).batches(dicts)
    return _regrouped(every, rows, time)


def _stream(table: Any) -> pa.RecordBatchReader:
    try:
        return pa.RecordBatchReader.from_stream(table)
    except pa.ArrowException as error:
        kind = type(table).__name__
        raise TypeError(f"Arrow takes no {kind} like this ({error}): give {TAKES}") from None


def _is_pandas(table: Any) -> bool:
    """Whether it is a pandas frame, without importing pandas.

    Another thread may be importing it just now, when the module has no class of frames yet.
    """
    return isinstance(table, getattr(sys.modules.get("pandas"), "DataFrame", ()))


def is_in_memory(table: Any) -> bool:
    """Whether the table can be gone through twice; `tqdm` has a length too and cannot."""
    if isinstance(table, Sequence) and not isinstance(table, str | bytes):
        return all(isinstance(part, Mapping) or is_in_memory(part) for part in table)
    if _is_pandas(table):
        return True
    return hasattr(table, "__arrow_c_stream__") and hasattr(table, "__len__")


def _slices(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, max(len(table), 1), rows):
        yield _one_batch(table.slice(start, rows))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    columns = [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _regrouped(tables: Iterable[Any], rows: int, time: str | None) -> Iterator[pa.RecordBatch]:
    """Batches that are cut when they are long and put together when they are short."""
    waiting: list[pa.RecordBatch] = []
    count, size = 0, 0
    empty = tables.schema.empty_table() if isinstance(tables, pa.RecordBatchReader) else None
    for batch in chain.from_iterable(_parts(table, rows, time) for table in tables):
        empty = None
        full = count + len(batch) > rows or size + batch.nbytes > MOST_BYTES
        if waiting and (full or not waiting[0].schema.equals(batch.schema)):
            yield _one_batch(pa.Table.from_batches(waiting))
            waiting, count, size = [], 0, 0
        waiting.append(batch)
        count, size = count + len(batch), size + batch.nbytes
    if waiting:
        yield _one_batch(pa.Table.from_batches(waiting))
    elif empty is not None:
        yield _one_batch(empty)


def _parts(table: Any, rows: int, time: str | None) -> Iterator[pa.RecordBatch]:
    if isinstance(table, Mapping):
        raise TypeError("rows and tables in one iterator: give one kind")
    return record_batches(table, rows, time=time)
