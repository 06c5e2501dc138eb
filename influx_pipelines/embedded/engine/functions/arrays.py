"""Arrays and single values: `array.from`, `length`, `contains`, `die`, `columns`, `keys`."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.errors import Died, FluxError
from influx_pipelines.embedded.engine.functions.windows import ENDLESS
from influx_pipelines.embedded.engine.registry import PACKAGES, builtin
from influx_pipelines.embedded.engine.table import Stream, TableBuilder
from influx_pipelines.embedded.engine.values import type_of


@builtin("array.from")
def from_rows(rows: list[Any]) -> Stream:
    """A stream of one table, a row each record."""
    if not rows:
        raise FluxError("rows must be non-empty")
    builder = TableBuilder({})
    for row in rows:
        if not isinstance(row, dict):
            raise FluxError(f"expected a record but found {type_of(row)}")
        if row.keys() != rows[0].keys():
            raise FluxError("records of one array must have the same columns")
        builder.add_row(row)
    return Stream([builder.build()])


@builtin("length")
def length(arr: list[Any]) -> int:
    """The number of elements."""
    return len(arr)


@builtin("contains")
def contains(value: Any, set: list[Any]) -> bool:
    """Whether an array holds a value of the same type."""
    return any(type_of(element) == type_of(value) and element == value for element in set)


@builtin("die")
def die(msg: str) -> Any:
    """Stop the script."""
    raise Died(msg)


@builtin("columns")
def columns(tables: Stream, column: str = "_value") -> Stream:
    """The names of each table's columns."""
    named = (t.keyed({column: "string"}, {column: list(t.types)}) for t in tables.tables)
    return tables.gathered(named)


@builtin("keys")
def keys(tables: Stream, column: str = "_value") -> Stream:
    """The names of each table's group columns."""
    return tables.each(lambda t: t.keyed({column: "string"}, {column: list(t.key)}))


PACKAGES["universe"].members.update({"inf": ENDLESS, "true": True, "false": False})
