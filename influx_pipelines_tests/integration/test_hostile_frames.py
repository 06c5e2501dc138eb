"""What is written, however hostile, is what a reader that is not ours finds; and what ours does."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.hostile.answers import Point, normal, stored
from influx_pipelines_tests.hostile.frames import Frame, frames

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
SENDING = st.fixed_dictionaries(
    {"chunk_rows": st.sampled_from([1, 3, 25_000]), "in_flight": st.sampled_from([1, 4])}
)


def expected(frame: Frame, measurement: str) -> dict[Point, tuple[str, Any]]:
    return {
        (measurement, tags, name, time): (kind, normal(value))
        for (tags, name, time), (kind, value) in frame.points().items()
    }


def check(influx: Influx, frame: Frame, sending: dict[str, Any]) -> None:
    measurement = f"m-{secrets.token_hex(8)}"  # each example is one of its own
    result = influx.write(
        frame.table(), bucket="b", measurement=measurement, **frame.options, **sending
    )
    rows, lines = len(frame.columns[-1].values), len(frame.lines())
    assert (result.points, result.skipped, result.dropped) == (lines, rows - lines, 0)
    assert stored(influx, "b", measurement) == expected(frame, measurement)


@pytest.fixture
def bucket(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)


@settings(max_examples=80, deadline=None, suppress_health_check=CHECKS)
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
