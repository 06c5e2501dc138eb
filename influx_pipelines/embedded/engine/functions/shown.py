"""Values as text: `display` for people, `json.encode` for programs."""

from __future__ import annotations

import base64
import json
import math
import re
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.numbers import format_short
from influx_pipelines.embedded.engine.patterns import source_of
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import (
    Dictionary,
    Time,
    format_time,
    to_text,
    type_of,
)
from influx_pipelines.flux.durations import Duration

_LONG = 3  # more elements than that stand on lines of their own
_IN_JSON = {char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@builtin("display")
def display(v: Any) -> str:
    """Any value."""
    return _display(v, 0)


def _display(value: Any, depth: int) -> str:
    match value:
        case None:
            return "<null>"
        case float():
            return format_short(value)
        case bytes():
            return f"0x{value.hex()}"
        case re.Pattern():
            return source_of(value)
        case Stream():
            return "<stream>"
        case list():
            return _enclosed("[]", [_display(e, depth + 1) for e in value], depth)
        case dict():
            fields = [f"{k}: {_display(v, depth + 1)}" for k, v in sorted(value.items())]
            return _enclosed("{}", fields, depth)
        case Dictionary():
            pairs = [
                f"{_display(k, depth + 1)}: {_display(v, depth + 1)}"
                for k, v in sorted(value.items.items())
            ]
            return _enclosed("[]", pairs, depth, ", ") if pairs else "[:]"
    if type_of(value) == "function":
        raise not_supported("display of a function")
    return to_text(value)


def _enclosed(brackets: str, parts: list[str], depth: int, comma: str = ",") -> str:
    if len(parts) <= _LONG:
        return brackets[0] + ", ".join(parts) + brackets[1]
    line = "\n" + "    " * depth
    inner = f"{line}    "
    return brackets[0] + inner + f"{comma}{inner}".join(parts) + line + brackets[1]


@builtin("json.encode")
def encode(v: Any) -> bytes:
    """A value as JSON, the keys of records sorted."""
    return _encode(v).encode()


def _encode(value: Any) -> str:
    match value:
        case None:
            return "null"
        case str():
            text = json.dumps(value, ensure_ascii=False)
            return "".join(_IN_JSON.get(char, char) for char in text)
        case bytes():
            return _encode(base64.b64encode(value).decode())
        case Time():
            return _encode(format_time(value))
        case Duration():
            return _encode(to_text(value))
        case re.Pattern():
            return _encode(source_of(value))
        case float():
            if not math.isfinite(value):
                raise plain_error("json: unsupported value")
            return re.sub("e-0", "e-", format_short(value, 1e-6, 1e21))
        case bool() | int():
            return to_text(value)
        case list():
            return f"[{','.join(_encode(element) for element in value)}]"
        case dict():
            return _record(value)
        case Dictionary():
            return _record({_display(k, 0): v for k, v in value.items.items()})
    if isinstance(value, Stream):
        advice = "Try using tableFind() or findRecord() to extract data from stream"
        raise FluxError(f"got table stream instead of array. {advice}")
    raise FluxError(f"cannot encode a {type_of(value)} value")


def _record(value: dict[str, Any]) -> str:
    fields = (f"{_encode(k)}:{_encode(v)}" for k, v in sorted(value.items()))
    return f"{{{','.join(fields)}}}"
