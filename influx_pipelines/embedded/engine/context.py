"""What a running script can reach: the stored points, the clock, its results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from influx_pipelines.embedded.engine.calendar import MAX_WINDOWS, add_duration
from influx_pipelines.embedded.engine.calls import Caller
from influx_pipelines.embedded.engine.errors import FluxError, execute_error, too_much
from influx_pipelines.embedded.engine.plan import leaves
from influx_pipelines.embedded.engine.registry import PACKAGES, Package
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time, type_of
from influx_pipelines.embedded.engine.zones import Zone
from influx_pipelines.flux.durations import Duration

# Rows that a query reads, and those that joins, pivots, unions and windows add to them.
LIMITS = {"rows read": 5_000_000, "rows made": 5_000_000, "windows": MAX_WINDOWS}
BATCH = 16_384  # as many points does the real server write at once


class Series(NamedTuple):
    """One field of one tag set; `kind` is its Flux type."""

    id: int
    bucket: str
    measurement: str
    field: str
    kind: str
    tags: dict[str, str]


class Written(NamedTuple):
    """A point that a script writes; fields are name, Flux type and value."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: list[tuple[str, str, Any]]
    time: int


Store = Callable[[list[Written]], None]


class Reader(Protocol):
    """What the caller of the query may reach: stored points, secrets, buckets to write to."""

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        """The ID of a readable bucket, or None."""

    def buckets(self) -> list[dict[str, Any]]:
        """The documents of all readable buckets."""

    def series(self, bucket_id: str) -> Iterable[Series]:
        """All series of a bucket."""

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        """Time and value, by time, start included, stop excluded."""

    def secret(self, key: str) -> str | None:
        """A secret of the organisation, or None."""

    def post(self, url: str, headers: dict[str, str], body: bytes, deadline: float) -> int:
        """Send a body to another server; the status of the answer."""

    def writer(
        self, bucket: str | None, bucket_id: str | None, org: str | None, org_id: str | None
    ) -> Store:
        """What stores points in a bucket; each list of points is written in one go."""


@dataclass(slots=True)
class Run:
    """One run of one script."""

    reader: Reader
    caller: Caller
    scope: Scope
    started: Time
    results: dict[str, Stream] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    packages: dict[str, Package] = field(default_factory=dict)
    streams: list[Stream] = field(default_factory=list)
    writing: dict[Stream, str] = field(default_factory=dict)
    looked_up: bool = False
    writes: list[tuple[Store, list[Written]]] = field(default_factory=list)

    def now(self) -> Time:
        """`now()`, which the script may have set as an option."""
        value = self.caller.call(self.scope.get("now"), {})
        if not isinstance(value, Time):
            raise FluxError("option now must be a function that returns a time")
        return value

    def package(self, path: str) -> Package:
        """A package as this run has it, whose options the script may set."""
        if path not in self.packages:
            found = PACKAGES[path]
            self.packages[path] = replace(found, members=dict(found.members))
        return self.packages[path]

    def add_result(self, name: str, stream: Stream) -> None:
        """A stream that the answer shows.

        Raises:
            FluxError: the name is taken.
        """
        if name in self.results:
            if name == "_result":
                text = f'tried to produce more than one result with the name "{name}"'
                raise execute_error(text)
            text = f'found more than one call to yield() with the name "{name}"'
            raise FluxError(f"error in building plan while starting program: {text}", placed=True)
        self.results[name] = stream
        self.streams.append(stream)

    def write(self, store: Store, points: Iterable[Written]) -> None:
        """Store points when the whole script has run."""
        self.writes.append((store, [point for point in points if point.fields]))

    def wrote(self, kind: str, stream: Stream) -> Stream:
        """A stream whose rows are written; unless another one needs it, it is a result."""
        self.streams.append(stream)
        self.writing[stream] = kind
        stream.yielded = True
        return stream

    def finish(self) -> None:
        """Name the results of writing, and store what is written."""
        numbers = leaves(stream.node for stream in self.streams if stream.node)
        for stream, kind in self.writing.items():
            if stream.node in numbers:
                number = numbers[stream.node]
                stream.nameless = number is None or self.looked_up
                self.results[f"{kind}{number}"] = stream
        for stream in self.results.values():
            _ = stream.shown
        for store, points in self.writes:
            for start in range(0, len(points), BATCH):
                store(points[start : start + BATCH])

    def count(self, what: str, number: int) -> None:
        """Hold a query to its time and to what this server was made for.

        Raises:
            FluxError: the time is up, or there is too much of something.
        """
        self.caller.deadline.check()
        self.counts[what] += number
        if self.counts[what] > LIMITS[what]:
            raise too_much(f"a query with more than {LIMITS[what]} {what}")

    def time(self, value: Time | Duration | int) -> Time:
        """A bound: a time, seconds since the epoch, or a duration from now."""
        if isinstance(value, Duration):
            return add_duration(self.now(), value)
        if not isinstance(value, Time):
            value = int(value) * 1_000_000_000
        return Time(max(MIN_TIME, min(value, MAX_TIME)))

    def zone(self, location: dict[str, Any] | None) -> Zone:
        """The zone of an argument `location`, by default that of the option."""
        found = self.scope.get("location") if location is None else location
        if not isinstance(found, dict):
            raise FluxError(f"expected a record but found {type_of(found)}")
        return Zone.of(found)
