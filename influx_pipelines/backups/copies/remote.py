"""A folder on any file system that fsspec knows, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from influx_pipelines.backups.copies.address import scrubbed, without_secrets
from influx_pipelines.backups.copies.streams import Digesting
from influx_pipelines.backups.errors import BackupError, CopyFailed, CopyRefused
from influx_pipelines.backups.files import FOLDER_MODE

_S3 = " (s3:// needs the extra `influx-pipelines[s3]`)."


class Remote:
    """The folder of the copies: `s3://bucket/copies`, `file:///mnt/nas/copies`.

    Attributes:
        address: as it was given, which may hold a password.
        shown: its address without secrets.

    Raises:
        CopyRefused: the address is of no file system that is installed here.
    """

    def __init__(self, url: str) -> None:
        import fsspec  # loaded when a copy is made, never with the definitions

        self.address, self.shown = url, without_secrets(url)
        try:
            # Other processes write there too: a listing of before would hide what they wrote.
            fs, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except Exception as error:  # each library has errors of its own
            raise CopyRefused(
                f"INFLUX_PIPELINES_BACKUP_COPY_TO: {self.shown} cannot be opened: "
                f"{scrubbed(str(error), url)}{_S3 if url.startswith('s3:') else '.'}"
            ) from None
        self._fs: Any = fs
        self._root = str(root).rstrip("/")

    def make_folder(self, name: str) -> None:
        """Make a folder for a copy in that of the copies.

        Raises:
            CopyRefused: the folder of the copies is not there; it is not made, since it may be on
                a disk that is not mounted, or in a bucket with a typing error.
        """
        with self._told(name):
            try:
                self._fs.mkdir(self._path(name), create_parents=False)
            except FileExistsError:
                pass
            except FileNotFoundError:
                raise CopyRefused(
                    f"{self.shown} is not there. Make it, or mount it, first."
                ) from None
            if self.local_root is not None:
                Path(self._path(name)).chmod(FOLDER_MODE)

    def names(self) -> list[str]:
        """Names of what is in it, sorted; none while it is not there."""
        with self._told(""):
            try:
                found = self._fs.ls(self._root, detail=False)
            except FileNotFoundError:
                return []
        return sorted({str(path).rstrip("/").rpartition("/")[2] for path in found} - {""})

    def sizes(self, name: str) -> dict[str, int]:
        """Bytes of each file of a copy by its name below it."""
        below = self._path(name)
        with self._told(name):
            found = self._fs.find(below, detail=True)
        start = len(self._fs._strip_protocol(below)) + 1
        return {str(path)[start:]: int(info["size"]) for path, info in found.items()}

    def read(self, name: str) -> bytes | None:
        """A small file, whole; None when there is none."""
        with self._told(name):
            try:
                return cast("bytes", self._fs.cat_file(self._path(name)))
            except (FileNotFoundError, NotADirectoryError):
                return None

    @contextmanager
    def open(self, name: str) -> Iterator[Digesting]:
        """A file to read from its beginning to its end."""
        with self._told(name):
            file = self._fs.open(self._path(name), "rb")
        try:
            yield Digesting(file, lambda error: self._failed(name, error))
        finally:
            with suppress(Exception):
                file.close()

    @contextmanager
    def create(self, name: str) -> Iterator[Digesting]:
        """A file to write; it is gone again when the block fails."""
        path = self._path(name)
        with self._told(name):
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            file = self._fs.open(path, "wb")
        try:
            yield Digesting(file, lambda error: self._failed(name, error))
            with self._told(name):
                file.close()
        except BaseException:
            for undo in (file.close, lambda: self._fs.rm_file(path)):
                with suppress(Exception):
                    undo()
            raise

    def write(self, name: str, content: bytes) -> None:
        """Make a small file."""
        with self.create(name) as file:
            file.write(content)

    def delete(self, name: str) -> None:
        """Delete a file, or a folder with all that is in it; that it is gone already is fine."""
        with self._told(name), suppress(FileNotFoundError):
            self._fs.rm(self._path(name), recursive=True)

    @property
    def local_root(self) -> Path | None:
        """The folder, where it is one of this machine."""
        protocol = self._fs.protocol
        is_local = "file" in (protocol if isinstance(protocol, tuple) else (protocol,))
        return Path(self._root).resolve() if is_local else None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Say which file it was, and no secret."""
        try:
            yield
        except BackupError:
            raise
        except Exception as error:  # each library has errors of its own
            raise self._failed(name, error) from None

    def _failed(self, name: str, error: Exception) -> CopyFailed:
        text = scrubbed(f"{type(error).__name__}: {error}", self.address)
        return CopyFailed(f"{self.shown.rstrip('/')}/{name}: {text}")
