"""Notification rules as they are declared."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from influx_pipelines.estate.durations import Period, seconds
from influx_pipelines.estate.kinds.declared import LabelledEntry
from influx_pipelines.estate.model import Part

Level = Literal["ok", "info", "warn", "crit", "any"]


class StatusRule(Part):
    """A level that is sent; with `previous` only when it came from that one."""

    current: Level = Field(description="The level.")
    previous: Level | None = Field(None, description="The level before.")


class TagRule(Part):
    """A tag that a status must have; InfluxDB takes every operator as equal."""

    key: str = Field(description="The tag.", min_length=1)
    value: str = Field(description="Its value.", min_length=1)
    operator: Literal["equal", "notequal", "equalregex", "notequalregex"] = Field(
        "equal", description="InfluxDB heeds equal only."
    )


class RuleEntry(LabelledEntry):
    """Which statuses are sent to which endpoint."""

    endpoint: str = Field(description="Name of the notification endpoint.")
    every: Period = Field(description="How often statuses are looked for.")
    offset: Period | None = Field(None, description="How long after that; shorter than every.")
    statuses: list[StatusRule] = Field(description="Which levels are sent.", min_length=1)
    tags: list[TagRule] = Field([], description="Tags that a status must have, all of them.")
    message: str | None = Field(None, description="Text for Slack, which needs one.", min_length=1)
    channel: str = Field("", description="Channel of Slack.")
    runbook: str = Field("", description="Address of a page for people.")
    limit: int | None = Field(None, description="Stored, and ignored by InfluxDB.", ge=1)
    limit_every: int | None = Field(None, description="Seconds; ignored by InfluxDB.", ge=1)
    active: bool = Field(True, description="Whether it runs.")

    @model_validator(mode="after")
    def _is_one_that_runs(self) -> RuleEntry:
        if self.offset and seconds(self.offset) >= seconds(self.every):
            raise ValueError("the offset must be shorter than every")
        if (self.limit is None) is not (self.limit_every is None):
            raise ValueError("limit and limit_every go together")
        if self.channel and self.message is None:
            raise ValueError("a channel goes with a message")
        pairs = [(status.previous, status.current) for status in self.statuses]
        if len(pairs) != len(set(pairs)):
            raise ValueError("two statuses are the same: the rule could not run")
        return self

    @property
    def type(self) -> str:
        """That of the endpoint that it is made for."""
        return "http" if self.message is None else "slack"
