"""Liveness, setup, sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    conflict,
    invalid,
    json_answer,
    no_content,
)
from influx_pipelines.embedded.http.call import Call, now_text
from influx_pipelines.embedded.http.orgs import create_org
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.permissions import hashed, new_id, new_token, operator_permissions
from influx_pipelines.flux.durations import Duration, format_go

VERSION = "2.9.1-embedded"
COOKIE = "influxdb-oss-session"


@route("GET", "/ping", open=True)
@route("HEAD", "/ping", open=True)
def ping(call: Call) -> Response:
    """204."""
    return no_content()


@route("GET", "/health", open=True)
def health(call: Call) -> Response:
    """Always passes; says that this is not the real server."""
    return json_answer(
        {
            "name": "influxdb",
            "message": "ready for queries and writes (embedded stand-in of influx_pipelines)",
            "status": "pass",
            "checks": [],
            "version": VERSION,
            "commit": "embedded",
        }
    )


@route("GET", "/ready", open=True)
def ready(call: Call) -> Response:
    """Since when."""
    up = Duration.of(datetime.now(UTC) - call.service.started)
    started = call.service.started.isoformat().replace("+00:00", "Z")
    return json_answer({"status": "ready", "started": started, "up": format_go(up)})


@route("GET", "/api/v2/setup", open=True)
def setup_allowed(call: Call) -> Response:
    """Whether nobody has set the server up yet."""
    return json_answer({"allowed": not call.database.find("user")})


@route("POST", "/api/v2/setup", open=True)
def setup(call: Call) -> Response:
    """The first user, organisation, bucket and operator token."""
    with call.service.lock, call.database.writing():
        if call.database.find("user"):
            raise conflict("onboarding has already been completed")
        asked = call.json(prefix="")
        missing = [name for name in ("username", "org", "bucket") if not asked.get(name)]
        if missing:
            fields = ",".join(missing)
            text = f"onboarding failed: missing required fields [{fields}]"
            raise Fault("unprocessable entity", text)
        return json_answer(_onboard(call, asked), 201)


def _onboard(call: Call, asked: dict[str, Any]) -> Document:
    from influx_pipelines.embedded.http.buckets import create_bucket, view

    password = asked.get("password") or ""
    if password and not 8 <= len(password) <= 72:
        raise invalid("passwords must be between 8 and 72 characters long")
    user = {"id": new_id(), "name": asked["username"], "status": "active"}
    call.database.put("user", {**user, **_credentials(password)}, name=user["name"])
    org = create_org(call, asked["org"], "")
    seconds = int(asked.get("retentionPeriodSeconds") or 0)
    bucket = create_bucket(call, org["id"], asked["bucket"], "", [{"everySeconds": seconds}])
    token = asked.get("token") or new_token()
    authorization = {
        "id": call.service.next_id(),
        "orgID": org["id"],
        "userID": user["id"],
        "status": "active",
        "description": f"{user['name']}'s Token",
        "permissions": operator_permissions(),
        "createdAt": now_text(),
        "updatedAt": now_text(),
    }
    call.database.put("authorization", authorization, org=org["id"], name=hashed(token))
    shown = {**authorization, "token": token, "org": org["name"], "user": user["name"]}
    return {"user": user_view(user), "bucket": view(call, bucket), "org": org, "auth": shown}


def _credentials(password: str) -> dict[str, str]:
    if not password:
        return {}
    salt = secrets.token_hex(16)
    return {"salt": salt, "hash": _stretch(password, salt)}


def _stretch(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1).hex()


def user_view(user: Document) -> Document:
    """A user as answers show it."""
    links = {"self": f"/api/v2/users/{user['id']}"}
    return {"id": user["id"], "name": user["name"], "status": user["status"], "links": links}


@route("POST", "/api/v2/signin", open=True)
def signin(call: Call) -> Response:
    """Basic credentials for a session cookie of an hour."""
    name, password = _basic(call.headers.get("authorization", ""))
    for user in call.database.find("user", name=name):
        if user.get("hash") and hmac.compare_digest(user["hash"], _stretch(password, user["salt"])):
            session = secrets.token_urlsafe(48)
            call.service.sessions[session] = user["id"]
            answer = no_content()
            answer.set_cookie(
                COOKIE, session, path="/api/", max_age=3600, httponly=True, samesite="strict"
            )
            return answer
    raise Fault("unauthorized", "unauthorized access")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password


@route("POST", "/api/v2/signout", open=True)
def signout(call: Call) -> Response:
    """End a session."""
    session = session_of(call.headers)
    if session is None or call.service.sessions.pop(session, None) is None:
        raise Fault("unauthorized", "unauthorized access")
    return no_content()


def session_of(headers: Any) -> str | None:
    """The session of a request's cookie."""
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return str(value)
    return None


@route("GET", "/api/v2/me")
def me(call: Call) -> Response:
    """The user behind the token."""
    call.need("read", "users", resource=call.caller.user_id)
    return json_answer(user_view(call.database.get("user", call.caller.user_id) or {}))


@route("GET", "/api/v2/users")
def users(call: Call) -> Response:
    """The users that may be read."""
    found = [
        user_view(user)
        for user in call.database.find("user")
        if call.caller.may("read", "users", resource=user["id"])
    ]
    return json_answer({"links": {"self": "/api/v2/users"}, "users": found})
