"""Arrow tables as rows of Python objects; through numpy, which is ten times as fast as Arrow."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import numpy as np
import pyarrow as pa


def to_rows(table: pa.Table) -> list[dict[str, Any]]:
    """A dict a row; times as aware datetimes in UTC, cut to microseconds."""
    names = table.column_names
    columns = [_values(column) for column in table.columns]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.null_count == len(column):
        return [None] * len(column)
    if pa.types.is_dictionary(column.type):
        return _texts(column)
    if column.null_count and pa.types.is_primitive(column.type):
        found = _values(column.fill_null(pa.scalar(0).cast(column.type)))
        for place in np.flatnonzero(column.is_null().to_numpy()).tolist():
            found[place] = None
        return found
    if pa.types.is_timestamp(column.type):
        micros = column.cast(pa.int64()).to_numpy() // 1_000  # down, before 1970 too
        return [moment.replace(tzinfo=UTC) for moment in micros.astype("M8[us]").tolist()]
    values: list[Any] = column.to_numpy().tolist()
    return values


def _texts(column: pa.ChunkedArray) -> list[Any]:
    coded = column.unify_dictionaries().combine_chunks()
    texts = [*coded.dictionary.to_pylist(), None]  # the code of null is -1
    return [texts[code] for code in coded.indices.fill_null(-1).to_numpy().tolist()]
