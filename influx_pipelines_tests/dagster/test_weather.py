"""The weather assets against fakes of both services, and each asset check failing, too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.defs.weather import automation
from influx_pipelines.defs.weather.current import current, sample
from influx_pipelines.defs.weather.history import history
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines.sources.weather.measurement import SAMPLE, ExternalWeather
from influx_pipelines_tests.dagster.conftest import World
from influx_pipelines_tests.services.service import Answer
from influx_pipelines_tests.services.weather import (
    KEY,
    OpenMeteo,
    OpenWeatherMap,
    open_meteo,
    openweather,
)

TODAY = datetime.now(UTC).date()
HISTORY = dg.AssetKey(["weather", "history"])


class Weather(World):
    """Two places and the fakes of both services."""

    meteo: OpenMeteo
    openweather: OpenWeatherMap

    def places(self, **since: int) -> None:
        """Declare places with a history of so many days, at latitudes 1.5, 2.5 and so on."""
        lines = [
            f"- {{name: {name}, latitude: {number}.5, longitude: 1.0, since: {ago(days)}}}\n"
            for number, (name, days) in enumerate(since.items(), 1)
        ]
        (self.folder / "locations.yaml").write_text("locations:\n" + "".join(lines))

    def days(self, first: int, last: int = 1, **config: Any) -> dg.ExecuteInProcessResult:
        """Materialize the history from so many days ago to so many days ago."""
        tags = {RANGE_START: ago(first), RANGE_END: ago(last)}
        return self.run(
            history, tags=tags, config={"ops": {"weather__history": {"config": config}}}
        )

    def rows(self) -> list[dict[str, Any]]:
        found = self.client.read("WeatherAPI", ExternalWeather, start="-400d", stop="1d")
        return found.rows()

    def tick(self) -> Any:
        resources = {"influx": self.resource, "estate": self.estate}
        return automation.weather_history_gaps(**resources)

    def fill_gaps(self) -> int:
        """Tick and serve until nothing is due; the number of runs."""
        for runs in range(10):
            asked = self.tick()
            if isinstance(asked, dg.SkipReason):
                return runs
            for request in asked:
                assert self.run(history, tags=request.tags, config=request.run_config).success
        raise AssertionError("the schedule asks for ever")


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def passed(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = (e for e in result.all_node_events if e.is_step_failure)
    data = event.step_failure_data.user_failure_data
    assert data is not None
    return str(data.description)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """In memory: a run over many days writes many events."""
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def weather(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    world.__class__ = Weather
    assert isinstance(world, Weather)
    world.bucket("WeatherAPI", 0)
    with open_meteo() as world.meteo, openweather() as world.openweather:
        monkeypatch.setenv("OPENWEATHER_URL", world.openweather.url)
        monkeypatch.setenv("OPENWEATHER_API_KEY", KEY)
        monkeypatch.setenv("OPEN_METEO_URL", world.meteo.url)
        yield world


def test_the_present_weather_is_a_point_a_place_however_often_it_is_asked(weather: Weather) -> None:
    weather.places(a=0, b=0)
    results = [weather.run(current) for _ in range(3)]
    assert all(result.success for result in results)
    assert passed(results[0]) == {"recent": True}
    rows = weather.rows()
    assert [(row["source"], row["location"]) for row in rows] == [
        ("OpenWeatherMap", "a"),
        ("OpenWeatherMap", "b"),
    ]
    assert (rows[0]["temperature"], rows[0]["pressure"], rows[0]["rain"]) == (27.0, 1009, 0.31)


def test_without_a_key_open_meteo_is_asked(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENWEATHER_API_KEY")
    weather.places(a=0)
    assert weather.run(current).success
    assert [row["source"] for row in weather.rows()] == ["Open-Meteo"]


def test_a_place_that_fails_is_named_and_the_others_are_written(weather: Weather) -> None:
    weather.places(good=0, bad=0, worse=0)
    answer = Answer.json({**weather.openweather.told({"lat": "2.5", "lon": "1"}), "main": {}})
    weather.openweather.broken = {"2.5": answer, "3.5": Answer(b"<html>", 200)}
    result = weather.run(current)
    assert not result.success
    text = failure(result)
    assert "2 of 3 places failed" in text
    assert "bad: OpenWeatherMap answered in another shape: main.temp" in text
    assert "worse: " in text and "no JSON" in text
    assert [row["location"] for row in weather.rows()] == ["good"]
    assert passed(result) == {"recent": False}


def test_an_observation_of_two_hours_ago_fails_the_asset_check(weather: Weather) -> None:
    weather.places(a=0)
    weather.openweather.age = timedelta(hours=2, minutes=11)
    result = weather.run(current)
    assert result.success
    assert passed(result) == {"recent": False}


def test_a_wrong_key_is_told_and_stored_nowhere(
    weather: Weather, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = "wrong-key-0123456789"
    monkeypatch.setenv("OPENWEATHER_API_KEY", wrong)
    weather.places(a=0)
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as weather.instance:
        result = weather.run(current)
    assert "answered 401: Invalid API key ***" in failure(result)
    assert weather.rows() == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [path for path in files if wrong.encode() in path.read_bytes()]


def test_a_bucket_that_is_not_there_is_told_before_a_service_is_asked(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of the server came, after the calls were spent, and not what to do."""
    monkeypatch.setenv("INFLUX_PIPELINES_WEATHER_BUCKET", "nowhere")
    weather.places(a=1)
    for result in (weather.run(current), weather.days(1)):
        assert "BUCKET: there is no bucket 'nowhere'. Make the declared ones" in failure(result)
    assert weather.openweather.service.requests == weather.meteo.service.requests == []


def test_a_spent_budget_is_told(weather: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUX_PIPELINES_WEATHER_CALLS", "1")
    weather.places(a=0, b=0)
    assert "b: openweathermap: of 1 calls a day 0 are left" in failure(weather.run(current))
    assert len(weather.rows()) == 1


def test_a_day_again_and_again_changes_no_row(weather: Weather) -> None:
    weather.places(a=30, b=30)
    assert weather.days(12).success
    rows = weather.rows()
    assert len(rows) == 2 * 12 * 24
    assert {row["source"] for row in rows} == {"Open-Meteo history"}
    assert [row["origin"] for row in rows[:288:24]] == ["archive"] * 5 + ["forecast"] * 7
    for _ in range(2):
        assert weather.days(12).success
        assert weather.rows() == rows
    assert weather.instance.get_materialized_partitions(HISTORY) == {
        ago(days) for days in range(1, 13)
    }


def test_a_year_is_one_run_of_few_requests(weather: Weather) -> None:
    weather.places(a=365)
    result = weather.days(365)
    assert result.success
    assert passed(result) == {"no_gaps": True}
    assert len(weather.meteo.asked("archive")) == 1
    assert len(weather.meteo.asked("forecast")) == 1
    assert len(weather.rows()) == 365 * 24


def test_gaps_and_the_days_of_a_new_place_are_filled_and_nothing_else(weather: Weather) -> None:
    weather.places(a=20)
    weather.meteo.holes = {date.fromisoformat(ago(15))}
    result = weather.days(20)
    assert result.success
    assert passed(result) == {"no_gaps": False}
    assert len(weather.rows()) == 19 * 24
    assert ago(15) not in weather.instance.get_materialized_partitions(HISTORY)
    weather.meteo.holes = set()
    weather.meteo.service.requests.clear()
    weather.places(a=20, new=3)
    assert weather.fill_gaps() == 1
    asked = [(r.params["latitude"], r.params["start_date"]) for r in weather.meteo.service.requests]
    assert sorted(asked) == [("1.5", ago(15)), ("2.5", ago(3))]
    assert len(weather.rows()) == 23 * 24
    assert weather.tick().skip_message == "Every place has all of its days."


def test_a_day_that_broke_off_in_the_middle_ends_as_one_that_did_not(weather: Weather) -> None:
    weather.places(a=2)
    assert weather.days(2).success
    rows = weather.rows()
    noon = datetime.fromisoformat(f"{ago(1)}T12:00:00+00:00")
    weather.client.delete(
        "WeatherAPI", ExternalWeather, start=noon, stop=noon + timedelta(hours=12)
    )
    assert len(weather.rows()) == 36
    assert weather.fill_gaps() == 1
    assert weather.rows() == rows


def test_days_of_the_forecast_service_are_written_again_from_the_archive(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.places(a=8)
    assert weather.days(8, 8).success
    (first, *_) = rows = weather.rows()
    assert first["origin"] == "archive"
    # As it was written when the day was young.
    young = [{**r, "time": r["_time"], "origin": "forecast", "temperature": 0.0} for r in rows]
    for row in young:
        del row["_time"]
    weather.client.write(young, bucket="WeatherAPI", measurement=ExternalWeather)
    assert weather.fill_gaps() == 1
    assert weather.rows()[:24] == rows


def test_a_request_that_fails_leaves_the_other_days_and_is_named(weather: Weather) -> None:
    weather.places(a=3, b=3)
    weather.meteo.broken["1.5"] = Answer.json({"error": True, "reason": "Too much"}, 400)
    result = weather.days(3)
    assert f"a, {ago(3)} to {ago(1)} from the forecast" in failure(result)
    assert "Too much" in failure(result)
    assert len(weather.rows()) == 3 * 24
    assert passed(result) == {"no_gaps": False}
    weather.meteo.broken.clear()
    assert weather.fill_gaps() == 1
    assert len(weather.rows()) == 2 * 3 * 24


def test_without_network_schedules_skip_and_the_asset_says_why(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUX_PIPELINES_NETWORK", "false")
    weather.places(a=1)
    assert isinstance(weather.tick(), dg.SkipReason)
    assert isinstance(automation.weather_every_half_hour(estate=weather.estate), dg.SkipReason)
    assert "INFLUX_PIPELINES_NETWORK: is false" in failure(weather.run(current))


def test_a_server_that_cannot_be_read_is_no_gap(weather: Weather) -> None:
    weather.places(a=1)
    weather.resource = InfluxDBResource(
        url="http://127.0.0.1:9", token="x", org="x", retry_seconds=0.0
    )
    assert "could not be told" in weather.tick().skip_message


def test_the_sample_is_written_only_to_a_server_of_ours_and_apart(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.places(a=0)
    assert passed(weather.run(sample)) == {"sample_is_apart": True}
    assert weather.client.find_bucket("weather_sample") is None
    ours = type(weather.resource.connection())(
        weather.client.url, weather.client.org, "embedded", weather.resource.token
    )
    monkeypatch.setattr(InfluxDBResource, "connection", lambda _: ours)
    assert passed(weather.run(sample)) == {"sample_is_apart": True}
    found = weather.client.read("weather_sample", ExternalWeather, start="-3d").rows()
    assert len(found) == 96
    assert {row["source"] for row in found} == {SAMPLE}
    assert weather.rows() == []
    stray = [{**found[0], "time": found[-1]["_time"]}]
    del stray[0]["_time"]
    weather.client.write(stray, bucket="WeatherAPI", measurement=ExternalWeather)
    assert passed(weather.run(sample)) == {"sample_is_apart": False}
