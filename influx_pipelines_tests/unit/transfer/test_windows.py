"""Windows of an export: the same whenever they are made, and never across shard groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.windows import EPOCH, Cuts, Window, length_of, moment_of

DAY, WEEK, MINUTE = timedelta(days=1), timedelta(weeks=1), timedelta(minutes=1)
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
MOMENTS = st.integers(-8_000_000_000, 8_000_000_000).map(lambda s: EPOCH + timedelta(seconds=s))
LENGTHS = st.integers(1, 10_000).map(lambda hours: timedelta(hours=hours))


@given(start=MOMENTS, length=LENGTHS, shard=st.sampled_from([timedelta(), DAY, WEEK]))
def test_windows_cover_the_range_once_and_are_never_too_long(
    start: datetime, length: timedelta, shard: timedelta
) -> None:
    stop = start + timedelta(days=60)
    windows = list(Cuts(length, shard).windows(start, stop))
    assert (windows[0].start, windows[-1].stop) == (start, stop)
    assert all(one.stop == two.start for one, two in pairwise(windows))
    assert all(window.start < window.stop <= window.start + length for window in windows)


@given(start=MOMENTS, later=st.integers(0, 10**6), length=LENGTHS)
def test_an_export_that_goes_on_makes_the_same_windows(
    start: datetime, later: int, length: timedelta
) -> None:
    cuts, stop = Cuts(length, WEEK), start + timedelta(days=30)
    windows = list(cuts.windows(start, stop))
    resumed = windows[later % len(windows)].start
    assert list(cuts.windows(resumed, stop)) == [w for w in windows if w.start >= resumed]


def test_no_window_spans_two_shard_groups() -> None:
    """Of a field that has two types, one query leaves the points of the second out silently."""
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    windows = list(Cuts(timedelta(days=30), WEEK).windows(NOW - 10 * DAY, NOW))
    assert [window.start for window in windows[1:]] == [monday - WEEK, monday]


def test_an_aggregate_is_never_cut() -> None:
    week = Cuts(WEEK, WEEK, WEEK)  # Flux begins its weeks on Thursdays, shard groups on Mondays
    starts = [window.start for window in week.windows(NOW - 30 * DAY, NOW)][1:]
    assert {(start - EPOCH) % WEEK for start in starts} == {timedelta()}
    with pytest.raises(TransferError, match="no multiple"):
        Cuts(DAY, WEEK, 7 * MINUTE)


def test_halves_meet_at_a_multiple_of_the_step() -> None:
    window = Window(NOW, NOW + 25 * MINUTE)
    halves = window.halves(10 * MINUTE)
    assert halves is not None
    assert halves[0].stop == halves[1].start == NOW + 10 * MINUTE
    assert Window(NOW, NOW + MINUTE).halves(10 * MINUTE) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("-45d", NOW - 45 * DAY),
        ("-1h30m", NOW - 90 * MINUTE),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("1500-01-01", datetime(1677, 9, 21, 0, 12, 44, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert moment_of("start", text, NOW) == moment


@pytest.mark.parametrize("text", ["-1mo", "-30dxyz", "-2h30", "45d", "yesterday", "-30m1h", ""])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    """A window parser that reads a prefix took `2h30m` for 2 hours and `30dxyz` for 30 days."""
    with pytest.raises(TransferError, match="start"):
        moment_of("start", text, NOW)


@pytest.mark.parametrize("text", ["0s", "-1d", "1mo", "1", "1dx", "500ns"])
def test_a_length_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(TransferError, match="window"):
        length_of("window", text)
