"""From one type to another: `int(v:)` and its kin, `toInt()` and its kin."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.numbers import parse_float, parse_whole
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import (
    Time,
    Uint,
    length_of,
    parse_time,
    to_text,
    type_of,
    wrap_int,
)
from influx_pipelines.flux.durations import Duration

_MONTH = 2_629_800_000_000_000  # a twelfth of a year of 365.25 days
Convert = Callable[[Any], Any]


def _cannot(value: Any, kind: str) -> FluxError:
    if isinstance(value, str):
        return FluxError(f'cannot convert string "{value}" to {kind} due to invalid syntax')
    return FluxError(f"cannot convert {type_of(value)} to {kind}")


def _conversion(kind: str, read: Convert) -> Convert:
    """The function of this name; `read` gives None, or a ValueError, for what it does not take."""

    def convert(v: Any) -> Any:
        if v is None:
            return None
        with suppress(ValueError):
            if (found := read(v)) is not None:
                return found
        raise _cannot(v, kind)

    return builtin(kind)(convert)


def _nanoseconds(value: Duration) -> int:
    return value.months * _MONTH + value.nanoseconds


def _int(v: Any) -> int | None:
    match v:
        case str():
            return parse_whole(v, -(2**63), 2**63)
        case float() if not -(2.0**63) <= v < 2.0**63:
            return -(2**63)
        case bool() | int() | float():
            return wrap_int(int(v))
        case Duration():
            return wrap_int(_nanoseconds(v))
    return None


def _uint(v: Any) -> Uint | None:
    match v:
        case str():
            return Uint(parse_whole(v, 0, 2**64))
        case float() if not -(2.0**63) <= v < 2.0**64:
            return Uint(2**63)
        case bool() | int() | float():
            return Uint(int(v) % 2**64)
        case Duration():
            return Uint(_nanoseconds(v) % 2**64)
    return None


def _float(v: Any) -> float | None:
    if isinstance(v, str):
        return parse_float(v)
    return float(v) if isinstance(v, bool | int | float) and not isinstance(v, Time) else None


def _bool(v: Any) -> bool | None:
    """True or false; of numbers only 1 and 0."""
    if isinstance(v, str):
        return {"true": True, "false": False}.get(v)
    return {1.0: True, 0.0: False}.get(found) if (found := _float(v)) is not None else None


def _string(v: Any) -> str:
    return v.decode() if isinstance(v, bytes) else to_text(v)


def _time(v: Any) -> Time | None:
    if isinstance(v, str):
        return parse_time(v)
    return Time(wrap_int(v)) if isinstance(v, int) and not isinstance(v, bool) else None


def _duration(v: Any) -> Duration | None:
    match v:
        case Duration():
            return v
        case str() if re.fullmatch(r"-?([0-9]+[^\W\d_]+)*", v):
            return _length(v)
        case int() if not isinstance(v, bool | Time):
            return Duration(0, wrap_int(v))
    return None


def _length(text: str) -> Duration:
    """Numbers with units in any order; what is no unit counts nothing, as in the real one."""
    found = re.findall(r"([0-9]+)([^\W\d_]+)", text)
    length = length_of((parse_whole(number, 0, 2**63), unit) for number, unit in found)
    return -length if text.startswith("-") else length


to_int = _conversion("int", _int)
to_uint = _conversion("uint", _uint)
to_float = _conversion("float", _float)
CONVERSIONS: dict[str, Convert] = {
    "toInt": to_int,
    "toUInt": to_uint,
    "toFloat": to_float,
    "toBool": _conversion("bool", _bool),
    "toString": _conversion("string", _string),
    "toTime": _conversion("time", _time),
    "toDuration": _conversion("duration", _duration),
}


@builtin("bytes")
def to_bytes(v: Any) -> bytes:
    """The bytes of a text."""
    if not isinstance(v, str):
        raise _cannot(v, "bytes")
    return v.encode()


def _column(convert: Convert, kind: str) -> Callable[[Stream], Stream]:
    def whole(tables: Stream) -> Stream:
        return tables.following([_converted(t) for t in tables.tables if len(t)])

    def _converted(table: Table) -> Table:
        values = [convert(v) for v in table.columns.get("_value", [None] * len(table))]
        columns = {**table.columns, "_value": values}
        key = dict(table.key)
        if "_value" in key:
            key["_value"] = values[0]
        converted = Table(key, {**table.types, "_value": kind}, columns)
        # The real order of columns varies from run to run; this is the recorded one.
        return converted if kind == "float" else converted.select(sorted(converted.types))

    whole.__annotations__ = {"tables": Stream, "return": Stream}
    return whole


for _name, _convert in CONVERSIONS.items():
    if _name != "toDuration":
        builtin(_name)(_column(_convert, _name.removeprefix("to").lower()))
