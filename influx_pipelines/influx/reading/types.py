"""The types that fields have in a time, since a query is answered in only one of them.

A field may have another type in each shard group of a bucket. Where a series changes it, a real
server answers with the points of the first type and leaves the others out without a word (seen on
2.9.1); its newest points tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.reading.result import ResultTable

Types = Mapping[str, set[pa.DataType]]
SAME_FOR_ALL = ("_start", "_stop", "_measurement")


def types_of(tables: Sequence[ResultTable]) -> Types:
    """The types of the fields in long tables."""
    types: dict[str, set[pa.DataType]] = defaultdict(set)
    for table in tables:
        for field in pc.unique(table.data.column("_field")).to_pylist():
            types[field].add(_type(table))
    return types


def refuse_changes(tables: Sequence[ResultTable], left_out: Collection[str] = ()) -> None:
    """Refuse a series that has two types; of two series each may have its own.

    Args:
        tables: long ones, of one measurement.
        left_out: fields that do not matter.

    Raises:
        ValueError: there is such a series.
    """
    types = types_of(tables)
    mixed = [field for field in types if len(types[field]) > 1 and field not in left_out]
    found: dict[object, pa.DataType] = {}
    for series, field, kind in _series(tables, mixed) if mixed else ():
        known = found.setdefault(series, kind)
        if known != kind:
            raise ValueError(
                f"The field {field!r} is {known} in one shard of the bucket and {kind} in another, "
                "and a query is answered in one type only. Read a shorter time, from before or "
                "after the change."
            )


def _type(table: ResultTable) -> pa.DataType:
    return table.data.schema.field("_value").type


def _series(
    tables: Sequence[ResultTable], fields: Collection[str]
) -> Iterator[tuple[object, str, pa.DataType]]:
    """The series of these fields, the name of the field, and the type."""
    for table in tables:
        names = [name for name in table.group if name not in SAME_FOR_ALL]
        wanted = pc.is_in(table.data.column("_field").cast(pa.string()), pa.array(list(fields)))
        for row in table.data.select(names).filter(wanted).to_pylist():
            yield tuple(sorted(row.items())), row["_field"], _type(table)
