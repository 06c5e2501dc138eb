"""Frames of polars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import strategies as st

from influx_pipelines_tests.hostile.carrier import Carrier, Column, Dtype


def _series(kind: Any) -> Callable[[list[Any]], pl.Series]:
    return lambda values: pl.Series(values=values, dtype=kind)


def _enum(values: list[Any]) -> pl.Series:
    entries = [*dict.fromkeys(value for value in values if value is not None), "unused entry"]
    return pl.Series(values=values, dtype=pl.Enum(entries))


def _times(unit: Any, zone: str | None) -> Dtype:
    def build(stamps: list[int]) -> pl.Series:
        naive = pl.Series(values=stamps, dtype=pl.Int64).cast(pl.Datetime(unit))
        return naive.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else naive

    return Dtype(f"Datetime({unit}, {zone})", unit, build, nulls=False)


def _frame(columns: list[Column], chunked: bool) -> pl.DataFrame:
    frame = pl.DataFrame({c.name: c.dtype.build(c.values) for c in columns})
    return pl.concat([frame[:1], frame[1:]], rechunk=False) if chunked else frame


_NUMBERS = [f"{kind}{bits}" for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)]
DTYPES = [
    *(Dtype(name, name.lower(), _series(getattr(pl, name))) for name in _NUMBERS),
    *(Dtype(name, name.lower(), _series(getattr(pl, name))) for name in ("Float32", "Float64")),
    Dtype("Boolean", "bool", _series(pl.Boolean)),
    Dtype("String", "text", _series(pl.String)),
    Dtype("Categorical", "text", _series(pl.Categorical)),
    Dtype("Enum", "text", _enum),
    Dtype("Null", "null", _series(pl.Null)),
]
UNITS: list[Any] = ["ms", "us", "ns"]
TIMES = [_times(unit, zone) for unit in UNITS for zone in (None, "Europe/Berlin")]
CARRIER = Carrier("polars", DTYPES, TIMES, st.booleans(), False, _frame)
