"""`POST /api/v2/delete`."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME, format_time
from influx_pipelines.embedded.http.answers import Fault, invalid, no_content, not_found
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, as_id, parse_id
from influx_pipelines.embedded.http.gojson import decode, go_type
from influx_pipelines.embedded.http.gotime import go_time
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.http.write import find_bucket
from influx_pipelines.embedded.influxql.tokens import ParseError
from influx_pipelines.embedded.predicate import Predicate, PredicateError, parse_predicate
from influx_pipelines.embedded.shards import shard_length

_DECODE = "error decoding json body: "
_REQUEST = f"{_DECODE}Invalid delete predicate node request: "
_TIMES = {
    "start": ("2009-01-02T23:00:00Z", f"before {format_time(MIN_TIME)}"),
    "stop": ("2009-01-01T23:00:00Z", f"after {format_time(MAX_TIME)}"),
}


@route("POST", "/api/v2/delete")
def delete(call: Call) -> Response:
    """Body, organisation, bucket, permission: judged in this order."""
    asked = _body(call.body)
    start, stop = _time(asked, "start"), _time(asked, "stop")
    predicate = _predicate(asked.get("predicate", ""))
    bucket = _bucket(call, call.org_of_query())
    if not call.caller.may("write", "buckets", org=bucket["orgID"], resource=bucket["id"]):
        raise Fault("forbidden", "insufficient permissions to delete")
    with call.database.writing():
        _remove(call, bucket, (start, stop), predicate)
    return no_content()


def _body(body: bytes) -> dict[str, str]:
    try:
        value = decode(body)
    except ValueError as error:
        raise invalid(f"{_DECODE}{error}") from None
    if not isinstance(value, dict | None):
        text = f"json: cannot unmarshal {go_type(value)} into Go value of type"
        raise invalid(f"{_REQUEST}{text} http.deleteRequestDecode")
    fields = {name.lower(): field for name, field in (value or {}).items()}
    asked = Body(fields, _REQUEST, "deleteRequestDecode.")
    return {name: asked.text(name) for name in asked if name in (*_TIMES, "predicate")}


def _time(asked: dict[str, str], name: str) -> int:
    example, bound = _TIMES[name]
    try:
        found = go_time(asked.get(name, "").replace(",", "."))
    except Fault:
        form = f"please format your time with RFC3339Nano format, example: {example}"
        raise invalid(f"{_DECODE}invalid RFC3339Nano for field {name}, {form}") from None
    if not MIN_TIME <= found <= MAX_TIME:
        raise invalid(f"{_DECODE}invalid {name} time, {name} time must not be {bound}")
    return found


def _predicate(text: str) -> Predicate:
    try:
        predicate = parse_predicate(text)
    except PredicateError as error:
        raise invalid(f"{_DECODE}{error}") from None
    except ParseError as error:
        raise invalid(f"invalid request; error parsing predicate: {error}") from None
    if any(rule[:2] == ("_field", "=") for rule in predicate.rules):
        raise Fault("not implemented", "delete by field is not supported")
    return predicate


def _bucket(call: Call, org: Document) -> Document:
    """By ID, which `bucket` takes too, of whatever organisation; or of this one by name."""
    bucket_id, name = call.query.get("bucketID"), call.query.get("bucket")
    wanted = parse_id(bucket_id) if bucket_id else as_id(name or "")
    if wanted:
        one = call.database.get("bucket", wanted)
        if one is None:
            raise not_found("bucket not found")
        return one
    if not name:
        raise invalid("Please provide either bucketID or bucket")
    return find_bucket(call, org, name)


def _remove(call: Call, bucket: Document, bounds: tuple[int, int], predicate: Predicate) -> None:
    points, until = call.service.points, predicate.until

    def fits(series: Series) -> bool:
        before = until is None or series.measurement <= until
        return before and predicate.fits(series.measurement, series.tags)

    if until is None:
        points.delete(bucket, *bounds, fits)
        return
    shards = {row[0] for row in points.fields(bucket["id"]) if row[1] == until}
    for shard in shards:
        last = shard + shard_length(bucket) - 1
        points.delete(bucket, max(bounds[0], shard), min(bounds[1], last), fits)
