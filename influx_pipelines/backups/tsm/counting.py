"""How many values a shard holds, by measurement and field, mostly without decoding them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm.blocks import look_at
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import SEPARATOR, TYPES, Batch, TsmFile
from influx_pipelines.backups.tsm.merging import Part, merged, times_only
from influx_pipelines.backups.tsm.summary import (
    EARLIEST,
    LATEST,
    FieldKey,
    FieldSummary,
    KeyCount,
    ShardSummary,
)
from influx_pipelines.backups.tsm.tombstone import Range, Tombstones

MOST_DAMAGES = 100  # named of a file


class _Row(NamedTuple):
    """What a file has of a key, and the batch that it stands in."""

    key: bytes
    number: int  # of the file
    kind: int
    values: int
    first: int
    last: int
    is_plain: bool  # no block lies over another
    batch: Batch
    place: int  # in the batch


def verify(
    files: Sequence[TsmFile], tombstones: Sequence[Tombstones]
) -> tuple[list[TsmError], ShardSummary]:
    """What is wrong with the files of a shard, and what they hold; see `Shard.verify`."""
    damages: list[TsmError] = []
    raw: dict[tuple[bytes, bytes, str], FieldSummary] = {}
    series, measurement, digest = b"", b"", 0
    for found in counts(files, tombstones, damages):
        if found.series != series:
            series = found.series
            measurement, digest = measurement_of(series), hash(series)
        key = (measurement, found.field, found.type)
        summary = raw.get(key) or raw.setdefault(key, FieldSummary())
        summary.hidden += found.hidden
        if found.values:
            summary.values += found.values
            summary.first_ns = min(summary.first_ns, found.first)
            summary.last_ns = max(summary.last_ns, found.last)
            summary.digests.append(digest)
    return damages, ShardSummary(_named(raw))


def _named(raw: Mapping[tuple[bytes, bytes, str], FieldSummary]) -> dict[FieldKey, FieldSummary]:
    return {
        FieldKey(_text(_unescaped(measurement)), _text(name), kind): found
        for (measurement, name, kind), found in raw.items()
    }


def measurement_of(series: bytes) -> bytes:
    """The measurement of a series, escaped as it is there."""
    end = series.find(b",")
    while end > 0 and series[end - 1 : end] == b"\\":
        end = series.find(b",", end + 1)
    return series if end < 0 else series[:end]


def _unescaped(measurement: bytes) -> bytes:
    return measurement.replace(b"\\,", b",").replace(b"\\ ", b" ")


def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")


def counts(
    files: Sequence[TsmFile], tombstones: Sequence[Tombstones], damages: list[TsmError]
) -> Iterator[KeyCount]:
    """The counts of each key of a shard.

    What is wrong is added to `damages`, and counted as far as it can be read.
    """
    streams = [_rows(number, file, damages) for number, file in enumerate(files)]
    for _, group in groupby(merge(*streams, key=_PLACE), key=_KEY):
        rows = list(group)
        row = rows[0]
        ranges = [tombstones[row.number].of(row.key) for row in rows] if any(tombstones) else []
        if len(rows) == 1 and row.is_plain and not any(ranges):
            visible, hidden = (row.values, row.first, row.last), 0
        else:
            visible, hidden = _counted(files, rows, ranges, damages)
        series, _, name = row.key.partition(SEPARATOR)
        yield KeyCount(series, name, TYPES[row.kind], visible[0], hidden, visible[1], visible[2])


_KEY, _PLACE = attrgetter("key"), attrgetter("key", "number")


def _rows(number: int, file: TsmFile, damages: list[TsmError]) -> Iterator[_Row]:
    """What a file has of each key."""
    try:
        for batch in file.batches():
            facts = look_at(file, batch, most=max(0, MOST_DAMAGES - len(damages)))
            damages += facts.damages
            yield from _rows_of(number, batch, facts.values)
    except TsmError as error:
        damages.append(error)


def _rows_of(number: int, batch: Batch, values: NDArray[np.int64]) -> Iterator[_Row]:
    starts, entries, owners = batch.starts, batch.entries, batch.owners
    overlap = np.zeros(len(entries), bool)
    overlap[1:] = (owners[1:] == owners[:-1]) & (entries["first"][1:] <= entries["last"][:-1])
    columns = zip(
        batch.keys,
        batch.types.tolist(),
        np.add.reduceat(values, starts).tolist(),
        entries["first"][starts].tolist(),
        np.maximum.reduceat(entries["last"], starts).tolist(),
        (~np.logical_or.reduceat(overlap, starts)).tolist(),
        strict=True,
    )
    for place, (key, kind, total, first, last, is_plain) in enumerate(columns):
        yield _Row(key, number, kind, total, first, last, is_plain, batch, place)


Visible = tuple[int, int, int]  # values, first, last


def _counted(
    files: Sequence[TsmFile],
    rows: Sequence[_Row],
    ranges: Sequence[Sequence[Range]],
    damages: list[TsmError],
) -> tuple[Visible, int]:
    """The values of a key in several files, or with tombstones; and how many are hidden."""
    if len({row.kind for row in rows}) > 1:
        name = files[rows[-1].number].name
        damages.append(TsmError(name, f"{rows[0].key[:80]!r} has another type in another file."))
        return _sum(rows), 0
    parts = [
        Part(
            files[row.number],
            row.key,
            row.kind,
            row.batch.entries[row.batch.starts[row.place] : row.batch.stops[row.place]],
        )
        for row in rows
    ]
    try:
        everything = _sum(rows) if _apart(rows) else _merged(parts)
        if not any(ranges):
            return everything, 0
        visible = _merged(
            [replace(part, hidden=hidden) for part, hidden in zip(parts, ranges, strict=True)]
        )
        return visible, everything[0] - visible[0]
    except TsmError as error:
        if not damages:
            damages.append(error)
        return _sum(rows), 0


def _apart(rows: Sequence[_Row]) -> bool:
    """Whether no block lies over another."""
    by_time = sorted(rows, key=attrgetter("first"))
    pairs = pairwise(by_time)
    return all(row.is_plain for row in rows) and all(a.last < b.first for a, b in pairs)


def _sum(rows: Sequence[_Row]) -> Visible:
    first, last = min(row.first for row in rows), max(row.last for row in rows)
    return sum(row.values for row in rows), first, last


def _merged(parts: Sequence[Part]) -> Visible:
    """The same by reading the times one by one."""
    values, first, last = 0, LATEST, EARLIEST
    for times, _ in merged(parts, times_only):
        values += len(times)
        first, last = min(first, int(times[0])), max(last, int(times[-1]))
    return values, first, last
