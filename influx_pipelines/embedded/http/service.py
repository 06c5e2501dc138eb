"""Liveness, setup, sessions."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, conflict, json_answer, no_content
from influx_pipelines.embedded.http.authorizations import AUTHORIZATION, new_authorization
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.buckets import BUCKET, create_bucket
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.credentials import (
    COOKIE,
    SESSION,
    basic_credentials,
    session_of,
)
from influx_pipelines.embedded.http.orgs import ORG, create_org
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.http.users import USER, has_password, new_user, set_password
from influx_pipelines.embedded.permissions import new_token, operator_permissions
from influx_pipelines.embedded.shards import SECOND
from influx_pipelines.flux.durations import Duration, format_go

VERSION = "2.9.1-embedded"


@route("GET", "/ping", open=True)
@route("HEAD", "/ping", open=True)
def ping(call: Call) -> Response:
    """204."""
    return no_content()


@route("GET", "/health", open=True)
@route("HEAD", "/health", open=True)
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
@route("HEAD", "/ready", open=True)
def ready(call: Call) -> Response:
    """Since when."""
    up = Duration.of(datetime.now(UTC) - call.service.started)
    started = call.service.started.isoformat().replace("+00:00", "Z")
    return json_answer({"status": "ready", "started": started, "up": format_go(up)})


@route("GET", "/api/v2/setup", open=True)
def setup_allowed(call: Call) -> Response:
    """Whether nobody has set the server up yet."""
    return json_answer({"allowed": not call.database.find("user")})


@change("POST", "/api/v2/setup", open=True)
def setup(call: Call) -> Response:
    """The first user, organisation, bucket and operator token."""
    if call.database.find("user"):
        raise conflict("onboarding has already been completed")
    asked = call.json(prefix="", code="internal error")
    missing = [name for name in ("username", "org", "bucket") if not asked.text(name)]
    if missing:
        text = f"onboarding failed: missing required fields [{','.join(missing)}]"
        raise Fault("unprocessable entity", text)
    return json_answer(_onboard(call, asked), 201)


def _onboard(call: Call, asked: Body) -> Document:
    user = new_user(call, asked["username"])
    if password := asked.text("password"):
        set_password(call, user["id"], password)
    org = create_org(call, asked["org"], "", user["id"])
    seconds = asked.integer("retentionPeriodSeconds") or 0
    if seconds <= 0:  # the older parameter is in nanoseconds, whatever its name
        seconds = (asked.integer("retentionPeriodHrs") or 0) // SECOND
    bucket = create_bucket(call, org["id"], asked["bucket"], (seconds, None))
    token = asked.text("token") or new_token()
    texts = {"status": "active", "description": f"{user['name']}'s Token"}
    authorization = new_authorization(
        call, org["id"], user["id"], operator_permissions(), token, **texts
    )
    return {
        "user": USER.view(call, user),
        "bucket": BUCKET.view(call, bucket),
        "org": ORG.view(call, org),
        "auth": {**AUTHORIZATION.view(call, authorization), "token": token},
    }


@route("POST", "/api/v2/signin", open=True)
def signin(call: Call) -> Response:
    """Basic credentials for a session cookie of an hour."""
    name, password = basic_credentials(call.headers) or ("", "")
    for user in call.database.find("user", name=name):
        if has_password(user, password):
            session = secrets.token_urlsafe(48)
            call.service.sessions[session] = (user["id"], time.monotonic() + SESSION)
            answer = no_content()
            answer.set_cookie(
                COOKIE, session, path="/api/", max_age=SESSION, httponly=True, samesite="strict"
            )
            return answer
    raise Fault("unauthorized", "unauthorized access")


@route("POST", "/api/v2/signout", open=True)
def signout(call: Call) -> Response:
    """End a session."""
    session = session_of(call.headers)
    if session is None or call.service.sessions.pop(session, None) is None:
        raise Fault("unauthorized", "unauthorized access")
    return no_content()
