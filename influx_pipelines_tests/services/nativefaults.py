"""How an answer of the native server is sent, whole or broken at a byte of its body."""

from __future__ import annotations

import gzip
import socket
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

LEVEL = 6  # of gzip, the default of Go too
LAST = b"0\r\n\r\n"  # chunk
PIECE = 64 << 10
CHUNK = 2048  # of a Go server, whose buffer before the chunks has this size
PLAIN_BELOW = 1400  # bytes: such answers are not packed, whatever is asked for


@dataclass(frozen=True)
class Fault:
    """What is done to an answer, at byte `at` of its body as it is sent.

    Kinds: `close` and `reset` (the connection), `end` (in good order, too early), `fail` (the same
    before packing, as when the server cannot go on), `flip` (a byte), `extra` (bytes after the
    end), `stall` (`seconds`), `restart` (the server is away for `seconds`), `status` (`at` is it).
    """

    kind: str
    at: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Sent:
    """An answer as it goes out; `packed` is the body with gzip where that is known."""

    status: int
    headers: dict[str, str]
    plain: bytes
    packed: bytes | None = None


def send(
    handler: BaseHTTPRequestHandler,
    answer: Sent,
    packs: bool,
    fault: Fault | None,
    restart: Callable[[float], None],
) -> None:
    """Send it as a Go server does: packed in chunks, or plain with a length where it is small."""
    plain, packed = answer.plain, answer.packed
    if fault and fault.kind == "fail":
        plain, packed = plain[: fault.at], None
    headers = dict(answer.headers)
    packs = packs and len(plain) >= PLAIN_BELOW
    if packs:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    as_it_goes = packs and not packed and not fault
    body = plain
    if packs and not as_it_goes:
        body = packed or gzip.compress(plain, LEVEL, mtime=0)
    body = _damaged(body, fault)
    chunked = packs or len(body) > CHUNK
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif answer.status != 204:
        headers["Content-Length"] = str(len(body))
    handler.send_response_only(answer.status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    try:
        if as_it_goes:
            _send_packing(handler, plain)
        else:
            _send_body(handler, body, chunked, fault, restart)
    except OSError:  # the client has gone
        handler.close_connection = True


def _send_packing(handler: BaseHTTPRequestHandler, plain: bytes) -> None:
    """What has not been packed before is packed while it is sent."""
    packer = zlib.compressobj(LEVEL, wbits=31)
    for n in range(0, len(plain), PIECE):
        handler.wfile.write(_chunked(packer.compress(plain[n : n + PIECE])))
    handler.wfile.write(_chunked(packer.flush()) + LAST)


def _damaged(body: bytes, fault: Fault | None) -> bytes:
    match fault:
        case Fault("flip", at) if at < len(body):
            return body[:at] + bytes([body[at] ^ 0x20]) + body[at + 1 :]
        case Fault("extra", at):
            return body + bytes(at)
        case Fault("end", at):
            return body[:at]
    return body


def _send_body(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    chunked: bool,
    fault: Fault | None,
    restart: Callable[[float], None],
) -> None:
    framed = _chunked if chunked else bytes
    if fault and fault.kind in ("close", "reset", "restart", "stall"):
        handler.wfile.write(framed(body[: fault.at]))
        if fault.kind != "stall":
            _hang_up(handler, fault, restart)
            return
        time.sleep(fault.seconds)
        body = body[fault.at :]
    handler.wfile.write(framed(body) + (LAST if chunked else b""))


def _hang_up(
    handler: BaseHTTPRequestHandler, fault: Fault, restart: Callable[[float], None]
) -> None:
    handler.close_connection = True
    if fault.kind != "close":
        linger = struct.pack("ii", 1, 0)  # a RST instead of a FIN
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    if fault.kind == "restart":
        restart(fault.seconds)
    handler.connection.close()
    handler.rfile.close()  # it keeps the socket open


def _chunked(body: bytes) -> bytes:
    return b"".join(
        b"%x\r\n%b\r\n" % (len(part), part)
        for part in (body[n : n + CHUNK] for n in range(0, len(body), CHUNK))
    )
