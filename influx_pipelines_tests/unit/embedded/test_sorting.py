"""The order of equal rows, which shows when several series became one table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.engine.sorting import first_ordered, ordered
from influx_pipelines.embedded.engine.table import Table
from influx_pipelines_tests.unit.embedded.stored import Bucket, rows


def table(*parts: list[int | None]) -> Table:
    """A table put together from these parts; `row` numbers its rows."""
    cells = [value for part in parts for value in part]
    columns = {"v": cells, "row": list(range(len(cells)))}
    return Table({}, {"v": "int", "row": "int"}, columns, tuple(map(len, parts)))


def test_of_equal_rows_a_part_goes_on_and_the_last_part_follows_the_first() -> None:
    assert ordered(table([1, 1], [1, 1], [1, 1]), ["v"], desc=False).columns["row"] == [
        *(0, 1),
        *(4, 5),
        *(2, 3),
    ]


def test_null_comes_first_in_both_directions() -> None:
    assert ordered(table([2, None, 1]), ["v"], desc=False).columns["v"] == [None, 1, 2]
    assert ordered(table([2, None, 1]), ["v"], desc=True).columns["v"] == [None, 2, 1]


@given(st.lists(st.lists(st.none() | st.integers(0, 3), max_size=5), max_size=5), st.booleans())
def test_every_row_is_there_once_and_in_order(parts: list[list[int | None]], desc: bool) -> None:
    whole = ordered(table(*parts), ["v"], desc)
    assert sorted(whole.columns["row"]) == list(range(sum(map(len, parts))))
    shown = [value for value in whole.columns["v"] if value is not None]
    assert shown == sorted(shown, reverse=desc)
    assert first_ordered(table(*parts), ["v"], desc, 99).columns["v"] == whole.columns["v"]


def test_a_group_is_sorted_series_by_series() -> None:
    bucket = Bucket().add("f", {0: 1.0, 60: 1.0}, t="a").add("f", {0: 1.0}, t="b")
    bucket.add("f", {0: 1.0}, t="c")
    sort = ' |> group() |> sort(columns: ["_value"])'
    assert [row["t"] for row in rows(sort, bucket)] == ["a", "a", "c", "b"]
