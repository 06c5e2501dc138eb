"""Users, and the one behind the token."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    conflict,
    invalid,
    json_answer,
    no_content,
)
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.documents import Kind
from influx_pipelines.embedded.http.paging import Page
from influx_pipelines.embedded.http.routing import change, route
from influx_pipelines.embedded.permissions import new_id

PATH = "/api/v2/users"


def _finish(call: Call, shown: Document) -> Document:
    return {name: shown[name] for name in ("links", "id", "name", "status")}


USER = Kind("user", PATH, "users", "user not found", (), compact=False, finish=_finish)
USER.routes("GET", "DELETE")


def new_user(call: Call, name: str, status: str = "active") -> Document:
    """A user without a password, who cannot sign in.

    Raises:
        Fault: the name is taken.
    """
    if call.database.find("user", name=name):
        raise conflict(f"user with name {name} already exists")
    user = {"id": new_id(), "name": name, "status": status}
    call.database.put("user", user, name=name)
    return user


def set_password(call: Call, user: Document, password: str) -> None:
    """Keep the stretched form of a password.

    Raises:
        Fault: too short or too long.
    """
    if not 8 <= len(password) <= 72:
        raise invalid("passwords must be between 8 and 72 characters long")
    salt = secrets.token_hex(16)
    call.database.rewrite("user", {**user, "salt": salt, "hash": _stretch(password, salt)})


def has_password(user: Document, password: str) -> bool:
    """Whether it is the user's."""
    if not user.get("hash"):
        return False
    return hmac.compare_digest(user["hash"], _stretch(password, user["salt"]))


def _stretch(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**12, r=8, p=1).hex()


@route("GET", "/api/v2/me")
def me(call: Call) -> Response:
    """The user behind the token."""
    call.need("read", "users", resource=call.caller.user_id)
    return USER.answer(call, USER.find(call, call.caller.user_id))


@route("GET", PATH)
def users(call: Call) -> Response:
    """The users that may be read."""
    found = Page(call, PATH).cut(call.database.find("user", name=call.query.get("name") or None))
    shown = [USER.view(call, user) for user in found if USER.readable(call, user)]
    return json_answer({"links": {"self": PATH}, "users": shown})


@change("POST", PATH)
def create(call: Call) -> Response:
    """A new user, in no organisation yet."""
    asked = call.json()
    call.need("write", "users")
    user = new_user(call, asked.text("name"), asked.text("status") or "active")
    return USER.answer(call, user, 201)


@change("PATCH", PATH + "/{id}")
def update(call: Call) -> Response:
    """Another name or status."""
    asked, user = call.json(), USER.get(call, "write")
    name = asked.text("name") or user["name"]
    if name != user["name"] and call.database.find("user", name=name):
        raise conflict(f"user with name {name} already exists")
    user.update(name=name, status=asked.text("status") or user["status"])
    call.database.put("user", user, name=name)
    return USER.answer(call, user)


@change("POST", PATH + "/{id}/password")
def password(call: Call) -> Response:
    """Another password."""
    set_password(call, USER.get(call, "write"), call.json().text("password"))
    return no_content()
