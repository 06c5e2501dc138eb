"""What is remembered of rows that pass by on their way to the server: little, of any number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


class Seen:
    """The columns, the first rows, and rows picked at random for a plot.

    At random, since every n-th row would be of the same few series where they take turns.
    """

    first_rows = 10
    picked_rows = 2_000

    def __init__(self) -> None:
        import numpy as np

        self.schema: pa.Schema | None = None
        self.first: list[Row] = []
        self._picked: list[tuple[float, Row]] = []
        self._highest = 1.0
        self._dice = np.random.default_rng(0)

    def watch(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches as they come."""
        for batch in batches:
            self.schema = self.schema or batch.schema
            if len(self.first) < self.first_rows:
                self.first += _rows(batch.slice(0, self.first_rows - len(self.first)))
            self._pick(batch)
            yield batch

    @property
    def picked(self) -> list[Row]:
        """At most `picked_rows` rows; each had the same chance."""
        return [row for _, row in self._picked]

    def _pick(self, batch: pa.RecordBatch) -> None:
        """Every row throws a number; the rows of the lowest ones are kept."""
        thrown = self._dice.random(len(batch))
        places = (thrown < self._highest).nonzero()[0]
        places = places[thrown[places].argsort()[: self.picked_rows]]
        found = zip(thrown[places], _rows(_takeable(batch).take(places)), strict=True)
        self._picked = sorted([*self._picked, *found], key=itemgetter(0))[: self.picked_rows]
        if len(self._picked) == self.picked_rows:
            self._highest = self._picked[-1][0]


def _takeable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Arrow takes no rows of a view of strings, as polars has them."""
    import pyarrow as pa

    for place, column in enumerate(batch.schema):
        if pa.types.is_string_view(column.type):
            batch = batch.set_column(place, column.name, batch.column(place).cast(pa.string()))
    return batch


def _rows(batch: pa.RecordBatch) -> list[Row]:
    import pyarrow as pa

    from influx_pipelines.influx.reading.rows import to_rows

    return to_rows(pa.Table.from_batches([batch]))
