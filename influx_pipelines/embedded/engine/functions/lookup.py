"""From streams to values: findRecord, findColumn, tableFind, getRecord, getColumn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Row


def _find(tables: Stream, fn: Any, run: Run) -> Table | None:
    run.looked_up = True  # its nodes have numbers, too, that nobody knows
    for table in tables.tables:
        if run.caller.call(fn, {"key": Row(table.key)}) is True:
            return table
    return None


@builtin("tableFind")
def table_find(tables: Stream, fn: Callable[..., Any], *, run: Run) -> Stream:
    """The first table whose group key matches."""
    found = _find(tables, fn, run)
    if found is None:
        raise FluxError("no table found", "not found")
    return Stream([found])


@builtin("getRecord")
def get_record(table: Stream, idx: int) -> dict[str, Any]:
    """One row of the table that tableFind found."""
    parts = table.tables[0].parts()
    if any(not 0 <= idx < len(part) for part in parts):
        raise FluxError(f"index out of bounds: {idx}")
    return parts[-1].row(idx)


@builtin("getColumn")
def get_column(table: Stream, column: str) -> list[Any]:
    """One column of the table that tableFind found."""
    return list(table.tables[0].column(column))


@builtin("findRecord")
def find_record(tables: Stream, fn: Callable[..., Any], idx: int, *, run: Run) -> dict[str, Any]:
    """One row of the first table that matches; an empty record when there is none."""
    found = _find(tables, fn, run)
    # The real server looks into each part of a table in turn; the last one counts.
    last = found.parts()[-1] if found is not None else ()
    return last.row(idx) if isinstance(last, Table) and 0 <= idx < len(last) else Row()


@builtin("findColumn")
def find_column(tables: Stream, fn: Callable[..., Any], column: str, *, run: Run) -> list[Any]:
    """One column of the first table that matches; an empty array when there is none."""
    found = _find(tables, fn, run)
    return [] if found is None else list(found.columns.get(column, []))
