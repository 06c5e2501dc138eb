"""Every kind of table as Arrow record batches, slice by slice: memory stays flat."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from influx_pipelines.influx import objects
from influx_pipelines.influx.lineprotocol import UnwritableError

Types = dict[str, pa.DataType]
Part = Sequence[Mapping[str, Any]]
TIME = "time"
TAKES = (
    "a pandas or polars frame, an Arrow table, record batch or reader, an iterator of these, or "
    "rows as dicts"
)


def record_batches(
    table: Any,
    rows: int,
    *,
    time: str = TIME,
    declared: Collection[str] = (),
    complete: bool = False,
) -> Iterator[pa.RecordBatch]:
    """The table as record batches of at most so many rows.

    A table with a schema gives one batch at least, so that its names can be judged.

    Args:
        table: a pandas or polars frame, an Arrow table, batch or reader, anything with
            `__arrow_c_stream__`, an iterator of these, or rows as dicts.
        rows: of a batch, at most.
        time: the name for the DatetimeIndex of a pandas frame that has no such column.
        declared: columns of rows as dicts whose type somebody else sees to, batch by batch.
        complete: rows as dicts have all declared columns; a key that is nowhere is null.

    Raises:
        UnwritableError: values of a column do not fit together, or cannot be written.
        TypeError: it is no table.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        return _of_pandas(table, rows, time)
    if isinstance(table, pa.RecordBatch):
        return _slices(pa.Table.from_batches([table]), rows)
    if isinstance(table, pa.Table):
        return _slices(table, rows)
    if isinstance(table, pa.RecordBatchReader):
        return _regrouped(table, rows, time)
    if hasattr(table, "__arrow_c_stream__"):
        return _regrouped(pa.RecordBatchReader.from_stream(table), rows, time)
    if isinstance(table, Mapping | str | bytes) or not isinstance(table, Iterable):
        raise TypeError(f"a {type(table).__name__} is no table: give {TAKES}")
    iterator = iter(table)
    first = next(iterator, None)
    if first is None:
        return iter(())
    every = chain([first], iterator)
    if not isinstance(first, Mapping):
        return _regrouped(every, rows, time)
    return Rows(rows, declared, complete).batches(table if isinstance(table, Sequence) else every)


def is_in_memory(table: Any) -> bool:
    """Whether the table can be gone through twice."""
    return hasattr(table, "__len__") and not isinstance(table, pa.RecordBatchReader)


def _slices(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, max(len(table), 1), rows):
        yield _one_batch(table.slice(start, rows))


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    columns = [
        column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for column in table.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _regrouped(tables: Iterable[Any], rows: int, time: str) -> Iterator[pa.RecordBatch]:
    """Batches that are cut when they are long and put together when they are short."""
    waiting: list[pa.RecordBatch] = []
    empty = tables.schema.empty_table() if isinstance(tables, pa.RecordBatchReader) else None
    for batch in chain.from_iterable(_parts(table, rows, time) for table in tables):
        empty = None
        full = sum(len(x) for x in waiting) + len(batch) > rows
        if waiting and (full or not waiting[0].schema.equals(batch.schema)):
            yield _one_batch(pa.Table.from_batches(waiting))
            waiting = []
        waiting.append(batch)
    if waiting:
        yield _one_batch(pa.Table.from_batches(waiting))
    elif empty is not None:
        yield _one_batch(empty)


def _parts(table: Any, rows: int, time: str) -> Iterator[pa.RecordBatch]:
    if isinstance(table, Mapping):
        raise TypeError("rows and tables in one iterator: give one kind")
    return record_batches(table, rows, time=time)


# ---------------------------------------------------------------------- pandas


def _of_pandas(frame: Any, rows: int, time: str) -> Iterator[pa.RecordBatch]:
    import pandas as pd

    names = [str(name) for name in frame.columns]
    kinds = {
        place: _object_type(frame.iloc[:, place], name, rows)
        for place, name in enumerate(names)
        if pd.api.types.is_object_dtype(frame.dtypes.iloc[place])
    }
    index = frame.index
    indexed = time not in names and (isinstance(index, pd.DatetimeIndex) or index.name == time)
    for start in range(0, max(len(frame), 1), rows):
        part = frame.iloc[start : start + rows]
        columns = [
            _pandas_column(part.iloc[:, place], name, kinds.get(place), start)
            for place, name in enumerate(names)
        ]
        if indexed:
            columns.append(_pandas_column(part.index.to_series(), time, None, start))
        yield pa.RecordBatch.from_arrays(columns, [*names, time] if indexed else names)


def _object_type(series: Any, name: str, rows: int) -> pa.DataType:
    """The type of all of an object column, so that no slice is judged alone."""
    found = pa.null()
    for start in range(0, len(series), rows):
        values = series.iloc[start : start + rows].tolist()
        found = objects.grown_type(found, values, name, start)
    return found


def _pandas_column(series: Any, name: str, kind: pa.DataType | None, start: int) -> pa.Array:
    if kind is not None:
        return objects.column(series.tolist(), kind, name, start)
    if type(series.dtype).__module__.startswith("numpy") and series.dtype.kind in "fiub":
        return pa.array(series.to_numpy())  # no copy; NaN stays NaN, which is no field either
    try:
        column = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise UnwritableError(f"column {name!r} ({series.dtype}): {error}") from None
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


# ---------------------------------------------------------------------- rows as dicts


@dataclass(frozen=True)
class Rows:
    """How rows as dicts become batches of so many rows; see `record_batches`."""

    rows: int
    declared: Collection[str] = ()
    complete: bool = False

    def batches(self, items: Iterable[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
        """The rows as record batches; those of a sequence have one schema."""
        types: Types = dict.fromkeys(self.declared, pa.null()) if self.complete else {}
        whole = isinstance(items, Sequence)
        for start, part in self._parts(items if whole else ()):
            types = _grown(types, part, start)
        for start, part in self._parts(items):
            if not whole:
                types = self._settled(types, _grown(types, part, start), start)
            columns = [
                objects.column([row.get(name) for row in part], kind, name, start)
                for name, kind in types.items()
            ]
            yield pa.RecordBatch.from_arrays(columns, [str(name) for name in types])

    def _parts(self, items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Part]]:
        """The number of the first row, and the rows."""
        iterator, start = iter(items), 0
        while part := list(islice(iterator, self.rows)):
            yield start, part
            start += len(part)

    def _settled(self, types: Types, grown: Types, start: int) -> Types:
        """The grown types; what was sent as an integer cannot become a float."""
        for name, kind in types.items():
            turned = pa.types.is_int64(kind) and pa.types.is_float64(grown[name])
            if turned and name not in self.declared:
                raise UnwritableError(
                    f"column {name!r} held integers before row {start} and holds floats from "
                    f"there on: declare its type, fields={{{name!r}: float}}"
                )
        return grown


def _grown(types: Types, part: Part, start: int) -> Types:
    """The types of all columns, those of more rows counted in."""
    grown = {}
    for name in dict.fromkeys([*types, *chain.from_iterable(part)]):
        values = [row.get(name) for row in part]
        grown[name] = objects.grown_type(types.get(name, pa.null()), values, name, start)
        if pa.types.is_timestamp(grown[name]):
            objects.check_aware(values, name, start)
    return grown
