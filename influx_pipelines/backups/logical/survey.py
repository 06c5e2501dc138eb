"""A look at buckets before they are read: when their values begin and end, and of what types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from influx_pipelines.backups.logical import script
from influx_pipelines.backups.logical.asking import batches, named_batches
from influx_pipelines.backups.logical.script import Name
from influx_pipelines.backups.logical.windows import ALL, Window
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError, NotFound, NotSupported, QueryFailed
from influx_pipelines.influx.models import Bucket
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 25  # buckets that one script asks for: thousands of empty ones cost few requests


@dataclass
class Survey:
    """What the first and the last values of a bucket's series tell.

    Attributes:
        first: nanoseconds; None for an empty bucket.
        last: of the last value.
        types: types of each measurement and field.
        measurements: the readable ones, where others make every query fail; empty for all.
        unreadable: these others.
    """

    first: int | None = None
    last: int | None = None
    types: defaultdict[Name, set[pa.DataType]] = field(default_factory=lambda: defaultdict(set))
    measurements: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()

    @property
    def has_changes(self) -> bool:
        """Whether a field has two types, each in shard groups of its own."""
        return any(len(kinds) > 1 for kinds in self.types.values())

    def add(self, batch: pa.RecordBatch) -> None:
        """Count first or last values in."""
        import pyarrow as pa
        import pyarrow.compute as pc

        ends = pc.min_max(batch["_time"].cast(pa.int64())).as_py()
        self.first = ends["min"] if self.first is None else min(self.first, ends["min"])
        self.last = ends["max"] if self.last is None else max(self.last, ends["max"])
        names = set(
            zip(batch["_measurement"].to_pylist(), batch["_field"].to_pylist(), strict=True)
        )
        for name in names:
            self.types[name].add(batch["_value"].type)


def survey(
    client: Influx, bucket: Bucket, window: Window = ALL, measurements: frozenset[str] = frozenset()
) -> Survey:
    """Look at one bucket, or at some of its measurements.

    A tag with a name of Flux's own (`_time`) makes every query of its series fail: then each
    measurement is looked at by itself.

    Raises:
        InfluxError: the server did not answer, or the bucket is gone.
    """
    try:
        return _survey(client, bucket, window, measurements)
    except (QueryFailed, NotSupported):
        if is_gone(client, bucket):
            raise
    listed = client.query(script.measurements(bucket.name)).rows()
    names = measurements or frozenset(str(row["_value"]) for row in listed)
    found, unreadable = Survey(), set()
    for name in names:
        try:
            part = _survey(client, bucket, window, frozenset({name}))
        except (QueryFailed, NotSupported):
            unreadable.add(name)
            continue
        _join(found, part)
    found.measurements, found.unreadable = names - unreadable, frozenset(unreadable)
    return found


def survey_all(client: Influx, buckets: Sequence[Bucket]) -> dict[str, Survey]:
    """Look at many buckets in few requests; one that went away meanwhile is left out.

    Raises:
        InfluxError: the server did not answer.
    """
    found: dict[str, Survey] = {}
    for begin in range(0, len(buckets), AT_ONCE):
        some = buckets[begin : begin + AT_ONCE]
        try:
            found |= _survey_together(client, some)
        except (QueryFailed, NotSupported, NotFound):
            for bucket in some:
                try:
                    found[bucket.id] = survey(client, bucket)
                except InfluxError:
                    if not is_gone(client, bucket):
                        raise
    return found


def is_gone(client: Influx, bucket: Bucket) -> bool:
    """Whether a bucket was deleted; queries tell it in several ways."""
    try:
        client.bucket(bucket.id)
    except NotFound:
        return True
    return False


def _survey(client: Influx, bucket: Bucket, window: Window, names: frozenset[str]) -> Survey:
    flux = script.ends(script.source(bucket.id, window, names))

    def once() -> Survey:
        found = Survey(measurements=names)
        for batch in batches(client, flux):
            found.add(batch)
        return found

    return retrying(once, client.retry_seconds)


def _survey_together(client: Influx, buckets: Sequence[Bucket]) -> dict[str, Survey]:
    flux = "".join(script.ends(script.source(b.id, ALL), b.id) for b in buckets)

    def once() -> dict[str, Survey]:
        found = {bucket.id: Survey() for bucket in buckets}
        for name, batch in named_batches(client, flux):
            found[name.removeprefix("first").removeprefix("last")].add(batch)
        return found

    return retrying(once, client.retry_seconds)


def _join(found: Survey, other: Survey) -> None:
    if other.first is None or other.last is None:
        return
    found.first = other.first if found.first is None else min(found.first, other.first)
    found.last = other.last if found.last is None else max(found.last, other.last)
    for name, kinds in other.types.items():
        found.types[name] |= kinds
