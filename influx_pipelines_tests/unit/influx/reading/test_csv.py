"""Annotated CSV by hand: one rule a test."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from influx_pipelines.influx.errors import IncompleteRead, NotInfluxDB, QueryFailed
from influx_pipelines_tests.unit.influx.reading.simple import ours

HEAD = (
    "#datatype,string,long,dateTime:RFC3339,double,string\r\n"
    "#group,false,false,false,false,true\r\n"
    "#default,_result,,,,\r\n"
    ",result,table,_time,_value,host\r\n"
)
ROW = ",,0,2020-01-01T00:00:00Z,1.5,a\r\n"
ERROR = "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n"
ERROR_TABLE = ",error,reference\r\n,out of luck,897\r\n"


def head(columns: dict[str, str], *, result: str = "_result", default: str = "") -> str:
    """Annotations and names; no column is in the group key."""
    names, types = ",".join(columns), ",".join(columns.values())
    group, defaults = ",false" * len(columns), default or "," * (len(columns) - 1)
    return (
        f"#datatype,string,long,{types}\r\n#group,false,false{group}\r\n"
        f"#default,{result},,{defaults}\r\n,result,table,{names}\r\n"
    )


def test_types_come_from_the_annotations() -> None:
    found = ours(HEAD + ",,0,2020-01-01T00:00:00.123456789Z,1.5,a\r\n,,0,,,\r\n\r\n")
    (table,) = found.tables
    assert (table.result, table.group) == ("_result", ["host"])
    assert table.data.schema == pa.schema(
        [
            ("_time", pa.timestamp("ns", "UTC")),
            ("_value", pa.float64()),
            ("host", pa.dictionary(pa.int32(), pa.string())),
        ]
    )
    first, second = found.rows()
    moment = datetime(2020, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert first == {"_time": moment, "_value": 1.5, "host": "a"}
    assert second == {"_time": None, "_value": None, "host": None}


def test_numbers_are_exact_to_their_ends() -> None:
    columns = {"i": "long", "u": "unsignedLong", "f": "double"}
    rows = (
        f",,0,{-(2**63)},{2**64 - 1},+Inf\r\n,,0,,,-Inf\r\n,,0,{2**63 - 1},0,5e-324\r\n"
        f",,0,9007199254740993,1,-0\r\n\r\n"
    )
    table = ours(head(columns) + rows).arrow()
    assert table.column("i").to_pylist() == [-(2**63), None, 2**63 - 1, 2**53 + 1]
    assert table.column("u").to_pylist() == [2**64 - 1, None, 0, 1]
    assert str(table.column("f").to_pylist()) == "[inf, -inf, 5e-324, -0.0]"


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2262-04-11T23:47:16.854775807Z", 2**63 - 1),
        ("1677-09-21T00:12:43.145224194Z", -(2**63) + 2),  # what the parser alone refuses
        ("1677-09-21T00:12:44Z", -9223372036000000000),
    ],
)
def test_times_are_exact_to_their_ends(text: str, nanoseconds: int) -> None:
    table = ours(head({"t": "dateTime:RFC3339"}) + f",,0,{text}\r\n\r\n").arrow()
    assert table.column("t").cast(pa.int64()).to_pylist() == [nanoseconds]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "2262-04-11T23:47:17Z", "2020-01-0"])
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(IncompleteRead, match="damaged"):
        ours(head({"t": "dateTime:RFC3339"}) + f",,0,{text}\r\n\r\n")


def test_the_columns_of_the_system_are_told_by_their_place() -> None:
    """A tag may be called as one of them: read by name, its values became those of the system."""
    columns = dict.fromkeys(["_start", "result", "table"], "string") | {"v": "long"}
    text = head(columns).replace("_start,result", "_start,_start,result")
    text = text.replace("string,string,string,long", "string,string,string,string,long")
    text = text.replace("false,false,false,false,false,false", "false" + ",false" * 6)
    text = text.replace("_result,,,,,", "_result,,,,,,")
    (table,) = ours(text + ",,0,s,tag,r,t,1\r\n\r\n").tables
    assert table.data.column_names == ["_start", "_start_2", "result", "table", "v"]
    assert table.data.to_pylist() == [
        {"_start": "s", "_start_2": "tag", "result": "r", "table": "t", "v": 1}
    ]


def test_a_line_break_in_a_text_is_one_again_and_may_look_like_an_annotation() -> None:
    cell = '"a\r\n\r\n#datatype,string\r\n#group,x"'
    (row,) = ours(head({"s": "string"}) + f",,0,{cell}\r\n\r\n").rows()
    assert row == {"s": "a\n\n#datatype,string\n#group,x"}


def test_an_empty_cell_is_null_quoted_or_not() -> None:
    found = ours(head({"s": "string", "n": "long"}) + ',,0,"",1\r\n,,0,,2\r\n,,0,NULL,3\r\n\r\n')
    assert [row["s"] for row in found.rows()] == [None, None, "NULL"]


def test_an_empty_cell_is_what_default_says() -> None:
    columns = {"s": "string", "n": "long", "t": "dateTime:RFC3339", "f": "double"}
    default = "x,7,1677-09-21T00:12:43.145224194Z,+Inf"
    table = ours(head(columns, default=default) + ",,0,,,,\r\n,,0,y,1,,2\r\n\r\n").arrow()
    assert table.column("s").to_pylist() == ["x", "y"]
    assert table.column("n").to_pylist() == [7, 1]
    assert table.column("t").cast(pa.int64()).to_pylist() == [-(2**63) + 2] * 2
    assert table.column("f").to_pylist() == [float("inf"), 2.0]


def test_an_empty_table_keeps_its_columns() -> None:
    empty = HEAD.replace("#default,_result,,,,", "#default,_result,0,,,b")
    (table,) = ours(empty + "\r\n").tables
    assert (len(table), table.data.column_names) == (0, ["_time", "_value", "host"])
    between = ours(HEAD + ROW + "\r\n" + empty + "\r\n" + HEAD + ROW + "\r\n")
    assert [len(table) for table in between.tables] == [2]


def test_results_and_columns_are_kept_apart() -> None:
    other, ints = HEAD.replace("_result", "other"), HEAD.replace("double", "long")
    row = ROW.replace("1.5", "2")
    found = ours(
        HEAD + ROW + "\r\n" + ints + row + "\r\n" + HEAD + ROW + "\r\n" + other + ROW + "\r\n"
    )
    kinds = [(t.result, str(t.data.schema.field("_value").type), len(t)) for t in found.tables]
    assert kinds == [("_result", "double", 2), ("_result", "int64", 1), ("other", "double", 1)]
    assert len(found) == 4


def test_a_column_of_two_types_cannot_be_one() -> None:
    found = ours(HEAD + ROW + "\r\n" + HEAD.replace("double", "long") + "\r\n")
    with pytest.raises(ValueError, match="'_value' is double in one table and int64 in another"):
        found.arrow()


def test_tables_of_different_columns_are_united_with_nulls() -> None:
    group = head({"host": "string", "n": "long"})
    table = ours(HEAD + ROW + "\r\n" + group + ",,1,b,7\r\n\r\n").arrow()
    assert table.select(["_value", "host", "n"]).to_pylist() == [
        {"_value": 1.5, "host": "a", "n": None},
        {"_value": None, "host": "b", "n": 7},
    ]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + ROW + "\r\n" + ERROR + ERROR_TABLE,
        HEAD + ROW + "\r\n" + ERROR_TABLE,
        HEAD + ROW + '\r\n,error,reference\r\n,"out of luck",\r\n',
        ERROR + ERROR_TABLE,
        ERROR_TABLE,
    ],
)
def test_an_error_table_is_an_error(text: str) -> None:
    """A query that broke off in the middle looked like a short answer: status was 200 already."""
    with pytest.raises(QueryFailed, match="out of luck"):
        ours(text)


def test_an_error_table_without_its_row_is_an_error_too() -> None:
    with pytest.raises(QueryFailed):
        ours(HEAD + ROW + "\r\n" + ERROR + ",error,reference\r\n")


@pytest.mark.parametrize(
    "end",
    [
        ",,0,2020-01-01T00:0",
        ",,0,2020-01-01T00:00:00Z,1.5,a",
        ",,0,2020-01-01T00:00:00Z,1.5\r\n",
        ',,0,2020-01-01T00:00:00Z,1.5,"a\r\n',
        "\r\n" + ERROR,
    ],
)
def test_an_answer_that_breaks_off_is_an_error(end: str) -> None:
    with pytest.raises(IncompleteRead):
        ours(HEAD + ROW + end)


@pytest.mark.parametrize("text", ["a,b\r\n1,2\r\n", ",result,table,n\r\n,,0,1\r\n", "<html>\n"])
def test_what_is_no_annotated_csv_is_no_influxdb(text: str) -> None:
    with pytest.raises(NotInfluxDB):
        ours(text)


@pytest.mark.parametrize("text", ["", "\r\n", "\r\n\r\n"])
def test_nothing_is_nothing(text: str) -> None:
    found = ours(text)
    assert (found.tables, found.rows(), len(found)) == ([], [], 0)
    assert found.arrow().num_rows == found.pandas().shape[0] == found.polars().height == 0


def test_frames_keep_nanoseconds_integers_and_categories() -> None:
    columns = {"t": "dateTime:RFC3339", "n": "long", "u": "unsignedLong", "ok": "boolean"}
    rows = f",,0,2020-01-01T00:00:00.123456789Z,{2**53 + 1},{2**64 - 1},true\r\n,,0,,,,\r\n\r\n"
    frame = ours(head(columns) + rows).pandas()
    assert [str(t) for t in frame.dtypes] == ["datetime64[ns, UTC]", "Int64", "UInt64", "boolean"]
    assert (frame["t"][0].nanosecond, frame["n"][0], frame["u"][0]) == (789, 2**53 + 1, 2**64 - 1)
    assert str(ours(HEAD + ROW + "\r\n").pandas()["host"].dtype) == "category"
    whole = ours(head({"n": "long"}) + ",,0,1\r\n\r\n").pandas()
    assert str(whole["n"].dtype) == "int64"
    polars = ours(head(columns) + rows).polars()
    assert polars["n"].to_list() == [2**53 + 1, None]


def test_a_row_longer_than_any_piece_is_read() -> None:
    long = "x" * 3_000_000 + "\r\n" + "y" * 3_000_000
    (row,) = ours(head({"s": "string", "n": "long"}) + f',,0,"{long}",1\r\n\r\n').rows()
    assert len(row["s"]) == 6_000_001
