"""Line protocol, read as strictly as the server does and refused in its words.

A line without quotes and backslashes takes a short road; the tags of a series are read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Uint

MAX_KEY = 65535
RESERVED = ("time", "_field", "_measurement")
_SIMPLE = re.compile(
    r'([^ \t\0\\"#,=][^ \\"\n]*)'  # measurement and tags
    r' ([^ \\"=,]+=[^ \\"=,]+(?:,[^ \\"=,]+=[^ \\"=,]+)*)'  # fields
    r"(?: (-?\d{1,19}))?"  # time
)
_FLOAT = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d*)?")
_TRUTH = {**dict.fromkeys("t T true True TRUE".split(), True)}
_TRUTH.update(dict.fromkeys(["f", "F", "false", "False", "FALSE"], False))
_UNESCAPED_COMMA_OR_SPACE = re.compile(r"(?<!\\)[, ]")
_NAME_ESCAPE = re.compile(r"\\([, =])")
_MEASUREMENT_ESCAPE = re.compile(r"\\([, ])")
_STRING_ESCAPE = re.compile(r'\\(["\\])')


class LineError(Exception):
    """Why a line cannot be read."""


class Key(NamedTuple):
    """Measurement and tags of a line; the tags are sorted by name."""

    measurement: str
    tags: tuple[tuple[str, str], ...]


Field = tuple[str, str, Any]  # name, Flux type, value


class Point(NamedTuple):
    """One line."""

    key: Key
    fields: list[Field]
    time: int


def read(text: str, scale: int, now: int) -> tuple[list[Point], list[str]]:
    """All points, and a message for each line that cannot be read.

    `scale` is the number of nanoseconds of the precision; `now` the time of lines without one.
    """
    points: list[Point] = []
    errors: list[str] = []
    keys: dict[str, Key] = {}
    for raw in _lines(text):
        line = raw.lstrip(" \t\0")
        if not line or line.startswith("#"):
            continue
        try:
            points.append(_point(line, scale, now, keys))
        except LineError as error:
            errors.append(f"unable to parse '{line}': {error}")
    return points, errors


def _lines(text: str) -> Iterator[str]:
    if '"' not in text:
        yield from text.split("\n")
        return
    start = 0
    while start < len(text):
        end = _line_end(text, start)
        yield text[start:end]
        start = end + 1


def _line_end(text: str, start: int) -> int:
    """The newline that ends a line; one within a quoted field value does not."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    if '"' not in text[start:end]:
        return end
    head = text[start:end].lstrip(" \t\0")
    if head.startswith("#"):
        return end
    return _quoted_end(text, start)


def _quoted_end(text: str, start: int) -> int:
    quoted = in_fields = False
    equals = commas = 0
    place = start + len(text[start:]) - len(text[start:].lstrip(" \t\0"))
    while place < len(text):
        char = text[place]
        if char == "\\" and place + 1 < len(text):
            place += 2
            continue
        if char == "\n" and not quoted:
            return place
        if char == " " and not in_fields:
            in_fields = True
        elif in_fields and not quoted and char in "=,":
            equals, commas = equals + (char == "="), commas + (char == ",")
        elif char == '"' and in_fields and equals > commas:
            quoted = not quoted
        place += 1
    return len(text)


def _point(line: str, scale: int, now: int, keys: dict[str, Key]) -> Point:
    simple = _SIMPLE.fullmatch(line)
    if simple is None or len(line) > MAX_KEY // 4:  # only there is the length of a key judged
        return _hard_point(line, scale, now)
    raw_key, raw_fields, raw_time = simple.groups()
    key = keys.get(raw_key)
    if key is None:
        key = _key(line)[0]
        keys[raw_key] = key
    fields = []
    for part in raw_fields.split(","):
        name, _, value = part.partition("=")
        fields.append((name, *_number_or_truth(value)))
    time = now if raw_time is None else int(raw_time) * scale
    if not -(2**63) <= time < 2**63:
        return _hard_point(line, scale, now)  # it knows which of two errors this is
    if not MIN_TIME <= time <= MAX_TIME:
        raise LineError(f"time outside range {MIN_TIME} - {MAX_TIME}")
    return Point(key, fields, time)


def _hard_point(line: str, scale: int, now: int) -> Point:
    key, place = _key(line)
    while place < len(line) and line[place] == " ":
        place += 1
    if place >= len(line) or line[place] == "\r":
        raise LineError("missing fields")
    raw_fields, end = _fields_end(line, place)
    fields = [_field(raw) for raw in raw_fields]
    time = _time(line[end:].lstrip(" "), scale, now)
    longest = max(len(name.encode()) for name, _, _ in fields)
    size = len(line[:place].rstrip(" ").encode()) + 4 + longest
    if size > MAX_KEY:
        raise LineError(f"max key length exceeded: {size} > {MAX_KEY}")
    return Point(key, fields, time)


def _key(line: str) -> tuple[Key, int]:
    """Measurement and tags, and the place of the space after them."""
    found = _UNESCAPED_COMMA_OR_SPACE.search(line)
    end = found.start() if found else len(line)
    if end == 0:
        raise LineError("missing measurement")
    measurement = _MEASUREMENT_ESCAPE.sub(r"\1", line[:end])
    tags: dict[str, str] = {}
    repeated = False
    while end < len(line) and line[end] == ",":
        name, value, end = _tag(line, end + 1)
        repeated = repeated or name in tags
        tags[name] = value
    if end >= len(line):
        raise LineError("missing fields")
    if repeated:
        raise LineError("duplicate tags")
    for name in RESERVED:
        if name in tags:
            raise LineError(f'cannot use reserved tag key "{name}"')
    return Key(measurement, tuple(sorted(tags.items()))), end


_TAG_NAME_END = re.compile(r"(?<!\\)[=, ]")


def _tag(line: str, start: int) -> tuple[str, str, int]:
    if line[start : start + 1] in ("", " ", ",", "="):
        raise LineError("missing tag key")
    found = _TAG_NAME_END.search(line, start)
    if found is None or found[0] != "=":
        raise LineError("missing tag value")
    begin = found.end()
    if line[begin : begin + 1] in ("", " ", ","):
        raise LineError("missing tag value")
    stop = _TAG_NAME_END.search(line, begin)
    if stop is not None and stop[0] == "=":
        raise LineError("invalid tag format")
    end = stop.start() if stop else len(line)
    name = _NAME_ESCAPE.sub(r"\1", line[start : found.start()])
    return name, _NAME_ESCAPE.sub(r"\1", line[begin:end]), end


def _fields_end(line: str, start: int) -> tuple[list[str], int]:
    """The raw fields, and the place after them: an unquoted space or the end."""
    quoted = False
    equals = commas = 0
    parts, begin, place = [], start, start
    while place < len(line):
        char = line[place]
        if char == "\\" and place + 1 < len(line):
            place += 2
            continue
        if char == '"' and equals > commas:
            quoted = not quoted
        elif not quoted and char == "=" and equals == commas:
            equals += 1
            if place == begin:
                raise LineError("missing field key")
            if line[place + 1 : place + 2] in ("", " ", ","):
                raise LineError("missing field value")
        elif not quoted and char == ",":
            commas += 1
            parts.append(line[begin:place])
            begin = place + 1
        elif not quoted and char == " ":
            break
        place += 1
    if quoted:
        raise LineError("unbalanced quotes")
    parts.append(line[begin:place])
    if not equals or commas != equals - 1:
        raise LineError("invalid field format")
    return parts, place


_FIELD_NAME = re.compile(r"((?:\\.|[^=\\])*)=(.*)", re.DOTALL)


def _field(raw: str) -> Field:
    found = _FIELD_NAME.fullmatch(raw)
    if found is None:
        raise LineError("invalid field format")
    name, value = found.groups()
    if name.endswith("\\"):
        raise LineError(f"invalid value: field-key={raw}")
    name = _NAME_ESCAPE.sub(r"\1", name)
    if value.startswith('"'):
        return name, "string", _STRING_ESCAPE.sub(r"\1", value[1:-1])
    return (name, *_number_or_truth(value))


def _number_or_truth(raw: str) -> tuple[str, Any]:
    first = raw[0]
    if not ("0" <= first <= "9" or first in "-.nN"):
        truth = _TRUTH.get(raw)
        if truth is None:
            raise LineError("invalid boolean")
        return "bool", truth
    last = raw[-1]
    if last == "i" or last == "u":
        return _whole(raw[:-1], last)
    if _FLOAT.fullmatch(raw) is None:
        raise LineError("invalid number")
    try:
        value = float(raw)
    except ValueError:
        raise LineError("invalid float") from None
    if value in (float("inf"), float("-inf")):
        raise LineError("invalid float")
    return "float", value


def _whole(raw: str, suffix: str) -> tuple[str, Any]:
    if not re.fullmatch(r"-?\d+" if suffix == "i" else r"\d+", raw):
        raise LineError("invalid number")
    value = int(raw)
    if suffix == "u":
        if value < 2**64:
            return "uint", Uint(value)
        kind, parser = "unsigned", "ParseUint"
    else:
        if -(2**63) <= value < 2**63:
            return "int", value
        kind, parser = "integer", "ParseInt"
    reason = f'strconv.{parser}: parsing "{raw}": value out of range'
    raise LineError(f"unable to parse {kind} {raw}: {reason}")


def _time(raw: str, scale: int, now: int) -> int:
    if not raw:
        return now
    word, _, rest = raw.partition(" ")
    if re.fullmatch(r"-?\d*", word) is None:
        raise LineError("bad timestamp")
    if rest.strip(" "):
        raise LineError("point is invalid")
    if word == "-":
        raise LineError('strconv.ParseInt: parsing "-": invalid syntax')
    value = int(word)
    if not -(2**63) <= value < 2**63:
        raise LineError(f'strconv.ParseInt: parsing "{word}": value out of range')
    if not MIN_TIME <= value * scale <= MAX_TIME:
        raise LineError(f"time outside range {MIN_TIME} - {MAX_TIME}")
    return value * scale
