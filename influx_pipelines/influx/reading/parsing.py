"""Rows of annotated CSV as an Arrow table, with the types that `#datatype` names."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from influx_pipelines.influx.errors import IncompleteRead
from influx_pipelines.influx.reading.cutting import raise_error_table
from influx_pipelines.influx.reading.datatypes import TIME, converted, schema_of
from influx_pipelines.influx.reading.header import Header

TEXT = pa.string()
UNSURE = (pa.float64(), TIME)  # types with values that some versions of the parser refuse


def parse(header: Header, rows: bytes, categories: bool) -> pa.Table:
    """An empty cell is null, or what `#default` says; CR LF inside of a text is LF.

    Raises:
        QueryFailed: an error table without annotations stands among the rows.
        IncompleteRead: a row has too few cells, or a cell is not of its type.
    """
    schema = schema_of(header, categories=categories)
    if not rows or rows.isspace():
        return schema.empty_table()
    kinds = [TEXT if kind == pa.binary() else kind for kind in schema.types]
    try:
        try:
            table = _read(rows, header, kinds)
        except pa.ArrowInvalid:
            raise_error_table(rows)
            table = _read(rows, header, [TEXT if kind in UNSURE else kind for kind in kinds])
        quoted = b'"' in rows
        columns = [
            _finished(values, kind, column.default, quoted)
            for values, kind, column in zip(
                table.columns, schema.types, header.columns, strict=True
            )
        ]
    except ValueError as error:
        raise IncompleteRead(f"The answer of the query is damaged: {str(error)[:300]}") from None
    return pa.Table.from_arrays(columns, schema=schema)


def _read(rows: bytes, header: Header, kinds: list[pa.DataType]) -> pa.Table:
    # Columns are read by their place: two may have one name. All rows are one block, since the
    # parser's own splitter knows neither quotes nor a row longer than its blocks.
    places = [str(column.place) for column in header.columns]
    return pa.csv.read_csv(
        pa.BufferReader(rows),
        read_options=pa.csv.ReadOptions(
            column_names=[str(place) for place in range(header.width)], block_size=len(rows) + 1
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict(zip(places, kinds, strict=True)),
            include_columns=places,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["true"],
            false_values=["false"],
        ),
    )


def _finished(
    values: pa.ChunkedArray, kind: pa.DataType, default: str, quoted: bool
) -> pa.ChunkedArray:
    """The values as they should be: line ends, types, defaults."""
    fill = default and values.null_count
    if pa.types.is_dictionary(kind):
        if not fill and not (quoted and _has_line_breaks(values)):
            return values
        return _finished(values.cast(TEXT), TEXT, default, quoted).dictionary_encode().cast(kind)
    if quoted and values.type == TEXT:
        values = pc.replace_substring(values, "\r\n", "\n")
    if values.type != kind:
        values = converted(values, kind)
    if fill:
        values = values.fill_null(converted(pa.chunked_array([[default]]), kind)[0])
    return values


def _has_line_breaks(values: pa.ChunkedArray) -> bool:
    """Whether there are any in the few texts that dictionaries hold."""
    return any(
        pc.any(pc.match_substring(chunk.dictionary, "\r")).as_py() for chunk in values.chunks
    )
