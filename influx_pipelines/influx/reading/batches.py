"""An answer as Arrow tables while it arrives: cut here, parsed in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NoReturn

import pyarrow as pa

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.reading.cutting import blocks, pieces
from influx_pipelines.influx.reading.header import Header
from influx_pipelines.influx.reading.joining import joined
from influx_pipelines.influx.reading.parsing import parse

Part = tuple[Header, pa.Table]
PIECE = 1 << 20  # bytes of text: the caches hold what is parsed
IN_FLIGHT = 4  # pieces that are parsed or wait for it


def tables(chunks: Iterable[bytes], *, categories: bool, piece: int = PIECE) -> Iterator[Part]:
    """Headers and rows; tables of one form keep the order of the answer.

    A form that is met for the first time comes at once, with an empty table. An error comes after
    the rows that stand before it.

    Raises:
        QueryFailed: the query failed after its first rows.
        IncompleteRead: the answer broke off or is damaged.
        NotInfluxDB: it is no annotated CSV.
    """
    running: deque[Future[Part]] = deque()
    with ThreadPoolExecutor(1, thread_name_prefix="csv") as pool:
        for job in _jobs(chunks, categories, piece):
            running.append(pool.submit(job))
            while running and (len(running) > IN_FLIGHT or running[0].done()):
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _jobs(chunks: Iterable[bytes], categories: bool, piece: int) -> Iterator[Callable[[], Part]]:
    """What there is to do, in order; where the answer ends with an error, that comes last."""

    def fail(error: InfluxError) -> NoReturn:
        raise error

    try:
        for header, rows in joined(blocks(pieces(chunks, piece)), piece // 2):
            yield partial(_parsed, header, rows, categories)
    except InfluxError as error:
        yield partial(fail, error)


def _parsed(header: Header, rows: bytes, categories: bool) -> Part:
    return header, parse(header, rows, categories)
