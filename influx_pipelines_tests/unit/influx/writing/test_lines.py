"""Rows of tables as line protocol: types, nulls, escapes, times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from influx_pipelines.influx.lineprotocol import MAX_TIME, MIN_TIME, UnwritableError
from influx_pipelines_tests.written import body_of, points_of

NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
NOON_NS = 1_577_880_000_000_000_000


def table(**columns: Any) -> pa.Table:
    rows = len(next(iter(columns.values())))
    return pa.table({**columns, "time": pa.array(range(rows), pa.int64())})


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([-3], pa.int8()), "-3i"),
        (pa.array([2**63 - 1], pa.int64()), "9223372036854775807i"),
        (pa.array([255], pa.uint8()), "255u"),
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615u"),
        (pa.array([0.1], pa.float64()), "0.1"),
        (pa.array([1e300], pa.float64()), "1e+300"),
        (pa.array([-0.0], pa.float64()), "-0.0"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([np.float16(0.5)], pa.float16()), "0.5"),
        (pa.array([True]), "true"),
        (pa.array(['say "x\\y"']), r'"say \"x\\y\""'),
        (pa.array([""]), '""'),
        (pa.array(["a\nb"], pa.large_string()), '"a\nb"'),
        (pa.array(["☀"], pa.string_view()), '"☀"'),
        (pa.array(["x"]).dictionary_encode(), '"x"'),
        (pa.array([7]).dictionary_encode(), "7i"),
        (pa.array([1.5]).dictionary_encode(), "1.5"),
        (pa.array([False]).dictionary_encode(), "false"),
    ],
)
def test_each_type_of_field_has_its_form(column: pa.Array, text: str) -> None:
    assert body_of(table(f=column)) == f"m f={text} 0\n"


def test_nulls_nan_and_infinities_leave_the_field_out() -> None:
    body = body_of(
        table(
            f=[1.0, float("nan"), float("inf"), -float("inf"), None],
            i=[1, 2, 3, 4, None],
            s=[None, "b", "c", "d", "e"],
        )
    )
    assert body.splitlines() == [
        "m f=1.0,i=1i 0",
        'm i=2i,s="b" 1',
        'm i=3i,s="c" 2',
        'm i=4i,s="d" 3',
        'm s="e" 4',
    ]


def test_a_row_without_a_field_gives_no_line_and_the_others_keep_their_own_values() -> None:
    body = body_of(
        table(t=["a", "b", "c"], f=[1.0, None, None], g=[None, float("nan"), 3.0]), tags=["t"]
    )
    assert body == "m,t=a f=1.0 0\nm,t=c g=3.0 2\n"


def test_a_column_that_is_all_null_is_no_field() -> None:
    columns = {"f": [1.0, 2.0], "g": pa.nulls(2), "h": [float("nan")] * 2, "t": pa.nulls(2)}
    assert body_of(table(**columns), tags=["t"]) == "m f=1.0 0\nm f=2.0 1\n"


def test_tags_are_text_booleans_and_integers_sorted_by_the_bytes_of_their_keys() -> None:
    body = body_of(
        table(é=["x"], z=[True], b=[3], Z=["a b,c=d\\e"], f=[1]),
        tags=["é", "z", "b", "Z"],
    )
    assert body == "m,Z=a\\ b\\,c\\=d\\e,b=3,z=true,é=x f=1i 0\n"


@pytest.mark.parametrize("encoded", [False, True])
def test_empty_and_null_tags_are_left_out(encoded: bool) -> None:
    column = pa.array(["x", "", None, "y"])
    column = column.dictionary_encode() if encoded else column
    body = body_of(table(a=column, b=column, f=[1, 2, 3, 4]), measurement="m,1", tags=["a", "b"])
    heads = [line.split(" f=")[0] for line in body.splitlines()]
    assert heads == [r"m\,1,a=x,b=x", r"m\,1", r"m\,1", r"m\,1,a=y,b=y"]


def test_tags_that_differ_in_every_row_are_escaped_too() -> None:
    texts = [f"a b,{n}=\\x" for n in range(5_000)]
    texts[7] = ""
    points = points_of(body_of(table(t=texts, s=texts, f=range(5_000)), tags=["t"]))
    assert [p.tags.get("t", "") for p in points] == texts
    assert [p.fields["s"][1] for p in points] == texts


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [("ns", NOON_NS), ("us", NOON_NS // 1_000), ("ms", NOON_NS // 10**6), ("s", NOON_NS // 10**9)],
)
def test_the_time_is_written_in_the_precision(precision: str, stamp: int) -> None:
    rows = [{"f": 1, "time": NOON}]
    assert body_of(rows, precision=precision) == f"m f=1i {stamp}\n"


def test_a_coarser_precision_floors() -> None:
    """…000000999 ns came out one µs too late with others, and rounding down goes to zero in C."""
    times = pa.array([999, -1, -1_000], pa.timestamp("ns"))
    body = body_of(pa.table({"f": [1, 2, 3], "time": times}), precision="us")
    assert body == "m f=1i 0\nm f=2i -1\nm f=3i -1\n"


@pytest.mark.parametrize(
    ("times", "stamp"),
    [
        (pa.array([1], pa.timestamp("s")), 10**9),
        (pa.array([1], pa.timestamp("ms", "Europe/Berlin")), 10**6),
        (pa.array([date(1970, 1, 2)]), 86_400 * 10**9),
        (pa.array([86_400_000], pa.date64()), 86_400 * 10**9),
        (pa.array([5], pa.uint64()), 5),
        (pa.array([-5], pa.int32()), -5),
    ],
)
def test_timestamps_dates_and_integers_are_times_in_utc(times: pa.Array, stamp: int) -> None:
    assert body_of(pa.table({"f": [1], "time": times})) == f"m f=1i {stamp}\n"


def test_integers_are_times_in_the_given_precision() -> None:
    assert body_of(pa.table({"f": [1], "at": [5]}), time="at", precision="s") == "m f=1i 5\n"


def test_rows_without_a_time_column_get_one_time_for_all() -> None:
    before = datetime.now(UTC).timestamp()
    rows = pa.table({"t": range(9), "f": range(9)})
    stamps = {p.time for p in points_of(body_of(rows, tags=["t"], rows=2))}
    assert len(stamps) == 1
    assert abs(stamps.pop() / 1e9 - before) < 60


@pytest.mark.parametrize("rows", [2, 9])
def test_two_rows_of_a_series_without_a_time_are_refused(rows: int) -> None:
    """Three rows were counted as stored, and were two points."""
    table = pa.table({"t": ["a", "b", None, "c", "b", None], "f": range(6)})
    with pytest.raises(UnwritableError, match="row 4 has no time and the same tags"):
        body_of(table, tags=["t"], rows=rows)


def test_the_first_and_the_last_time_that_influxdb_holds_are_written() -> None:
    times = pa.array([MIN_TIME, MAX_TIME], pa.timestamp("ns"))
    points = points_of(body_of(pa.table({"f": [1, 2], "time": times})))
    assert [p.time for p in points] == [MIN_TIME, MAX_TIME]


@pytest.mark.parametrize(
    ("times", "says"),
    [
        (pa.array([0, None, 1], pa.timestamp("ns")), "row 1, column 'time': the time is null"),
        (pa.array([0, MIN_TIME - 1], pa.int64()), "row 1, .*outside of what InfluxDB holds"),
        (pa.array([0, MAX_TIME + 1], pa.int64()), "row 1, .*outside of what InfluxDB holds"),
        (pa.array([0, 2**63], pa.uint64()), "row 1, .*outside of what InfluxDB holds"),
        (pa.array([0, 10**10], pa.timestamp("s")), "row 1, .*outside of what InfluxDB holds"),
        (pa.array([0, -(10**6)], pa.date32()), "row 1, .*outside of what InfluxDB holds"),
        (pa.array(["x"]), "holds string and is to be the time"),
        (pa.array([1.5]), "holds double and is to be the time"),
    ],
)
def test_times_that_influxdb_cannot_hold_are_refused(times: pa.Array, says: str) -> None:
    with pytest.raises(UnwritableError, match=says):
        body_of(pa.table({"f": range(len(times)), "time": times}))


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array([b"x"]), "decode it to text"),
        (pa.array([[1]]), "give each item a row"),
        (pa.array([{"a": 1}]), "flatten"),
        (pa.array([0], pa.timestamp("s")), "cast it to int64 or to text"),
        (pa.array([0], pa.duration("s")), "cast it to int64"),
        (pa.array([0], pa.date32()), "cast it to int64"),
        (pa.array([1]).cast(pa.decimal128(20)), "cast it to float64"),
    ],
)
def test_other_types_are_no_fields_and_the_hint_says_what_to_do(
    column: pa.Array, says: str
) -> None:
    with pytest.raises(UnwritableError, match=f"field 'f'.*{says}"):
        body_of(table(f=column))


@pytest.mark.parametrize(
    "column", [pa.array([1.5]), pa.array([0], pa.timestamp("s")), pa.array([b"x"])]
)
def test_other_types_are_no_tags(column: pa.Array) -> None:
    with pytest.raises(UnwritableError, match="a tag is text, a boolean or an integer"):
        body_of(table(t=column, f=[1]), tags=["t"])


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("value", "says"), [("end\\", "backslash"), ("a\nb", "line break"), ("a\rb", "line break")]
)
def test_tag_values_that_cannot_be_written_are_refused_with_their_row(
    value: str, says: str, encoded: bool
) -> None:
    column = pa.array(["a\\b", "ok"] * 20 + [value, None])
    column = column.dictionary_encode() if encoded else column
    with pytest.raises(UnwritableError, match=f"row 40, tag 't': .*{says}"):
        body_of(table(t=column, f=range(42)), tags=["t"])


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("value", ["a\r\nb", "\r"])
def test_texts_that_come_back_as_others_are_refused_with_their_row(
    value: str, encoded: bool
) -> None:
    """A query gives CR LF back as LF, and a CR alone not at all."""
    column = pa.array(["a\nb", "ok"] * 20 + [value, None])
    column = column.dictionary_encode() if encoded else column
    with pytest.raises(UnwritableError, match="row 40, field 's': a carriage return"):
        body_of(table(s=column, f=range(42)))


def test_rows_are_counted_through_all_chunks() -> None:
    values = ["ok"] * 9 + ["bad\\"]
    with pytest.raises(UnwritableError, match="row 9,"):
        body_of(table(t=values, f=range(10)), tags=["t"], rows=4)


def test_a_value_of_a_dictionary_that_no_row_has_is_no_trouble() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 8), pa.array(["ok", "bad\\"]))
    assert body_of(table(t=column, f=range(8)), tags=["t"]).count("t=ok") == 8


def test_a_text_longer_than_a_mebibyte_is_refused_with_its_row() -> None:
    body_of(table(s=["x" * 1_048_576]))
    with pytest.raises(UnwritableError, match="row 1, field 's': 1048577 bytes"):
        body_of(table(s=["x", "x" * 1_048_577]))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tags": ["x"]}, "tag 'x' is no column of the table; it has 't', 'f', 'time'"),
        ({"fields": ["x"]}, "field 'x' is no column"),
        ({"time": "x"}, "time 'x' is no column"),
        ({"tags": ["t"], "fields": ["t"]}, "column 't' is given twice"),
        ({"tags": ["t", "t"]}, "column 't' is given twice"),
        ({"fields": ["f", "time"]}, "column 'time' is given twice"),
        ({"fields": {"f": list}}, "field 'f' is declared"),
        ({"fields": {"f": float, "t": int}}, "field 't' is declared integer"),
        ({"tags": ["t", "f"]}, "no column is left for a field"),
        ({"measurement": "#x"}, "comment"),
    ],
)
def test_columns_that_do_not_add_up_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UnwritableError, match=says):
        body_of(table(t=["a"], f=[1]), **options)


def test_a_column_that_the_table_has_twice_is_refused() -> None:
    twice = pa.table([pa.array([1]), pa.array([2])], ["f", "f"])
    with pytest.raises(UnwritableError, match="'f' is there twice"):
        body_of(twice)


def test_names_are_judged_even_when_there_are_no_rows() -> None:
    with pytest.raises(UnwritableError, match="reserved"):
        body_of(pa.table({"_time": pa.array([], pa.string()), "f": [0][:0]}), tags=["_time"])
    assert body_of(pa.table({"f": pa.array([], pa.float64())})) == ""


def test_long_rows_make_short_chunks() -> None:
    """Memory is bounded by the bytes of a chunk, whatever the number of its rows."""
    from influx_pipelines.influx.writing.layout import Layout
    from influx_pipelines.influx.writing.serializer import serialize

    text = pa.array(["x" * 1_000_000] * 20)
    for column in (text, text.dictionary_encode()):
        sizes = [len(body) for body in serialize(table(s=column), Layout("m"))]
        assert sum(sizes) > 20_000_000
        assert max(sizes) < 6_000_000
