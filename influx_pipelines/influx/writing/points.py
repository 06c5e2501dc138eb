"""A record batch as the parts of its points: judged, cast, nulls for what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.writing.fields import field_values
from influx_pipelines.influx.writing.layout import Column, Columns
from influx_pipelines.influx.writing.tags import tag_values
from influx_pipelines.influx.writing.texts import plain
from influx_pipelines.influx.writing.times import Stamps, stamps

if TYPE_CHECKING:
    from influx_pipelines.influx.writing.chunk import Rows


@dataclass
class Points:
    """Points of a batch; a null tag or field is left out of its line.

    Attributes:
        rows: number of each point's row in the whole table.
        tags: text by column, empty values as nulls.
        fields: numbers, booleans and texts by column; only finite numbers; none is all null.
        times: integers in the precision; None means now.
        skipped: rows without any field, which are no points.
    """

    rows: Rows
    tags: list[tuple[Column, pa.Array]]
    fields: list[tuple[Column, pa.Array]]
    times: Stamps | None
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.rows)


def points_of(batch: pa.RecordBatch, columns: Columns, precision: str, first_row: int) -> Points:
    """The points of a batch.

    Raises:
        UnwritableError: InfluxDB cannot hold a value, or would give it back broken; the message
            names row, column and reason.
    """
    times = None
    if columns.time is not None:
        times = stamps(batch[columns.time], precision, columns.time, first_row)
    tags = [(tag, tag_values(plain(batch[tag.name]), tag, first_row)) for tag in columns.tags]
    fields = [(x, field_values(plain(batch[x.name]), x, first_row)) for x in columns.fields]
    points = Points(
        range(first_row, first_row + len(batch)),
        [(tag, values) for tag, values in tags if values.null_count < len(values)],
        [(x, values) for x, values in fields if values.null_count < len(values)],
        times,
    )
    return _without_empty_rows(points, first_row)


def _without_empty_rows(points: Points, first_row: int) -> Points:
    gapped = [values for _, values in points.fields if values.null_count]
    if len(gapped) < len(points.fields):
        return points
    kept = np.zeros(len(points), bool)
    for values in gapped:
        kept |= pc.is_valid(values).to_numpy(zero_copy_only=False)
    if kept.all():
        return points
    mask = pa.array(kept)
    return Points(
        np.flatnonzero(kept) + first_row,
        [(tag, values.filter(mask)) for tag, values in points.tags],
        [(x, values.filter(mask)) for x, values in points.fields],
        None if points.times is None else points.times[kept],
        int(len(kept) - kept.sum()),
    )
