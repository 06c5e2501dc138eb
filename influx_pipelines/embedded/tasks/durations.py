"""Durations of tasks, checks and rules: as clients send them, their lengths, and Go's view."""

from __future__ import annotations

import re

from influx_pipelines.flux import ast
from influx_pipelines.flux.durations import NS

_MAGNITUDE = re.compile(r"(\d*)([^\W\d_]*)")
# What the real server takes months and years for where it needs a length.
_LENGTHS = {**NS, "mo": 31 * NS["d"], "y": 365 * NS["d"]}
_GO = ("h", "m", "s", "ms", "us", "ns")


def read_duration(text: str) -> ast.DurationLiteral:
    """`1h30m` or `-5m` as a client sends it: any units, no text is no time.

    Raises:
        ValueError: in the words of the real server.
    """
    rest = text.removeprefix("-")
    parts = []
    while rest:
        digits, unit = _MAGNITUDE.match(rest).groups()  # type: ignore[union-attr]
        if not digits:
            raise ValueError(f"invalid duration {rest}")
        if int(digits) >= 2**63:
            raise ValueError(f'strconv.ParseInt: parsing "{digits}": value out of range')
        rest = rest[len(digits) :]
        if not unit:
            raise ValueError(f"duration is missing a unit: {rest}")
        rest = rest[len(unit) :]
        magnitude = -int(digits) if text.startswith("-") else int(digits)
        parts.append(ast.DurationPart(magnitude, "us" if unit == "µs" else unit))
    return ast.DurationLiteral(parts)


def is_zero(duration: ast.DurationLiteral) -> bool:
    """Whether every part of it is nothing."""
    return not any(part.magnitude for part in duration.values)


def length(duration: ast.DurationLiteral) -> int:
    """Nanoseconds."""
    return sum(part.magnitude * _LENGTHS.get(part.unit, 0) for part in duration.values)


def go_duration(text: str) -> int:
    """Nanoseconds of a duration as Go reads it: nothing longer than hours.

    Raises:
        ValueError: in Go's words.
    """
    total = 0
    for number, unit in re.findall(r"(\d+)([^\d.]+)", text):
        if unit not in _GO:
            raise ValueError(f'time: unknown unit "{unit}" in duration "{text}"')
        total += int(number) * NS[unit]
    return -total if text.startswith("-") else total


def shown(nanoseconds: int) -> str:
    """`1h5s`: hours, minutes and seconds, those that are not zero."""
    text, rest = "-" if nanoseconds < 0 else "", abs(nanoseconds)
    for unit in ("h", "m", "s"):
        count, rest = divmod(rest, NS[unit])
        text += f"{count}{unit}" if count else ""
    return text
