"""Buckets: names, retention, lists by page."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    invalid,
    json_answer,
    not_found,
    quoted,
)
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import FILTERS, Page
from influx_pipelines.embedded.http.retention import Asked, asked_rule, new_rules, patched_rules
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.permissions import new_id

PATH = "/api/v2/buckets"
SYSTEM = (
    ("_tasks", 259_200, "System bucket for task logs"),
    ("_monitoring", 604_800, "System bucket for monitoring logs"),
)


def _finish(call: Call, shown: Document) -> Document:
    shown["links"]["org"] = f"/api/v2/orgs/{shown['orgID']}"
    shown["links"]["write"] = f"/api/v2/write?org={shown['orgID']}&bucket={shown['id']}"
    return shown


def _removed(call: Call, bucket: Document) -> None:
    if bucket["type"] == "system":
        raise invalid("system buckets cannot be deleted")
    drop_bucket(call, bucket)


def drop_bucket(call: Call, bucket: Document) -> None:
    """Delete a bucket with its points and mappings."""
    from influx_pipelines.embedded.http.dbrps import remove_mapping

    call.service.points.drop_bucket(bucket["id"])
    for mapping in call.database.find("dbrp", org=bucket["orgID"]):
        if mapping["bucketID"] == bucket["id"]:
            remove_mapping(call, mapping)
    call.database.remove("bucket", bucket["id"])


class _BucketKind(Kind):
    """Reading a system bucket takes the right to read the organisation."""

    __slots__ = ()

    def scope(self, action: str, document: Document) -> dict[str, Any]:
        """What a permission must cover."""
        if document["type"] == "system" and action == "read":
            return {"kind": "orgs", "resource": document["orgID"]}
        return Kind.scope(self, action, document)


BUCKET = _BucketKind(
    "bucket", PATH, "buckets", "bucket not found", compact=False, finish=_finish, removed=_removed
)
BUCKET.routes("GET", "DELETE")
serve_members(BUCKET)


def create_system_buckets(call: Call, org_id: str) -> None:
    """The two that every organisation has."""
    for name, seconds, description in SYSTEM:
        rules = new_rules((seconds, None))
        _store_new(call, org_id, name, rules, kind="system", description=description)


def create_bucket(call: Call, org_id: str, name: str, rule: Asked | None, **texts: str) -> Document:
    """A new bucket.

    Raises:
        Fault: the name is refused or taken, the organisation missing, or the retention refused.
    """
    _check_name(name)
    if call.database.get("org", org_id) is None:
        raise not_found("organization not found")
    if call.database.find("bucket", org=org_id, name=name):
        raise conflict(f"bucket with name {name} already exists")
    return _store_new(call, org_id, name, new_rules(rule), kind="user", **texts)


def _store_new(
    call: Call, org_id: str, name: str, rules: list[Document], *, kind: str, **texts: str
) -> Document:
    now = now_text()
    bucket: Document = {"id": new_id(), "orgID": org_id, "type": kind, "name": name}
    bucket.update({key: text for key, text in texts.items() if text})
    bucket.update(retentionRules=rules, createdAt=now, updatedAt=now)
    BUCKET.put(call, bucket)
    return bucket


def _check_name(name: str) -> None:
    if name.startswith("_"):
        raise invalid(f"bucket name {name} is invalid. Buckets may not start with underscore")
    if '"' in name:
        text = f"bucket name {name} is invalid. Bucket names may not include quotation marks"
        raise invalid(text)


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new bucket."""
    asked = call.json("tenant.postBucketRequest")
    org_id, name = asked.id("orgID"), asked.text("name")
    texts = {field: asked.text(field) for field in ("description", "rp")}
    if org_id is None:
        raise invalid("organization id must be provided")
    rule = asked_rule(asked, "tenant.retentionRule")
    call.need("write", "buckets", org=org_id)
    return BUCKET.answer(call, create_bucket(call, org_id, name, rule, **texts), 201)


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or retention; a refused change changes nothing."""
    asked = call.json("tenant.bucketUpdate")
    texts = asked.given("name", "description")
    rule = asked_rule(asked, "tenant.retentionRuleUpdate")
    bucket = BUCKET.find(call, call.id())
    for action in ("read", "write") if "name" in texts else ("write",):
        BUCKET.need(call, action, bucket)
    rules = patched_rules(bucket["retentionRules"], rule)
    if texts.get("name", bucket["name"]) != bucket["name"]:
        _check_rename(call, bucket, texts["name"])
    bucket.update(texts, retentionRules=rules, updatedAt=now_text())
    if not bucket.get("description"):
        bucket.pop("description", None)
    BUCKET.put(call, bucket)
    return BUCKET.answer(call, bucket)


def _check_rename(call: Call, bucket: Document, name: str) -> None:
    if bucket["type"] == "system":
        raise invalid("system buckets cannot be renamed")
    _check_name(name)
    if call.database.find("bucket", org=bucket["orgID"], name=name):
        raise conflict("bucket name is not unique")


@route("GET", PATH)
def buckets(call: Call) -> Response:
    """A page of buckets; what may not be read is left out after the page is cut."""
    page = Page(call, PATH, {"name": "bucket", **FILTERS})
    found = _matching(call, page)
    shown = [BUCKET.view(call, bucket) for bucket in found if BUCKET.readable(call, bucket)]
    return json_answer({"links": page.links(len(shown)), "buckets": shown})


def _matching(call: Call, page: Page) -> list[Document]:
    org_id, org, name, bucket_id = (call.query.get(key) for key in ("orgID", "org", "name", "id"))
    org_id = parse_id(org_id) if org_id else None
    if bucket_id:
        return [BUCKET.find(call, parse_id(bucket_id))]
    if org_id is None and org:
        org_id = str(call.org_by_name(org)["id"])
    if name and org_id:
        found = call.database.find("bucket", org=org_id, name=name)
        if not found:
            raise not_found(f"bucket {quoted(name)} not found")
        return found
    if org_id:
        return _after(call.database.page("bucket", org_id, page.descending), page)
    return page.cut(page.by_id(call.database.find("bucket", name=name or None)))


def _after(found: list[Document], page: Page) -> list[Document]:
    """What follows a bucket; nothing when it is not there, or among what the offset leaves out."""
    found = found[page.skipped :]
    if page.after is not None:
        places = [place for place, bucket in enumerate(found) if bucket["id"] == page.after]
        found = found[places[0] + 1 :] if places else []
    return found[: page.limit]
