"""One request as the handlers see it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.http.answers import Fault, invalid, not_found
from influx_pipelines.embedded.permissions import Caller, path_of
from influx_pipelines.embedded.points import Points

if TYPE_CHECKING:
    from influx_pipelines.embedded.tasks.runner import Runner


@dataclass(slots=True)
class Service:
    """What all requests share."""

    database: Database
    points: Points
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    sessions: dict[str, str] = field(default_factory=dict)
    tasks: Runner = field(init=False)
    _ids: count[int] = field(default_factory=lambda: count(time.time_ns()))

    def next_id(self) -> str:
        """An ID that ascends with time, across restarts too."""
        return f"{next(self._ids):016x}"


@dataclass(slots=True)
class Call:
    """Path parameters, query, headers (names in lower case), body, and who asks."""

    service: Service
    method: str
    path: Mapping[str, str]
    query: QueryParams
    headers: Mapping[str, str]
    body: bytes
    caller: Caller

    @property
    def database(self) -> Database:
        """The documents."""
        return self.service.database

    def id(self, name: str = "id") -> str:
        """An ID of the path.

        Raises:
            Fault: it is malformed.
        """
        return parse_id(self.path[name])

    def json(self, *, prefix: str = "failed to unmarshal json: ", of: str = "") -> dict[str, Any]:
        """The body as an object; `of` names its Go type in a message.

        Raises:
            Fault: 400, with the words of Go's decoder where they are known.
        """
        if not self.body.strip():
            raise invalid(f"{prefix}EOF")
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise invalid(f"{prefix}{go_json_error(error)}") from None
        if not isinstance(value, dict | None):
            raise invalid(f"{prefix}json: cannot unmarshal {_go_type(value)} into Go value{of}")
        return value or {}

    def need(
        self, action: str, kind: str, *, org: str | None = None, resource: str | None = None
    ) -> None:
        """Ask for a permission.

        Raises:
            Fault: 401, as for a missing token, with the permission's path.
        """
        if not self.caller.active:
            raise Fault("unauthorized", "token is inactive")
        if not self.caller.may(action, kind, org=org, resource=resource):
            path = path_of(kind, org, resource)
            raise Fault("unauthorized", f"{action}:{path} is unauthorized")

    def org_by_name(self, name: str) -> Document:
        """The organisation of this name.

        Raises:
            Fault: 404.
        """
        found = self.database.find("org", name=name)
        if not found:
            raise not_found(f'organization name "{name}" not found')
        return found[0]

    def org_of_query(self) -> Document:
        """The organisation of `orgID` or `org`, which takes an ID too; for write and query.

        Raises:
            Fault: missing, malformed or unknown.
        """
        org_id, name = self.query.get("orgID"), self.query.get("org")
        if org_id:
            found = self.database.get("org", parse_id(org_id))
            if found is None:
                raise not_found("organization not found")
            return found
        if not name:
            raise invalid("Please provide either orgID or org")
        by_name = self.database.find("org", name=name)
        by_id = self.database.get("org", name) if len(name) == 16 else None
        if not by_name and by_id is None:
            raise not_found(f'organization name "{name}" not found')
        return by_name[0] if by_name else by_id or {}


# What Python's reader of JSON says, and what Go's says of the character there.
_KEY = "looking for beginning of object key string"
_GO_JSON = {
    "Expecting property name enclosed in double quotes": _KEY,
    "Illegal trailing comma before end of object": _KEY,
    "Expecting ':' delimiter": "after object key",
    "Expecting ',' delimiter": "after object key:value pair",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
    "Invalid \\escape": "in string escape code",
}


def go_json_error(error: ValueError) -> str:
    """Why a body is no JSON, in Go's words where they are known."""
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
        return "unexpected EOF"
    where = _GO_JSON.get(error.msg.removesuffix(": "), "looking for beginning of value")
    return f"invalid character '{error.doc[error.pos]}' {where}"


def go_text(asked: dict[str, Any], name: str, owner: str = "") -> str | None:
    """A text of a JSON body; None when it is absent.

    Raises:
        Fault: it is something else.
    """
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        text = f"json: cannot unmarshal {_go_type(value)} into Go struct field {owner}.{name}"
        raise invalid(f"{text} of type string")
    return value


def _go_type(value: Any) -> str:
    return {list: "array", dict: "object", str: "string", bool: "bool"}.get(type(value), "number")


def parse_id(text: str) -> str:
    """An ID in lower case.

    Raises:
        Fault: not 16 hex digits, or zero.
    """
    if len(text.encode()) != 16:
        raise invalid("id must have a length of 16 bytes")
    try:
        number = int(text, 16)
    except ValueError:
        raise invalid("invalid ID") from None
    if not number or not text.isalnum():
        raise invalid("invalid ID")
    return text.lower()


def now_text() -> str:
    """The time as documents carry it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def body_id(value: Any, *, prefix: str = "failed to unmarshal json: ") -> str | None:
    """An ID within a JSON body; None when it is absent.

    Raises:
        Fault: malformed.
    """
    if value is None or value == "":
        return None
    try:
        return parse_id(str(value))
    except Fault as fault:
        raise invalid(f"{prefix}{fault.message}") from None
