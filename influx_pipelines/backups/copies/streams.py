"""Streams that count and digest what passes, and keep the error that stopped them."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from influx_pipelines.backups.errors import BackupError, NoSpace

CHUNK = 1 << 20


class Digesting:
    """A file, read or written from its beginning.

    A library that is given it may swallow an error, or tell it as a text; it is kept here.

    Attributes:
        size: bytes that passed.
        error: what the file raised, as `told` puts it.
    """

    def __init__(self, file: BinaryIO, told: Callable[[Exception], Exception]) -> None:
        self._file, self._told = file, told
        self._digest = hashlib.sha256()
        self.size = 0
        self.error: Exception | None = None

    @property
    def sha256(self) -> str:
        """Of what passed so far."""
        return self._digest.hexdigest()

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        try:
            chunk = self._file.read(size)
        except Exception as error:
            self.error = self._told(error)
            raise self.error from None
        self._pass(chunk)
        return chunk

    def write(self, chunk: bytes) -> int:
        """As of a file; all of it."""
        try:
            self._file.write(chunk)
        except Exception as error:
            self.error = self._told(error)
            raise self.error from None
        self._pass(chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing: the file is flushed when it is closed."""

    def drain(self) -> Digesting:
        """Read to the end."""
        while self.read(CHUNK):
            pass
        return self

    def _pass(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.size += len(chunk)


@contextmanager
def local_file(path: Path, mode: Literal["rb", "wb"]) -> Iterator[Digesting]:
    """A file of this machine, as a stream.

    Raises:
        NoSpace: the disk is full.
        BackupError: it cannot be read or made.
    """

    def told(error: Exception) -> Exception:
        text = f"{path}: {getattr(error, 'strerror', None) or error}."
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        return NoSpace(text) if is_full else BackupError(text)

    try:
        with path.open(mode) as file:
            yield Digesting(file, told)
    except OSError as error:
        raise told(error) from None
