"""Labels on buckets."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.buckets import PATH, readable
from influx_pipelines.embedded.http.call import Call, body_id
from influx_pipelines.embedded.http.labels import label_views
from influx_pipelines.embedded.http.routing import route


def _nested(call: Call, action: str) -> Document:
    bucket = call.database.get("bucket", call.id())
    if bucket is None or not readable(call, bucket):
        raise not_found("404 page not found")
    if action == "write":
        call.need("write", "buckets", org=bucket["orgID"], resource=bucket["id"])
    return bucket


@route("GET", PATH + "/{id}/labels")
def labels(call: Call) -> Response:
    """The labels on a bucket."""
    found = label_views(call, _nested(call, "read").get("labelIDs", []))
    return json_answer({"links": {"self": "/api/v2/labels"}, "labels": found})


@route("POST", PATH + "/{id}/labels")
def add_label(call: Call) -> Response:
    """Put a label on a bucket."""
    bucket = _nested(call, "write")
    label_id = body_id(call.json().get("labelID"))
    if label_id is None:
        raise invalid("label id is required")
    with call.service.lock:
        label = call.database.get("label", label_id)
        if label is None:
            raise not_found("label not found")
        if label_id in bucket.get("labelIDs", []):
            raise conflict("Cannot add label, label already exists on resource")
        bucket["labelIDs"] = [*bucket.get("labelIDs", []), label_id]
        call.database.put("bucket", bucket, org=bucket["orgID"], name=bucket["name"])
    links = {"self": f"/api/v2/labels/{label_id}"}
    return json_answer({"links": links, "label": label}, 201)


@route("DELETE", PATH + "/{id}/labels/{label}")
def remove_label(call: Call) -> Response:
    """Take a label off; once or twice."""
    bucket, label_id = _nested(call, "write"), call.id("label")
    with call.service.lock:
        kept = [found for found in bucket.get("labelIDs", []) if found != label_id]
        bucket["labelIDs"] = kept
        call.database.put("bucket", bucket, org=bucket["orgID"], name=bucket["name"])
    return no_content()
