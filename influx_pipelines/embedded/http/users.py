"""Users, their passwords, and the one behind the token."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.call import Call, as_id, parse_id
from influx_pipelines.embedded.http.credentials import basic_credentials
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route

ME = "/api/v2/me"
PATH = "/api/v2/users"
_SHOWN = ("links", "id", "name", "oauthID", "status")


def _finish(call: Call, shown: Document) -> Document:
    return {name: shown[name] for name in _SHOWN if name in shown}


USER = Kind(
    "user",
    PATH,
    "users",
    "user not found",
    (),
    compact=False,
    judged_first=True,
    finish=_finish,
).routes("GET", "DELETE")


def new_user(call: Call, name: str, **others: str) -> Document:
    """A user without a password, who cannot sign in.

    Raises:
        Fault: the name is empty or taken, or the ID is.
    """
    _check_name(call, name)
    user = {"id": call.service.next_id(), "name": name, "status": "active", **others}
    if call.database.get("user", user["id"]):
        raise conflict(f"user with ID {user['id']} already exists")
    call.database.put("user", user, name=name)
    return user


def _check_name(call: Call, name: str) -> None:
    if not name:
        raise Fault("internal error", HIDDEN)
    if call.database.find("user", name=name):
        raise conflict(f"user with name {name} already exists")


def set_password(call: Call, user_id: str, password: str) -> None:
    """Keep the stretched form of a password.

    Raises:
        Fault: too short or too long, or there is no such user.
    """
    if not 8 <= len(password.encode()) <= 72:
        raise invalid("passwords must be between 8 and 72 characters long")
    user = call.database.get("user", user_id)
    if user is None:
        raise Fault("forbidden", "your userID is incorrect")
    salt = secrets.token_hex(16)
    call.database.rewrite("user", {**user, "salt": salt, "hash": _stretch(password, salt)})


def has_password(user: Document, password: str) -> bool:
    """Whether it is the user's."""
    if not user.get("hash"):
        return False
    return hmac.compare_digest(user["hash"], _stretch(password, user["salt"]))


def _stretch(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1).hex()


@route("GET", ME)
def me(call: Call) -> Response:
    """The user behind the token."""
    call.need("read", "users", resource=call.caller.user_id)
    return USER.answer(call, USER.find(call, call.caller.user_id))


@route("GET", PATH)
def users(call: Call) -> Response:
    """The users that may be read; an unknown name or ID is a 404."""
    page, user_id, name = Page(call, PATH), call.query.get("id"), call.query.get("name")
    if user_id:
        found = [USER.find(call, parse_id(user_id))]
    elif name:
        found = call.database.find("user", name=name)
        if not found:
            raise not_found("user not found")
    else:
        found = page.cut(page.by_id(call.database.find("user")))
    shown = [USER.view(call, user) for user in found if USER.readable(call, user)]
    return json_answer({"links": {"self": PATH}, "users": shown})


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new user, in no organisation yet; any status is taken."""
    asked = call.json("influxdb.User", prefix="", code="internal error")
    texts = {name: asked.text(name) for name in ("status", "oauthID")}
    texts["id"] = asked.id("id") or ""
    call.need("write", "users")
    given = {name: text for name, text in texts.items() if text}
    return USER.answer(call, new_user(call, asked.text("name"), **given), 201)


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or status."""
    asked = call.json("influxdb.UserUpdate", prefix="", code="internal error")
    if asked.get("status") not in (None, "active", "inactive"):
        raise invalid("invalid status: must be active or inactive")
    user = USER.get(call, "write")
    name = asked.text("name", user["name"])
    if name != user["name"]:
        _check_name(call, name)
    user.update(name=name, status=asked.text("status") or user["status"])
    call.database.put("user", user, name=name)
    return USER.answer(call, user)


@change("POST", PATH + "/{id}/password")
def password(call: Call) -> Response:
    """Another password."""
    given = call.json("tenant.passwordSetRequest", prefix="").text("password")
    user_id = as_id(call.path["id"])
    if user_id is None:
        raise Fault("internal error", "invalid user ID provided in route")
    call.need("write", "users", resource=user_id)
    set_password(call, user_id, given)
    return no_content()


@change("PUT", ME + "/password")
@change("PUT", PATH + "/{id}/password")
def own_password(call: Call) -> Response:
    """Another password for who knows the old one: Basic, beside the cookie of a session."""
    basic = basic_credentials(call.headers)
    user_id = as_id(call.path["id"]) if "id" in call.path else call.caller.user_id
    if basic is None or user_id is None:
        raise Fault("internal error", "error decoding password reset request: invalid basic auth")
    given = call.json(prefix="", code="internal error").text("password")
    call.need("write", "users", resource=user_id)
    user = call.database.get("user", user_id)
    if user is None:
        raise Fault("forbidden", "your userID is incorrect")
    if not has_password(user, basic[1]):
        raise Fault("forbidden", "your username or password is incorrect")
    set_password(call, user_id, given)
    return no_content()
