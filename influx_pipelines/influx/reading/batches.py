"""An answer as Arrow tables while it arrives: cut here, parsed in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.reading.cutting import blocks, pieces
from influx_pipelines.influx.reading.header import Header
from influx_pipelines.influx.reading.joining import joined
from influx_pipelines.influx.reading.parsing import parse

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 1 << 20  # bytes of text: the caches hold what is parsed
IN_FLIGHT = 4  # pieces that are parsed or wait for it


def tables(
    chunks: Iterable[bytes], *, categories: bool, piece: int = PIECE
) -> Iterator[tuple[Header, pa.Table]]:
    """Headers and rows; tables of one form keep the order of the answer.

    A form that is met for the first time comes at once, with an empty table. An error comes after
    the rows that stand before it.

    Raises:
        QueryFailed: the query failed after its first rows.
        IncompleteRead: the answer broke off or is damaged.
        NotInfluxDB: it is no annotated CSV.
    """
    running: deque[tuple[Header, Future[pa.Table]]] = deque()
    failure = None
    with ThreadPoolExecutor(1, thread_name_prefix="csv") as pool:
        try:
            for header, rows in joined(blocks(pieces(chunks, piece)), piece // 2):
                running.append((header, pool.submit(parse, header, rows, categories)))
                while len(running) > IN_FLIGHT:
                    yield _done(running)
        except InfluxError as error:
            failure = error
        while running:
            yield _done(running)
    if failure is not None:
        raise failure


def _done(running: deque[tuple[Header, Future[pa.Table]]]) -> tuple[Header, pa.Table]:
    header, parsed = running.popleft()
    return header, parsed.result()
