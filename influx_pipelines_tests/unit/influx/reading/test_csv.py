from __future__ import annotations

from datetime import UTC, datetime

import pytest

from influx_pipelines.influx.errors import IncompleteRead, QueryFailed
from influx_pipelines.influx.reading.batches import tables
from influx_pipelines.influx.reading.result import QueryResult

HEAD = (
    "#datatype,string,long,dateTime:RFC3339,double,string\r\n"
    "#group,false,false,false,false,true\r\n"
    "#default,_result,,,,\r\n"
    ",result,table,_time,_value,host\r\n"
)


def read(text: str) -> QueryResult:
    return QueryResult.collect(tables([text.encode()], categories=True))


def test_types_come_from_the_annotations() -> None:
    found = read(HEAD + ",,0,2020-01-01T00:00:00.123456789Z,1.5,a\r\n,,0,,,a\r\n\r\n")
    moment = datetime(2020, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    first, second = found.rows()
    assert (first["_time"], first["_value"], first["host"]) == (moment, 1.5, "a")
    assert (second["_time"], second["_value"]) == (None, None)
    assert found.tables[0].group == ["host"]


def test_each_block_has_its_own_columns() -> None:
    other = (
        "#datatype,string,long,long\r\n#group,false,false,false\r\n#default,_result,,\r\n"
        ",result,table,n\r\n,,1,7\r\n\r\n"
    )
    found = read(HEAD + ",,0,,2,a\r\n\r\n" + other)
    assert found.tables[1].data.column_names == ["n"]
    assert found.rows()[1] == {"n": 7}


def test_an_error_table_after_rows_is_an_error() -> None:
    """A query that broke off in the middle looked like a short answer: status was 200 already."""
    text = HEAD + ",,0,,2,a\r\n\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n"
    with pytest.raises(QueryFailed, match="out of luck"):
        read(text + ",error,reference\r\n,out of luck,\r\n")


def test_an_answer_that_breaks_off_in_a_row_is_an_error() -> None:
    with pytest.raises(IncompleteRead):
        read(HEAD + ",,0,2020-01-01T00:0")


def test_nothing_is_nothing() -> None:
    assert read("\r\n").rows() == []
