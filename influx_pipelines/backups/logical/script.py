"""The Flux of a logical backup; only documented functions, and what storage answers by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from influx_pipelines.backups.logical.windows import ALL, Window, text
from influx_pipelines.flux.literals import quote

Name = tuple[str, str]  # measurement, field
_BOUNDS = f"start: {text(ALL.start)}, stop: {text(ALL.stop)}"
_SCHEMA = 'import "strings"\nimport "influxdata/influxdb/schema"\n'
# `%0D` stands for a carriage return, which CSV would drop.
_WITH_RETURNS = (
    '    |> map(fn: (r) => ({_value: strings.replaceAll(v: r._value, t: "\\r", u: "%0D")}))\n'
)


def source(bucket_id: str, window: Window, measurements: Collection[str] = ()) -> str:
    """The values of a bucket, or of some measurements; by ID, since a name may change hands."""
    found = f"from(bucketID: {quote(bucket_id)})\n" + window.range
    if not measurements:
        return found
    names = " or ".join(f"r._measurement == {quote(name)}" for name in sorted(measurements))
    return found + f"    |> filter(fn: (r) => {names})\n"


def ends(found: str, name: str = "") -> str:
    """The first and the last value of each series, as two results."""
    return "".join(
        f"{found}    |> {end}()\n    |> yield(name: {quote(end + name)})\n"
        for end in ("first", "last")
    )


def of_fields(fields: Iterable[Name]) -> str:
    """Only some fields of some measurements."""
    by_measurement: dict[str, list[str]] = defaultdict(list)
    for measurement, field in sorted(fields):
        by_measurement[measurement].append(field)
    terms = [
        f"(r._measurement == {quote(measurement)} and "
        f"({' or '.join(f'r._field == {quote(field)}' for field in names)}))"
        for measurement, names in by_measurement.items()
    ]
    return f"    |> filter(fn: (r) => {' or '.join(terms)})\n"


def with_returns(found: str) -> str:
    """The texts that hold a carriage return, which CSV drops, or turns into a line feed."""
    return (
        f'import "strings"\n{found}'
        '    |> filter(fn: (r) => strings.containsStr(v: r._value, substr: "\\r"))\n'
        "    |> limit(n: 1)\n"
    )


def encoded(found: str) -> str:
    """Texts in which the server wrote each carriage return as `%0D`, and each `%` as `%25`."""
    return (
        f'import "strings"\n{found}'
        "    |> map(fn: (r) => ({r with _value: strings.replaceAll("
        'v: strings.replaceAll(v: r._value, t: "%", u: "%25"), t: "\\r", u: "%0D")}))\n'
    )


def series_with_returns(found: str, tags: Iterable[str]) -> str:
    """Series with a carriage return in a name, or in the value of a tag."""
    columns = ["_measurement", "_field", *sorted(tags)]
    terms = " or ".join(f"r[{quote(column)}] =~ /\\r/" for column in columns)
    return f"{found}    |> filter(fn: (r) => {terms})\n    |> first()\n"


def tag_keys(bucket: str) -> str:
    """The names of all tags, from the index; old servers know no `stop` there."""
    return _SCHEMA + f"schema.tagKeys(bucket: {quote(bucket)}, {_BOUNDS})\n" + _WITH_RETURNS


def tag_keys_of(found: str) -> str:
    """The same, written out as that is defined."""
    keys = '    |> keys()\n    |> keep(columns: ["_value"])\n    |> distinct()\n'
    return f'import "strings"\n{found}{keys}{_WITH_RETURNS}'


def measurements(bucket: str) -> str:
    """The names of all measurements, also of those that no query can read."""
    return _SCHEMA + f"schema.measurements(bucket: {quote(bucket)}, {_BOUNDS})\n"


def counted(bucket_id: str, window: Window) -> str:
    """How many values each series has."""
    return source(bucket_id, window) + "    |> count()\n"
