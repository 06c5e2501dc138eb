"""The lines of a file, each of them judged: what does not parse is damage, not a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from influx_pipelines.backups.logical import names
from influx_pipelines.backups.logical.contents import Type
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.tally import Tally, hash_of

LONGEST = 8 << 20  # bytes of a line: a text has a mebibyte, which escapes may double
SHOWN = 80  # bytes of a bad line in a message
# A separator behind a backslash is none; a line has one field, and a time. Only plain classes are
# possessive: Python before 3.11.5 matches others wrong (gh-106052).
_NAME = rb"[^,= \n]++(?:(?<=\\)[,= ][^,= \n]*+)*"
_LINE = re.compile(
    rb"([^, \n]++(?:(?<=\\)[, ][^, \n]*+)*)"
    rb"(?:(?<!\\)," + _NAME + rb"(?<!\\)=" + _NAME + rb")*"
    rb"(?<!\\) (" + _NAME + rb")(?<!\\)="
    rb'(?:"[^"\\]*+(?:\\["\\][^"\\]*+)*"|true|false|-?\d++(?:[iu]|(?:\.\d++)?(?:e[+-]?\d++)?))'
    rb" (-?\d{1,19})\n"
)
_TYPES: dict[int, Type] = {
    ord('"'): "string",
    ord("e"): "boolean",
    ord("i"): "integer",
    ord("u"): "unsigned",
}  # by the last letter of a value; a float ends in a digit


class BadLines(Exception):
    """A file that is no line protocol as a backup writes it."""


def count(path: Path, series: Distinct) -> Tally:
    """Read a file to its end, and count it.

    Raises:
        BadLines: it is no whole gzip, or a line of it does not parse; the message says where.
    """
    counter = _Counter(series)
    for match in _lines(path):
        counter.add(match)
    return counter.finished()


class _Counter:
    """Counts lines; those of one series and field, which follow each other, at once."""

    def __init__(self, series: Distinct) -> None:
        self.series, self.tally = series, Tally()
        self.key: tuple[bytes, Type] = (b"", "float")
        self.match: re.Match[bytes] | None = None
        self.waiting = 0
        self.head = b""

    def add(self, match: re.Match[bytes]) -> None:
        text, end, time = match.string, match.end(2), match.start(3)
        key = (text[match.start() : end], _TYPES.get(text[time - 2], "float"))
        if key != self.key:
            self._settle()
            self.key, self.match = key, match
        self.waiting += 1
        when = int(match[3])
        self.tally.cover(when, when)

    def finished(self) -> Tally:
        self._settle()
        return self.tally

    def _settle(self) -> None:
        if self.match is None:
            return
        (key, kind), match = self.key, self.match
        head = key[: match.start(2) - match.start() - 1]
        if head != self.head:
            self.series.add(hash_of(head))
            self.head = head
        measurement, field = names.of_measurement(_text(match[1])), names.of_field(_text(match[2]))
        self.tally.add(key, (measurement, field, kind), self.waiting)
        self.waiting = 0


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _lines(path: Path) -> Iterator[re.Match[bytes]]:
    from influx_pipelines.transfer.errors import TransferError
    from influx_pipelines.transfer.formats.lines import read

    number, rest = 0, b""
    try:
        for block in read(path):
            rest, place = rest + block, 0
            while match := _LINE.match(rest, place):
                place, number = match.end(), number + 1
                yield match
            rest = rest[place:]
            if len(rest) > LONGEST:
                break
    except TransferError as error:
        raise BadLines(str(error).removeprefix(f"{path}: ")) from None
    if rest:
        shown = rest.partition(b"\n")[0][:SHOWN].decode("utf-8", "backslashreplace")
        raise BadLines(f"line {number + 1} does not parse: {shown!r}")


def values(path: Path) -> Iterator[tuple[bytes, bytes, bytes, int]]:
    """Series and field as they are written, value as it is written, and time in nanoseconds.

    Raises:
        BadLines: it is no whole gzip, or a line of it does not parse.
    """
    for match in _lines(path):
        series = match.string[match.start() : match.start(2) - 1]
        yield series, match[2], match.string[match.end(2) + 1 : match.start(3) - 1], int(match[3])
