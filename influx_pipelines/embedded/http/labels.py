"""Labels."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import conflict, invalid, json_answer
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.documents import LABELS, Kind
from influx_pipelines.embedded.http.routing import change, route


def _finish(call: Call, shown: Document) -> Document:
    del shown["labels"]
    return {"links": shown.pop("links"), "label": shown}


LABEL = Kind("label", LABELS, "labels", "label not found", (), compact=False, finish=_finish)
LABEL.routes("GET", "DELETE")


def _check_free(call: Call, org_id: str, name: str, own: str = "") -> None:
    for label in call.database.find("label", org=org_id):
        if label["name"].lower() == name.lower() and label["id"] != own:
            raise conflict(f"label with name {name} already exists")


def _properties(asked: Body) -> dict[str, str]:
    properties = asked.object("properties")
    return {name: properties.text(name) for name in properties}


@change("POST", LABELS)
def create(call: Call) -> Response:
    """A new label; names are trimmed and unique without regard to case."""
    asked = call.json()
    org_id, name = asked.id("orgID"), asked.text("name").strip()
    if not name:
        raise invalid("label name is required")
    if org_id is None:
        raise invalid("orgID is required")
    call.need("write", "labels", org=org_id)
    label: dict[str, Any] = {"id": call.service.next_id(), "orgID": org_id, "name": name}
    if properties := _properties(asked):
        label["properties"] = properties
    _check_free(call, org_id, name)
    LABEL.put(call, label)
    return LABEL.answer(call, label, 201)


@route("GET", LABELS)
def labels(call: Call) -> Response:
    """All labels that may be read, in order of making."""
    name, org_id = call.query.get("name"), call.query.get("orgID")
    org = parse_id(org_id) if org_id and len(org_id) == 16 else None
    found = [
        label
        for label in call.database.find("label", org=org)
        if (not name or label["name"] == name) and LABEL.readable(call, label)
    ]
    return json_answer({"links": {"self": LABELS}, "labels": found})


@change("PATCH", LABELS + "/{id}")
def update(call: Call) -> Response:
    """Another name; properties are merged, an empty text removes one."""
    label, asked = LABEL.get(call, "write"), call.json()
    if name := asked.text("name").strip():
        _check_free(call, label["orgID"], name, label["id"])
        label["name"] = name
    merged = {**label.pop("properties", {}), **_properties(asked)}
    if kept := {key: text for key, text in merged.items() if text}:
        label["properties"] = kept
    LABEL.put(call, label)
    return LABEL.answer(call, label)
