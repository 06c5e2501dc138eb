"""Frames of pandas: numpy's, nullable and Arrow's dtypes, categories, objects, indexes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from influx_pipelines_tests.hostile.carrier import Carrier, Column, Dtype

NULLABLE = {"int": "Int", "uint": "UInt", "float": "Float"}


def _series(dtype: Any) -> Callable[[list[Any]], pd.Series]:
    return lambda values: pd.Series(values, dtype=dtype)


def _with_nan(values: list[Any]) -> pd.Series:
    return pd.Series([float("nan") if value is None else value for value in values], dtype=object)


def _category(values: list[Any]) -> pd.Series:
    used = {value for value in values if value is not None}
    return pd.Series(pd.Categorical(values, categories=sorted({*used, "unused"})))


def _numbers(kind: str, bits: int) -> list[Dtype]:
    family = f"{kind}{bits}"
    found = [Dtype(family, family, _series(family), nulls=kind == "float")]
    if bits > 8 * (kind == "float") + 8:
        found.append(Dtype(f"{NULLABLE[kind]}{bits}", family, _series(f"{NULLABLE[kind]}{bits}")))
    arrow = pd.ArrowDtype(getattr(pa, family)())
    return [*found, Dtype(str(arrow), family, _series(arrow))]


def _times(unit: str, zone: str | None) -> Dtype:
    def build(stamps: list[int]) -> pd.Series:
        naive = pd.Series(stamps, dtype="int64").astype(f"datetime64[{unit}]")
        return naive.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else naive

    return Dtype(f"datetime64[{unit}, {zone}]", unit, build, nulls=False)


class Shape(NamedTuple):
    """The time as a column or as the index; the labels of another index mean nothing."""

    indexed: bool = False
    labels: str = "range"


def _frame(columns: list[Column], shape: Shape) -> pd.DataFrame:
    time = columns[-1]
    series = {column.name: column.dtype.build(column.values) for column in columns}
    rows = range(len(time.values))
    labels = {"range": rows, "text": [f"r{n}" for n in rows], "same": [7 for _ in rows]}
    index = pd.Index(labels[shape.labels])
    if shape.indexed and time.dtype.family != "integer":
        index = pd.DatetimeIndex(series.pop(time.name), name=None)
    return pd.DataFrame({name: one.array for name, one in series.items()}, index=index)


DTYPES = [
    *(d for kind in ("int", "uint") for bits in (8, 16, 32, 64) for d in _numbers(kind, bits)),
    *(d for bits in (16, 32, 64) for d in _numbers("float", bits)),
    Dtype("bool", "bool", _series("bool"), nulls=False),
    Dtype("boolean", "bool", _series("boolean")),
    Dtype("bool[pyarrow]", "bool", _series(pd.ArrowDtype(pa.bool_()))),
    *(Dtype(f"object, {f}", f, _series(object)) for f in ("text", "int64", "bool", "null")),
    *(Dtype(f"object, {f}, NaN", f, _with_nan) for f in ("text", "float64", "bool")),
    *(Dtype(name, "text", _series(name)) for name in ("str", "string[python]", "string[pyarrow]")),
    Dtype("large_string[pyarrow]", "text", _series(pd.ArrowDtype(pa.large_string()))),
    Dtype("category", "text", _category),
    Dtype("category, int64", "int64", _series("category")),
]
TIMES = [_times(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "Asia/Kolkata")]
SHAPES = st.builds(Shape, st.booleans(), st.sampled_from(["range", "text", "same"]))
CARRIER = Carrier("pandas", DTYPES, TIMES, SHAPES, Shape(), _frame)
