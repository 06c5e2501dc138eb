"""Files of a backup read once, from begin to end: hashed as they lie, and unpacked."""

from __future__ import annotations

import hashlib
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.files import open_regular
from influx_pipelines.backups.verify.damages import Broken

Buffer = bytes | mmap.mmap

RAW, PIECE = 256 << 10, 1 << 20  # bytes at once, as they lie and unpacked
# More than this goes into a file without a name; its pages are cheaper than new memory.
IN_MEMORY = 16 << 20
# Gzip makes a thousandth of zeros, and of no real file.
MOST_RATIO, RATIO_FROM = 200, 64 << 20


class Raw:
    """The bytes of a file as they lie on disk.

    Args:
        path: of a regular file; a symbolic link is none.
        hashed: whether its digest will be asked for.

    Raises:
        Broken: it cannot be opened, or is no regular file.
    """

    def __init__(self, path: Path, *, hashed: bool = True) -> None:
        try:
            self._file = open_regular(path)
        except FileNotFoundError:
            raise Broken("is missing") from None
        except OSError as error:
            raise Broken(f"cannot be read: {error.strerror}") from None
        self.size = os.fstat(self._file.fileno()).st_size
        self._hashed, self._state = hashed, hashlib.sha256()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def pieces(self) -> Iterator[bytes]:
        """All bytes, from where it was left.

        Raises:
            Broken: the disk has an error.
        """
        while True:
            try:
                piece = self._file.read(RAW)
            except OSError as error:
                raise Broken(f"cannot be read: {error.strerror}") from None
            if not piece:
                return
            if self._hashed:
                self._state.update(piece)
            yield piece

    def digest(self) -> str:
        """The SHA-256 of all bytes; reads what is left."""
        for _ in self.pieces():
            pass
        return self._state.hexdigest()


def unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    """What a gzip of one member holds.

    Raises:
        Broken: it is broken, cut, longer than itself, or grows as no backup does.
    """
    from isal import isal_zlib

    member = isal_zlib.decompressobj(wbits=31)
    packed = made = 0
    for piece in raw:
        if member.eof:
            raise Broken("there is something after its end", f"byte {packed}")
        packed += len(piece)
        while piece:
            try:
                found = member.decompress(piece, PIECE)
            except isal_zlib.error as error:  # type: ignore[misc] # it is declared as a value
                raise Broken(f"the gzip is broken: {_reason(error)}") from None
            made += len(found)
            if made > RATIO_FROM and made > MOST_RATIO * packed:
                raise Broken(f"grows to over {MOST_RATIO} times its size, as no backup does")
            yield found
            piece = member.unconsumed_tail
            if member.eof and member.unused_data:
                place = packed - len(member.unused_data)
                raise Broken("there is something after its end", f"byte {place}")
    if not member.eof:
        raise Broken("the gzip breaks off", f"byte {packed}")


def _reason(error: Exception) -> str:
    """`Error -6 Incorrect checksum found` without its number."""
    text = str(error)
    return text.split(" ", 2)[2].lower() if text.startswith("Error -") else text


def gather(pieces: Iterable[bytes | memoryview], in_memory: int = IN_MEMORY) -> Buffer:
    """All pieces as one, in memory up to a size and in a file without a name from there on.

    Raises:
        NoSpace: there is none for that file.
    """
    kept: list[bytes | memoryview] = []
    size = 0
    rest = iter(pieces)
    for piece in rest:
        kept.append(piece)
        size += len(piece)
        if size > in_memory:
            return _on_disk(kept, rest)
    return b"".join(kept)


def _on_disk(kept: list[bytes | memoryview], rest: Iterator[bytes | memoryview]) -> mmap.mmap:
    with tempfile.TemporaryFile() as file:
        try:
            while kept:
                file.write(kept.pop(0))
            for piece in rest:
                file.write(piece)
            file.flush()
        except OSError as error:
            raise NoSpace(
                f"{tempfile.gettempdir()}: {error.strerror}. A large file of the backup is "
                "unpacked there; set TMPDIR to a folder with more room."
            ) from None
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class Stream:
    """Pieces of any length, read in lengths that are asked for.

    Attributes:
        place: how many bytes were read.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece, self._at = memoryview(b""), 0
        self.place = 0

    def take(self, size: int) -> Iterator[memoryview]:
        """So many bytes in pieces; fewer where the stream ends before."""
        while size:
            if self._at == len(self._piece):
                found = next(self._pieces, None)
                if found is None:
                    return
                self._piece, self._at = memoryview(found), 0
                continue
            part = self._piece[self._at : self._at + size]
            self._at += len(part)
            self.place += len(part)
            size -= len(part)
            yield part

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        return b"".join(self.take(size))
