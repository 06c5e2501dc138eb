"""What a running script can reach: the stored points, the clock, its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from influx_pipelines.embedded.engine.calendar import add_duration
from influx_pipelines.embedded.engine.calls import Caller
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.table import MAX_ROWS, Stream
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration


class Series(NamedTuple):
    """One field of one tag set; `kind` is its Flux type."""

    id: int
    bucket: str
    measurement: str
    field: str
    kind: str
    tags: dict[str, str]


class Reader(Protocol):
    """The stored points that the caller of the query may read."""

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        """The ID of a readable bucket, or None."""

    def buckets(self) -> list[dict[str, Any]]:
        """The documents of all readable buckets."""

    def series(self, bucket_id: str) -> Iterable[Series]:
        """All series of a bucket."""

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        """Time and value, by time, start included, stop excluded."""


@dataclass(slots=True)
class Run:
    """One run of one script."""

    reader: Reader
    caller: Caller
    scope: Scope
    started: Time
    results: dict[str, Stream] = field(default_factory=dict)
    rows_read: int = 0

    def now(self) -> Time:
        """`now()`, which the script may have set as an option."""
        value = self.caller.call(self.scope.get("now"), {})
        if not isinstance(value, Time):
            raise FluxError("option now must be a function that returns a time")
        return value

    def add_result(self, name: str, stream: Stream) -> None:
        """A stream that the answer shows.

        Raises:
            FluxError: the name is taken.
        """
        if name in self.results:
            if name == "_result":
                text = f'tried to produce more than one result with the name "{name}"'
                raise FluxError(f"failed to initialize execute state: {text}", placed=True)
            text = f'found more than one call to yield() with the name "{name}"'
            raise FluxError(f"error in building plan while starting program: {text}", placed=True)
        self.results[name] = stream

    def count_rows(self, number: int) -> None:
        """Hold a query to what this server was made for.

        Raises:
            FluxError: too many rows were read.
        """
        self.rows_read += number
        if self.rows_read > MAX_ROWS:
            raise FluxError(f"a query may read {MAX_ROWS} rows of the embedded server", placed=True)

    def time(self, value: Time | Duration | int) -> Time:
        """A bound: a time, seconds since the epoch, or a duration from now."""
        if isinstance(value, Duration):
            return add_duration(self.now(), value)
        if not isinstance(value, Time):
            value = int(value) * 1_000_000_000
        return Time(max(MIN_TIME, min(value, MAX_TIME)))

    def zone(self, location: dict[str, Any] | None) -> Zone:
        """The zone of an argument `location`, by default that of the option."""
        return Zone.of(self.scope.get("location") if location is None else location)
