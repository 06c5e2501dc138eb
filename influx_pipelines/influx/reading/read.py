"""Reading a measurement without writing Flux: see `Influx.read`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.errors import QueryFailed
from influx_pipelines.influx.reading import influxql, run
from influx_pipelines.influx.reading.pivoting import pivoted
from influx_pipelines.influx.reading.result import QueryResult, ResultTable
from influx_pipelines.influx.reading.selection import OF_ANY_TYPE, Selection
from influx_pipelines.influx.reading.shape import declared_fields, shaped, tags_of

if TYPE_CHECKING:
    from influx_pipelines.influx.data import DataCalls
    from influx_pipelines.influx.measurement import Measurement

    Declared = type[Measurement] | None

Types = Mapping[str, set[pa.DataType]]
WAYS = ("flux", "influxql")
COLLISION = "schema collision"  # of a series whose field changed its type between two shards
NUMBERS = {pa.float64(), pa.int64(), pa.uint64()}


def read(
    client: DataCalls, selection: Selection, declared: Declared, *, pivot: bool, via: str
) -> QueryResult:
    """Run a selection; `declared` is a subclass of `Measurement`, or None.

    Raises:
        ValueError: a field does not fit, see `Influx.read`.
        InfluxError: a query failed.
    """
    if via not in WAYS or (via == "influxql" and not pivot):
        raise ValueError(f"via: {via!r} is none of {', '.join(WAYS)}, or not with pivot=False")
    if via == "influxql":
        selection = _declared(selection, declared)
        return QueryResult([_result(influxql.read(client, selection), selection, declared)])
    selection, left_out = _chosen(client, selection, declared)
    tables = [] if selection.fields == () else _tables(client, selection)
    if pivot:
        wide = pivoted([table.data for table in tables])
        tables = [_result(wide, selection, declared)]
    return QueryResult(tables, left_out)


def _result(wide: pa.Table, selection: Selection, declared: Declared) -> ResultTable:
    table = shaped(wide, selection, declared)
    return ResultTable("_result", tags_of(table), table)


def _declared(selection: Selection, declared: Declared) -> Selection:
    """With all declared fields where none are named."""
    if declared is None or selection.fields is not None:
        return selection
    return selection.of_fields(list(declared.fields))


def _chosen(
    client: DataCalls, selection: Selection, declared: Declared
) -> tuple[Selection, list[str]]:
    """The selection with the fields that it is about, and those that are left out."""
    known = {name: {kind} for name, kind in declared_fields(declared).items()} if declared else None
    if not selection.is_numeric:
        return _declared(selection, declared), []
    types = _stored_types(client, selection) if known is None else known
    unfit = sorted(field for field, kinds in types.items() if not kinds <= NUMBERS)
    if selection.fields is not None:
        _refuse(selection, {field: types[field] for field in unfit})
        return selection, []
    if known is None and types and not unfit:
        return selection, []
    return selection.of_fields([field for field in types if field not in unfit]), unfit


def _stored_types(client: DataCalls, selection: Selection) -> Types:
    """The types that the fields have in that time, from one row a series and field."""
    types: dict[str, set[pa.DataType]] = defaultdict(set)
    for table in _found(client, selection, selection.newest()):
        for field in pc.unique(table.data.column("_field")).to_pylist():
            types[field].add(table.data.schema.field("_value").type)
    return types


def _refuse(selection: Selection, unfit: Types) -> None:
    named = [
        f"{field!r} is {' and '.join(map(str, unfit[field]))}"
        for field in selection.fields or ()
        if field in unfit
    ]
    if named:
        raise ValueError(
            f"fields: {', '.join(named)}, and {selection.fn} takes numbers only. Leave them out, "
            f"or take one of {', '.join(OF_ANY_TYPE)}."
        )


def _tables(client: DataCalls, selection: Selection) -> list[ResultTable]:
    found = _found(client, selection, selection.flux())
    return [replace(table, data=_without_null_texts(table.data)) for table in found]


def _found(client: DataCalls, selection: Selection, flux: str) -> list[ResultTable]:
    try:
        return run.query(client, flux, None, categories=True).tables
    except QueryFailed as error:
        if COLLISION not in str(error):
            raise
        raise ValueError(
            f"A field of {selection.measurement!r} has another type in a later part of this time. "
            "Read the parts by themselves (start, stop), or name the other fields."
        ) from error


def _without_null_texts(table: pa.Table) -> pa.Table:
    """An empty cell of a text field is an empty text: storage knows no null."""
    if table.schema.field("_value").type != pa.string():
        return table
    place = table.column_names.index("_value")
    return table.set_column(place, "_value", table.column(place).fill_null(""))
