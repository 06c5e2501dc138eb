"""Metadata lives in the event log for ever: its size is bounded."""

from __future__ import annotations

import dagster as dg

from influx_pipelines import metadata


def test_a_long_table_is_cut_and_says_so() -> None:
    value = metadata.table([{"n": number} for number in range(500)])
    assert isinstance(value, dg.TableMetadataValue)
    assert len(value.records) == metadata.MAX_ROWS + 1
    assert value.records[-1].data["n"] == "… and 450 more"


def test_rows_of_different_columns_share_a_table() -> None:
    value = metadata.table([{"a": 1}, {"b": None}])
    assert isinstance(value, dg.TableMetadataValue)
    assert [column.name for column in value.schema.columns] == ["a", "b"]
    assert value.records[1].data == {"a": "", "b": ""}


def test_a_long_cell_is_cut() -> None:
    value = metadata.table([{"a": "x" * 10_000}])
    assert isinstance(value, dg.TableMetadataValue)
    assert len(str(value.records[0].data["a"])) == metadata.MAX_CELL


def test_a_number_that_the_page_cannot_hold_is_a_text() -> None:
    value = metadata.table([{"a": 2**60}])
    assert isinstance(value, dg.TableMetadataValue)
    assert value.records[0].data["a"] == str(2**60)


def test_nothing_is_said_in_a_word() -> None:
    assert metadata.table([], empty="none").value == "none"


def test_long_json_is_told_by_its_size() -> None:
    assert "too long" in str(metadata.json_value(["x" * 20_000]).value)
    assert metadata.json_value({"a": 1}).value == {"a": 1}
