"""Columns: keep, drop, rename, duplicate, set, fill; columns, keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.building import column_type, merge
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.registry import Fn, Names, builtin
from influx_pipelines.embedded.engine.table import Stream, Table


def _one_of(columns: Any, fn: Fn | None, run: Run) -> Callable[[str], Any] | None:
    """What `fn` says of a column, if it is given and not `columns`.

    Raises:
        FluxError: both are given, or neither.
    """
    if (columns is None) == (fn is None):
        raise FluxError("exactly one of columns and fn is needed")
    return None if fn is None else lambda column: run.caller.call(fn, {"column": column})


def _merged(tables: Stream, change: Callable[[Table], Table]) -> Stream:
    """Tables whose group key becomes the same are put together."""
    return tables.gathered(merge(change(table) for table in tables.tables))


def _register(name: str, *, kept: bool) -> Callable[..., Stream]:
    """Only some columns, or all but some."""

    @builtin(name)
    def select(tables: Stream, *, run: Run, columns: Names = None, fn: Fn | None = None) -> Stream:
        chosen = _one_of(columns, fn, run) or set(columns or ()).__contains__

        def change(table: Table) -> Table:
            return table.select(n for n in table.types if bool(chosen(n)) == kept)

        return _merged(tables, change).after(tables, name, columns)

    return select


keep = _register("keep", kept=True)
_register("drop", kept=False)


@builtin("rename")
def rename(
    tables: Stream, *, run: Run, columns: dict[str, Any] | None = None, fn: Fn | None = None
) -> Stream:
    """Other names for columns, in the group key too."""
    named, wanted = _one_of(columns, fn, run), columns or {}

    def change(table: Table) -> Table:
        if missing := wanted.keys() - table.types.keys():
            raise FluxError(f'rename error: column "{min(missing)}" doesn\'t exist')
        new = {name: named(name) if named else wanted.get(name, name) for name in table.types}
        if not all(isinstance(name, str) for name in new.values()):
            raise FluxError("rename error: a name is no string")
        if len(set(new.values())) < len(new):
            raise FluxError("column already exists with that name")
        return Table(
            {new[name]: value for name, value in table.key.items() if name in new},
            {new[name]: kind for name, kind in table.types.items()},
            {new[name]: values for name, values in table.columns.items()},
            table.chunks,
        )

    return _merged(tables, change)


@builtin("duplicate")
def duplicate(tables: Stream, column: str, as_: str) -> Stream:
    """A copy of a column under another name; an existing one is replaced."""
    return _merged(tables, lambda table: duplicate_column(table, column, as_))


def duplicate_column(table: Table, column: str, as_: str) -> Table:
    """A table with a copy of a column.

    Raises:
        FluxError: there is no such column.
    """
    if column not in table.types:
        raise FluxError(f'duplicate error: column "{column}" doesn\'t exist')
    copied = table.with_columns({as_: table.types[column]}, {as_: table.columns[column]})
    if as_ in table.key and column not in table.key:
        raise not_supported("duplicate of a column over one of the group key")
    return copied.with_key({as_: table.key.get(column)})


@builtin("set")
def set_(tables: Stream, key: str, value: str) -> Stream:
    """One text in every row of a column."""

    def put(table: Table) -> Table:
        if table.types.get(key, "string") != "string":
            raise FluxError(f"panic: column {key} is not a string", "internal error")
        changed = table.with_columns({key: "string"}, {key: [value] * len(table)})
        return changed.with_key({key: value})

    return tables.gathered(merge((put(table) for table in tables.tables), whole=True))


@builtin("fill")
def fill(
    tables: Stream, column: str = "_value", value: Any = None, usePrevious: bool | None = None
) -> Stream:
    """A value for every null of a column, or the one before it."""
    if (value is None) == (usePrevious is None):
        raise FluxError("fill requires exactly one of value or usePrevious")
    if usePrevious is False:
        raise plain_error("unknown type in fill op-spec")
    return tables.each(lambda table: _fill(table, column, value))


def _fill(table: Table, column: str, value: Any) -> Table:
    kind = table.types.get(column)
    if table.key.get(column) is not None or (value is None and kind is None):
        return table
    if value is None:
        filled: list[Any] = []
        for cell in table.columns[column]:
            filled.append(filled[-1] if cell is None and filled else cell)
        return table.with_columns({}, {column: filled})
    if kind not in (None, column_type(value)):
        raise FluxError(f"fill column type mismatch: {kind}/{column_type(value)}")
    cells = table.columns.get(column) or [None] * len(table)
    filled_cells = [value if cell is None else cell for cell in cells]
    changed = table.with_columns({column: column_type(value)}, {column: filled_cells})
    return changed.with_key({column: value})


@builtin("columns")
def columns_(tables: Stream, column: str = "_value") -> Stream:
    """The names of each table's columns."""
    named = (t.keyed({column: "string"}, {column: list(t.types)}) for t in tables.tables)
    return tables.gathered(named)


@builtin("keys")
def keys(tables: Stream, column: str = "_value") -> Stream:
    """The names of each table's group columns."""
    named = tables.each(lambda t: t.keyed({column: "string"}, {column: list(t.key)}))
    return named.after(tables, "keys", column)
