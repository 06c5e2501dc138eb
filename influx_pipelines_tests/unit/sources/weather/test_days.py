"""Which days are fetched, from where, and in how many requests."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from influx_pipelines.estate.problems import EstateError
from influx_pipelines.sources.weather.calendar import DAY
from influx_pipelines.sources.weather.days import Stored, due_days, gaps, stretches
from influx_pipelines.sources.weather.history import requests_for
from influx_pipelines.sources.weather.locations import Location, load_locations

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - DAY


def place(name: str = "a", since: date | None = date(2026, 1, 1)) -> Location:
    return Location(name=name, latitude=1.0, longitude=2.0, since=since)


def span(first: date, length: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(length)]


def test_a_day_is_due_until_the_archive_has_its_24_hours() -> None:
    late, early = TODAY - 7 * DAY, TODAY - 8 * DAY
    assert Stored(23).is_due(early, TODAY)
    assert Stored(24, forecast=1).is_due(early, TODAY)
    assert not Stored(24, forecast=24).is_due(late, TODAY)
    assert not Stored(24).is_due(early, TODAY)


def test_a_new_place_is_due_from_its_own_first_day_and_the_others_are_not() -> None:
    old, new, without = place("old"), place("new", date(2026, 11, 20)), place("no", None)
    full = {day: Stored(24) for day in span(date(2026, 1, 1), 327)}
    due = due_days([old, new, without], {"old": full}, date(2025, 1, 1), YESTERDAY, TODAY)
    assert due == {new: span(date(2026, 11, 20), 4)}


def test_a_year_is_one_request_to_each_service() -> None:
    asked = requests_for({place(): span(TODAY - 365 * DAY, 365)}, TODAY)
    assert [(one.origin, (one.last - one.first).days + 1) for one in asked] == [
        ("archive", 358),
        ("forecast", 7),
    ]


def test_days_that_are_near_are_joined_and_long_stretches_cut() -> None:
    near = [date(2026, 1, 1), date(2026, 1, 14), date(2026, 3, 1)]
    assert stretches(near) == [(near[0], near[1]), (near[2], near[2])]
    assert [(b - a).days + 1 for a, b in stretches(span(date(2024, 1, 1), 800))] == [366, 366, 68]


def test_a_gap_is_told_with_its_first_and_last_day() -> None:
    stored = {"a": {day: Stored(24) for day in span(date(2026, 11, 1), 23)}}
    stored["a"][date(2026, 11, 5)] = Stored(20)
    del stored["a"][date(2026, 11, 6)], stored["a"][date(2026, 11, 20)]
    found = gaps([place(since=date(2026, 11, 1))], stored, date(2026, 1, 1), YESTERDAY)
    days = [(date(2026, 11, a), date(2026, 11, b)) for a, b in ((5, 6), (20, 20))]
    assert found == {"a": days}


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("locations:\n  - name: a\n    latitude: 91\n    longitude: 0\n", "3:5", "latitude"),
        ("locations:\n  - {name: a, latitude: 1}\n", "2:5", "longitude is missing"),
        ("locations:\n  - {name: a, latitude: 1, longitude: x}\n", "2:28", "longitude"),
        ("locations:\n  - name: a\n    lattitude: 1\n    longitude: 0\n", "3:5", "latitude?"),
        (
            "locations:\n  - {name: a, latitude: 1, longitude: 1}\n"
            "  - {name: a, latitude: 1, longitude: 1}\n",
            "3:6",
            "second time",
        ),
        (
            "locations:\n  - {name: a, latitude: 1, longitude: 1, since: 1890-01-01}\n",
            "2:42",
            "begins with 1940",
        ),
        ("locations:\n  - {name: ' a', latitude: 1, longitude: 1}\n", "2:6", "without blanks"),
    ],
)
def test_a_mistake_in_the_places_is_named_with_its_place(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    (tmp_path / "locations.yaml").write_text(text)
    with pytest.raises(EstateError) as caught:
        load_locations(tmp_path)
    found = [str(problem) for problem in caught.value.problems]
    assert any(f"locations.yaml:{place}: " in one and says in one for one in found), found


def test_no_file_is_no_place_and_no_folder_is_told(tmp_path: Path) -> None:
    """With a mistyped INFLUX_PIPELINES_ESTATE a pass did nothing, and ended well."""
    assert load_locations(tmp_path) == []
    with pytest.raises(EstateError, match="no such folder: set INFLUX_PIPELINES_ESTATE"):
        load_locations(tmp_path / "nowhere")
