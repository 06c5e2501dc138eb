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


def _cannot(value: Any, kind: str) -> FluxError:
    if isinstance(value, str):
        return FluxError(f'cannot convert string "{value}" to {kind} due to invalid syntax')
    return FluxError(f"cannot convert {type_of(value)} to {kind}")


@builtin("int")
def to_int(v: Any) -> int | None:
    """A whole number; a fraction is cut off."""
    match v:
        case None:
            return None
        case bool():
            return int(v)
        case Duration():
            return wrap_int(_nanoseconds(v))
        case float():
            return int(v) if -(2.0**63) <= v < 2.0**63 else -(2**63)
        case int():
            return wrap_int(int(v))
        case str():
            with suppress(ValueError):
                return parse_whole(v, -(2**63), 2**63)
    raise _cannot(v, "int")


def _nanoseconds(value: Duration) -> int:
    return value.months * _MONTH + value.nanoseconds


@builtin("uint")
def to_uint(v: Any) -> Uint | None:
    """An unsigned number."""
    match v:
        case None:
            return None
        case bool():
            return Uint(v)
        case Duration():
            return Uint(_nanoseconds(v) % 2**64)
        case float():
            return Uint(int(v) % 2**64 if -(2.0**63) <= v < 2.0**64 else 2**63)
        case int():
            return Uint(int(v) % 2**64)
        case str():
            with suppress(ValueError):
                return Uint(parse_whole(v, 0, 2**64))
    raise _cannot(v, "uint")


@builtin("float")
def to_float(v: Any) -> float | None:
    """A number with a fraction."""
    match v:
        case None:
            return None
        case Time() | Duration():
            raise _cannot(v, "float")
        case bool() | int() | float():
            return float(v)
        case str():
            with suppress(ValueError):
                return parse_float(v)
    raise _cannot(v, "float")


@builtin("bool")
def to_bool(v: Any) -> bool | None:
    """True or false; of numbers only 1 and 0."""
    if v is None or isinstance(v, bool):
        return v
    if v in ("true", "false"):
        return bool(v == "true")
    if type_of(v) in ("int", "uint", "float") and v in (0, 1):
        return bool(v)
    raise _cannot(v, "bool")


@builtin("string")
def to_string(v: Any) -> str | None:
    """Text; times with all nine decimals."""
    if isinstance(v, bytes):
        try:
            return v.decode()
        except UnicodeDecodeError:
            raise FluxError("the bytes are no text") from None
    return None if v is None else to_text(v)


@builtin("time")
def to_time(v: Any) -> Time | None:
    """A point in time, from text or from nanoseconds."""
    match v:
        case None:
            return None
        case bool() | float():
            raise _cannot(v, "time")
        case int():
            return Time(wrap_int(v))
        case str():
            return parse_time(v)
    raise _cannot(v, "time")


@builtin("duration")
def to_duration(v: Any) -> Duration | None:
    """A length of time, from text or from nanoseconds."""
    match v:
        case None | Duration():
            return v
        case bool() | Time() | float():
            raise _cannot(v, "duration")
        case int():
            return Duration(0, wrap_int(v))
        case str() if re.fullmatch(r"-?([0-9]+[^\W\d_]+)*", v):
            with suppress(ValueError):
                return _length(v)
    raise _cannot(v, "duration")


def _length(text: str) -> Duration:
    """Numbers with units in any order; what is no unit counts nothing, as in the real one."""
    found = re.findall(r"([0-9]+)([^\W\d_]+)", text)
    length = length_of((parse_whole(number, 0, 2**63), unit) for number, unit in found)
    return -length if text.startswith("-") else length


@builtin("bytes")
def to_bytes(v: Any) -> bytes:
    """The bytes of a text."""
    if not isinstance(v, str):
        raise _cannot(v, "bytes")
    return v.encode()


def _column(convert: Callable[[Any], Any], kind: str) -> Callable[[Stream], Stream]:
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


CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "toInt": to_int,
    "toUInt": to_uint,
    "toFloat": to_float,
    "toBool": to_bool,
    "toString": to_string,
    "toTime": to_time,
    "toDuration": to_duration,
}
for _name, _convert in CONVERSIONS.items():
    if _name != "toDuration":
        builtin(_name)(_column(_convert, _name.removeprefix("to").lower()))
