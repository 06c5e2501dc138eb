"""Members and owners of a document."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, invalid, no_content, not_found
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.users import USER


def serve_members(kind: Kind) -> None:
    """Register `/members` and `/owners` below the documents of a kind."""
    for role in ("member", "owner"):
        _serve(kind, role, f"{kind.path}/{{id}}/{role}s")


def _serve(kind: Kind, role: str, path: str) -> None:
    def shown(call: Call, user: Document) -> Document:
        found = {"role": role, **USER.view(call, user)}
        if kind.compact:
            found["links"]["logs"] = f"{found['links']['self']}/logs"
        return found

    @route("GET", path)
    def users(call: Call) -> Response:
        document = kind.above(call)
        if not kind.compact:
            _need_org(call, kind, document)
        roles = document.get("roles", {})
        ids = sorted(user for user in roles if roles[user] == role)
        readable = not ids or kind.readable(call, document)
        found = (call.database.get("user", user) for user in ids if readable)
        links = {"self": path.format(id=document["id"])}
        return kind.reply({"links": links, "users": [shown(call, user) for user in found if user]})

    @change("POST", path)
    def add(call: Call) -> Response:
        document = kind.above(call)
        user_id = call.json("influxdb.User", prefix="", code="internal error").id("id")
        if user_id is None:
            raise invalid("user id missing or invalid")
        user = USER.find(call, user_id)
        document = kind.find(call, document["id"])
        kind.need(call, "write", document)
        if user_id in document.get("roles", {}):
            text = f"mapping for user {user_id} already exists"
            message = f"Unexpected error when assigning user to a resource: {text}"
            raise Fault("internal error", message)
        document.setdefault("roles", {})[user_id] = role
        call.database.rewrite(kind.name, document)
        return kind.reply(shown(call, user), 201)

    @change("DELETE", f"{path}/{{user}}")
    def remove(call: Call) -> Response:
        document, user_id = kind.above(call), call.id("user")
        if user_id in document.get("roles", {}):  # whatever the role
            kind.need(call, "write", document)
            del document["roles"][user_id]
            call.database.rewrite(kind.name, document)
        return no_content()


def _need_org(call: Call, kind: Kind, document: Document) -> None:
    org_id = document.get("orgID", document["id"])
    if not call.caller.may("read", "orgs", resource=org_id):
        raise not_found("not found")
