"""Buckets: names, retention, lists by page."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import conflict, invalid, json_answer, not_found
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import FILTERS, Page
from influx_pipelines.embedded.http.retention import new_rules, patched_rules
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
    """The points and the mappings go with it; a system bucket stays whole."""
    from influx_pipelines.embedded.http.dbrps import remove_mapping

    if bucket["type"] == "system":
        raise invalid("system buckets cannot be deleted")
    call.service.points.drop_bucket(bucket["id"])
    for mapping in call.database.find("dbrp", org=bucket["orgID"]):
        if mapping["bucketID"] == bucket["id"]:
            remove_mapping(call, mapping)


BUCKET = Kind(
    "bucket", PATH, "buckets", "bucket not found", compact=False, finish=_finish, removed=_removed
).routes("GET", "DELETE")
serve_members(BUCKET)


def create_system_buckets(call: Call, org_id: str) -> None:
    """The two that every organisation has."""
    for name, seconds, description in SYSTEM:
        rules = new_rules([Body({"everySeconds": seconds})])
        _store_new(call, org_id, name, rules, kind="system", description=description)


def create_bucket(
    call: Call, org_id: str, name: str, description: str, rules: list[Body], rp: str = ""
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
    BUCKET.put(call, bucket)
    return bucket


def _check_name(name: str) -> None:
    if name.startswith("_"):
        raise invalid(f"bucket name {name} is invalid. Buckets may not start with underscore")
    if '"' in name:
        text = f"bucket name {name} is invalid. Bucket names may not include quotation marks"
        raise invalid(text)


def readable(call: Call, bucket: Document) -> bool:
    """Whether the token may list it; a system bucket takes the right to read the organisation."""
    if bucket["type"] == "system":
        return call.caller.may("read", "orgs", org=bucket["orgID"], resource=bucket["orgID"])
    return BUCKET.readable(call, bucket)


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new bucket."""
    asked = call.json()
    org_id = asked.id("orgID")
    if org_id is None:
        raise invalid("organization id must be provided")
    call.need("write", "buckets", org=org_id)
    if call.database.get("org", org_id) is None:
        raise not_found("organization not found")
    texts = [asked.text(name) for name in ("name", "description", "rp")]
    rules = asked.objects("retentionRules")
    bucket = create_bucket(call, org_id, texts[0], texts[1], rules, texts[2])
    return BUCKET.answer(call, bucket, 201)


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or retention; a refused change changes nothing."""
    asked, bucket = call.json(), BUCKET.get(call, "write")
    name = asked.text("name", bucket["name"])
    if name != bucket["name"]:
        _check_rename(call, bucket, name)
    rules = patched_rules(bucket["retentionRules"], asked.objects("retentionRules"))
    bucket.update(name=name, retentionRules=rules, updatedAt=now_text())
    if "description" in asked:
        bucket.pop("description", None)
        bucket.update({"description": text} if (text := asked.text("description")) else {})
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
    found = page.cut(_matching(call, page))
    shown = [BUCKET.view(call, bucket) for bucket in found if readable(call, bucket)]
    return json_answer({"links": page.links(len(shown)), "buckets": shown})


def _matching(call: Call, page: Page) -> list[Document]:
    org_id, org, name = (call.query.get(key) for key in ("orgID", "org", "name"))
    if bucket_id := call.query.get("id"):
        return [BUCKET.find(call, parse_id(bucket_id))]
    if org_id:
        org_id = parse_id(org_id)
    elif org:
        org_id = call.org_by_name(org)["id"]
    if name:
        found = call.database.find("bucket", org=org_id or None, name=name)
        if not found and org_id:
            raise not_found(f'bucket "{name}" not found')
        return found
    if org_id:
        found = call.database.page("bucket", org_id, page.descending)
    else:
        found = sorted(call.database.find("bucket"), key=_id, reverse=page.descending)
    return found if page.after is None else _after(found, page.after)


def _id(bucket: Document) -> str:
    return str(bucket["id"])


def _after(found: list[Document], after: str) -> list[Document]:
    """What follows a bucket; nothing when it is no longer there."""
    places = [place for place, bucket in enumerate(found) if bucket["id"] == after]
    return found[places[0] + 1 :] if places else []
