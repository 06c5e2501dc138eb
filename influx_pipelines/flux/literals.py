"""Python values as Flux literals; `quote` is the one place where text becomes part of a script."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.flux.durations import Duration, format_flux
from influx_pipelines.flux.parsing.lexer import is_name

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "\\x24"}


def quote(text: str) -> str:
    r"""A string literal that stands for exactly this text.

    A dollar is escaped too: it begins an interpolation, and robs a backslash after it of its
    meaning. Control characters become `\xHH`; all else goes in as UTF-8 (Flux knows no `\u`).

    Raises:
        ValueError: the text holds a lone surrogate, which is no UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"not a Unicode text at {error.start}: {text!r}") from None
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return f"\\x{ord(letter):02x}" if ord(letter) < 0x20 or ord(letter) == 0x7F else letter


def render(value: Any) -> str:
    """A Python value as a Flux literal.

    str, bool, int, float, aware datetime, timedelta, `Duration`, compiled pattern, sequence
    (array) and mapping with names as keys (record).

    Raises:
        ValueError: the value has no literal: None, NaN, an infinity, a naive datetime, a number
            beyond 64 bits, a key that is no name.
        TypeError: it is of another type.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, timedelta):
        return format_flux(Duration.of(value))
    if isinstance(value, Duration):
        return format_flux(value)
    if isinstance(value, re.Pattern):
        return "/" + str(value.pattern).replace("/", "\\/") + "/"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {render(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(render(item) for item in value) + "]"
    raise TypeError(f"{value!r} has no literal in Flux")


def _integer(value: int) -> str:
    if not -(2**63) < value < 2**63:
        raise ValueError(f"{value} does not fit into 64 bits")
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no literal in Flux")
    text = format(value, "f") if "e" in repr(value) else repr(value)
    # `f` cuts after six decimals; a small number needs all of its digits, written out.
    return text if float(text) == value else f"{value:.1074f}".rstrip("0")


def _time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone: make it aware, in UTC")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def _key(name: Any) -> str:
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(f"{name!r} is no name for a member of a record")
    return name
