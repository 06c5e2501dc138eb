"""The metadata of definitions: made for an asset, and read where it is written or loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
from pydantic import ValidationError

from influx_pipelines.influx.arguments import check_arguments
from influx_pipelines.influx.lineprotocol import measurement_text
from influx_pipelines.influx.measurement import TYPE_NAMES, Measurement
from influx_pipelines.io_manager.declared import Declared, Wanted, explain

PREFIX = "influx/"
COLUMN_SCHEMA = "dagster/column_schema"


def influx_metadata(
    measurement: str | type[Measurement],
    *,
    bucket: str = "",
    tags: Sequence[str] = (),
    fields: Sequence[str] | Mapping[str, Any] | None = None,
    time: str = "time",
    precision: str = "ns",
    partition_tag: str | None = None,
    load_range: str | None = None,
    replace: str | None = None,
    plot: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Definition metadata of an asset whose rows are kept in InfluxDB.

    Args:
        measurement: a class, which says all about tags, fields, time and precision; or a name.
        bucket: name of the bucket; empty: that of the I/O manager.
        tags: columns that are tags.
        fields: columns that are fields, with their types (float, int, str, bool, "unsigned") where
            they are declared; None takes every column that is neither a tag nor the time.
        time: column of the time.
        precision: `ns`, `us`, `ms` or `s`.
        partition_tag: the tag that holds the key of a static or dynamic partition, alone or beside
            a time.
        load_range: how far back an asset without partitions is loaded, as in `-30d`; None: all.
        replace: `window` deletes what is stored in the partition before its rows are written.
        plot: numeric fields in the plot; None takes the first one and others of its unit.

    Raises:
        ValueError: naming what does not fit.
        TypeError: the measurement is neither a name nor a class.
    """
    check_arguments(measurement, tags, fields, time, precision)
    name = measurement if isinstance(measurement, str) else measurement.name
    measurement_text(name)
    if isinstance(plot, str):
        raise ValueError(f"plot={plot!r} is one text: give a list, [{plot!r}]")
    said: dict[str, Any] = {
        "bucket": bucket,
        "partition_tag": partition_tag,
        "load_range": load_range,
        "replace": replace,
        "plot": plot,
    }
    if isinstance(measurement, str):
        said |= {"measurement": measurement, "time": time, "precision": precision}
        said |= {"tags": tags, "fields": _named_types(fields)}
        columns = _columns(said) if isinstance(fields, Mapping) else []
    else:
        said |= _of_class(measurement)
        columns = measurement.columns()
    try:
        declared = Declared.model_validate(said)
    except ValidationError as error:
        raise ValueError(explain(error, Declared)) from None
    found = declared.model_dump(mode="json", exclude_defaults=True)
    metadata: dict[str, Any] = {PREFIX + name: value for name, value in found.items()}
    return {**metadata, COLUMN_SCHEMA: column_schema(columns)} if columns else metadata


def _of_class(measurement: type[Measurement]) -> dict[str, Any]:
    return {
        "measurement": measurement.name,
        "declared_by": measurement.__name__,
        "tags": tuple(measurement.tags),
        "fields": _named_types({name: x.type for name, x in measurement.fields.items()}),
        "time": measurement.time_column,
        "precision": measurement.precision,
    }


def _named_types(fields: Sequence[str] | Mapping[str, Any] | None) -> Any:
    if isinstance(fields, Mapping):
        return {name: TYPE_NAMES.get(kind, kind) for name, kind in fields.items()}
    return fields


def _columns(said: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        *({"name": name, "type": "string", "role": "tag"} for name in said["tags"]),
        *({"name": n, "type": text, "role": "field"} for n, text in said["fields"].items()),
        {"name": said["time"], "type": "timestamp", "role": "time"},
    ]


def column_schema(columns: Sequence[Mapping[str, str]]) -> dg.TableSchema:
    """Columns as the page shows them, from name, type and role, unit and description."""
    return dg.TableSchema(
        [
            dg.TableColumn(
                column["name"],
                column["type"],
                column.get("description") or None,
                tags={name: column[name] for name in ("role", "unit") if column.get(name)},
            )
            for column in columns
        ]
    )


def declared_of(context: dg.InputContext | dg.OutputContext, bucket: str) -> Declared:
    """What the definition of the asset that is written or loaded says.

    Its measurement is the last part of its key where it names none.

    Raises:
        dagster.Failure: naming the asset and what is wrong.
    """
    output = context.upstream_output if isinstance(context, dg.InputContext) else context
    said = {
        name.removeprefix(PREFIX): value.value if isinstance(value, dg.MetadataValue) else value
        for name, value in (output.definition_metadata if output else {}).items()
        if name.startswith(PREFIX)
    }
    key = context.asset_key
    try:
        declared = Declared.model_validate({"measurement": key.path[-1], "bucket": bucket, **said})
    except ValidationError as error:
        text = f"Definition metadata of asset {key.to_user_string()}: {explain(error, Declared)}"
        raise dg.Failure(text, allow_retries=False) from None
    if not declared.bucket:
        text = f"Asset {key.to_user_string()} names no bucket, and its I/O manager has none."
        raise dg.Failure(text, allow_retries=False)
    return declared


def wanted_of(context: dg.InputContext) -> Wanted:
    """What the metadata of an input says.

    Raises:
        dagster.Failure: naming the input and what is wrong.
    """
    try:
        return Wanted.model_validate(dict(context.definition_metadata))
    except ValidationError as error:
        name = context.asset_key.to_user_string()
        text = f"Metadata of the input {name}: {explain(error, Wanted)}"
        raise dg.Failure(text, allow_retries=False) from None
