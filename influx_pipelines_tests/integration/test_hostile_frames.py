"""What is written, however hostile, is what a reader that is not ours finds; and what ours does."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.hostile.answers import normal, stored
from influx_pipelines_tests.hostile.frames import Frame, Points, frames

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
SENDING = st.fixed_dictionaries(
    {"chunk_rows": st.sampled_from([1, 3, 25_000]), "in_flight": st.sampled_from([1, 4])}
)
START = datetime(1677, 9, 21, 0, 12, 44, tzinfo=UTC)
STOP = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)
KINDS = {"double": "float", "int64": "int", "uint64": "uint", "bool": "bool", "string": "string"}


def by_another(influx: Influx, measurement: str) -> Points:
    """What a reader that is not ours finds."""
    return {
        (tags, name, time): value
        for (_, tags, name, time), value in stored(influx, "b", measurement).items()
    }


def by_read(influx: Influx, measurement: str, tags: list[str]) -> Points:
    """What ours finds: a wide table, in which the columns that are no tags are fields."""
    (table,) = influx.read("b", measurement, start=START, stop=STOP).tables
    kinds = {column.name: KINDS.get(str(column.type), "") for column in table.data.schema}
    found: Points = {}
    for row in table.data.set_column(0, "_time", table.data["_time"].cast("int64")).to_pylist():
        time = row.pop("_time")
        series = tuple(sorted((tag, row.pop(tag)) for tag in tags if tag in row))
        series = tuple((tag, value) for tag, value in series if value is not None)
        for name, value in row.items():
            if value is not None:
                found[series, name, time] = kinds[name], value
    return found


def check(influx: Influx, frame: Frame, sending: dict[str, Any]) -> None:
    measurement = f"m-{secrets.token_hex(8)}"  # each example is one of its own
    result = influx.write(
        frame.table(), bucket="b", measurement=measurement, **frame.options, **sending
    )
    rows, lines = len(frame.columns[-1].values), len(frame.lines())
    assert (result.points, result.skipped, result.dropped) == (lines, rows - lines, 0)
    expected = {point: (kind, normal(value)) for point, (kind, value) in frame.points().items()}
    assert by_another(influx, measurement) == expected
    assert by_read(influx, measurement, frame.tags) == expected


@pytest.fixture
def bucket(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)


@settings(max_examples=60, deadline=None, suppress_health_check=CHECKS)
@given(frame=frames(), sending=SENDING)
def test_every_frame_is_read_back_equal(
    influx: Influx, bucket: None, frame: Frame, sending: dict[str, Any]
) -> None:
    check(influx, frame, sending)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@settings(max_examples=3000, deadline=None, suppress_health_check=CHECKS)
@given(frame=frames(), sending=SENDING)
def test_three_thousand_frames_are_read_back_equal(
    influx: Influx, bucket: None, frame: Frame, sending: dict[str, Any]
) -> None:
    check(influx, frame, sending)
