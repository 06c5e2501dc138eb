"""Rows by their values: group, union."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import (
    Stream,
    Table,
    TableBuilder,
    key_identity,
    merge,
)


@builtin("group")
def group(tables: Stream, columns: list[str] | None = None, mode: str = "by") -> Stream:
    """Rows by their values in some columns, or in all but some."""
    if mode not in ("by", "except"):
        raise FluxError(f'invalid mode "{mode}": must be one of by or except')
    wanted = list(columns or [])
    storage = tables.storage and not {"_value", "_time"} & set(wanted)
    builders: dict[Any, TableBuilder] = {}
    for table in tables.tables:
        names = _group_columns(table, wanted, mode, storage)
        for part in _split(table, names):
            identity = key_identity(part.key)
            builder = builders.get(identity) or builders.setdefault(
                identity, TableBuilder(part.key)
            )
            try:
                builder.add_table(part)
            except FluxError:
                if not storage or not _has_rows(builders):
                    raise
                broken = tables.following([b.build() for b in builders.values() if b.count])
                broken.error = _collision(builder, part)
                return broken
    return tables.following([b.build() for b in builders.values()], storage=storage)


def _collision(builder: TableBuilder, part: Table) -> str:
    names = {"int": "integer", "uint": "unsigned", "bool": "boolean"}
    one, other = (names.get(kind, kind) for kind in (builder.types["_value"], part.types["_value"]))
    return f"schema collision: cannot group {one} and {other} types together"


def _has_rows(builders: dict[Any, TableBuilder]) -> bool:
    return any(builder.count for builder in builders.values())


def _group_columns(table: Table, wanted: list[str], mode: str, storage: bool) -> list[str]:
    if mode == "by":
        # Storage leaves the bounds of the range in the group key.
        kept = {*wanted, *(("_start", "_stop") if storage else ())}
        return [name for name in table.types if name in kept]
    return [name for name in table.types if name not in wanted]


def _split(table: Table, names: list[str]) -> list[Table]:
    if all(name in table.key for name in names):
        return [Table({n: table.key[n] for n in names}, table.types, table.columns)]
    parts: dict[Any, tuple[dict[str, Any], list[int]]] = {}
    columns = [table.columns[name] for name in names]
    for index, values in enumerate(zip(*columns, strict=True)):
        key = dict(zip(names, values, strict=True))
        parts.setdefault(key_identity(key), (key, []))[1].append(index)
    taken = []
    for key, indices in parts.values():
        part = table.take(indices)
        part.key = key
        taken.append(part)
    return taken


@builtin("union")
def union(tables: list[Any]) -> Stream:
    """Several streams as one; tables of one group key are put together."""
    if len(tables) < 2:
        raise FluxError("union must have at least two streams as input")
    if not all(isinstance(stream, Stream) for stream in tables):
        raise FluxError("union takes an array of streams")
    everything = [table for stream in tables for table in stream.tables]
    try:
        return Stream(merge(everything), bounds=tables[0].bounds)
    except FluxError as error:
        raise FluxError(f"panic: {error.message}", "internal error") from None
