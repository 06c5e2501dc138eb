"""What stands above the rows of annotated CSV: annotations and names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from influx_pipelines.influx.errors import NotInfluxDB

ANNOTATIONS = ("#datatype", "#group", "#default")
SYSTEM = 3  # columns of every table: the place of annotations, `result`, `table`


@dataclass(frozen=True)
class Column:
    """A column as `#datatype`, `#group` and `#default` describe it; it is known by its place."""

    place: int
    name: str
    datatype: str
    in_key: bool
    default: str


@dataclass(frozen=True)
class Header:
    """The columns of the tables that follow, and the name of their result."""

    result: str
    width: int
    columns: tuple[Column, ...]

    @property
    def group(self) -> list[str]:
        """The columns of the group key."""
        return [column.name for column in self.columns if column.in_key]

    @cached_property
    def form(self) -> object:
        """What tables that belong together have in common: all but the defaults."""
        return self.result, tuple((c.name, c.datatype, c.in_key) for c in self.columns)


@lru_cache(maxsize=64)  # an answer may repeat its headers thousands of times
def header_of(names: tuple[str, ...], annotations: tuple[tuple[str, ...], ...]) -> Header:
    """The header that a row of names and the annotations above it make.

    A tag may be called as a column of the system (`_start`, `result`); of two columns of one name
    the later is called `name_2`, so that nothing is lost.

    Raises:
        NotInfluxDB: an annotation is missing, or of another width.
    """
    width = len(names)
    known = {row[0]: row for row in annotations}
    types, group, default = (known.get(name, ()) for name in ANNOTATIONS)
    if width < SYSTEM or any(len(cells) != width for cells in (types, group, default)):
        raise NotInfluxDB("The answer is CSV without the annotations that an InfluxDB v2 writes.")
    unique = _distinct(names[SYSTEM:])
    columns = tuple(
        Column(place, name, types[place], group[place] == "true", default[place])
        for place, name in enumerate(unique, start=SYSTEM)
    )
    return Header(default[1], width, columns)


def _distinct(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        free, number = name, 2
        while free in found or (free != name and free in names):
            free, number = f"{name}_{number}", number + 1
        found.append(free)
    return found


@lru_cache(maxsize=64)
def read_row(text: bytes) -> tuple[str, ...]:
    """The cells of the first row of a text; line breaks in them as they were written."""
    row = next(csv.reader(io.StringIO(text.decode(errors="replace"), newline="")), [])
    return tuple(cell.replace("\r\n", "\n") for cell in row)
