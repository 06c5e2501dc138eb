"""Retention over thousands of made-up histories: what always holds, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.backups.retention import Candidate, Decision, Policy, decide

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
ZONES = ("Asia/Singapore", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "UTC")

policies = st.builds(
    Policy,
    daily=st.integers(1, 9),
    weekly=st.integers(0, 5),
    monthly=st.integers(0, 13),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
# Hours between one backup and the next: two within a moment, nightly ones, gaps of months.
gaps = st.one_of(st.just(0.0), st.floats(0.1, 5), st.just(24.0), st.floats(20, 3000))
looks = st.sampled_from(["good", "good", "good", "bad", "unverified"])


@st.composite
def histories(draw: st.DrawFn) -> list[Candidate]:
    """Backups up to now, oldest first; every so many are full."""
    found = draw(st.lists(st.tuples(gaps, looks, st.booleans()), max_size=60))
    time, sets = NOW, []
    for number, (gap, state, full) in enumerate(found):
        time -= timedelta(hours=gap)
        sets.append(Candidate(f"backup-{999 - number}", time, state, full))  # type: ignore[arg-type]
    return sets[::-1]


def good(sets: list[Candidate]) -> list[Candidate]:
    return [one for one in sets if one.state == "good"]


def kept(sets: list[Candidate], decision: Decision) -> list[Candidate]:
    return [one for one in sets if one.name in decision.keep]


def check_promises(sets: list[Candidate], policy: Policy) -> None:
    decision = decide(sets, policy, NOW)
    stay = kept(sets, decision)
    assert sorted([*decision.keep, *decision.remove]) == sorted(one.name for one in sets)
    assert all(decision.keep.values())

    # The last good one and two full ones stay.
    always = [*good(sets)[-1:], *[one for one in good(sets) if one.full][-2:]]
    assert {one.name for one in always} <= set(decision.keep)

    # Never more than the policy says, beyond these.
    most = policy.daily + policy.weekly + policy.monthly
    beyond = [one for one in stay if set(decision.keep[one.name]) <= {"last good full ones"}]
    assert len(beyond) <= 2
    assert len(good(stay)) - len(beyond) <= most
    assert len([one for one in stay if one.state != "good"]) <= most + 1

    # What is bad or unverified makes no good one go.
    assert set(decide(good(sets), policy, NOW).keep) == {one.name for one in good(stay)}

    # A second time removes nothing.
    assert decide(stay, policy, NOW) == Decision(decision.keep, ())


@settings(max_examples=1000)
@given(histories(), policies)
def test_every_history_keeps_what_is_promised_and_no_more(
    sets: list[Candidate], policy: Policy
) -> None:
    check_promises(sets, policy)


@pytest.mark.proof
@settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
@given(histories(), policies)
def test_many_more_histories(sets: list[Candidate], policy: Policy) -> None:
    check_promises(sets, policy)


@settings(max_examples=100)
@given(histories(), policies)
def test_followed_after_every_backup_it_keeps_what_it_would_keep_at_once(
    sets: list[Candidate], policy: Policy
) -> None:
    left: list[Candidate] = []
    for one in sets:
        left = kept([*left, one], decide([*left, one], policy, NOW))
    assert {one.name for one in left} == set(decide(sets, policy, NOW).keep)


@settings(max_examples=100)
@given(histories(), policies, st.data())
def test_a_look_that_finds_a_damage_leaves_the_last_good_one(
    sets: list[Candidate], policy: Policy, data: st.DataObject
) -> None:
    left = kept(sets, decide(sets, policy, NOW))
    if left:
        hurt = data.draw(st.sampled_from(left))
        left = [replace(one, state="bad") if one is hurt else one for one in left]
        after = decide(left, policy, NOW)
        assert {one.name for one in good(left)[-1:]} <= set(after.keep)


def nightly(days: int, state: str = "good", hour: int = 16) -> list[Candidate]:
    """A backup each night, the first at the oldest; every seventh is full."""
    start = NOW.replace(hour=hour) - timedelta(days=days - 1)
    return [
        Candidate(f"night-{n:03}", start + timedelta(days=n), state, n % 7 == 0)  # type: ignore[arg-type]
        for n in range(days)
    ]


def test_two_years_of_nights_keep_days_weeks_and_months() -> None:
    """And the full one of 2026-11-16, beside that of the 23rd."""
    sets = nightly(730)
    decision = decide(sets, Policy(7, 4, 12), NOW)
    days = [one.started.date().isoformat() for one in kept(sets, decision)]
    assert days == [
        *("2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"),
        *("2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31"),
        *(
            "2026-11-08",
            "2026-11-15",
            "2026-11-16",
            "2026-11-18",
            "2026-11-19",
            "2026-11-20",
            "2026-11-21",
        ),
        *("2026-11-22", "2026-11-23", "2026-11-24"),
    ]
    assert decision.keep["night-729"] == (
        "newest", "last good", "daily 2026-11-24", "weekly 2026-W48", "monthly 2026-11"
    )  # fmt: skip


def test_months_of_damaged_backups_leave_every_good_one_of_before() -> None:
    """A disk that goes bad slowly, with nobody looking at the alerts."""
    before = nightly(730)[:-200]
    policy = Policy(7, 4, 12)
    after = before + nightly(200, "bad")
    assert set(decide(before, policy, NOW).keep) <= set(decide(after, policy, NOW).keep)


@pytest.mark.parametrize(("state", "stays"), [("unverified", True), ("bad", False)])
def test_the_newest_of_a_day_with_a_good_one_stays_until_a_newer_one_comes(
    state: str, stays: bool
) -> None:
    first = Candidate("first", NOW - timedelta(hours=3), "good")
    second = Candidate("second", NOW - timedelta(hours=2), state)  # type: ignore[arg-type]
    assert set(decide([first, second], Policy(7, 4, 12), NOW).keep) == {"first", "second"}
    third = Candidate("third", NOW - timedelta(hours=1), "good")
    assert set(decide([first, second, third], Policy(7, 4, 12), NOW).keep) == {"third", "first"}


def test_a_day_begins_at_midnight_in_its_zone_also_when_the_clock_is_changed() -> None:
    """On 2026-10-25 Berlin has 25 hours: 22:30 UTC of the day before and 22:30 UTC are one day."""
    sets = [
        Candidate("early", datetime(2026, 10, 24, 22, 30, tzinfo=UTC), "good", full=False),
        Candidate("late", datetime(2026, 10, 25, 22, 30, tzinfo=UTC), "good", full=False),
    ]
    berlin = decide(sets, Policy(9, 0, 0, ZoneInfo("Europe/Berlin")), NOW)
    utc = decide(sets, Policy(9, 0, 0), NOW)
    assert berlin.remove == ("early",)
    assert utc.remove == ()


def test_a_backup_from_the_future_neither_goes_nor_takes_a_place() -> None:
    """A server whose clock ran ahead for a day would have held the last good place for ever."""
    sets = [*nightly(3), Candidate("ahead", NOW + timedelta(days=9000), "good")]
    decision = decide(sets, Policy(1, 0, 0), NOW)
    assert decision.keep["ahead"] == ("ahead of the clock",)
    assert "last good" in decision.keep["night-002"]
