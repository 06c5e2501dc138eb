"""OpenWeatherMap and Open-Meteo as their documentation has them, with made-up weather."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from influx_pipelines_tests.services.service import Answer, Request, Service

KEY = "0123456789abcdef-openweather"
UNITS = {
    "temperature_2m": "°C",
    "apparent_temperature": "°C",
    "relative_humidity_2m": "%",
    "pressure_msl": "hPa",
    "wind_speed_10m": "m/s",
    "wind_direction_10m": "°",
    "wind_gusts_10m": "m/s",
    "cloud_cover": "%",
    "rain": "mm",
    "snowfall": "cm",
    "weather_code": "wmo code",
    "visibility": "m",
}
VALUES = {"relative_humidity_2m": 80, "pressure_msl": 1013.4, "wind_direction_10m": 359.6,
          "cloud_cover": 100, "rain": 0.2, "snowfall": 0.7, "weather_code": 61,
          "visibility": 9000.0, "wind_speed_10m": 3, "wind_gusts_10m": 5.5}  # fmt: skip


@contextmanager
def openweather() -> Iterator[OpenWeatherMap]:
    fake = OpenWeatherMap()
    with fake.service:
        yield fake


class OpenWeatherMap:
    """`broken` maps a latitude, as the request has it, to the answer for that place."""

    def __init__(self) -> None:
        self.service = Service(self.answer)
        self.broken: dict[str, Answer] = {}
        self.changes: dict[str, Any] = {}
        self.age = timedelta()

    @property
    def url(self) -> str:
        return f"{self.service.url}/data/2.5"

    def answer(self, asked: Request) -> Answer:
        if asked.params.get("appid") != KEY:
            text = f"Invalid API key {asked.params.get('appid')}. Please see the FAQ."
            return Answer.json({"cod": 401, "message": text}, 401)
        if asked.path != "/data/2.5/weather" or asked.params.get("units") != "metric":
            return Answer.json({"cod": "404", "message": "Internal error"}, 404)
        if asked.params["lat"] in self.broken:
            return self.broken[asked.params["lat"]]
        return Answer.json({**self.told(asked.params), **self.changes})

    def told(self, params: dict[str, str]) -> dict[str, Any]:
        moment = datetime.now(UTC) - self.age
        return {
            "coord": {"lon": float(params["lon"]), "lat": float(params["lat"])},
            "weather": [{"id": 500, "main": "Rain", "description": "light rain", "icon": "10d"}],
            "base": "stations",
            "main": {"temp": 27, "feels_like": 30.5, "temp_min": 26.1, "temp_max": 28,
                     "pressure": 1009, "humidity": 84, "sea_level": 1009, "grnd_level": 1007},
            "visibility": 10000,
            "wind": {"speed": 2, "deg": 120, "gust": 3.6},
            "rain": {"1h": 0.31},
            "clouds": {"all": 75},
            "dt": int(moment.timestamp()) // 600 * 600,
            "sys": {"country": "SG", "sunrise": 1, "sunset": 2},
            "timezone": 28800, "id": 1882707, "name": "Woodlands", "cod": 200,
        }  # fmt: skip


@contextmanager
def open_meteo() -> Iterator[OpenMeteo]:
    fake = OpenMeteo()
    with fake.service:
        yield fake


class OpenMeteo:
    """Forecast service and archive at one address; the archive has no hours of the last `lag` days.

    `holes` are days that are unknown; `broken` is as of the other service.
    """

    def __init__(self) -> None:
        self.service = Service(self.answer)
        self.broken: dict[str, Answer] = {}
        self.holes: set[date] = set()
        self.lag = 5

    @property
    def url(self) -> str:
        return f"{self.service.url}/v1"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.service.requests if request.path == f"/v1/{path}"]

    def answer(self, asked: Request) -> Answer:
        params = asked.params
        wrong = {"wind_speed_unit": "ms", "timeformat": "unixtime", "timezone": "GMT"}
        if any(params.get(name) != value for name, value in wrong.items()):
            return Answer.json({"error": True, "reason": "units"}, 400)
        if params["latitude"] in self.broken:
            return self.broken[params["latitude"]]
        if "current" in params:
            return Answer.json(self.current(params))
        first, last = (date.fromisoformat(params[f"{end}_date"]) for end in ("start", "end"))
        oldest = date(1940, 1, 1) if asked.path.endswith("archive") else self.today(-92)
        if first < oldest or last < first:
            text = f"Parameter 'start_date' is out of allowed range from {oldest}"
            return Answer.json({"error": True, "reason": text}, 400)
        return Answer.json(self.hours(params, first, last, asked.path.endswith("archive")))

    def today(self, days: int = 0) -> date:
        return datetime.now(UTC).date() + timedelta(days=days)

    def current(self, params: dict[str, str]) -> dict[str, Any]:
        names = params["current"].split(",")
        now = int(datetime.now(UTC).timestamp()) // 900 * 900
        values = {name: self.value(name, now, archive=False) for name in names}
        units = {"time": "unixtime", "interval": "seconds", **{n: UNITS[n] for n in names}}
        return {"current_units": units, "current": {"time": now, "interval": 900, **values}}

    def hours(
        self, params: dict[str, str], first: date, last: date, archive: bool
    ) -> dict[str, Any]:
        names = params["hourly"].split(",")
        begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
        times = range(begin, begin + ((last - first).days + 1) * 86_400, 3_600)
        units = {"time": "unixtime", **{name: UNITS[name] for name in names}}
        columns = {name: [self.known(name, t, archive) for t in times] for name in names}
        return {"hourly_units": units, "hourly": {"time": list(times), **columns}}

    def known(self, name: str, time: int, archive: bool) -> float | None:
        day = datetime.fromtimestamp(time, UTC).date()
        late = archive and day > self.today(-self.lag)
        return None if late or day in self.holes else self.value(name, time, archive)

    def value(self, name: str, time: int, archive: bool) -> float:
        """Whole numbers now and then, as JSON has them; the archive knows better by a tenth."""
        warmth = round(10 + time // 3_600 % 24 / 2 + (0.1 if archive else 0.0), 1)
        shown = int(warmth) if warmth == int(warmth) else warmth
        return VALUES.get(name, shown)
