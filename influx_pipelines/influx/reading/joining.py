"""Small blocks of one form become one, so that a thousand short tables cost few calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.reading.header import Header

Rows = tuple[Header, bytes]


@dataclass
class _Waiting:
    """Rows that stand below equal headers."""

    header: Header
    rows: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, rows: bytes) -> None:
        self.rows.append(rows)
        self.size += len(rows)

    @property
    def joined(self) -> Rows:
        return self.header, b"".join(self.rows)


def joined(found: Iterable[Rows], size: int) -> Iterator[Rows]:
    """Blocks of `size` bytes or more, as long as there are enough rows.

    Rows of one form keep their order, a form that is met comes at once without rows, and an error
    of `found` comes after the blocks that wait.
    """
    waiting: dict[object, _Waiting] = {}
    met: set[object] = set()
    failure, held = None, 0
    try:
        for header, rows in found:
            form = header.form
            if form not in met:
                met.add(form)
                yield header, b""
            if not rows or rows.isspace():
                continue
            full = []
            if form in waiting and waiting[form].header != header:  # of other defaults
                full = [waiting.pop(form)]
            place = waiting.setdefault(form, _Waiting(header))
            place.add(rows)
            held += len(rows)
            if place.size >= size:
                full.append(waiting.pop(form))
            elif held >= 4 * size:
                full += waiting.values()
                waiting.clear()
            for block in full:
                held -= block.size
                yield block.joined
    except InfluxError as error:
        failure = error
    yield from (place.joined for place in waiting.values())
    if failure is not None:
        raise failure
