"""Labels."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.call import Call, body_id, parse_id
from influx_pipelines.embedded.http.routing import route

PATH = "/api/v2/labels"


def label_views(call: Call, ids: list[str]) -> list[Document]:
    """The labels of these IDs that still exist."""
    found = (call.database.get("label", label_id) for label_id in ids)
    return [label for label in found if label is not None]


def _shown(label: Document, status: int = 200) -> Response:
    return json_answer({"links": {"self": f"{PATH}/{label['id']}"}, "label": label}, status)


def _check_free(call: Call, org_id: str, name: str, own: str = "") -> None:
    for label in call.database.find("label", org=org_id):
        if label["name"].lower() == name.lower() and label["id"] != own:
            raise conflict(f"label with name {name} already exists")


@route("POST", PATH)
def create(call: Call) -> Response:
    """A new label; names are trimmed and unique without regard to case."""
    asked = call.json()
    org_id, name = body_id(asked.get("orgID")), str(asked.get("name") or "").strip()
    if not name:
        raise invalid("label name is required")
    if org_id is None:
        raise invalid("orgID is required")
    call.need("write", "labels", org=org_id)
    label: dict[str, Any] = {"id": call.service.next_id(), "orgID": org_id, "name": name}
    if asked.get("properties"):
        label["properties"] = asked["properties"]
    with call.service.lock:
        _check_free(call, org_id, name)
        call.database.put("label", label, org=org_id, name=name)
    return _shown(label, 201)


@route("GET", PATH)
def labels(call: Call) -> Response:
    """All labels that may be read, in order of making."""
    name, org_id = call.query.get("name"), call.query.get("orgID")
    org = parse_id(org_id) if org_id and len(org_id) == 16 else None
    found = [
        label
        for label in call.database.find("label", org=org)
        if (not name or label["name"] == name)
        and call.caller.may("read", "labels", org=label["orgID"], resource=label["id"])
    ]
    return json_answer({"links": {"self": PATH}, "labels": found})


def _get(call: Call, action: str) -> Document:
    label = call.database.get("label", call.id())
    if label is None:
        raise not_found("label not found")
    call.need(action, "labels", org=label["orgID"], resource=label["id"])
    return label


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One label."""
    return _shown(_get(call, "read"))


@route("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name; properties are merged, an empty text removes one."""
    label, asked = _get(call, "write"), call.json()
    with call.service.lock:
        if name := str(asked.get("name") or "").strip():
            _check_free(call, label["orgID"], name, label["id"])
            label["name"] = name
        merged = {**label.pop("properties", {}), **(asked.get("properties") or {})}
        if kept := {key: text for key, text in merged.items() if text}:
            label["properties"] = kept
        call.database.put("label", label, org=label["orgID"], name=label["name"])
    return _shown(label)


@route("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """The label leaves everything that it was on."""
    label = _get(call, "write")
    call.database.remove("label", label["id"])
    return no_content()
