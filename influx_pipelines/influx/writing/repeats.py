"""Points that two chunks have in common: only their order decides which value stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.layout import Column
from influx_pipelines.influx.writing.points import Points
from influx_pipelines.influx.writing.times import Stamps

Keys = np.ndarray[Any, np.dtype[np.uint64]]
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd: distinct times stay distinct


class Trail:
    """Series and times of a chunk; the values are not kept."""

    def __init__(self, points: Points) -> None:
        times = points.times  # rows without one are in the way of nothing: see `Untimed`
        self.times: Stamps = np.zeros(len(points), np.int64) if times is None else times
        self.tags = points.tags
        self.first, self.last = int(self.times.min()), int(self.times.max())
        self._known: tuple[tuple[int, int], Keys] | None = None

    def meets(self, other: Trail) -> bool:
        """Whether the chunks may have a point in common; wrong only where two hashes are equal."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        if first > last:
            return False
        mine, others = self._keys(first, last), other._keys(first, last)
        found = pc.is_in(pa.array(mine), value_set=pa.array(others))
        return bool(pc.any(found).as_py())

    def _keys(self, first: int, last: int) -> Keys:
        """A hash of series and time for each point in a stretch of time."""
        if self._known is None or self._known[0] != (first, last):
            within = (self.times >= first) & (self.times <= last)
            mask = pa.array(within)
            tags = [(tag, column.filter(mask)) for tag, column in self.tags]
            keys = self.times[within].view(np.uint64) * _SPREAD + _series(tags, int(within.sum()))
            self._known = (first, last), keys
        return self._known[1]


class Untimed:
    """The series of rows without a time: all get the same one, so that each may come once."""

    def __init__(self) -> None:
        self._met: Keys = np.zeros(0, np.uint64)

    def add(self, points: Points) -> None:
        """Remember the series of points.

        Raises:
            UnwritableError: one was met before; the second row would take the place of the first.
        """
        known = len(self._met)
        keys = np.concatenate([self._met, _series(points.tags, len(points))])
        self._met, places = np.unique(keys, return_index=True)
        if len(self._met) < len(keys):
            again = np.setdiff1d(np.arange(len(keys)), places)[0] - known
            raise UnwritableError(
                f"row {points.rows[again]} has no time and the same tags as a row before it: both "
                "would be one point. Name the column of the time, or give each row a tag of its own"
            )


def _series(tags: list[tuple[Column, pa.Array]], rows: int) -> Keys:
    """A hash of the tags for each row."""
    keys = np.zeros(rows, np.uint64)
    for tag, column in tags:
        keys = keys + _hashes(tag.name, column)
    return keys


def _hashes(name: str, column: pa.Array) -> Keys:
    """A hash for each tag; 0 where it is left out, so that it counts for nothing."""
    coded = column.dictionary_encode()
    values = [0 if x is None else hash((name, x)) for x in coded.dictionary.to_pylist()]
    hashes = np.array([*values, 0], np.int64).view(np.uint64)
    codes = pc.fill_null(coded.indices.cast(pa.int64()), len(values))
    picked: Keys = hashes[codes.to_numpy()]
    return picked
