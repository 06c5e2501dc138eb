"""Rows as dicts of Python's own values; what is null may as well be missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from hypothesis import strategies as st

from influx_pipelines_tests.hostile.carrier import Carrier, Column, Dtype

INDIA = timezone(timedelta(hours=5, minutes=30))


def _as_they_are(values: list[Any]) -> list[Any]:
    return values


def _datetimes(zone: timezone) -> Callable[[list[int]], list[datetime]]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return lambda stamps: [(epoch + timedelta(microseconds=n)).astimezone(zone) for n in stamps]


class Shape(NamedTuple):
    """Nulls that are left out but in the first row; rows one by one instead of a list."""

    sparse: bool = False
    lazy: bool = False


def _rows(columns: list[Column], shape: Shape) -> Any:
    cells = [(column.name, column.dtype.build(column.values)) for column in columns]
    rows = [{name: values[n] for name, values in cells} for n in range(len(cells[0][1]))]
    if shape.sparse:
        rows[1:] = [{k: v for k, v in row.items() if v is not None} for row in rows[1:]]
    return iter(rows) if shape.lazy else rows


DTYPES = [Dtype(f, f, _as_they_are) for f in ("int64", "float64", "bool", "text", "null")]
TIMES = [
    Dtype("datetime, UTC", "us", _datetimes(UTC), nulls=False),
    Dtype("datetime, +05:30", "us", _datetimes(INDIA), nulls=False),
    Dtype("int", "integer", _as_they_are, nulls=False),
]
SHAPES = st.builds(Shape, st.booleans(), st.booleans())
CARRIER = Carrier("dicts", DTYPES, TIMES, SHAPES, Shape(), _rows)
