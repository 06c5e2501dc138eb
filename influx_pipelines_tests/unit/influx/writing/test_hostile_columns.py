"""Tables that were lost, written broken or refused without need, found by hostile reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from influx_pipelines.influx.lineprotocol import UnwritableError, field_key, measurement_text
from influx_pipelines.influx.writing.layout import layout_of
from influx_pipelines.influx.writing.serializer import chunks, serialize


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


class Progress:
    """As `tqdm(rows, total=2)`: it has a length, and can be gone through once."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Any]:
        return self.rows


@pytest.mark.parametrize("kind", ["progress", "readers"])
def test_what_can_be_gone_through_once_is(kind: str) -> None:
    """It was judged whole, and nothing was left to send: a write of no points, without an error."""
    rows = [{"f": n, "time": n} for n in range(4)]
    table = Progress(iter(rows)) if kind == "progress" else [pa.Table.from_pylist(rows).to_reader()]
    found = b"".join(
        chunk.body for chunk in chunks(table, layout_of("m", [], None, "time", "ns"), 2)
    )
    assert found.count(b"\n") == 4


@pytest.mark.parametrize(
    "index",
    [
        pd.MultiIndex.from_tuples([("a", pd.Timestamp(0)), ("b", pd.Timestamp(1))]),
        pd.period_range("2020-01", periods=2, freq="M"),
        pd.to_timedelta([1, 2], unit="s"),
    ],
    ids=lambda index: type(index).__name__,
)
def test_an_index_that_is_no_time_is_not_taken_for_none(index: pd.Index) -> None:
    """The rows were written with the present time."""
    frame = pd.DataFrame({"t": ["a", "b"], "f": [1, 2]}, index=index)
    with pytest.raises(UnwritableError, match=rf"{type(index).__name__}.*reset_index"):
        lines(frame, ["t"])
    assert len(lines(frame.reset_index(drop=True), ["t"])) == 2


@pytest.mark.parametrize("name", [None, b"f", ("a", "b")])
def test_columns_are_called_by_texts(name: object) -> None:
    """Fields were called `None`, `b'f'` and `('a', 'b')` for ever after."""
    frame = pd.DataFrame([[1, 2]], columns=pd.Index([name, "time"], tupleize_cols=False))
    for table in ([{name: 1, "time": 1}], frame):
        with pytest.raises(UnwritableError, match="text"):
            lines(table, [])


@pytest.mark.parametrize("table", [pd.DataFrame([]), pl.DataFrame([]), pa.table({})])
def test_a_frame_of_no_rows_is_no_lines(table: object) -> None:
    """Without rows it has no columns either, and the tag was missed."""
    assert lines(table, ["t"]) == []


def test_a_time_that_leaves_the_range_when_it_is_floored_is_refused() -> None:
    """The server refused the line after the others were stored."""
    table = pa.table({"f": [1], "time": pa.array([-(2**63) + 2], pa.timestamp("ns"))})
    assert len(lines(table, [])) == 1
    with pytest.raises(UnwritableError, match=r"row 0.*outside"):
        list(serialize(table, layout_of("m", [], None, "time", "s")))


@pytest.mark.parametrize("name", [r"a\,b", r"a\ b", r"a\=b", r"a\"b", "half \ud800"])
def test_names_that_the_server_cuts_or_never_finds_again_are_refused(name: str) -> None:
    """The server takes the backslash for an escape: 400, or 204 and no query finds the points."""
    for text in (measurement_text, field_key):
        with pytest.raises(UnwritableError):
            text(name)
