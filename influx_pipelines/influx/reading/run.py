"""Running a Flux script with bound parameters: its whole result, or batches as they come."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import Invalid, QueryFailed
from influx_pipelines.influx.reading.batches import PIECE, tables
from influx_pipelines.influx.reading.result import QueryResult
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    import pyarrow as pa

    from influx_pipelines.influx.session import Session

Named = tuple[str, "pa.RecordBatch"]
PATH = "/api/v2/query"
DIALECT = {"header": True, "annotations": ["datatype", "group", "default"]}


def query(
    session: Session, flux: str, params: Mapping[str, Any] | None, *, categories: bool
) -> QueryResult:
    """Send the script and parse the answer while it arrives; see `Influx.query`."""
    body = _body(flux, params)

    def once() -> QueryResult:
        with _answer(session, body) as chunks:
            return QueryResult.collect(tables(chunks, categories=categories))

    with _query_errors():
        return retrying(once, session.retry_seconds)


def stream(
    session: Session, flux: str, params: Mapping[str, Any] | None
) -> Generator[pa.RecordBatch, None, None]:
    """Send the script, yield batches as they come; see `Influx.stream`."""
    with closing(named(session, flux, params)) as found:
        for _, batch in found:
            yield batch


def named(
    session: Session, flux: str, params: Mapping[str, Any] | None = None, *, piece: int = PIECE
) -> Generator[tuple[str, pa.RecordBatch], None, None]:
    """The same with the name of the result (`yield`) that each batch is of.

    A batch is of about `piece` bytes of the answer's text.
    """
    body = _body(flux, params)

    def start() -> tuple[list[Named], Generator[Named, None, None]]:
        batches = _batches(session, body, piece)
        return list(islice(batches, 1)), batches

    with _query_errors():
        first, rest = retrying(start, session.retry_seconds)
        with closing(rest):
            yield from first
            yield from rest


def _batches(session: Session, body: bytes, piece: int) -> Generator[Named, None, None]:
    with _answer(session, body) as chunks:
        for header, table in tables(chunks, categories=False, piece=piece):
            for batch in table.to_batches():
                yield header.result, batch


@contextmanager
def _answer(session: Session, body: bytes) -> Iterator[Iterator[bytes]]:
    """The bytes of a good answer as they arrive."""
    headers = {"Content-Type": "application/json", "Accept": "application/csv"}
    url = session.url + PATH
    with session.transport.open(
        "POST", PATH, params={"org": session.org}, body=body, headers=headers
    ) as answer:
        if answer.status >= 300:
            body = answer.read()
            error = answers.error_of("POST", url, answer.status, answer.headers, body)
            if answer.status == 500 and b'"internal error"' in body:
                # The answer to scripts that make the server panic, the second time too.
                raise QueryFailed(str(error), status=500, code="internal error")
            raise error
        if "csv" not in answer.headers.get("content-type", ""):
            raise answers.not_influxdb(url, answer.headers)
        yield answer.chunks()


def _body(flux: str, params: Mapping[str, Any] | None) -> bytes:
    request: dict[str, Any] = {"query": flux, "type": "flux", "dialect": DIALECT}
    if params is not None:
        request["extern"] = bound(params)
    return json.dumps(request).encode()


@contextmanager
def _query_errors() -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        raise QueryFailed(str(error), status=error.status, code=error.code) from None


def bound(params: Mapping[str, Any]) -> Any:
    """Values as the syntax tree of `option params = {…}`: no text becomes part of the script.

    Raises:
        ValueError: a value has no literal in Flux.
    """
    # Imported here: the code location is loaded often, and seldom sends a query.
    from influx_pipelines.flux.jsontree import to_json
    from influx_pipelines.flux.literals import render
    from influx_pipelines.flux.parser import parse

    return to_json(parse(f"option params = {render(dict(params))}"))
