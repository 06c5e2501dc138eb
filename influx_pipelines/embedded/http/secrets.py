"""Secrets of an organisation: names go out, values never do."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.http.answers import json_answer, no_content
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.orgs import ORG
from influx_pipelines.embedded.http.routing import change, route

PATH = "/api/v2/orgs/{id}/secrets"


def _org(call: Call, action: str) -> str:
    org_id = str(ORG.above(call)["id"])
    call.need(action, "secrets", org=org_id)
    return org_id


def put_secret(call: Call, org_id: str, key: str, value: str) -> None:
    """Store or replace a secret."""
    call.database.put("secret", {"id": f"{org_id}/{key}", "value": value}, org=org_id, name=key)


@route("GET", PATH)
def secrets(call: Call) -> Response:
    """The names, sorted."""
    org_id = _org(call, "read")
    names = call.database.names("secret", org_id)
    links = {"org": f"/api/v2/orgs/{org_id}", "self": f"/api/v2/orgs/{org_id}/secrets"}
    return json_answer({"links": links, "secrets": names})


@change("PATCH", PATH)
def update(call: Call) -> Response:
    """Add and overwrite; nothing is removed."""
    given = call.json("map[string]string").text_map()
    org_id = _org(call, "write")
    for key, value in given.items():
        put_secret(call, org_id, key, value)
    return no_content()


@change("POST", PATH + "/delete")
def delete_several(call: Call) -> Response:
    """The older way to delete."""
    org_id = _org(call, "write")
    for key in call.json("secret.secretsDeleteBody").texts("secrets"):
        call.database.remove("secret", f"{org_id}/{key}")
    return no_content()


@change("DELETE", PATH + "/{key}")
def delete(call: Call) -> Response:
    """One of them, there or not."""
    call.database.remove("secret", f"{_org(call, 'write')}/{call.path['key']}")
    return no_content()
