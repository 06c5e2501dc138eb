"""Writing: `to` and `experimental.to`; what they write is stored when the script has run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.context import Run, Written
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.syntax import columns_of
from influx_pipelines.embedded.engine.table import COLUMN_TYPES, Stream, Table
from influx_pipelines.embedded.engine.values import Function, Row, Time, to_text, type_of

_ELSEWHERE = ("host", "token")


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
            _need(table, measurementColumn, "string")
            _need(table, timeColumn, "time", "no time column detected")
            times = table.columns[timeColumn]
            if None in times:
                table = table.take([row for row, time in enumerate(times) if time is not None])
            tags = _texts(table, fieldFn) if tagColumns is None else set(tagColumns)
            tags = (tags & table.types.keys()) - {measurementColumn, timeColumn}
            for name in tags:
                if table.types[name] != "string":
                    raise FluxError("invalid type for tag column")
            names = (measurementColumn, sorted(tags), timeColumn)
            run.write(store, (_point(row, *names, _stored(fields(row))) for row in table.rows()))
        passed.append(table)
    return run.wrote("to", tables.following(passed))


def _need(table: Table, name: str, kind: str, missing: str = "") -> None:
    found = table.types.get(name)
    if found is None:
        raise FluxError(missing or f"no column with label {name} exists")
    if found != kind:
        raise FluxError(f"column {name} of type {found} is not of type {kind}")


def _texts(table: Table, field_function: Any) -> set[str]:
    """The columns that become tags when nobody says which."""
    texts = {name for name, kind in table.types.items() if kind == "string"}
    used = columns_of(field_function) if isinstance(field_function, Function) else frozenset()
    if used is None:
        raise not_supported("a fieldFn that takes the whole row")
    return texts - used - {"_field", "_measurement", "_value"}


def _named_field(row: Row) -> dict[str, Any]:
    if "_field" not in row or "_value" not in row:
        raise FluxError("table has no _field or no _value column")
    return {row["_field"]: row["_value"]}


def _stored(fields: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(fields, dict):
        raise FluxError("fieldFn must return a record")
    for name, value in fields.items():
        if value is not None and type_of(value) not in COLUMN_TYPES:
            raise plain_error(f"unsupported field type {type_of(value)}")
        yield name, int(value) if isinstance(value, Time) else value


def _point(
    row: Row, measurement: str, tags: list[str], time: str, fields: Iterator[tuple[str, Any]]
) -> Written:
    """Null, NaN and infinities are no fields, empty texts no tags."""
    kept = [
        (name, type_of(value), value)
        for name, value in fields
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    ]
    if any(not name for name, _, _ in kept):
        raise plain_error("all fields must have non-empty names")
    if not row[measurement]:
        raise not_supported("to() with an empty measurement")
    found = tuple((tag, row[tag]) for tag in tags if row[tag])
    return Written(row[measurement], found, kept, int(row[time] or 0))


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
        keys = table.key.keys() - {"_start", "_stop"}
        if "_measurement" not in keys or "_field" in keys:
            raise FluxError("expected pivoted data with _measurement in the group key")
        for name in keys:
            _need(table, name, "string")
        _need(table, "_time", "time")
        tags = sorted(keys - {"_measurement"})
        fields = [n for n in table.types if n not in keys | {"_start", "_stop", "_time"}]
        names = ("_measurement", tags, "_time")
        run.write(store, (_point(row, *names, _wide(row, fields)) for row in table.rows()))
    return run.wrote("wide-to", tables.following(tables.tables))


def _wide(row: Row, names: list[str]) -> Iterator[tuple[str, Any]]:
    """Times are stored as text here, which is what the real server does."""
    for name in names:
        yield name, to_text(row[name]) if isinstance(row[name], Time) else row[name]
