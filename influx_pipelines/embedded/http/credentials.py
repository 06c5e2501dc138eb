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
        caller = of_token(shared, value.strip())
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
    return user is not None and user["status"] == "active"


def of_token(shared: Service, token: str) -> Caller | None:
    """The holder of a token, active or not."""
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
