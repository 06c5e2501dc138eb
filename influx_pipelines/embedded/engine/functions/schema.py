"""What a bucket holds: `schema.*` and its older name `v1.*`."""

from __future__ import annotations

from influx_pipelines.embedded.engine.calendar import DAY
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.functions.columns import keep, keys
from influx_pipelines.embedded.engine.functions.grouping import group
from influx_pipelines.embedded.engine.functions.index import keys_of, values_of
from influx_pipelines.embedded.engine.functions.selectors import distinct
from influx_pipelines.embedded.engine.functions.source import Read, Unbounded, filter_, range_
from influx_pipelines.embedded.engine.pushdown import tag_is
from influx_pipelines.embedded.engine.registry import Fn, builtin, package
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.flux.durations import Duration

_SCHEMA = "influxdata/influxdb/schema"
MONTH = Duration(0, -30 * DAY)
Bound = Time | Duration | int | None


def _read(run: Run, bucket: str, start: Bound, stop: Bound, predicate: Fn | None = None) -> Stream:
    first = MONTH if start is None else start
    read = range_(Unbounded(run, bucket, None), first, run=run, stop=stop)
    return read if predicate is None else filter_(read, predicate, run=run)


def _of(measurement: str, read: Stream) -> Stream:
    assert isinstance(read, Read)
    return read.narrowed([tag_is("==", "_measurement", measurement)])


def _tag_keys(read: Stream, run: Run) -> Stream:
    return keys_of(read) or distinct(keep(keys(read), run=run, columns=["_value"]))


def _tag_values(read: Stream, tag: str, run: Run) -> Stream:
    found = values_of(read, tag)
    return found or distinct(group(keep(read, run=run, columns=[tag])), tag)


@builtin(f"{_SCHEMA}.measurements")
def measurements(bucket: str, *, run: Run, start: Bound = None, stop: Bound = None) -> Stream:
    """The measurements of a bucket."""
    return _tag_values(_read(run, bucket, start, stop), "_measurement", run)


@builtin(f"{_SCHEMA}.fieldKeys")
def field_keys(
    bucket: str, *, run: Run, predicate: Fn | None = None, start: Bound = None, stop: Bound = None
) -> Stream:
    """The fields of the series that match."""
    return _tag_values(_read(run, bucket, start, stop, predicate), "_field", run)


@builtin(f"{_SCHEMA}.measurementFieldKeys")
def measurement_field_keys(
    bucket: str, measurement: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The fields of a measurement."""
    return _tag_values(_of(measurement, _read(run, bucket, start, stop)), "_field", run)


@builtin(f"{_SCHEMA}.tagKeys")
def tag_keys(
    bucket: str, *, run: Run, predicate: Fn | None = None, start: Bound = None, stop: Bound = None
) -> Stream:
    """The group columns of the series that match, those of the system first."""
    return _tag_keys(_read(run, bucket, start, stop, predicate), run)


@builtin(f"{_SCHEMA}.measurementTagKeys")
def measurement_tag_keys(
    bucket: str, measurement: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The group columns of a measurement."""
    return _tag_keys(_of(measurement, _read(run, bucket, start, stop)), run)


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
    return _tag_values(_read(run, bucket, start, stop, predicate), tag, run)


@builtin(f"{_SCHEMA}.measurementTagValues")
def measurement_tag_values(
    bucket: str, measurement: str, tag: str, *, run: Run, start: Bound = None, stop: Bound = None
) -> Stream:
    """The values of a tag in a measurement."""
    return _tag_values(_of(measurement, _read(run, bucket, start, stop)), tag, run)


package("influxdata/influxdb/v1").members.update(package(_SCHEMA).members)
