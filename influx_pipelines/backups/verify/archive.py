"""The tar of a shard: its files and nothing else, below one folder, to the exact end."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator

from influx_pipelines.backups.verify.damages import Broken
from influx_pipelines.backups.verify.reading import IN_MEMORY, Buffer, Stream, gather

BLOCK = tarfile.BLOCKSIZE
# A server begins a new file before 2 GiB; a block that was started is finished.
LARGEST = 4 << 30
MOST_EXTRA = 1 << 20
MOST_FILES = 100_000
FILE = re.compile(r"\d{9,}-\d{9,}\.(tsm|tombstone)", re.ASCII)


def entries(stream: Stream, prefix: str) -> Iterator[tuple[str, Buffer]]:
    """Names without their folder, and contents: small ones together in memory.

    Args:
        stream: the archive, unpacked.
        prefix: `<ID of the bucket>/autogen/<ID of the shard>/`.

    Raises:
        Broken: it is not what a server makes of a shard; what was given before is right.
    """
    seen: set[str] = set()
    in_memory = IN_MEMORY
    while (header := _header(stream)) is not None:
        place = stream.place - BLOCK
        if header.type == tarfile.XHDTYPE:
            _skip_extra(stream, header, place)
            continue
        name = _name(header, prefix, place)
        if name in seen or len(seen) == MOST_FILES:
            what = "is in it twice" if name in seen else f"is one file after {MOST_FILES}"
            raise Broken(f"{name} {what}", f"byte {place}")
        seen.add(name)
        content = gather(stream.take(header.size), in_memory)
        if len(content) < header.size:
            raise Broken("breaks off", name)
        in_memory -= len(content) if isinstance(content, bytes) else 0
        _end_of(stream, header.size, name)
        yield name, content
    _end(stream)


def _header(stream: Stream) -> tarfile.TarInfo | None:
    """The next header; None at the block of zeros that ends the archive."""
    place = stream.place
    block = stream.read(BLOCK)
    if len(block) < BLOCK:
        raise Broken("the archive breaks off", f"byte {stream.place}")
    if block == bytes(BLOCK):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise Broken("a header of the archive is broken", f"byte {place}") from None


def _name(header: tarfile.TarInfo, prefix: str, place: int) -> str:
    shown = ascii(header.name[:200])
    if header.type != tarfile.REGTYPE:
        raise Broken(f"{shown} is a link, a folder or a device, and no file", f"byte {place}")
    name = header.name.removeprefix(prefix)
    if name == header.name or not FILE.fullmatch(name):
        raise Broken(f"{shown} does not belong to this shard, {prefix}", f"byte {place}")
    if not 0 <= header.size <= LARGEST:
        raise Broken(f"{name} claims to have {header.size:,} bytes", f"byte {place}")
    return name


def _skip_extra(stream: Stream, header: tarfile.TarInfo, place: int) -> None:
    """Pass over what a server adds for a user ID or name that a plain header cannot hold."""
    if not 0 < header.size <= MOST_EXTRA:
        raise Broken(f"an extra header of {header.size:,} bytes", f"byte {place}")
    text = stream.read(header.size)
    if re.search(rb"(?:^|\n)\d+ (?:path|size|linkpath|GNU\.[^=]*)=", text):
        raise Broken("an extra header changes the name or size of a file", f"byte {place}")
    _end_of(stream, header.size, "an extra header")


def _end_of(stream: Stream, size: int, name: str) -> None:
    """Read what fills the last block."""
    filling = -size % BLOCK
    found = stream.read(filling)
    if len(found) < filling:
        raise Broken("the archive breaks off", name)
    if any(found):
        raise Broken("there is something between its end and the next block", name)


def _end(stream: Stream) -> None:
    """A second block of zeros, and nothing after it."""
    if stream.read(BLOCK) != bytes(BLOCK):
        raise Broken("the archive breaks off: its end is one block, not two", _at(stream))
    if stream.read(1):
        raise Broken("there is something after the end of the archive", _at(stream))


def _at(stream: Stream) -> str:
    return f"byte {stream.place}"
