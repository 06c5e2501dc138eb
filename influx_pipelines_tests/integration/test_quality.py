"""The judgements of a source's data, each well and bad, by what a server answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.quality.judge import judge
from influx_pipelines.quality.queries import lines
from influx_pipelines.quality.source import Limits, Shown, Source, Step
from influx_pipelines.quality.verdict import Verdict

BUCKET = "plant"
NOW = datetime.now(UTC).replace(minute=7, second=0, microsecond=0)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Rack(Measurement, name="rack power"):
    """What a device of the replaced power monitoring sent."""

    device = Tag("Name of the device.")
    phase = Tag("One of three.")
    wattage = Field(float, "W", "Power.")
    relays = Field(int, "", "Switched on.")


RACK = Source(
    asset=("plant", "rack"),
    bucket=lambda _: BUCKET,
    measurements=(Rack,),
    every=30 * MINUTE,
    series=("device",),
    steps=(Step(Rack, "wattage", rise=390.0, fall=360.0, missing=0.0),),
)


@pytest.fixture
def plant(influx: Influx) -> Influx:
    influx.create_bucket(BUCKET, retention_seconds=0)
    return influx


def point(ago: timedelta, device: str = "a", **values: Any) -> dict[str, Any]:
    return {"time": NOW - ago, "device": device, "phase": "1", **(values or {"wattage": 1.0})}


def every(step: timedelta, ago: timedelta, until: timedelta = MINUTE) -> Iterable[timedelta]:
    while ago >= until:
        yield ago
        ago -= step


def steady(device: str = "a", ago: timedelta = 24 * HOUR) -> list[dict[str, Any]]:
    return [point(time, device) for time in every(30 * MINUTE, ago)]


def judged(client: Influx, rows: list[dict[str, Any]], name: str, source: Source = RACK) -> Verdict:
    if rows:
        client.write(rows, bucket=BUCKET, measurement=Rack.name, tags=["device", "phase"])
    found = judge(client, BUCKET, source, NOW, [name])[name]
    assert found.expected
    assert found.actual
    return found


def test_new_points_are_fresh_and_points_of_an_hour_ago_are_not(plant: Influx) -> None:
    assert not judged(plant, [], "freshness").passed
    assert judged(plant, [], "freshness", replace(RACK, optional=True)).passed
    found = judged(plant, [point(61 * MINUTE)], "freshness")
    assert (found.passed, found.expected, found.actual) == (False, "no older than 1h", "1h1m")
    assert judged(plant, [point(60 * MINUTE)], "freshness").passed


def test_three_tenths_of_empty_windows_are_a_gap(plant: Influx) -> None:
    """Windows without points made no rows, so the share of the replaced alert was always 0."""
    whole = [*steady(), *steady("b")]
    kept = [row for row in whole if not (row["device"] == "b" and is_recent(row, 100 * MINUTE))]
    found = judged(plant, kept, "gap_share")
    assert (found.passed, found.actual) == (True, "25% at most")
    plant.delete(BUCKET, Rack.name, start=NOW - 130 * MINUTE, tags={"device": "b"})
    found = judged(plant, [], "gap_share")
    assert (found.passed, found.actual) == (False, "33% at most")
    assert found.rows[0]["series"] == "b"


def is_recent(row: dict[str, Any], ago: timedelta) -> bool:
    return bool(row["time"] > NOW - ago)


def test_a_source_that_is_silent_at_all_is_a_gap_of_everything(plant: Influx) -> None:
    silent = [row for row in steady() if not is_recent(row, 7 * HOUR)]
    assert judged(plant, silent, "gap_share").actual == "100% at most"


def test_a_young_series_has_no_gap_before_its_first_point(plant: Influx) -> None:
    found = judged(plant, steady(ago=100 * MINUTE), "gap_share")
    assert (found.passed, found.actual, found.rows[0]["windows"]) == (True, "0% at most", 4)


def test_a_series_without_a_point_for_six_hours_is_dead(plant: Influx) -> None:
    old = [point(200 * 24 * HOUR, "old"), point(400 * 24 * HOUR, "forgotten")]
    assert judged(plant, steady(), "dead_series").passed
    found = judged(plant, [*old, point(361 * MINUTE, "b"), point(359 * MINUTE, "c")], "dead_series")
    assert not found.passed
    assert [row["series"] for row in found.rows] == ["old", "b"]


@pytest.mark.parametrize(
    ("before", "after", "jumped"),
    [
        ([5.0, 5.0], [394.0], False),
        ([5.0, 5.0], [395.0], True),
        ([400.0], [41.0], False),
        ([400.0], [40.0], True),
        ([400.0], [], False),  # an empty window is as the one before
        ([], [390.0], True),  # and the first one as a device that is off
    ],
)
def test_a_mean_that_jumps_from_one_window_to_the_next_is_a_step(
    plant: Influx, before: list[float], after: list[float], jumped: bool
) -> None:
    # Whole windows of 12 minutes that are over at seven minutes past: from 36 and from 48.
    rows = [point((30 + n) * MINUTE, wattage=value) for n, value in enumerate(before)]
    rows += [point(18 * MINUTE, wattage=value) for value in after]
    rows += [point(5 * MINUTE, wattage=9_999.0)]  # of a window that is not over
    assert judged(plant, rows, "step_change").passed is not jumped


def test_too_few_and_too_many_points_of_a_day_are_outside(plant: Influx) -> None:
    assert judged(plant, steady(), "row_count").passed
    few = [row for row in steady("b") if not is_recent(row, 13 * HOUR)]
    found = judged(plant, few, "row_count")
    assert (found.passed, found.rows[0]["series"]) == (False, "b")
    many = replace(RACK, limits=Limits(rows=(0, 40)))
    assert not judged(plant, [], "row_count", many).passed


def test_a_young_series_needs_fewer_points(plant: Influx) -> None:
    assert judged(plant, steady(ago=2 * HOUR), "row_count").passed


def test_a_field_of_another_type_than_declared_is_drift(plant: Influx) -> None:
    """Whole numbers of a service made integers of floats, and 1.5 % of the points were refused."""
    whole = [point(HOUR, wattage=1, relays=2), point(HOUR, "b", wattage=2, relays=3)]
    found = judged(plant, whole, "field_types")
    assert not found.passed
    assert found.rows == [
        {
            "measurement": "rack power",
            "field": "wattage",
            "declared": "float",
            "stored": "integer",
        }
    ]


def test_a_field_that_is_not_declared_is_named_and_no_drift(plant: Influx) -> None:
    found = judged(plant, [point(HOUR, wattage=1.5, relays=2, extra="x")], "field_types")
    assert found.passed
    assert [(row["field"], row["declared"]) for row in found.rows] == [("extra", "not declared")]


def test_events_are_one_series_and_counted_as_a_whole(plant: Influx) -> None:
    events = replace(RACK, series=(), regular=False, limits=Limits(rows=(3, 4)))
    rows = [point((24 * 60 - n) * MINUTE, f"d{n}") for n in range(3)]
    assert judged(plant, rows, "row_count", events).passed
    assert not judged(plant, [point(MINUTE, f"e{n}") for n in range(2)], "row_count", events).passed


def test_a_picture_has_a_line_for_each_value_of_a_tag(plant: Influx) -> None:
    rows = [point(HOUR, device, wattage=watt) for device, watt in (("a", 1.0), ("b", 3.0))]
    judged(plant, rows, "freshness")
    bounds = (NOW - 2 * HOUR, NOW, 30 * MINUTE)
    found = lines(plant, BUCKET, Shown("Power", Rack, "wattage", "device"), *bounds)
    assert {name: list(values.values()) for name, values in found.items()} == {
        "a": [1.0],
        "b": [3.0],
    }
    only = Shown("Points", Rack, "wattage", "phase", fn="count", where={"device": "b"})
    assert list(lines(plant, BUCKET, only, *bounds)["1"].values()) == [1.0]
