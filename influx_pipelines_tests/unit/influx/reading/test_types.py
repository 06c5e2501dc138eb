"""Types that change from shard to shard, as a real server tells them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from influx_pipelines.influx.reading.datatypes import CATEGORY
from influx_pipelines.influx.reading.result import ResultTable
from influx_pipelines.influx.reading.types import refuse_changes, types_of


def table(value: Any, *, field: str = "f", host: str = "a", of_points: bool = False) -> ResultTable:
    """The newest value of a series; `of_points` lacks the columns that a read drops."""
    key = {"_field": field, "host": host}
    if not of_points:
        key |= {"_start": "s", "_stop": "e", "_measurement": "m"}
    columns = {name: pa.array([text], pa.string()).cast(CATEGORY) for name, text in key.items()}
    return ResultTable("_result", list(key), pa.table({**columns, "_value": [value]}))


def test_the_points_are_of_the_first_type_and_the_newest_of_the_last() -> None:
    """2.9.1 leaves out what comes after the change: the two answers differ in nothing else."""
    with pytest.raises(ValueError, match=r"'f' is double in one shard .* int64 in another"):
        refuse_changes([table(1.5), table(1, of_points=True)])


def test_series_may_have_types_of_their_own() -> None:
    refuse_changes([table(1.5), table(1, host="b"), table("x", host="c", of_points=True)])


def test_what_is_left_out_does_not_matter() -> None:
    refuse_changes([table("x"), table(True), table(1, field="g")], ["f"])


def test_the_types_are_those_of_all_series() -> None:
    assert types_of([table(1), table(1.5), table("x", field="g")]) == {
        "f": {pa.int64(), pa.float64()},
        "g": {pa.string()},
    }
