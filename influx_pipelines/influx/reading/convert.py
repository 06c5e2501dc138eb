"""Arrow tables united, and as a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one schema as one; nothing is copied but the dictionaries."""
    return pa.concat_tables(tables).unify_dictionaries()


def united(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of different columns as one, with nulls where a table has no such column.

    Raises:
        ValueError: a column has two types.
    """
    types: dict[str, pa.DataType] = {}
    for table in tables:
        for column in table.schema:
            known = types.setdefault(column.name, column.type)
            types[column.name] = _common(column.name, known, column.type)
    schema = pa.schema(list(types.items()))
    return concatenated([_fitted(table, schema) for table in tables] or [schema.empty_table()])


def _common(name: str, one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one == other:
        return one
    if pa.string() in (one, other) and any(map(pa.types.is_dictionary, (one, other))):
        return pa.string()  # in the group key of one table, not of the other
    raise ValueError(
        f"The column {name!r} is {one} in one table and {other} in another. Take the tables of the "
        "result one by one (.tables), or convert the column in the query (toFloat, toString)."
    )


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    there = set(table.column_names)
    return pa.Table.from_arrays(
        [
            table.column(name).cast(kind)
            if name in there
            else pa.chunked_array([pa.nulls(table.num_rows, kind)])
            for name, kind in zip(schema.names, schema.types, strict=True)
        ],
        schema=schema,
    )


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """Exact: integers and booleans with nulls in pandas' nullable types, not as floats."""
    import pandas as pd

    nullable = {
        pa.int64(): pd.Int64Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    holes = [
        i for i, column in enumerate(table.columns) if column.type in nullable and column.null_count
    ]
    exact = table.select(holes).to_pandas(types_mapper=nullable.get)
    plain = table.drop_columns([table.column_names[i] for i in holes]).to_pandas(split_blocks=True)
    for place in holes:
        name = table.column_names[place]
        plain.insert(place, name, exact[name])
    return plain
