"""Line protocol of hostile frames, read letter by letter by a parser of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.writing.layout import layout_of
from influx_pipelines.influx.writing.serializer import serialize
from influx_pipelines_tests.hostile.families import names
from influx_pipelines_tests.hostile.frames import CARRIERS, UNIT, Frame, every_dtype, frames
from influx_pipelines_tests.hostile.lines import read

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]
ROWS = st.sampled_from([1, 2, 3, 7, 25_000])


def check(frame: Frame, measurement: str, rows: int) -> None:
    layout = layout_of(measurement, frame.tags, None, frame.columns[-1].name, frame.precision)
    found = [
        (name, tags, fields, stamp * UNIT[frame.precision])
        for block in serialize(frame.table(), layout, rows)
        for name, tags, fields, stamp in read(block)
    ]
    assert found == [(measurement, *line) for line in frame.lines()]


@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(frame=frames(), measurement=names, rows=ROWS)
def test_lines_say_what_the_frame_says(frame: Frame, measurement: str, rows: int) -> None:
    check(frame, measurement, rows)


@pytest.mark.proof
@pytest.mark.timeout(1800)
@settings(max_examples=20_000, deadline=None, suppress_health_check=CHECKS)
@given(frame=frames(), measurement=names, rows=ROWS)
def test_lines_of_twenty_thousand_frames(frame: Frame, measurement: str, rows: int) -> None:
    check(frame, measurement, rows)


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)
def test_every_type_of_column_is_written(carrier: Any) -> None:
    for frame in every_dtype(carrier):
        check(frame, "m", 4)
