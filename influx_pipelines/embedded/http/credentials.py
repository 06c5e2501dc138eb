"""Who sends a request."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.permissions import Caller, hashed, rights

COOKIE = "influxdb-oss-session"
SESSION = 3600  # seconds without a request that end it


def caller_of(shared: Service, headers: Mapping[str, str]) -> Caller:
    """The holder of a token, or of the cookie of a session.

    Raises:
        Fault: neither is good, or the user behind it is inactive or gone.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("token", "bearer"):
        caller = of_token(shared, value)
    else:
        caller = _of_session(shared, session_of(headers))
    if caller is None:
        raise Fault("unauthorized", "unauthorized access")
    if not has_active_user(shared, caller):
        raise Fault("forbidden", "User is inactive")
    return caller


def has_active_user(shared: Service, caller: Caller) -> bool:
    """Whether the user behind a token or a session is still there."""
    user = shared.database.get("user", caller.user_id)
    return user is not None and user["status"] != "inactive"


def of_token(shared: Service, token: str) -> Caller | None:
    """The holder of a token, active or not."""
    for document in shared.database.find("authorization", name=hashed(token)):
        active = document["status"] == "active"
        return Caller(document["userID"], document["orgID"], document["permissions"], active)
    return None


def _of_session(shared: Service, session: str | None) -> Caller | None:
    """A session may do what its user may, and what the user's tokens may."""
    user, until = shared.sessions.get(session or "", ("", 0.0))
    if session is None or until < time.monotonic():
        shared.sessions.pop(session or "", None)
        return None
    shared.sessions[session] = (user, time.monotonic() + SESSION)
    found = rights(user, shared.database.find("org"))
    for token in shared.database.find("authorization"):
        if token["userID"] == user:
            found += token["permissions"]
    return Caller(user, None, found)


def basic_credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Name and password of an `Authorization: Basic` header."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, password


def session_of(headers: Mapping[str, str]) -> str | None:
    """The session of a request's cookie."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None
