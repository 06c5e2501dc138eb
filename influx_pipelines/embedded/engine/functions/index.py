"""What the index of storage answers: which tags there are, and which values they have.

It knows whole shard groups only. A test of `_field` has the points looked at, and then a series
without the tag gives an empty text. Names of measurements are those of all times.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.embedded.engine.calendar import DAY, Windows
from influx_pipelines.embedded.engine.errors import plain_error
from influx_pipelines.embedded.engine.functions.source import Read
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.flux.durations import Duration

_WEEK = Duration(0, 7 * DAY)
_MONDAY = Duration(0, 4 * DAY)  # the epoch was a Thursday; shard groups begin on Mondays
_NO_TAGS = ("_start", "_stop", "_time", "_value")


def ask_index(tables: Stream, column: str) -> Stream | None:
    """`distinct` of a column, where the index answers it together with the calls before."""
    match () if tables.shared else tables.asked:
        case (read, ("keep", [tag]), ("group", [])) if tag == column:
            return values_of(read, tag)
        case (read, ("keys", name), ("keep", [kept])) if name == kept == column:
            return keys_of(read)
    return None


def keys_of(read: Stream) -> Stream | None:
    """The group columns of the series of a read, those of the system first."""
    if not isinstance(read, Read) or not read.pushable:
        return None
    by_field = "_field" in _columns(read)
    names = {name for key in _keys(read if by_field else _shards(read)) for name in key}
    if not by_field and (names or _keys(_shards(read, every=True))):
        names |= {"_field", "_measurement"}
    return _stream(["_start", "_stop", *sorted(names - {"_start", "_stop"})])


def values_of(read: Stream, tag: str) -> Stream | None:
    """The values of a tag in the series of a read."""
    if not isinstance(read, Read) or not read.pushable or tag in _NO_TAGS:
        return None
    tested = _columns(read)
    if "_field" in tested or (tag == "_field" and tested - {"_measurement"}):
        return _stream(sorted({key.get(tag, "") for key in _keys(read)}))
    if tag == "_measurement":
        return _stream(sorted({series.measurement for series in read.matching()}))
    return _stream(sorted({key[tag] for key in _keys(_shards(read)) if tag in key}))


def _columns(read: Read) -> frozenset[str]:
    tested = frozenset[str]().union(*(predicate.columns for predicate in read.predicates))
    if "_value" in tested:
        raise plain_error("field values unsupported")
    return tested


def _keys(read: Read) -> list[dict[str, Any]]:
    return [table.key for table in read.tables]


def _shards(read: Read, *, every: bool = False) -> Read:
    """The read of whole shard groups; of `every` series, whatever is tested."""
    low, high = read.bounds or (0, 0)
    weeks = Windows(_WEEK, _WEEK, _MONDAY)
    start, stop = weeks.bounds(weeks.latest(low))[0], weeks.bounds(weeks.latest(high))[1]
    source = Read(read.source, (start, stop))
    return source if every else source.narrowed(read.predicates)


def _stream(values: Iterable[str]) -> Stream:
    found = list(values)
    tables = [Table({}, {"_value": "string"}, {"_value": found})] if found else []
    return Stream(tables)
