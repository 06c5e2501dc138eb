"""The time column as integers in the precision of the request."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import MAX_TIME, MIN_TIME, UNIT, UnwritableError

Stamps = np.ndarray[Any, np.dtype[np.int64]]
EARLIEST, LATEST = "1677-09-21T00:12:43.145224194Z", "2262-04-11T23:47:16.854775806Z"
_DATE_UNITS = {pa.date32(): 86_400 * UNIT["s"], pa.date64(): UNIT["ms"]}


def stamps(column: pa.Array, precision: str, name: str, first_row: int) -> Stamps:
    """Times as integers; a coarser precision floors, naive times and dates are UTC.

    Raises:
        UnwritableError: a time is null or outside of what InfluxDB holds, or the column holds no
            times.
    """
    if column.null_count:
        row = first_row + int(np.argmin(pc.is_valid(column).to_numpy(zero_copy_only=False)))
        raise UnwritableError(f"row {row}, column {name!r}: the time is null")
    unit = _unit(column.type, precision)
    if unit is None:
        raise UnwritableError(
            f"column {name!r} holds {column.type} and is to be the time: give timestamps, dates, "
            f"or integers in {precision!r}"
        )
    values = _integers(column)
    outside = (values < -(-MIN_TIME // unit)) | (values > MAX_TIME // unit)
    if outside.any():
        place = int(np.argmax(outside))
        raise UnwritableError(
            f"row {first_row + place}, column {name!r}: time {values[place]} ({column.type}) is "
            f"outside of what InfluxDB holds, {EARLIEST} … {LATEST}"
        )
    signed: Stamps = values.astype(np.int64, copy=False)
    wanted = UNIT[precision]
    return signed * (unit // wanted) if unit >= wanted else signed // (wanted // unit)


def _unit(kind: pa.DataType, precision: str) -> int | None:
    """Nanoseconds of one step of the column; None when it holds no times."""
    if pa.types.is_timestamp(kind):
        return UNIT[kind.unit]
    return UNIT[precision] if pa.types.is_integer(kind) else _DATE_UNITS.get(kind)


def _integers(column: pa.Array) -> np.ndarray[Any, Any]:
    """The numbers that the column holds, without a copy."""
    if pa.types.is_integer(column.type):
        return np.asarray(column)
    width = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
    return np.asarray(column.view(width)).astype(np.int64, copy=False)
