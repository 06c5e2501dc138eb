"""A number for each point of a long table, that sorts by series and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.reading.datatypes import TIME

Integers = npt.NDArray[np.int64]
MOST = 2**62


@dataclass(frozen=True)
class PointKeys:
    """`keys` are series * span + time, where `times` counts from `first` or among `distinct`."""

    keys: Integers
    span: int
    first: int
    distinct: Integers | None
    examples: Integers

    @classmethod
    def of(cls, times: pa.ChunkedArray, tags: Sequence[pa.ChunkedArray]) -> PointKeys:
        """The keys of all rows."""
        series, examples = _series(len(times), tags)
        moments = times.cast(pa.int64()).to_numpy()
        first = int(moments.min())
        span = int(moments.max()) - first + 1
        if span * len(examples) < MOST:
            return cls(series * span + (moments - first), span, first, None, examples)
        distinct, place = np.unique(moments, return_inverse=True)
        return cls(series * len(distinct) + place, len(distinct), 0, distinct, examples)

    def decode(self, keys: Integers) -> tuple[pa.Array, Integers]:
        """The times of keys, and for each a row of the same series."""
        series, place = np.divmod(keys, self.span)
        moments = place + self.first if self.distinct is None else self.distinct[place]
        return pa.array(moments).cast(TIME), self.examples[series]


def ranks(column: pa.ChunkedArray) -> tuple[Integers, pa.Array]:
    """Numbers in the order of the texts, and the texts; null is 0, the first text is 1."""
    coded = column.combine_chunks()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.zeros(len(order) + 1, np.int64)  # a null's code, -1, is the last place
    rank[order] = np.arange(1, len(order) + 1)
    return rank[coded.indices.fill_null(-1).to_numpy()], coded.dictionary.take(pa.array(order))


def _series(length: int, tags: Sequence[pa.ChunkedArray]) -> tuple[Integers, Integers]:
    """The number of each row's series in the order of the tags, and for each series a row of it.

    The rows of a series follow each other: all is done for runs, of which there are few.
    """
    codes = [ranks(tag) for tag in tags]
    begins = np.zeros(length, np.bool_)
    begins[0] = True
    for code, _ in codes:
        begins[1:] |= code[1:] != code[:-1]
    starts = np.flatnonzero(begins)
    series = np.zeros(len(starts), np.int64)
    for code, texts in codes:
        # Made dense at each step: the product over many tags would not fit into 64 bits.
        series = series * (len(texts) + 1) + code[starts]
        series = np.unique(series, return_inverse=True)[1]
    examples = starts[np.unique(series, return_index=True)[1]]
    return np.repeat(series, np.diff(starts, append=length)), examples
