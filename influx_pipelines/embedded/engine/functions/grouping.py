"""Rows by their values: group, union."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import Any

from influx_pipelines.embedded.engine.building import TableBuilder, key_identity, merge
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table, together

NUMBERS = ("int", "uint", "float")
WIRE_KINDS = {"int": "integer", "uint": "unsigned", "bool": "boolean"}


class Grouped(Stream):
    """Series grouped by storage, which puts a group together when somebody reads it."""

    grouped = True

    def __init__(self, source: Stream, columns: list[str]) -> None:
        super().__init__(storage=True, bounds=source.bounds, error=source.error)
        self.source = source
        self.groups: dict[Any, tuple[dict[str, Any], list[Table]]] = {}
        for table in source.shown:
            bounds = {name: table.key[name] for name in ("_start", "_stop")}
            # A tag that a series does not have is an empty text, in the key and in the rows.
            key = {**bounds, **{n: table.key.get(n, "") for n in columns if n not in bounds}}
            self.groups.setdefault(key_identity(key), (key, []))[1].append(table)

    def load(self) -> list[Table]:
        """One table a group, up to the first that mixes kinds of values."""
        tables: list[Table] = []
        for key, series in self.groups.values():
            builder = TableBuilder(key, missing="")
            kind = series[0].types["_value"]
            for table in series:
                if table.types["_value"] != kind:
                    self.error = self.error or _collision(kind, table.types["_value"])
                    break
                builder.add_table(table)
            tables.append(builder.build())
            if self.error is not None:
                break
        return tables

    def numeric(self) -> Grouped:
        """For a sum: what comes after a series without numbers is silently lost."""
        grouped = Grouped(self.following([]), [])
        for identity, (key, series) in self.groups.items():
            numbers = list(takewhile(lambda table: table.types["_value"] in NUMBERS, series))
            if numbers:
                grouped.groups[identity] = key, numbers
        return grouped

    def counted(self) -> Stream:
        """For a count: kinds of values do not matter."""
        tables = []
        for key, series in self.groups.values():
            values = [value for table in series for value in table.columns["_value"]]
            tables.append(Table(key, {"_value": "int"}, {"_value": values}))
        return self.following(tables)


def _collision(one: str, other: str) -> FluxError:
    one, other = (WIRE_KINDS.get(kind, kind) for kind in (one, other))
    text = f"schema collision: cannot group {one} and {other} types together"
    return FluxError(text, placed=True)


@builtin("group")
def group(tables: Stream, columns: list[str] | None = None, mode: str = "by") -> Stream:
    """Rows by their values in some columns, or in all but some."""
    if mode not in ("by", "except"):
        raise FluxError(f'invalid mode "{mode}": must be one of by or except')
    wanted = list(columns or [])
    source = tables if tables.shared else tables.ungrouped or tables
    by_tags = mode == "by" and not {"_value", "_time"} & set(wanted)
    if source.pushable and not source.grouped and by_tags:
        stream: Stream = Grouped(source, wanted)
    else:
        stream = source.following(merge(_split(source.tables, wanted, mode)))
    stream.ungrouped = source
    return stream.after(tables, "group", wanted) if mode == "by" else stream


def _split(tables: list[Table], wanted: list[str], mode: str) -> list[Table]:
    """Every table by the wanted columns that it has."""
    found = []
    for table in tables:
        names = [n for n in table.types if (n in wanted) == (mode == "by")]
        if all(name in table.key for name in names):
            found.append(replace(table, key={n: table.key[n] for n in sorted(names)}))
        else:
            found += [group for part in table.parts() for group in _by_row(part, sorted(names))]
    return found


def _by_row(table: Table, names: list[str]) -> list[Table]:
    parts: dict[Any, tuple[dict[str, Any], list[int]]] = {}
    columns = [table.columns[name] for name in names]
    for index, values in enumerate(zip(*columns, strict=True)):
        key = dict(zip(names, values, strict=True))
        parts.setdefault(key_identity(key), (key, []))[1].append(index)
    return [replace(table.take(rows), key=key) for key, rows in parts.values()]


@builtin("union")
def union(tables: list[Any], *, run: Run) -> Stream:
    """Several streams as one; tables of one group key are put together."""
    if len(tables) < 2:
        raise FluxError("union must have at least two streams as input")
    if not all(isinstance(stream, Stream) for stream in tables):
        raise FluxError("union takes an array of streams")
    streams = list(dict.fromkeys(tables))
    run.count("rows made", sum(len(table) for s in streams for table in s.tables))
    try:
        merged = merge((table for s in streams for table in s.tables), whole=True)
    except FluxError as error:
        raise FluxError(f"panic: {error.message}", "internal error") from None
    return together(streams).gathered(merged)
