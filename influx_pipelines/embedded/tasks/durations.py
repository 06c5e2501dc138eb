"""Durations of tasks: literals kept as written, and what Go makes of their texts."""

from __future__ import annotations

import re

from influx_pipelines.flux import ast
from influx_pipelines.flux.durations import NS

# What the real server takes months and years for where it needs a length.
_LENGTHS = {**NS, "mo": 31 * NS["d"], "y": 365 * NS["d"]}
_GO = ("h", "m", "s", "ms", "us", "ns")


def parse_duration(text: str) -> ast.DurationLiteral:
    """`1h30m` or `-5m` as a literal; a minus goes into every part.

    Raises:
        ValueError: in the words of the real server.
    """
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
    parts = []
    while rest:
        found = re.match(r"(\d+)([^\W\d_]+)?", rest)
        if found is None:
            raise ValueError(f"invalid duration {rest}")
        rest, unit = rest[found.end() :], found[2]
        if unit is None:
            raise ValueError(f"duration is missing a unit: {rest}")
        unit = "us" if unit == "µs" else unit
        parts.append(ast.DurationPart(sign * int(found[1]), unit))
    return ast.DurationLiteral(parts)


def written(literal: ast.DurationLiteral | None) -> str:
    """The literal as text; an absent one is empty."""
    return "".join(f"{part.magnitude}{part.unit}" for part in literal.values) if literal else ""


def length(literal: ast.DurationLiteral) -> int:
    """Nanoseconds."""
    return sum(part.magnitude * _LENGTHS.get(part.unit, 0) for part in literal.values)


def is_zero(literal: ast.DurationLiteral | None) -> bool:
    """Whether it is nothing, or absent."""
    return literal is None or not any(part.magnitude for part in literal.values)


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
