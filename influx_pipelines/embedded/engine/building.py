"""Tables put together from rows or from other tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.table import COLUMN_TYPES, Table
from influx_pipelines.embedded.engine.values import type_of


@dataclass(slots=True)
class TableBuilder:
    """Collects rows that may bring new columns, which are `missing` in those before them."""

    key: dict[str, Any]
    types: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    count: int = 0
    chunks: list[int] = field(default_factory=list)
    missing: str | None = None

    def add_type(self, name: str, kind: str) -> None:
        """Make sure that a column of this type exists.

        Raises:
            FluxError: it exists with another type.
        """
        known = self.types.get(name)
        if known is None:
            self.types[name] = kind
            self.columns[name] = [self.missing] * self.count
        elif known != kind:
            raise FluxError(
                f'schema collision detected: column "{name}" is both of type {known} and {kind}'
            )

    def add_types(self, kinds: dict[str, str]) -> None:
        """Columns that are there also when every value is null; known ones keep their types."""
        for name, kind in kinds.items():
            self.add_type(name, self.types.get(name, kind))

    def add_table(self, table: Table) -> None:
        """All rows of a table."""
        for name, kind in table.types.items():
            self.add_type(name, kind)
        size = len(table)
        for name, column in self.columns.items():
            column.extend(table.columns.get(name) or [self.missing] * size)
        self.count += size
        self.chunks += table.chunks or (size,) * bool(size)

    def add_row(self, row: dict[str, Any]) -> None:
        """One record; a value that no column can hold is an error, null of unknown type waits."""
        for name, value in row.items():
            if value is not None:
                self.add_type(name, column_type(value))
        for name, column in self.columns.items():
            column.append(row.get(name))
        self.count += 1

    def build(self) -> Table:
        """The table."""
        chunks = tuple(self.chunks) if len(self.chunks) > 1 else ()
        return Table(self.key, self.types, self.columns, chunks)


def column_type(value: Any) -> str:
    """The column type of a value.

    Raises:
        FluxError: durations, records, functions and the like cannot be columns.
    """
    kind = type_of(value)
    if kind not in COLUMN_TYPES:
        raise FluxError(f"cannot represent the type {kind} as column data", placed=True)
    return kind


def key_identity(key: dict[str, Any]) -> tuple[Any, ...]:
    """A group key as something that can be looked up; 1 and 1.0 and true are different keys."""
    return tuple(part for name in sorted(key) for part in (name, type_of(key[name]), key[name]))


def merge(tables: Iterable[Table], *, whole: bool = False) -> list[Table]:
    """Tables of one group key become one, with the columns of all; `whole` forgets the parts."""
    groups: dict[Any, list[Table]] = {}
    for table in tables:
        groups.setdefault(key_identity(table.key), []).append(table)
    merged = []
    for group in groups.values():
        table = group[0]
        if len(group) > 1:
            builder = TableBuilder(table.key)
            for part in group:
                builder.add_table(part)
            table = builder.build()
        merged.append(replace(table, chunks=()) if whole and table.chunks else table)
    return merged
