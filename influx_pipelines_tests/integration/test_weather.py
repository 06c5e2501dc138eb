"""Weather in a bucket that another program wrote before, and as the command writes it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.weather.current import Asked, write_observations
from influx_pipelines.sources.weather.locations import Location
from influx_pipelines.sources.weather.measurement import ExternalWeather
from influx_pipelines.sources.weather.openweather import parse_current
from influx_pipelines_tests.project import Project
from influx_pipelines_tests.services.service import Answer
from influx_pipelines_tests.services.weather import KEY, OpenWeatherMap, open_meteo, openweather

NOW = datetime.now(UTC)
PLACE = Location(name="Woodlands", latitude=1.4382, longitude=103.789)


def answer(number: int) -> dict[str, Any]:
    """Of a station whose numbers are whole now and then, and come without a fraction then."""
    dice = random.Random(number)
    told = OpenWeatherMap().told({"lat": "1", "lon": "2"})
    for name in ("temp", "feels_like", "temp_min", "temp_max"):
        value = round(dice.uniform(20, 35), 1)
        told["main"][name] = int(value) if value == int(value) or dice.random() < 0.02 else value
    told["main"]["pressure"] = 1009 if dice.random() < 0.9 else 1009.4
    told["wind"]["speed"] = dice.choice([2, 3.1])
    told["dt"] = int((NOW - timedelta(minutes=5 * number)).timestamp())
    return told


def test_a_thousand_observations_of_mixed_numbers_go_on_with_the_series_of_before(
    influx: Influx,
) -> None:
    """1.5 % were lost to type conflicts by the program that wrote the series before."""
    influx.create_bucket("WeatherAPI", retention_seconds=0)
    before = (
        rb"External\ Weather\ Conditions,source=OpenWeatherMap,location=Woodlands "
        b'weather_main="Rain",temperature=27.1,feels_like=30.2,temp_min=26.1,temp_max=28.2,'
        b"pressure=1009i,humidity=84i,wind_speed=2.1,wind_deg=120i,cloudiness=75i "
    )
    old = NOW - timedelta(minutes=1)
    influx.write_lines([before + str(int(old.timestamp())).encode()],
                       bucket="WeatherAPI", precision="s")  # fmt: skip
    asked = [
        Asked(PLACE, "OpenWeatherMap", parse_current(answer(number), NOW))
        for number in range(1, 1001)
    ]
    written = write_observations(influx, "WeatherAPI", asked)
    assert (written.points, written.dropped) == (1000, 0)
    rows = influx.read("WeatherAPI", ExternalWeather, start="-7d", stop="1d").rows()
    assert len(rows) == 1001
    assert {(row["source"], row["location"]) for row in rows} == {("OpenWeatherMap", "Woodlands")}


def test_the_command_does_one_pass_and_tells_what_failed(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    """Trouble with the history of a place hid the trouble with its present weather, as a key."""
    influx.create_bucket("WeatherAPI", retention_seconds=0)
    names = {"INFLUXDB_URL": server.url, "INFLUXDB_TOKEN": server.token, "INFLUXDB_ORG": influx.org}
    with open_meteo() as meteo, openweather() as present:
        project = Project(
            tmp_path / "project",
            **names,
            OPENWEATHER_URL=present.url,
            OPENWEATHER_API_KEY=KEY,
            OPEN_METEO_URL=meteo.url,
        )
        day = (NOW.date() - timedelta(days=2)).isoformat()
        (project.folder / "estate" / "locations.yaml").write_text(
            f"locations:\n- {{name: a, latitude: 1.5, longitude: 2.0, since: {day}}}\n"
            f"- {{name: b, latitude: 2.5, longitude: 2.0, since: {day}}}\n"
        )
        present.broken["2.5"] = Answer.json({"message": f"blocked {KEY}"}, 403)
        meteo.broken["2.5"] = Answer.json({"error": True, "reason": "no such hours"}, 400)
        done = project.run("ingest", "weather")
    assert done.returncode == 1
    assert "no such hours" in done.stdout
    assert "answered 403: blocked ***. Is the key right and active?" in done.stdout
    assert KEY not in done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("a  "))
    assert line.split() == ["a", *line.split()[1:3], "27.0", "Rain", "48"]
    rows = influx.read("WeatherAPI", ExternalWeather, start="-7d", stop="1d").rows()
    assert len(rows) == 49
