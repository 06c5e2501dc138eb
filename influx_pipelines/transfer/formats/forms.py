"""Which module writes and reads which kind of file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from influx_pipelines.transfer.formats import csv, lines, parquet
from influx_pipelines.transfer.manifest import Manifest, Schema
from influx_pipelines.transfer.request import FormatName, format_of

SUFFIXES: dict[FormatName, str] = {"csv": ".csv", "parquet": ".parquet", "lp": ".lp"}


@dataclass(frozen=True)
class Form:
    """A format, zipped or plain."""

    name: FormatName
    zipped: bool = False

    @property
    def suffix(self) -> str:
        """How its files are called."""
        return SUFFIXES[self.name] + (".gz" if self.zipped else "")

    def write(self, table: pa.Table, schema: Schema, path: Path) -> None:
        """Write a wide table.

        Raises:
            TransferError: the format cannot hold it.
        """
        if self.name == "csv":
            csv.write(table, path, zipped=self.zipped)
        elif self.name == "parquet":
            parquet.write(table, path)
        else:
            lines.write(table, schema, path, zipped=self.zipped)

    def lines(self, path: Path, schema: Schema) -> Iterator[bytes]:
        """The points of a file as line protocol, in blocks that end where a line ends.

        Raises:
            TransferError: the file is not what its name or the schema says.
        """
        if self.name == "lp":
            return lines.read(path)
        batches = csv.read(path, schema) if self.name == "csv" else parquet.read(path)
        return lines.of_batches(batches, schema)


def form_of(manifest: Manifest) -> Form:
    """The form of an export's files.

    Raises:
        TransferError: this version knows no such format.
    """
    said = manifest.arguments
    return Form(format_of(str(said.get("format"))), said.get("gzip") is True)
