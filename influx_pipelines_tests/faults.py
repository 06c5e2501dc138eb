"""How the proxy breaks a request or its answer; each name is a fault that was met in the field."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import urllib3

Handler = BaseHTTPRequestHandler
Response = urllib3.BaseHTTPResponse

REFUSALS = {"refuse": 502, "deny": 400, "limit": 429, "overload": 503}
ERROR_TABLE = (
    b"\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n"
    b",broken on purpose,\r\n\r\n"
)
_ABOUT_THE_BODY = ("transfer-encoding", "content-length", "connection", "date")


def refuse(handler: Handler, fault: str, retry_after: str) -> None:
    """Answer with an error; 429 and 503 tell when to come again."""
    text = b'{"code": "invalid", "message": "refused on purpose"}'
    handler.send_response(REFUSALS[fault])
    handler.send_header("X-Influxdb-Version", "2.9.1")
    if fault in ("limit", "overload"):
        handler.send_header("Retry-After", retry_after)
    handler.send_header("Content-Length", str(len(text)))
    handler.end_headers()
    handler.wfile.write(text)


def reset(handler: Handler) -> None:
    """Break the connection with a RST, as a proxy that dies does."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    _hang_up(handler)


def _hang_up(handler: Handler, *_: object) -> None:
    handler.close_connection = True
    handler.wfile.flush()
    handler.connection.close()
    handler.rfile.close()  # it keeps the socket open


def _head(handler: Handler, answer: Response, *more: tuple[str, str]) -> None:
    handler.send_response(answer.status)
    kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in _ABOUT_THE_BODY]
    for name, value in (*kept, *more):
        handler.send_header(name, value)
    handler.end_headers()


def _whole(handler: Handler, answer: Response, *_: object) -> None:
    _head(handler, answer, ("Content-Length", str(len(answer.data))))
    handler.wfile.write(answer.data)


def _chunk(data: bytes, length: int) -> bytes:
    return f"{length:x}\r\n".encode() + data


def _cut_chunk(handler: Handler, answer: Response, _: float) -> None:
    """A chunk says more than comes."""
    _head(handler, answer, ("Transfer-Encoding", "chunked"))
    half = answer.data[: len(answer.data) // 2]
    handler.wfile.write(_chunk(half, len(half) + 100))
    _hang_up(handler)


def _no_last_chunk(handler: Handler, answer: Response, _: float) -> None:
    """Whole chunks, but the one that ends the answer is missing."""
    _head(handler, answer, ("Transfer-Encoding", "chunked"))
    half = answer.data[: answer.data.rfind(b"\n", 0, len(answer.data) // 2 + 1) + 1]
    handler.wfile.write(_chunk(half, len(half)) + b"\r\n")
    _hang_up(handler)


def _cut(handler: Handler, answer: Response, _: float) -> None:
    """The length is told, half of it comes."""
    _head(handler, answer, ("Content-Length", str(len(answer.data) or 100)))
    handler.wfile.write(answer.data[: len(answer.data) // 2])
    _hang_up(handler)


def _truncate(handler: Handler, answer: Response, _: float) -> None:
    """Neither length nor chunks: only the contents can tell that lines are missing."""
    _head(handler, answer, ("Connection", "close"))
    handler.wfile.write(answer.data[: answer.data.rfind(b"\n", 0, len(answer.data) // 2 + 1) + 1])
    _hang_up(handler)


def _error_table(handler: Handler, answer: Response, _: float) -> None:
    """The query dies after its rows: status 200, an error table at the end."""
    _head(handler, answer, ("Transfer-Encoding", "chunked"))
    data = answer.data.removesuffix(b"\r\n") + ERROR_TABLE
    handler.wfile.write(_chunk(data, len(data)) + b"\r\n0\r\n\r\n")


def _stall(handler: Handler, answer: Response, seconds: float) -> None:
    """The request is carried out, the answer comes after the client has given up."""
    time.sleep(seconds)
    _whole(handler, answer)


def _stall_midway(handler: Handler, answer: Response, seconds: float) -> None:
    """Half of the answer, then nothing for longer than the client waits."""
    _head(handler, answer, ("Transfer-Encoding", "chunked"))
    half = answer.data[: len(answer.data) // 2]
    handler.wfile.write(_chunk(half, len(half)) + b"\r\n")
    time.sleep(seconds)
    _hang_up(handler)


ANSWERS: dict[str | None, Callable[[Handler, Response, float], None]] = {
    None: _whole,
    "lose": _hang_up,
    "cut": _cut,
    "cut chunk": _cut_chunk,
    "no last chunk": _no_last_chunk,
    "truncate": _truncate,
    "error table": _error_table,
    "stall": _stall,
    "stall midway": _stall_midway,
}
