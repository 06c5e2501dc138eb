"""The places whose weather is taken: `estate/locations.yaml`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from influx_pipelines.estate.model import Part
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.yamlfile import read_model

FILE = "locations.yaml"
LONGEST = 200
FIRST_YEAR = 1940  # of the archive of Open-Meteo


def _name(value: str) -> str:
    if not value.strip() or value != value.strip():
        raise ValueError("a location needs a name without blanks around it")
    if len(value) > LONGEST:
        raise ValueError(f"a location has a name of at most {LONGEST} characters")
    if not value.isprintable() or "\\" in value:
        raise ValueError(f"{value!r} holds a control character or a backslash")
    return value


def _since(value: date) -> date:
    if value.year < FIRST_YEAR:
        raise ValueError(f"the archive begins with {FIRST_YEAR}-01-01")
    return value


class Location(Part):
    """A place."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="Name of the place and value of the tag `location`; to go on with a series of "
        "OpenWeatherMap, the name that it answers with."
    )
    latitude: float = Field(ge=-90, le=90, description="Degrees north.")
    longitude: float = Field(ge=-180, le=180, description="Degrees east.")
    since: Annotated[date, AfterValidator(_since)] | None = Field(
        None,
        description="First day of its history, as 2026-01-01; unset, it has none. Days before "
        "INFLUX_PIPELINES_WEATHER_SINCE have no partition.",
    )

    def __hash__(self) -> int:
        return hash(self.name)


class LocationsDocument(Part):
    """The places whose weather is taken."""

    locations: list[Location] = Field(default=[], description="Places by name.")


def load_locations(folder: Path) -> list[Location]:
    """The places of a folder's `locations.yaml`; none without that file.

    Raises:
        EstateError: naming every problem with line and column.
    """
    path = folder / FILE
    if not folder.is_dir():
        text = "there is no such folder: set INFLUX_PIPELINES_ESTATE to that of the declaration"
        raise EstateError([Problem(str(folder), 1, 1, text)])
    if not path.exists():
        return []
    document, marked = read_model(path, LocationsDocument)
    names = [location.name for location in document.locations]
    problems = [
        Problem(
            f"{folder.name}/{FILE}",
            *marked.place(("locations", place, "name")),
            f"the location {name!r} stands here a second time: keep one",
        )
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if problems:
        raise EstateError(problems)
    return document.locations
