"""Line protocol: the lines of a body as points.

A line without escapes takes a short road, where the tags of a series are read once.
"""

from __future__ import annotations

import re

from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME
from influx_pipelines.embedded.fieldvalue import LineError, number_or_truth, read_value
from influx_pipelines.embedded.line import (
    MAX_KEY,
    SPACE,
    Field,
    Key,
    Point,
    line_end,
    read_key,
    read_line,
    valid,
)

MAX_ERRORS = 100_000  # more are not told, nor the lines behind them read
_NAME = r'[^ \\"=,\n]++'
_VALUE = rf'(?:{_NAME}|"(?:[^"\\]|\\.)*+")'
_SIMPLE = re.compile(
    r'([^ \t\0\\"#,=\n][^ \\"\n]*+)'  # measurement and tags
    rf" ((?![\t\0]){_NAME}={_VALUE}(?:,{_NAME}={_VALUE})*+)"
    r"(?: (-?[0-9]{1,19}))?(?=\n|\Z)",  # time
    re.DOTALL,
)
_FIELD = re.compile(rf"({_NAME})=({_VALUE})", re.DOTALL)


def read(body: bytes, scale: int, now: int) -> tuple[list[Point], list[str]]:
    """All points, and a message for each line that cannot be read.

    `scale` is the number of nanoseconds of the precision; `now` the time of lines without one.
    """
    text = body.decode("utf-8", "surrogateescape")
    short = valid(text) is text
    points: list[Point] = []
    errors: list[str] = []
    keys: dict[str, Key] = {}
    place = 0
    while place < len(text) and len(errors) <= MAX_ERRORS:
        simple = _SIMPLE.match(text, place) if short else None
        end = simple.end() if simple else line_end(text, place)
        point = _short(simple, scale, now, keys) if simple else None
        if point is not None:
            points.append(point)
        elif (line := text[place:end].removesuffix("\n").lstrip(SPACE)) and line[0] != "#":
            try:
                points.append(read_line(line, scale, now))
            except LineError as error:
                errors.append(f"unable to parse '{valid(line)}': {error}")
        place = end + 1
    return points, errors


def _short(found: re.Match[str], scale: int, now: int, keys: dict[str, Key]) -> Point | None:
    """A point; None leaves a line to the long road, which knows what is wrong with it."""
    raw_key, raw_fields, raw_time = found.groups()
    time = now if raw_time is None else int(raw_time) * scale
    if not MIN_TIME <= time <= MAX_TIME or len(raw_key) + len(raw_fields) > MAX_KEY // 4:
        return None
    try:
        key = keys.get(raw_key)
        if key is None:
            key = keys[raw_key] = read_key(f"{raw_key} ")[0]
        if '"' in raw_fields:
            texts = _FIELD.findall(raw_fields)
            return Point(key, [(name, *read_value(value)) for name, value in texts], time)
        fields: list[Field] = []
        for part in raw_fields.split(","):
            name, _, value = part.partition("=")
            fields.append((name, *number_or_truth(value)))
    except LineError:
        return None
    return Point(key, fields, time)
