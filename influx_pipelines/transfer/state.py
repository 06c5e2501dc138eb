"""How far an import has come: which files are in which bucket."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from influx_pipelines.transfer.errors import TransferError

SAVE_SECONDS = 1.0


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    url: str
    org: str
    bucket: str
    bucket_id: str
    files: dict[str, str] = {}


class State:
    """The files that a bucket has, with a mark of their contents; kept beside them.

    A bucket that was made anew has another ID, and so a state of its own.
    """

    def __init__(self, folder: Path, *, url: str, org: str, bucket: str, bucket_id: str) -> None:
        self.path = folder / f"_import-{bucket_id}.json"
        self.record = _load(self.path) or _Record(
            url=url, org=org, bucket=bucket, bucket_id=bucket_id
        )
        self._saved = time.monotonic()

    def has(self, path: str, mark: str) -> bool:
        """Whether the file was imported with these contents."""
        return self.record.files.get(path) == mark

    def add(self, path: str, mark: str) -> None:
        """Remember a file; a second's work may be forgotten by a kill, which is only done again."""
        self.record.files[path] = mark
        if time.monotonic() - self._saved > SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the state in one step."""
        new = self.path.with_suffix(".new")
        new.write_text(self.record.model_dump_json(indent=1))
        new.replace(self.path)
        self._saved = time.monotonic()


def _load(path: Path) -> _Record | None:
    try:
        return _Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise TransferError(
            f"{path} is not readable as the state of an import: delete it to import all files again"
        ) from None
