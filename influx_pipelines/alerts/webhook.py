"""What InfluxDB posts to an HTTP endpoint, as a status.

The payload is the record of the status, flat: tags and fields are not told apart, and a float
without a fraction comes as an integer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influx_pipelines.alerts.knowledge import Columns, Known
from influx_pipelines.alerts.levels import LEVELS, Level
from influx_pipelines.alerts.statuses import BadStatus, Scalar, Status, storable

TEXTS = ("_check_id", "_check_name", "_message", "_type", "_source_measurement")
NEEDED = ("_check_id", "_check_name")


def parse(payload: Any, known: Known) -> Status:
    """A payload as a status.

    A text of which nothing was read back yet is taken for a tag; `Status.guessed` says so.

    Raises:
        BadStatus: it is no object, a member is missing, or has the wrong type; the message names
            the member.
    """
    if not isinstance(payload, Mapping):
        raise BadStatus("the body has to be a JSON object")
    for name, value in payload.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise BadStatus(f"{name}: a text, a number or a boolean is needed")
    raw: dict[str, Any] = storable(payload)
    texts = {name: _text(raw, name) for name in TEXTS}
    columns = known.columns.get(texts["_check_id"], Columns())
    tags, fields = _split(raw, columns)
    return Status(
        organisation=known.organisation,
        check_id=texts["_check_id"],
        check_name=texts["_check_name"],
        check_type=texts["_type"],
        level=level_of(raw.get("_level")),
        message=texts["_message"],
        status_time=_time(raw, "_status_timestamp"),
        source_time=_time(raw, "_source_timestamp") if "_source_timestamp" in raw else None,
        source_measurement=texts["_source_measurement"],
        tags=tags,
        fields=fields,
        raw=raw,
        origin="webhook",
        guessed=not columns.tags >= tags.keys(),
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name, None if name in NEEDED else "")
    if not isinstance(value, str):
        raise BadStatus(f"{name}: a text is needed")
    return value


def level_of(value: Any) -> Level:
    """One of the levels.

    Raises:
        BadStatus: it is none.
    """
    for level in LEVELS:
        if value == level:
            return level
    raise BadStatus(f"_level: one of {', '.join(LEVELS)} is needed")


def _time(raw: Mapping[str, Any], name: str) -> int:
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadStatus(f"{name}: nanoseconds since 1970 as an integer are needed")
    return value


def _split(raw: Mapping[str, Any], columns: Columns) -> tuple[dict[str, str], dict[str, Scalar]]:
    tags: dict[str, str] = {}
    fields: dict[str, Scalar] = {}
    for name, value in raw.items():
        if name.startswith("_"):
            continue
        if isinstance(value, str) and (name in columns.tags or name not in columns.texts):
            tags[name] = value
        else:
            fields[name] = _field(name, value, columns)
    return tags, fields


def _field(name: str, value: Scalar, columns: Columns) -> Scalar:
    if isinstance(value, int) and name in columns.floats:
        try:
            return float(value)
        except OverflowError:
            raise BadStatus(f"{name}: too large for a float") from None
    return value
