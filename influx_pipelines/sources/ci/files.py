"""Files on any fsspec file system that are there whole, or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from influx_pipelines.sources.errors import SourceError

PART = ".part"  # the end of a name under which a file is written
Write = Callable[[BinaryIO], None]


class Files:
    """A folder on a file system: `/var/ci`, `s3://bucket/ci`, `memory://ci`.

    Raises:
        SourceError: the address is of no file system that is installed here.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # loaded when a store is opened, never with the definitions

        try:
            # Other processes write there too: a listing of before would hide what they wrote.
            self.fs, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except (ValueError, ImportError) as error:
            text = f"INFLUX_PIPELINES_CI_STORE: {url} cannot be opened: {error}"
            raise SourceError(text) from None
        self.root = root.rstrip("/")
        self.local = "file" in (
            self.fs.protocol if isinstance(self.fs.protocol, tuple) else (self.fs.protocol,)
        )

    def path(self, name: str) -> str:
        """The path of a file of the folder."""
        return f"{self.root}/{name}" if name else self.root

    def write(self, name: str, write: Write) -> None:
        """Make a file by a function; when that fails there is no file, or the one of before.

        On this machine it gets its name at its end; elsewhere it is uploaded when it is whole.

        Raises:
            SourceError: the file cannot be made, as on a full disk.
        """
        path = self.path(name)
        try:
            self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            (_write_here if self.local else self._upload)(path, write)
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror or error}") from None

    def _upload(self, path: str, write: Write) -> None:
        with tempfile.NamedTemporaryFile() as file:
            write(cast("BinaryIO", file))
            file.flush()
            self.fs.put_file(file.name, path)

    def write_json(self, name: str, value: Any) -> None:
        """Write a small document."""
        body = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
        self.write(name, lambda file: _put(file, body))

    def read(self, name: str) -> bytes | None:
        """The content of a file; None when there is none.

        Raises:
            SourceError: it cannot be read.
        """
        try:
            return cast("bytes", self.fs.cat_file(self.path(name)))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceError(f"{self.path(name)}: {error.strerror or error}") from None

    def open(self, name: str) -> BinaryIO:
        """A file to read.

        Raises:
            FileNotFoundError: there is none.
        """
        return cast("BinaryIO", self.fs.open(self.path(name), "rb"))

    def exists(self, name: str) -> bool:
        """Whether there is such a file or folder."""
        return bool(self.fs.exists(self.path(name)))

    def names(self, name: str = "") -> list[str]:
        """Names of the files and folders in a folder, sorted; none without the folder."""
        try:
            found = self.fs.ls(self.path(name), detail=False)
        except FileNotFoundError:
            return []
        last = (os.path.basename(str(path).rstrip("/")) for path in found)  # noqa: PTH119 (no local path)
        return sorted(entry for entry in last if not entry.endswith(PART))

    def delete(self, name: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        try:
            self.fs.rm(self.path(name), recursive=True)
        except FileNotFoundError:
            return


def _write_here(path: str, write: Write) -> None:
    part = Path(f"{path}.{uuid4().hex[:8]}{PART}")
    try:
        with part.open("wb") as out:
            write(out)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _put(file: BinaryIO, body: bytes) -> None:
    file.write(body)
