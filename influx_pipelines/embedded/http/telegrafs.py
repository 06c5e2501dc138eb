"""Configurations of Telegraf, kept as they are."""

from __future__ import annotations

import re
import tomllib
from urllib.parse import quote

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import HIDDEN, Fault, failing, invalid, refused
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/telegrafs"
TELEGRAF = Kind("telegraf", PATH, "telegrafs", "telegraf configuration not found", reads_first=True)
TELEGRAF.routes("DELETE")
serve_members(TELEGRAF)
_KEPT = ("id", "orgID", "labelIDs", "roles")
_TOML, _BYTES = "application/toml", "application/octet-stream"


def _asked(call: Call) -> Document:
    """The content that a request brings, with the buckets of its outputs."""
    asked = call.json("influxdb.telegrafConfigDecode", prefix="", code="internal error")
    if asked.get("plugins"):
        raise refused("a telegraf configuration made of plugins")
    content: Document = {name: asked.text(name) for name in ("name", "description", "config")}
    content["orgID"] = asked.id("orgID") or asked.id("organizationID")
    content["metadata"] = asked.object("metadata").fields or _buckets(content["config"])
    if not content["name"]:
        raise Fault("internal error", HIDDEN)
    return {name: value for name, value in content.items() if value}


def _buckets(config: str) -> Document:
    try:
        outputs = tomllib.loads(config).get("outputs", {}).get("influxdb_v2", [])
        return {"buckets": [one["bucket"] for one in outputs if one.get("bucket")]}
    except (ValueError, AttributeError, TypeError):
        raise Fault("internal error", HIDDEN) from None


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new configuration."""
    document = {"id": call.service.next_id(), **_asked(call)}
    if "orgID" not in document:
        raise invalid("invalid org id for permission: invalid ID")
    call.need("write", "telegrafs", org=document["orgID"])
    TELEGRAF.put(call, document)
    return TELEGRAF.answer(call, document, 201)


@route("GET", PATH)
def telegrafs(call: Call) -> Response:
    """All that may be read; the name of an organisation is not looked at."""
    org_id = call.query.get("orgID")
    with failing("orgID is invalid"):
        found = call.database.find("telegraf", org=parse_id(org_id) if org_id else None)
    shown = [TELEGRAF.view(call, one) for one in found if TELEGRAF.readable(call, one)]
    return TELEGRAF.reply({"configurations": shown})


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """The configuration as TOML, unless JSON or bytes are asked for."""
    document = TELEGRAF.get(call, "read")
    wanted = _preferred(call.headers.get("accept", ""))
    if wanted == "application/json":
        return TELEGRAF.answer(call, document)
    headers = {"Content-Type": _BYTES if wanted == _BYTES else f"{_TOML}; charset=utf-8"}
    if wanted == _BYTES:
        name = document["name"].strip().replace(" ", "_")
        headers["Content-Disposition"] = f'attachment; filename="{quote(name)}.toml"'
    return Response(document.get("config", ""), headers=headers)


def _preferred(accept: str) -> str:
    """The one of three types that is liked best; of equals the first."""
    weights: dict[str, float] = {}
    for part in accept.split(","):
        name, *options = (word.strip() for word in part.split(";"))
        weight = next((option[2:] for option in options if option.startswith("q=")), "1")
        weights[name] = float(weight) if re.fullmatch(r"[01](\.\d*)?", weight) else 0

    def liking(offer: str) -> tuple[float, int]:
        ranges = ("*/*", "application/*", offer)  # of equal weight the narrowest counts
        return max((weights.get(name, 0.0), place) for place, name in enumerate(ranges))

    return max((_TOML, "application/json", _BYTES), key=liking)


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Another content."""
    content, document = _asked(call), TELEGRAF.get(call, "write")
    kept = {name: document[name] for name in _KEPT if name in document}
    document = {**content, **kept}
    TELEGRAF.put(call, document)
    return TELEGRAF.answer(call, document)
