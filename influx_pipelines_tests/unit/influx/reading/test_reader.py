"""The reader against a simple one, on anything a server may write."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.errors import IncompleteRead
from influx_pipelines_tests.unit.influx.reading.answers import answers
from influx_pipelines_tests.unit.influx.reading.simple import ours, plain, simple

HEAD = (
    b"#datatype,string,long,%s\r\n#group,false,false,false\r\n#default,_result,,\r\n"
    b",result,table,x\r\n"
)


@settings(max_examples=150, deadline=None)
@example(text=HEAD % b"string" + b"\r\n" + HEAD % b"duration" + b"\r\n", chunk=400, piece=400)
@given(text=answers(), chunk=st.integers(1, 400), piece=st.integers(1, 400))
def test_any_answer_in_any_pieces_is_read_as_by_a_simple_reader(
    text: bytes, chunk: int, piece: int
) -> None:
    assert plain(ours(text, chunk=chunk, piece=piece)) == simple(text)


@settings(max_examples=10, deadline=None)
@given(text=answers())
def test_an_answer_cut_at_every_size_is_the_same(text: bytes) -> None:
    whole = plain(ours(text))
    for size in range(1, min(len(text), 120)):
        assert plain(ours(text, chunk=size, piece=size)) == whole


@settings(max_examples=30, deadline=None)
@given(text=answers(), data=st.data())
def test_an_answer_that_ends_in_a_row_is_refused(text: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(text) - 1).filter(lambda at: text[at - 1] != 10))
    with pytest.raises(IncompleteRead):
        ours(text[:end])
