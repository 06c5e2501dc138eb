"""The weather codes of Open-Meteo in the words of OpenWeatherMap, so that one field serves both.

Source: the table "WMO Weather interpretation codes" of open-meteo.com/en/docs, and the groups of
openweathermap.org/weather-conditions.
"""

from __future__ import annotations

_GROUPS = (
    ((0, 0), "Clear"),
    ((1, 3), "Clouds"),
    ((45, 48), "Fog"),
    ((51, 57), "Drizzle"),
    ((61, 67), "Rain"),
    ((71, 77), "Snow"),
    ((80, 82), "Rain"),
    ((85, 86), "Snow"),
    ((95, 99), "Thunderstorm"),
)


def weather_of(code: float | None) -> str | None:
    """The group of a code; a code of no group as itself."""
    if code is None:
        return None
    number = int(code)
    for (first, last), name in _GROUPS:
        if first <= number <= last:
            return name
    return f"WMO {number}"
