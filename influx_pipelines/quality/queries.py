"""What is asked of the server: storage answers it by itself, with a row a series or window.

Filters hold literals only, since storage knows no parameters. One field of a measurement stands
for its points.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from influx_pipelines.flux.literals import quote, render
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Measurement
from influx_pipelines.quality.source import DAY, Shown, Source, Step

Rows = list[dict[str, Any]]
Series = tuple[str, str]  # measurement, and the values of the tags
ALL = "all"
TYPE_WINDOW = timedelta(days=7)
KIND = """    |> last()
    |> map(fn: (r) => ({
        _measurement: r._measurement,
        _field: r._field,
        kind: if types.isType(v: r._value, type: "float") then "float"
            else if types.isType(v: r._value, type: "int") then "integer"
            else if types.isType(v: r._value, type: "uint") then "unsigned"
            else if types.isType(v: r._value, type: "bool") then "boolean"
            else "string",
    }))
    |> group(columns: ["_measurement", "_field", "kind"])
    |> distinct(column: "kind")
"""


@dataclass(frozen=True)
class Span:
    """A series, by the tags that the source names: its first and its newest point."""

    measurement: str
    series: str
    first: datetime
    last: datetime


def spans(client: Influx, bucket: str, source: Source, now: datetime) -> list[Span]:
    """The series of a source that it does not forget.

    Raises:
        InfluxError: a query failed.
    """
    start = now - source.limits.forget_after
    points = _points(bucket, source, start, now) + "    |> {}()\n"
    kept = _keep("_time", "_measurement", *source.series)
    first, last = (
        _times(client.query(points.format(end) + kept).rows(), source) for end in ("first", "last")
    )
    return [
        Span(*key, min(first.get(key, times)), max(times)) for key, times in sorted(last.items())
    ]


def windows(
    client: Influx, bucket: str, source: Source, start: datetime, stop: datetime
) -> dict[Series, set[datetime]]:
    """The beginnings of the windows of one interval in which a series has a point.

    Raises:
        InfluxError: a query failed.
    """
    script = (
        _points(bucket, source, start, stop)
        + f"    |> aggregateWindow(every: {render(source.every)}, fn: count, createEmpty: false, "
        + 'timeSrc: "_start")\n'
        + _keep("_time", "_measurement", *source.series)
        + f"    |> group(columns: {render(['_measurement', *source.series])})\n"
        + '    |> distinct(column: "_time")\n'
    )
    found: dict[Series, set[datetime]] = defaultdict(set)
    for row in client.query(script).rows():
        found[_series(row, source)].add(row["_value"])
    return dict(found)


def counts(client: Influx, bucket: str, source: Source, now: datetime) -> dict[Series, float]:
    """The points of the last day by series: their mean where a series is several on the server.

    Raises:
        InfluxError: a query failed.
    """
    script = (
        _points(bucket, source, now - DAY, now)
        + "    |> count()\n"
        + f"    |> group(columns: {render(['_measurement', *source.series])})\n"
        + f"    |> {'mean' if source.regular else 'sum'}()\n"
    )
    return {_series(row, source): float(row["_value"]) for row in client.query(script).rows()}


def means(
    client: Influx, bucket: str, step: Step, start: datetime, stop: datetime
) -> dict[str, dict[datetime, float]]:
    """The mean of each window by series, told by the beginning of the window.

    Raises:
        InfluxError: a query failed.
    """
    script = (
        _from(bucket, start, stop)
        + _filter(_is(step.measurement.name, step.field))
        + f"    |> aggregateWindow(every: {render(step.window)}, fn: mean, createEmpty: false, "
        + 'timeSrc: "_start")\n'
    )
    found: dict[str, dict[datetime, float]] = defaultdict(dict)
    for row in client.query(script).rows():
        found[_label(row, step.measurement.tags)][row["_time"]] = row["_value"]
    return dict(found)


def kinds(client: Influx, bucket: str, source: Source, now: datetime) -> Rows:
    """The types in which the fields of the last week's points are stored.

    Raises:
        InfluxError: a query failed.
    """
    wanted = " or ".join(f"r._measurement == {quote(one.name)}" for one in source.measurements)
    script = 'import "types"\n\n' + _from(bucket, now - TYPE_WINDOW, now) + _filter(wanted) + KIND
    return client.query(script).rows()


def lines(
    client: Influx, bucket: str, shown: Shown, start: datetime, stop: datetime, every: timedelta
) -> dict[str, dict[datetime, float]]:
    """What a picture shows: a value a window, for each value of a tag.

    Raises:
        InfluxError: a query failed.
    """
    tags = "".join(f" and r[{quote(name)}] == {quote(v)}" for name, v in shown.where.items())
    total = "sum" if shown.fn == "count" else "mean"
    script = (
        _from(bucket, start, stop)
        + _filter(_is(shown.measurement.name, shown.field) + tags)
        + f"    |> aggregateWindow(every: {render(every)}, fn: {shown.fn}, createEmpty: false, "
        + 'timeSrc: "_start")\n'
        + f"    |> group(columns: {render([shown.by, '_time'])})\n"
        + f"    |> {total}()\n"
    )
    found: dict[str, dict[datetime, float]] = defaultdict(dict)
    for row in client.query(script).rows():
        found[str(row.get(shown.by) or ALL)][row["_time"]] = float(row["_value"])
    return dict(found)


def _from(bucket: str, start: datetime, stop: datetime) -> str:
    bounds = f"start: {render(start)}, stop: {render(stop)}"
    return f"from(bucket: {quote(bucket)})\n    |> range({bounds})\n"


def _points(bucket: str, source: Source, start: datetime, stop: datetime) -> str:
    wanted = (_is(one.name, _counted(source, one)) for one in source.measurements)
    return _from(bucket, start, stop) + _filter(" or ".join(f"({one})" for one in wanted))


def _counted(source: Source, measurement: type[Measurement]) -> str:
    return (
        source.counted if source.counted in measurement.fields else next(iter(measurement.fields))
    )


def _is(measurement: str, field: str) -> str:
    return f"r._measurement == {quote(measurement)} and r._field == {quote(field)}"


def _filter(predicate: str) -> str:
    return f"    |> filter(fn: (r) => {predicate})\n"


def _keep(*columns: str) -> str:
    return f"    |> keep(columns: {render(columns)})\n"


def _times(rows: Rows, source: Source) -> dict[Series, list[datetime]]:
    found: dict[Series, list[datetime]] = defaultdict(list)
    for row in rows:
        found[_series(row, source)].append(row["_time"])
    return found


def _series(row: Mapping[str, Any], source: Source) -> Series:
    return row["_measurement"], _label(row, source.series)


def _label(row: Mapping[str, Any], tags: Iterable[str]) -> str:
    return " ".join(str(row[tag]) for tag in tags if row.get(tag)) or ALL
