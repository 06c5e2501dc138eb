"""gzip on the way: unpacked to look into it while it arrives, or packed because it came plain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from influx_pipelines.backups.errors import BrokenDownload

PIECE = 1 << 20  # bytes unpacked at once: a small piece may become a thousand times as large


def copied(chunks: Iterable[bytes], write: Callable[[bytes], None]) -> Iterator[bytes]:
    """The chunks, each written first."""
    for chunk in chunks:
        write(chunk)
        yield chunk


def packed(chunks: Iterable[bytes], write: Callable[[bytes], None]) -> Iterator[bytes]:
    """The chunks, each written with gzip first."""
    from isal import isal_zlib

    packer = isal_zlib.compressobj(wbits=31)
    for chunk in chunks:
        write(packer.compress(chunk))
        yield chunk
    write(packer.flush())


def unpacked(chunks: Iterable[bytes], what: str) -> Iterator[bytes]:
    """What is in one gzip stream, which must end where the chunks do.

    Raises:
        BrokenDownload: its CRC is wrong, it ends too early, or something follows.
    """
    from isal import igzip_lib

    stream = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    for chunk in chunks:
        if stream.eof:
            raise BrokenDownload(f"{what}: the answer goes on after the end of its content.")
        try:
            yield stream.decompress(chunk, PIECE)
            while not (stream.needs_input or stream.eof):
                yield stream.decompress(b"", PIECE)
        except igzip_lib.IsalError as error:
            raise BrokenDownload(f"{what}: the answer arrived damaged ({error}).") from None
        if stream.unused_data:
            raise BrokenDownload(f"{what}: the answer goes on after the end of its content.")
    if not stream.eof:
        raise BrokenDownload(f"{what}: the answer ended too early.")
