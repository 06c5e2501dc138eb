"""`POST /api/v2/write`."""

from __future__ import annotations

import gzip
import io
import time
import zlib

from starlette.responses import Response

from influx_pipelines.embedded import lineprotocol
from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    invalid,
    no_content,
    not_found,
    refused,
)
from influx_pipelines.embedded.http.call import Call, as_id
from influx_pipelines.embedded.http.routing import route

SCALE = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
MAX_BODY = 50 * 1024 * 1024
_READ = "unable to read data: "


@route("POST", "/api/v2/write")
def write(call: Call) -> Response:
    """Precision, bucket, gzip, organisation, bucket, permission, lines: judged in this order."""
    scale = SCALE.get(call.query.get("precision") or "ns")
    if scale is None:
        raise invalid("invalid precision; valid precision units are ns, us, ms, and s")
    if not call.query.get("bucket"):
        raise not_found("bucket not found")
    check_gzip(call)
    bucket = find_bucket(call, call.org_of_query(), call.query["bucket"])
    return store(call, bucket, scale, scale)


def find_bucket(call: Call, org: Document, wanted: str) -> Document:
    """A bucket by ID, of whatever organisation, or of this one by name.

    Raises:
        Fault: 404.
    """
    found = call.database.get("bucket", as_id(wanted) or "")
    named = [found] if found else call.database.find("bucket", org=org["id"], name=wanted)
    if not named:
        raise not_found(f'bucket "{wanted}" not found')
    return named[0]


def _packed(call: Call) -> bool:
    return call.headers.get("content-encoding") in ("gzip", "x-gzip")


def check_gzip(call: Call) -> None:
    """Look at the header of a packed body, before anything else of it.

    Raises:
        Fault: it is none.
    """
    if _packed(call) and (call.body[:3] != b"\x1f\x8b\x08" or len(call.body) < 10):
        raise Fault("internal error", HIDDEN)


def _unpacked(body: bytes) -> bytes:
    """A gzip body, held to the size that a plain one may have."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            plain = packed.read(MAX_BODY + 1)
    except gzip.BadGzipFile as error:
        what = "header" if "Not a gzipped file" in str(error) else "checksum"
        raise invalid(f"{_READ}gzip: invalid {what}") from None
    except EOFError:
        raise Fault("internal error", f"{_READ}unexpected EOF") from None
    except zlib.error:
        raise Fault("internal error", f"{_READ}flate: corrupt input") from None
    if len(plain) > MAX_BODY:
        raise Fault("request too large", f"{_READ}points batch is too large")
    return plain


def store(call: Call, bucket: Document, scale: int, step: int) -> Response:
    """Write the lines of the body; the time of those without one is cut to `step` nanoseconds.

    Raises:
        Fault: without permission, a line cannot be read (nothing is stored), or points were
            refused (the rest is stored).
    """
    if not call.caller.active:
        raise Fault("forbidden", "insufficient permissions for write: token is inactive")
    if not call.caller.may("write", "buckets", org=bucket["orgID"], resource=bucket["id"]):
        raise Fault("forbidden", "insufficient permissions for write")
    body = _unpacked(call.body) if _packed(call) else call.body
    now = time.time_ns() // step * step
    points, errors = lineprotocol.read(body, scale, now)
    if len(errors) > lineprotocol.MAX_ERRORS:
        raise refused(f"a body with more than {lineprotocol.MAX_ERRORS} bad lines")
    if errors:
        raise invalid("\n".join(errors))
    if not points:
        return no_content()
    with call.database.writing():
        fresh = call.database.get("bucket", bucket["id"])
        if fresh is None:  # deleted meanwhile
            raise not_found(f'bucket "{bucket["name"]}" not found')
        message = call.service.points.write(fresh, points)
    if message:
        text = f"failure writing points to database: partial write: {message}"
        raise Fault("unprocessable entity", text)
    return no_content()
