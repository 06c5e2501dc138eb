"""The values of Flux as Python values, and how they print.

bool, float, str, list and dict stand for themselves; whole numbers are `int` (signed), `Uint` or
`Time` (nanoseconds since the epoch); null is None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from influx_pipelines.embedded.engine.errors import ArgumentError, FluxError, not_supported
from influx_pipelines.embedded.engine.numbers import format_float
from influx_pipelines.flux.durations import MONTHS, NS, Duration, format_flux

MIN_TIME = -9223372036854775806
MAX_TIME = 9223372036854775806
LONGEST = 50_000_000
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d?):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d))?",
    re.ASCII,
)


class Time(int):
    """Nanoseconds since 1970-01-01 in UTC."""

    __slots__ = ()


class Uint(int):
    """An unsigned 64-bit number."""

    __slots__ = ()


class Row(dict[str, Any]):
    """A row as a record: a column it does not have is null, not an error."""


@dataclass(slots=True)
class Function:
    """A function of a script: parameters with defaults, body, and the scope it closes over."""

    parameters: dict[str, Callable[[Any], Any] | None]
    pipe: str | None
    body: Callable[[Any], Any]
    scope: Any
    node: Any = field(repr=False, default=None)


@dataclass(slots=True)
class Dictionary:
    """`["a": 1]`; keys of one type."""

    items: dict[Any, Any]


def type_of(value: Any) -> str:
    """The Flux name of a value's type."""
    found = KINDS.get(type(value))
    return found or ("function" if callable(value) else "stream")


KINDS: dict[Any, str] = {
    type(None): "invalid",
    bool: "bool",
    Time: "time",
    Uint: "uint",
    int: "int",
    float: "float",
    str: "string",
    Duration: "duration",
    re.Pattern: "regexp",
    bytes: "bytes",
    dict: "record",
    Row: "record",
    list: "array",
    Dictionary: "dictionary",
    Function: "function",
}


def parse_time(text: str) -> Time:
    """RFC 3339, or a date alone; a time that 64 bits cannot hold wraps around.

    Raises:
        FluxError: for another form, or a day that does not exist.
    """
    return Time(wrap_int(unbounded_time(text)))


def unbounded_time(text: str) -> int:
    """The same, with no end to the time.

    Raises:
        FluxError: for another form, or a day that does not exist.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise FluxError(f'cannot parse "{text}" as a time: write it like 2020-01-01T00:00:00Z')
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(
            f"{year}-{month}-{day}T{(hour or '').zfill(2)}:{minute or '00'}:{second or '00'}+00:00"
        )
    except ValueError as error:
        raise FluxError(f'cannot parse "{text}" as a time: {error}') from None
    seconds = int(moment.timestamp())
    if zone and zone != "Z":
        away = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= away if zone[0] == "+" else -away
    return seconds * 1_000_000_000 + int((fraction or "").ljust(9, "0"))


def format_time(time: int, *, decimals: bool = False) -> str:
    """RFC 3339 in UTC with as many decimals as needed, or with all nine."""
    seconds, nanoseconds = divmod(int(time), 1_000_000_000)
    days, rest = divmod(seconds, 86_400)
    text = f"{_day(days)}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if not nanoseconds and not decimals:
        return f"{text}Z"
    fraction = f"{nanoseconds:09}"
    if not decimals:
        fraction = fraction.rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return datetime.fromordinal(719_163 + days).strftime("%Y-%m-%d").rjust(10, "0")


def to_text(value: Any) -> str:
    """What `string(v: …)` and interpolation give.

    Raises:
        FluxError: the value has no text form.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case Time():
            return format_time(value, decimals=True)
        case int():
            return str(int(value))
        case float():
            return format_float(value)
        case str():
            return value
        case Duration():
            return format_flux(value) if value != Duration() else "0ns"
    raise FluxError(f"cannot convert {type_of(value)} to string")


def length_of(parts: Iterable[tuple[int, str]]) -> Duration:
    """The duration of numbers and their units.

    Raises:
        FluxError: it is longer than what 64 bits hold; the real one wraps around.
    """
    months = nanoseconds = 0
    for number, unit in parts:
        unit = unit.replace("µ", "u").replace("μ", "u")
        months += number * MONTHS.get(unit, 0)
        nanoseconds += number * NS.get(unit, 0)
    return bounded(Duration(months, nanoseconds))


def bounded(duration: Duration) -> Duration:
    """A duration that 64 bits hold.

    Raises:
        FluxError: they do not.
    """
    if max(abs(duration.months), abs(duration.nanoseconds)) >= 2**63:
        raise not_supported("a duration beyond 64 bits")
    return duration


def check_size(size: int) -> None:
    """Hold a text or an array to what this server was made for.

    Raises:
        FluxError: it would be longer.
    """
    if size > LONGEST:
        raise not_supported(f"a value of more than {LONGEST} characters or elements")


def needed(record: dict[str, Any], name: str) -> Any:
    """A field that a record must have.

    Raises:
        ArgumentError: it has not.
    """
    if name not in record:
        raise ArgumentError(f"record is missing label {name}")
    return record[name]


def wrap_int(value: int) -> int:
    """Signed 64-bit arithmetic wraps around."""
    return (value + 2**63) % 2**64 - 2**63


def wrapped(value: Any, kind: str) -> Any:
    """A number as one of this type."""
    return Uint(value % 2**64) if kind == "uint" else wrap_int(value) if kind == "int" else value


def of_one_kind(values: list[Any]) -> list[Any]:
    """These values, which must be of one type, as the elements of an array are.

    Raises:
        FluxError: they are not.
    """
    kinds = {type_of(value) for value in values if value is not None}
    if len(kinds) > 1:
        raise FluxError(f"expected {sorted(kinds)[0]} but found {sorted(kinds)[1]}")
    return values


def make_dictionary(pairs: Iterable[tuple[Any, Any]]) -> Dictionary:
    """A dictionary; keys are of one type that has an order, and values of one type.

    Raises:
        FluxError: they are not.
    """
    found = list(pairs)
    keys = of_one_kind([key for key, _ in found])
    of_one_kind([value for _, value in found])
    if any(type_of(key) not in ("int", "uint", "float", "string", "time") for key in keys):
        raise FluxError(f"{type_of(keys[0])} cannot be used as a dictionary key")
    return Dictionary(dict(found))
