"""Reading the annotated CSV that a query answers with."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from influx_pipelines.influx.errors import IncompleteRead, QueryFailed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Table:
    """A table of a result: its columns with their types, its group key, its rows."""

    result: str
    columns: dict[str, str]
    group: list[str]
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class QueryResult:
    """All tables of an answer, in its order."""

    tables: list[Table]

    def rows(self) -> list[dict[str, Any]]:
        """All rows of all tables; times are aware datetimes in UTC, cut to microseconds."""
        return [row for table in self.tables for row in table.rows]


@lru_cache(maxsize=8192)
def parse_time(text: str) -> datetime:
    """RFC 3339 in UTC with any number of decimals, cut to microseconds."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(whole).replace(tzinfo=UTC) + timedelta(
        microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0
    )


def _text(text: str) -> str:
    """The server's encoder makes CR LF of LF."""
    return text.replace("\r\n", "\n") if "\r" in text else text


_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text == "true",
    "long": int,
    "unsignedLong": int,
    "double": float,  # NaN, +Inf and -Inf are numbers to Python too
    "string": _text,
    "dateTime:RFC3339": parse_time,
    "dateTime:RFC3339Nano": parse_time,
    "dateTime": parse_time,
}


def read(text: str) -> QueryResult:
    """Read an answer with the annotations `datatype`, `group` and `default`.

    Every block has annotations and columns of its own. An error that came after the first rows
    is a table of its own at the end of a 200.

    Raises:
        QueryFailed: the answer holds an error table.
        IncompleteRead: a row has not as many cells as its header.
    """
    tables: list[Table] = []
    for block in _blocks(text):
        tables += block.tables()
    return QueryResult(tables)


@dataclass
class _Block:
    """Annotations, header and rows between two blank lines."""

    notes: dict[str, list[str]]
    header: list[str]
    lines: list[list[str]]

    def tables(self) -> list[Table]:
        if "error" in self.header and "reference" in self.header:
            text = self.lines[0][self.header.index("error")] if self.lines else "unknown"
            raise QueryFailed(f"The query failed after its first rows: {text}")
        types = self.notes.get("#datatype", ["string"] * len(self.header))
        default = self.notes.get("#default", [""] * len(self.header))
        group = self.notes.get("#group", ["false"] * len(self.header))
        # A tag may be called `result` or `table` too: the first two columns are the system's.
        places = range(3, len(self.header))
        columns = {self.header[i]: types[i] for i in places}
        keys = [self.header[i] for i in places if group[i] == "true"]
        cells = [(self.header[i], i, default[i], _READERS.get(types[i], str)) for i in places]
        tables: dict[tuple[str, str], Table] = {}
        for line in self.lines:
            if len(line) != len(self.header):
                raise IncompleteRead(f"A row has {len(line)} cells, not {len(self.header)}.")
            mark = (line[1] or default[1], line[2] or default[2])
            table = tables.get(mark)
            if table is None:
                table = tables[mark] = Table(mark[0], columns, keys)
            table.rows.append(
                {
                    # Empty is null, which for a string cannot be told from an empty one.
                    name: read(text) if (text := line[i] or other) or read is _text else None
                    for name, i, other, read in cells
                }
            )
        if not self.lines:
            return [Table(default[1], columns, keys)]
        return list(tables.values())


def _blocks(text: str) -> Iterator[_Block]:
    notes: dict[str, list[str]] = {}
    header: list[str] = []
    lines: list[list[str]] = []
    for row in csv.reader(io.StringIO(text, newline="")):
        blank = not row or row == [""]
        annotation = bool(row) and row[0].startswith("#")
        if (blank or annotation) and header:
            yield _Block(notes, header, lines)
            notes, header, lines = {}, [], []
        if blank:
            continue
        if annotation:
            notes[row[0]] = row
        elif not header:
            header = row
        else:
            lines.append(row)
    if header:
        yield _Block(notes, header, lines)
