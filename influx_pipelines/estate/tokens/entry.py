"""A token as the estate's files declare it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from influx_pipelines.estate.kinds.declared import Entry
from influx_pipelines.estate.model import BucketSpec, Part
from influx_pipelines.estate.tokens.rights import Right
from influx_pipelines.flux.durations import DurationError, parse_influxql

Resource = Literal[
    "annotations",
    "authorizations",
    "buckets",
    "checks",
    "dashboards",
    "dbrp",
    "documents",
    "labels",
    "notebooks",
    "notificationEndpoints",
    "notificationRules",
    "orgs",
    "remotes",
    "replications",
    "scrapers",
    "secrets",
    "sources",
    "tasks",
    "telegrafs",
    "users",
    "variables",
    "views",
]


def seconds(value: str) -> int:
    """A duration in seconds.

    Raises:
        ValueError: it is none.
    """
    try:
        found = parse_influxql(value)
    except DurationError as error:
        raise ValueError(str(error).replace("7d, 1w or INF", "90d or 1h")) from None
    if found is None:
        raise ValueError(f"{value!r} is no duration such as 90d or 1h")
    return found.seconds


def _duration(value: str) -> str:
    seconds(value)
    return value


def _period(value: str) -> str:
    if not seconds(value):
        raise ValueError(f"{value!r}: each apply would make another token")
    return value


class RightEntry(Part):
    """What a token may do with one type of resource."""

    resource: Resource = Field(description="The type, as InfluxDB calls it.")
    actions: list[Literal["read", "write"]] = Field(
        min_length=1, description="read, write, or both; write does not include read."
    )
    buckets: list[str] = Field([], description="The buckets, by name.")
    applications: bool = Field(False, description="The buckets of all applications.")
    all: bool = Field(False, description="All buckets of the organization, also later ones.")

    @model_validator(mode="after")
    def _says_which_buckets(self) -> RightEntry:
        named = bool(self.buckets) or self.applications
        if self.resource == "buckets" and named is self.all:
            raise ValueError("say which buckets: a list, applications: true, or all: true")
        if self.resource != "buckets" and (named or self.all):
            raise ValueError(f"only rights on buckets name buckets, not those on {self.resource}")
        return self

    def rights(self, buckets: Iterable[BucketSpec]) -> Iterable[Right]:
        """The rights that it comes to."""
        names = set(self.buckets)
        if self.applications:
            names |= {bucket.name for bucket in buckets if bucket.application}
        for action in self.actions:
            if self.resource == "buckets" and not self.all:
                yield from (Right(action, "buckets", name) for name in names)
            else:
                yield Right(action, self.resource)


class TokenEntry(Entry):
    """An API token: its rights, and how often another one takes its place."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Its name: of the file with its secret, and the first word of its description.",
    )
    permissions: list[RightEntry] = Field(min_length=1, description="What it may do.")
    rotate_every: Annotated[str, AfterValidator(_period)] | None = Field(
        None, description="How old it gets before another one takes its place, such as 90d."
    )
    grace: Annotated[str, AfterValidator(_duration)] = Field(
        "1d", description="How long the old one still works after that."
    )

    @model_validator(mode="after")
    def _is_not_adopted(self) -> TokenEntry:
        if self.adopt:
            raise ValueError("a token of somebody else cannot be taken over: nobody can read it")
        return self

    def rights(self, buckets: Iterable[BucketSpec]) -> list[str]:
        """Its rights in words, sorted."""
        listed = list(buckets)
        return sorted({str(right) for one in self.permissions for right in one.rights(listed)})
