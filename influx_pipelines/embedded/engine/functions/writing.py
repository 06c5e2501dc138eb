"""Writing: `to` and `experimental.to`; what they write is stored when the script has run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.context import Run, Written
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.pushdown import columns_of
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import COLUMN_TYPES, Stream, Table
from influx_pipelines.embedded.engine.values import Function, Row, Time, to_text, type_of

_ELSEWHERE = ("host", "token")
_NO_TAGS = {"_field", "_measurement", "_value"}
_NO_FIELDS = {"_start", "_stop", "_time", "_measurement"}


@builtin("influxdata/influxdb.to", refuses=_ELSEWHERE)
@builtin("to", refuses=_ELSEWHERE)
def to(
    tables: Stream,
    *,
    run: Run,
    bucket: str | None = None,
    bucketID: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
    timeColumn: str = "_time",
    measurementColumn: str = "_measurement",
    tagColumns: list[str] | None = None,
    fieldFn: Callable[..., Any] | None = None,
) -> Stream:
    """Write rows: texts are tags; `_field` and `_value`, or what `fieldFn` returns, are fields."""
    store = run.reader.writer(bucket, bucketID, org, orgID)
    fields = _named_field if fieldFn is None else run.caller.row_function(fieldFn)
    passed = []
    for table in tables.tables:
        if len(table):
            _need(table, measurementColumn, "string", f"no column {measurementColumn} exists")
            _need(table, timeColumn, "time", "no time column detected")
            table = _with_time(table, timeColumn)
            tags = _texts(table, fieldFn) if tagColumns is None else set(tagColumns)
            tags = (tags & table.types.keys()) - {measurementColumn, timeColumn}
            if any(table.types[name] != "string" for name in tags):
                raise FluxError("invalid type for tag column")
            names = sorted(tags)
            points = (
                _point(row[measurementColumn], row, names, _stored(fields(row)), row[timeColumn])
                for row in table.rows()
            )
            run.write(store, points)
        passed.append(table)
    return run.wrote("to", tables.following(passed))


def _need(table: Table, name: str, kind: str, missing: str) -> None:
    if name not in table.types:
        raise FluxError(missing)
    if table.types[name] != kind:
        raise FluxError(f"column {name} of type {table.types[name]} is not of type {kind}")


def _with_time(table: Table, name: str) -> Table:
    kept = [row for row, time in enumerate(table.columns[name]) if time is not None]
    return table if len(kept) == len(table) else table.take(kept)


def _texts(table: Table, field_function: Any) -> set[str]:
    """The columns that become tags when nobody says which."""
    texts = {name for name, kind in table.types.items() if kind == "string"} - _NO_TAGS
    if not isinstance(field_function, Function):
        return texts
    used = columns_of(field_function)
    if used is None:
        raise not_supported("a fieldFn that takes the whole row")
    return texts - used


def _named_field(row: Row) -> dict[str, Any]:
    for name in ("_field", "_value"):
        if name not in row:
            raise FluxError(f"table has no {name} column")
    return {row["_field"]: row["_value"]}


def _stored(fields: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(fields, dict):
        raise FluxError("map function must return an object")
    for name, value in fields.items():
        if value is not None and type_of(value) not in COLUMN_TYPES:
            raise plain_error(f"unsupported field type {type_of(value)}")
        yield name, int(value) if isinstance(value, Time) else value


def _point(
    name: Any, row: Row, tags: list[str], fields: Iterable[tuple[str, Any]], time: int | None
) -> Written:
    """Null, NaN and infinities are no fields, empty texts no tags."""
    kept = [
        (field, type_of(value), value)
        for field, value in fields
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    ]
    if not name:
        raise not_supported("to() with an empty measurement")
    if any(not field for field, _, _ in kept):
        raise plain_error("all fields must have non-empty names")
    return Written(name, tuple((tag, row[tag]) for tag in tags if row[tag]), kept, int(time or 0))


@builtin("influxdata/influxdb.wideTo", refuses=_ELSEWHERE)
@builtin("wideTo", refuses=_ELSEWHERE)
@builtin("experimental.to", refuses=_ELSEWHERE)
def wide_to(
    tables: Stream,
    *,
    run: Run,
    bucket: str | None = None,
    bucketID: str | None = None,
    org: str | None = None,
    orgID: str | None = None,
) -> Stream:
    """Write pivoted rows: group columns are tags, the others fields."""
    store = run.reader.writer(bucket, bucketID, org, orgID)
    for table in tables.tables:
        if "_measurement" not in table.key or "_field" in table.key:
            raise FluxError("expected pivoted data with _measurement in the group key")
        keys = table.key.keys() - {"_start", "_stop"}
        for name in keys:
            _need(table, name, "string", "")
        _need(table, "_time", "time", "input table is missing required column _time")
        tags = sorted(keys - {"_measurement"})
        names = [name for name in table.types if name not in keys | _NO_FIELDS]
        points = (
            _point(row["_measurement"], row, tags, _wide(row, names), row["_time"])
            for row in table.rows()
        )
        run.write(store, points)
    return run.wrote("wide-to", tables.following(tables.tables))


def _wide(row: Row, names: list[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        value = row[name]
        yield name, to_text(value) if isinstance(value, Time) else value
