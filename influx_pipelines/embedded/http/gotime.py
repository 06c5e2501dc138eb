"""Times in requests, read and refused as Go does it."""

from __future__ import annotations

import re

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.values import unbounded_time
from influx_pipelines.embedded.http.answers import invalid

LAYOUT = "2006-01-02T15:04:05Z07:00"
_ELEMENTS = "2006 - 01 - 02 T 15 : 04 : 05 Z07:00".split()
_PATTERNS = {"2006": r"\d{4}", "05": r"\d\d([.]\d+)?", "Z07:00": r"Z|[+-]\d\d:\d\d"}


def go_time(text: str) -> int:
    """RFC 3339, in nanoseconds.

    Raises:
        Fault: 400 in Go's words.
    """
    rest, start = text, f'parsing time "{text}"'
    for element in _ELEMENTS:
        pattern = _PATTERNS.get(element, r"\d\d" if element.isdigit() else element)
        found = re.match(pattern, rest, re.ASCII)
        if found is None:
            raise invalid(f'{start} as "{LAYOUT}": cannot parse "{rest}" as "{element}"')
        rest = rest[found.end() :]
    if rest:
        raise invalid(f'{start}: extra text: "{rest}"')
    try:
        return unbounded_time(text)
    except FluxError as error:  # "…: month must be in 1..12"
        part = error.message.rpartition(": ")[2].split()[0]
        raise invalid(f"{start}: {part} out of range") from None
