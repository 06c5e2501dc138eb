"""Rows as dicts, in Arrow record batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from influx_pipelines.influx import objects
from influx_pipelines.influx.lineprotocol import UnwritableError

Types = dict[str, pa.DataType]
Part = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Rows:
    """How rows as dicts become batches of so many rows; see `tables.record_batches`."""

    rows: int
    declared: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False

    def batches(self, items: Iterable[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
        """The rows as record batches; those of a sequence have one schema."""
        types: Types = dict.fromkeys(self.declared, pa.null()) if self.complete else {}
        whole = isinstance(items, Sequence)
        for start, part in self._parts(items if whole else ()):
            types = _grown(types, part, start)
        for start, part in self._parts(items):
            if not whole:
                types = self._settled(types, _grown(types, part, start), start)
            columns = [
                objects.column([row.get(name) for row in part], self._kind(name, kind), name, start)
                for name, kind in types.items()
            ]
            yield pa.RecordBatch.from_arrays(columns, [str(name) for name in types])

    def _kind(self, name: str, found: pa.DataType) -> pa.DataType:
        """The type of a column; integers are signed unless they are declared otherwise."""
        unsigned = pa.types.is_int64(found) and self.declared.get(name) == "unsigned"
        return pa.uint64() if unsigned else found

    def _parts(self, items: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, Part]]:
        """The number of the first row, and the rows."""
        iterator, start = iter(items), 0
        while part := list(islice(iterator, self.rows)):
            if not all(issubclass(kind, Mapping) for kind in set(map(type, part))):
                raise TypeError("rows as dicts and something else in one table: give one kind")
            yield start, part
            start += len(part)

    def _settled(self, types: Types, grown: Types, start: int) -> Types:
        """The grown types; what was sent as an integer cannot become a float."""
        for name, kind in types.items():
            turned = pa.types.is_int64(kind) and pa.types.is_float64(grown[name])
            if turned and name not in self.declared:
                raise UnwritableError(
                    f"column {name!r} held integers before row {start} and holds floats from "
                    f"there on: declare its type, fields={{{name!r}: float}}"
                )
        return grown


def _grown(types: Types, part: Part, start: int) -> Types:
    """The types of all columns, those of more rows counted in."""
    grown = {}
    for name in dict.fromkeys([*types, *chain.from_iterable(part)]):
        values = [row.get(name) for row in part]
        grown[name] = objects.grown_type(types.get(name, pa.null()), values, name, start)
        if pa.types.is_timestamp(grown[name]):
            objects.check_aware(values, name, start)
    return grown
