"""Rows lie in the partition that they are written for: elsewhere nobody would load them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from influx_pipelines.influx.lineprotocol import UNIT, UnwritableError
from influx_pipelines.io_manager.declared import Declared
from influx_pipelines.io_manager.part import Part

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RowOutside(UnwritableError):
    """A row that is not in the partition; the message names the first one."""


def checked(
    batches: Iterable[pa.RecordBatch], declared: Declared, part: Part
) -> Iterator[pa.RecordBatch]:
    """The batches that hold rows, with the key of their partition in its tag.

    Raises:
        UnwritableError: a time is none that InfluxDB holds.
        RowOutside: for the first row outside of the part; the batches before have passed.
    """
    first = 0
    for batch in batches:
        if len(batch):
            _check_times(batch, first, declared, part)
            yield batch if part.keys is None else _with_tag(batch, first, part)
        first += len(batch)


def _check_times(batch: pa.RecordBatch, first: int, declared: Declared, part: Part) -> None:
    from influx_pipelines.influx.writing.times import stamps

    there = declared.time in batch.schema.names
    times = (
        stamps(batch[declared.time], declared.precision, declared.time, first) if there else None
    )
    if part.start is None or part.stop is None:
        return
    if times is None:
        raise RowOutside(f"there is no column {declared.time!r}; the partition is {part}")
    unit = UNIT[declared.precision]
    start, stop = (-(-_nanoseconds(end) // unit) for end in (part.start, part.stop))
    outside = (times < start) | (times >= stop)
    if outside.any():
        row = int(outside.argmax())
        time = EPOCH + timedelta(microseconds=int(times[row]) * unit // 1_000)
        raise RowOutside(
            f"row {first + row} is of {time.isoformat(' ')}, outside of its partition, {part}"
        )


def _nanoseconds(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1) * 1_000


def _with_tag(batch: pa.RecordBatch, first: int, part: Part) -> pa.RecordBatch:
    """The batch with the key of a single partition in rows that have none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys, tag = part.keys or (), part.tag or ""
    place = batch.schema.get_field_index(tag)
    there = place >= 0
    values = batch.column(place).cast(pa.string()) if there else pa.nulls(len(batch), pa.string())
    if values.null_count and len(keys) == 1:
        values = values.fill_null(keys[0])
        batch = batch.set_column(place, tag, values) if there else batch.append_column(tag, values)
    index = pc.index(pc.is_in(values, pa.array(keys, pa.string())), False).as_py()
    if index >= 0:
        value = values[index].as_py()
        raise RowOutside(
            f"row {first + index} has {tag} = {value!r}, outside of its partition, {part}"
        )
    return batch
