"""Annotated CSV with everything that a server may write in it, cut anywhere."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.errors import IncompleteRead, InfluxError, QueryFailed
from influx_pipelines.influx.reading.batches import tables
from influx_pipelines.influx.reading.result import QueryResult
from influx_pipelines_tests.faults import ERROR_TABLE
from influx_pipelines_tests.hostile.csvs import Block, blocks

Form = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
CUTS = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def chunks(data: bytes, sizes: list[int]) -> list[bytes]:
    found, start = [], 0
    while start < len(data):
        size = sizes[len(found) % len(sizes)]
        found.append(data[start : start + size])
        start += size
    return found


def plain(value: Any) -> Any:
    """NaN that is equal to itself."""
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def expected(found: list[Block]) -> dict[Form, list[tuple[Any, ...]]]:
    """The rows below each kind of header, in order."""
    forms: dict[Form, list[tuple[Any, ...]]] = {}
    for block in found:
        form = (tuple(block.names), tuple(block.types), tuple(block.group))
        forms.setdefault(form, []).extend(
            tuple(plain(row[name]) for name in block.names) for row in block.rows
        )
    return forms


TYPES = {
    pa.string(): "string",
    pa.dictionary(pa.int32(), pa.string()): "string",
    pa.float64(): "double",
    pa.int64(): "long",
    pa.uint64(): "unsignedLong",
    pa.bool_(): "boolean",
    pa.timestamp("ns", "UTC"): "dateTime:RFC3339",
}


def cells(table: pa.Table) -> list[tuple[Any, ...]]:
    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return [tuple(map(plain, row)) for row in zip(*(c.to_pylist() for c in columns), strict=True)]


def found_in(result: QueryResult) -> dict[Form, list[tuple[Any, ...]]]:
    forms: dict[Form, list[tuple[Any, ...]]] = {}
    for table in result.tables:
        types = tuple(TYPES[kind] for kind in table.data.schema.types)
        form = (tuple(table.data.column_names), types, tuple(table.group))
        forms.setdefault(form, []).extend(cells(table.data))
    return forms


def check(answer: list[Block], sizes: list[int], piece: int, categories: bool) -> None:
    data = "".join(block.text for block in answer).encode() or b"\r\n"
    parts = tables(chunks(data, sizes), categories=categories, piece=piece)
    assert found_in(QueryResult.collect(parts)) == expected(answer)


PIECES = st.sampled_from([1, 7, 30, 100, 4 << 20])


@settings(max_examples=120, deadline=None)
@given(st.lists(blocks(), max_size=4), CUTS, PIECES, st.booleans())
def test_every_answer_is_read_as_it_is_meant(
    answer: list[Block], sizes: list[int], piece: int, categories: bool
) -> None:
    check(answer, sizes, piece, categories)


@pytest.mark.proof
@settings(max_examples=8000, deadline=None)
@given(st.lists(blocks(), max_size=5), CUTS, PIECES, st.booleans())
def test_eight_thousand_answers_are_read_as_they_are_meant(
    answer: list[Block], sizes: list[int], piece: int, categories: bool
) -> None:
    check(answer, sizes, piece, categories)


@settings(max_examples=40, deadline=None)
@given(st.lists(blocks(), max_size=3), CUTS, PIECES)
def test_an_error_table_comes_after_every_row_before_it(
    answer: list[Block], sizes: list[int], piece: int
) -> None:
    data = "".join(block.text for block in answer).encode() + ERROR_TABLE.removeprefix(b"\r\n")
    parts = []
    with pytest.raises(QueryFailed, match="broken on purpose"):
        for part in tables(chunks(data, sizes), categories=True, piece=piece):
            parts.append(part)
    assert found_in(QueryResult.collect(parts)) == expected(answer)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.lists(blocks(), min_size=1, max_size=2), PIECES)
def test_an_answer_that_ends_within_a_row_is_never_whole(
    data: st.DataObject, answer: list[Block], piece: int
) -> None:
    """Cut anywhere, it is an error, or rows that were there: none is invented or changed."""
    whole = "".join(block.text for block in answer).encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    try:
        result = QueryResult.collect(tables([cut], categories=False, piece=piece))
    except InfluxError as error:
        assert isinstance(error, IncompleteRead)
        return
    assert cut.endswith(b"\n")
    for form, rows in found_in(result).items():
        assert rows == expected(answer)[form][: len(rows)]
