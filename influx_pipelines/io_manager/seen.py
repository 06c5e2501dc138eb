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
            readable = _readable(batch)
            if len(self.first) < self.first_rows:
                self.first += readable.slice(0, self.first_rows - len(self.first)).to_pylist()
            self._pick(readable)
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
        found = zip(thrown[places], batch.take(places).to_pylist(), strict=True)
        self._picked = sorted([*self._picked, *found], key=itemgetter(0))[: self.picked_rows]
        if len(self._picked) == self.picked_rows:
            self._highest = self._picked[-1][0]


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with times that Python has; without views of text, of which Arrow takes no rows."""
    import pyarrow as pa

    for place, column in enumerate(batch.schema):
        if pa.types.is_timestamp(column.type):
            values = batch.column(place).cast(pa.timestamp("us", "UTC"), safe=False)
        elif pa.types.is_string_view(column.type):
            values = batch.column(place).cast(pa.string())
        else:
            continue
        batch = batch.set_column(place, column.name, values)
    return batch
