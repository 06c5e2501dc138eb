"""Arrays and dictionaries: `array`, `dict`, `length`, `contains`, `die`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, not_supported
from influx_pipelines.embedded.engine.functions.convert import CONVERSIONS
from influx_pipelines.embedded.engine.functions.windows import ENDLESS
from influx_pipelines.embedded.engine.operators import truth
from influx_pipelines.embedded.engine.registry import PACKAGES, builtin
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import (
    Dictionary,
    check_size,
    make_dictionary,
    of_one_kind,
    type_of,
)


@builtin("experimental/array.from")
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
    if builder.types.keys() != rows[0].keys():
        raise not_supported("array.from of a column without any value")
    return Stream([builder.build()])


@builtin("experimental/array.concat")
@builtin("array.concat")
def concat(arr: list[Any], v: list[Any]) -> list[Any]:
    """The elements of both."""
    check_size(len(arr) + len(v))
    return of_one_kind([*arr, *v])


@builtin("experimental/array.map")
@builtin("array.map")
def map_(arr: list[Any], fn: Callable[..., Any], *, run: Run) -> list[Any]:
    """What a function makes of every element."""
    return of_one_kind([run.caller.call(fn, {"x": element}) for element in arr])


@builtin("experimental/array.filter")
@builtin("array.filter")
def filter_(arr: list[Any], fn: Callable[..., Any], *, run: Run) -> list[Any]:
    """The elements for which a function is true."""
    return [element for element in arr if truth(run.caller.call(fn, {"x": element}))]


def _all(convert: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(arr: list[Any]) -> list[Any]:
        return [convert(element) for element in arr]

    return call


for _name, _convert in CONVERSIONS.items():
    builtin(f"experimental/array.{_name}")(_all(_convert))


@builtin("length")
def length(arr: list[Any]) -> int:
    """The number of elements."""
    return len(arr)


@builtin("contains")
def contains(value: Any, set: list[Any]) -> bool:
    """Whether an array holds a value of the same type."""
    if value is None:
        return False
    return any(element == value for element in of_one_kind([value, *set])[1:])


@builtin("dict.fromList")
def from_list(pairs: list[Any]) -> Dictionary:
    """A dictionary of records with `key` and `value`; a later pair wins."""
    if any(not isinstance(pair, dict) or pair.keys() != {"key", "value"} for pair in pairs):
        raise FluxError("expected records of key and value")
    return make_dictionary((pair["key"], pair["value"]) for pair in pairs)


@builtin("dict.get")
def get(dict: Dictionary, key: Any, default_: Any) -> Any:
    """The value of a key."""
    make_dictionary([(key, default_), *dict.items.items()])
    return dict.items.get(key, default_)


@builtin("dict.insert")
def insert(dict: Dictionary, key: Any, value: Any) -> Dictionary:
    """A dictionary with one more, or another, value."""
    return make_dictionary([*dict.items.items(), (key, value)])


@builtin("dict.remove")
def remove(dict: Dictionary, key: Any) -> Dictionary:
    """A dictionary without a key."""
    of_one_kind([key, *dict.items])
    return make_dictionary((k, v) for k, v in dict.items.items() if k != key)


@builtin("die")
def die(msg: str) -> Any:
    """Stop the script."""
    raise FluxError(msg)


PACKAGES["universe"].members.update({"inf": ENDLESS, "true": True, "false": False})
