"""Where streams come from: `from`, `range`, `filter`, `buckets`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from influx_pipelines.embedded.engine.compiler import Compiler
from influx_pipelines.embedded.engine.context import Run, Series
from influx_pipelines.embedded.engine.errors import FluxError, execute_error
from influx_pipelines.embedded.engine.operators import truth
from influx_pipelines.embedded.engine.pushdown import Predicate, constant, partition
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.syntax import columns_of, returned
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Function, Row, Time
from influx_pipelines.flux.durations import Duration


class Unbounded(Stream):
    """`from` without `range`."""

    def __init__(self, run: Run, bucket: str | None, bucket_id: str | None) -> None:
        super().__init__()
        self.run, self.name, self.bucket_id = run, bucket, bucket_id

    def load(self) -> list[Table]:
        """A read without an end is refused, also one of several ranges: storage takes no two."""
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
        self.predicates: list[Predicate] = []

    def narrowed(
        self,
        predicates: Sequence[Predicate] = (),
        *,
        storage: bool = True,
        bounds: tuple[int, int] | None = None,
    ) -> Read:
        """The same read with more filters, or of another range."""
        read = Read(self.source, bounds or self.bounds or (0, 0))
        read.storage = storage
        read.predicates = [*self.predicates, *predicates]
        return read

    def matching(self) -> Iterator[Series]:
        """The series that the filters leave."""
        bucket = find_bucket(self.source)
        for series in self.source.run.reader.series(bucket):
            names = _names(series)
            if all(p.test(names, None) for p in self.predicates if p.static):
                yield series

    def load(self) -> list[Table]:
        """One table a series, those without points left out."""
        run, (start, stop) = self.source.run, self.bounds or (0, 0)
        tables = []
        for series in self.matching():
            points = run.reader.points(series, start, stop)
            names = _names(series)
            for p in self.predicates:
                if not p.static:
                    points = [point for point in points if p.test(names, point[1])]
            run.count("rows read", len(points))
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


def _names(series: Series) -> dict[str, str]:
    return {**series.tags, "_measurement": series.measurement, "_field": series.field}


def _table(series: Series, points: list[tuple[int, Any]], start: int, stop: int) -> Table:
    times, values = zip(*points, strict=True)
    bounds = {"_start": Time(start), "_stop": Time(stop)}
    tags = dict(sorted(_names(series).items()))

    def repeated(cells: dict[str, Any]) -> dict[str, list[Any]]:
        return {name: [value] * len(points) for name, value in cells.items()}

    kinds = {**dict.fromkeys((*bounds, "_time"), "time"), "_value": series.kind}
    own = {"_time": list(map(Time, times)), "_value": list(values)}
    return Table(
        {**bounds, **tags},
        {**kinds, **dict.fromkeys(tags, "string")},
        {**repeated(bounds), **own, **repeated(tags)},
    )


@builtin("influxdata/influxdb.from", refuses=("host", "token", "org", "orgID"))
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
    low, high = run.time(start), run.now() if stop is None else run.time(stop)
    if low >= high:
        text = "error in building plan while starting program: cannot query an empty range"
        raise FluxError(text, placed=True)
    if isinstance(tables, Unbounded):
        if tables.shared:
            tables.load()
        return Read(tables, (int(low), int(high)))
    before = tables.bounds
    if before is not None:
        low, high = max(low, Time(before[0])), min(high, Time(before[1]))
        low, high = (low, high) if low < high else (Time(0), Time(0))
    stream = tables.each(lambda table: _range_table(table, low, high))
    stream.bounds = (int(low), int(high))
    return stream


def _range_table(table: Table, low: Time, high: Time) -> Table:
    times = table.column("_time")
    for name in ("_time", "_start", "_stop"):
        if table.types.get(name, "time") != "time":
            raise FluxError(f"range error: provided column {name} is not of type time")
    kept = table.take([i for i, t in enumerate(times) if t is not None and low <= t < high])
    if "_start" in table.key and "_stop" in table.key:
        start, stop = max(low, table.key["_start"]), min(high, table.key["_stop"])
        low, high = (start, stop) if start < stop else (low, high)
    bounds = {"_start": low, "_stop": high}
    cells = {name: [value] * len(kept) for name, value in bounds.items()}
    first = {n: c for n, c in cells.items() if n not in kept.types}
    return Table(
        {**{n: low for n in bounds if n not in table.key}, **table.key, **bounds},
        {**dict.fromkeys(first, "time"), **kept.types},
        {**first, **kept.columns, **cells},
    )


@builtin("filter")
def filter_(tables: Stream, fn: Callable[..., Any], *, run: Run, onEmpty: str = "drop") -> Stream:
    """The rows for which `fn` is true."""
    if onEmpty not in ("drop", "keep"):
        raise FluxError(f'unknown value for onEmpty "{onEmpty}": keep or drop')
    test = run.caller.row_function(fn)
    if isinstance(fn, Function) and constant(returned(fn, alone=True), fn) is True:
        return tables
    if isinstance(tables, Read) and isinstance(fn, Function) and onEmpty == "drop":
        if tables.pushable:
            pushed, rest = partition(fn)
            tables = tables.narrowed(pushed, storage=not rest)
            if not rest:
                return tables
            test = _test_of(rest, fn, run)
        columns = columns_of(fn)
        if columns is not None and not columns & {"_value", "_time", "_start", "_stop"}:
            once = Predicate(lambda names, _: truth(test(Row(names))) is True, columns)
            return tables.narrowed([once], storage=False)
    return tables.each(lambda table: _filter_table(table, test, columns_of(fn), onEmpty))


def _test_of(terms: list[Any], fn: Function, run: Run) -> Callable[[Row], bool]:
    """The row function of some terms of a predicate."""
    name = next(iter(fn.parameters))
    compiler = Compiler(run.caller, {})
    compiler.known = [{name, *fn.scope.names()}]
    closures = [compiler.expression(term) for term in terms]

    def test(row: Row) -> bool:
        scope = Scope({name: row}, fn.scope)
        return all(truth(closure(scope)) is True for closure in closures)

    return test


def _filter_table(
    table: Table, test: Callable[[Row], Any], columns: frozenset[str] | None, on_empty: str
) -> Table | None:
    if columns is not None and len(table) and columns <= table.key.keys():
        kept = table if truth(test(table.row(0))) is True else table.slice(0, 0)
    else:
        indices = [i for i, row in enumerate(table.rows()) if truth(test(row)) is True]
        kept = table if len(indices) == len(table) else table.take(indices)
        if table.chunks and kept is not table:
            sizes = (bisect_left(indices, b) - bisect_left(indices, a) for a, b in table.spans())
            kept.chunks = tuple(size for size in sizes if size)
    return kept if len(kept) or on_empty == "keep" else None


@builtin("influxdata/influxdb.buckets", refuses=("host", "token", "org", "orgID"))
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
