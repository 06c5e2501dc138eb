"""`POST /api/v2/write`."""

from __future__ import annotations

import gzip
import time
import zlib

from starlette.responses import Response

from influx_pipelines.embedded import lineprotocol
from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import HIDDEN, Fault, invalid, no_content, not_found
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.routing import route

SCALE = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
MAX_BODY = 50 * 1024 * 1024


@route("POST", "/api/v2/write")
def write(call: Call) -> Response:
    """Precision, bucket, gzip, organisation, bucket, permission, lines: judged in this order."""
    scale = SCALE.get(call.query.get("precision") or "ns")
    if scale is None:
        raise invalid("invalid precision; valid precision units are ns, us, ms, and s")
    if not call.query.get("bucket"):
        raise not_found("bucket not found")
    packed = call.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip")
    if packed and call.body[:2] != b"\x1f\x8b":
        raise Fault("internal error", HIDDEN)
    org = call.org_of_query()
    bucket = find_bucket(call, org, call.query["bucket"])
    if not call.caller.active:
        raise Fault("forbidden", "insufficient permissions for write: token is inactive")
    if not call.caller.may("write", "buckets", org=org["id"], resource=bucket["id"]):
        raise Fault("forbidden", "insufficient permissions for write")
    body = unpack(call.body) if packed else call.body
    store(call, bucket, body, scale)
    return no_content()


def find_bucket(call: Call, org: Document, wanted: str) -> Document:
    """A bucket of an organisation, by ID first, then by name.

    Raises:
        Fault: 404.
    """
    if len(wanted) == 16:
        found = call.database.get("bucket", wanted)
        if found is not None and found["orgID"] == org["id"]:
            return found
    named = call.database.find("bucket", org=org["id"], name=wanted)
    if not named:
        raise not_found(f'bucket "{wanted}" not found')
    return named[0]


def unpack(body: bytes) -> bytes:
    """A gzip body, held to the size that a plain one may have.

    Raises:
        Fault: damaged, cut short or too large.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error:
        raise invalid("unable to read data: gzip: invalid checksum") from None
    if len(plain) > MAX_BODY:
        raise Fault("request too large", "unable to read data: points batch is too large")
    if not unpacker.eof:
        raise Fault("internal error", "unable to read data: unexpected EOF")
    return plain if not unpacker.unused_data else gzip.decompress(body)


def store(call: Call, bucket: Document, body: bytes, scale: int) -> None:
    """Write lines to a bucket.

    Raises:
        Fault: a line cannot be read (nothing is stored), or points were refused (the rest is).
    """
    now = time.time_ns() // scale * scale
    points, errors = lineprotocol.read(body.decode("utf-8", "replace"), scale, now)
    if errors:
        raise invalid("\n".join(errors))
    if not points:
        return
    message = call.service.points.write(bucket, points).message(bucket)
    if message is not None:
        text = f"failure writing points to database: partial write: {message}"
        raise Fault("unprocessable entity", text)
