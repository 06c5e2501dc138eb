"""Every kind of table, through to its lines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.influx.tables import is_in_memory, record_batches
from influx_pipelines_tests.written import body_of

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


class Room(Measurement, name="room"):
    place = Tag()
    floor = Tag()
    warmth = Field(float)
    people = Field(int)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_a_datetime_index_of_any_unit_and_zone_is_the_time(unit: str, zone: str | None) -> None:
    index = pd.DatetimeIndex([NOON.replace(tzinfo=None)]).as_unit(unit)
    index = index if zone is None else index.tz_localize("UTC").tz_convert(zone)
    assert body_of(pd.DataFrame({"f": [1]}, index=index), precision="s") == "m f=1i 1577880000\n"


def test_a_time_column_comes_before_the_index() -> None:
    index = pd.DatetimeIndex([NOON])
    assert body_of(pd.DataFrame({"f": [1], "time": [7]}, index=index)) == "m f=1i 7\n"
    frame = pd.DataFrame({"f": [1], "at": [7]}, index=index)
    assert body_of(frame, time="at") == "m f=1i 7\n"
    assert body_of(frame.set_index("at"), time="at") == "m f=1i 7\n"


def test_the_index_is_left_out_where_no_time_is_wanted() -> None:
    frame = pd.DataFrame({"f": [1]}, index=pd.DatetimeIndex([NOON]))
    assert "1577880000" not in body_of(frame, time=None)


@pytest.mark.parametrize(
    ("series", "texts"),
    [
        (pd.Series([1, None], dtype="Int64"), ["1i", ""]),
        (pd.Series([2**53 + 1, None], dtype="Int64"), ["9007199254740993i", ""]),
        (pd.Series([1, None], dtype="UInt8"), ["1u", ""]),
        (pd.Series([1.5, None], dtype="Float32"), ["1.5", ""]),
        (pd.Series([True, None], dtype="boolean"), ["true", ""]),
        (pd.Series(["a", None], dtype="string"), ['"a"', ""]),
        (pd.Series(["a", None], dtype="str"), ['"a"', ""]),
        (pd.Series(["a", np.nan], dtype=object), ['"a"', ""]),
        (pd.Series(["a", pd.NA], dtype=object), ['"a"', ""]),
        (pd.Series([1, 2.5], dtype=object), ["1.0", "2.5"]),
        (pd.Series([1, None], dtype=object), ["1i", ""]),
        (pd.Series([True, None], dtype=object), ["true", ""]),
        (pd.Series(["a", None], dtype="category"), ['"a"', ""]),
        (pd.Series([4, 5], dtype="category"), ["4i", "5i"]),
        (pd.Series([1, None], dtype="int64[pyarrow]"), ["1i", ""]),
        (pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())), ['"a"', ""]),
        (pd.Series([1.5, np.nan]), ["1.5", ""]),
    ],
)
def test_every_dtype_of_pandas_is_written_as_what_it_holds(
    series: pd.Series, texts: list[str]
) -> None:
    lines = body_of(pd.DataFrame({"f": series, "time": [0, 1]})).splitlines()
    expected = [f"m f={text} {row}" for row, text in enumerate(texts) if text]
    assert lines == expected


def test_an_object_column_has_one_type_in_all_chunks() -> None:
    """Judged slice by slice, the first chunk made an integer field that the next one met."""
    frame = pd.DataFrame({"f": pd.Series([1, 2, 2.5], dtype=object), "time": [0, 1, 2]})
    assert body_of(frame, rows=2) == "m f=1.0 0\nm f=2.0 1\nm f=2.5 2\n"


def test_an_object_column_that_mixes_kinds_names_the_row() -> None:
    frame = pd.DataFrame({"f": pd.Series([1, 2, "x"], dtype=object)})
    with pytest.raises(UnwritableError, match="row 2, column 'f': 'x' is of kind text, but"):
        body_of(frame, rows=2)


def test_columns_out_of_one_block_and_names_that_are_numbers() -> None:
    frame = pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", 7])
    frame["time"] = range(3)
    assert body_of(frame.iloc[::2]) == "m a=0.0,7=1.0 0\nm a=4.0,7=5.0 2\n"


def test_nat_in_the_index_is_refused() -> None:
    """Others write it as the smallest time there is."""
    frame = pd.DataFrame({"f": [1, 2]}, index=pd.DatetimeIndex([NOON, None]))
    with pytest.raises(UnwritableError, match="row 1, column 'time': the time is null"):
        body_of(frame)


def test_polars_frames_with_categories_and_times() -> None:
    frame = pl.DataFrame(
        {
            "t": pl.Series(["a", "b", None], dtype=pl.Categorical),
            "e": pl.Series(["x", "x", "y"], dtype=pl.Enum(["x", "y"])),
            "f": [1.5, None, 2.5],
            "s": ["one", "two", None],
            "time": [NOON, NOON, NOON],
        }
    )
    assert body_of(frame, tags=["t", "e"], precision="s", rows=2).splitlines() == [
        'm,e=x,t=a s="one",f=1.5 1577880000',  # the field without gaps comes first
        'm,e=x,t=b s="two" 1577880000',
        "m,e=y f=2.5 1577880000",
    ]


def table(rows: int = 5) -> pa.Table:
    return pa.table({"t": ["a"] * rows, "f": range(rows), "time": range(rows)})


@pytest.mark.parametrize(
    "make",
    [
        table,
        lambda: table().to_batches()[0],
        lambda: table().to_reader(),
        lambda: iter(table().to_batches(max_chunksize=2)),
        lambda: [table().slice(0, 3), table().slice(3)],
        lambda: iter([table().slice(0, 3).to_pandas(), table().slice(3).to_pandas()]),
        lambda: (row for row in table().to_pylist()),
        lambda: table().to_pylist(),
        lambda: pl.DataFrame(table()),
        lambda: table().to_pandas(),
    ],
)
@pytest.mark.parametrize("rows", [2, 25_000])
def test_every_kind_of_table_gives_the_same_lines(make: Callable[[], Any], rows: int) -> None:
    expected = "".join(f"m,t=a f={n}i {n}\n" for n in range(5))
    assert body_of(make(), tags=["t"], rows=rows) == expected


def test_short_batches_are_put_together_and_long_ones_cut() -> None:
    short = (table(1).to_batches()[0] for _ in range(10))
    assert [len(batch) for batch in record_batches(short, 4)] == [4, 4, 2]
    assert [len(batch) for batch in record_batches(iter([table(9)]), 4)] == [4, 4, 1]
    large = (pa.table({"s": ["x" * 6_000_000]}) for _ in range(4))
    assert [len(batch) for batch in record_batches(large, 4)] == [2, 2]


def test_dictionaries_that_differ_between_batches_are_united() -> None:
    parts = [
        pa.table({"t": pa.array([x]).dictionary_encode(), "f": [1], "time": [0]}) for x in "abc"
    ]
    assert body_of(iter(parts), tags=["t"]) == "".join(f"m,t={x} f=1i 0\n" for x in "abc")


@pytest.mark.parametrize("given", [{"f": [1]}, "m f=1", b"m f=1", 7, None, [None], ["m f=1"]])
def test_what_is_no_table_is_told_so(given: object) -> None:
    with pytest.raises(TypeError, match="is no table"):
        body_of(given)


@pytest.mark.parametrize("given", ["m f=1", b"m f=1", ["m f=1"], [["m f=1"]]])
def test_text_is_no_table_in_memory(given: object) -> None:
    """`write("m f=1", …)` ended in a RecursionError: a letter is a sequence of itself."""
    assert not is_in_memory(given)


def test_a_frame_whose_times_are_called_otherwise_is_told_to_say_so() -> None:
    """A result of `read` was refused with the advice to cast `_time` to an integer field."""
    frame = pd.DataFrame({"_time": [NOON], "f": [1]})
    with pytest.raises(UnwritableError, match="no column 'time', but times in '_time'"):
        body_of(frame)
    assert body_of(frame, time="_time", precision="s") == "m f=1i 1577880000\n"


def test_columns_of_rows_are_the_union_of_their_keys() -> None:
    rows = [{"f": 1, "time": 0}, {"g": True, "t": "x", "time": 1}, {"time": 2}]
    assert body_of(rows, tags=["t"]) == "m f=1i 0\nm,t=x g=true 1\n"


def test_integers_among_floats_are_floats_in_all_rows() -> None:
    rows = [{"f": 1, "time": 0}, {"f": 2, "time": 1}, {"f": 2.5, "time": 2}]
    assert body_of(rows, rows=2) == "m f=1.0 0\nm f=2.0 1\nm f=2.5 2\n"


def test_an_iterator_whose_integers_become_floats_says_what_to_declare() -> None:
    rows = [{"f": 1, "time": 0}, {"f": 2.5, "time": 1}]
    with pytest.raises(UnwritableError, match=r"before row 1 .*fields=\{'f': float\}"):
        body_of(iter(rows), rows=1)
    assert body_of(iter(rows), rows=1, fields={"f": float}) == "m f=1.0 0\nm f=2.5 1\n"


def test_an_iterator_whose_floats_become_integers_goes_on_with_floats() -> None:
    rows = [{"f": 1.5, "time": 0}, {"f": 2, "time": 1}, {"time": 2, "g": 1}]
    assert body_of(iter(rows), rows=1) == "m f=1.5 0\nm f=2.0 1\nm g=1i 2\n"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([1, "x"], "row 1, column 'f': 'x' is of kind text, but row 0 has kind integer"),
        ([True, 1], "row 1, column 'f': 1 is of kind integer, but row 0 has kind boolean"),
        ([2**63], "row 0, column 'f': 9223372036854775808 does not fit into 64 bits"),
        ([None, Decimal(1)], "row 1, column 'f': .* is a Decimal: turn it into a float"),
        ([object()], "row 0, column 'f': .* is a object"),
        ([b"x"], "decode it"),
        ([[1]], "is a list"),
        (["a\ud800"], "row 0, column 'f': .*surrogate"),
        ([0.5, 2**53 + 1], "row 1, column 'f': 9007199254740993 is among floats"),
        ([NOON], "no column 'time', but times in 'f': say which .* time='f'"),
    ],
)
def test_values_that_cannot_be_written_are_named(values: list[Any], says: str) -> None:
    with pytest.raises(UnwritableError, match=says):
        body_of([{"f": value} for value in values])


def test_values_of_numpy_are_what_they_look_like() -> None:
    row = {"i": np.int32(1), "f": np.float32(1.5), "o": np.bool_(True), "s": np.str_("x")}
    assert body_of([{**row, "time": np.int64(0)}]) == 'm i=1i,f=1.5,o=true,s="x" 0\n'


@pytest.mark.parametrize(
    "time",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=5, minutes=30))),
        pd.Timestamp(NOON),
        1_577_880_000_000_000_000,
    ],
)
def test_times_of_rows_are_aware_or_integers(time: object) -> None:
    assert body_of([{"f": 1, "time": time}]) == "m f=1i 1577880000000000000\n"


def test_nanoseconds_of_a_timestamp_stay() -> None:
    rows = [{"f": 1, "time": pd.Timestamp(5, tz="UTC")}, {"f": 2, "time": NOON}]
    assert body_of(rows).startswith("m f=1i 5\n")
    assert body_of([{"f": 1, "time": date(1970, 1, 2)}]) == "m f=1i 86400000000000\n"


def test_times_without_a_zone_and_rows_without_a_time_are_refused() -> None:
    rows = [{"f": 1, "time": NOON}, {"f": 1, "time": datetime(2020, 1, 1)}]  # noqa: DTZ001
    with pytest.raises(UnwritableError, match="has no time zone"):
        body_of(rows)
    with pytest.raises(UnwritableError, match="row 1, column 'time': the time is null"):
        body_of([{"f": 1, "time": 0}, {"f": 1}])
    with pytest.raises(UnwritableError, match="row 0, column 'time': the time is null"):
        body_of([{"f": 1, "time": None}])


def test_rows_may_lack_what_their_class_declares_but_not_add_to_it() -> None:
    rows = [{"place": "x", "warmth": 20, "time": 0}, {"place": "x", "people": 2.0, "time": 1}]
    assert body_of(rows, Room) == "room,place=x warmth=20.0 0\nroom,place=x people=2i 1\n"
    assert body_of(iter(rows), Room, rows=1) == body_of(rows, Room)
    with pytest.raises(UnwritableError, match="'wamrth' is none of Room"):
        body_of([{"place": "x", "wamrth": 20, "time": 0}], Room)


def test_rows_and_tables_in_one_list_are_refused() -> None:
    for mixed in ([{"f": 1}, table()], [table(), {"f": 1}]):
        with pytest.raises(TypeError, match="give one kind"):
            body_of(mixed)


def test_unsigned_integers_of_rows_are_declared() -> None:
    rows = [{"f": 2**64 - 1, "time": 0}, {"f": None, "time": 1}, {"f": 1, "time": 2}]
    body = "m f=18446744073709551615u 0\nm f=1u 2\n"
    assert body_of(rows, fields={"f": "unsigned"}) == body
    assert body_of(iter(rows), fields={"f": "unsigned"}, rows=1) == body
    with pytest.raises(UnwritableError, match="row 0, column 'f': -1 does not fit into 64 bits"):
        body_of([{"f": -1}], fields={"f": "unsigned"})


def test_columns_of_several_levels_and_what_arrow_does_not_take_are_named() -> None:
    levels = pd.MultiIndex.from_tuples([("a", "x")])
    with pytest.raises(UnwritableError, match="several levels"):
        body_of(pd.DataFrame([[1]], columns=levels))
    with pytest.raises(UnwritableError, match="'f' holds complex128"):
        body_of(pd.DataFrame({"f": [1j]}))
    with pytest.raises(TypeError, match="Arrow takes no Series like this"):
        body_of(pl.Series("f", [1]))


def test_no_rows_are_no_lines() -> None:
    assert body_of([]) == ""
    assert body_of(iter(())) == ""


def test_rows_are_taken_while_another_thread_imports_pandas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ticks run in threads: a module that was half loaded had no `DataFrame`, AttributeError."""
    monkeypatch.setitem(sys.modules, "pandas", ModuleType("pandas"))
    rows = [{"a": 1}]
    assert is_in_memory(rows)
    assert [batch.num_rows for batch in record_batches(rows, 10)] == [1]
