"""Arrow tables and batches: all layouts of text, dictionaries, slices, uneven chunks, iterators."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, pairwise
from typing import Any, NamedTuple

import pyarrow as pa
from hypothesis import strategies as st

from influx_pipelines_tests.hostile.carrier import Carrier, Column, Dtype


def _array(kind: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    return lambda values: pa.array(values, kind)


def _dictionary(index: pa.DataType, of: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    """Entries that are null, there twice, or of no row, are legal."""

    def build(values: list[Any]) -> pa.Array:
        entries = [*dict.fromkeys(value for value in values if value is not None)]
        every = [*entries, "never used" if of != pa.int64() else -1, *entries[:1], None]
        codes = [None if value is None else entries.index(value) for value in values]
        for row in range(1, len(codes), 2):  # the other entry for the same
            codes[row] = {None: len(every) - 1, 0: len(every) - 2}.get(codes[row], codes[row])
        return pa.DictionaryArray.from_arrays(pa.array(codes, index), pa.array(every, of))

    return build


def _typed(family: str, kind: pa.DataType) -> Dtype:
    return Dtype(str(kind), family, _array(kind))


def _coded(family: str, index: pa.DataType, of: pa.DataType) -> Dtype:
    return Dtype(f"dictionary of {of} by {index}", family, _dictionary(index, of))


def _pieces(array: pa.Array, borders: list[int], offset: bool) -> pa.ChunkedArray:
    """The array in chunks; with an offset each is a slice of something longer."""
    edges = [0, *sorted(min(border, len(array)) for border in borders), len(array)]
    parts = [array.slice(a, b - a) for a, b in pairwise(edges)]
    if not offset:
        parts = [pa.concat_arrays([part]) for part in parts]
    return pa.chunked_array(parts, array.type)


KINDS: dict[str, Callable[[pa.Table], Any]] = {
    "table": lambda table: table,
    "slice": lambda table: pa.concat_tables([table, table]).slice(len(table)),
    "batch": lambda table: table.combine_chunks().to_batches()[0] if len(table) else table,
    "reader": lambda table: table.to_reader(),
    "batches": lambda table: iter(table.to_batches(max_chunksize=2)),
    "tables": lambda table: (table.slice(n, 1) for n in range(len(table))),
}


class Shape(NamedTuple):
    """Borders of the chunks, those of the columns in turn; slices of something longer; a kind."""

    borders: list[list[int]]
    offset: bool = False
    kind: str = "table"


def _table(columns: list[Column], shape: Shape) -> Any:
    arrays = [
        _pieces(column.dtype.build(column.values), borders, shape.offset)
        for column, borders in zip(columns, cycle(shape.borders), strict=False)
    ]
    return KINDS[shape.kind](pa.table(arrays, names=[column.name for column in columns]))


_TEXTS = [pa.string(), pa.large_string(), pa.string_view()]
_NUMBERS = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
DTYPES = [
    *(_typed(family, getattr(pa, family)()) for family in _NUMBERS),
    *(_typed(f"float{bits}", getattr(pa, f"float{bits}")()) for bits in (16, 32, 64)),
    _typed("bool", pa.bool_()),
    _typed("null", pa.null()),
    *(_typed("text", kind) for kind in _TEXTS),
    *(_coded("text", pa.int8(), kind) for kind in _TEXTS[:2]),
    _coded("text", pa.uint32(), pa.string()),
    _coded("int64", pa.int32(), pa.int64()),
]
TIMES = [
    Dtype(str(pa.timestamp(unit, zone)), unit, _array(pa.timestamp(unit, zone)), nulls=False)
    for unit in ("s", "ms", "us", "ns")
    for zone in (None, "UTC", "America/New_York")
] + [Dtype("int64", "integer", _array(pa.int64()), nulls=False)]
SHAPES = st.builds(
    Shape,
    st.lists(st.lists(st.integers(0, 12), max_size=3), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(sorted(KINDS)),
)
CARRIER = Carrier("arrow", DTYPES, TIMES, SHAPES, Shape([[]]), _table)
