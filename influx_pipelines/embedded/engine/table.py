"""Tables with a group key, and streams of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.values import Row, type_of

COLUMN_TYPES = ("bool", "int", "uint", "float", "string", "time")
MAX_ROWS = 5_000_000


@dataclass(slots=True)
class Table:
    """Columns of equal length; `key` holds the group columns' values, also when no row is left."""

    key: dict[str, Any]
    types: dict[str, str]
    columns: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def row(self, index: int) -> Row:
        """One row as a record."""
        return Row((name, column[index]) for name, column in self.columns.items())

    def rows(self) -> Iterator[Row]:
        """All rows as records."""
        names = list(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield Row(zip(names, values, strict=True))

    def take(self, indices: Sequence[int]) -> Table:
        """The rows of these indices, in this order."""
        columns = {name: [c[i] for i in indices] for name, c in self.columns.items()}
        return replace(self, types=dict(self.types), columns=columns)

    def slice(self, start: int, stop: int | None) -> Table:
        """The rows from start to before stop."""
        columns = {name: c[start:stop] for name, c in self.columns.items()}
        return replace(self, types=dict(self.types), columns=columns)

    def select(self, names: Iterable[str]) -> Table:
        """Only these columns; a group column that goes leaves the key."""
        wanted = [name for name in names if name in self.types]
        return Table(
            {name: value for name, value in self.key.items() if name in wanted},
            {name: self.types[name] for name in wanted},
            {name: self.columns[name] for name in wanted},
        )

    def column(self, name: str) -> list[Any]:
        """The values of a column.

        Raises:
            FluxError: the table has no such column.
        """
        if name not in self.columns:
            raise FluxError(f'column "{name}" does not exist')
        return self.columns[name]


class Stream:
    """Tables, and what later functions must know of their origin.

    `storage`: everything so far was answered by the storage engine, whose rules differ from those
    in memory. `bounds`: start and stop of the last `range`. `error`: the stream broke off after
    these tables. `yielded`: already a result under its own name. `nameless`: a result whose name
    only the real server knows. `node`: its place in the plan.
    """

    nameless = False
    node: Any = None

    def __init__(
        self,
        tables: list[Table] | None = None,
        *,
        storage: bool = False,
        bounds: tuple[int, int] | None = None,
        error: str | None = None,
    ) -> None:
        self._tables = tables
        self.storage = storage
        self.bounds = bounds
        self.error = error
        self.yielded = False

    @property
    def tables(self) -> list[Table]:
        """The tables; a stream from storage reads them when they are first asked for.

        Raises:
            FluxError: the stream broke off.
        """
        if self.error is not None:
            raise FluxError(self.error)
        return self.shown

    @property
    def shown(self) -> list[Table]:
        """The tables of an answer, also when the stream broke off after them."""
        if self._tables is None:
            self._tables = self.load()
        return self._tables

    def load(self) -> list[Table]:
        """Read the tables of a stream that was made without them."""
        raise NotImplementedError

    def following(self, tables: list[Table], *, storage: bool = False) -> Stream:
        """A stream of the same origin with other tables."""
        return Stream(tables, storage=storage, bounds=self.bounds, error=self.error)


@dataclass(slots=True)
class TableBuilder:
    """Collects rows that may bring new columns."""

    key: dict[str, Any]
    types: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    count: int = 0

    def add_type(self, name: str, kind: str) -> None:
        """Make sure that a column of this type exists.

        Raises:
            FluxError: it exists with another type.
        """
        known = self.types.get(name)
        if known is None:
            self.types[name] = kind
            self.columns[name] = [None] * self.count
        elif known != kind:
            raise FluxError(
                f'schema collision detected: column "{name}" is both of type {known} and {kind}'
            )

    def add_table(self, table: Table) -> None:
        """All rows of a table."""
        for name, kind in table.types.items():
            self.add_type(name, kind)
        size = len(table)
        for name, column in self.columns.items():
            column.extend(table.columns.get(name) or [None] * size)
        self.count += size

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
        return Table(self.key, self.types, self.columns)


def column_type(value: Any) -> str:
    """The column type of a value.

    Raises:
        FluxError: durations, records, functions and the like cannot be columns.
    """
    kind = type_of(value)
    if kind not in COLUMN_TYPES:
        raise FluxError(f"cannot represent the type {kind} as column data", placed=True)
    return kind


def key_identity(key: dict[str, Any]) -> tuple[tuple[str, str, Any], ...]:
    """A group key as something that can be looked up; 1 and 1.0 and true are different keys."""
    return tuple((name, type_of(value), value) for name, value in sorted(key.items()))


def merge(tables: Iterable[Table]) -> list[Table]:
    """Tables of one group key become one, with the columns of all."""
    builders: dict[Any, TableBuilder] = {}
    for table in tables:
        identity = key_identity(table.key)
        builder = builders.get(identity)
        if builder is None:
            builder = builders[identity] = TableBuilder(table.key)
        builder.add_table(table)
    return [builder.build() for builder in builders.values()]


def sort_key(value: Any) -> tuple[bool, Any]:
    """Null before everything; texts by their bytes."""
    if value is None:
        return (False, 0)
    return (True, value.encode() if isinstance(value, str) else value)


def sorting_by(column: list[Any]) -> Callable[[int], tuple[bool, Any]]:
    """The key that sorts row numbers by a column."""
    return lambda row: sort_key(column[row])
