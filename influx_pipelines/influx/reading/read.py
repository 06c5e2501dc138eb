"""Reading a measurement without writing Flux: see `Influx.read`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from influx_pipelines.influx.reading import influxql, run
from influx_pipelines.influx.reading.pivoting import pivoted
from influx_pipelines.influx.reading.result import QueryResult, ResultTable
from influx_pipelines.influx.reading.selection import OF_ANY_TYPE, Selection
from influx_pipelines.influx.reading.shape import declared_fields, shaped, tags_of
from influx_pipelines.influx.reading.types import Types, refuse_changes, types_of

if TYPE_CHECKING:
    from influx_pipelines.influx.data import DataCalls
    from influx_pipelines.influx.measurement import Measurement

    Declared = type[Measurement] | None

WAYS = ("flux", "influxql")
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
    ends = run.query(client, _declared(selection, declared).ends(), None, categories=True).tables
    selection, left_out = _chosen(selection, declared, types_of(ends))
    refuse_changes(ends, left_out)
    tables = [] if selection.fields == () else _tables(client, selection)
    if selection.every is None:  # an aggregate has types of its own
        refuse_changes([*ends, *tables])
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


def _chosen(selection: Selection, declared: Declared, stored: Types) -> tuple[Selection, list[str]]:
    """The selection with the fields that it is about, and those that are left out."""
    if not selection.is_numeric:
        return _declared(selection, declared), []
    types = {n: {kind} for n, kind in declared_fields(declared).items()} if declared else stored
    unfit = sorted(field for field, kinds in types.items() if not kinds <= NUMBERS)
    if selection.fields is not None:
        _refuse(selection, {field: types[field] for field in unfit})
        return selection, []
    if declared is None and types and not unfit:
        return selection, []
    return selection.of_fields([field for field in types if field not in unfit]), unfit


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
    found = run.query(client, selection.flux(), None, categories=True).tables
    if selection.every is not None and selection.fn == "mode":
        return found  # null where no value is the most frequent one
    return [replace(table, data=_without_null_texts(table.data)) for table in found]


def _without_null_texts(table: pa.Table) -> pa.Table:
    """An empty cell of a text field is an empty text: storage knows no null."""
    if table.schema.field("_value").type != pa.string():
        return table
    place = table.column_names.index("_value")
    return table.set_column(place, "_value", table.column(place).fill_null(""))
