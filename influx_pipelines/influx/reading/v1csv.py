"""The CSV that `/query` answers InfluxQL with.

It swallows errors, so a second statement follows a SELECT: the server leaves its answer out when
the first one failed (seen on 2.9.1).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.csv

from influx_pipelines.influx.errors import IncompleteRead, QueryFailed
from influx_pipelines.influx.reading.datatypes import TIME


def whole(text: bytes, measurement: str) -> bytes:
    """What stands before the answer to the second statement.

    Raises:
        QueryFailed: that answer is missing, so the first one is not whole.
    """
    cell = io.StringIO(newline="")
    csv.writer(cell, lineterminator="\n").writerow(["measurements", "", measurement])
    end = f"name,tags,name\n{cell.getvalue()}".encode()
    if not text.endswith(end):
        raise QueryFailed("The InfluxQL query failed in the middle; the server does not say why.")
    return text[: -len(end)].removesuffix(b"\n")


def parse(text: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The CSV of a SELECT, read by the place of its columns after `name` and `tags`.

    Raises:
        IncompleteRead: it has other columns, or a cell is not of its type.
    """
    if not text:
        return pa.schema(list(types.items())).empty_table()
    head, _, rows = text.partition(b"\n")
    width = len(types) + 2
    if head.count(b",") + 1 < width or not head.startswith(b"name,tags,time"):
        raise IncompleteRead(f"The answer of InfluxQL has other columns: {head[:200]!r}")
    places = {str(place): kind for place, kind in enumerate(types.values(), start=2)}
    quoted = b'"' in rows
    try:
        found = pyarrow.csv.read_csv(
            pa.BufferReader(rows),
            read_options=pyarrow.csv.ReadOptions(
                column_names=[str(place) for place in range(width)],
                block_size=len(rows) + 1 if quoted else 1 << 20,
            ),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=quoted),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={**places, "2": pa.int64()},
                include_columns=list(places),
                null_values=[""],
                strings_can_be_null=True,
                true_values=["true"],
                false_values=["false"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise IncompleteRead(f"The answer of InfluxQL is damaged: {str(error)[:300]}") from None
    times = found.column(0).cast(TIME)
    return pa.table([times, *found.columns[1:]], schema=pa.schema(list(types.items())))
