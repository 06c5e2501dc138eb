"""Line protocol: points as text, strict about what InfluxDB cannot hold or gives back broken."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

# Written, these poison later reads: a series with a tag `_time` or `_value` cannot be queried at
# all, the others come back empty or twice (seen on 2.9.1).
RESERVED_TAGS = frozenset(
    "time _time _value _start _stop _field _measurement result table error".split()
)
RESERVED_FIELDS = frozenset({"time"})
UNIT = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_measurement_escapes = str.maketrans({",": r"\,", " ": r"\ "})
_key_escapes = str.maketrans({",": r"\,", " ": r"\ ", "=": r"\="})
_string_escapes = str.maketrans({'"': r"\"", "\\": r"\\"})


class UnwritableError(ValueError):
    """A name or a value that line protocol cannot express; the message says which and why."""


def check_name(what: str, name: str) -> str:
    """The name, when it can be written.

    Raises:
        UnwritableError: it is empty, ends in a backslash, or holds a line break.
    """
    if not name:
        raise UnwritableError(f"{what} is empty")
    if name.endswith("\\"):
        raise UnwritableError(f"{what} {name!r} ends in a backslash, which cannot be written")
    if "\n" in name or "\r" in name:
        raise UnwritableError(f"{what} {name!r} holds a line break, which cannot be written")
    return name


def measurement_text(name: str) -> str:
    """A measurement's name in line protocol."""
    if name.startswith("#"):
        raise UnwritableError(f"measurement {name!r} begins with #, which marks a comment")
    return check_name("measurement", name).translate(_measurement_escapes)


def key_text(what: str, name: str, reserved: frozenset[str]) -> str:
    """The name of a tag or field in line protocol."""
    if name in reserved:
        raise UnwritableError(f"{what} {name!r} is a reserved name: choose another one")
    return check_name(what, name).translate(_key_escapes)


def tag_text(name: str, value: Any) -> str:
    """A tag's value in line protocol; empty for a tag to leave out."""
    if value is None or value == "" or value != value:
        return ""
    return check_name(f"value of tag {name!r}", str(value)).translate(_key_escapes)


def field_text(name: str, value: Any, declared: type | None = None) -> str:
    """A field's value in line protocol; empty for a field to leave out (null, NaN, infinity).

    With a declared type a whole number becomes a float where a float is declared, and anything
    that would change its meaning is refused: the type of a field is fixed by its first write.

    Raises:
        UnwritableError: the value is not of the declared type, or of none that can be stored.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if declared is not None:
        value = cast(name, value, declared)
    for kind, text in _TEXTS:
        if isinstance(value, kind):
            return text(value)
    raise UnwritableError(
        f"field {name!r} holds a {type(value).__name__}: write a number, a text or a boolean"
    )


def cast(name: str, value: Any, declared: type) -> Any:
    """The value as its declared type.

    Raises:
        UnwritableError: it cannot be, without loss.
    """
    if isinstance(value, declared) and not (isinstance(value, bool) and declared is not bool):
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and declared is float:
        return float(value)
    if number and declared is int and float(value).is_integer():
        return int(value)
    raise UnwritableError(f"field {name!r} is declared {declared.__name__} but holds {value!r}")


def _integer_text(value: int) -> str:
    if not -(2**63) <= value < 2**63:
        raise UnwritableError(f"{value} does not fit into 64 bits")
    return f"{value}i"


def _string_text(value: str) -> str:
    return f'"{value.translate(_string_escapes)}"'


_TEXTS: list[tuple[type, Callable[[Any], str]]] = [
    (bool, lambda value: "true" if value else "false"),
    (int, _integer_text),
    (float, repr),
    (str, _string_text),
]


def time_text(value: Any, precision: str) -> str:
    """A time in line protocol: an aware datetime, or an integer in that precision.

    Raises:
        UnwritableError: it is neither.
    """
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UnwritableError(f"time {value} has no time zone: make it aware, in UTC")
        since = value - EPOCH
        microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return str(microseconds * 1_000 // UNIT[precision])
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise UnwritableError(f"time {value!r} is neither an aware datetime nor an integer")


def line(
    measurement: str,
    tags: Mapping[str, Any],
    fields: Mapping[str, str],
    time: str,
) -> str:
    """A line of escaped parts; tags are sorted, empty ones left out."""
    head = "".join(f",{name}={text}" for name, text in sorted(tags.items()) if text)
    body = ",".join(f"{name}={text}" for name, text in fields.items() if text)
    return f"{measurement}{head} {body} {time}" if body else ""
