"""The parts of a multipart answer, one after the other, in bounded memory (RFC 2046, 5.1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from itertools import chain

from influx_pipelines.backups.errors import BrokenDownload

LONGEST_HEAD = 16 << 10  # bytes of the lines above a part


@dataclass(frozen=True)
class Part:
    """A part; its chunks have to be read before the next part is asked for."""

    name: str
    chunks: Iterator[bytes]


def boundary_of(content_type: str) -> bytes:
    """The boundary that the header of the answer names.

    Raises:
        BrokenDownload: it is no multipart answer.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_maintype() != "multipart" or not boundary:
        raise BrokenDownload(f"The metadata came as {content_type or 'nothing'}, not in parts.")
    return boundary.encode()


def parts(chunks: Iterable[bytes], boundary: bytes) -> Iterator[Part]:
    """The parts of an answer, whose end must be marked, with nothing after it.

    Raises:
        BrokenDownload: the answer ends too early, or is no multipart answer.
    """
    source = _Source(chunks)
    delimiter = b"--" + boundary
    if source.take(len(delimiter) + 2) != delimiter + b"\r\n":
        raise BrokenDownload("The metadata does not begin with a part.")
    last = False
    while not last:
        content = source.until(b"\r\n" + delimiter)
        yield Part(_name(source.head()), content)
        for _ in content:  # that nobody wanted
            pass
        ending = source.take(2)
        if ending not in (b"\r\n", b"--"):
            raise BrokenDownload("The metadata has a broken boundary between its parts.")
        last = ending == b"--"
    if not source.is_over():
        raise BrokenDownload("The metadata goes on after its last part.")


def _name(head: bytes) -> str:
    found = BytesParser().parsebytes(head, headersonly=True)
    return str(found.get_param("name", "", "content-disposition"))


class _Source:
    """Chunks as a stream with a look ahead."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._held = b""

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise BrokenDownload("The metadata ends before its last part does.")
        self._held += chunk

    def take(self, length: int) -> bytes:
        while len(self._held) < length:
            self._more()
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def head(self) -> bytes:
        """The lines up to the empty one."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > LONGEST_HEAD:
                raise BrokenDownload("A part of the metadata has no end of its head.")
            self._more()
        return self.take(end + 4)

    def until(self, mark: bytes) -> Iterator[bytes]:
        """What comes before a mark, which is taken as well."""
        while (end := self._held.find(mark)) < 0:
            sure = len(self._held) - len(mark) + 1  # the mark may have begun in the rest
            if sure > 0:
                yield self.take(sure)
            self._more()
        if end:
            yield self.take(end)
        self.take(len(mark))

    def is_over(self) -> bool:
        """Whether nothing follows; reads to the end, so that the sender's own checks are made."""
        return not any(chunk.strip(b"\r\n") for chunk in chain([self._held], self._chunks))
