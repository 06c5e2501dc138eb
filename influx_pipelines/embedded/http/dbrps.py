"""DBRP mappings: physical ones are documents, virtual ones follow from the buckets."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
    refused,
)
from influx_pipelines.embedded.http.buckets import readable
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/dbrps"
_RULE = "must contain at least one character and only be letters, numbers, '_', '-', and '.'"


def _id(text: str, what: str) -> str:
    try:
        return parse_id(text)
    except Fault as fault:
        raise invalid(f'invalid {what} ID "{text}": {fault.message}') from None


def _org(call: Call, source: Any) -> str:
    """The organisation that every call must name."""
    if source.get("orgID"):
        return _id(str(source["orgID"]), "org")
    name = source.get("org")
    if not name:
        raise invalid("either 'org' or 'orgID' must be provided")
    found = call.database.find("org", name=str(name))
    if not found:
        raise not_found(f'invalid org "{name}": organization not found')
    return str(found[0]["id"])


def may(call: Call, action: str, mapping: Document) -> bool:
    """Whether the bucket of a mapping may be read or written."""
    return call.caller.may(action, "buckets", org=mapping["orgID"], resource=mapping["bucketID"])


def _need(call: Call, mapping: Document) -> None:
    """Rights on the bucket decide: both read and write."""
    for action in ("write", "read"):
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
    if call.query.get("id"):
        wanted["id"] = _id(call.query["id"], "DBRP")
    if call.query.get("bucketID"):
        wanted["bucketID"] = _id(call.query["bucketID"], "bucket")
    for parameter, name in (("db", "database"), ("rp", "retention_policy")):
        if parameter in call.query:
            wanted[name] = call.query[parameter]
    if "default" in call.query:
        text = call.query["default"].lower()
        if text not in ("true", "false"):
            raise invalid("invalid default parameter")
        wanted["default"] = text == "true"
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
        hidden = not readable(call, bucket)
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
    org_id = _org(call, call.query)
    found = list_mappings(call, org_id, _filter(call))
    return json_answer({"content": [m for m in found if may(call, "read", m)]})


def _valid(text: str) -> bool:
    return (
        bool(text)
        and text not in (".", "..")
        and not re.search(r"[/\\]", text)
        and text.isprintable()
    )


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new mapping; the first of a database is the default whatever was asked."""
    asked = call.json(prefix="invalid json structure: ")
    org_id = _org(call, asked)
    bucket_id = _id(asked.text("bucketID"), "bucket")
    for name, field in (("database", "database"), ("retentionPolicy", "retention_policy")):
        if not _valid(asked.text(field)):
            raise invalid(f"DBRP provided is invalid: {name} {_RULE}")
    mapping = {
        "id": call.service.next_id(),
        "database": asked.text("database"),
        "retention_policy": asked.text("retention_policy"),
        "default": asked.flag("default"),
        "orgID": org_id,
        "bucketID": bucket_id,
    }
    if call.database.get("bucket", bucket_id) is None:
        raise not_found("bucket not found")
    _need(call, mapping)
    _check_free(call, mapping)
    siblings = _siblings(call, mapping)
    mapping["default"] = mapping["default"] or not siblings
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


def _get(call: Call) -> tuple[str, Document]:
    """The organisation and the physical or virtual mapping of the path."""
    org_id, mapping_id = _org(call, call.query), call.id()
    found = call.database.get("dbrp", mapping_id)
    if found is not None and found["orgID"] == org_id:
        return org_id, _physical(found)
    bucket = call.database.get("bucket", mapping_id)
    if bucket is None or bucket["orgID"] != org_id:
        raise not_found("unable to find DBRP")
    return org_id, _virtual(bucket)


@route("GET", PATH + "/{id}")
def one(call: Call) -> Response:
    """One mapping."""
    _, mapping = _get(call)
    call.need("read", "buckets", org=mapping["orgID"], resource=mapping["bucketID"])
    return json_answer({"content": mapping})


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another policy name, or the default mark."""
    _, mapping = _get(call)
    asked = call.json(prefix="invalid json structure: ")
    _need(call, mapping)
    if mapping.pop("virtual"):
        raise refused("changing a virtual DBRP mapping")
    mapping["retention_policy"] = asked.text("retention_policy", mapping["retention_policy"])
    _check_free(call, mapping)
    shown = {**mapping, "default": asked.flag("default", mapping["default"])}
    siblings = _siblings(call, mapping)
    if asked.get("default") is True:
        mapping["default"] = True
        _set_default(call, siblings, None)
    elif asked.get("default") is False and mapping["default"] and siblings:
        mapping["default"] = False
        _set_default(call, siblings, siblings[0]["id"])
    _put(call, mapping)
    return json_answer({"content": _physical(shown)})


def remove_mapping(call: Call, mapping: Document) -> None:
    """Delete a physical mapping; the first one left becomes the default."""
    call.database.remove("dbrp", mapping["id"])
    siblings = _siblings(call, mapping)
    if mapping["default"] and siblings:
        _set_default(call, siblings, siblings[0]["id"])


@change("DELETE", PATH + "/{id}")
def delete(call: Call) -> Response:
    """204; for a virtual one too, which stays."""
    _, mapping = _get(call)
    _need(call, mapping)
    if not mapping["virtual"]:
        remove_mapping(call, mapping)
    return no_content()
