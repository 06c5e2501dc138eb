"""How many values each field of each series has, and the last of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

Value = float | int | bool | str


class Field(NamedTuple):
    r"""A field of a series, which is written as in line protocol: `cpu,host=a\ b`."""

    series: bytes
    name: bytes

    def __str__(self) -> str:
        return f"{self.series.decode(errors='replace')} {self.name.decode(errors='replace')}"


@dataclass(frozen=True)
class Held:
    """What a field of a series has in a shard group.

    Attributes:
        values: how many.
        last_ns: time of the last one; None where nobody asked.
        last: the last one.
    """

    values: int
    last_ns: int | None = None
    last: Value | None = None


Fields = Mapping[Field, Held]


def canonical(series: bytes) -> bytes:
    r"""The key of a series with its tags in the order of their names as they are read.

    A server stores the key as it was written, which differs only where a name holds a backslash.
    """
    if b"\\" not in series:
        return series
    measurement, *tags = _ENDS_OF_TAGS.split(series)
    return b",".join([measurement, *sorted(tags, key=lambda tag: tag.replace(b"\\", b""))])


def measurement_of(series: bytes) -> str:
    """The measurement of a series, as people write it."""
    name = _ENDS_OF_TAGS.split(series, 1)[0].decode(errors="replace")
    return name.replace("\\,", ",").replace("\\ ", " ")


def can_be_asked(field: Field) -> bool:
    r"""Whether a query can name its measurement: one written with `\=` is out of Flux's reach."""
    return b"\\=" not in _ENDS_OF_TAGS.split(field.series, 1)[0]


_ENDS_OF_TAGS = re.compile(rb"(?<!\\),")


@dataclass(frozen=True)
class Gap:
    """A field that is not on the server as it is in the backup.

    Attributes:
        group: begin of the shard group.
        expected: values in the backup.
        found: values on the server.
        what: what differs, where the numbers do not.
    """

    group: datetime
    field: Field
    expected: int
    found: int
    what: str = ""

    def __str__(self) -> str:
        differs = self.what or f"{self.found:,} values instead of {self.expected:,}"
        return f"{self.field} in the shard group of {self.group:%Y-%m-%d %H:%M}: {differs}"


def gaps(group: datetime, expected: Fields, found: Fields) -> Iterator[Gap]:
    """Where a server differs from a backup, field by field, within one shard group.

    Last values are compared where both sides have them. A value that the server has beyond the
    backup is a difference too: it is a shard that was put in the place of another one.
    """
    for field in sorted({*expected, *found}):
        ours, theirs = expected.get(field, _NOTHING), found.get(field, _NOTHING)
        if ours.values != theirs.values:
            yield Gap(group, field, ours.values, theirs.values)
        elif ours.last_ns is not None and theirs.last_ns is not None and not _same(ours, theirs):
            what = f"the last value is another one than in the backup (at {theirs.last_ns} ns)"
            yield Gap(group, field, ours.values, theirs.values, what)


_NOTHING = Held(0)


def _same(ours: Held, theirs: Held) -> bool:
    is_one_type = type(ours.last) is type(theirs.last)
    is_one_time = ours.last_ns == theirs.last_ns
    return is_one_time and is_one_type and _bare(ours.last) == _bare(theirs.last)


def _bare(value: Value | None) -> Value | None:
    """A value as a query gives it back: CSV cannot carry a carriage return."""
    return value.replace("\r", "") if isinstance(value, str) else value
