"""Line protocol that is there already, as chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.chunk import Chunk
from influx_pipelines.influx.writing.linesplit import split

MOST_BYTES = 4 << 20  # of a chunk
LONGEST = 32 << 20  # of a line: behind a quote that nobody closes there is no end of one
BLANK = b" \t\0"


def line_chunks(lines: bytes | Iterable[bytes], rows: int) -> Iterator[Chunk]:
    """Chunks of whole lines, without comments and empty ones.

    Args:
        lines: line protocol, or its parts one after another, wherever they are cut; a line ends
            with its newline and nowhere else.
        rows: lines of a chunk, at most.

    Raises:
        UnwritableError: a line has no end.
        TypeError: a part is text and not bytes.
    """
    chosen: list[bytes] = []
    numbers: list[int] = []
    size = 0
    for number, line in _numbered(_blocks(lines)):
        text = line.rstrip(b"\r\n")  # the server takes a CR for a part of the line
        if not text.strip(BLANK) or text.lstrip(BLANK).startswith(b"#"):
            continue
        if len(chosen) == rows or size + len(text) > MOST_BYTES:
            yield Chunk(b"".join(chosen), numbers)
            chosen, numbers, size = [], [], 0
        chosen.append(text + b"\n")
        numbers.append(number)
        size += len(text) + 1
    yield Chunk(b"".join(chosen), numbers)


def _blocks(lines: bytes | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(lines, bytes):
        yield from (lines[at : at + MOST_BYTES] for at in range(0, len(lines), MOST_BYTES))
        return
    # Joined, since what follows an open quote is looked through anew with each block.
    parts: list[bytes] = []
    size = 0
    for part in lines:
        if not isinstance(part, bytes):
            raise TypeError(f"line protocol is bytes, not {type(part).__name__}: encode it")
        parts.append(part)
        size += len(part)
        if size >= MOST_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


def _numbered(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines and their numbers, which count line breaks within strings too."""
    number, rest = 1, b""
    for block in blocks:
        if not (whole := split(rest + block)):
            continue
        rest = whole.pop()  # its string may go on in the next block, or the line itself
        if len(rest) > LONGEST:
            raise UnwritableError(
                f"line {number + sum(map(_breaks, whole))} has no end within {LONGEST} bytes: is "
                "there a quote that nobody closes?"
            )
        for line in whole:
            yield number, line
            number += _breaks(line)
    if rest:
        yield number, rest


def _breaks(line: bytes) -> int:
    return line.count(b"\n")
