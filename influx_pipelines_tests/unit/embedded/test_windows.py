"""Windows and the clocks that they are cut by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.engine.calendar import Windows
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.values import format_time, parse_time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration

HOUR = 3_600_000_000_000
BERLIN = Zone.of({"zone": "Europe/Berlin"})
DAY = Duration(0, 24 * HOUR)
seconds = st.integers(1, 400).map(lambda n: n * 1_000_000_000)


def days(zone: Zone, first: str, stop: str) -> list[tuple[str, str]]:
    bounds = Windows(DAY, DAY, Duration(), zone).over(parse_time(first), parse_time(stop))
    return [(format_time(start), format_time(end)) for start, end in bounds]


@pytest.mark.parametrize(
    ("noon", "hours"),
    [("2020-03-28", 24), ("2020-03-29", 23), ("2020-10-24", 24), ("2020-10-25", 25)],
)
def test_a_day_is_as_long_as_its_clocks_say(noon: str, hours: int) -> None:
    windows = Windows(DAY, DAY, Duration(), BERLIN)
    start, stop = windows.bounds(windows.latest(parse_time(f"{noon}T12:00:00Z")))
    assert (stop - start) // HOUR == hours


def test_a_day_without_midnight_begins_where_its_clocks_do() -> None:
    # In São Paulo the clocks went from 23:59:59 to 01:00 on 2018-11-04.
    zone = Zone.of({"zone": "America/Sao_Paulo"})
    assert days(zone, "2018-11-04T12:00:00Z", "2018-11-04T13:00:00Z") == [
        ("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")
    ]


def test_a_fixed_offset_moves_months_too() -> None:
    windows = Windows(Duration(1), Duration(1), Duration(), Zone(None, Duration(0, 2 * HOUR)))
    found = windows.bounds(windows.latest(parse_time("2020-01-31T22:30:00Z")))
    assert [format_time(time) for time in found] == ["2020-01-31T22:00:00Z", "2020-02-29T22:00:00Z"]


def test_nobody_knows_the_place() -> None:
    with pytest.raises(FluxError, match="unknown time zone"):
        Zone.of({"zone": "Middle/Earth"})


@given(st.integers(0, 2**60), st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"]))
def test_what_the_clocks_show_leads_back_to_the_time_or_the_hour_shown_before(
    time: int, name: str
) -> None:
    zone = Zone.of({"zone": name})
    again = zone.time(zone.clock(time))
    assert zone.clock(again) == zone.clock(time)
    assert again in (time, time - HOUR)


@given(
    every=seconds,
    period=seconds,
    offset=seconds,
    times=st.lists(st.integers(0, 2_000).map(lambda n: n * 1_000_000_000), min_size=1),
)
def test_a_time_lies_in_each_window_that_holds_it_and_in_no_other(
    every: int, period: int, offset: int, times: list[int]
) -> None:
    windows = Windows(Duration(0, every), Duration(0, period), Duration(0, offset))
    times.sort()
    every_one = windows.over(0, 2_001 * 1_000_000_000)
    holding = [w for w in every_one if any(w[0] <= time < w[1] for time in times)]
    assert list(windows.around(times)) == holding
    assert all(
        start % every == offset % every and stop - start == period for start, stop in holding
    )
