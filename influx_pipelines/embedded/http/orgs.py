"""Organisations."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    failing,
    invalid,
    json_answer,
    no_content,
)
from influx_pipelines.embedded.http.buckets import create_system_buckets, drop_bucket
from influx_pipelines.embedded.http.call import Call, as_id, now_text
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.permissions import new_id
from influx_pipelines.embedded.tasks.tasks import delete_task

PATH = "/api/v2/orgs"
NESTED = ("labels", "logs", "members", "owners", "secrets")


def _finish(call: Call, shown: Document) -> Document:
    del shown["labels"]
    for part in ("buckets", "dashboards", "tasks"):
        shown["links"][part] = f"/api/v2/{part}?org={shown['name']}"
    return shown


ORG = Kind(
    "org",
    PATH,
    "orgs",
    "organization not found",
    NESTED,
    compact=False,
    judged_first=True,
    finish=_finish,
)
serve_members(ORG)


def create_org(call: Call, name: str, description: str, owner: str) -> Document:
    """A new organisation with its two system buckets; `owner` is a user's ID.

    Raises:
        Fault: the name is empty or taken.
    """
    _check_name(call, name)
    now = now_text()
    org: Document = {"id": new_id(), "name": name, "description": description}
    org.update(createdAt=now, updatedAt=now, roles={owner: "owner"})
    call.database.put("org", org, name=name.strip())
    create_system_buckets(call, org["id"])
    return org


def _check_name(call: Call, name: str) -> None:
    if not name.strip():
        raise invalid("org name is empty")
    if call.database.find("org", name=name.strip()):
        raise conflict(f"organization with name {name} already exists")


@route("GET", PATH)
def orgs(call: Call) -> Response:
    """The organisations that may be read; an unknown name or ID is a 404."""
    page, name = Page(call, PATH), call.query.get("org")
    org_id, user_id = (as_id(call.query.get(key, "")) for key in ("orgID", "userID"))
    if org_id:
        found = [ORG.find(call, org_id)]
    elif name:
        found = [call.org_by_name(name)]
    else:
        if not call.caller.may("read", "orgs"):
            user_id = user_id or call.caller.user_id
        found = sorted(call.database.find("org"), key=lambda org: str(org["id"]))
        found = page.cut([org for org in found if not user_id or user_id in org["roles"]])
    seen = [ORG.view(call, org) for org in found if ORG.readable(call, org)]
    return json_answer({"links": {"self": PATH}, "orgs": seen})


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new organisation, owned by the user behind the token."""
    asked = call.json("influxdb.Organization")
    name, description = asked.text("name"), asked.text("description")
    call.need("write", "orgs")
    org = create_org(call, name, description, call.caller.user_id)
    return ORG.answer(call, org, 201)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One organisation."""
    return ORG.answer(call, ORG.get(call, "read"))


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or description."""
    asked = call.json("influxdb.OrganizationUpdate")
    texts = asked.given("name", "description")
    org = ORG.get(call, "write")
    if texts.get("name", org["name"]) != org["name"]:
        _check_name(call, texts["name"])
    org.update(texts, updatedAt=now_text())
    call.database.put("org", org, name=org["name"].strip())
    return ORG.answer(call, org)


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The organisation with its buckets, secrets and tasks; all else of it stays."""
    org_id = call.id()
    call.need("write", "orgs", resource=org_id)
    with failing(f"error deleting organization id: {org_id}"):
        ORG.remove(call, ORG.find(call, org_id))
    for bucket in call.database.find("bucket", org=org_id):
        drop_bucket(call, bucket)
    for key in call.database.names("secret", org_id):
        call.database.remove("secret", f"{org_id}/{key}")
    for task in call.database.find("task", org=org_id):
        delete_task(call.service, task)
    return no_content()
