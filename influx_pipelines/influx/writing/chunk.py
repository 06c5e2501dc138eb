"""Lines that are sent as one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influx_pipelines.influx.writing.repeats import Trail
    from influx_pipelines.influx.writing.times import Stamps

    Rows = Sequence[int] | Stamps


@dataclass
class Chunk:
    """Whole lines.

    Attributes:
        body: the lines.
        rows: number of each line's row.
        skipped: rows before or among them that had no field to write.
        trail: series and times of the points, where the order of chunks matters.
    """

    body: bytes
    rows: Rows
    skipped: int = 0
    trail: Trail | None = None
