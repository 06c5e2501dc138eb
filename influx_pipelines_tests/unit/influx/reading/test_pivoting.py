"""The pivot against one made of dicts."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.reading.datatypes import CATEGORY, TIME
from influx_pipelines.influx.reading.pivoting import pivoted

KINDS = {"a": pa.float64(), "b": pa.int64(), "note": pa.string(), "x": pa.float64()}
Points = dict[tuple[str, str, str, int], Any]  # field, host, zone, time → value

TAG = st.sampled_from(["", "m", "n", "z"])  # an empty one is none
TIMES = st.sampled_from([-(2**63) + 2, -1, 0, 1, 2, 2**63 - 1]) | st.integers(0, 4)


def value(kind: pa.DataType) -> st.SearchStrategy[Any]:
    return {pa.float64(): st.floats(-9, 9), pa.int64(): st.integers(0, 9), pa.string(): TAG}[kind]


@st.composite
def points(draw: st.DrawFn) -> Points:
    keys = draw(st.lists(st.tuples(st.sampled_from([*KINDS]), TAG, TAG, TIMES), unique=True))
    return {key: draw(value(KINDS[key[0]])) for key in keys}


def long(found: Points) -> list[pa.Table]:
    """A table for each type and set of tags, series by series, as a server sends them."""
    groups: dict[Any, list[Any]] = {}
    for (field, host, zone, time), cell in sorted(found.items()):
        form = (str(KINDS[field]), bool(host), bool(zone))
        groups.setdefault(form, []).append((field, host, zone, time, cell))
    tables = []
    for (kind, with_host, with_zone), rows in groups.items():
        field, host, zone, time, cell = zip(*rows, strict=True)
        columns = {
            "_time": pa.array(time, pa.int64()).cast(TIME),
            "_value": pa.array(cell, next(k for k in KINDS.values() if str(k) == kind)),
            "_field": pa.array(field).dictionary_encode().cast(CATEGORY),
        }
        columns |= {"host": pa.array(host).dictionary_encode()} if with_host else {}
        columns |= {"zone": pa.array(zone).dictionary_encode()} if with_zone else {}
        tables.append(pa.table(columns))
    return tables


@settings(max_examples=200, deadline=None)
@given(found=points())
def test_the_pivot_is_that_of_a_dict(found: Points) -> None:
    rows: dict[tuple[str, str, int], dict[str, Any]] = {}
    for (field, host, zone, time), cell in found.items():
        rows.setdefault((host, zone, time), {})[field] = cell
    table = pivoted(long(found))
    names = table.column_names
    fields = sorted({key[0] for key in found})
    tags = [tag for place, tag in enumerate(("host", "zone"), 1) if any(k[place] for k in found)]
    assert names == ["_time", *tags, *fields]
    cells = {name: table.column(name).to_pylist() for name in names[1:]}
    times = table.column("_time").cast(pa.int64()).to_pylist()
    for place, key in enumerate(sorted(rows)):
        host, zone, time = key
        assert times[place] == time
        assert [cells[tag][place] for tag in tags] == [
            {"host": host, "zone": zone}[tag] or None for tag in tags
        ]
        assert [cells[field][place] for field in fields] == [rows[key].get(f) for f in fields]
    assert len(table) == len(rows)


def test_a_field_of_two_types_is_an_error() -> None:
    one = long({("a", "m", "", 0): 1.0})
    other = pa.table(
        {name: one[0].column(name) for name in ("_time", "_field", "host")}
        | {"_value": pa.array([1])}
    )
    with pytest.raises(ValueError, match="'a' is double in some series and int64 in others"):
        pivoted([*one, other])


def test_a_field_beside_a_tag_of_its_name() -> None:
    table = long({("a", "m", "", 0): 1.0})[0].rename_columns(["_time", "_value", "_field", "a"])
    assert pivoted([table]).column_names == ["_time", "a", "a_field"]
