"""What a library that carries tables must tell: its types of columns and how a table is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st


class Dtype(NamedTuple):
    """A type of column: the family of its values and how they become a column.

    The family of a column of times is its unit: `s`, `ms`, `us` or `ns`, since the epoch in UTC.
    """

    label: str
    family: str
    build: Callable[[list[Any]], Any]
    nulls: bool = True


class Column(NamedTuple):
    """A column as plain values."""

    name: str
    dtype: Dtype
    values: list[Any]


class Carrier(NamedTuple):
    """A library: its types of columns, and how columns, the time last, become a table.

    A table may have one of many shapes (chunks, index, iterator); `plain` is the usual one.
    """

    name: str
    dtypes: list[Dtype]
    times: list[Dtype]
    shapes: st.SearchStrategy[Any]
    plain: Any
    table: Callable[[list[Column], Any], Any]
