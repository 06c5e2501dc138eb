"""The lines of points."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from influx_pipelines.influx.lineprotocol import KEY_ESCAPES
from influx_pipelines.influx.writing.pieces import Piece, concatenate, field, folded
from influx_pipelines.influx.writing.points import Points


def lines_of(points: Points, head: str, now: int) -> bytes:
    """The lines of points.

    Args:
        points: what they say.
        head: the measurement, escaped.
        now: the time of points that have none.
    """
    if not len(points):
        return b""
    tags = [_tag(points, place, head) for place in range(len(points.tags))]
    opening = " " if tags else f"{head} "
    time = [] if points.times is None else [Piece(pa.array(points.times), " ", "\n")]
    # One field that every point has goes first, so that the others bring their comma along.
    fields = sorted(points.fields, key=lambda pair: pair[1].null_count > 0)
    parts: list[Any]
    if fields[0][1].null_count:
        whole = [field(values, f"{column.key}=").render() for column, values in fields]
        parts = [*folded(tags), opening, concatenate(whole, ","), *folded(time)]
    else:
        (first, values), *others = fields
        pieces = [field(values, f"{opening}{first.key}=")]
        pieces += [field(values, f",{column.key}=") for column, values in others]
        parts = folded([*tags, *pieces, *time])
    if not time:
        parts.append(f" {now}\n")
    return bytes(concatenate(parts).buffers()[2].to_pybytes())


def _tag(points: Points, place: int, head: str) -> Piece:
    """A tag; the measurement goes with the first one, also where that is left out."""
    tag, values = points.tags[place]
    opening, missing = (head, head) if place == 0 else ("", None)
    missing = missing if values.null_count else None
    return Piece(values, f"{opening},{tag.key}=", "", missing, KEY_ESCAPES)
