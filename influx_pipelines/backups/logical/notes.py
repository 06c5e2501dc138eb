"""What a server cannot give back exactly, said in the record of the backup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from influx_pipelines.backups.logical import script
from influx_pipelines.backups.logical.asking import batches
from influx_pipelines.backups.logical.bucket import BucketTaker
from influx_pipelines.backups.logical.windows import ALL
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound, NotSupported, QueryFailed
from influx_pipelines.influx.retry import retrying

SHOWN = 5  # names in a note
OWN = ("_start", "_stop", "_field", "_measurement", "_time", "_value")


def notes(taker: BucketTaker) -> Iterator[str]:
    """What somebody should know who restores the bucket.

    Raises:
        InfluxError: the server did not answer.
    """
    name = repr(taker.bucket.name)
    if taker.unreadable:
        yield (
            f"bucket {name}: {_some(taker.unreadable)} cannot be read by any query, probably for a "
            "tag called _time or _value: not in this backup"
        )
    lost: Counter[str] = Counter()
    for one in taker.finished:
        lost.update(one.lost)
    if lost:
        yield (
            f"bucket {name}: {lost.total():,} values of {_some(lost)} have names or numbers that "
            "line protocol cannot hold: not in this backup"
        )
    if blurred := {measurement for one in taker.finished for measurement in one.blurred}:
        yield (
            f"bucket {name}: {_some(blurred)} has a tag called _start or _stop, whose values no "
            "query gives: its values are here without that tag, and of two at one time only one"
        )
    if taker.unsplit:
        yield f"bucket {name}: a field changes its type within a second; values may be missing"
    if taker.writer.unsure:
        yield (
            f"bucket {name}: the server does not look for carriage returns in texts; where one "
            "stood, it is missing"
        )
    if taker.finished:
        yield from _names_with_returns(taker)


def _names_with_returns(taker: BucketTaker) -> Iterator[str]:
    """A carriage return in a name is dropped on the way; only the server can look for it."""
    client, bucket = taker.client, taker.bucket
    source = script.source(bucket.id, ALL, taker.found.measurements)
    try:
        tags = _tag_keys(client, bucket.name, source)
        series = script.series_with_returns(source, [tag for tag in tags if "%0D" not in tag])
        found = {tag.replace("%0D", "\\r") for tag in tags if "%0D" in tag}
        found |= retrying(lambda: _measurements(client, series), client.retry_seconds)
    except (QueryFailed, NotSupported, NotFound):
        yield f"bucket {bucket.name!r}: nobody could look for carriage returns in its names"
        return
    if found:
        yield (
            f"bucket {bucket.name!r}: {_some(found)} has a name or tag with a carriage return, "
            "which is missing here"
        )


def _tag_keys(client: Influx, bucket: str, source: str) -> set[str]:
    try:
        listed = client.query(script.tag_keys(bucket)).rows()
    except QueryFailed:
        listed = client.query(script.tag_keys_of(source)).rows()
    return {str(row["_value"]) for row in listed}.difference(OWN)


def _measurements(client: Influx, flux: str) -> set[str]:
    return {
        str(name)
        for batch in batches(client, flux)
        for name in batch["_measurement"].unique().to_pylist()
    }


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(map(repr, listed[:SHOWN])) + more
