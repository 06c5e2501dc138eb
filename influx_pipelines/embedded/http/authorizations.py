"""API tokens: shown once, stored as a hash."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.permissions import RESOURCES, hashed, new_token, path_of

PATH = "/api/v2/authorizations"
_STRUCTURE = "invalid json structure: "


def _finish(call: Call, shown: Document) -> Document:
    del shown["labels"]
    shown["links"]["user"] = f"/api/v2/users/{shown['userID']}"
    for kind in ("org", "user"):
        if named := call.database.get(kind, shown[f"{kind}ID"]):
            shown[kind] = named["name"]
    permissions = [{**p, "resource": _named(call, p["resource"])} for p in shown["permissions"]]
    return {**shown, "token": "", "permissions": permissions}


AUTHORIZATION = Kind(
    "authorization",
    PATH,
    "authorizations",
    "authorization not found",
    (),
    compact=False,
    finish=_finish,
)


def _named(call: Call, resource: Document) -> Document:
    """A permission with the current names of what it speaks of."""
    shown = dict(resource)
    kind = {"buckets": "bucket", "orgs": "org"}.get(resource["type"])
    if kind and resource.get("id"):
        named = call.database.get(kind, resource["id"])
        if named is None:  # a permission for what is gone names nothing
            return shown
        shown["name"] = named["name"]
    if org := call.database.get("org", resource.get("orgID", "")):
        shown["org"] = org["name"]
    return shown


def _permission(asked: Body) -> Document:
    """One permission of a request: a name without an ID counts for nothing."""
    resource = asked.object("resource")
    if resource.text("type") not in (*RESOURCES, "instance"):
        text = "invalid resource type for permission: unknown resource type for permission"
        raise invalid(text)
    if asked.get("action") not in ("read", "write"):
        raise invalid("invalid action type for permission: unknown action for permission")
    kept: Document = {"type": resource["type"]}
    for name in ("id", "orgID"):
        if found := resource.id(name):
            kept[name] = found
    return {"action": asked["action"], "resource": kept}


def _text(permission: Document) -> str:
    resource = permission["resource"]
    path = path_of(resource["type"], resource.get("orgID"), resource.get("id"))
    return f"{permission['action']}:{path}"


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new token with no more rights than its maker has."""
    asked = call.json(prefix=_STRUCTURE)
    org_id = asked.id("orgID")
    permissions = [_permission(entry) for entry in asked.objects("permissions")]
    if asked.get("status") not in (None, "", "active", "inactive"):
        raise invalid("invalid status: must be active or inactive")
    if org_id is None:
        raise invalid("org id required: invalid ID")
    if not permissions:
        raise invalid("authorization must include permissions")
    for permission in permissions:
        if permission["resource"].get("orgID", org_id) != org_id:
            raise invalid(f"permission {_text(permission)} is not for org id {org_id}")
    user_id = asked.id("userID") or call.caller.user_id
    call.need("write", "authorizations", org=org_id)
    call.need("write", "users", resource=user_id)
    _need_all(call, permissions)
    if call.database.get("org", org_id) is None or call.database.get("user", user_id) is None:
        raise invalid("unable to create token")
    token = new_token()
    texts = {name: asked.text(name) for name in ("status", "description")}
    document = new_authorization(call, org_id, user_id, permissions, token, **texts)
    return json_answer({**AUTHORIZATION.view(call, document), "token": token}, 201)


def new_authorization(
    call: Call,
    org_id: str,
    user_id: str,
    permissions: list[Document],
    token: str,
    *,
    status: str,
    description: str,
) -> Document:
    """Store a token by its hash."""
    now = now_text()
    document = {
        "id": call.service.next_id(),
        "orgID": org_id,
        "userID": user_id,
        "status": status or "active",
        "description": description,
        "permissions": permissions,
        "createdAt": now,
        "updatedAt": now,
    }
    call.database.put("authorization", document, org=org_id, name=hashed(token))
    return document


def _need_all(call: Call, permissions: list[Document]) -> None:
    for permission in permissions:
        resource = permission["resource"]
        if not call.caller.may(
            permission["action"],
            resource["type"],
            org=resource.get("orgID"),
            resource=resource.get("id"),
        ):
            path = _text(permission)
            raise Fault("forbidden", f"permission {path} is not allowed: {path} is unauthorized")


def _visible(call: Call, document: Document) -> bool:
    """Whether the token and the user behind it may be read, and that user still exists."""
    user_id = document["userID"]
    return (
        AUTHORIZATION.readable(call, document)
        and call.caller.may("read", "users", resource=user_id)
        and call.database.get("user", user_id) is not None
    )


@route("GET", PATH)
def authorizations(call: Call) -> Response:
    """All that may be read, in order of creation; not paged."""
    query = call.query
    org_id = parse_id(query["orgID"]) if query.get("orgID") else None
    user_id = parse_id(query["userID"]) if query.get("userID") else None
    if not org_id and query.get("org"):
        org_id = call.org_by_name(query["org"])["id"]
    if not user_id and query.get("user"):
        users = call.database.find("user", name=query["user"])
        if not users:
            raise not_found("user not found")
        user_id = users[0]["id"]
    wanted = parse_id(query["id"]) if query.get("id") else None
    found = [
        AUTHORIZATION.view(call, document)
        for document in call.database.find("authorization", org=org_id)
        if user_id in (None, document["userID"])
        and wanted in (None, document["id"])
        and _visible(call, document)
    ]
    return json_answer({"links": {"self": PATH}, "authorizations": found})


def _get(call: Call, action: str) -> Document:
    document = AUTHORIZATION.get(call, action)
    call.need(action, "users", resource=document["userID"])
    return document


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One token, without its secret."""
    return AUTHORIZATION.answer(call, _get(call, "read"))


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another status or description; nothing else of a token can change."""
    document = _get(call, "write")
    asked = call.json(prefix="")
    if asked.get("status") not in (None, "active", "inactive"):
        raise invalid("encodeAuthorization: unknown authorization status")
    document["status"] = asked.get("status") or document["status"]
    document["description"] = asked.text("description", document["description"])
    document["updatedAt"] = now_text()
    call.database.rewrite("authorization", document)
    return AUTHORIZATION.answer(call, document)


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The token works no longer."""
    call.database.remove("authorization", _get(call, "write")["id"])
    return no_content()
