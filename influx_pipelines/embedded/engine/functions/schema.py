"""What a bucket holds: `schema.*` and its older name `v1.*`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.embedded.engine.calendar import DAY, add_duration, truncate
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.functions.source import Read, Unbounded, filter_
from influx_pipelines.embedded.engine.pushdown import columns_of
from influx_pipelines.embedded.engine.registry import Fn, builtin, package
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, Time
from influx_pipelines.flux.durations import Duration

_SCHEMA = "influxdata/influxdb/schema"
MONTH = Duration(0, -30 * DAY)
WEEK = Duration(0, 7 * DAY)
MONDAY = Duration(0, 4 * DAY)  # the epoch was a Thursday; shard groups begin on Mondays
Bound = Time | Duration | int | None


def _values(names: Iterable[str]) -> Stream:
    found = list(names)
    if not found:
        return Stream([])
    return Stream([Table({}, {"_value": "string"}, {"_value": found})])


def _read(run: Run, bucket: str, predicate: Any, start: Bound, stop: Bound) -> Stream:
    """The series of a bucket within the bounds.

    Without a field in the predicate the index is asked, which knows whole shard groups only.
    """
    low = run.time(MONTH if start is None else start)
    high = run.now() if stop is None else run.time(stop)
    names = frozenset() if predicate is None else columns_of(predicate)
    if names is not None and "_field" not in names:
        low = Time(truncate(low, WEEK, MONDAY))
        high = add_duration(truncate(high - 1, WEEK, MONDAY), WEEK)
    read: Stream = Read(Unbounded(run, bucket, None), (int(low), int(high)))
    return read if predicate is None else filter_(read, predicate, run=run)


@builtin(f"{_SCHEMA}.measurements")
def measurements(bucket: str, *, run: Run, start: Bound = None, stop: Bound = None) -> Stream:
    """The measurements of a bucket; the real server takes bounds and does not honour them."""
    read = Read(Unbounded(run, bucket, None), (MIN_TIME, MAX_TIME))
    return _values(sorted({series.measurement for series in read.matching()}))


@builtin(f"{_SCHEMA}.fieldKeys")
def field_keys(
    bucket: str, *, run: Run, predicate: Fn | None = None, start: Bound = None, stop: Bound = None
) -> Stream:
    """The fields of the series that match."""
    tables = _read(run, bucket, predicate, start, stop).tables
    return _values(sorted({table.key["_field"] for table in tables}))


@builtin(f"{_SCHEMA}.measurementFieldKeys")
def measurement_field_keys(
    bucket: str, measurement: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The fields of a measurement."""
    tables = _of(_read(run, bucket, None, start, stop).tables, measurement)
    return _values(sorted({table.key["_field"] for table in tables}))


@builtin(f"{_SCHEMA}.tagKeys")
def tag_keys(
    bucket: str, *, run: Run, predicate: Fn | None = None, start: Bound = None, stop: Bound = None
) -> Stream:
    """The group columns of the series that match, those of the system first."""
    return _tag_keys(_read(run, bucket, predicate, start, stop).tables)


@builtin(f"{_SCHEMA}.measurementTagKeys")
def measurement_tag_keys(
    bucket: str, measurement: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The group columns of a measurement."""
    return _tag_keys(_of(_read(run, bucket, None, start, stop).tables, measurement))


def _of(tables: list[Table], measurement: str) -> list[Table]:
    return [table for table in tables if table.key["_measurement"] == measurement]


def _tag_keys(tables: list[Table]) -> Stream:
    system = ["_start", "_stop", *(["_field", "_measurement"] if tables else [])]
    return _values([*system, *sorted({n for t in tables for n in t.key} - set(system))])


@builtin(f"{_SCHEMA}.tagValues")
def tag_values(
    bucket: str,
    tag: str,
    *,
    run: Run,
    predicate: Fn | None = None,
    start: Bound = None,
    stop: Bound = None,
) -> Stream:
    """The values of a tag in the series that match."""
    return _tag_values(_read(run, bucket, predicate, start, stop).tables, tag)


@builtin(f"{_SCHEMA}.measurementTagValues")
def measurement_tag_values(
    bucket: str, measurement: str, tag: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The values of a tag in a measurement."""
    return _tag_values(_of(_read(run, bucket, None, start, stop).tables, measurement), tag)


def _tag_values(tables: list[Table], tag: str) -> Stream:
    if tag in ("_start", "_stop", "_time", "_value"):
        raise FluxError(f"{tag} is no tag")
    return _values(sorted({table.key[tag] for table in tables if tag in table.key}))


package("influxdata/influxdb/v1").members.update(package(_SCHEMA).members)
