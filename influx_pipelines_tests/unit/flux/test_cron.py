"""Arithmetic of cron; what the expressions mean was held against InfluxData's reader."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.flux.cron import Cron, read_cron


def following(text: str, after: str, count: int = 3) -> list[str]:
    moment = int(datetime.fromisoformat(after).timestamp())
    schedule, found = read_cron(text), []
    for _ in range(count):
        moment = schedule.after(moment)
        found.append(f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}".removesuffix(":00"))
    return found


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("5 4 * * *", ["2024-02-01 04:05", "2024-02-02 04:05", "2024-02-03 04:05"]),
        ("30 5 4 * * *", ["2024-02-01 04:05:30", "2024-02-02 04:05:30", "2024-02-03 04:05:30"]),
        ("0 0 13 * FRI", ["2024-09-13 00:00", "2024-12-13 00:00", "2025-06-13 00:00"]),
        ("0 0 29 feb *", ["2024-02-29 00:00", "2028-02-29 00:00", "2032-02-29 00:00"]),
        ("*/20 10-11 * * *", ["2024-01-31 10:40", "2024-01-31 11:00", "2024-01-31 11:20"]),
        ("0 0 * * 1/2", ["2024-02-01 00:00", "2024-02-03 00:00", "2024-02-06 00:00"]),
        ("@weekly", ["2024-02-04 00:00", "2024-02-11 00:00", "2024-02-18 00:00"]),
        ("@every 90m", ["2024-01-31 10:30", "2024-01-31 12:00", "2024-01-31 13:30"]),
        ("@every 1w", ["2024-02-05 00:00", "2024-02-12 00:00", "2024-02-19 00:00"]),  # Mondays
        ("@every 1mo", ["2024-02-29 10:20:30", "2024-03-29 10:20:30", "2024-04-29 10:20:30"]),
    ],
)
def test_the_times_after_one(text: str, times: list[str]) -> None:
    assert following(text, "2024-01-31T10:20:30+00:00") == times


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("61 * * * *", "invalid start minute 61"),
        ("* * 32 * *", "invalid start month 31"),  # the real one names the field so
        ("*/99 * * * *", "invalid minute */99"),
        ("* * * * 7", "invalid day of week range start must be before end"),
        ("* * * * * * * *", "error in parsing at char 13, ' '"),
        ("@dailyx", "error in parsing at char 5, 'y'"),
        (
            "every hour",
            "failed to parse cron string 'every hour' {0 0 0 0 0 0 0 0 0 0 0 false} 111111111111",
        ),
        (
            "5,x * * * *",
            "failed to parse cron string '5,x * * * *' {1 32 18446744073709551615 "
            "18446744073709551615 0 0 0 0 0 0 0 false} 111111111111",
        ),
    ],
)
def test_what_is_no_cron_expression_is_refused_as_the_real_one_does(
    text: str, message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        read_cron(text)
    assert str(caught.value) == message


def test_a_day_that_never_comes_has_no_time() -> None:
    with pytest.raises(ValueError, match="could not fulfil schedule due to year"):
        read_cron("0 0 31 4 *").after(0)


PARTS = st.one_of(st.just("*"), st.integers(1, 6).map(str), st.integers(1, 6).map("*/{}".format))


@given(st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS), st.integers(0, 2_000_000_000))
def test_a_found_time_fits_every_field_and_is_later(parts: tuple[str, ...], after: int) -> None:
    schedule = read_cron(" ".join(parts))
    assert isinstance(schedule, Cron)
    found = schedule.after(after)
    moment = datetime.fromtimestamp(found, UTC)
    assert found > after
    day, week = moment.day - 1, moment.isoweekday() % 7
    numbers = (moment.minute, moment.hour, day, moment.month - 1, week)
    for part, number, base in zip(parts, numbers, (0, 0, 1, 1, 0), strict=True):
        if part.startswith("*/"):
            assert number % int(part[2:]) == 0
        elif part != "*":
            assert number == int(part) - base


@given(st.integers(1, 100_000), st.integers(0, 2_000_000_000))
def test_lengths_come_at_even_distances_whatever_the_start(length: int, after: int) -> None:
    schedule = read_cron(f"@every {length}s")
    times = [schedule.after(after + late) for late in (0, length, 2 * length)]
    assert {later - sooner for sooner, later in pairwise(times)} == {length}
    assert after < times[0] <= after + length
