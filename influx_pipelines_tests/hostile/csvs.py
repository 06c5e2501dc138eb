"""Answers of a server: annotated CSV as it is written, drawn together with the rows it means."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from influx_pipelines_tests.hostile.families import FAMILIES, LETTERS, texts

MIN_TIME, MAX_TIME = -9_223_372_036_854_775_806, 9_223_372_036_854_775_806


def _float_text(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")


def time_text(nanoseconds: int) -> str:
    """RFC 3339 with as many decimals as there are."""
    seconds, rest = divmod(nanoseconds, 10**9)
    whole = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%FT%T")
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".") + "Z"


_TIMES = st.integers(MIN_TIME, MAX_TIME) | st.sampled_from([MIN_TIME, MAX_TIME, 0, -1, 10**9])
TYPES: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "string": (texts, lambda text: text.replace("\n", "\r\n")),
    "double": (FAMILIES["float64"].values, _float_text),
    "long": (FAMILIES["int64"].values, str),
    "unsignedLong": (FAMILIES["uint64"].values, str),
    "boolean": (st.booleans(), lambda value: str(value).lower()),
    "dateTime:RFC3339": (_TIMES, time_text),
}
_NAMES = st.text(LETTERS, min_size=1, max_size=6) | st.sampled_from(
    ["_start", "result", "table", "error", "reference", "_value", "two\nlines", "#datatype"]
)
Row = dict[str, Any]


@dataclass
class Block:
    """A header and its tables; `rows` are what a reader must find, times as nanoseconds."""

    text: str
    names: list[str]
    group: list[str]
    types: list[str]
    rows: list[Row]


def _written(rows: Sequence[Sequence[str]]) -> str:
    found = io.StringIO()
    csv.writer(found, lineterminator="\r\n").writerows(rows)
    return found.getvalue() + "\r\n"


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """With some cells empty, which is null or the default, and an empty table now and then."""
    names = draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    types = [draw(st.sampled_from(sorted(TYPES))) for _ in names]
    keys = [draw(st.booleans()) for _ in names]
    defaults = [
        draw(TYPES[kind][0] | st.none()) if key else None
        for kind, key in zip(types, keys, strict=True)
    ]
    head = [
        ["#datatype", "string", "long", *types],
        ["#group", "false", "false", *(str(key).lower() for key in keys)],
        ["#default", "_result", "", *map(_cell, types, defaults)],
        ["", "result", "table", *names],
    ]
    rows: list[Row] = []
    cells: list[list[str]] = []
    for number in range(draw(st.integers(0, 6))):
        values = [draw(TYPES[kind][0] | st.none()) for kind in types]
        cells.append(["", "", str(number // 2), *map(_cell, types, values)])
        found = [_or_default(*both) for both in zip(values, defaults, strict=True)]
        rows.append(dict(zip(names, found, strict=True)))
    group = [name for name, key in zip(names, keys, strict=True) if key]
    return Block(_written([*head, *cells]), names, group, types, rows)


def _cell(kind: str, value: Any) -> str:
    return "" if value is None else str(TYPES[kind][1](value))


def _or_default(value: Any, default: Any) -> Any:
    """Null and the empty text look the same."""
    found = default if value is None or value == "" else value
    return None if found == "" else found
