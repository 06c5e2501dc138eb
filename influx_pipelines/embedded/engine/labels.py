"""The columns that the rows of a stream have by their type: another one is no null but an error.

What `array.from` and `map` make has just the columns that are written there; rows that were read
may have any. Functions that return rows of another type leave nothing known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from influx_pipelines.embedded.engine.errors import ArgumentError
from influx_pipelines.embedded.engine.syntax import children, label, returned
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Function, Row
from influx_pipelines.flux import ast

Labels = frozenset[str] | None
_OF_ROWS = ("filter", "map", "reduce", "stateCount", "stateDuration", "stateTracking", "to")
_SAME_ROWS = """
    bottom filter first group hourSelection last limit max min quantile range sort tail
    timeShift to top unique wideTo yield
""".split()


def check_labels(function: str, arguments: dict[str, Any], stream: Any) -> None:
    """Judge what a function of rows takes from them.

    Raises:
        ArgumentError: a column that is not there, or streams of several kinds where one is needed.
    """
    if isinstance(stream, list):
        known = {one.labels for one in stream if isinstance(one, Stream) and one.labels is not None}
        if len(known) > 1:
            raise ArgumentError("found unexpected label")
    elif isinstance(stream, Stream) and stream.labels is not None and function in _OF_ROWS:
        rows = arguments.get("fn") or arguments.get("fieldFn")
        if isinstance(rows, Function):
            missing = sorted({*_taken(rows.node.body)} - stream.labels)
            if missing:
                raise ArgumentError(f"record is missing label {missing[0]}")


def labels_after(function: str, arguments: dict[str, Any], stream: Any) -> Labels:
    """What is known of the rows that a function returns."""
    if function == "from" and isinstance(rows := arguments.get("rows"), list):
        return None if any(isinstance(row, Row) for row in rows) else frozenset(rows[0])
    before = stream.labels if isinstance(stream, Stream) else None
    if function == "map":
        return _written(returned(arguments["fn"]), before)
    if before is None or function not in _SAME_ROWS:
        return None
    return before | {"_start", "_stop"} if function == "range" else before


def _taken(node: Any) -> Iterator[str]:
    """The columns of the row `r` that an expression names."""
    if isinstance(node, ast.MemberExpression) and node.object == ast.Identifier("r"):
        yield label(node)
    for child in children(node):
        yield from _taken(child)


def _written(record: Any, before: Labels) -> Labels:
    if record == ast.Identifier("r"):
        return before
    if not isinstance(record, ast.ObjectExpression):
        return None
    names = frozenset(map(label, record.properties))
    if record.with_ is None:
        return names
    return before | names if before is not None and record.with_.name == "r" else None
