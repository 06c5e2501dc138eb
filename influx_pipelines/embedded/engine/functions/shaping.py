"""Columns and rows: keep, drop, rename, duplicate, set, map, group, sort, limit, union, fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import (
    Stream,
    Table,
    TableBuilder,
    column_type,
    key_identity,
    merge,
    sorting_by,
)


@builtin("yield")
def yield_(tables: Stream, *, run: Run, name: str = "_result") -> Stream:
    """Give the stream a name in the answer."""
    stream = tables.following(tables.shown, storage=tables.storage)
    run.add_result(name, stream)
    stream.yielded = True
    return stream


def _chooser(
    columns: list[str] | None, fn: Callable[..., Any] | None, run: Run, name: str
) -> Callable[[str], bool]:
    if (columns is None) == (fn is None):
        raise FluxError(f"{name}: exactly one of columns and fn is needed")
    if columns is not None:
        wanted = set(columns)
        return lambda column: column in wanted
    return lambda column: bool(run.caller.call(fn, {"column": column}))


@builtin("keep")
def keep(
    tables: Stream,
    *,
    run: Run,
    columns: list[str] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """Only some columns; tables whose group key becomes the same are put together."""
    chosen = _chooser(columns, fn, run, "keep")
    kept = [t.select([name for name in t.types if chosen(name)]) for t in tables.tables]
    return tables.following(merge(kept))


@builtin("drop")
def drop(
    tables: Stream,
    *,
    run: Run,
    columns: list[str] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """All but some columns."""
    chosen = _chooser(columns, fn, run, "drop")
    kept = [t.select([name for name in t.types if not chosen(name)]) for t in tables.tables]
    return tables.following(merge(kept))


@builtin("rename")
def rename(
    tables: Stream,
    *,
    run: Run,
    columns: dict[str, Any] | None = None,
    fn: Callable[..., Any] | None = None,
) -> Stream:
    """Other names for columns, in the group key too."""
    if (columns is None) == (fn is None):
        raise FluxError("exactly one of columns and fn is needed")
    return tables.following([_rename(table, columns, fn, run) for table in tables.tables])


def _rename(table: Table, columns: dict[str, Any] | None, fn: Any, run: Run) -> Table:
    for name in columns or {}:
        if name not in table.types:
            raise FluxError(f'rename error: column "{name}" doesn\'t exist')
    new = {
        name: (columns or {}).get(name, name)
        if fn is None
        else run.caller.call(fn, {"column": name})
        for name in table.types
    }
    if len(set(new.values())) < len(new):
        raise FluxError("column already exists with that name")
    return Table(
        {new[name]: value for name, value in table.key.items()},
        {new[name]: kind for name, kind in table.types.items()},
        {new[name]: values for name, values in table.columns.items()},
    )


@builtin("duplicate")
def duplicate(tables: Stream, column: str, as_: str) -> Stream:
    """A copy of a column under another name; an existing one is replaced."""
    result = []
    for table in tables.tables:
        if column not in table.types:
            raise FluxError(f'duplicate error: column "{column}" doesn\'t exist')
        types = {**table.types, as_: table.types[column]}
        columns = {**table.columns, as_: list(table.columns[column])}
        key = {n: v for n, v in table.key.items() if n != as_}
        if as_ in table.key and len(set(columns[as_])) == 1:
            key = {**table.key, as_: columns[as_][0]}
        result.append(Table(key, types, columns))
    return tables.following(result)


@builtin("set")
def set_(tables: Stream, key: str, value: str) -> Stream:
    """One text in every row of a column."""
    result = []
    for table in tables.tables:
        if table.types.get(key, "string") != "string":
            raise FluxError(f"panic: column {key} is not a string", "internal error")
        group = {**table.key, key: value} if key in table.key else table.key
        types = {**table.types, key: "string"}
        result.append(Table(group, types, {**table.columns, key: [value] * len(table)}))
    return tables.following(merge(result))


@builtin("map")
def map_(tables: Stream, fn: Callable[..., Any], *, run: Run, mergeKey: bool = False) -> Stream:
    """A record for every row; a changed group column moves the row to another table."""
    function = run.caller.row_function(fn)
    builders: dict[Any, TableBuilder] = {}
    for table in tables.tables:
        seen: dict[str, str] = {}
        for row in table.rows():
            record = function(row)
            if not isinstance(record, dict):
                raise FluxError("map function must return a record")
            if mergeKey:
                record = {**table.key, **record}
            key = {n: record[n] for n in table.key if n in record}
            identity = key_identity(key)
            builder = builders.get(identity) or builders.setdefault(identity, TableBuilder(key))
            builder.add_row(record)
            _remember_nulls(record, table, seen)
        _add_null_columns(builders, seen)
    return tables.following([builder.build() for builder in builders.values()])


def _remember_nulls(record: dict[str, Any], table: Table, seen: dict[str, str]) -> None:
    """A column that is null throughout keeps its type when it was there before."""
    for name, value in record.items():
        if value is None and name in table.types:
            seen[name] = table.types[name]


def _add_null_columns(builders: dict[Any, TableBuilder], seen: dict[str, str]) -> None:
    for builder in builders.values():
        for name, kind in seen.items():
            if name not in builder.types:
                builder.add_type(name, kind)


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


@builtin("sort")
def sort(tables: Stream, columns: list[str] | None = None, desc: bool = False) -> Stream:
    """Each table by some columns, null first; a column that is not there changes nothing."""
    wanted = ["_value"] if columns is None else columns
    result = []
    for table in tables.tables:
        order = list(range(len(table)))
        for name in reversed([n for n in wanted if n in table.types]):
            values = table.columns[name]
            order = sorted(order, key=sorting_by(values), reverse=desc)
        result.append(table.take(order))
    return tables.following(result)


@builtin("limit")
def limit(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The first rows of each table; a table that the offset empties goes."""
    if n < 0 or offset < 0:
        raise FluxError("n and offset must not be negative")
    cut = [table.slice(offset, offset + n) for table in tables.tables]
    emptied = [offset and len(t) and not len(c) for c, t in zip(cut, tables.tables, strict=True)]
    return tables.following([c for c, gone in zip(cut, emptied, strict=True) if not gone])


@builtin("tail")
def tail(tables: Stream, n: int, offset: int = 0) -> Stream:
    """The last rows of each table."""
    if n < 0 or offset < 0:
        raise FluxError("n and offset must not be negative")
    result = []
    for table in tables.tables:
        stop = max(len(table) - offset, 0)
        result.append(table.slice(max(stop - n, 0), stop))
    return tables.following(result)


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


@builtin("fill")
def fill(
    tables: Stream, column: str = "_value", value: Any = None, usePrevious: bool = False
) -> Stream:
    """A value for every null of a column, or the one before it."""
    if (value is None) == (not usePrevious):
        raise FluxError("exactly one of value and usePrevious is needed")
    return tables.following([_fill(t, column, value, usePrevious) for t in tables.tables])


def _fill(table: Table, column: str, value: Any, previous: bool) -> Table:
    types, columns = dict(table.types), dict(table.columns)
    if column not in types:
        if previous:
            raise FluxError(f'fill column not found: "{column}"')
        types[column], columns[column] = column_type(value), [value] * len(table)
        return Table(table.key, types, columns)
    if not previous and types[column] != column_type(value):
        raise FluxError(f"fill column type mismatch: {types[column]} and {column_type(value)}")
    filled, last = [], None if previous else value
    for cell in columns[column]:
        filled.append(last if cell is None else cell)
        last = cell if previous and cell is not None else last
    columns[column] = filled
    key = table.key
    if column in key and key[column] is None and not previous:
        key = {**key, column: value}
    return Table(key, types, columns)
