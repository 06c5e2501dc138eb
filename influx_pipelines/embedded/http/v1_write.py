"""`POST /write`: line protocol to a database and a policy."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from influx_pipelines.embedded.http.answers import invalid, not_found
from influx_pipelines.embedded.http.buckets import BUCKET
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.http.v1 import mappings, signed_in
from influx_pipelines.embedded.http.write import SCALE, check_gzip, store

# Times are scaled by three precisions only; a missing time is cut to more of them.
_STEP = {**SCALE, "u": 1_000, "m": 60_000_000_000, "h": 3_600_000_000_000}


@route("POST", "/write", open=True)
def write(call: Call) -> Response:
    """Database, gzip, mapping, permission, lines: judged in this order."""
    call = signed_in(call)
    database, policy = call.query.get("db"), call.query.get("rp")
    if not database:
        raise invalid("missing db")
    check_gzip(call)
    # Whoever may write to a bucket may see its mapping here.
    written = [p for p in call.caller.permissions if p["action"] == "write"]
    seen = [{**p, "action": "read"} for p in written if p["resource"]["type"] == "buckets"]
    caller = replace(call.caller, permissions=[*call.caller.permissions, *seen])
    wanted = {"retention_policy": policy} if policy else {"default": True}
    found = mappings(replace(call, caller=caller), database=database, **wanted)
    if not found:
        raise not_found("no dbrp mapping found")
    precision = call.query.get("precision") or "ns"
    bucket = BUCKET.find(call, found[0]["bucketID"])
    return store(call, bucket, SCALE.get(precision, 1), _STEP.get(precision, 1))
