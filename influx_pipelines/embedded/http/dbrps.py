"""DBRP mappings: physical ones are documents, virtual ones follow from the buckets."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    failing,
    invalid,
    json_answer,
    no_content,
    not_found,
    quoted,
    refused,
)
from influx_pipelines.embedded.http.buckets import BUCKET
from influx_pipelines.embedded.http.call import ANONYMOUS, Call, parse_id
from influx_pipelines.embedded.http.paging import truth
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/dbrps"
_RULE = "must contain at least one character and only be letters, numbers, '_', '-', and '.'"
_STRUCTURE = "invalid json structure: "


def _id(text: str, what: str) -> str:
    with failing(f"invalid {what} ID {quoted(text)}"):
        return parse_id(text)


def _org(call: Call, org_id: str, name: str) -> str:
    """The organisation that every call must name."""
    if org_id:
        return _id(org_id, "org")
    if not name:
        raise invalid("either 'org' or 'orgID' must be provided")
    found = call.database.find("org", name=name.strip())
    if not found:
        raise not_found(f"invalid org {quoted(name)}: organization not found")
    return str(found[0]["id"])


def _org_of_query(call: Call) -> str:
    return _org(call, call.query.get("orgID", ""), call.query.get("org", ""))


def may(call: Call, action: str, mapping: Document) -> bool:
    """Whether the bucket of a mapping may be read or written."""
    return call.caller.may(action, "buckets", org=mapping["orgID"], resource=mapping["bucketID"])


def _need(call: Call, action: str, mapping: Document) -> None:
    """Rights on the bucket decide."""
    call.need(action, "buckets", org=mapping["orgID"], resource=mapping["bucketID"])


def _virtual(bucket: Document) -> Document:
    database, slash, policy = bucket["name"].partition("/")
    return {
        "id": bucket["id"],
        "database": database,
        "retention_policy": policy if slash else "autogen",
        "default": not slash,
        "virtual": True,
        "orgID": bucket["orgID"],
        "bucketID": bucket["id"],
    }


def _physical(mapping: Document) -> Document:
    return {**mapping, "virtual": False}


def _filter(call: Call) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for parameter, name, what in (("id", "id", "DBRP"), ("bucketID", "bucketID", "bucket")):
        if text := call.query.get(parameter):
            wanted[name] = _id(text, what)
    for parameter, name in (("db", "database"), ("rp", "retention_policy")):
        if text := call.query.get(parameter):
            wanted[name] = text
    if text := call.query.get("default"):
        wanted["default"] = truth(text)
        if wanted["default"] is None:
            raise invalid("invalid default parameter")
    return wanted


def list_mappings(call: Call, org_id: str, wanted: dict[str, Any]) -> list[Document]:
    """Physical ones, then virtual ones in order of bucket names.

    What hides a virtual one, or takes its default, is judged among what the filter let through.
    """

    def fits(mapping: Document) -> bool:
        return all(mapping[name] == value for name, value in wanted.items())

    found = [_physical(m) for m in call.database.find("dbrp", org=org_id)]
    found = [m for m in found if fits(m)]
    for bucket in call.database.page("bucket", org_id, descending=False):
        mapping = _virtual(bucket)
        hidden = not BUCKET.readable(call, bucket)
        for other in found:
            if hidden or other["database"] != mapping["database"]:
                continue
            hidden = other["retention_policy"] == mapping["retention_policy"]
            if other["default"] and mapping["default"] and not hidden:
                mapping["default"] = False
                break
        if not hidden and fits(mapping):
            found.append(mapping)
    return found


@route("GET", PATH)
def mappings(call: Call) -> Response:
    """The mappings of an organisation whose buckets may be read."""
    found = list_mappings(call, _org_of_query(call), _filter(call))
    return json_answer({"content": [m for m in found if may(call, "read", m)]})


def _check(mapping: Document) -> None:
    for name, field in (("database", "database"), ("retentionPolicy", "retention_policy")):
        text = mapping[field]
        if text in ("", ".", "..") or re.search(r"[/\\]", text) or not text.isprintable():
            raise invalid(f"DBRP provided is invalid: {name} {_RULE}")


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new mapping; the first of a database is the default whatever was asked."""
    asked = call.json("dbrp.createDBRPRequest", prefix=_STRUCTURE)
    names = ("database", "retention_policy", "org", "orgID", "bucketID")
    texts = {name: asked.text(name) for name in names}
    default = asked.flag("default")
    mapping: Document = {
        "id": call.service.next_id(),
        "database": texts["database"],
        "retention_policy": texts["retention_policy"],
        "orgID": _org(call, texts["orgID"], texts["org"]),
        "bucketID": _id(texts["bucketID"], "bucket"),
    }
    _need(call, "write", mapping)
    _check(mapping)
    BUCKET.need(call, "read", BUCKET.find(call, mapping["bucketID"]))
    _check_free(call, mapping)
    siblings = _siblings(call, mapping)
    mapping["default"] = default or not siblings
    if mapping["default"]:
        _set_default(call, siblings, None)
    _put(call, mapping)
    return json_answer(_physical(mapping), 201)


def _put(call: Call, mapping: Document) -> None:
    call.database.put("dbrp", mapping, org=mapping["orgID"], name=mapping["database"])


def _siblings(call: Call, mapping: Document) -> list[Document]:
    """The other physical mappings of the same database, in order of making."""
    found = call.database.find("dbrp", org=mapping["orgID"], name=mapping["database"])
    return [other for other in found if other["id"] != mapping["id"]]


def _check_free(call: Call, mapping: Document) -> None:
    policies = {other["retention_policy"] for other in _siblings(call, mapping)}
    if mapping["retention_policy"] in policies:
        raise conflict("another DBRP mapping with same orgID, db, and rp exists")


def _set_default(call: Call, mappings: list[Document], chosen: str | None) -> None:
    for mapping in mappings:
        if mapping["default"] != (mapping["id"] == chosen):
            mapping["default"] = mapping["id"] == chosen
            _put(call, mapping)


def _get(call: Call) -> Document:
    """The physical or virtual mapping of the path."""
    mapping_id, org_id = call.id(), _org_of_query(call)
    found = call.database.get("dbrp", mapping_id)
    if found is not None and found["orgID"] == org_id:
        return _physical(found)
    bucket = call.database.get("bucket", mapping_id)
    if bucket is None or not BUCKET.readable(call, bucket):
        raise not_found("unable to find DBRP")
    return _virtual(bucket)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One mapping."""
    mapping = _get(call)
    _need(call, "read", mapping)
    return json_answer({"content": mapping})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another policy name, or the default mark."""
    mapping = _get(call)
    _need(call, "read", mapping)
    asked = call.json(ANONYMOUS, prefix=_STRUCTURE)
    was = mapping["default"]
    shown = {**mapping, "default": asked.flag("default", was)}
    shown["retention_policy"] = asked.text("retention_policy", mapping["retention_policy"])
    _need(call, "write", mapping)
    _check(shown)
    if mapping["virtual"]:
        raise refused("changing a virtual DBRP mapping")
    mapping = {name: value for name, value in shown.items() if name != "virtual"}
    _check_free(call, mapping)
    siblings = _siblings(call, mapping)
    if mapping["default"]:
        _set_default(call, siblings, None)
    elif siblings and was:
        _set_default(call, siblings, siblings[0]["id"])
    else:
        mapping["default"] = was
    _put(call, mapping)
    return json_answer({"content": shown})


def remove_mapping(call: Call, mapping: Document) -> None:
    """Delete a physical mapping; the first one left becomes the default."""
    call.database.remove("dbrp", mapping["id"])
    siblings = _siblings(call, mapping)
    if mapping["default"] and siblings:
        _set_default(call, siblings, siblings[0]["id"])


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """204; for a virtual one too, which stays."""
    mapping = _get(call)
    _need(call, "write", mapping)
    if not mapping["virtual"]:
        remove_mapping(call, mapping)
    return no_content()
