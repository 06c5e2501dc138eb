"""What a shard holds, by measurement and field."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

EARLIEST, LATEST = -(2**63), 2**63 - 1


class FieldKey(NamedTuple):
    """A field of a measurement; its type is float, integer, boolean, string or unsigned."""

    measurement: str
    field: str
    type: str


class KeyCount(NamedTuple):
    """How many values a field of a series has.

    Attributes:
        series: measurement and tags, escaped as in line protocol.
        values: those that a query finds.
        hidden: those that tombstones hide, and that a restore brings back.
        first: nanosecond of the first value that a query finds; without one, of none.
        last: the same of the last one.
    """

    series: bytes
    field: bytes
    type: str
    values: int
    hidden: int
    first: int
    last: int


@dataclass
class FieldSummary:
    """The values of a field of a measurement; see `KeyCount`.

    Attributes:
        digests: of the series that have it.
    """

    values: int = 0
    hidden: int = 0
    first_ns: int = LATEST
    last_ns: int = EARLIEST
    digests: array[int] = field(default_factory=lambda: array("q"), repr=False)

    @property
    def series(self) -> int:
        """How many series have it, as far as a query finds their values."""
        return len(np.unique(np.asarray(self.digests)))

    def add(self, other: FieldSummary) -> None:
        """Take in the values of another shard, or of another field."""
        self.values += other.values
        self.hidden += other.hidden
        self.first_ns = min(self.first_ns, other.first_ns)
        self.last_ns = max(self.last_ns, other.last_ns)
        self.digests.extend(other.digests)


@dataclass
class ShardSummary:
    """The values of a shard, or of all shards of a bucket, which `add` brings together.

    Attributes:
        by_field: with eight bytes of memory for each series of each field.
    """

    by_field: dict[FieldKey, FieldSummary] = field(default_factory=dict)

    @property
    def series(self) -> int:
        """Distinct sets of measurement and tags."""
        digests = [np.asarray(found.digests) for found in self.by_field.values()]
        return len(np.unique(np.concatenate(digests))) if digests else 0

    @property
    def values(self) -> int:
        """Values that a query finds."""
        return sum(found.values for found in self.by_field.values())

    @property
    def hidden(self) -> int:
        """Values that tombstones hide, and that a restore brings back."""
        return sum(found.hidden for found in self.by_field.values())

    @property
    def first_ns(self) -> int | None:
        """Nanosecond of the first value; None without values."""
        found = min((found.first_ns for found in self.by_field.values()), default=LATEST)
        return found if self.values else None

    @property
    def last_ns(self) -> int | None:
        """Nanosecond of the last value; None without values."""
        found = max((found.last_ns for found in self.by_field.values()), default=EARLIEST)
        return found if self.values else None

    def add(self, other: ShardSummary) -> None:
        """Take in another shard."""
        for key, found in other.by_field.items():
            self.by_field.setdefault(key, FieldSummary()).add(found)
