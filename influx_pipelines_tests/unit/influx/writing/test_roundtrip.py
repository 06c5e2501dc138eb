"""Any table: what an independent reader finds in its lines is what the table holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.influx.lineprotocol import MAX_TIME, MIN_TIME
from influx_pipelines_tests.written import body_of, points_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0\t#"), min_size=1
)
TAGS = NAMES.filter(lambda text: not text.endswith("\\"))
RESERVED = "time _time _value _start _stop _field _measurement result table error".split()
TYPES: list[tuple[str, pa.DataType, st.SearchStrategy[Any]]] = [
    ("float", pa.float64(), st.floats()),
    ("float", pa.float32(), st.floats(width=32)),
    ("int", pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    ("int", pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    ("uint", pa.uint64(), st.integers(0, 2**64 - 1)),
    ("bool", pa.bool_(), st.booleans()),
    ("string", pa.string(), TEXT),
    ("string", pa.large_string(), TEXT),
    ("string", pa.dictionary(pa.int8(), pa.string()), TEXT),
]


@st.composite
def tables(draw: st.DrawFn) -> tuple[pa.Table, list[str]]:
    rows = draw(st.integers(1, 8))
    names = draw(
        st.lists(
            TAGS.filter(lambda name: name not in RESERVED and '\\"' not in name),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    tags = names[: draw(st.integers(0, len(names) - 1))]
    columns: dict[str, pa.Array] = {}
    for name in names:
        _, kind, values = draw(st.sampled_from(TYPES))
        if name in tags:
            kind = draw(st.sampled_from([pa.string(), pa.dictionary(pa.int32(), pa.string())]))
            values = TAGS | st.just("")
        cells = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        columns[name] = pa.array(cells, kind)
    times = draw(st.lists(st.integers(MIN_TIME, MAX_TIME), min_size=rows, max_size=rows))
    return pa.table({**columns, "time": pa.array(times, pa.timestamp("ns"))}), tags


def expected_fields(table: pa.Table, row: int, names: list[str]) -> dict[str, tuple[str, Any]]:
    kinds = {kind: flux for flux, kind, _ in TYPES}
    found = {}
    for name in names:
        value, kind = table[name][row].as_py(), table.schema.field(name).type
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            continue
        if pa.types.is_float32(kind):  # the shortest text that is this number as a float32
            value = float(str(np.float32(value)))
        found[name] = (kinds[kind], value)
    return found


@given(tables(), st.integers(1, 4))
def test_every_cell_comes_back(given: tuple[pa.Table, list[str]], chunk: int) -> None:
    table, tags = given
    fields = [name for name in table.column_names if name not in (*tags, "time")]
    found = iter(points_of(body_of(table, "m x", tags=tags, rows=chunk)))
    for row in range(len(table)):
        wanted = expected_fields(table, row, fields)
        if not wanted:
            continue
        point = next(found)
        assert point.fields == wanted
        cells = {name: table[name][row].as_py() for name in tags}
        assert point.tags == {name: value for name, value in cells.items() if value}
        assert point.time == table["time"].cast(pa.int64())[row].as_py()
    assert next(found, None) is None
