"""Buckets: names, retention, lists by page, labels on them."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.call import Call, body_id, now_text
from influx_pipelines.embedded.http.labels import label_views
from influx_pipelines.embedded.http.retention import new_rules, patched_rules
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.permissions import new_id

PATH = "/api/v2/buckets"
SYSTEM = (
    ("_tasks", 259_200, "System bucket for task logs"),
    ("_monitoring", 604_800, "System bucket for monitoring logs"),
)


def create_system_buckets(call: Call, org_id: str) -> None:
    """The two that every organisation has."""
    for name, seconds, description in SYSTEM:
        rules = new_rules([{"everySeconds": seconds}])
        _store_new(call, org_id, name, rules, kind="system", description=description)


def create_bucket(
    call: Call, org_id: str, name: str, description: str, rules: list[Any], rp: str = ""
) -> Document:
    """A new bucket.

    Raises:
        Fault: the name is refused or taken, or the retention is refused.
    """
    _check_name(name)
    checked = new_rules(rules)
    if call.database.find("bucket", org=org_id, name=name):
        raise conflict(f"bucket with name {name} already exists")
    return _store_new(call, org_id, name, checked, kind="user", description=description, rp=rp)


def _store_new(
    call: Call, org_id: str, name: str, rules: list[Document], *, kind: str, **texts: str
) -> Document:
    now = now_text()
    bucket: Document = {"id": new_id(), "orgID": org_id, "type": kind, "name": name}
    bucket.update({key: text for key, text in texts.items() if text})
    bucket.update(retentionRules=rules, createdAt=now, updatedAt=now)
    call.database.put("bucket", bucket, org=org_id, name=name)
    return bucket


def _check_name(name: str) -> None:
    if name.startswith("_"):
        raise invalid(f"bucket name {name} is invalid. Buckets may not start with underscore")
    if '"' in name:
        text = f"bucket name {name} is invalid. Bucket names may not include quotation marks"
        raise invalid(text)


def view(call: Call, bucket: Document) -> Document:
    """A bucket as answers show it."""
    base = f"{PATH}/{bucket['id']}"
    links = {part: f"{base}/{part}" for part in ("labels", "members", "owners")}
    links["org"] = f"/api/v2/orgs/{bucket['orgID']}"
    links["self"] = base
    links["write"] = f"/api/v2/write?org={bucket['orgID']}&bucket={bucket['id']}"
    shown = {key: value for key, value in bucket.items() if key != "labelIDs"}
    labels = label_views(call, bucket.get("labelIDs", []))
    return {**shown, "links": links, "labels": labels}


def get_bucket(call: Call, bucket_id: str) -> Document:
    """A bucket by ID.

    Raises:
        Fault: 404.
    """
    found = call.database.get("bucket", bucket_id)
    if found is None:
        raise not_found("bucket not found")
    return found


def readable(call: Call, bucket: Document) -> bool:
    """Whether the token may read it."""
    return call.caller.may("read", "buckets", org=bucket["orgID"], resource=bucket["id"])


@route("POST", PATH)
def create(call: Call) -> Response:
    """A new bucket."""
    asked = call.json()
    org_id = body_id(asked.get("orgID"))
    if org_id is None:
        raise invalid("organization id must be provided")
    call.need("write", "buckets", org=org_id)
    if call.database.get("org", org_id) is None:
        raise not_found("organization not found")
    with call.service.lock:
        bucket = create_bucket(
            call,
            org_id,
            str(asked.get("name") or ""),
            str(asked.get("description") or ""),
            asked.get("retentionRules") or [],
            str(asked.get("rp") or ""),
        )
    return json_answer(view(call, bucket), 201)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One bucket."""
    bucket = get_bucket(call, call.id())
    call.need("read", "buckets", org=bucket["orgID"], resource=bucket["id"])
    return json_answer(view(call, bucket))


@route("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or retention; a refused change changes nothing."""
    bucket_id, asked = call.id(), call.json()
    with call.service.lock:
        bucket = get_bucket(call, bucket_id)
        call.need("write", "buckets", org=bucket["orgID"], resource=bucket_id)
        name = str(asked.get("name", bucket["name"]))
        if name != bucket["name"]:
            _check_rename(call, bucket, name)
        rules = patched_rules(bucket["retentionRules"], asked.get("retentionRules") or [])
        bucket.update(name=name, retentionRules=rules, updatedAt=now_text())
        if "description" in asked:
            bucket.pop("description", None)
            bucket.update({"description": asked["description"]} if asked["description"] else {})
        call.database.put("bucket", bucket, org=bucket["orgID"], name=name)
    return json_answer(view(call, bucket))


def _check_rename(call: Call, bucket: Document, name: str) -> None:
    if bucket["type"] == "system":
        raise invalid("system buckets cannot be renamed")
    _check_name(name)
    if call.database.find("bucket", org=bucket["orgID"], name=name):
        raise conflict("bucket name is not unique")


@route("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The bucket, its points and its mappings; a system bucket stays whole."""
    from influx_pipelines.embedded.http.dbrps import remove_mapping

    bucket_id = call.id()
    with call.service.lock, call.database.writing():
        bucket = get_bucket(call, bucket_id)
        call.need("write", "buckets", org=bucket["orgID"], resource=bucket_id)
        if bucket["type"] == "system":
            raise invalid("system buckets cannot be deleted")
        call.service.points.drop_bucket(bucket_id)
        call.database.remove("bucket", bucket_id)
        for mapping in call.database.find("dbrp", org=bucket["orgID"]):
            if mapping["bucketID"] == bucket_id:
                remove_mapping(call, mapping)
    return no_content()
