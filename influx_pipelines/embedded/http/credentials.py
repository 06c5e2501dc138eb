"""Who sends a request."""

from __future__ import annotations

from starlette.datastructures import Headers

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.http.service import session_of
from influx_pipelines.embedded.permissions import Caller, hashed, rights


def caller_of(shared: Service, headers: Headers) -> Caller:
    """The holder of a token, or of the cookie of a session.

    Raises:
        Fault: neither is good, or the user behind it is inactive or gone.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("token", "bearer"):
        caller = _of_token(shared, value.strip())
    else:
        caller = _of_session(shared, session_of(headers))
    if caller is None:
        raise Fault("unauthorized", "unauthorized access")
    user = shared.database.get("user", caller.user_id)
    if user is None or user["status"] != "active":
        raise Fault("forbidden", "User is inactive")
    return caller


def _of_token(shared: Service, token: str) -> Caller | None:
    for document in shared.database.find("authorization", name=hashed(token)):
        active = document["status"] == "active"
        return Caller(document["userID"], document["orgID"], document["permissions"], active)
    return None


def _of_session(shared: Service, session: str | None) -> Caller | None:
    """A session may do what its user may, and what the user's tokens may."""
    user = shared.sessions.get(session or "")
    if user is None:
        return None
    found = rights(user, shared.database.find("org"))
    for token in shared.database.find("authorization"):
        if token["userID"] == user:
            found += token["permissions"]
    return Caller(user, None, found)
