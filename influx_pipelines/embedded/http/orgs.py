"""Organisations."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.permissions import new_id

PATH = "/api/v2/orgs"


def create_org(call: Call, name: str, description: str) -> Document:
    """A new organisation with its two system buckets.

    Raises:
        Fault: the name is empty or taken.
    """
    from influx_pipelines.embedded.http.buckets import create_system_buckets

    if not name.strip():
        raise invalid("org name is empty")
    if call.database.find("org", name=name):
        raise conflict(f"organization with name {name} already exists")
    now = now_text()
    org = {"id": new_id(), "name": name, "description": description}
    org.update(createdAt=now, updatedAt=now)
    call.database.put("org", org, name=name)
    create_system_buckets(call, org["id"])
    return view(org)


def view(org: Document) -> Document:
    """An organisation as answers show it."""
    base = f"{PATH}/{org['id']}"
    links = {part: f"{base}/{part}" for part in ("labels", "logs", "members", "owners", "secrets")}
    links["self"] = base
    for part in ("buckets", "dashboards", "tasks"):
        links[part] = f"/api/v2/{part}?org={org['name']}"
    return {"links": links, **org}


@route("GET", PATH)
def orgs(call: Call) -> Response:
    """The organisations that may be read; an unknown name or ID is a 404."""
    name, org_id = call.query.get("org"), call.query.get("orgID")
    if name:
        found = [call.org_by_name(name)]
    elif org_id and _valid(org_id):
        found = [_get(call, org_id.lower())]
    else:
        found = call.database.find("org")
        offset = max(int(call.query.get("offset") or 0), 0)
        limit = int(call.query.get("limit") or 20)
        found = found[offset : offset + limit]
    seen = [view(org) for org in found if call.caller.may("read", "orgs", resource=org["id"])]
    return json_answer({"links": {"self": PATH}, "orgs": seen})


def _valid(org_id: str) -> bool:
    try:
        parse_id(org_id)
    except Fault:
        return False
    return True


def _get(call: Call, org_id: str) -> Document:
    found = call.database.get("org", org_id)
    if found is None:
        raise not_found("organization not found")
    return found


@route("POST", PATH)
def create(call: Call) -> Response:
    """A new organisation."""
    asked = call.json()
    call.need("write", "orgs")
    with call.service.lock, call.database.writing():
        org = create_org(call, str(asked.get("name") or ""), str(asked.get("description") or ""))
    return json_answer(org, 201)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One organisation."""
    org_id = call.id()
    call.need("read", "orgs", resource=org_id)
    return json_answer(view(_get(call, org_id)))


@route("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or description."""
    org_id, asked = call.id(), call.json()
    call.need("write", "orgs", resource=org_id)
    with call.service.lock:
        org = _get(call, org_id)
        name = str(asked.get("name", org["name"]))
        if not name.strip():
            raise invalid("org name is empty")
        if name != org["name"] and call.database.find("org", name=name):
            raise conflict(f"organization with name {name} already exists")
        org.update(name=name, description=asked.get("description", org["description"]))
        org["updatedAt"] = now_text()
        call.database.put("org", org, name=name)
    return json_answer(view(org))


@route("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The organisation with its buckets, mappings, tokens and labels."""
    org_id = call.id()
    call.need("write", "orgs", resource=org_id)
    with call.service.lock, call.database.writing():
        if call.database.get("org", org_id) is None:
            text = f"error deleting organization id: {org_id}: organization not found"
            raise not_found(text)
        for bucket in call.database.find("bucket", org=org_id):
            call.service.points.drop_bucket(bucket["id"])
        for kind in ("bucket", "dbrp", "authorization", "label"):
            for document in call.database.find(kind, org=org_id):
                call.database.remove(kind, document["id"])
        call.database.remove("org", org_id)
    return no_content()
