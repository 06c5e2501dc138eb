"""`_export.json`: what a folder of exported files holds, and how far the export has come."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

from influx_pipelines.transfer.errors import TransferError

NAME = "_export.json"  # readers of folders of Parquet pass over names that begin so

Role = Literal["time", "tag", "field"]
Type = Literal["time", "string", "float", "integer", "unsigned", "boolean"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Part):
    """A column of a file: `name` is that of the tag or field, which may be another."""

    column: str
    name: str
    role: Role
    type: Type


class Schema(_Part):
    """The columns of files of one measurement, in their order."""

    measurement: str
    columns: tuple[Column, ...]

    def of_role(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role."""
        return tuple(column for column in self.columns if column.role == role)


class ExportedFile(_Part):
    """A file below the folder; `schema_index` points into the manifest's schemas."""

    path: str
    schema_index: NonNegativeInt
    rows: NonNegativeInt
    values: NonNegativeInt
    bytes: NonNegativeInt
    sha256: str


class ExportedWindow(_Part):
    """A finished window that had points.

    `counted` is how many values the server said there were, where it was asked.
    """

    start: datetime
    stop: datetime
    files: tuple[ExportedFile, ...]
    counted: int | None = None

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def values(self) -> int:
        """Field values of all files."""
        return sum(file.values for file in self.files)

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


class Manifest(BaseModel):
    """An export: where it came from, what was asked for, and every finished window.

    Windows before `next_start` that are not listed had no point. The last listed one may begin
    there: it was cut by the time of its export and is made anew when the export goes on.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    url: str
    org: str
    bucket: str
    bucket_id: str
    arguments: dict[str, str | bool | list[str]]
    start: datetime
    stop: datetime
    next_start: datetime
    schemas: list[Schema] = []
    windows: list[ExportedWindow] = []

    def schema_of(self, file: ExportedFile) -> Schema:
        """The columns of a file."""
        return self.schemas[file.schema_index]

    def index_of(self, schema: Schema) -> int:
        """The place of a schema among the manifest's, where it is added when it is new."""
        if schema not in self.schemas:
            self.schemas.append(schema)
        return self.schemas.index(schema)

    def save(self, folder: Path) -> None:
        """Write the manifest in one step: there is always a whole one."""
        new = folder / f"{NAME}.new"
        new.write_text(self.model_dump_json(indent=1))
        new.replace(folder / NAME)


def load(folder: Path) -> Manifest | None:
    """The manifest of a folder, or None where there is none.

    Raises:
        TransferError: it cannot be read, or names files outside of the folder.
    """
    try:
        text = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TransferError(
            f"{folder / NAME} is no manifest of an export that this version knows: "
            f"{place or 'the whole'}: {first['msg']}"
        ) from None
    for file in (file for window in found.windows for file in window.files):
        if not _is_inside(file.path) or file.schema_index >= len(found.schemas):
            raise TransferError(f"{folder / NAME} names {file.path!r}, which is no file of it.")
    return found


def _is_inside(path: str) -> bool:
    parts = Path(path).parts
    return bool(parts) and not Path(path).is_absolute() and ".." not in parts


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage(folder: Path, file: ExportedFile) -> str:
    """What is wrong with a file, or nothing."""
    path = folder / file.path
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != file.bytes:
        return f"has {size:,} bytes instead of {file.bytes:,}"
    return "" if digest(path) == file.sha256 else "has other contents than were written (SHA-256)"
