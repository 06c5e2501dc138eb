"""One line of line protocol, read as strictly as the server does and refused in its words.

Bytes that are no UTF-8 arrive as lone surrogates: lengths are those of the bytes that were sent.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME
from influx_pipelines.embedded.fieldvalue import (
    LineError,
    number_or_truth,
    read_integer,
    read_value,
)

MAX_KEY = 65535
SPACE = " \t\0"
_RESERVED = {name: name for name in ("_field", "_measurement", "time")}
_RESERVED |= {"\udcff": r"\xff", "\0": r"\x00"}
_LINE_MARK = re.compile(r'[\\ "=,\n]')
_FIELD_MARK = re.compile(r'[\\ "=,]')
_NAME_END = re.compile(r"(?<!\\)[, ]")
_TAG_END = re.compile(r"(?<!\\)[=, ]")
_FIELD_NAME_END = re.compile(r"(?<!\\)=")
_FIELD_VALUE = re.compile(r'(?:\\["\\]|"(?:\\["\\]|[^"])*+"?|[^",])*+')
_WORD = re.compile(r"[^, ]*")
_TIME = re.compile(r"(-?[0-9]*)((?:[ \n].*)?)", re.DOTALL)
_TAG_ESCAPE = re.compile(r"\\([, =])")
_MEASUREMENT_ESCAPE = re.compile(r"\\([, ])")
_NAME_ESCAPE = re.compile(r'\\([, ="])')


class Key(NamedTuple):
    """Measurement and tags, these sorted; the server does not find all of them again."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    findable: bool = True

    def __str__(self) -> str:
        """As the server writes it."""
        tags = [f",{escaped(name, ', =')}={escaped(value, ', =')}" for name, value in self.tags]
        return escaped(self.measurement, ", ") + "".join(tags)


def escaped(text: str, letters: str) -> str:
    """With a backslash before each of the letters."""
    return re.sub(f"([{letters}])", r"\\\1", text)


Field = tuple[str, str, Any]  # name, Flux type, value


class Point(NamedTuple):
    """What a line says."""

    key: Key
    fields: list[Field]
    time: int


def size(text: str) -> int:
    """Bytes."""
    return len(text.encode("utf-8", "surrogateescape"))


def valid(text: str) -> str:
    """The same text; bytes that are no UTF-8 become U+FFFD."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text


def line_end(text: str, start: int) -> int:
    """The newline that ends a line: it is not escaped and not within a quoted field value."""
    fields = quoted = False
    equals = commas = 0
    place = start
    while (found := _LINE_MARK.search(text, place)) is not None:
        mark, place = found[0], found.end()
        if mark == "\\":
            place += place + 1 < len(text)
        elif mark == '"':
            quoted ^= fields and equals > commas
        elif quoted:
            continue
        elif mark == "\n":
            return found.start()
        elif fields:
            equals, commas = equals + (mark == "="), commas + (mark == ",")
        else:
            fields = mark == " "
    return len(text)


def read_line(line: str, scale: int, now: int) -> Point:
    """A point; `scale` is the nanoseconds of the precision, `now` the time of a line without one.

    Raises:
        LineError: in the server's words.
    """
    key, place = read_key(line)
    length = size(line[:place])
    if length > MAX_KEY:
        raise LineError(f"max key length exceeded: {length} > {MAX_KEY}")
    start = _skip(line, place)
    end = _fields_end(line, start)
    fields = _fields(line[start:end], MAX_KEY - length - 4)
    return Point(key, fields, _time(line, _skip(line, end), scale, now))


def _skip(line: str, place: int) -> int:
    while line[place : place + 1] and line[place] in SPACE:
        place += 1
    return place


def read_key(line: str) -> tuple[Key, int]:
    """Measurement and tags, and the place of the space after them.

    Raises:
        LineError: in the server's words.
    """
    if line.startswith(","):
        raise LineError("missing measurement")
    end = _end(_NAME_END, line, 1, "missing fields")
    raw = line[:end]
    tags: dict[str, str] = {}
    names = []
    while line[end] == ",":
        name, value, end = _tag(line, end + 1)
        names.append(name)
        tags[valid(_TAG_ESCAPE.sub(r"\1", name))] = value
    for name in names:
        if name in _RESERVED:
            raise LineError(f'cannot use reserved tag key "{_RESERVED[name]}"')
    if len(set(names)) < len(names):
        raise LineError("duplicate tags")
    measurement = _NAME_ESCAPE.sub(r"\1", raw)
    # The server writes under the key as sent and looks for it as it would write it itself.
    again = escaped(_MEASUREMENT_ESCAPE.sub(r"\1", measurement), ", ")
    findable = again == raw and not any(value.startswith("=") for value in tags.values())
    found = tuple(sorted((k, valid(_TAG_ESCAPE.sub(r"\1", v))) for k, v in tags.items()))
    return Key(valid(measurement), found, findable), end


def _end(mark: re.Pattern[str], line: str, start: int, otherwise: str) -> int:
    found = mark.search(line, start)
    if found is None:
        raise LineError(otherwise)
    return found.start()


def _tag(line: str, start: int) -> tuple[str, str, int]:
    """The raw name and value of a tag, and the place after it."""
    if line[start : start + 1] in ("", " ", ",", "="):
        raise LineError("missing tag key")
    middle = _end(_TAG_END, line, start + 1, "missing tag value")
    begin = middle + 1
    if line[middle] != "=" or line[begin : begin + 1] in ("", " ", ","):
        raise LineError("missing tag value")
    end = _end(_TAG_END, line, begin + 1, "missing fields")
    if line[end] == "=":
        raise LineError("invalid tag format")
    return line[start:middle], line[begin:end], end


def _fields_end(line: str, start: int) -> int:
    """The place after the fields: an unquoted space or the end."""
    quoted = False
    equals = commas = 0
    place = start
    while (found := _FIELD_MARK.search(line, place)) is not None:
        mark, place = found[0], found.end()
        if mark == "\\":
            place += place < len(line)
        elif mark == '"':
            quoted ^= equals > commas
        elif quoted:
            continue
        elif mark == "=":
            equals, place = equals + 1, _value_end(line, place)
        elif mark == ",":
            commas += 1
        else:
            place = found.start()
            break
    else:
        place = len(line)
    if quoted:
        raise LineError("unbalanced quotes")
    if not equals or commas != equals - 1:
        raise LineError("invalid field format")
    return place


def _value_end(line: str, start: int) -> int:
    """The place after a number or truth value; a text is left to the quotes."""
    if line[start - 2] in " ," and line[start - 3] != "\\":
        raise LineError("missing field key")
    found = _WORD.match(line, start)
    value = found[0] if found else ""
    if not value:
        raise LineError("missing field value")
    if value[0] == '"':
        return start
    number_or_truth(value)
    return start + len(value)


def _fields(raw: str, longest: int) -> list[Field]:
    fields: list[Field] = []
    place = 0
    while place < len(raw):
        found = _FIELD_NAME_END.search(raw, place)
        middle = found.start() if found else len(raw)
        name = raw[place:middle]
        if middle > len(raw) - 2:
            raise LineError(f"invalid value: field-key={valid(name)}")
        if size(name) > longest:
            raise LineError(
                f"max key length exceeded: {MAX_KEY - longest + size(name)} > {MAX_KEY}"
            )
        value = _FIELD_VALUE.match(raw, middle + 1)
        place = (value.end() if value else len(raw)) + 1
        name = valid(_NAME_ESCAPE.sub(r"\1", name))
        fields.append((name, *read_value(value[0] if value else "")))
    return fields


def _time(line: str, start: int, scale: int, now: int) -> int:
    found = _TIME.fullmatch(line, start)
    if found is None:
        raise LineError("bad timestamp")
    word, rest = found.groups()
    if not word:
        return now
    if word == "-":
        raise LineError('strconv.ParseInt: parsing "-": invalid syntax')
    value = read_integer(word)
    if not -(2**63) <= value < 2**63:
        raise LineError(f'strconv.ParseInt: parsing "{word}": value out of range')
    if not MIN_TIME <= value * scale <= MAX_TIME:
        raise LineError(f"time outside range {MIN_TIME} - {MAX_TIME}")
    if rest.strip(" "):
        raise LineError("point is invalid")
    return value * scale
