"""A log as blocks of whole lines: of any size, any bytes, in memory that does not grow with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1 << 20
OVERLAP = 1 << 12
SHOWN = 400  # characters of a line that are kept
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # GitHub's logs begin with one
# Control sequences of terminals (ECMA-48): colours and cursor moves, hyperlinks and titles.
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\))")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a log, without colour codes; `number` is that of the first, from 1."""

    text: bytes
    number: int

    def number_at(self, position: int) -> int:
        """The number of the line in which a position stands."""
        return self.number + self.text.count(b"\n", 0, position)


def blocks(log: BinaryIO, *, size: int = BLOCK, overlap: int = OVERLAP) -> Iterator[Block]:
    """The blocks of a log; at most about twice `size` bytes of it are in memory.

    A line that is longer than `size` bytes is given in pieces, each with the line's number; each
    begins with the last `overlap` bytes of the one before, so that no shorter text is cut in two.
    """
    number, rest = 1, b""
    while read := log.read(size):
        text = rest + read
        if not rest and number == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        end = text.rfind(b"\n") + 1
        if end:
            yield Block(_clean(text[:end]), number)
            number += text.count(b"\n", 0, end)
            rest = text[end:]
        elif len(text) < size:
            rest = text
        else:
            yield Block(_clean(text), number)
            rest = text[-overlap:]
    if rest:
        yield Block(_clean(rest), number)


def _clean(text: bytes) -> bytes:
    if b"\x1b" in text:
        text = _ESCAPES.sub(b"", text)
    return text.replace(b"\r\n", b"\n")


def shown(line: bytes, position: int = 0) -> str:
    """A line as text of at most `SHOWN` characters, those around a position; no control codes."""
    start = max(position - SHOWN // 4, 0) if len(line) > SHOWN else 0
    text = line[start : start + 4 * SHOWN].decode("utf-8", errors="replace")
    return _CONTROLS.sub(" ", text)[:SHOWN].strip()
