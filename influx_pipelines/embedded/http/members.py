"""Members and owners of a document."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, invalid, json_answer, no_content
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.users import USER


def serve_members(kind: Kind) -> None:
    """Register `/members` and `/owners` below the documents of a kind."""
    for role in ("member", "owner"):
        _serve(kind, role, f"{kind.path}/{{id}}/{role}s")


def _serve(kind: Kind, role: str, path: str) -> None:
    @route("GET", path)
    def users(call: Call) -> Response:
        document = kind.nested(call)
        found = [_shown(call, user, role) for user in _ids(document, role)]
        links = {"self": path.format(id=document["id"])}
        return json_answer({"links": links, "users": [user for user in found if user]})

    @change("POST", path)
    def add(call: Call) -> Response:
        document = kind.nested(call, "write")
        user_id = call.json().id("id")
        if user_id is None:
            raise invalid("user id missing or invalid")
        user = USER.find(call, user_id)
        if user_id in document.get("roles", {}):
            text = f"mapping for user {user_id} already exists"
            message = f"Unexpected error when assigning user to a resource: {text}"
            raise Fault("internal error", message)
        document.setdefault("roles", {})[user_id] = role
        call.database.rewrite(kind.name, document)
        return json_answer({"role": role, **USER.view(call, user)}, 201)

    @change("DELETE", f"{path}/{{user}}")
    def remove(call: Call) -> Response:
        document, user_id = kind.nested(call, "write"), call.id("user")
        if document.get("roles", {}).get(user_id) == role:
            del document["roles"][user_id]
            call.database.rewrite(kind.name, document)
        return no_content()


def _ids(document: Document, role: str) -> list[str]:
    return [user for user, has in document.get("roles", {}).items() if has == role]


def _shown(call: Call, user_id: str, role: str) -> Document | None:
    user = call.database.get("user", user_id)
    return {"role": role, **USER.view(call, user)} if user else None
