"""Cutting annotated CSV: into pieces as it arrives, and where the columns change.

A line that begins with `#` is an annotation, a line end is the end of a row: both only outside of
quotes. A text is searched for one byte at a time, which is what memchr is fast at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from influx_pipelines.influx.errors import IncompleteRead, QueryFailed
from influx_pipelines.influx.reading.header import Header, header_of, read_row

QUOTE, NEW_LINE, HASH = b'"', b"\n", b"#"
ERROR = ("error", "reference")
LONGEST_ERROR = 1 << 16


def pieces(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same text in pieces of about `size` bytes that end where a row ends.

    Raises:
        IncompleteRead: the text ends in the middle of a row.
    """
    pending: list[bytes] = []
    length, enough = 0, size
    for chunk in chunks:
        pending.append(chunk)
        length += len(chunk)
        if length < enough:
            continue
        text = b"".join(pending)
        end = _last_row_end(text)
        if end:
            yield text[:end]
        pending = [text[end:]]
        length = len(text) - end
        enough = size + 2 * length  # a row longer than a piece is not looked through every time
    text = b"".join(pending)
    if _last_row_end(text) != len(text):
        raise IncompleteRead("The answer of the query ends in the middle of a row.")
    if text:
        yield text


def _last_row_end(text: bytes) -> int:
    end = text.rfind(NEW_LINE) + 1
    if QUOTE not in text:
        return end
    inside = text.count(QUOTE, 0, end) % 2
    while inside:
        earlier = text.rfind(NEW_LINE, 0, end - 1) + 1
        inside ^= text.count(QUOTE, earlier, end) % 2
        end = earlier
    return end


def blocks(texts: Iterable[bytes]) -> Iterator[tuple[Header, bytes]]:
    """The rows below each header; a header comes once with no rows when it is met.

    Raises:
        QueryFailed: an error table, which comes after the rows that were found before.
        NotInfluxDB: there are no annotations.
    """
    header: Header | None = None
    failed = False
    notes: tuple[tuple[str, ...], ...] = ()
    for text in texts:
        start, quoted = 0, QUOTE in text
        while start < len(text):
            if failed:
                raise _failure(text[start:])
            if header is not None and not text.startswith(HASH, start):
                end = _next_annotation(text, start, quoted)
                yield header, text[start:end]
            else:
                header, end = None, _row_end(text, start)
                row = read_row(text[start:end])
                if row and row[0].startswith("#"):
                    notes = (*notes, row)
                elif row[1:3] == ERROR:
                    failed = True
                elif row:
                    header, notes = header_of(row, notes), ()
                    yield header, b""
            start = end
    if failed:
        raise _failure(b"")
    if notes:
        raise IncompleteRead("The answer of the query ends before the names of its columns.")


def _failure(text: bytes) -> QueryFailed:
    """The error whose row a text begins with."""
    row = read_row(text[:LONGEST_ERROR])
    return QueryFailed(f"The query failed: {''.join(row[1:2]) or 'the server does not say why'}")


def raise_error_table(rows: bytes) -> None:
    """Raise the error that stands among rows, below names but without annotations."""
    at = -1
    while (at := rows.find(b",error,reference", at + 1)) >= 0:
        begins = at == 0 or rows.startswith(NEW_LINE, at - 1)
        if begins and not rows.count(QUOTE, 0, at) % 2:
            raise _failure(rows[_row_end(rows, at) :])


def _row_end(text: bytes, start: int) -> int:
    end = text.index(NEW_LINE, start) + 1
    while text.count(QUOTE, start, end) % 2:
        end = text.index(NEW_LINE, end) + 1
    return end


def _next_annotation(text: bytes, start: int, quoted: bool) -> int:
    """Where the next annotation begins, or the end of the text."""
    at = text.find(HASH, start)
    if at < 0:
        return len(text)
    counted, inside = start, 0
    at -= 1
    while (at := text.find(b"\n#", at) + 1) > 0:
        if quoted:
            inside ^= text.count(QUOTE, counted, at) % 2
            counted = at
        if not inside:
            return at
    return len(text)
