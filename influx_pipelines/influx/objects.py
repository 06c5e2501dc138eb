"""Python values as Arrow columns: rows of dicts, and the object columns of pandas.

Arrow's own inference takes the first kind it meets (`[1, datetime]` is int64, `[1, 2.5]` as int64
cuts), so kinds are found here and Arrow only converts what is known to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from influx_pipelines.influx.lineprotocol import UnwritableError

NULL, NUMBER = "null", "float"
_KINDS: list[tuple[type | tuple[type, ...], str]] = [
    ((bool, np.bool_), "boolean"),
    ((int, np.integer), "integer"),
    ((float, np.floating), "float"),
    (str, "text"),
    (datetime, "time"),
    (date, "date"),
]
_ARROW = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "text": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
_HINTS = {"Decimal": "turn it into a float or a text", "bytes": "decode it to text"}


def _kind(python: type) -> str:
    """The kind of the values of a type; its own name when they cannot be written."""
    if python is type(None) or python.__name__ in ("NAType", "NaTType"):
        return NULL
    if issubclass(python, datetime) and hasattr(python, "nanosecond"):
        return "time of nanoseconds"
    return next((kind for types, kind in _KINDS if issubclass(python, types)), python.__name__)


def arrow_type(values: Sequence[Any], name: str, first_row: int = 0) -> pa.DataType:
    """The Arrow type of a column of Python values; integers among floats are floats.

    Raises:
        UnwritableError: two values do not fit together, or one is of no kind that can be written.
    """
    kinds = {_kind(python) for python in set(map(type, values))} - {NULL}
    if "float" in kinds and all(x != x for x in values if _kind(type(x)) == "float"):
        kinds -= {"float"}  # NaN is how pandas spells a missing value of any kind
    if kinds == {"integer", "float"}:
        kinds = {"float"}
    if "time of nanoseconds" in kinds and kinds <= {"time", "time of nanoseconds"}:
        return pa.timestamp("ns", "UTC")
    if len(kinds) > 1 or not kinds <= _ARROW.keys():
        raise _misfit(values, name, first_row)
    return _ARROW[kinds.pop()] if kinds else pa.null()


def check_aware(values: Sequence[Any], name: str, first_row: int = 0) -> None:
    """Refuse times without a zone: nobody can know which one was meant.

    Raises:
        UnwritableError: there is one; the message names its row.
    """
    for row, value in enumerate(values, first_row):
        if isinstance(value, datetime) and value.tzinfo is None and value == value:  # no NaT
            raise UnwritableError(
                f"row {row}, column {name!r}: time {value} has no time zone: make it aware, in UTC"
            )


def _misfit(values: Sequence[Any], name: str, first_row: int) -> UnwritableError:
    """The error for the first value that has no kind, or another one than those before it."""
    known: tuple[int, str] | None = None
    for row, value in enumerate(values, first_row):
        kind = _kind(type(value))
        where = f"row {row}, column {name!r}: {value!r}"
        if kind == NULL:
            continue
        if kind not in _ARROW and kind != "time of nanoseconds":
            hint = _HINTS.get(kind, "write numbers, texts, booleans or times")
            return UnwritableError(f"{where} is a {kind}: {hint}")
        if known is not None and {kind, known[1]} != {"integer", "float"} and kind != known[1]:
            return UnwritableError(
                f"{where} is of kind {kind}, but row {known[0]} has kind {known[1]}: a column "
                "holds one kind"
            )
        known = known or (row, kind)
    return UnwritableError(f"column {name!r} holds values that do not fit together")


def grown_type(known: pa.DataType, values: Sequence[Any], name: str, first_row: int) -> pa.DataType:
    """The type of a column of which more values came; those before them are of a known one.

    Raises:
        UnwritableError: the values do not fit together, or not to those before them.
    """
    found = arrow_type(values, name, first_row)
    if found == known or pa.types.is_null(found):
        return known
    if pa.types.is_null(known):
        return found
    if {known, found} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_timestamp(known) and pa.types.is_timestamp(found):
        return pa.timestamp("ns", "UTC")
    row, value = next((row, x) for row, x in enumerate(values) if _kind(type(x)) != NULL)
    kinds = {kind: name for name, kind in _ARROW.items()}
    raise UnwritableError(
        f"row {first_row + row}, column {name!r}: {value!r} is of kind "
        f"{kinds.get(found, 'time')}, but those before it are of kind "
        f"{kinds.get(known, 'time')}: a column holds one kind"
    )


def column(values: Sequence[Any], kind: pa.DataType, name: str, first_row: int = 0) -> pa.Array:
    """The values as an Arrow column of a type that `arrow_type` found.

    Raises:
        UnwritableError: a value does not fit into 64 bits, is no valid Unicode, or is no exact
            float.
    """
    try:
        return pa.array(values, kind, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
        for row, value in enumerate(values, first_row):
            try:
                pa.array([value], kind, from_pandas=True)
            except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
                reason = _reason(kind, error)
                raise UnwritableError(f"row {row}, column {name!r}: {value!r} {reason}") from None
        raise


def _reason(kind: pa.DataType, error: Exception) -> str:
    """Why a value could not become one of that type."""
    if isinstance(error, UnicodeEncodeError):
        return "holds half of a surrogate pair, which is no text"
    if pa.types.is_integer(kind):
        return f"does not fit into 64 bits ({kind})"
    if pa.types.is_floating(kind):
        return "is among floats and cannot be one exactly"
    return f"is no {kind}: {error}"
