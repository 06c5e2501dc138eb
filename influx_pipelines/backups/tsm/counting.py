"""How many values a shard holds, by measurement and field, mostly without decoding them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import groupby, pairwise, repeat
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from influx_pipelines.backups.tsm.blocks import look_at
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.exact import Visible, counted
from influx_pipelines.backups.tsm.index import MOST_DAMAGES, SEPARATOR, TYPES, Batch, TsmFile
from influx_pipelines.backups.tsm.merging import Part
from influx_pipelines.backups.tsm.summary import (
    FieldKey,
    FieldSummary,
    KeyCount,
    ShardSummary,
)
from influx_pipelines.backups.tsm.tombstone import Range, Tombstones

Count = tuple[bytes, int, int, int, int, int]  # key, kind, values, hidden, first, last


class _Row(NamedTuple):
    """What a file has of a key, and the batch that it stands in."""

    key: bytes
    number: int  # of the file
    kind: int
    values: int
    first: int
    last: int
    is_plain: bool  # no block lies over another
    place: int  # in the batch
    batch: Batch
    counts: NDArray[np.int64]  # of its blocks


def verify(
    files: Sequence[TsmFile], tombstones: Sequence[Tombstones]
) -> tuple[list[TsmError], ShardSummary]:
    """What is wrong with the files of a shard, and what they hold; see `Shard.verify`."""
    damages: list[TsmError] = []
    fields: dict[tuple[bytes, bytes, int], FieldSummary] = defaultdict(FieldSummary)
    known, measurement, digest = b"", b"", 0
    for key, kind, values, hidden, first, last in _counts(files, tombstones, damages):
        series, _, name = key.partition(SEPARATOR)
        if series != known:  # its fields follow each other
            known, measurement, digest = series, measurement_of(series), hash(series)
        found = fields[measurement, name, kind]
        found.hidden += hidden
        if values:
            found.values += values
            found.digests.append(digest)
            if first < found.first_ns:
                found.first_ns = first
            if last > found.last_ns:
                found.last_ns = last
    summary = ShardSummary()
    for (measurement, name, kind), found in fields.items():
        field = FieldKey(_text(_unescaped(measurement)), _text(name), TYPES[kind])
        summary.by_field.setdefault(field, FieldSummary()).add(found)
    return damages, summary


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
    for key, kind, values, hidden, first, last in _counts(files, tombstones, damages):
        series, _, name = key.partition(SEPARATOR)
        yield KeyCount(series, name, TYPES[kind], values, hidden, first, last)


def _counts(
    files: Sequence[TsmFile], tombstones: Sequence[Tombstones], damages: list[TsmError]
) -> Iterator[Count]:
    streams = [_batches(file, damages) for file in files]
    if len(files) == 1 and not tombstones[0]:
        for batch, values in streams[0]:
            if batch.overlaps.any():
                yield from _merged_counts(files, tombstones, [iter([(batch, values)])], damages)
            else:
                columns = _columns(batch, values)
                yield from zip(*columns[:3], repeat(0), *columns[3:], strict=False)
    else:
        yield from _merged_counts(files, tombstones, streams, damages)


def _batches(file: TsmFile, damages: list[TsmError]) -> Iterator[tuple[Batch, NDArray[np.int64]]]:
    """The batches of a file, and how many values each block has."""
    try:
        for batch in file.batches():
            facts = look_at(file, batch, most=max(0, MOST_DAMAGES - len(damages)))
            damages += facts.damages
            yield batch, facts.values
    except TsmError as error:
        damages.append(error)


def _columns(batch: Batch, values: NDArray[np.int64]) -> list[list[Any]]:
    """Of each key in a batch: the key, kind, values, first, last."""
    starts, entries = batch.starts, batch.entries
    return [
        batch.keys,
        batch.types.tolist(),
        np.add.reduceat(values, starts).tolist(),
        entries["first"][starts].tolist(),
        np.maximum.reduceat(entries["last"], starts).tolist(),
    ]


def _rows(number: int, batches: Iterable[tuple[Batch, NDArray[np.int64]]]) -> Iterator[_Row]:
    """What a file has of each key."""
    for batch, values in batches:
        plain = ~np.logical_or.reduceat(batch.overlaps, batch.starts)
        columns = zip(*_columns(batch, values), plain.tolist(), strict=True)
        for place, (key, kind, total, first, last, is_plain) in enumerate(columns):
            yield _Row(key, number, kind, total, first, last, is_plain, place, batch, values)


def _merged_counts(
    files: Sequence[TsmFile],
    tombstones: Sequence[Tombstones],
    streams: Iterable[Iterable[tuple[Batch, NDArray[np.int64]]]],
    damages: list[TsmError],
) -> Iterator[Count]:
    """The counts of keys that may stand in several files, or be hidden."""
    rows_of_files = [_rows(number, batches) for number, batches in enumerate(streams)]
    for key, group in groupby(merge(*rows_of_files, key=_PLACE), key=_KEY):
        rows = list(group)
        row = rows[0]
        ranges = [
            [span for span in tombstones[row.number].of(key) if _meet(span, row)] for row in rows
        ]
        everything = Visible(row.values, row.first, row.last)
        if len(rows) == 1 and row.is_plain and not ranges[0]:
            visible = everything
        else:
            everything, visible = _counted(files, rows, ranges, damages)
        yield key, row.kind, visible.values, everything.values - visible.values, *visible[1:]


_KEY, _PLACE = attrgetter("key"), attrgetter("key", "number")


def _counted(
    files: Sequence[TsmFile],
    rows: Sequence[_Row],
    ranges: Sequence[Sequence[Range]],
    damages: list[TsmError],
) -> tuple[Visible, Visible]:
    """The values of a key in several files, without and with the tombstones."""
    total = sum((Visible(row.values, row.first, row.last) for row in rows), Visible())
    if len({row.kind for row in rows}) > 1:
        if len(damages) < MOST_DAMAGES:
            what = f"{rows[0].key[:80]!r} has another type in another file."
            damages.append(TsmError(files[rows[-1].number].name, what))
        return total, total
    if _apart(rows) and not any(ranges):
        return total, total
    spans = [slice(row.batch.starts[row.place], row.batch.stops[row.place]) for row in rows]
    values = [row.counts[span] for row, span in zip(rows, spans, strict=True)]
    parts = [
        Part(files[row.number], row.key, row.kind, row.batch.entries[span], hidden)
        for row, span, hidden in zip(rows, spans, ranges, strict=True)
    ]
    try:
        everything = total
        if not _apart(rows):
            everything = counted([replace(part, hidden=()) for part in parts], values)
        return everything, counted(parts, values) if any(ranges) else everything
    except TsmError as error:
        if not damages:
            damages.append(error)
        return total, total


def _meet(span: Range, row: _Row) -> bool:
    return span[0] <= row.last and span[1] >= row.first


def _apart(rows: Sequence[_Row]) -> bool:
    """Whether no block lies over another."""
    by_time = sorted(rows, key=attrgetter("first"))
    return all(row.is_plain for row in rows) and all(
        one.last < two.first for one, two in pairwise(by_time)
    )
