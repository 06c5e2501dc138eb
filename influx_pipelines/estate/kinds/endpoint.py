"""Notification endpoints. A credential is the name of a secret; the server keeps it as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from influx_pipelines import settings
from influx_pipelines.estate.kinds.credentials import refuse_credentials
from influx_pipelines.estate.kinds.declared import LabelledEntry, Reference
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.kinds.secret import OF_ENDPOINT
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import NotificationEndpoint

MARK = "secret: "  # before the name of a secret, in the place of its value
LONGEST_NAME = 48  # what is longer was meant as a value
CREDENTIALS = ("token", "username", "password")


# The one variable that an address may hold: any other might be a secret, which plans would show.
API = "${INFLUX_PIPELINES_API_URL}"


def api_address() -> str:
    """What stands for the HTTP API's address in a file, as it is set now."""
    return settings.variable(API[2:-1]) or settings.API_URL


def _url(value: str) -> str:
    if API in value:
        value = value.replace(API, api_address())
    try:
        found = urlsplit(value)
        host, _ = found.hostname, found.port
    except ValueError as error:
        raise ValueError(f"{value!r} is no address: {error}") from None
    if found.scheme not in ("http", "https") or not host:
        raise ValueError(f"{value!r} is no address such as https://host/path")
    if found.username or found.password:
        raise ValueError("a password does not belong in a file: name secrets as its credentials")
    if host == "hooks.slack.com":
        text = "this address is a secret itself, which a file and InfluxDB would show"
        raise ValueError(f"{text}: use https://slack.com/api/chat.postMessage and a token")
    return value


def _secret(value: str) -> str:
    if not value or len(value) > LONGEST_NAME or value.startswith("xox"):
        raise ValueError("write the name of a secret, not the secret itself")
    return value


Secret = Annotated[str, AfterValidator(_secret)]


class EndpointEntry(LabelledEntry):
    """Where rules send to."""

    type: Literal["http", "slack"] = Field(description="What is spoken there.")
    url: Annotated[str, AfterValidator(_url)] = Field(
        description="The address; `${INFLUX_PIPELINES_API_URL}` stands for the HTTP API's."
    )
    token: Secret | None = Field(
        None, description="Name of the secret that holds the bearer token."
    )
    username: Secret | None = Field(None, description="Name of the secret that holds the user.")
    password: Secret | None = Field(None, description="Name of the secret that holds the password.")
    method: Literal["POST", "GET", "PUT"] = Field("POST", description="InfluxDB always POSTs.")
    headers: Mapping[str, str] = Field({}, description="Stored, and ignored by InfluxDB.")
    content_template: str = Field("", description="Stored, and ignored by InfluxDB.")
    active: bool = Field(True, description="Stored, and ignored by InfluxDB: rules send anyway.")

    @model_validator(mode="after")
    def _has_credentials_of_one_kind(self) -> EndpointEntry:
        if (self.username is None) is not (self.password is None):
            raise ValueError("username and password go together")
        if self.token and self.username:
            raise ValueError("write either token, or username and password")
        of_http = {"username", "password", "method", "headers", "content_template"}
        if self.type == "slack" and (wrong := of_http & self.model_fields_set):
            raise ValueError(f"an endpoint of Slack has no {', '.join(sorted(wrong))}")
        return self

    @property
    def auth(self) -> str:
        """The kind of credentials, in the server's word."""
        return "bearer" if self.token else "basic" if self.username else "none"


class EndpointKind(ObjectKind[EndpointEntry, NotificationEndpoint]):
    """Unique by name across types."""

    name, key = "notification_endpoint", "notification_endpoints"
    about = "Notification endpoints: where rules send to."
    entry = EndpointEntry
    collection = Collection("notificationEndpoints", NotificationEndpoint, paged=True)
    changes_by = "PUT"
    hidden = frozenset({"url", "headers"})

    def references(self, entry: EndpointEntry) -> Iterable[Reference]:
        """The secrets."""
        for key in CREDENTIALS:
            if name := getattr(entry, key):
                yield Reference("secret", name, (key,))

    def wanted(self, entry: EndpointEntry) -> Mapping[str, Any]:
        """Credentials by the names of their secrets."""
        common = {
            "type": entry.type,
            "status": "active" if entry.active else "inactive",
            "url": entry.url,
            "token": entry.token or "",
        }
        if entry.type == "slack":
            return common
        return {
            **common,
            "username": entry.username or "",
            "password": entry.password or "",
            "authMethod": entry.auth,
            "method": entry.method,
            "headers": dict(entry.headers),
            "contentTemplate": entry.content_template,
        }

    def written(self, found: NotificationEndpoint, names: Mapping[str, str]) -> Mapping[str, Any]:
        """Credentials by the names of their secrets.

        Raises:
            ValueError: a credential was sent itself, so that only the server knows it, or stands
                in a header.
        """
        refuse_credentials(found.headers)
        secrets = {k: getattr(found, k).removeprefix(MARK) for k in CREDENTIALS}
        if own := [key for key, name in secrets.items() if OF_ENDPOINT.fullmatch(name)]:
            text = f"only the server knows its {', '.join(own)}: make it a secret"
            raise ValueError(text)
        common = {
            "type": found.type,
            "url": found.url,
            **{key: name for key, name in secrets.items() if name},
            "active": found.status == "active",
        }
        if found.type == "slack":
            return common
        of_http = {"headers": found.headers or {}, "content_template": found.content_template}
        return {**common, **of_http, "method": found.method or "POST"}

    def present(self, found: NotificationEndpoint) -> Mapping[str, Any]:
        """A value that was sent itself shows as the secret that the server made of it."""
        return {
            "type": found.type,
            "status": found.status,
            "url": found.url,
            **{key: getattr(found, key).removeprefix(MARK) for key in CREDENTIALS},
            "authMethod": found.auth_method,
            "method": found.method,
            "headers": found.headers or {},
            "contentTemplate": found.content_template,
        }

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """The server takes the name of a secret in the form in which it tells it."""
        marked = {key: MARK + after[key] for key in CREDENTIALS if after.get(key)}
        return {**after, **marked}

    def ignored(self, entry: EndpointEntry) -> Iterable[str]:
        """Of an endpoint only the address and the credentials reach the script of a rule."""
        if entry.method != "POST":
            yield f"method: {entry.method} is ignored by InfluxDB, which always POSTs"
        for key in ("headers", "content_template"):
            if getattr(entry, key):
                yield f"{key}: ignored by InfluxDB, which sends its own"
        if not entry.active:
            yield "active: false is ignored by InfluxDB: make the rules inactive"
