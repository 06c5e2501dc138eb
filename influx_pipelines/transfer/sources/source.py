"""What an export asks of the place where its points come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from influx_pipelines.transfer.manifest import Schema
from influx_pipelines.transfer.windows import Window

if TYPE_CHECKING:
    import pyarrow as pa

Piece = tuple[Window, list[tuple[Schema, "pa.Table"]]]


class Source(Protocol):
    """Something to export, window by window; `left_out` are fields that it cannot give."""

    left_out: set[str]

    def first_point(self, start: datetime, stop: datetime) -> datetime | None:
        """A time before which there is no point, or None when there is none at all."""
        ...

    def pieces(self, window: Window) -> Iterator[Piece]:
        """The points of a window as wide tables, one a measurement, in one or more pieces."""
        ...

    def count(self, window: Window) -> int | None:
        """How many values the server finds in the window; None when that cannot be asked."""
        ...


def bounds(window: Window) -> dict[str, Any]:
    """The parameters of a script for a window."""
    return {"start": window.start, "stop": window.stop}
