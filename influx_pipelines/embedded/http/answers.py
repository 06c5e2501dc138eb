"""Answers and errors in the forms of the real server."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.responses import Response

STATUS = {
    "invalid": 400,
    "empty value": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not found": 404,
    "method not allowed": 405,
    "conflict": 422,
    "unprocessable entity": 422,
    "request too large": 413,
    "internal error": 500,
    "not implemented": 501,
    "unavailable": 503,
}
SMALL = 1400  # shorter answers are never packed
HIDDEN = "An internal error has occurred - check server logs"
JSON = "application/json; charset=utf-8"


class Fault(Exception):
    """An error with the server's code; the status follows from it."""

    def __init__(self, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extra = extra


def invalid(message: str) -> Fault:
    """400."""
    return Fault("invalid", message)


def not_found(message: str) -> Fault:
    """404."""
    return Fault("not found", message)


def conflict(message: str) -> Fault:
    """422."""
    return Fault("conflict", message)


def quoted(text: str) -> str:
    """A text in quotation marks, as messages name what was asked for."""
    return json.dumps(text, ensure_ascii=False)


@contextmanager
def failing(what: str, code: str | None = None) -> Iterator[None]:
    """Put what was tried before the message of a fault, and another code in the place of its."""
    try:
        yield
    except Fault as fault:
        raise Fault(code or fault.code, f"{what}: {fault.message}") from None


def json_answer(value: Any, status: int = 200) -> Response:
    """A document, indented by tabs as the real server does for most of its API."""
    text = json.dumps(value, indent="\t", ensure_ascii=False)
    return Response(text, status, media_type=JSON)


def compact_answer(value: Any, status: int = 200) -> Response:
    """A document on one line, as the rest of that API writes it."""
    return Response(f"{compact(value)}\n", status, media_type=JSON)


def compact(value: Any) -> str:
    """JSON without a space."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def packable(text: str, headers: Mapping[str, str], kind: str) -> Response:
    """An answer that is packed where the client takes gzip and it is worth it."""
    body, head = text.encode(), {"Content-Type": kind}
    if len(body) > SMALL and "gzip" in headers.get("accept-encoding", ""):
        body = gzip.compress(body, 1, mtime=0)
        head["Content-Encoding"] = "gzip"
    return Response(body, headers=head)


def no_content() -> Response:
    """204."""
    return Response(status_code=204)


def fault_answer(*faults: Fault) -> Response:
    """The body and the header that every error carries; several are written one after another."""
    bodies = [{"code": fault.code, "message": fault.message, **fault.extra} for fault in faults]
    text = compact(bodies[0])
    if len(bodies) > 1:
        text = "".join(json.dumps(body, ensure_ascii=False, indent="\t") for body in bodies)
    answer = Response(text, STATUS[faults[0].code], media_type=JSON)
    answer.headers["X-Platform-Error-Code"] = faults[0].code
    return answer


def refused(what: str) -> Fault:
    """What InfluxDB knows and this server does not."""
    return Fault("not implemented", f"{what} is not supported by the embedded server")
