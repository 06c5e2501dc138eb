"""Configurations of Telegraf, kept as they are."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, invalid
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/telegrafs"
TELEGRAF = Kind("telegraf", PATH, "telegrafs", "telegraf configuration not found")
TELEGRAF.routes("DELETE")
serve_members(TELEGRAF)


def _content(asked: Body) -> Document:
    if not asked.text("name"):
        raise Fault("internal error", "An internal error has occurred - check server logs")
    buckets = asked.object("metadata").texts("buckets")
    content: Document = {name: asked.text(name) for name in ("name", "description", "config")}
    content["metadata"] = {"buckets": buckets}
    return {name: value for name, value in content.items() if value or name == "config"}


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new configuration."""
    asked = call.json(prefix="")
    org_id = asked.id("orgID")
    if org_id is None:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "telegrafs", org=org_id)
    document = {"id": call.service.next_id(), "orgID": org_id, **_content(asked)}
    TELEGRAF.put(call, document)
    return TELEGRAF.answer(call, document, 201)


@route("GET", PATH)
def telegrafs(call: Call) -> Response:
    """All that may be read."""
    org_id = call.query.get("orgID")
    found = call.database.find("telegraf", org=parse_id(org_id) if org_id else None)
    shown = [TELEGRAF.view(call, one) for one in found if TELEGRAF.readable(call, one)]
    return TELEGRAF.reply({"configurations": shown})


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """The configuration as TOML, unless JSON is asked for."""
    document = TELEGRAF.get(call, "read")
    if "application/json" in call.headers.get("accept", ""):
        return TELEGRAF.answer(call, document)
    return Response(document["config"], media_type="application/toml; charset=utf-8")


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Another content."""
    document, asked = TELEGRAF.get(call, "write"), call.json(prefix="")
    kept: Document = {
        name: document[name] for name in ("id", "orgID", "labelIDs") if name in document
    }
    document = {**kept, **_content(asked)}
    TELEGRAF.put(call, document)
    return TELEGRAF.answer(call, document)
