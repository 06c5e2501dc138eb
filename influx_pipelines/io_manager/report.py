"""What the page shows of rows that were written: counts, columns, the first rows, a plot."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.influx.lineprotocol import UNIT
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.io_manager.checking import EPOCH
from influx_pipelines.io_manager.declared import Declared
from influx_pipelines.io_manager.definition import COLUMN_SCHEMA, column_schema
from influx_pipelines.io_manager.part import Part
from influx_pipelines.io_manager.seen import Row, Seen

if TYPE_CHECKING:
    import pyarrow as pa

PLOTTED_FIELDS = 4
SHOWN_COLUMNS = 30  # of a preview


def counts(result: WriteResult) -> dict[str, Any]:
    """What became of the rows."""
    return {
        "accepted": result.points,
        "skipped": result.skipped,
        "dropped": result.dropped,
        "requests": result.requests,
        "line_protocol_bytes": result.bytes,
    }


def trouble(result: WriteResult) -> dict[str, Any]:
    """What was stored of rows that were not all taken, and why the server dropped the others."""
    conflicts = [
        {name: getattr(conflict, name) for name in ("field", "sent", "stored", "dropped")}
        for conflict in result.conflicts
    ]
    return {
        **counts(result),
        "conflicts": metadata.table(conflicts, empty="none"),
        "reasons": metadata.names(result.reasons),
    }


def report(
    declared: Declared, part: Part, schema: dg.TableSchema | None, seen: Seen, result: WriteResult
) -> dict[str, Any]:
    """The metadata of an output; `schema` are the columns as the asset declares them."""
    schema = schema or column_schema(_columns(seen.schema, declared))
    where = f"{declared.measurement} in bucket {declared.bucket}"
    found = {
        "summary": f"{result.points:,} points written to {where}, {part}",
        **counts(result),
        "dagster/table_name": f"{declared.bucket}/{declared.measurement}",
        COLUMN_SCHEMA: schema,
        "preview": metadata.table(
            (dict(islice(row.items(), SHOWN_COLUMNS)) for row in seen.first), empty="no rows"
        ),
    }
    fields = plotted(declared, schema, seen)
    if fields:
        png = plots.line_plot(
            _series(declared, fields, seen.picked),
            title=declared.measurement,
            unit=_unit(schema, fields[0]),
        )
        found["plot"] = metadata.picture(png, declared.measurement)
    return found


def plotted(declared: Declared, schema: dg.TableSchema, seen: Seen) -> Sequence[str]:
    """The fields that are asked for, or the first numeric one and others of its unit."""
    numeric = [
        column["name"]
        for column in _columns(seen.schema, declared)
        if column["role"] == "field" and column["type"] in ("float", "integer", "unsigned")
    ]
    if declared.plot is not None:
        return [name for name in declared.plot if name in numeric]
    same = [name for name in numeric if _unit(schema, name) == _unit(schema, numeric[0])]
    return same[:PLOTTED_FIELDS]


def _unit(schema: dg.TableSchema, name: str) -> str:
    units = (column.tags.get("unit", "") for column in schema.columns if column.name == name)
    return next(units, "")


def _series(
    declared: Declared, fields: Sequence[str], rows: Sequence[Row]
) -> dict[str, plots.Points]:
    """A line a field and series, named by field (where there are several) and tags."""
    found: dict[str, list[tuple[datetime, float | None]]] = defaultdict(list)
    for row in rows:
        time = _time(row.get(declared.time), declared.precision)
        tags = [str(row[tag]) for tag in declared.tags if row.get(tag) is not None]
        for field in fields:
            label = " ".join([field, *tags] if len(fields) > 1 or not tags else tags)
            value = row.get(field)
            if time is not None and value is not None and math.isfinite(value):
                found[label].append((time, float(value)))
    return {label: sorted(points) for label, points in sorted(found.items())}


def _time(value: Any, precision: str) -> datetime | None:
    if isinstance(value, int):
        return EPOCH + timedelta(microseconds=value * UNIT[precision] // 1_000)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None


def _columns(schema: pa.Schema | None, declared: Declared) -> list[Mapping[str, str]]:
    """Name, type and role of the columns of a table."""
    roles = dict.fromkeys(declared.tags, "tag") | {declared.time: "time"}
    fields = declared.fields
    return [
        {"name": column.name, "type": _type(column.type), "role": roles.get(column.name, "field")}
        for column in schema or ()
        if fields is None or column.name in (*roles, *fields)
    ]


def _type(kind: pa.DataType) -> str:
    import pyarrow as pa

    for name, is_of in (
        ("timestamp", pa.types.is_temporal),
        ("unsigned", pa.types.is_unsigned_integer),
        ("integer", pa.types.is_integer),
        ("float", pa.types.is_floating),
        ("boolean", pa.types.is_boolean),
    ):
        if is_of(kind):
            return name
    return "string"
