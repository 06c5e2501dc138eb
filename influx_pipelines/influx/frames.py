"""Frames of pandas as Arrow record batches: cut where no copy is needed, else slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from influx_pipelines.influx import objects
from influx_pipelines.influx.lineprotocol import UnwritableError

Cut = Callable[[int, int], pa.Array]
NUMPY_KINDS = "fiubM"  # floats, integers, booleans and times: Arrow takes their memory as it is


def batches(frame: Any, rows: int, time: str | None) -> Iterator[pa.RecordBatch]:
    """The frame as record batches of at most so many rows.

    Args:
        frame: columns of any dtype.
        rows: of a batch, at most.
        time: the name for its DatetimeIndex where it has no such column; None leaves it out.

    Raises:
        UnwritableError: values of a column do not fit together, or cannot be written.
    """
    import pandas as pd

    names = [_name(name) for name in frame.columns]
    cuts = [_cut(frame.iloc[:, place], name, rows) for place, name in enumerate(names)]
    index = frame.index
    is_time = isinstance(index, pd.DatetimeIndex) or index.name == time
    if is_time and time is not None and time not in names:
        names.append(time)
        cuts.append(_cut(index, time, rows))
    for start in range(0, max(len(frame), 1), rows):
        yield pa.RecordBatch.from_arrays([cut(start, start + rows) for cut in cuts], names)


def _name(name: Any) -> str:
    if isinstance(name, tuple):
        raise UnwritableError(f"column {name!r} has a name of several levels: give it one text")
    return str(name)


def _cut(column: Any, name: str, rows: int) -> Cut:
    """What makes the rows from one to another an Arrow column."""
    kind = getattr(column.dtype, "kind", "")
    if kind == "O" and column.dtype == object:
        values = column.to_numpy()
        found = pa.null()
        for start in range(0, len(values), rows):  # so that no slice is judged alone
            part = values[start : start + rows].tolist()
            found = objects.grown_type(found, part, name, start)
        return lambda start, stop: objects.column(values[start:stop].tolist(), found, name, start)
    if kind in NUMPY_KINDS and type(column.dtype).__module__.startswith("numpy"):
        values = column.to_numpy()  # NaN stays NaN, which is no field either
        return lambda start, stop: pa.array(values[start:stop])
    return lambda start, stop: _converted(column.array[start:stop], name)


def _converted(values: Any, name: str) -> pa.Array:
    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise UnwritableError(
            f"column {name!r} holds {values.dtype}, which Arrow does not take ({error}): convert it"
        ) from None
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
