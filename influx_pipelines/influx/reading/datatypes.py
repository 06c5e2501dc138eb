"""The types of annotated CSV in Arrow, and texts as values of them."""

from __future__ import annotations

import base64

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.reading.header import Column, Header

TIME = pa.timestamp("ns", "UTC")
CATEGORY = pa.dictionary(pa.int32(), pa.string())
TYPES = {
    "boolean": pa.bool_(),
    "long": pa.int64(),
    "unsignedLong": pa.uint64(),
    "double": pa.float64(),
    "base64Binary": pa.binary(),
    "dateTime": TIME,
    "dateTime:RFC3339": TIME,
    "dateTime:RFC3339Nano": TIME,
}  # anything else is text: `string`, and `duration`, which no server writes


def schema_of(header: Header, *, categories: bool) -> pa.Schema:
    """The Arrow schema of a header's tables; `categories` are texts of the group key."""
    return pa.schema([(c.name, _type_of(c, categories)) for c in header.columns])


def _type_of(column: Column, categories: bool) -> pa.DataType:
    kind = TYPES.get(column.datatype, pa.string())
    return CATEGORY if categories and column.in_key and kind == pa.string() else kind


def converted(text: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Texts as values.

    Raises:
        pa.ArrowInvalid: a text is none of that type.
    """
    if kind == TIME:
        return _times(text)
    if kind == pa.float64():
        return pc.utf8_ltrim(text, "+").cast(kind)  # of `+Inf`
    if kind == pa.binary():
        decoded = [None if cell is None else base64.b64decode(cell) for cell in text.to_pylist()]
        return pa.chunked_array([pa.array(decoded, kind)])
    return text.cast(kind)


def _times(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """RFC 3339 in UTC; in the first second that there is, the sum mends the product's overflow."""
    seconds = pc.utf8_slice_codeunits(text, 0, 19).cast(pa.timestamp("s")).cast(pa.int64())
    fraction = pc.utf8_rpad(pc.utf8_rtrim(pc.utf8_slice_codeunits(text, 20), "Z"), 9, "0")
    total = pc.add(pc.multiply(seconds, 10**9), fraction.cast(pa.int64()))
    away = pc.abs(pc.subtract(pc.divide(total, 10**9), seconds))
    if pc.any(pc.greater(away, 1)).as_py():
        raise pa.ArrowInvalid("a time outside of the years 1677 to 2262")
    return total.cast(TIME)
