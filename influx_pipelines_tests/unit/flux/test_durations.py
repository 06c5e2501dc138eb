from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.flux import durations
from influx_pipelines.flux.durations import Duration, DurationError


@pytest.mark.parametrize(
    ("text", "months", "nanoseconds"),
    [
        ("1h30m", 0, 5_400_000_000_000),
        ("1y2mo", 14, 0),
        ("-5m", 0, -300_000_000_000),
        ("1w", 0, 604_800_000_000_000),
        ("2us3ns", 0, 2_003),
        ("2µs", 0, 2_000),
    ],
)
def test_flux_reads_what_its_grammar_allows(text: str, months: int, nanoseconds: int) -> None:
    assert durations.parse_flux(text) == Duration(months, nanoseconds)


@pytest.mark.parametrize(
    "text", ["", "1", "h", "1.5h", "30m1h", "1h1h", "1 h", "1H", "--1h", "1hm"]
)
def test_flux_refuses_everything_else(text: str) -> None:
    with pytest.raises(DurationError, match=r"no duration|unit once"):
        durations.parse_flux(text)


@pytest.mark.parametrize("text", ["INF", "inf", "infinite"])
def test_influxql_knows_endless(text: str) -> None:
    assert durations.parse_influxql(text) is None


@pytest.mark.parametrize("text", ["1mo", "1y", "", "7 d", "d7"])
def test_influxql_knows_no_months(text: str) -> None:
    with pytest.raises(DurationError):
        durations.parse_influxql(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("1.5s", 1_500_000_000), ("1h30m", 5_400_000_000_000), ("-90s", -90_000_000_000), ("0", 0)],
)
def test_go_takes_fractions(text: str, nanoseconds: int) -> None:
    assert durations.parse_go(text).nanoseconds == nanoseconds


def test_go_prints_as_go_does() -> None:
    shown = [durations.format_go(Duration(0, n)) for n in (0, 1_500_000, 90_000_000_000)]
    assert shown == ["0s", "1.5ms", "1m30s"]


@pytest.mark.parametrize(
    ("seconds", "name"),
    [(604_800, "1w"), (100_000, "1d3h46m40s"), (0, "infinite"), (3_600, "1h"), (2_592_000, "4w2d")],
)
def test_a_policy_is_named_by_the_largest_units_that_fit(seconds: int, name: str) -> None:
    assert durations.policy_name(seconds) == name


@given(st.integers(0, 2**62), st.integers(0, 1200), st.booleans())
def test_flux_prints_what_it_reads_back(nanoseconds: int, months: int, negative: bool) -> None:
    value = Duration(months, nanoseconds)
    value = -value if negative else value
    assert durations.parse_flux(durations.format_flux(value)) == value


@given(st.integers(0, 2**62))
def test_influxql_and_go_print_what_they_read_back(nanoseconds: int) -> None:
    value = Duration(0, nanoseconds)
    assert durations.parse_influxql(durations.format_influxql(value)) == value
    assert durations.parse_go(durations.format_go(value)) == value


def test_months_have_no_length_in_seconds() -> None:
    with pytest.raises(DurationError, match="weeks"):
        _ = Duration(1, 0).seconds
    assert Duration.of(timedelta(days=1)).seconds == 86_400
