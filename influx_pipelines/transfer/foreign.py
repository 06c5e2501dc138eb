"""Files of other origin: a person says what is what in CSV and Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from influx_pipelines.influx.lineprotocol import UnwritableError, check_precision
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.manifest import NAME, Type

if TYPE_CHECKING:
    import pyarrow as pa

    from influx_pipelines.influx.client import Influx

LINES = (".lp", ".lp.gz")
SUFFIXES = (".csv", ".csv.gz", ".parquet", *LINES)
TYPES: dict[Type, Any] = {
    "float": float,
    "integer": int,
    "unsigned": "unsigned",
    "boolean": bool,
    "string": str,
}
LONG = frozenset({"_time", "_value", "_field", "_measurement"})


@dataclass(frozen=True)
class ForeignFiles:
    """How the columns of tables become points.

    Whole numbers of CSV become floats, unless `types` says otherwise: the type of a field is
    fixed by its first point, and the next file may hold 1.5. Parquet knows its types.

    A file with the columns `_time`, `_value`, `_field` and `_measurement` is in the long form of a
    query's answer; its other columns are tags. Line protocol speaks for itself.

    Args:
        measurement: its name; empty takes it from a folder `measurement=…`.
        tags: columns that are tags.
        time: column of the time: RFC 3339, or integers in `precision`.
        precision: `ns`, `us`, `ms` or `s`.
        types: column → `float`, `integer`, `unsigned`, `boolean` or `string`.
    """

    measurement: str = ""
    tags: tuple[str, ...] = ()
    time: str = "time"
    precision: str = "ns"
    types: Mapping[str, Type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            check_precision(self.precision)
        except ValueError as error:
            raise TransferError(str(error)) from None

    @property
    def mark(self) -> str:
        """A mark of what was said: said otherwise, a file is another one."""
        types = sorted(self.types.items())
        said = repr((self.measurement, self.tags, self.time, self.precision, types))
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def files(self, place: Path) -> list[Path]:
        """The file, or the files below the folder.

        Raises:
            TransferError: there is none.
        """
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        chosen = [path for path in found if path.is_file() and path.name.endswith(SUFFIXES)]
        if not chosen:
            raise TransferError(
                f"{place} holds no {NAME}, so it is no export of ours, and no file that ends in "
                f"{', '.join(SUFFIXES)}"
            )
        return chosen

    def write(self, path: Path, client: Influx, bucket: str) -> WriteResult:
        """Write the points of a file.

        Raises:
            TransferError: the file cannot be read, or a row of it not be written.
            InfluxError: the server refused it.
        """
        from itertools import chain

        if path.name.endswith(LINES):
            from influx_pipelines.transfer.formats import lines

            read = lines.read(path)
            return client.write_lines(read, bucket=bucket, precision=self.precision)
        batches = self._batches(path)
        first = next(batches, None)
        if first is None:
            return WriteResult()
        every = chain([first], batches)
        if set(first.schema.names) >= LONG:
            return client.write_lines(_lines_of_long(every), bucket=bucket)
        self._check(path, first)
        try:
            return client.write(
                every,
                bucket=bucket,
                measurement=self.measurement or _measurement_of(path),
                tags=self.tags,
                fields=self._fields(first.schema, is_csv=path.suffix != ".parquet"),
                time=self.time,
                precision=self.precision,
            )
        except UnwritableError as error:
            raise TransferError(f"{path}: {error}") from error

    def _check(self, path: Path, first: pa.RecordBatch) -> None:
        """Refuse types of columns that are not there, and times that are texts."""
        names = first.schema.names
        for name in self.types:
            if name not in names:
                raise TransferError(
                    f"{path}: type: {name!r} is no column of it; it has {', '.join(names)}"
                )
        import pyarrow as pa

        if self.time in names and pa.types.is_string(first.schema.field(self.time).type):
            example = first.column(self.time)[0].as_py()
            raise TransferError(
                f"{path}: column {self.time!r} is not a time of one form in all rows; the first is "
                f"{example!r}. Write all as 2026-01-31T12:00:00Z, or as integers."
            )

    def _batches(self, path: Path) -> Iterator[pa.RecordBatch]:
        from influx_pipelines.transfer.formats import csv, parquet
        from influx_pipelines.transfer.formats.arrow import ARROW

        if path.suffix == ".parquet":
            return parquet.read(path)
        types = {column: ARROW[name] for column, name in self.types.items()}
        return csv.batches(path, csv.options(dict.fromkeys(self.tags, ARROW["string"]) | types))

    def _fields(self, schema: pa.Schema, *, is_csv: bool) -> dict[str, Any]:
        import pyarrow as pa

        return {
            column.name: TYPES[self.types[column.name]]
            if column.name in self.types
            else (float if is_csv and pa.types.is_integer(column.type) else None)
            for column in schema
            if column.name and column.name not in (*self.tags, self.time)
        }


def types_named(texts: Iterable[str]) -> dict[str, Type]:
    """Types from texts such as `count=integer`.

    Raises:
        TransferError: one is not of that form.
    """
    found: dict[str, Type] = {}
    for text in texts:
        column, _, name = text.rpartition("=")
        known = next((kind for kind in TYPES if kind == name), None)
        if not column or known is None:
            raise TransferError(f"type {text!r}: write COLUMN= and one of {', '.join(TYPES)}")
        found[column] = known
    return found


def _measurement_of(path: Path) -> str:
    for part in reversed(path.parts[:-1]):
        key, _, value = part.partition("=")
        if key == "measurement" and value:
            return unquote(value)
    raise TransferError(
        f"{path}: say what is what in it: --measurement NAME --tag COLUMN --time COLUMN"
    )


def _lines_of_long(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    import pyarrow as pa

    from influx_pipelines.transfer.formats import lines
    from influx_pipelines.transfer.formats.arrow import TIME
    from influx_pipelines.transfer.wide import (
        by_measurement,
        encoded,
        widened,
        with_column,
        with_empty_texts,
    )

    for batch in batches:
        table = with_empty_texts(encoded(pa.Table.from_batches([batch])))
        table = with_column(table, "_time", table["_time"].cast(TIME))
        if pa.types.is_integer(table["_value"].type):
            table = with_column(table, "_value", table["_value"].cast(pa.float64()))
        for name, part in by_measurement(table):
            schema, wide = widened(name, [part])
            yield from lines.of_batches(wide.to_batches(), schema)
