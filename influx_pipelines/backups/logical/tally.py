"""Counts of line protocol: equal for equal contents, in whatever order these come."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import lru_cache

from influx_pipelines.backups.logical.contents import FieldCount, Type, WindowFile

MODULUS = 1 << 64
Field = tuple[str, str, Type]  # measurement, field, type


class Tally:
    """What a file of line protocol holds, counted while it is written or read.

    Attributes:
        values: how many lines, since a line has one value.
        first: time of the first value in nanoseconds; None without values.
        last: of the last one.
        sum: over all values, a hash of their series and field, modulo 2^64. It differs when a
            series has a value more or less, though the totals are equal.
        fields: values by measurement, field and type.
    """

    def __init__(self) -> None:
        self.values = 0
        self.first: int | None = None
        self.last: int | None = None
        self.sum = 0
        self.fields: Counter[Field] = Counter()

    def add(self, key: bytes, field: Field, values: int) -> None:
        """Count values of a series and field; `key` is both, as line protocol has them."""
        self.values += values
        self.sum = (self.sum + values * hash_of(key)) % MODULUS
        self.fields[field] += values

    def cover(self, first: int, last: int) -> None:
        """Count times in."""
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def counts(self) -> tuple[FieldCount, ...]:
        """The fields in their order."""
        return tuple(
            FieldCount(measurement=measurement, field=field, type=kind, values=values)
            for (measurement, field, kind), values in sorted(self.fields.items())
        )

    def differences(self, window: WindowFile) -> list[str]:
        """How it differs from what is recorded of a file, a sentence each."""
        found = []
        if self.values != window.values:
            found.append(f"holds {self.values:,} values instead of {window.values:,}")
        elif self.counts() != window.fields or f"{self.sum:016x}" != window.sum:
            found.append("holds other series, fields or types than were recorded")
        if self.values and (self.first, self.last) != (window.first, window.last):
            found.append("has other first and last times than were recorded")
        times = (self.first, self.last)
        if any(not window.start <= time < window.stop for time in times if time is not None):
            found.append("has times outside of its window")
        return found


@lru_cache(maxsize=1 << 12)
def hash_of(key: bytes) -> int:
    """Eight bytes of a hash, which is the same on every machine."""
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest())
