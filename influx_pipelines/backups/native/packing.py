"""Answers on their way to the disk: kept as they came with gzip, packed where they came plain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

Write = Callable[[bytes], None]


def copied(chunks: Iterable[bytes], write: Write) -> Iterator[bytes]:
    """The chunks, each written first."""
    for chunk in chunks:
        write(chunk)
        yield chunk


def packed(chunks: Iterable[bytes], write: Write) -> Iterator[bytes]:
    """The chunks, each written with gzip first."""
    from isal import isal_zlib

    packer = isal_zlib.compressobj(wbits=31)
    for chunk in chunks:
        write(packer.compress(chunk))
        yield chunk
    write(packer.flush())
