"""Queries over HTTP: whole results, streams, and answers that go wrong on their way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import IncompleteRead, NotInfluxDB, QueryFailed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = "from(bucket: params.b) |> range(start: 2026-01-01T00:00:00Z)"
HEAD = (
    b"#datatype,string,long,string,long\r\n#group,false,false,true,false\r\n"
    b"#default,_result,,,\r\n,result,table,host,n\r\n"
)
ROWS = b"".join(b",,0,a,%d\r\n" % n for n in range(200_000))  # a few pieces
Body = Callable[[BaseHTTPRequestHandler, int], None]


@contextmanager
def server(body: Body) -> Iterator[tuple[str, list[int]]]:
    """Answers every POST with `body(handler, number)`; its address, and the connections made."""
    ports: list[int] = []
    count = iter(range(1000))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            ports.append(self.client_address[1])
            try:
                body(self, next(count))
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{found.server_address[1]}", ports
    finally:
        found.shutdown()
        found.server_close()


def begin(handler: BaseHTTPRequestHandler, *headers: tuple[str, str]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/csv; charset=utf-8")
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()


def chunked(handler: BaseHTTPRequestHandler, *parts: bytes, end: bool = True) -> None:
    begin(handler, ("Transfer-Encoding", "chunked"))
    for part in parts:
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
    if end:
        handler.wfile.write(b"0\r\n\r\n")
    else:
        handler.close_connection = True


def test_a_stream_is_the_same_as_the_whole(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    rows = [
        {"h": f"h{n % 3}", "f": n / 7, "i": n, "time": NOON + timedelta(seconds=n)}
        for n in range(3_000)
    ]
    influx.write(rows, bucket="b", measurement="m", tags=["h"])
    found = influx.query(ALL, {"b": "b"}, categories=False)
    assert {str(t.data.schema.field("_value").type): len(t) for t in found.tables} == {
        "double": 3_000,
        "int64": 3_000,
    }
    streamed = [row for batch in influx.stream(ALL, {"b": "b"}) for row in batch.to_pylist()]
    assert sorted(r["_value"] for r in streamed) == sorted(r["_value"] for r in found.rows())
    assert {"_time", "_value", "_field", "_measurement", "h"} <= set(streamed[0])


def test_a_query_that_broke_off_is_run_again() -> None:
    def once_cut(handler: BaseHTTPRequestHandler, number: int) -> None:
        chunked(handler, HEAD, ROWS, b"\r\n", end=number > 0)

    with server(once_cut) as (url, ports), Influx(url, "t", "o") as influx:
        assert len(influx.query("x")) == 200_000
        assert len(ports) == 2


@pytest.mark.parametrize("length", [True, False])
def test_an_answer_that_ends_early_is_an_error(length: bool) -> None:
    """Its end is missing: the last chunk, or bytes of the length that was told."""

    def cut(handler: BaseHTTPRequestHandler, number: int) -> None:
        if length:
            begin(handler, ("Content-Length", str(len(HEAD + ROWS))))
            handler.wfile.write((HEAD + ROWS)[:-11])
            handler.close_connection = True
        else:
            chunked(handler, HEAD, ROWS, end=False)

    with server(cut) as (url, _), Influx(url, "t", "o", retry_seconds=0) as influx:
        with pytest.raises(IncompleteRead, match="broke off"):
            influx.query("x")
        found = 0
        with pytest.raises(IncompleteRead, match="broke off"):
            for batch in influx.stream("x"):
                found += len(batch)
        assert found > 0  # the error comes after what came before it


def test_a_stream_that_broke_off_is_not_run_again() -> None:
    """What was taken already would come twice."""

    def cut(handler: BaseHTTPRequestHandler, number: int) -> None:
        chunked(handler, HEAD, ROWS, end=False)

    with server(cut) as (url, ports), Influx(url, "t", "o") as influx:
        with pytest.raises(IncompleteRead):
            list(influx.stream("x"))
        assert len(ports) == 1


def test_an_answer_whose_end_nobody_can_tell_is_refused() -> None:
    def endless(handler: BaseHTTPRequestHandler, number: int) -> None:
        begin(handler)
        handler.wfile.write(HEAD + ROWS + b"\r\n")
        handler.close_connection = True

    with (
        server(endless) as (url, _),
        Influx(url, "t", "o", retry_seconds=0) as influx,
        pytest.raises(IncompleteRead, match="neither a length nor chunks"),
    ):
        influx.query("x")


def test_a_closed_stream_ends_the_query_and_the_next_one_works() -> None:
    def long(handler: BaseHTTPRequestHandler, number: int) -> None:
        chunked(handler, HEAD, ROWS * (1 if number else 50), b"\r\n")

    with server(long) as (url, ports), Influx(url, "t", "o") as influx:
        stream = influx.stream("x")
        assert next(stream).num_rows
        stream.close()
        assert len(influx.query("x")) == len(influx.query("x")) == 200_000
        assert ports[1] == ports[2] != ports[0]  # one read to its end goes back into the pool


def test_an_error_after_rows_comes_after_them() -> None:
    error = (
        b"\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n"
        b",error,reference\r\n,why,\r\n"
    )
    with (
        server(lambda handler, _: chunked(handler, HEAD, ROWS, error)) as (url, _),
        Influx(url, "t", "o") as influx,
    ):
        found = 0
        with pytest.raises(QueryFailed, match="why"):
            for batch in influx.stream("x"):
                found += len(batch)
        assert found == 200_000
        with pytest.raises(QueryFailed, match="why"):
            influx.query("x")


def test_a_script_that_makes_the_server_panic_is_run_once() -> None:
    """It was repeated for ten seconds, and the server panicked each time."""
    text = b'{"code":"internal error","message":"panic: unsupported for aggregate max"}'

    def panic(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(500)
        handler.send_header("Content-Type", "application/json; charset=utf-8")
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    with server(panic) as (url, ports), Influx(url, "t", "o") as influx:
        with pytest.raises(QueryFailed, match="unsupported for aggregate max"):
            influx.query("x")
        assert len(ports) == 1


def test_what_is_no_csv_is_no_influxdb() -> None:
    def page(handler: BaseHTTPRequestHandler, number: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "6")
        handler.end_headers()
        handler.wfile.write(b"<html>")

    with server(page) as (url, _), Influx(url, "t", "o") as influx:
        with pytest.raises(NotInfluxDB):
            influx.query("x")
        with pytest.raises(NotInfluxDB):
            next(iter(influx.stream("x")))


def test_a_wrong_script_is_an_error_of_the_query(influx: Influx) -> None:
    with pytest.raises(QueryFailed, match="@1:1-1:5"):
        list(influx.stream("nope()"))
