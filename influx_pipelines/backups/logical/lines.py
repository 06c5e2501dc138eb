"""Batches of a query's answer as line protocol, a line for each value; nothing is rounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.backups.logical import names
from influx_pipelines.backups.logical.contents import Type
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.tally import Tally, hash_of
from influx_pipelines.influx.writing import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

SYSTEM = ("_start", "_stop", "_time", "_value", "_field", "_measurement")
# A tag of such a name comes as a second column of the name, without its values (seen on 2.9.1).
WITHOUT_VALUES = ("_start_2", "_stop_2")
TYPES: dict[Any, Type] = {
    pa.float64(): "float",
    pa.int64(): "integer",
    pa.uint64(): "unsigned",
    pa.bool_(): "boolean",
    pa.string(): "string",
}


@dataclass
class Lines:
    """Turns batches into lines, and counts them.

    Attributes:
        series: all series of the bucket that went through.
        lost: values that line protocol cannot hold, by measurement.
        blurred: measurements with a tag whose values the server does not give.
    """

    series: Distinct = field(default_factory=Distinct)
    tally: Tally = field(default_factory=Tally)
    lost: Counter[str] = field(default_factory=Counter)
    blurred: set[str] = field(default_factory=set)

    def of(self, batch: pa.RecordBatch, *, are_encoded: bool = False) -> bytes:
        """The lines of a batch with the columns of a read.

        Args:
            batch: what was read.
            are_encoded: whether its values are texts that `script.encoded` made.
        """
        values = batch["_value"]
        kind = TYPES[values.type]
        if kind == "string":
            values = values.fill_null("")  # an empty cell; a point has a value
            values = _decoded(values) if are_encoded else values
        elif kind == "float" and not pc.all(pc.is_finite(values)).as_py():
            return self.of(self._finite(batch))
        keys = self._keys(batch)
        starts = _starts(keys, len(batch))
        counts = np.diff(starts, append=len(batch))
        prefixes = self._prefixes(keys, starts, counts, kind)
        times = batch["_time"].cast(pa.int64())
        run = pa.array(np.repeat(np.arange(len(starts)), counts))
        rows = pa.array(prefixes, pa.string()).take(run)
        if rows.null_count:
            mask = pc.is_valid(rows)
            rows, values, times = (column.filter(mask) for column in (rows, values, times))
        if not len(rows):
            return b""
        self.tally.cover(pc.min(times).as_py(), pc.max(times).as_py())
        parts = [rows, pieces.field(values, "").render(), pieces.Piece(times, " ", "\n").render()]
        return bytes(pieces.concatenate(parts).buffers()[2].to_pybytes())

    def count(self, batch: pa.RecordBatch) -> None:
        """Count only: a row of the batch says how many values a series and field have."""
        counts = batch["_value"].to_numpy()
        self._prefixes(self._keys(batch), np.arange(len(batch)), counts, "integer")

    def _finite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows with numbers; no server takes others in line protocol."""
        mask = pc.is_finite(batch["_value"]).fill_null(False)
        for measurement in batch["_measurement"].filter(pc.invert(mask)).to_pylist():
            self.lost[measurement] += 1
        return batch.filter(mask)

    def _keys(self, batch: pa.RecordBatch) -> dict[str, pa.DictionaryArray]:
        """Measurement, field, then the tags in the order of line protocol."""
        tags = sorted(set(batch.schema.names).difference(SYSTEM), key=str.encode)
        for name in WITHOUT_VALUES:
            if name in tags and batch[name].null_count == len(batch):
                tags.remove(name)
                self.blurred.update(batch["_measurement"].unique().to_pylist())
        columns = ("_measurement", "_field", *tags)
        return {name: batch[name].dictionary_encode() for name in columns}

    def _prefixes(
        self,
        keys: dict[str, pa.DictionaryArray],
        starts: NDArray[np.int64],
        counts: NDArray[np.int64],
        kind: Type,
    ) -> list[str | None]:
        """The text before the value for each run of rows of one series and field."""
        columns = [
            column.dictionary.take(column.indices.take(pa.array(starts))).to_pylist()
            for column in keys.values()
        ]
        tags = [f",{names.tag(name)}=" if names.tag(name) else None for name in list(keys)[2:]]
        found: list[str | None] = []
        for count, measurement, name, *texts in zip(counts.tolist(), *columns, strict=True):
            head, end = _head(measurement, tags, texts), names.field(name)
            if head is None or end is None:
                self.lost[measurement] += count
                found.append(None)
                continue
            key = f"{head} {end}"
            self.series.add(hash_of(head.encode()))
            self.tally.add(key.encode(), (measurement, name, kind), count)
            found.append(f"{key}=")
        return found


def _decoded(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring(texts, "%0D", "\r")
    return pc.replace_substring(texts, "%25", "%")


def _head(measurement: str, tags: list[str | None], texts: list[str | None]) -> str | None:
    """A series; None when line protocol cannot write it."""
    parts = [names.measurement(measurement)]
    for tag, text in zip(tags, texts, strict=True):
        if text is not None:  # a point without that tag
            parts += [tag, names.tag(text)]
    whole = [part for part in parts if part is not None]
    return "".join(whole) if len(whole) == len(parts) else None


def _starts(keys: dict[str, pa.DictionaryArray], rows: int) -> NDArray[np.int64]:
    """Where another series or field begins."""
    begins = np.zeros(rows, np.bool_)
    begins[:1] = True
    for column in keys.values():
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        begins[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(begins)
