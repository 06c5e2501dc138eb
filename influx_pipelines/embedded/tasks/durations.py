"""Durations of tasks: literals as texts and lengths, and what Go makes of the texts."""

from __future__ import annotations

import re

from influx_pipelines.flux import ast
from influx_pipelines.flux.durations import NS

# What the real server takes months and years for where it needs a length.
_LENGTHS = {**NS, "mo": 31 * NS["d"], "y": 365 * NS["d"]}
_GO = ("h", "m", "s", "ms", "us", "ns")


def written(literal: ast.DurationLiteral | None) -> str:
    """The literal as text; an absent one is empty."""
    return "".join(f"{part.magnitude}{part.unit}" for part in literal.values) if literal else ""


def length(literal: ast.DurationLiteral) -> int:
    """Nanoseconds."""
    return sum(part.magnitude * _LENGTHS.get(part.unit, 0) for part in literal.values)


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
