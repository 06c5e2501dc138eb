"""The points of a bucket as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from influx_pipelines.flux.literals import quote
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.retry import retrying
from influx_pipelines.transfer.sources.source import Piece, bounds
from influx_pipelines.transfer.windows import SHORTEST, Window

if TYPE_CHECKING:
    import pyarrow as pa

# Bytes of a window's points in memory, as Arrow; a window with more is read in halves.
LARGEST = 32 << 20

FIRST = """
    |> first()
    |> keep(columns: ["_time"])
    |> sort(columns: ["_time"])
    |> limit(n: 1)
"""
COUNT = """
    |> count()
    |> keep(columns: ["_value"])
    |> sum()
"""


class BucketSource:
    """The points of a bucket, or of some of its measurements.

    Args:
        client: of the server to read from.
        bucket: its name.
        measurements: only these; none is all.
        largest: bytes of a piece in memory.
    """

    step = SHORTEST  # pieces meet at multiples of it
    knows_nulls = False  # a point has values, of which a text may be empty

    def __init__(
        self,
        client: Influx,
        bucket: str,
        measurements: Sequence[str] = (),
        *,
        largest: int = LARGEST,
    ) -> None:
        self.client, self.largest = client, largest
        self.left_out: set[str] = set()
        # Literals and no parameters in a filter: only those are pushed down into storage.
        names = " or ".join(f"r._measurement == {quote(name)}" for name in measurements)
        self.points = (
            f"from(bucket: {quote(bucket)})\n"
            "    |> range(start: params.start, stop: params.stop)\n"
            + (f"    |> filter(fn: (r) => {names})\n" if names else "")
        )

    def script(self, window: Window) -> str | None:
        """The Flux for a window; None where it has nothing to give."""
        return self.points

    def first_point(self, start: datetime, stop: datetime) -> datetime | None:
        """The time of the first point, cut to microseconds."""
        rows = self.client.query(self.points + FIRST, bounds(Window(start, stop))).rows()
        return min((row["_time"] for row in rows), default=None)

    def count(self, window: Window) -> int:
        """The number of values, counted by the server."""
        script = self.script(window)
        if script is None:
            return 0
        rows = self.client.query(script + COUNT, bounds(window)).rows()
        return sum(int(row["_value"]) for row in rows)

    def pieces(self, window: Window) -> Iterator[Piece]:
        """The window, or its halves where it has too many points for the memory."""
        from influx_pipelines.transfer.wide import widened

        halves = window.halves(self.step)
        found = retrying(
            lambda: self._read(window, can_be_halved=halves is not None), self.client.retry_seconds
        )
        if found is None:
            for half in halves or ():
                yield from self.pieces(half)
        elif found:
            yield window, [widened(name, tables) for name, tables in sorted(found.items())]

    def _read(self, window: Window, *, can_be_halved: bool) -> dict[str, list[pa.Table]] | None:
        """Measurement → points in long form; None when they are too many."""
        import pyarrow as pa

        from influx_pipelines.transfer.wide import by_measurement, encoded, with_empty_texts

        found: dict[str, list[pa.Table]] = {}
        script = self.script(window)
        if script is None:
            return found
        size = 0
        script += '    |> drop(columns: ["_start", "_stop"])\n'
        for batch in self.client.stream(script, bounds(window)):
            table = encoded(pa.Table.from_batches([batch]))
            table = table if self.knows_nulls else with_empty_texts(table)
            size += table.nbytes
            if size > self.largest and can_be_halved:
                return None
            for name, part in by_measurement(table):
                found.setdefault(name, []).append(part)
        return found
