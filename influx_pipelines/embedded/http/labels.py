"""Labels."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import conflict, invalid, json_answer
from influx_pipelines.embedded.http.call import Call, as_id
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


@change("POST", LABELS)
def create(call: Call) -> Response:
    """A new label; names are trimmed and unique without regard to case."""
    asked = call.json("influxdb.Label")
    org_id, name = asked.id("orgID"), asked.text("name")
    properties = asked.text_map("properties")
    if not name:
        raise invalid("label name is required")
    if org_id is None:
        raise invalid("orgID is required")
    call.need("write", "labels", org=org_id)
    label = {"id": call.service.next_id(), "orgID": org_id, "name": name.strip()}
    _check_free(call, org_id, label["name"])
    return _stored(call, label, properties, 201)


def _stored(call: Call, label: Document, properties: dict[str, str], status: int = 200) -> Response:
    shown = {**label, "properties": properties} if properties else label
    LABEL.put(call, shown)
    return LABEL.answer(call, shown, status)


@route("GET", LABELS)
def labels(call: Call) -> Response:
    """All labels that may be read, in order of making."""
    name, org_id = call.query.get("name", ""), as_id(call.query.get("orgID", ""))
    found = [
        label
        for label in call.database.find("label", org=org_id)
        if (not name or label["name"].lower() == name.lower()) and LABEL.readable(call, label)
    ]
    return json_answer({"links": {"self": LABELS}, "labels": found})


@change("PATCH", LABELS + "/{id}")
def update(call: Call) -> Response:
    """Another name; properties are merged, an empty text removes one."""
    asked = call.json("influxdb.LabelUpdate", prefix="", code="internal error")
    name, given = asked.text("name"), asked.text_map("properties")
    label = LABEL.get(call, "write")
    properties = {k: v for k, v in label.pop("properties", {}).items() if k not in given}
    properties |= {key: text for key, text in given.items() if text}
    if name:
        label["name"] = name.strip()
        _check_free(call, label["orgID"], label["name"], label["id"])
        if not label["name"]:
            raise invalid("label name is required")
    return _stored(call, label, properties)
