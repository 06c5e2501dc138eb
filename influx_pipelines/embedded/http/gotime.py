"""Times in requests, read and refused as Go does it."""

from __future__ import annotations

import re

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.values import Time, parse_time
from influx_pipelines.embedded.http.answers import invalid

# Elements of the layout, how they look, and what is out of range where.
_LAYOUT = (
    ("2006", r"\d{4}", "year", 9999),
    ("-", "-", "", 0),
    ("01", r"\d\d", "month", 12),
    ("-", "-", "", 0),
    ("02", r"\d\d", "day", 31),
    ("T", "T", "", 0),
    ("15", r"\d\d", "hour", 23),
    (":", ":", "", 0),
    ("04", r"\d\d", "minute", 59),
    (":", ":", "", 0),
    ("05", r"\d\d(?:[.]\d+)?", "second", 59),
    ("Z07:00", r"Z|[+-]\d\d:\d\d", "", 0),
)


def go_time(text: str) -> Time:
    """RFC 3339.

    Raises:
        Fault: 400 in Go's words.
    """
    rest, start = text, f'parsing time "{text}"'
    for element, pattern, name, last in _LAYOUT:
        found = re.match(pattern, rest, re.ASCII)
        if found is None:
            reason = f'cannot parse "{rest}" as "{element}"'
            raise invalid(f'{start} as "2006-01-02T15:04:05Z07:00": {reason}')
        if name and float(found[0]) > last + 0.999_999_999:
            raise invalid(f"{start}: {name} out of range")
        rest = rest[found.end() :]
    if rest:
        raise invalid(f'{start}: extra text: "{rest}"')
    try:
        return parse_time(text)
    except FluxError:
        raise invalid(f"{start}: day out of range") from None
