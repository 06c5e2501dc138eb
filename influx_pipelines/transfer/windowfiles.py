"""The files of one window: all of them get their names together, when all are whole."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from influx_pipelines.transfer.formats.files import PART
from influx_pipelines.transfer.formats.forms import Form
from influx_pipelines.transfer.manifest import ExportedFile, Manifest, Schema, digest
from influx_pipelines.transfer.names import partition, stamp

if TYPE_CHECKING:
    import pyarrow as pa

    from influx_pipelines.transfer.sources.source import Piece


def write_window(
    folder: Path, manifest: Manifest, form: Form, pieces: Iterable[Piece]
) -> tuple[ExportedFile, ...]:
    """Write the tables of a window's pieces; their schemas are added to the manifest.

    Raises:
        TransferError: the format cannot hold a table.
        InfluxError: reading failed; no file is left.
    """
    files: list[ExportedFile] = []
    parts: list[Path] = []
    try:
        for piece, tables in pieces:
            for schema, table in tables:
                name = f"{partition('measurement', schema.measurement)}/{stamp(piece.start)}"
                path = _free(name, form.suffix, {file.path for file in files})
                part = folder / (path + PART)
                parts.append(part)
                part.parent.mkdir(exist_ok=True)
                form.write(table, schema, part)
                files.append(_described(path, part, manifest.index_of(schema), schema, table))
        for part in parts:
            part.replace(part.with_suffix(""))
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return tuple(files)


def _free(name: str, suffix: str, taken: Collection[str]) -> str:
    """A script may give several tables of one measurement."""
    numbered = (f"{name}-{number}{suffix}" for number in itertools.count(2))
    return next(path for path in itertools.chain([name + suffix], numbered) if path not in taken)


def _described(
    path: str, part: Path, schema_index: int, schema: Schema, table: pa.Table
) -> ExportedFile:
    fields = [column.column for column in schema.of_role("field")]
    return ExportedFile(
        path=path,
        schema_index=schema_index,
        rows=table.num_rows,
        values=sum(table.num_rows - table[name].null_count for name in fields),
        bytes=part.stat().st_size,
        sha256=digest(part),
    )
