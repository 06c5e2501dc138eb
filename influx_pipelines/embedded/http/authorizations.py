"""API tokens: shown once, stored as a hash."""

from __future__ import annotations

import contextlib

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    invalid,
    json_answer,
    not_found,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, now_text, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.orgs import ORG
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.users import USER
from influx_pipelines.embedded.permissions import RESOURCES, hashed, new_token, path_of

PATH = "/api/v2/authorizations"


def _finish(call: Call, shown: Document) -> Document:
    del shown["labels"]
    shown["links"]["user"] = f"/api/v2/users/{shown['userID']}"
    for kind in (ORG, USER):
        shown[kind.name] = kind.find(call, shown[f"{kind.name}ID"])["name"]
    permissions = [{**p, "resource": _named(call, p["resource"])} for p in shown["permissions"]]
    return {**shown, "token": "", "permissions": permissions}


class _TokenKind(Kind):
    """Whoever handles a token needs the same right on the user behind it."""

    __slots__ = ()

    def need(self, call: Call, action: str, document: Document) -> None:
        """Ask for a permission on a token.

        Raises:
            Fault: 401 naming it.
        """
        Kind.need(self, call, action, document)
        call.need(action, "users", resource=document["userID"])

    def readable(self, call: Call, document: Document, action: str = "read") -> bool:
        """Whether the token may read it."""
        may_user = call.caller.may(action, "users", resource=document["userID"])
        return may_user and Kind.readable(self, call, document, action)


AUTHORIZATION = _TokenKind(
    "authorization",
    PATH,
    "authorizations",
    "authorization not found",
    (),
    compact=False,
    finish=_finish,
).routes("GET", "DELETE")


def _named(call: Call, resource: Document) -> Document:
    """A permission with the current names of what it speaks of."""
    shown = dict(resource)
    kind = {"buckets": "bucket", "orgs": "org", "users": "user"}.get(resource["type"])
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
    resource = asked.object("resource", "influxdb.Resource")
    given = {name: resource.id(name) for name in ("id", "orgID")}
    kept = {"type": resource.text("type")} | {name: i for name, i in given.items() if i}
    return {"action": asked.text("action"), "resource": kept}


def _check(permission: Document) -> None:
    if permission["resource"]["type"] not in (*RESOURCES, "instance"):
        text = "invalid resource type for permission: unknown resource type for permission"
        raise invalid(text)
    if permission["action"] not in ("read", "write"):
        raise invalid("invalid action type for permission: unknown action for permission")


def _text(permission: Document) -> str:
    resource = permission["resource"]
    path = path_of(resource["type"], resource.get("orgID"), resource.get("id"))
    return f"{permission['action']}:{path}"


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new token with no more rights than its maker has."""
    asked = call.json("authorization.postAuthorizationRequest", prefix="invalid json structure: ")
    org_id, user_id = asked.id("orgID"), asked.id("userID") or call.caller.user_id
    texts = {name: asked.text(name) for name in ("status", "description")}
    items = asked.objects("permissions", "influxdb.Permission")
    permissions = [_permission(item) for item in items]
    if not permissions:
        raise invalid("authorization must include permissions")
    for permission in permissions:
        _check(permission)
    if org_id is None:
        raise invalid("org id required: invalid ID")
    if texts["status"] not in ("", "active", "inactive"):
        raise invalid("invalid status: must be active or inactive")
    call.need("write", "authorizations", org=org_id)
    call.need("write", "users", resource=user_id)
    _need_all(call, permissions)
    for permission in permissions:
        if permission["resource"].get("orgID", org_id) != org_id:
            raise invalid(f"permission {_text(permission)} is not for org id {org_id}")
    if call.database.get("org", org_id) is None or call.database.get("user", user_id) is None:
        raise invalid("unable to create token")
    token = new_token()
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


@route("GET", PATH)
def authorizations(call: Call) -> Response:
    """All that may be read, in order of creation, whose user and organisation still exist."""
    query = call.query
    user_id, org_id, wanted = (
        parse_id(query[name]) if query.get(name) else None for name in ("userID", "orgID", "id")
    )
    if not user_id and query.get("user"):
        users = call.database.find("user", name=query["user"])
        if not users:
            raise not_found("user not found")
        user_id = users[0]["id"]
    if not org_id and query.get("org"):
        org_id = str(call.org_by_name(query["org"])["id"])
    if wanted:
        found = [AUTHORIZATION.find(call, wanted)]
    else:
        every = call.database.find("authorization", org=org_id)
        found = [one for one in every if user_id in (None, one["userID"])]
    shown = []
    for document in found:
        with contextlib.suppress(Fault):
            if AUTHORIZATION.readable(call, document):
                shown.append(AUTHORIZATION.view(call, document))
    return json_answer({"links": {"self": PATH}, "authorizations": shown})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another status or description; nothing else of a token can change."""
    asked = call.json("influxdb.AuthorizationUpdate", prefix="", code="internal error")
    document = AUTHORIZATION.find(call, call.id())
    for action in ("read", "write"):
        AUTHORIZATION.need(call, action, document)
    document["status"] = asked.text("status", document["status"]) or "active"
    if document["status"] not in ("active", "inactive"):
        raise invalid("encodeAuthorization: unknown authorization status")
    document["description"] = asked.text("description", document["description"])
    document["updatedAt"] = now_text()
    call.database.rewrite("authorization", document)
    return AUTHORIZATION.answer(call, document)
