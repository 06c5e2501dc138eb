"""Notification endpoints: where rules send to. Credentials go in as secrets and never come out."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http import monitoring
from influx_pipelines.embedded.http.answers import Fault, conflict, invalid
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.members import serve_members
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.secrets import put_secret
from influx_pipelines.embedded.monitoring.trees import MARK
from influx_pipelines.embedded.outbound import OutboundError, split_url

PATH = "/api/v2/notificationEndpoints"
NOUN = "notification endpoint"
_TEXTS = {
    "http": ("url", "token", "username", "password", "authMethod", "method", "contentTemplate"),
    "slack": ("url", "token"),
    "pagerduty": ("clientURL", "routingKey"),
    "telegram": ("token", "channel"),
}
_SHAPES: dict[str, monitoring.Shape] = {
    kind: dict.fromkeys(names, Body.text) for kind, names in _TEXTS.items()
}
_SECRETS = {f: f for f in ("token", "username", "password")} | {"routingKey": "routing-key"}
_NEEDED = {
    "http": {"url": "http endpoint URL is empty"},
    "slack": {"url": "slack endpoint URL must be provided"},
    "pagerduty": {"routingKey": "pagerduty routing key is invalid"},
    "telegram": {"token": "empty telegram bot token", "channel": "empty telegram channel"},
}
_CREDENTIALS = {
    "none": ((), ""),
    "basic": (("username", "password"), "invalid http username/password for basic auth"),
    "bearer": (("token",), "invalid http token for bearer auth"),
}


_SHAPES["http"] = {**_SHAPES["http"], "headers": Body.text_map}
ENDPOINT = Kind(
    "endpoint",
    PATH,
    "notificationEndpoints",
    f'{NOUN} not found for key "{{id}}"',
    monitoring.PARTS,
    reads_first=True,
    finish=monitoring.without_empty,
).routes("GET", "DELETE")
serve_members(ENDPOINT)


def _faults(endpoint: Document) -> Iterator[str]:
    """What is wrong with an endpoint, in the real server's order."""
    kind = endpoint["type"]
    if not endpoint["name"]:
        yield "Notification Endpoint Name can't be empty"
    if endpoint["status"] not in ("active", "inactive"):
        yield "invalid status"
    yield from (message for field, message in _NEEDED[kind].items() if not endpoint[field])
    try:
        split_url(endpoint.get("url", ""))
    except OutboundError as error:
        yield f"{kind} endpoint URL is invalid: {error}"
    if kind == "http":
        if endpoint["method"] not in ("GET", "POST", "PUT"):
            yield "invalid http http method"
        if endpoint["authMethod"] not in _CREDENTIALS:
            yield "invalid http auth method"
        fields, message = _CREDENTIALS[endpoint["authMethod"]]
        if not all(endpoint[field] for field in fields):
            yield message


def _store(call: Call, endpoint: Document, taken: str, status: int = 200) -> Response:
    """Its credentials become secrets, which stay when they are replaced or the endpoint goes."""
    for message in _faults(endpoint):
        raise invalid(message)
    org_id, name = endpoint["orgID"], endpoint["name"]
    if org_id is None:
        text = f"provided {NOUN} Unique Key is an invalid format: no ID was provided"
        raise invalid(text)
    for other in call.database.find("endpoint", org=org_id, name=name):
        if other["id"] != endpoint["id"]:
            raise conflict(f"{NOUN} {taken} for key {org_id}{name}")
    for field, suffix in _SECRETS.items():
        value = endpoint.get(field, "")
        if value and not value.startswith(MARK):
            key = f"{endpoint['id']}-{suffix}"
            put_secret(call, org_id, key, value)
            endpoint[field] = f"{MARK}{key}"
    ENDPOINT.put(call, endpoint)
    return ENDPOINT.answer(call, endpoint, status)


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new endpoint; names are unique across types."""
    content = monitoring.decoded(call, NOUN, _SHAPES)
    return _store(call, monitoring.fresh(call, ENDPOINT, content), "is not unique", 201)


@route("GET", PATH)
def endpoints(call: Call) -> Response:
    """Those of an organisation, which is named by its ID; a user's are all that may be read."""
    org, user = call.query.get("orgID"), call.query.get("user")
    if call.query.get("org") and not org:
        raise Fault("internal error", "a panic has occurred")
    if user:
        parse_id(user)
    elif not org:
        text = "cannot process a request without a org or user filter"
        raise Fault("unauthorized", text)
    return monitoring.listed(call, ENDPOINT, "notificationEndpoints")


@change("PUT", PATH + "/{id}")
def replace(call: Call) -> Response:
    """Everything anew, type and organisation too; a credential sent back as it was shown stays."""
    content = monitoring.decoded(call, NOUN, _SHAPES)
    endpoint = monitoring.renewed(ENDPOINT.get(call, "write"), content)
    endpoint["orgID"] = content["orgID"]
    return _store(call, endpoint, "entity update conflicts with an existing entity")


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name, description or status."""
    changed = monitoring.changes(call, "Notification Endpoint")
    endpoint = {**ENDPOINT.get(call, "write"), **changed}
    return _store(call, endpoint, "entity update conflicts with an existing entity")
