"""The declared sources speak of columns that there are."""

from __future__ import annotations

import pytest

from influx_pipelines.defs.quality.sources import SOURCES
from influx_pipelines.quality.source import Source


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_names_its_tags_and_fields_as_they_are_declared(source: Source) -> None:
    for measurement in source.measurements:
        assert set(source.series) <= set(measurement.tags)
        assert not source.counted or source.counted in measurement.fields
    for step in source.steps:
        assert step.measurement.fields[step.field].type in (int, float)
    assert source.shown
    for shown in source.shown:
        assert {shown.by, *shown.where} <= set(shown.measurement.tags)
        assert shown.fn == "count" or shown.measurement.fields[shown.field].type in (int, float)
