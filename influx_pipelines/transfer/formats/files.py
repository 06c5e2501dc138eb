"""Opening files, zipped or plain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from isal import igzip, isal_zlib

from influx_pipelines.transfer.errors import TransferError

PART = ".part"  # the end of a file's name as long as it is not whole
LEVEL = 2  # of ISA-L: a third of zlib's time at a size that differs little


@contextmanager
def writable(path: Path, *, zipped: bool) -> Iterator[IO[bytes]]:
    """A file to write bytes to."""
    with path.open("wb") as file:
        if not zipped:
            yield file
            return
        packed: Any = igzip.open(file, "wb", compresslevel=LEVEL)  # type: ignore[no-untyped-call]
        with packed:
            yield packed


@contextmanager
def readable(path: Path) -> Iterator[IO[bytes]]:
    """A file to read bytes from, unzipped when its name ends in `.gz`.

    Raises:
        TransferError: it is no gzip, or ends too early.
    """
    with path.open("rb") as file:
        if path.suffix != ".gz":
            yield file
            return
        unpacked: Any = igzip.open(file, "rb")  # type: ignore[no-untyped-call]
        try:
            with unpacked:
                yield unpacked
        except (EOFError, OSError, isal_zlib.error) as error:  # type: ignore[misc]
            raise TransferError(f"{path}: {error}") from None
