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
from influx_pipelines.embedded.http.buckets import BUCKET, create_system_buckets
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.permissions import new_id

PATH = "/api/v2/orgs"
NESTED = ("labels", "logs", "members", "owners", "secrets")


def _finish(call: Call, shown: Document) -> Document:
    del shown["labels"]
    for part in ("buckets", "dashboards", "tasks"):
        shown["links"][part] = f"/api/v2/{part}?org={shown['name']}"
    return shown


ORG = Kind("org", PATH, "orgs", "organization not found", NESTED, compact=False, finish=_finish)
serve_members(ORG)


def create_org(call: Call, name: str, description: str, owner: str) -> Document:
    """A new organisation with its two system buckets; `owner` is a user's ID.

    Raises:
        Fault: the name is empty or taken.
    """
    if not name.strip():
        raise invalid("org name is empty")
    if call.database.find("org", name=name):
        raise conflict(f"organization with name {name} already exists")
    now = now_text()
    org: Document = {"id": new_id(), "name": name, "description": description}
    org.update(createdAt=now, updatedAt=now, roles={owner: "owner"})
    call.database.put("org", org, name=name)
    create_system_buckets(call, org["id"])
    return org


@route("GET", PATH)
def orgs(call: Call) -> Response:
    """The organisations that may be read; an unknown name or ID is a 404."""
    name, org_id = call.query.get("org"), call.query.get("orgID")
    if name:
        found = [call.org_by_name(name)]
    elif org_id and _valid(org_id):
        found = [ORG.find(call, org_id.lower())]
    else:
        found = Page(call, PATH).cut(call.database.find("org"))
    seen = [ORG.view(call, org) for org in found if ORG.readable(call, org)]
    return json_answer({"links": {"self": PATH}, "orgs": seen})


def _valid(org_id: str) -> bool:
    try:
        parse_id(org_id)
    except Fault:
        return False
    return True


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new organisation, owned by the user behind the token."""
    asked = call.json()
    call.need("write", "orgs")
    name, description = asked.text("name"), asked.text("description")
    org = create_org(call, name, description, call.caller.user_id)
    return ORG.answer(call, org, 201)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One organisation; the permission is judged before whether it exists."""
    return ORG.answer(call, _allowed(call, "read"))


def _allowed(call: Call, action: str) -> Document:
    org_id = call.id()
    call.need(action, "orgs", resource=org_id)
    return ORG.find(call, org_id)


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or description."""
    asked, org = call.json(), _allowed(call, "write")
    name = asked.text("name", org["name"])
    if not name.strip():
        raise invalid("org name is empty")
    if name != org["name"] and call.database.find("org", name=name):
        raise conflict(f"organization with name {name} already exists")
    org.update(name=name, description=asked.text("description", org["description"]))
    org["updatedAt"] = now_text()
    call.database.put("org", org, name=name)
    return ORG.answer(call, org)


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The organisation with all that is in it."""
    try:
        org_id = str(_allowed(call, "write")["id"])
    except Fault as fault:
        if fault.code != "not found":
            raise
        text = f"error deleting organization id: {call.id()}: {fault.message}"
        raise not_found(text) from None
    for bucket in call.database.find(BUCKET.name, org=org_id):
        call.service.points.drop_bucket(bucket["id"])
    call.database.remove_org(org_id)
    return no_content()
