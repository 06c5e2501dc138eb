"""One request as the handlers see it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from starlette.datastructures import QueryParams

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.http.answers import Fault, invalid, not_found
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.ids import IdError, checked_id
from influx_pipelines.embedded.outbound import Outbound
from influx_pipelines.embedded.permissions import Caller, path_of
from influx_pipelines.embedded.points import Points

if TYPE_CHECKING:
    from influx_pipelines.embedded.tasks.runner import Runner


ANONYMOUS = "."  # the name of a Go type that has none


@dataclass(slots=True)
class Service:
    """What all requests share."""

    database: Database
    points: Points
    outbound: Outbound = field(default_factory=Outbound)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    sessions: dict[str, tuple[str, float]] = field(default_factory=dict)  # user, end
    tasks: Runner = field(init=False)
    _ids: count[int] = field(default_factory=lambda: count(time.time_ns()))

    def next_id(self) -> str:
        """An ID that ascends with time, across restarts too."""
        return f"{next(self._ids):016x}"


class Query(QueryParams):
    """The parameters of a URL; of one that is given twice the first counts."""

    def __getitem__(self, name: str) -> str:
        return self.getlist(name)[0] if name in self else super().__getitem__(name)


@dataclass(slots=True)
class Call:
    """Path parameters, query, headers (names in lower case), body, and who asks."""

    service: Service
    method: str
    path: Mapping[str, str]
    query: Query
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

    def json(
        self,
        struct: str = "",
        *,
        prefix: str = "failed to unmarshal json: ",
        code: str = "invalid",
    ) -> Body:
        """The body as an object; `struct` is the name of Go's type for it.

        Raises:
            Fault: with the words of Go's decoder.
        """
        return Body.read(self.body, prefix, struct, code)

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
        found = self.database.find("org", name=name.strip())
        if not found:
            raise not_found(f'organization name "{name}" not found')
        return found[0]

    def org_of_query(self) -> Document:
        """The organisation of `orgID` or `org`, which takes an ID too; for write and query.

        Raises:
            Fault: missing, malformed or unknown.
        """
        org_id, name = self.query.get("orgID"), self.query.get("org")
        wanted = parse_id(org_id) if org_id else as_id(name or "")
        if wanted:
            found = self.database.get("org", wanted)
            if found is None:
                raise not_found("organization not found")
            return found
        if not name:
            raise invalid("Please provide either orgID or org")
        return self.org_by_name(name)


def parse_id(text: str) -> str:
    """An ID of a path or a query in lower case.

    Raises:
        Fault: not 16 hex digits, or zero.
    """
    try:
        return checked_id(text)
    except IdError as error:
        raise invalid(str(error)) from None


def as_id(text: str) -> str | None:
    """An ID in lower case, or None for a text that is none."""
    try:
        return checked_id(text)
    except IdError:
        return None


def now_text() -> str:
    """The time as documents carry it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
