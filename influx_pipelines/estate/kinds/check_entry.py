"""Monitoring checks as they are declared: those of thresholds, and those of silence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from influx_pipelines.estate import queries
from influx_pipelines.estate.durations import Period, seconds
from influx_pipelines.estate.kinds.applications import is_named
from influx_pipelines.estate.kinds.declared import LabelledEntry
from influx_pipelines.estate.model import Part

Level = Literal["ok", "info", "warn", "crit"]
Bounds = Annotated[list[float], Field(min_length=2, max_length=2)]


def _query(value: str) -> str:
    queries.parsed(value)
    return value


class Threshold(Part):
    """A level, and the values that have it: one of below, above, within, outside."""

    level: Level = Field(description="The level of a status.")
    below: float | None = Field(None, description="Lesser than this.")
    above: float | None = Field(None, description="Greater than this.")
    within: Bounds | None = Field(None, description="Between these two: [10, 20].")
    outside: Bounds | None = Field(None, description="Not between these two: [10, 20].")

    @model_validator(mode="after")
    def _has_one_form(self) -> Threshold:
        forms = [self.below, self.above, self.within, self.outside]
        if sum(form is not None for form in forms) != 1:
            raise ValueError("write one of below, above, within, outside")
        bounds = self.within or self.outside
        if bounds and bounds[0] > bounds[1]:
            raise ValueError("write the lesser bound first")
        return self

    def told(self) -> dict[str, Any]:
        """In the words of the server."""
        level = self.level.upper()
        if self.below is not None:
            return {"type": "lesser", "level": level, "value": self.below}
        if self.above is not None:
            return {"type": "greater", "level": level, "value": self.above}
        low, high = self.within or self.outside or (0.0, 0.0)
        within = self.within is not None
        return {"type": "range", "level": level, "min": low, "max": high, "within": within}


class CheckEntry(LabelledEntry):
    """A monitoring check: of `thresholds`, or (`time_since`) of series that fell silent."""

    name: str = Field(
        description="Its name; {bucket} or {Bucket} is the bucket of the application.", min_length=1
    )
    each: Literal["application"] | None = Field(
        None,
        description="`application`: one check for each of the applications, with its bucket in the "
        'place of "{bucket}" in the query.',
    )
    query: Annotated[str, AfterValidator(_query)] = Field(
        description="Flux: one chain of calls; the server sets its range and windows to `every`."
    )
    every: Period = Field(description="How often it runs: 1m.")
    offset: Period | None = Field(None, description="How long after that; shorter than every.")
    message: str = Field(
        "${ r._level }: ${ r._check_name }",
        description="Text of a status; a column that is missing fails the check for all series.",
    )
    tags: Mapping[str, str] = Field({}, description="Tags that each status gets.")
    active: bool = Field(True, description="Whether it runs.")
    thresholds: list[Threshold] | None = Field(None, description="One a level.", min_length=1)
    time_since: Period | None = Field(
        None, description="A series without a point for this long has fallen silent."
    )
    stale_time: Period | None = Field(
        None, description="One without a point for this long is forgotten; 1d by default."
    )
    level: Level = Field("crit", description="The level of a series that has fallen silent.")

    @model_validator(mode="after")
    def _is_one_that_runs(self) -> CheckEntry:
        if (self.thresholds is None) is (self.time_since is None):
            raise ValueError("write either thresholds or time_since")
        if self.offset and seconds(self.offset) >= seconds(self.every):
            raise ValueError("the offset must be shorter than every")
        if self.each and not is_named(self.name):
            raise ValueError("one check an application needs {bucket} or {Bucket} in its name")
        if "${" in self.name:
            raise ValueError("InfluxDB takes no ${ in the name of a check")
        if not all([*self.tags.keys(), *self.tags.values()]):
            raise ValueError("a tag needs a key and a value")
        if self.time_since is None:
            self._check_thresholds()
        elif seconds(self.time_since) >= seconds(self.stale):
            raise ValueError("stale_time must be longer than time_since: nothing would be found")
        return self

    def _check_thresholds(self) -> None:
        if self.stale_time is not None or "level" in self.model_fields_set:
            raise ValueError("stale_time and level go with time_since only")
        levels = [threshold.level for threshold in self.thresholds or ()]
        if len(levels) != len(set(levels)):
            raise ValueError("two thresholds of one level make a check that cannot run")
        fields = queries.fields_of(queries.parsed(self.query))
        if len(fields) != 1:
            found = ", ".join(fields) or "none"
            text = f'its query must compare _field with one text, as in r._field == "v" ({found})'
            raise ValueError(text)

    @property
    def stale(self) -> str:
        """The time after which a silent series is forgotten."""
        return self.stale_time or "1d"
