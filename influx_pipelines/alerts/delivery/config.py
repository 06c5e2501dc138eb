"""Who is told what: the model of `estate/alerts.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from influx_pipelines.alerts.delivery.texts import TEXTS, bad_template
from influx_pipelines.alerts.levels import Level
from influx_pipelines.estate.durations import Period
from influx_pipelines.estate.model import Part

ADDRESS_IN_FILE = "write where the address is, never the address itself"
Never = Literal["never"]


def _no_address(value: str | None) -> str | None:
    if value is not None and "://" in value:
        raise ValueError(ADDRESS_IN_FILE)
    return value


def _template(value: str) -> str:
    if problem := bad_template(value):
        raise ValueError(problem)
    return value


NoAddress = Annotated[str, AfterValidator(_no_address)]
Template = Annotated[str, AfterValidator(_template)]
When = Annotated[
    dict[str, str],
    Field(
        min_length=1,
        description="Patterns by name of a tag, or of check, type, measurement, level; "
        "`*` and `?` are wild.",
    ),
]


class Channel(Part):
    """A place that messages go to."""

    name: Annotated[NoAddress, Field(min_length=1, max_length=250)] = Field(
        description="Its name, as routes say it."
    )
    env: NoAddress | None = Field(None, description="Environment variable that holds the address.")
    file: NoAddress | None = Field(None, description="File that holds the address.")
    command: bool = Field(
        False, description="Ask the command of INFLUX_PIPELINES_SECRET_COMMAND for the address."
    )
    log: bool = Field(False, description="Write messages to the log; needs no address.")

    @model_validator(mode="after")
    def _has_one_source(self) -> Channel:
        if bool(self.env) + bool(self.file) + self.command + self.log != 1:
            raise ValueError("say where its address is: env, file or command: true; or log: true")
        return self


class Route(Part):
    """Which incidents go to which channels."""

    when: When
    channels: list[str] = Field(min_length=1, description="Names of channels.")


class RepeatEntry(Part):
    """How often incidents that go on are told again."""

    when: When
    every: Period | Never = Field(description="An interval such as 4h, or never.")


class SuppressionEntry(Part):
    """Incidents that are told only if they last."""

    when: When
    at_most: Period = Field(description="Told after this time: nothing is silent for ever.")


class Texts(Part):
    """Jinja templates of the messages, by what is told."""

    title: Template = Field(TEXTS["title"], description="Subject, where a channel has one.")
    opened: Template = Field(TEXTS["opened"], description="An incident begins.")
    changed: Template = Field(TEXTS["changed"], description="Its level changed.")
    repeat: Template = Field(TEXTS["repeat"], description="It goes on.")
    resolved: Template = Field(TEXTS["resolved"], description="It is over.")


class AlertsConfig(Part):
    """Who is told of which alerts, over which channels."""

    channels: list[Channel] = Field(default=[], description="Channels by name.")
    routes: list[Route] = Field(default=[], description="The first one that matches counts.")
    default: list[str] = Field(
        default=[], description="Channels of what no route matches, an unknown cluster too."
    )
    lowest_level: Level = Field("warn", description="Incidents below it are kept, not told.")
    repeat_every: Period | Never = Field(
        "4h", description="How often an incident that goes on is told again, or never."
    )
    repeats: list[RepeatEntry] = Field(default=[], description="Other intervals; the first counts.")
    suppressions: list[SuppressionEntry] = Field(
        default=[], description="Incidents that are told only if they last."
    )
    give_up_after: Period = Field(
        "1d", description="What could not be delivered for so long is a dead letter."
    )
    texts: Texts = Field(default=Texts(), description="Templates of the messages.")

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((one for one in self.channels if one.name == name), None)
