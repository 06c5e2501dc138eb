"""From one type to another: `int(v:)` and its kin, `toInt()` and its kin."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import (
    Time,
    Uint,
    parse_time,
    to_text,
    type_of,
    wrap_int,
)
from influx_pipelines.flux.durations import Duration, DurationError, parse_flux

_FLOAT = re.compile(
    r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|[iI]nf(inity)?|[nN]a[nN])"
)


def _cannot(value: Any, kind: str) -> FluxError:
    shown = f'string "{value}"' if isinstance(value, str) else type_of(value)
    return FluxError(f"cannot convert {shown} to {kind} due to invalid syntax")


@builtin("int")
def to_int(v: Any) -> int | None:
    """A whole number; a fraction is cut off."""
    match v:
        case None:
            return None
        case bool():
            return int(v)
        case Duration():
            return _nanoseconds(v)
        case int() | float():
            return wrap_int(int(v)) if v == v and abs(v) != float("inf") else -(2**63)
        case str() if re.fullmatch(r"[+-]?\d+", v) and -(2**63) <= int(v) < 2**63:
            return int(v)
    raise _cannot(v, "int")


def _nanoseconds(value: Duration) -> int:
    if value.months:
        raise FluxError("cannot convert a duration with months to int")
    return value.nanoseconds


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
        case int() | float():
            return Uint(int(v) % 2**64)
        case str() if re.fullmatch(r"\d+", v) and int(v) < 2**64:
            return Uint(v)
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
        case str() if _FLOAT.fullmatch(v):
            return float(v)
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
            return Time(v)
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
            return Duration(0, v)
        case str():
            try:
                return parse_flux(v)
            except DurationError as error:
                raise FluxError(str(error)) from None
    raise _cannot(v, "duration")


def _column(convert: Callable[[Any], Any], kind: str) -> Callable[[Stream], Stream]:
    def whole(tables: Stream) -> Stream:
        return tables.following([_converted(t) for t in tables.tables if len(t)])

    def _converted(table: Table) -> Table:
        values = [convert(value) for value in table.column("_value")]
        columns = {**table.columns, "_value": values}
        key = dict(table.key)
        if "_value" in key:
            key["_value"] = values[0]
        converted = Table(key, {**table.types, "_value": kind}, columns)
        # The real order of columns varies from run to run; this is the recorded one.
        return converted if kind == "float" else converted.select(sorted(converted.types))

    whole.__annotations__ = {"tables": Stream, "return": Stream}
    return whole


for _name, _kind, _convert in (
    ("toInt", "int", to_int),
    ("toUInt", "uint", to_uint),
    ("toFloat", "float", to_float),
    ("toBool", "bool", to_bool),
    ("toString", "string", to_string),
    ("toTime", "time", to_time),
):
    builtin(_name)(_column(_convert, _kind))
