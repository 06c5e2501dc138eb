"""Rows of annotated CSV as an Arrow table, with the types that `#datatype` names."""

from __future__ import annotations

import base64
import csv
import io
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from influx_pipelines.influx.errors import IncompleteRead, QueryFailed
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
}  # anything else is text: `string`, and `duration`, which has no unit of its own in the CSV
BLOCK = 1 << 20


def schema_of(header: Header, categories: bool) -> pa.Schema:
    """The Arrow schema of a header's tables."""
    return pa.schema([(column.name, _type(column, categories)) for column in header.columns])


def _type(column: Column, categories: bool) -> pa.DataType:
    found = TYPES.get(column.datatype, pa.string())
    return CATEGORY if categories and column.in_key and found == pa.string() else found


def parse(header: Header, rows: bytes, categories: bool) -> pa.Table:
    """An empty cell is null, or what `#default` says; CR LF inside of a text is LF.

    Raises:
        IncompleteRead: a row has too few cells, or a cell is not of its type.
    """
    if not rows or rows.isspace():
        return schema_of(header, categories).empty_table()
    types = {str(column.place): _type(column, categories) for column in header.columns}
    try:
        table = _read(rows, header.width, types)
    except pa.ArrowInvalid:
        table = _read_with_care(header, rows, types)
    quoted = b'"' in rows
    columns = [_finish(table.column(i), column, quoted) for i, column in enumerate(header.columns)]
    return pa.Table.from_arrays(columns, schema=schema_of(header, categories))


def _read(rows: bytes, width: int, types: dict[str, pa.DataType]) -> pa.Table:
    # Columns are read by their place: two may have one name. The parser knows quotes, its splitter
    # into blocks does not: with quotes, one block.
    names = [str(place) for place in range(width)]
    text = {place: pa.string() if pa.types.is_binary(t) else t for place, t in types.items()}
    return pa.csv.read_csv(
        pa.BufferReader(rows),
        read_options=pa.csv.ReadOptions(
            column_names=names, block_size=len(rows) + 1 if b'"' in rows else BLOCK
        ),
        parse_options=pa.csv.ParseOptions(newlines_in_values=b'"' in rows),
        convert_options=pa.csv.ConvertOptions(
            column_types=text,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=True,
            true_values=["true"],
            false_values=["false"],
        ),
    )


def _read_with_care(header: Header, rows: bytes, types: dict[str, pa.DataType]) -> pa.Table:
    """What the parser refuses: `+Inf` to some versions, times in the first second that there is."""
    _raise_error_table(rows)
    hard = {place: t for place, t in types.items() if t in (pa.float64(), TIME)}
    try:
        table = _read(rows, header.width, types | dict.fromkeys(hard, pa.string()))
        for place, kind in hard.items():
            index = table.column_names.index(place)
            text = table.column(index)
            table = table.set_column(index, place, _times(text) if kind == TIME else _floats(text))
    except pa.ArrowInvalid as error:
        raise IncompleteRead(f"The answer of the query is damaged: {str(error)[:300]}") from None
    return table


def _raise_error_table(rows: bytes) -> None:
    """An error table without annotations has no block of its own."""
    found = csv.reader(io.StringIO(rows.decode("utf-8", "replace"), newline=""))
    for row in found:
        if row[1:3] == ["error", "reference"]:
            text = "".join(next(found, [])[1:2]) or "unknown"
            raise QueryFailed(f"The query failed after its first rows: {text}")


def _floats(text: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(pc.utf8_ltrim(text, "+"), pa.float64())


def _times(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """RFC 3339 in UTC, to the first of 64 bits' nanoseconds: a sum that wraps back."""
    seconds = pc.cast(pc.utf8_slice_codeunits(text, 0, 19), pa.timestamp("s")).cast(pa.int64())
    fraction = pc.utf8_rpad(pc.utf8_rtrim(pc.utf8_slice_codeunits(text, 20), "Z"), 9, "0")
    total = pc.add(pc.multiply(seconds, 1_000_000_000), pc.cast(fraction, pa.int64()))
    if pc.any(pc.not_equal(pc.less(total, 0), pc.less(seconds, 0))).as_py():
        raise pa.ArrowInvalid("a time beyond the years 1677 to 2262")
    return total.cast(TIME)


def _finish(values: pa.ChunkedArray, column: Column, quoted: bool) -> pa.ChunkedArray:
    """Line ends, defaults and bytes: what only some columns need."""
    kind = values.type
    plain = pa.types.is_string(kind)
    default = column.default and values.null_count
    if pa.types.is_dictionary(kind) and (quoted or default):
        return _finish(values.cast(pa.string()), column, quoted).dictionary_encode().cast(kind)
    if quoted and plain:
        values = pc.replace_substring(values, "\r\n", "\n")
    if default:
        values = values.fill_null(_default(column.default, kind))
    if column.datatype == "base64Binary":
        decoded = [None if v is None else base64.b64decode(v) for v in values.to_pylist()]
        values = pa.chunked_array([pa.array(decoded, pa.binary())])
    return values


@lru_cache(maxsize=256)
def _default(text: str, kind: pa.DataType) -> pa.Scalar:
    found = pa.chunked_array([[text]])
    if kind in (TIME, pa.float64()):
        return (_times(found) if kind == TIME else _floats(found))[0]
    return found[0].cast(kind)
