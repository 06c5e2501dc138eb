"""Columns that were written broken or refused without need, found by hostile frames."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa

from influx_pipelines.influx.writing.layout import layout_of
from influx_pipelines.influx.writing.serializer import serialize


def lines(table: Any, tags: list[str]) -> list[str]:
    layout = layout_of("m", tags, None, "time", "ns")
    return b"".join(serialize(table, layout)).decode().splitlines()


def test_a_null_entry_of_a_dictionary_is_a_null() -> None:
    """The row counted as one with a value: its line was ` 1`, without measurement or field."""
    codes = pa.array([0, 1] * 8, pa.int8())
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["a", None]))
    table = {"d": column, "time": list(range(16))}
    assert lines(pa.table(table), [])[:2] == ['m d="a" 0', 'm d="a" 2']
    assert lines(pa.table({**table, "f": [1] * 16}), ["d"])[:2] == ["m,d=a f=1i 0", "m f=1i 1"]


def test_polars_categories_are_tags() -> None:
    """Their texts are views, for which Arrow has no `take`: ArrowNotImplementedError."""
    frame = pl.DataFrame({"t": ["a", "b"], "f": [1, 2], "time": [1, 2]})
    for kind in (pl.Categorical, pl.Enum(["a", "b"])):
        found = lines(frame.with_columns(pl.col("t").cast(kind)), ["t"])
        assert found == ["m,t=a f=1i 1", "m,t=b f=2i 2"]


def test_a_category_without_values_is_null() -> None:
    """It was refused as a `dictionary<values=null>`."""
    empty = pd.Categorical([None, None])
    frame = pd.DataFrame({"t": empty, "x": empty, "f": [1, 2], "time": [1, 2]})
    assert lines(frame, ["t"]) == ["m f=1i 1", "m f=2i 2"]


def test_nan_among_objects_is_a_null_of_their_kind() -> None:
    """Booleans with gaps, as a join leaves them, were refused as two kinds in one column."""
    column = pd.Series([True, float("nan")], dtype=object)
    frame = pd.DataFrame({"b": column, "f": [1, 2], "time": [1, 2]})
    assert lines(frame, []) == ["m f=1i,b=true 1", "m f=2i 2"]


def test_a_tag_in_which_nothing_stands_is_left_out() -> None:
    """`read_csv` makes a column of NaN of it, which was refused as a tag of floats."""
    frame = pd.DataFrame({"t": [float("nan")] * 2, "f": [1, 2], "time": [1, 2]})
    assert lines(frame, ["t"]) == ["m f=1i 1", "m f=2i 2"]
