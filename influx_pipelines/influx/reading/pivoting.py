"""From a row a value to a row a point: the pivot that costs the server more than the transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from influx_pipelines.influx.reading.convert import united
from influx_pipelines.influx.reading.datatypes import TIME
from influx_pipelines.influx.reading.points import PointKeys, ranks
from influx_pipelines.influx.reading.shape import free_name

Integers = npt.NDArray[np.int64]
LONG = ("_time", "_field", "_value")


def pivoted(tables: Sequence[pa.Table]) -> pa.Table:
    """One wide table: `_time`, the tags, the fields; sorted by the tags, then by the time.

    A field that a point has not is null, so is a tag that a series has not. A field
    that is called as a tag, or `_time`, becomes `name_field`.

    Args:
        tables: long ones, with `_time`, `_field`, `_value`, and the tags as dictionaries.

    Raises:
        ValueError: a field has values of two types.
    """
    tables = sorted((table for table in tables if len(table)), key=_type_name)
    if not tables:
        return pa.table({"_time": pa.array([], TIME)})
    long = united([table.drop_columns("_value") for table in tables])
    tags = sorted(set(long.column_names) - {*LONG})
    keys = PointKeys.of(long.column("_time"), [long.column(tag) for tag in tags])
    rows = _rows_of_fields(long.column("_field"))
    points = _union([keys.keys[found] for found in rows.values()])
    times, representative = keys.decode(points)
    columns = {"_time": times}
    for tag in tags:
        columns[tag] = long.column(tag).combine_chunks().take(representative)
    sections = _sections(tables)
    for field, found in rows.items():
        section = _section_of(field, found, sections)
        places = _places(keys.keys[found], points, found - section.start)
        columns[free_name(field, columns)] = section.values.take(places)
    return pa.table(columns)


def _type_name(table: pa.Table) -> str:
    return str(table.schema.field("_value").type)


@dataclass(frozen=True)
class _Section:
    """The values of one type, which are those of rows that follow each other."""

    start: int
    values: pa.Array


def _sections(tables: Sequence[pa.Table]) -> list[_Section]:
    found, start = [], 0
    for _, group in groupby(tables, key=_type_name):
        parts = pa.concat_tables([table.select(["_value"]) for table in group])
        values = parts.column(0).combine_chunks()
        found.append(_Section(start, values))
        start += len(values)
    return found


def _section_of(field: str, rows: Integers, sections: Sequence[_Section]) -> _Section:
    first, last = (
        next(section for section in reversed(sections) if section.start <= row)
        for row in (rows[0], rows[-1])
    )
    if first is not last:
        raise ValueError(
            f"The field {field!r} is {first.values.type} in some series and {last.values.type} in "
            "others, as it was written to different shards. Read a shorter time, choose series "
            "with `tags`, or take the long form with pivot=False."
        )
    return first


def _rows_of_fields(column: pa.ChunkedArray) -> dict[str, Integers]:
    """The rows of each field, in their order."""
    codes, names = ranks(column)
    order = np.argsort(codes.astype(np.uint16 if len(names) < 2**16 else np.int64), kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names) + 1))
    parts = np.split(order, ends[:-1])[1:]
    return {name: part for name, part in zip(names.to_pylist(), parts, strict=True) if len(part)}


def _union(keys: Sequence[Integers]) -> Integers:
    """All keys once, in order; most often the longest list is that already."""
    points = max(keys, key=len)
    if not (points[1:] > points[:-1]).all():
        points = np.unique(points)
    for other in keys:
        if not np.array_equal(points, other):
            near = points[np.searchsorted(points, other).clip(max=len(points) - 1)]
            points = np.union1d(points, other[near != other]) if (near != other).any() else points
    return points


def _places(keys: Integers, points: Integers, rows: Integers) -> pa.Array:
    """For each point the row of its value; null where there is none."""
    if np.array_equal(keys, points):
        return pa.array(rows)
    places = np.full(len(points), -1)
    places[np.searchsorted(points, keys)] = rows
    return pa.array(places, mask=places < 0)
