"""Names as line protocol writes them, with those that it cannot write told apart.

A backup takes names that a careful writer refuses (a tag `table`): they are in the data already.
"""

from __future__ import annotations

import re
from functools import lru_cache

from influx_pipelines.influx.lineprotocol import (
    KEY_ESCAPES,
    UnwritableError,
    escaped,
    fault_of,
    field_key,
    measurement_text,
)

_ESCAPED = re.compile(r"\\([,= ])")
_ESCAPED_IN_MEASUREMENT = re.compile(r"\\([, ])")


@lru_cache(maxsize=1 << 12)
def measurement(name: str) -> str | None:
    """A measurement's name; None when it cannot be written."""
    try:
        return measurement_text(name)
    except UnwritableError:
        return None


@lru_cache(maxsize=1 << 12)
def field(name: str) -> str | None:
    """A field's name; None when it cannot be written."""
    try:
        return field_key(name)
    except UnwritableError:
        return None


@lru_cache(maxsize=1 << 12)
def tag(text: str) -> str | None:
    """The name or value of a tag; None when it cannot be written."""
    return escaped(text, KEY_ESCAPES) if text and not fault_of(text) else None


def of_measurement(text: str) -> str:
    """The name that a measurement in line protocol stands for."""
    return _ESCAPED_IN_MEASUREMENT.sub(r"\1", text)


def of_field(text: str) -> str:
    """The name that a field in line protocol stands for."""
    return _ESCAPED.sub(r"\1", text)
