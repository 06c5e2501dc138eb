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
    def block(self) -> Rows:
        return self.header, b"".join(self.rows)


def joined(found: Iterable[Rows], size: int) -> Iterator[Rows]:
    """Blocks of `size` bytes or more, as long as there are enough rows.

    Rows of one form keep their order, a form that is met comes at once without rows, and an error
    of `found` comes after the blocks that wait.
    """
    waiting: dict[object, _Waiting] = {}
    met: set[object] = set()
    failure = None
    try:
        for header, rows in found:
            if header.form not in met:
                met.add(header.form)
                yield header, b""
            place = waiting.setdefault(header.form, _Waiting(header))
            if place.header != header:  # the same form with other defaults
                yield place.block
                place = waiting[header.form] = _Waiting(header)
            place.add(rows)
            if place.size >= size:
                yield waiting.pop(header.form).block
            elif sum(other.size for other in waiting.values()) >= 4 * size:
                yield from (waiting.pop(form).block for form in list(waiting))
    except InfluxError as error:
        failure = error
    yield from (place.block for place in waiting.values())
    if failure is not None:
        raise failure
