"""What a declaration may say, as strict models; and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from influx_pipelines.estate.labels import LabelNames
from influx_pipelines.estate.references import Wanted
from influx_pipelines.flux.durations import NS, DurationError, parse_influxql

HOUR = 3_600
LONGEST = (2**63 - 1) // NS["s"]
FOREVER = ("infinite", "inf", "forever")


def _seconds(value: Any) -> int:
    """A duration as seconds; `infinite` and 0 are endless.

    Raises:
        ValueError: it is none, or shorter than a server takes.
    """
    if isinstance(value, str) and value.lower() in FOREVER:
        return 0
    if value == 0 and not isinstance(value, bool):
        return 0
    if not isinstance(value, str):
        raise ValueError("write a duration such as 7d, or infinite")
    try:
        found = parse_influxql(value)
    except DurationError as error:
        raise ValueError(str(error).replace("or INF", "or infinite")) from None
    nanoseconds = found.nanoseconds if found else 0
    if nanoseconds % NS["s"]:
        raise ValueError(f"{value!r} is no whole number of seconds")
    seconds = nanoseconds // NS["s"]
    if seconds > LONGEST:
        raise ValueError(f"{value!r} is longer than InfluxDB can count (292 years): write infinite")
    if 0 < seconds < HOUR:
        raise ValueError(f"{value!r} is shorter than one hour, the least that InfluxDB keeps")
    return seconds


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("a bucket needs a name")
    if value.startswith("_"):
        raise ValueError(f"{value!r} begins with an underscore: such names are InfluxDB's own")
    if '"' in value:
        raise ValueError(f"{value!r} holds a quotation mark, which InfluxDB refuses")
    if not value.isprintable():
        raise ValueError(f"{value!r} holds a control character")
    return value


Retention = Annotated[int, BeforeValidator(_seconds)]
Name = Annotated[str, AfterValidator(_name)]


class Part(BaseModel):
    """A strict part of a file: no unknown keys, no converted types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BucketEntry(Part):
    """One bucket."""

    name: Name = Field(description="Name of the bucket; unique in the organization.")
    retention: Retention = Field(
        0, description="How long points are kept: 7d, 1w3d, infinite (default); at least 1h."
    )
    description: str = Field("", description="A text for people.")
    shard_group: Retention | None = Field(
        None, description="Length of a shard group; only compared when it is given."
    )
    adopt: bool = Field(
        False, description="Take over a bucket of this name that somebody else made."
    )
    labels: LabelNames = Field([])
    api: bool = Field(
        False, description="Whether /read and /write of the HTTP API serve it; no part of a plan."
    )


class Applications(Part):
    """One bucket an application; `-` in its name becomes `_`."""

    names: list[Name] = Field(description="The applications.")
    retention: Retention = Field(604_800, description="Retention of each; 7d by default.")
    description: str = Field(
        "{name} K8s metrics", description="Description of each; {name} is the application."
    )
    labels: LabelNames = Field([])


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """A declared bucket; retention in seconds, 0 for ever."""

    name: str
    retention_seconds: int = 0
    description: str = ""
    shard_group_seconds: int | None = None
    adopt: bool = False
    labels: tuple[str, ...] = ()
    application: bool = False  # declared by the name of an application
    api: bool = False  # served by the HTTP API


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that is declared; `others` by key of the files and name.

    `labels` are those that entries want and no file declares: only a server can have them.
    """

    buckets: dict[str, BucketSpec] = field(default_factory=dict)
    mappings: str | tuple[str, ...] = "all"
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)
    labels: tuple[Wanted, ...] = ()

    def of(self, key: str) -> Mapping[str, Any]:
        """The entries below a key of the files, by name."""
        return self.others.get(key, {})

    def place(self, key: str, name: str) -> str:
        """Where an entry stands, as `file:line:column`."""
        return self.places.get((key, name), "")
