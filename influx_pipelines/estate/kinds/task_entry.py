"""What the files say of tasks."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from influx_pipelines.estate.kinds.applications import is_named
from influx_pipelines.estate.kinds.declared import LabelledEntry
from influx_pipelines.estate.model import Part
from influx_pipelines.flux.durations import Duration, parse_flux


def _duration(value: Any) -> Duration:
    if not isinstance(value, str):
        raise ValueError("write a duration such as 2m30s")
    found = parse_flux(value)
    if found.months or found.nanoseconds < 0:
        raise ValueError(f"{value!r} has no fixed length: write weeks, days or less")
    return found


def _one_line(value: str) -> str:
    if not value.isprintable():  # the server takes blanks away before the end of a line
        raise ValueError(f"{value!r} holds a control character")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    return value


FluxDuration = Annotated[
    Duration,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "examples": ["30s", "2m30s", "1h"]}),
]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Suppression(Part):
    """What is no finding for a while; nothing is silent for ever."""

    when: dict[str, Pattern] = Field(
        description="Column and the regular expression that is found in it; all of them must be.",
        min_length=1,
    )
    at_most: FluxDuration = Field(description="How long it may last before it is a finding.")


class TaskEntry(LabelledEntry):
    """A task, or one an application: from a template, or a script of one's own."""

    name: Annotated[str, AfterValidator(_one_line)] = Field(
        description="Its name; {bucket} or {Bucket} is the bucket of the application.", min_length=1
    )
    each: Literal["application"] | None = Field(
        None, description="`application`: one task for each of the applications."
    )
    template: str | None = Field(
        None, description="Name of a template: `cpu` is tasks/cpu.flux.j2 beside this file."
    )
    script: str | None = Field(
        None, description="A Flux file beside this one, with its own `option task`."
    )
    every: FluxDuration | None = Field(None, description="How often it runs: 2m30s.")
    cron: str | None = Field(None, description="When it runs, in UTC: `0 6 * * *`.")
    offset: FluxDuration | None = Field(
        None,
        description="How much later it runs; without it some seconds below a minute, always the "
        "same for a name, so that not all tasks run at once.",
    )
    status: Literal["active", "inactive"] = Field("active", description="Whether it runs.")
    parameters: dict[str, Any] = Field({}, description="The variables of its template.")
    suppressions: list[Suppression] = Field(
        [], description="What the template is to be silent about, and for how long."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> TaskEntry:
        if (self.template is None) is (self.script is None):
            raise ValueError("write either template or script")
        if self.template and (self.every is None) is (self.cron is None):
            raise ValueError("write exactly one of every and cron")
        if self.script and self.model_fields_set & {"every", "cron", "offset", "parameters"}:
            raise ValueError("a script says every, cron and offset in its own `option task`")
        if self.script and (self.each or self.suppressions):
            raise ValueError("only a template can be for each application or be silent")
        if self.each and not is_named(self.name):
            raise ValueError("one task an application needs {bucket} or {Bucket} in its name")
        return self
