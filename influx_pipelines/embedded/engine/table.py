"""Tables with a group key, and streams of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, ClassVar

from influx_pipelines.embedded.engine.errors import FluxError, plain_error
from influx_pipelines.embedded.engine.values import Row, type_of

COLUMN_TYPES = ("bool", "int", "uint", "float", "string", "time")


@dataclass(slots=True)
class Table:
    """Columns of equal length; `key` holds the group columns' values, also when no row is left.

    `chunks` are the sizes of the parts that a table was put together from: the real server hands
    a table on in such parts, which shows in the order of equal rows after `sort`.
    """

    key: dict[str, Any]
    types: dict[str, str]
    columns: dict[str, list[Any]]
    chunks: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def spans(self) -> list[tuple[int, int]]:
        """Where each part begins and ends."""
        ends = list(accumulate(self.chunks or (len(self),)))
        return list(zip([0, *ends], ends, strict=False))

    def parts(self) -> list[Table]:
        """The table as its parts."""
        return [self.slice(*span) for span in self.spans()] if self.chunks else [self]

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
        return Table(self.key, dict(self.types), columns)

    def slice(self, start: int, stop: int | None) -> Table:
        """The rows from start to before stop."""
        if not len(self):
            return self
        columns = {name: c[start:stop] for name, c in self.columns.items()}
        last = len(self) if stop is None else stop
        sizes = (min(b, last) - max(a, start) for a, b in self.spans()) if self.chunks else ()
        return Table(self.key, dict(self.types), columns, tuple(n for n in sizes if n > 0))

    def select(self, names: Iterable[str]) -> Table:
        """Only these columns; a group column that goes leaves the key."""
        wanted = [name for name in names if name in self.types]
        return Table(
            {name: value for name, value in self.key.items() if name in wanted},
            {name: self.types[name] for name in wanted},
            {name: self.columns[name] for name in wanted},
            self.chunks if wanted else (),
        )

    def with_columns(self, kinds: dict[str, str], columns: dict[str, list[Any]]) -> Table:
        """The table with these columns added or replaced."""
        return replace(self, types={**self.types, **kinds}, columns={**self.columns, **columns})

    def with_key(self, values: dict[str, Any]) -> Table:
        """The table with these values for those of its group columns."""
        return replace(self, key={n: values.get(n, value) for n, value in self.key.items()})

    def keyed(self, kinds: dict[str, str], columns: dict[str, list[Any]]) -> Table:
        """A table of the same key with other columns next to it."""
        size = len(next(iter(columns.values())))
        types = {n: self.types.get(n) or type_of(v) for n, v in self.key.items()}
        cells = {n: [v] * size for n, v in self.key.items()}
        if clash := types.keys() & kinds.keys():
            text = f"table builder already has column with label {sorted(clash)[0]}"
            raise FluxError(text, "internal error")
        return Table(self.key, {**types, **kinds}, {**cells, **columns})

    def column(self, name: str) -> list[Any]:
        """The values of a column.

        Raises:
            FluxError: the table has no such column.
        """
        if name not in self.columns:
            raise FluxError(f'column "{name}" does not exist')
        return self.columns[name]

    def times(self, name: str) -> list[Any]:
        """The values of a column of times.

        Raises:
            FluxError: the table has no such column, or one of another type.
        """
        values = self.column(name)
        if self.types[name] != "time":
            raise plain_error(f"panic: column {name} is not of type time")
        return values


@dataclass(eq=False)
class Stream:
    """Tables, and what later functions must know of their origin.

    `storage`: everything so far was answered by the storage engine, whose rules differ from those
    in memory. `bounds`: start and stop of the last `range`. `error`: the stream broke off after
    these tables. `shared`: several functions read it, so storage answers none of them.
    `yielded`: already a result under its own name. `ungrouped`: what `group` was asked to group,
    since of two in a row only the last one counts. `unsorted`: the same of `sort`, which the real
    server does together with `limit`. `nameless`: a result whose name only the real server knows.
    `asked`: a stream and the calls since that the index may answer together. `node`: its place in
    the plan. `labels`: its columns, where their type says that there are no others.
    """

    _tables: list[Table] | None = None
    storage: bool = False
    bounds: tuple[int, int] | None = None
    error: FluxError | None = None
    shared: bool = False
    yielded: bool = False
    ungrouped: Stream | None = None
    unsorted: tuple[Stream, list[str], bool] | None = None
    nameless: bool = False
    asked: tuple[Any, ...] = ()
    node: Any = None
    labels: frozenset[str] | None = None
    grouped: ClassVar[bool] = False

    @property
    def pushable(self) -> bool:
        """Whether storage answers the next function, too."""
        return self.storage and not self.shared

    @property
    def tables(self) -> list[Table]:
        """The tables; a stream from storage reads them when they are first asked for.

        Raises:
            FluxError: the stream broke off.
        """
        tables = self.shown
        if self.error is not None:
            raise self.error
        return tables

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
        return Stream(tables, storage, self.bounds, self.error)

    def after(self, source: Stream, name: str, argument: Any) -> Stream:
        """Remember the call that made the stream."""
        if not source.shared:
            self.asked = (*(source.asked or (source,)), (name, argument))
        return self

    def each(self, transform: Callable[[Table], Table | None], *, pushed: bool = False) -> Stream:
        """Table by table; where one fails, the stream breaks off after those before it.

        A group that storage could not put together ends early; only what is `pushed` gets it.
        """
        tables, done = self.shown, list[Table]()
        stream = self.following(done)
        if self.error is not None and self.grouped and not pushed:
            tables = tables[:-1]
        for table in tables:
            try:
                result = transform(table)
            except FluxError as error:
                if error.code != "invalid":
                    raise
                stream.error = error
                break
            if result is not None:
                done.append(result)
        return stream

    def gathered(self, tables: Iterable[Table]) -> Stream:
        """What waits for all tables of this stream hands its own on in the order of their keys."""
        _ = self.tables
        return self.following(sorted(tables, key=key_order))


def together(streams: Iterable[Stream]) -> Stream:
    """A stream without tables that follows several others."""
    ranges = [stream.bounds for stream in streams if stream.bounds is not None]
    bounds = (min(low for low, _ in ranges), max(high for _, high in ranges)) if ranges else None
    return Stream([], bounds=bounds)


def key_order(table: Table) -> list[tuple[tuple[int, ...], int, tuple[bool, Any]]]:
    """What sorts tables by their keys; of two names the later one comes first."""
    return [
        (_reversed(name), _RANK.get(type_of(value), 0), sort_key(value))
        for name, value in sorted(table.key.items())
    ]


_RANK = {kind: rank for rank, kind in enumerate(COLUMN_TYPES)}


@lru_cache(maxsize=1024)
def _reversed(name: str) -> tuple[int, ...]:
    return (*(-ord(character) for character in name), 1)


def sort_key(value: Any) -> tuple[bool, Any]:
    """Null before everything."""
    return (False, 0) if value is None else (True, value)
