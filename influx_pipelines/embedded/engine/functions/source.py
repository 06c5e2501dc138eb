"""Where streams come from: `from`, `range`, `filter`, `buckets`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.context import Run, Series
from influx_pipelines.embedded.engine.errors import FluxError, execute_error
from influx_pipelines.embedded.engine.operators import truth
from influx_pipelines.embedded.engine.pushdown import columns_of, storage_predicate
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Function, Row, Time
from influx_pipelines.flux.durations import Duration

SeriesTest = Callable[[dict[str, str]], bool]
ValueTest = Callable[[dict[str, str], Any], bool]


class Unbounded(Stream):
    """`from` without `range`."""

    def __init__(self, run: Run, bucket: str | None, bucket_id: str | None) -> None:
        super().__init__()
        self.run, self.name, self.bucket_id = run, bucket, bucket_id

    def load(self) -> list[Table]:
        """A read without an end is refused."""
        what = f'"{self.name or self.bucket_id}"'
        raise FluxError(
            "error in building plan while starting program: cannot submit unbounded read to "
            f"{what}; try bounding 'from' with a call to 'range'",
            placed=True,
        )


class Read(Stream):
    """A read that has not happened yet: filters are added until somebody asks for the tables."""

    def __init__(self, source: Unbounded, bounds: tuple[int, int]) -> None:
        super().__init__(storage=True, bounds=bounds)
        self.source = source
        self.series_tests: list[SeriesTest] = []
        self.value_tests: list[ValueTest] = []

    def narrowed(self, series: list[SeriesTest], values: list[ValueTest], storage: bool) -> Read:
        """The same read with more filters."""
        read = Read(self.source, self.bounds or (0, 0))
        read.series_tests = self.series_tests + series
        read.value_tests = self.value_tests + values
        read.storage = storage
        return read

    def matching(self) -> Iterator[Series]:
        """The series that the filters leave."""
        bucket = find_bucket(self.source)
        for series in self.source.run.reader.series(bucket):
            names = {**series.tags, "_measurement": series.measurement, "_field": series.field}
            if all(test(names) for test in self.series_tests):
                yield series

    def load(self) -> list[Table]:
        """One table a series, those without points left out."""
        run, (start, stop) = self.source.run, self.bounds or (0, 0)
        tables = []
        for series in self.matching():
            points = run.reader.points(series, start, stop)
            names = {**series.tags, "_measurement": series.measurement, "_field": series.field}
            for test in self.value_tests:
                points = [point for point in points if test(names, point[1])]
            run.count_rows(len(points))
            if points:
                tables.append(_table(series, points, start, stop))
        return tables


def find_bucket(source: Unbounded) -> str:
    """The ID of the bucket of a `from`.

    Raises:
        FluxError: there is none that may be read.
    """
    found = source.run.reader.bucket(source.name, source.bucket_id)
    if found is None:
        if source.bucket_id is not None:
            raise FluxError("bucket not found", "internal error", placed=True)
        raise execute_error(f'could not find bucket "{source.name}"', "not found")
    return found


def _table(series: Series, points: list[tuple[int, Any]], start: int, stop: int) -> Table:
    times, values = zip(*points, strict=True)
    names = {**series.tags, "_field": series.field, "_measurement": series.measurement}
    key = {"_start": Time(start), "_stop": Time(stop), **dict(sorted(names.items()))}
    size = len(points)
    types = {"_start": "time", "_stop": "time", "_time": "time", "_value": series.kind}
    columns: dict[str, list[Any]] = {
        "_start": [key["_start"]] * size,
        "_stop": [key["_stop"]] * size,
        "_time": list(map(Time, times)),
        "_value": list(values),
    }
    for name in list(key)[2:]:
        types[name] = "string"
        columns[name] = [key[name]] * size
    return Table(key, types, columns)


@builtin("from", refuses=("host", "token", "org", "orgID"))
def from_(*, run: Run, bucket: str | None = None, bucketID: str | None = None) -> Stream:
    """Read a bucket, by name or by ID."""
    if (bucket is None) == (bucketID is None):
        raise FluxError("must specify exactly one of bucket or bucketID")
    return Unbounded(run, bucket, bucketID)


@builtin("range")
def range_(
    tables: Stream,
    start: Time | Duration | int,
    *,
    run: Run,
    stop: Time | Duration | int | None = None,
) -> Stream:
    """Rows from start to before stop; `_start` and `_stop` become columns of the group key."""
    bounds = run.time(start), run.now() if stop is None else run.time(stop)
    if bounds[0] >= bounds[1]:
        if isinstance(tables, Unbounded):
            text = "error in building plan while starting program: cannot query an empty range"
            raise FluxError(text, placed=True)
        raise FluxError("cannot range over an empty range")
    if isinstance(tables, Unbounded):
        return Read(tables, (int(bounds[0]), int(bounds[1])))
    if isinstance(tables, Read):
        _ = tables.tables
    ranged = [_range_table(table, bounds) for table in tables.tables]
    stream = tables.following([t for t in ranged if len(t)])
    stream.bounds = (int(bounds[0]), int(bounds[1]))
    return stream


def _range_table(table: Table, bounds: tuple[Time, Time]) -> Table:
    times = table.column("_time")
    if table.types["_time"] != "time":
        raise FluxError("range: column _time is not of type time")
    low, high = bounds
    if "_start" in table.key:
        low, high = max(low, table.key["_start"]), min(high, table.key["_stop"])
    kept = table.take([i for i, t in enumerate(times) if t is not None and low <= t < high])
    size = len(kept)
    columns = {**kept.columns, "_start": [low] * size, "_stop": [high] * size}
    types = {**table.types, "_start": "time", "_stop": "time"}
    return Table({**table.key, "_start": low, "_stop": high}, types, columns)


@builtin("filter")
def filter_(tables: Stream, fn: Callable[..., Any], *, run: Run, onEmpty: str = "drop") -> Stream:
    """The rows for which `fn` is true."""
    if onEmpty not in ("drop", "keep"):
        raise FluxError(f'unknown value for onEmpty "{onEmpty}": keep or drop')
    if isinstance(fn, Function) and len(fn.parameters) == 1 and "r" not in fn.parameters:
        raise FluxError("expected a function of r")
    if isinstance(tables, Read) and tables._tables is None and isinstance(fn, Function):
        narrowed = _narrow(tables, fn, run)
        if narrowed is not None and onEmpty == "drop":
            return narrowed
    test = run.caller.row_function(fn)
    columns = columns_of(fn) if isinstance(fn, Function) else None
    kept = [_filter_table(table, test, columns) for table in tables.tables]
    if onEmpty == "drop":
        kept = [table for table in kept if len(table)]
    return tables.following(kept)


def _narrow(read: Read, fn: Function, run: Run) -> Read | None:
    """Let the read do the filtering, where it can."""
    predicate = storage_predicate(fn) if read.storage else None
    if predicate is not None:
        test = predicate.test
        if predicate.static:
            return read.narrowed([lambda names: test(names, None)], [], True)
        return read.narrowed([], [test], True)
    columns = columns_of(fn)
    if columns is None or columns & {"_value", "_time", "_start", "_stop"}:
        return None
    row_test = run.caller.row_function(fn)
    return read.narrowed([lambda names: truth(row_test(Row(names))) is True], [], False)


def _filter_table(
    table: Table, test: Callable[[Row], Any], columns: frozenset[str] | None
) -> Table:
    if columns is not None and len(table) and columns <= table.key.keys():
        kept = truth(test(table.row(0))) is True
        return table if kept else table.slice(0, 0)
    indices = [i for i, row in enumerate(table.rows()) if truth(test(row)) is True]
    return table if len(indices) == len(table) else table.take(indices)


@builtin("buckets", refuses=("host", "token", "org", "orgID"))
def buckets(*, run: Run) -> Stream:
    """The buckets that may be read, one row each."""
    rows = run.reader.buckets()
    if not rows:
        return Stream([])
    types = {
        "organizationID": "string",
        "name": "string",
        "id": "string",
        "retentionPolicy": "string",
        "retentionPeriod": "int",
    }
    columns = {name: [row.get(name) for row in rows] for name in types}
    return Stream([Table({"organizationID": rows[0]["organizationID"]}, types, columns)])
